import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { RegisterDeclaration } from "./declaration.ts";
import { openRegister } from "./register.ts";
import { restSource } from "./rest-source.ts";
import type { Finding, RestSource } from "./source.ts";
import { askRegister, field, testFolder, testService } from "./testing.ts";

const folder = testFolder();
const people: RegisterDeclaration = {
  subsystem: "people",
  service: "person",
  title: { "zh-Hant": "人", en: "People" },
  key: ["id"],
  subject: "id",
  fields: {
    id: field("text"),
    name: field("text", { from: "/name/full" }),
    born: field("date"),
    height: field("numeric"),
  },
  timeoutSeconds: 0.3,
};
const person = { id: "A700000001", name: { full: "林" }, born: "1950-02-03", height: 1.6 };

/** The service answers what the test wants at the moment; it remembers what it was asked. */
let answer: (response: ServerResponse) => void = () => undefined;
const asked: { readonly url: string; readonly headers: Readonly<Record<string, unknown>> }[] = [];
const url = await testService((request, response) => {
  asked.push({ url: request.url!, headers: request.headers });
  answer(response);
});
const sends =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));

async function opened(rest: Partial<RestSource> = {}, declaration: RegisterDeclaration = people) {
  const source = restSource(
    { rest: url, lookup: "GET /people/{id}", ...rest },
    { folder, environment: { TOKEN: "s3cret" } },
  );
  return openRegister(declaration, source);
}

test("a lookup asks with escaped values and the headers declared, and maps the answer", async () => {
  const register = await opened({ headers: { Authorization: "env:TOKEN" } });
  answer = sends(person);
  assert.deepEqual((await askRegister(register, "/v1/lookup", { id: "A700000001" })).body, {
    id: "A700000001",
    name: "林",
    born: "1950-02-03",
    height: "1.6",
  });
  assert.equal(asked.at(-1)!.headers["authorization"], "s3cret");
  for (const [id, path] of [
    ["a/../b?c#d", "/people/a%2F..%2Fb%3Fc%23d"],
    ["%2e%2e", "/people/%252e%252e"],
    ["林 1", "/people/%E6%9E%97%201"],
  ] as const) {
    assert.equal((await askRegister(register, "/v1/lookup", { id })).status, 404, "the service gave somebody else");
    assert.equal(asked.at(-1)!.url, path);
  }
  const before = asked.length;
  for (const id of ["..", ".", ""]) assert.equal((await askRegister(register, "/v1/lookup", { id })).status, 404);
  assert.equal(asked.length, before, "what no path can carry is not asked");
});

test("somebody else's row is nobody's, however the service spells", async () => {
  const register = await opened();
  for (const id of ["a700000001", "A700000001 ", "Ａ700000001"]) {
    answer = sends(person);
    assert.equal((await askRegister(register, "/v1/lookup", { id })).status, 404);
  }
});

for (const [name, wrong, status, type] of [
  ["is not there", sends("", 404), 404, "record-not-found"],
  ["fails", sends("oops", 500), 503, "register-unavailable"],
  ["is too busy", sends("", 429), 503, "register-unavailable"],
  ["hangs up", (response: ServerResponse) => void response.destroy(), 503, "register-unavailable"],
  [
    "breaks off",
    (response: ServerResponse) =>
      void response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()),
    503,
    "register-unavailable",
  ],
  ["says nothing", () => undefined, 504, "register-slow"],
  ["drips", (response: ServerResponse) => void response.writeHead(200).write("{"), 504, "register-slow"],
  ["leads elsewhere", sends("", 302, { location: "http://127.0.0.1:1/" }), 502, "register-answer-invalid"],
  ["refuses us", sends("", 401), 502, "register-answer-invalid"],
  ["answers no JSON", sends("<html>"), 502, "register-answer-invalid"],
  [
    "answers no UTF-8",
    (response: ServerResponse) => void response.end(Buffer.from([0x22, 0xff, 0x22])),
    502,
    "register-answer-invalid",
  ],
  ["answers a list", sends([person]), 502, "register-answer-invalid"],
  ["answers null", sends("null"), 502, "register-answer-invalid"],
  ["answers a number as text", sends({ ...person, id: 7 }), 502, "register-answer-invalid"],
  ["answers no day", sends({ ...person, born: "1950-02-30" }), 502, "register-answer-invalid"],
  ["answers a float", sends({ ...person, height: 1e300 }), 502, "register-answer-invalid"],
  ["answers an inherited member", sends({ ...person, name: "x" }), 200, undefined],
] as const) {
  test(`a service that ${name}`, async () => {
    const register = await opened();
    answer = wrong;
    const got = await askRegister(register, "/v1/lookup", { id: "A700000001" });
    assert.deepEqual([got.status, got.body.type], [status, type && `/problems/${type}`]);
    assert.ok(!JSON.stringify(got.body).includes("1950-02-30"));
  });
}

