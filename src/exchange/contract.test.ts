import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after } from "node:test";
import { testDatabase } from "#store/testing";
import { openGateway } from "./gateway/gateway.ts";
import type { ServiceDeclaration } from "./gateway/services.ts";
import { named, testCountry, testFolder } from "./testing.ts";

const person = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "string", pattern: "^[A-Z][0-9]{9}$" } },
  additionalProperties: false,
};
const openapi = {
  openapi: "3.0.3",
  servers: [{ url: "http://inside.test:8080/api/v1" }, { url: "https://{host}/v1" }],
  paths: {
    "/v1/lookup": {
      post: {
        requestBody: { required: true, content: { "application/json": { schema: person } } },
        responses: { "200": { content: { "application/json": { schema: { type: "object", required: ["name"] } } } } },
      },
    },
  },
};

/** Answers with what the test wants to see next. */
let next: { type?: string; status?: number; body: string } = { body: '{"name":"n"}' };
let heard: Record<string, unknown> = {};
const system = createServer((incoming, outgoing) => {
  incoming.resume();
  heard = { ...incoming.headers };
  incoming.on("end", () => {
    const { type = "application/json", status = 200, body } = next;
    outgoing.writeHead(status, { ...(type ? { "Content-Type": type } : {}), ETag: '"whole"' }).end(body);
  });
});
await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
after(() => {
  system.close();
  system.closeAllConnections();
});
const at = `http://127.0.0.1:${(system.address() as AddressInfo).port}`;
const declared: Omit<ServiceDeclaration, "code"> = {
  subsystem: "people",
  title: named("Described"),
  endpoints: [{ method: "POST", path: "/v1/lookup" }],
  target: { url: at },
};
const said: object[] = [];
const { provider, call } = await testCountry({
  services: [
    { ...declared, code: "enforced", openapi, contract: "enforce" },
    { ...declared, code: "reported", openapi, contract: "report" },
    { ...declared, code: "unchecked", openapi },
    { ...declared, code: "asked", openapiUrl: `${at}/described.json` },
    { ...declared, code: "plain" },
  ],
  grants: [
    { serviceCode: "enforced" },
    { serviceCode: "reported", fields: ["name", "/address/city"] },
    { serviceCode: "unchecked", payloadCheck: "enforce" },
    { serviceCode: "plain", fields: ["name"] },
  ],
  provider: { logger: { info: () => undefined, warn: (what) => void said.push(what), error: () => undefined } },
});

async function breaches(id: string): Promise<unknown> {
  const [row] = await provider.gateway.evidence(id);
  return (JSON.parse(row?.record ?? "{}") as { breaches?: unknown }).breaches;
}

test("enforced: a request that breaks the description is refused with places and rules, and never reaches the service", async () => {
  heard = {};
  const bad = { body: '{"id":"A70000000x","secret":"A700000001"}' };
  const answer = await call("enforced", bad);
  assert.deepEqual([answer.status, answer.body["type"]], [500, "Server.ServerProxy.InvalidBody"]);
  assert.deepEqual(answer.body["violations"], [
    { in: "body", pointer: "/secret", rule: "additionalProperties" },
    { in: "body", pointer: "/id", rule: "pattern" },
  ]);
  const native = await call("enforced", { ...bad, headers: { prefer: "taroko-status" } });
  assert.deepEqual([native.status, native.body["type"]], [422, "/problems/request-invalid"]);
  assert.equal((native.body["violations"] as unknown[]).length, 2);
  assert.deepEqual(heard, {});
  assert.doesNotMatch(JSON.stringify([answer.body, said]), /A70000/, "no values");
  assert.ok(!JSON.stringify(said).includes("secret"), "and no names that the message chose, in the log");
});

test("enforced: the kinds are in the record of the refused call", async () => {
  const answer = await call("enforced", { body: "[]" });
  assert.equal(answer.body["problem"], "/problems/request-invalid");
  const { rows } = {
    rows: await provider.database.query("select record from exchange.evidence order by record_id desc limit 1"),
  };
  assert.match(JSON.stringify(rows), /request:body:type/);
});

test("enforced: an answer that breaks the description is held back", async () => {
  next = { body: '{"wrong":"A700000001"}' };
  const answer = await call("enforced", { headers: { prefer: "taroko-status" } });
  assert.deepEqual([answer.status, answer.body["type"]], [502, "/problems/response-invalid"]);
  assert.doesNotMatch(JSON.stringify(answer.body), /A70000|wrong/);
  next = { body: '{"name":"n"}' };
  assert.equal((await call("enforced")).status, 200);
});

test("reported: the call goes on, and its kinds are counted in the record", async () => {
  next = { body: '{"address":{"city":"c","street":"s"},"other":1.10}' };
  const answer = await call("reported", { body: '{"id":1,"more":2}' });
  assert.deepEqual([answer.status, answer.body], [200, { address: { city: "c" } }]);
  assert.deepEqual(await breaches(answer.id), {
    "request:body:additionalProperties": 1,
    "request:body:type": 1,
    "response:body:required": 1,
  });
  assert.equal(answer.headers.get("etag"), null, "said of the whole, and wrong of a part");
  next = { body: '{"name":"n"}' };
  assert.equal(await breaches((await call("reported")).id), undefined);
});

