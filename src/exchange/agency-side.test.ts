import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import test, { after } from "node:test";
import { makeCertificateAuthority } from "./authority/certificates.ts";
import type { RawHeaders } from "./r1/headers.ts";
import { sendBytes, sendRaw, type WireAnswer, type WireCall } from "./test-wire.ts";
import { named, testAuthority, testGateway, testMember } from "./testing.ts";

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

let offset = 0;
const clock = { now: () => new Date(Date.now() + offset) };
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
const gateway = await testGateway(at, {
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
const later = await testGateway(at, {
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

const client = (path: string): RawHeaders => [["X-Road-Client", path]];
const own = (code: string, more: RawHeaders = []): RawHeaders => [...client(`TW/GOV/PORTAL/${code}`), ...more];
const target = (service: string): string => `/r1/TW/GOV/REG/people/${service}`;
const send = (call: WireCall, to: string = gateway.agencyUrl): Promise<WireAnswer> => sendRaw(to, call);
function header(answer: WireAnswer, name: string): string[] {
  return answer.headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}
const typeOf = (answer: WireAnswer): string => header(answer, "x-road-error").join() || `no error, ${answer.status}`;

/** The reference's order of checks (1.8): each call breaks two rules at once, and is told of the earlier one. */
const order: readonly (readonly [earlier: string, later: string, type: string, call: WireCall])[] = [
  ["3 path", "4 client missing", "Server.ClientProxy.InternalError", { target: "/r1/TW/GOV/REG" }],
  ["3 version", "4 client missing", "Server.ClientProxy.InternalError", { target: "/r2/TW/GOV/REG/people/echo" }],
  [
    "3 headers",
    "4 client missing",
    "Server.ClientProxy.InternalError",
    { target: target("echo"), headers: [["X-Road-Represented-Party", "a/b/c"]] },
  ],
  [
    "3 headers",
    "7 no provider",
    "Server.ClientProxy.InternalError",
    { target: "/r1/TW/GOV/NO/people/x", headers: own("app", [["X-Road-Security-Server", "TW/GOV/REG"]]) },
  ],
  [
    "4 client missing",
    "7 no provider",
    "Server.ClientProxy.InvalidClientIdentifier",
    { target: "/r1/TW/GOV/NO/people/x" },
  ],
  [
    "4 client of another gateway",
    "7 no provider",
    "Server.ClientProxy.UnknownMember",
    { target: "/r1/TW/GOV/NO/people/x", headers: client("TW/GOV/OTHER/sys") },
  ],
  [
    "5 connection",
    "7 no provider",
    "Server.ClientProxy.SslAuthenticationFailed",
    { target: "/r1/TW/GOV/NO/people/x", headers: own("sealed") },
  ],
  [
    "7 no provider",
    "7 server that does not serve it",
    "Server.ClientProxy.UnknownMember",
    { target: "/r1/TW/GOV/NO/people/x", headers: own("app", [["X-Road-Security-Server", "TW/GOV/NO/gw"]]) },
  ],
  [
    "7 server that does not serve it",
    "P5 service",
    "Server.ClientProxy.InvalidSecurityServer",
    { target: target("nothing"), headers: own("app", [["X-Road-Security-Server", "TW/GOV/OTHER/gw1"]]) },
  ],
  ["P5 service", "P7 right", "Server.ServerProxy.UnknownService", { target: target("nothing"), headers: own("app") }],
  ["P7 right", "P8 disabled", "Server.ServerProxy.AccessDenied", { target: target("closed"), headers: own("app") }],
  [
    "P8 disabled",
    "P10 system away",
    "Server.ServerProxy.ServiceDisabled",
    { target: target("off"), headers: own("app") },
  ],
  ["P10 system away", "none", "Server.ServerProxy.NetworkError", { target: target("away"), headers: own("app") }],
];
for (const [earlier, following, type, call] of order) {
  test(`1.8 order: ${earlier} before ${following}`, async () => {
    const answer = await send(call);
    assert.deepEqual([typeOf(answer), answer.status], [type, 500]);
  });
}

test("1.8: which of two members is unknown is said; a disabled service carries its notice", async () => {
  const message = async (call: WireCall): Promise<unknown> =>
    (JSON.parse((await send(call)).text) as { message: string }).message;
  const nowhere = "/r1/TW/GOV/NO/people/x";
  assert.equal(
    await message({ target: nowhere, headers: client("TW/GOV/OTHER/sys") }),
    "Client 'SUBSYSTEM:TW/GOV/OTHER/sys' not found",
  );
  assert.equal(
    await message({ target: nowhere, headers: own("app") }),
    'Could not find addresses for service provider "SUBSYSTEM:TW/GOV/NO/people"',
  );
  assert.equal(
    await message({ target: target("off"), headers: own("app") }),
    "Service SERVICE:TW/GOV/REG/people/off is disabled: back on Monday",
  );
});

test("1.7 JSON: three members first, Content-Type without charset, X-Road-Error the same type", async () => {
  const answer = await send({ target: target("nothing"), headers: own("app") });
  assert.deepEqual(header(answer, "content-type"), ["application/json"]);
  assert.match(
    answer.text,
    /^\{"type":"Server\.ServerProxy\.UnknownService","message":"Unknown service: SERVICE:TW\/GOV\/REG\/people\/nothing","detail":"[0-9a-f-]{36}",/,
  );
});

test("1.7 XML: by any XML range of any Accept line, with its charset", async () => {
  const answer = await send({
    target: target("nothing"),
    headers: own("app", [
      ["Accept", "application/json"],
      ["Accept", "text/*;q=0.1"],
    ]),
  });
  assert.deepEqual(header(answer, "content-type"), ["text/xml;charset=utf-8"]);
  assert.match(
    answer.text,
    /^<\?xml version="1\.0" encoding="UTF-8" standalone="no"\?><error><type>Server\.ServerProxy\.UnknownService<\/type><message>[^<]*<\/message><detail>[0-9a-f-]{36}<\/detail><\/error>$/,
  );
});

test("1.7 both spellings, and the document's 400 for a malformed call", async () => {
  const ask = async (call: WireCall): Promise<[string, number]> => {
    const answer = await send(call, later.agencyUrl);
    return [typeOf(answer), answer.status];
  };
  assert.deepEqual(await ask({ target: target("echo"), headers: client("TW/GOV/OTHER/sys") }), [
    "server.serverproxy.access_denied",
    500,
  ]);
  assert.deepEqual(await ask({ target: target("echo"), headers: client("TW/GOV/PORTAL/app") }), [
    "server.clientproxy.unknown_member",
    500,
  ]);
  assert.deepEqual(await ask({ target: target("echo") }), ["client.bad_request", 400]);
  assert.deepEqual(await ask({ target: "/r1/TW" }), ["client.bad_request", 400]);
});

const natives: readonly (readonly [what: string, status: number, problem: string, type: string, call: WireCall])[] = [
  [
    "no right",
    403,
    "access-denied",
    "Server.ServerProxy.AccessDenied",
    { target: target("closed"), headers: own("modern") },
  ],
  [
    "no service",
    404,
    "service-unknown",
    "Server.ServerProxy.UnknownService",
    { target: target("x"), headers: own("modern") },
  ],
  [
    "no provider",
    404,
    "unknown-member",
    "Server.ClientProxy.UnknownMember",
    { target: "/r1/TW/GOV/NO/p/x", headers: own("modern") },
  ],
  [
    "disabled",
    503,
    "service-disabled",
    "Server.ServerProxy.ServiceDisabled",
    { target: target("off"), headers: own("modern") },
  ],
  [
    "system away",
    502,
    "service-unreachable",
    "Server.ServerProxy.NetworkError",
    { target: target("away"), headers: own("modern") },
  ],
  [
    "malformed",
    400,
    "call-malformed",
    "Server.ClientProxy.InternalError",
    { target: "/r1/TW", headers: own("modern") },
  ],
  [
    "by Prefer",
    403,
    "access-denied",
    "Server.ServerProxy.AccessDenied",
    { target: target("closed"), headers: own("app", [["Prefer", "wait=5, taroko-status"]]) },
  ],
];
for (const [what, status, problem, type, call] of natives) {
  test(`native: ${what} is ${status} and a problem, whatever Accept says`, async () => {
    const answer = await send({ ...call, headers: [...(call.headers ?? []), ["Accept", "text/xml"]] });
    const said = JSON.parse(answer.text) as Record<string, unknown>;
    assert.deepEqual(
      [answer.status, said["status"], header(answer, "content-type")],
      [status, status, ["application/problem+json"]],
    );
    assert.deepEqual([said["type"], said["xroadType"], typeOf(answer)], [`/problems/${problem}`, type, type]);
    assert.match(String(said["instance"]), /^urn:uuid:[0-9a-f-]{36}$/);
    assert.deepEqual(header(answer, "preference-applied"), what === "by Prefer" ? ["taroko-status"] : []);
  });
}

test("a service's own error is the same on both surfaces, and no gateway error", async () => {
  const [r1, native] = await Promise.all(
    ["app", "modern"].map((code) => send({ target: target("echo"), headers: own(code) })),
  );
  assert.deepEqual(
    [r1!.status, native!.status, typeOf(r1!), typeOf(native!)],
    [200, 200, "no error, 200", "no error, 200"],
  );
});

const tls = (): string => gateway.agencyTlsUrl!;
const connections: readonly (readonly [
  client: string,
  how: string,
  reason: string,
  call: () => Promise<WireAnswer>,
])[] = [
  ["app", "plain", "", () => send({ target: target("echo"), headers: own("app") })],
  ["app", "TLS", "", () => send({ target: target("echo"), headers: own("app") }, tls())],
  ["sealed", "plain", "connection-not-encrypted", () => send({ target: target("echo"), headers: own("sealed") })],
  ["sealed", "TLS", "", () => send({ target: target("echo"), headers: own("sealed") }, tls())],
  ["certified", "plain", "connection-not-encrypted", () => send({ target: target("echo"), headers: own("certified") })],
  [
    "certified",
    "TLS without certificate",
    "certificate-missing",
    () => send({ target: target("echo"), headers: own("certified") }, tls()),
  ],
  [
    "certified",
    "another certificate",
    "certificate-not-listed",
    () => send({ target: target("echo"), headers: own("certified"), tls: other! }, tls()),
  ],
  [
    "certified",
    "the listed certificate",
    "",
    () => send({ target: target("echo"), headers: own("certified"), tls: listed! }, tls()),
  ],
];
for (const [code, how, reason, call] of connections) {
  test(`1.1 connection type: ${code} by ${how} ${reason ? "is refused" : "is served"}`, async () => {
    const answer = await call();
    assert.equal(typeOf(answer), reason ? "Server.ClientProxy.SslAuthenticationFailed" : "no error, 200");
    if (reason) assert.equal((JSON.parse(answer.text) as { reason: string }).reason, reason);
  });
}

test("1.3 of several clients the last counts, and an id of its own or a made one comes back", async () => {
  const twice = [...client("TW/GOV/OTHER/sys"), ...own("app")];
  const answer = await send({
    target: target("echo"),
    headers: [...twice, ["x-road-ID", "id 1"], ["X-Road-Request-Id", "mine"]],
  });
  assert.deepEqual([header(answer, "x-road-client"), header(answer, "x-road-id")], [["TW/GOV/PORTAL/app"], ["id 1"]]);
  assert.match(header(answer, "x-road-request-id").join(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}$/);
  const made = await send({ target: target("echo"), headers: own("app") });
  assert.match(header(made, "x-road-id").join(), /^TW-[0-9a-f-]{36}$/);
  const named = await send({
    target: target("echo"),
    headers: own("app", [
      ["X-Road-Security-Server", "TW/GOV/REG/gw1"],
      ["X-Road-Represented-Party", "COM/1"],
    ]),
  });
  assert.equal(typeOf(named), "no error, 200");
});

test("1.6 the five headers in lower case and in their order, exactly one Date", async () => {
  const answer = await send({ target: target("echo"), headers: own("app") });
  const names = answer.headers.map(([name]) => name);
  const road = names.filter((name) => name.startsWith("x-road"));
  assert.deepEqual(road, ["x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash"]);
  assert.deepEqual(names.filter((name) => name.toLowerCase() === "date").length, 1);
});

test("1.4 what a system's answer says of its connection, or only gateways say, ends at its gateway", async () => {
  const answer = await send({ target: target("talks"), headers: own("app") });
  assert.deepEqual([answer.status, answer.text, typeOf(answer)], [207, "ok", "no error, 207"]);
  const kept = answer.headers.filter(
    ([name]) => !/^(x-road-(id|client|service|request)|content-length|connection|keep-alive)/i.test(name),
  );
  assert.deepEqual(kept, [
    ["Date", "Mon, 01 Jan 2024 00:00:00 GMT"],
    ["X-Road-Foo", "kept"],
    ["X-Twice", "a"],
    ["x-twice", "b"],
  ]);
  const road = ["x-road-service", "x-road-client"].map((name) => header(answer, name).join());
  assert.deepEqual(road, ["TW/GOV/REG/people/talks", "TW/GOV/PORTAL/app"]);
});

test("1.4 of a call's headers the same: none of a connection's, none that gateways say", async () => {
  const dropped =
    "Keep-Alive Proxy-Authorization TE Upgrade User-Agent Proxy-Connection X-Hop Taroko-Trace Taroko-Salt".split(" ");
  const sent: RawHeaders = [
    ...own("app"),
    ["Connection", "x-HOP"],
    ...dropped.map((name) => [name, "1"] as const),
    ["X-Last", "1"],
  ];
  const seen = JSON.parse((await send({ target: target("echo"), headers: sent })).text) as { headers: string[] };
  const names = seen.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  assert.deepEqual(
    names.filter((name) => dropped.some((one) => one.toLowerCase() === name)),
    [],
  );
  assert.ok(names.includes("x-last"));
});

test("1.2 and 1.3: path and query byte for byte, no X-Road-Service, the ids at the end", async () => {
  const odd = "/v1//a/..%3Fx/%E6%9E%97;v=1/?b=2&&a=%20+&b=1&c";
  const answer = await send({ target: `${target("echo")}/x%2Fy?${odd}`, headers: own("app", [["X-Road-Foo", "1"]]) });
  const seen = JSON.parse(answer.text) as { line: string; headers: string[] };
  assert.equal(seen.line, `GET /base/x%2Fy?${odd}`);
  const names = seen.headers.filter((_, index) => index % 2 === 0);
  assert.deepEqual(
    names.filter((name) => name.toLowerCase().startsWith("x-road")),
    ["X-Road-Client", "X-Road-Foo", "x-road-request-id", "x-road-id"],
  );
});

test("1.12.9: bodies pass on DELETE and OPTIONS, and are refused on GET, HEAD and TRACE", async () => {
  for (const method of ["DELETE", "OPTIONS", "PATCH", "PUT", "POST"]) {
    const answer = await send({ method, target: target("echo"), headers: own("app"), body: "b" });
    assert.equal((JSON.parse(answer.text) as { body: string }).body, "b", method);
  }
  for (const method of ["GET", "HEAD", "TRACE"]) {
    const answer = await send({ method, target: target("echo"), headers: own("app"), body: "b" });
    assert.equal(typeOf(answer), "Server.ClientProxy.InvalidRequest", method);
    assert.equal(answer.text === "", method === "HEAD");
  }
});

test("1.2 a method that r1 does not have is no call, one that HTTP does not have is no request", async () => {
  const unknown = await send({ method: "PROPFIND", target: target("echo"), headers: own("app") });
  assert.equal(typeOf(unknown), "Server.ClientProxy.InternalError");
  const nonsense = await sendBytes(gateway.agencyUrl, `FETCH ${target("echo")} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  assert.match(nonsense, /^HTTP\/1\.1 400 [^]*\/problems\/call-malformed/);
});

test("HEAD has headers and no body; TRACE passes", async () => {
  const head = await send({ method: "HEAD", target: target("echo"), headers: own("app") });
  assert.deepEqual([head.status, head.text, header(head, "content-type")], [200, "", ["application/json"]]);
  const trace = await send({ method: "TRACE", target: target("echo"), headers: own("app") });
  assert.match(trace.text, /"line":"TRACE \/base"/);
});

test("limits: long addresses and many headers pass, longer ones are refused by a problem", async () => {
  const long = await send({ target: `${target("echo")}/${"a".repeat(9000)}`, headers: own("app") });
  assert.equal(long.status, 200);
  const many: RawHeaders = Array.from({ length: 300 }, (_, index) => [`X-Own-Header-Number-${index}`, "v".repeat(40)]);
  const wide = await send({ target: target("echo"), headers: own("app", many) });
  assert.equal(
    (JSON.parse(wide.text) as { headers: string[] }).headers.filter((name) => name.startsWith("X-Own")).length,
    300,
  );
  const tooLong = await sendBytes(
    gateway.agencyUrl,
    `GET ${target("echo")}/${"a".repeat(40_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  );
  assert.match(tooLong, /^HTTP\/1\.1 431 [^]*application\/problem\+json[^]*\/problems\/head-too-large/);
});

const smuggled: readonly (readonly [what: string, bytes: string])[] = [
  ["two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n"],
  ["length and chunks", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"],
  ["a space before the colon", "X-Road-Foo : 1\r\n"],
  ["a line that goes on", "X-Road-Foo: 1\r\n X-Road-Client: TW/GOV/OTHER/sys\r\n"],
  ["a bare line feed", "X-A: 1\nX-Road-Client: TW/GOV/OTHER/sys\r\n"],
  ["a zero byte", "X-A: \u0000\r\n"],
];
for (const [what, lines] of smuggled) {
  test(`smuggling is refused: ${what}`, async () => {
    const bytes = `POST ${target("echo")} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Road-Client: TW/GOV/PORTAL/app\r\n${lines}\r\nxy`;
    assert.match(await sendBytes(gateway.agencyUrl, bytes), /^HTTP\/1\.1 400 [^]*\/problems\/call-malformed/);
  });
}

test("1.10 listClients: another instance has no members here; anything else is no address of r1", async () => {
  const list = await send({ target: "/listClients?xRoadInstance=EE", headers: [["Accept", "application/json"]] });
  assert.deepEqual([list.text, header(list, "content-type")], ['{"member":[]}', ["application/json;charset=utf-8"]]);
  const all = await send({ target: "/listClients?xRoadInstance=TW" });
  assert.match(all.text, /<xrd:clientList [^]*<id:memberCode>REG<\/id:memberCode>/);
  const soap = await send({ method: "POST", target: "/", headers: own("app"), body: "<x/>" });
  assert.deepEqual([soap.status, header(soap, "content-type")], [404, ["application/problem+json"]]);
});

test("1.10 metaservices: other methods fall through to an unknown service", async () => {
  for (const code of ["listMethods", "allowedMethods", "getOpenAPI"]) {
    const answer = await send({ method: "POST", target: target(code), headers: own("app") });
    assert.equal(typeOf(answer), "Server.ServerProxy.UnknownService", code);
    assert.equal(
      (await send({ target: `${target(code)}/any/path`, headers: own("app") })).status === 200,
      code !== "getOpenAPI",
    );
  }
});

test("1.8 first of all: a configuration past its hard expiry, before anything of the call is read", async () => {
  offset = 400 * 24 * 3_600_000;
  assert.equal(typeOf(await send({ target: "/r1/TW" })), "Server.ClientProxy.OutdatedGlobalConf");
  assert.equal(typeOf(await send({ target: "/r1/TW" }, later.agencyUrl)), "server.clientproxy.global_conf_outdated");
  offset = 0;
});

test("messages are handed out over such a connection only as their subsystem's calls need", async () => {
  const call = { target: target("echo"), headers: own("certified", [["X-Road-Id", "m-9"]]), tls: listed! };
  assert.equal(typeOf(await send(call, tls())), "no error, 200");
  const query = "queryId=m-9&xRoadInstance=TW&memberClass=GOV&memberCode=PORTAL&subsystemCode=certified&force";
  const asked = (of: Pick<WireCall, "tls">, to?: string): Promise<number> =>
    send({ target: `/asic?${query}`, ...of }, to).then(({ status }) => status);
  assert.equal(await asked({}), 401, "plain");
  assert.equal(await asked({ tls: other! }, tls()), 401, "another certificate");
  assert.equal(await asked({ tls: listed! }, tls()), 200);
});
