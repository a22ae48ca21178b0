import assert from "node:assert/strict";
import test from "node:test";
import type { RawHeaders } from "./r1/headers.ts";
import { certificates, client, gateway, header, own, send, target, typeOf } from "./test-agency-side.ts";
import { sendBytes, type WireAnswer, type WireCall } from "./test-wire.ts";

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
    () => send({ target: target("echo"), headers: own("certified"), tls: certificates.other }, tls()),
  ],
  [
    "certified",
    "the listed certificate",
    "",
    () => send({ target: target("echo"), headers: own("certified"), tls: certificates.listed }, tls()),
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

test("messages are handed out over such a connection only as their subsystem's calls need", async () => {
  const call = { target: target("echo"), headers: own("certified", [["X-Road-Id", "m-9"]]), tls: certificates.listed };
  assert.equal(typeOf(await send(call, tls())), "no error, 200");
  const query = "queryId=m-9&xRoadInstance=TW&memberClass=GOV&memberCode=PORTAL&subsystemCode=certified&force";
  const asked = (of: Pick<WireCall, "tls">, to?: string): Promise<number> =>
    send({ target: `/asic?${query}`, ...of }, to).then(({ status }) => status);
  assert.equal(await asked({}), 401, "plain");
  assert.equal(await asked({ tls: certificates.other }, tls()), 401, "another certificate");
  assert.equal(await asked({ tls: certificates.listed }, tls()), 200);
});