test("a service that is away, and comes back", async () => {
  const server = createServer((_, response) => sends(person)(response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const register = await opened({ rest: `http://127.0.0.1:${port}` });
  const ask = async (): Promise<number> => (await askRegister(register, "/v1/lookup", { id: "A700000001" })).status;
  assert.equal(await ask(), 200);
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  assert.equal(await ask(), 503);
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  assert.equal(await ask(), 200);
  server.closeAllConnections();
  server.close();
});

test("pages of the service are pages of the register", async () => {
  const declaration = { ...people, filters: ["id", "born"] };
  const register = await opened(
    { search: "GET /people?id={id}&limit={limit}&after={cursor}", rows: "/items", next: "/next" },
    declaration,
  );
  answer = sends({ items: [person], next: "to/2&x" });
  const first = await askRegister(register, "/v1/search", { id: "A700000001", limit: 7 });
  assert.equal(asked.at(-1)!.url, "/people?id=A700000001&limit=7");
  answer = sends({
    items: [
      { ...person, born: null },
      { ...person, id: "A700000002" },
    ],
    next: null,
  });
  const second = await askRegister(register, "/v1/search", { id: "A700000001", cursor: first.body.next });
  assert.match(asked.at(-1)!.url, /&after=to%2F2%26x$/);
  assert.deepEqual([second.body.rows.length, second.body.next], [1, null]);
  assert.equal((await askRegister(register, "/v1/search", { id: "A700000001", cursor: "e30" })).status, 400);
});

test("an operation is found by its operationId", async () => {
  const parameters = [
    { name: "limit", in: "query" },
    { name: "verbose", in: "query" },
  ];
  const document = {
    openapi: "3.1.0",
    paths: { "/v2/people/{id}": { parameters, get: { operationId: "getPerson" } } },
  };
  writeFileSync(join(folder, "api.json"), JSON.stringify(document));
  await assert.rejects(
    opened({ openapi: "api.json", lookup: "getPerson" }),
    /\{limit\} is nothing that a lookup asks by/,
  );
  writeFileSync(join(folder, "api.json"), JSON.stringify(document).replace('"limit"', '"other"'));
  const register = await opened({ openapi: "api.json", lookup: "getPerson" });
  answer = sends(person);
  assert.equal((await askRegister(register, "/v1/lookup", { id: "A700000001" })).status, 200);
  assert.equal(asked.at(-1)!.url, "/v2/people/A700000001");
});

for (const [name, rest, where] of [
  ["another protocol", { rest: "file:///etc/passwd" }, "source.rest"],
  ["a password in the address", { rest: "http://me:secret@127.0.0.1/" }, "source.rest"],
  ["a query in the address", { rest: "http://127.0.0.1/?x=1" }, "source.rest"],
  ["no address", { rest: "people" }, "source.rest"],
  ["another method", { lookup: "DELETE /people/{id}" }, "source.lookup"],
  ["a name that is no field", { lookup: "GET /people/{id}/{secret}" }, "source.lookup"],
  ["a lookup without the key", { lookup: "GET /people" }, "source.lookup"],
  ["a search that nobody asks", { search: "GET /people" }, "source.search"],
  ["a secret that is not there", { headers: { Authorization: "env:NOWHERE" } }, "source.headers.Authorization"],
  ["a header with a line break", { headers: { "X-A": "a\r\nX-B: b" } }, "source.headers.X-A"],
  ["a description outside the folder", { openapi: "../api.json", lookup: "getPerson" }, "source.openapi"],
  ["an operation that is not described", { openapi: "api.json", lookup: "nothing" }, "source.lookup"],
] as const) {
  test(`a wrong declaration is found: ${name}`, async () => {
    await assert.rejects(opened(rest), (fault: { readonly findings: readonly Finding[] }) => {
      assert.deepEqual(
        fault.findings.map((one) => one.where),
        [where],
      );
      assert.ok(!JSON.stringify(fault.findings).includes("secret@"));
      return true;
    });
  });
}
