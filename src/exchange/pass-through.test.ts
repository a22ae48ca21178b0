import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after } from "node:test";
import { headerPairs, type RawHeaders } from "./r1/headers.ts";
import { named, testCountry } from "./testing.ts";

/** An information system that remembers what reached it. */
let seen: { target: string; headers: RawHeaders; body: string } | undefined;
const system = createServer((incoming, outgoing) => {
  if (incoming.url === "/slow/head") return; // says nothing at all
  if (incoming.url === "/slow/body") return void outgoing.writeHead(200).write("the rest never comes");
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    seen = {
      target: `${incoming.method} ${incoming.url}`,
      headers: headerPairs(incoming.rawHeaders),
      body: Buffer.concat(chunks).toString(),
    };
    const headers = ["Content-Type", "text/plain", "Set-Cookie", "a=1", "Set-Cookie", "b=2", "Location", "/elsewhere"];
    outgoing.writeHead(302, [...headers, "X-Road-Error", "Server.Forged", "Signature", "own=:AAAA:"]).end("moved");
  });
});
await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
after(() => {
  system.close();
  system.closeAllConnections();
});
const at = `http://127.0.0.1:${(system.address() as AddressInfo).port}`;
const declared = { subsystem: "people", title: named("Raw"), endpoints: [] };
const { consumer, call } = await testCountry({
  services: [
    { ...declared, code: "raw", target: { url: `${at}/base` } },
    { ...declared, code: "slow", target: { url: `${at}/slow` }, timeoutSeconds: 0.2 },
  ],
  grants: [{ serviceCode: "raw" }, { serviceCode: "slow" }],
});

function send(
  target: string,
  headers: readonly string[],
  body: string,
): Promise<{ status: number; headers: RawHeaders; body: string }> {
  const { hostname, port } = new URL(consumer.agencyUrl);
  return new Promise((done, fail) => {
    const path = `/r1/TW/GOV/REG/people/raw${target}`;
    const asked = request(
      { hostname, port, path, method: "PUT", headers: [...headers, "Host", "gw.agency.test"] },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("end", () =>
          done({ status: answer.statusCode ?? 0, headers: headerPairs(answer.rawHeaders), body: text }),
        );
      },
    );
    asked.on("error", fail);
    asked.end(Buffer.from(body)); // a string body would make Node write the header in UTF-8 too
  });
}

test("path, query, headers and body reach the other system as they were sent, and nothing of the hop does", async () => {
  const sent = [
    "X-Road-Client",
    "TW/GOV/PORTAL/app",
    "Authorization",
    "Bearer t",
    "X-ODD-Case",
    "Ünï",
    "Content-Length",
    "4",
  ];
  const own = [
    "Signature",
    "sig1=:BBBB:",
    "Taroko-Salt",
    "mine",
    "Connection",
    "X-Hop",
    "X-Hop",
    "1",
    "Accept",
    "a",
    "Accept",
    "b",
  ];
  const answer = await send("/v1/%E6%9E%97//x?b=2&a=1&a=&&c", [...sent, ...own], "body");
  assert.equal(seen?.target, "PUT /base/v1/%E6%9E%97//x?b=2&a=1&a=&&c");
  assert.equal(seen.body, "body");
  const value = (list: RawHeaders, name: string): string[] =>
    list.filter((one) => one[0] === name).map((one) => one[1]);
  assert.deepEqual(value(seen.headers, "X-ODD-Case"), ["Ünï"]);
  assert.deepEqual(value(seen.headers, "Authorization"), ["Bearer t"]);
  assert.deepEqual(value(seen.headers, "Accept"), ["a", "b"]);
  assert.deepEqual(value(seen.headers, "Signature"), ["sig1=:BBBB:"], "an information system's own signature");
  const names = seen.headers.map(([name]) => name.toLowerCase());
  for (const name of ["taroko-salt", "signature-input", "content-digest", "x-hop"])
    assert.ok(!names.includes(name), name);
  for (const name of ["x-road-client", "x-road-id", "x-road-request-id"]) assert.ok(names.includes(name), name);

  assert.deepEqual([answer.status, answer.body], [302, "moved"], "redirects are the caller's to follow");
  assert.deepEqual(value(answer.headers, "Set-Cookie"), ["a=1", "b=2"]);
  assert.deepEqual(value(answer.headers, "Signature"), ["own=:AAAA:"]);
  assert.deepEqual(value(answer.headers, "X-Road-Error"), [], "a provider cannot forge a gateway error");
});

test("a system that does not answer in time, or not to the end, is hung up on", async () => {
  for (const path of ["/head", "/body"]) {
    const reached = once(system, "request") as Promise<[IncomingMessage]>;
    const answer = call("slow", { path });
    const [incoming] = await reached;
    const hungUp = once(incoming.socket, "close", { signal: AbortSignal.timeout(5_000) });
    assert.equal((await answer).body["problem"], "/problems/service-unreachable", path);
    await hungUp;
  }
});