test("calls that break a description are counted by service and by what was done about it", async () => {
  const counted = async (): Promise<Record<string, number>> => {
    await provider.gateway.operation.collector.flush();
    const text = await provider.gateway.operation.metrics();
    const lines = text.matchAll(/^taroko_exchange_contract_breaches_total\{service="(.*)",mode="(.*)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, service, mode, calls]) => [`${service} ${mode}`, Number(calls)]));
  };
  const before = await counted();
  next = { body: '{"name":"n"}' };
  for (const code of ["enforced", "reported", "reported"]) await call(code, { body: "[]" });
  for (const code of ["enforced", "reported"]) await call(code);
  const more = Object.entries(await counted()).map(([name, calls]) => [name, calls - (before[name] ?? 0)]);
  assert.deepEqual(more, [
    ["TW/GOV/REG/people/enforced enforce", 1],
    ["TW/GOV/REG/people/reported report", 2],
  ]);
});

test("a right may ask for the check that its service does not", async () => {
  assert.equal((await call("unchecked", { body: "{}" })).body["problem"], "/problems/request-invalid");
});

test("of an answer that is looked into no coding and no part is asked", async () => {
  await call("plain", { headers: { "accept-encoding": "gzip", range: "bytes=0-1" } });
  assert.deepEqual([heard["accept-encoding"], heard["range"]], [undefined, undefined]);
});

const unreadable: readonly (readonly [
  what: string,
  answer: typeof next,
  problem: string | undefined,
  status: number,
])[] = [
  ["another content type", { type: "text/csv", body: "name,income" }, "/problems/access-denied", 500],
  ["no content type", { type: "", body: '{"income":7}' }, "/problems/access-denied", 500],
  ["a name twice", { body: '{"income":1,"income":2}' }, "/problems/access-denied", 500],
  ["a list of scalars", { body: "[7]" }, "/problems/access-denied", 500],
];
for (const [what, answer, problem, status] of unreadable) {
  test(`fields limited: nothing is released of ${what}`, async () => {
    next = answer;
    const got = await call("plain");
    assert.deepEqual([got.status, got.body["problem"], got.body["reason"]], [status, problem, "fields-not-checkable"]);
    assert.doesNotMatch(JSON.stringify(got.body), /income/);
  });
}

test("fields limited: an error keeps what RFC 9457 has and loses the rest, also its personal data", async () => {
  next = { status: 404, type: "application/problem+json", body: '{"type":"/none","status":404,"income":7}' };
  assert.deepEqual((await call("plain")).body, { type: "/none", status: 404 });
  next = { status: 302, body: '{"income":7,"name":"n"}' };
  assert.deepEqual((await call("plain", { headers: { "content-type": "application/json" } })).body, { name: "n" });
  next = { body: '{"name":"n"}' };
});

const meta = (query: string): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> =>
  call("getOpenAPI", { method: "GET", path: query });

test("1.10 getOpenAPI: of servers the path stays, an address with variables stays whole", async () => {
  const { body } = await meta("?SERVICECODE=enforced");
  assert.deepEqual(body["servers"], [{ url: "/api/v1" }, { url: "https://{host}/v1" }]);
});

test("1.10 getOpenAPI asks the service's own system at call time, and keeps format and Content-Type", async () => {
  next = { type: "application/json;charset=utf-8", body: '{ "openapi": "3.1.0", "servers": [{"url": "http://x:1"}] }' };
  const json = await meta("?serviceCode=plain&servicecode=asked");
  assert.equal(json.headers.get("content-type"), "application/json;charset=utf-8");
  assert.deepEqual(json.body, { openapi: "3.1.0", servers: [{ url: "" }] });
  next = { type: "", body: '{"openapi":"3.0.0"}' };
  assert.equal(
    (await meta("?serviceCode=asked")).headers.get("content-type"),
    "text/plain",
    "by the ending of the address",
  );
});

const texts: readonly (readonly [query: string, code: string, message: string, answer?: typeof next])[] = [
  ["", "InvalidRequest", "Missing serviceCode in message body"],
  ["?serviceCode=", "InvalidRequest", "Missing serviceCode in message body"],
  ["?serviceCode=none", "InternalError", "Service not found: SERVICE:TW/GOV/REG/people/none"],
  ["?serviceCode=plain", "InternalError", "Invalid service type: REST"],
  [
    "?serviceCode=asked",
    "InternalError",
    "Failed reading service description from /described.json. Status: 404 Reason: Not Found",
    { status: 404, body: "" },
  ],
  [
    "?serviceCode=asked",
    "InternalError",
    "Failed overwriting origin URL for the openapi servers for /described.json",
    { body: "{" },
  ],
  [
    "?serviceCode=asked",
    "InternalError",
    'Incompatible openapi version. Openapi version 3 or greater expected. Given openapi document is of version "2.0"',
    { body: '{"openapi":"2.0"}' },
  ],
];
for (const [query, code, message, answer] of texts) {
  test(`1.10 getOpenAPI${query}: ${message}`, async () => {
    if (answer) next = answer;
    const { status, body } = await meta(query);
    assert.deepEqual([status, body["type"], body["message"]], [500, `Server.ServerProxy.${code}`, message]);
  });
}

test("a description that cannot be enforced whole stops the gateway at its start", async () => {
  const lookAhead = structuredClone(openapi);
  lookAhead.paths["/v1/lookup"].post.requestBody.content["application/json"].schema.properties.id.pattern = "(?=a)a";
  for (const service of [
    { ...declared, code: "a", contract: "enforce" as const },
    { ...declared, code: "a", contract: "enforce" as const, openapi: { openapi: "2" } },
    { ...declared, code: "a", contract: "enforce" as const, openapi: lookAhead },
  ]) {
    const options = {
      ...provider.options,
      database: await testDatabase(),
      keysFolder: testFolder(),
      services: [service],
    };
    await assert.rejects(openGateway(options), { code: "service-declaration" });
  }
});
