import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { after } from "node:test";
import { makeCertificateAuthority } from "./authority/certificates.ts";
import type { RawHeaders } from "./r1/headers.ts";
import { sendRaw, type WireAnswer, type WireCall } from "./test-wire.ts";
import { named, testAuthority, testGateway, testMember, type TestGateway } from "./testing.ts";

/** An information system that says back what reached it. */
const system = createServer({ maxHeaderSize: 65_536 }, (incoming, outgoing) => {
  const parts: Buffer[] = [];
  incoming.on("data", (part: Buffer) => parts.push(part));
  incoming.on("end", () => {
    outgoing.setHeader("Content-Type", "application/json");
    const body = Buffer.concat(parts).toString();
    outgoing.end(JSON.stringify({ line: `${incoming.method} ${incoming.url}`, headers: incoming.rawHeaders, body }));
  });
});
await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
after(() => system.close());
const url = `http://127.0.0.1:${(system.address() as AddressInfo).port}/base`;

/** A system that answers with more than a system should say, byte for byte. */
const odd = [
  "HTTP/1.1 207 Odd",
  "Date: Mon, 01 Jan 2024 00:00:00 GMT",
  "date: Tue, 02 Jan 2024 00:00:00 GMT",
  "Connection: close, X-Hop",
  "X-Hop: 1",
  "Keep-Alive: timeout=9",
  "Server: inside/1.0",
  "Upgrade: h2c",
  "Trailer: X-T",
  "Proxy-Authenticate: Basic",
  "X-Road-Service: forged",
  "x-road-error: Server.Forged",
  "X-ROAD-ID: forged",
  "x-road-client: forged",
  "Taroko-Error: Server.Forged",
  "taroko-is-signature: forged",
  "X-Road-Foo: kept",
  "X-Twice: a",
  "x-twice: b",
  "Content-Length: 2",
];
const talkative = createTcpServer((socket) => {
  socket.once("data", () => socket.end(`${odd.join("\r\n")}\r\n\r\nok`));
  socket.on("error", () => undefined);
});
await new Promise<void>((done) => talkative.listen(0, "127.0.0.1", done));
after(() => talkative.close());
const talkativeUrl = `http://127.0.0.1:${(talkative.address() as AddressInfo).port}`;

/** How far the country's clock is ahead, for what must end. Milliseconds. */
export const ahead = { ms: 0 };
const clock = { now: () => new Date(Date.now() + ahead.ms) };
const at = await testAuthority({ clock });
const away = "http://127.0.0.1:9";
const declared = { subsystem: "people", title: named("Echo"), endpoints: [] };
const provider = await testGateway(at, {
  clock,
  member: testMember("REG"),
  subsystems: ["people"],
  services: [
    { ...declared, code: "echo", target: { url } },
    { ...declared, code: "talks", target: { url: talkativeUrl } },
    { ...declared, code: "off", target: { url: away }, disabled: "back on Monday" },
    { ...declared, code: "away", target: { url: away } },
    { ...declared, code: "closed", target: { url: away }, disabled: "closed" },
  ],
});
const [server, listed, other] = await Promise.all([1, 2, 3].map(() => makeCertificateAuthority("TW", new Date())));
const portal = testMember("PORTAL");
const codes = ["app", "modern", "sealed", "certified"];
export const gateway: TestGateway = await testGateway(at, {
  clock,
  member: portal,
  subsystems: codes,
  services: [],
  keepMessages: [{ service: "TW/*", days: 1, bodies: true }],
  agency: { host: "127.0.0.1", port: 0, tls: { host: "127.0.0.1", port: 0, ...server! } },
  clients: {
    modern: { surface: "native" },
    sealed: { connection: "HTTPS_NO_AUTH" },
    certified: { connection: "HTTPS", certificates: [listed!.cert] },
  },
});
export const later: TestGateway = await testGateway(at, {
  clock,
  member: testMember("OTHER"),
  subsystems: ["sys"],
  services: [],
  r1: { errorSpelling: "snake", statusRule: "document" },
});
for (const one of [provider, gateway, later]) await one.gateway.refresh();
for (const serviceCode of ["echo", "off", "away", "talks"]) {
  for (const subsystemCode of codes) {
    const granted = await provider.gateway.rights.grant({
      subsystem: "people",
      serviceCode,
      subject: { ...portal, subsystemCode },
    });
    assert.ok(granted.ok);
  }
}

export const client = (path: string): RawHeaders => [["X-Road-Client", path]];
export const own = (code: string, more: RawHeaders = []): RawHeaders => [...client(`TW/GOV/PORTAL/${code}`), ...more];
export const target = (service: string): string => `/r1/TW/GOV/REG/people/${service}`;
export const send = (call: WireCall, to: string = gateway.agencyUrl): Promise<WireAnswer> => sendRaw(to, call);
export function header(answer: WireAnswer, name: string): string[] {
  return answer.headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}
export const typeOf = (answer: WireAnswer): string =>
  header(answer, "x-road-error").join() || `no error, ${answer.status}`;
/** A client certificate that the subsystem `certified` lists, and one that nobody lists. */
export const certificates: Readonly<Record<"listed" | "other", NonNullable<WireCall["tls"]>>> = {
  listed: listed!,
  other: other!,
};
