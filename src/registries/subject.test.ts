import assert from "node:assert/strict";
import test from "node:test";
import { testDatabase } from "#store/testing";
import { checkRegister, openRegister, type FieldType, type RegisterDeclaration } from "./index.ts";

const database = await testDatabase();
await database.query(`
  create collation case_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create domain national_id as text;
  create table person (id text primary key, varying varchar(20) unique, padded char(20) unique, blind text collate case_blind unique,
    domained national_id unique, whole int unique, exact numeric unique, short name unique, random uuid unique, village text, no int unique);
  insert into person values
    ('A700000001', 'A700000001', 'A700000001', 'A700000001', 'A700000001', 700000001, 700000001, 'A700000001',
      '0f8fad5b-d9cb-469f-a165-70867728950e', 'V1', 1),
    ('A700000002', 'A700000002', 'A700000002', 'A700000002', 'A700000002', 700000002, 700000002, 'A700000002',
      '7c9e6679-7425-40de-944b-e07fc1f90ae7', 'V1', 2);
  create view as_text as select padded::text as padded, exact::text as exact, blind collate "C" as blind from person`);

function register(change: Partial<RegisterDeclaration>, type: FieldType = "text"): RegisterDeclaration {
  const fields = change.subject ? [change.subject, ...(change.key ?? []), "village"] : (change.key ?? []);
  return {
    subsystem: "people",
    service: "person",
    title: { "zh-Hant": "人", en: "People" },
    table: "person",
    key: change.subject ? [change.subject] : [],
    fields: Object.fromEntries(
      fields.map((name) => [
        name,
        {
          title: { "zh-Hant": "欄", en: "field" },
          type: name === "no" ? "integer" : name === "village" ? "text" : type,
          sensitivity: "personal",
        },
      ]),
    ),
    ...change,
  };
}

async function ask(declaration: RegisterDeclaration, path: string, body: unknown) {
  const opened = await openRegister(declaration, database);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await opened.call({ method: "POST", path, query: undefined, body: Buffer.from(text) });
  return { status: answer.status, body: JSON.parse(Buffer.from(answer.body).toString("utf8")) };
}

for (const [column, type] of [
  ["padded", "text"],
  ["blind", "text"],
  ["short", "text"],
  ["random", "text"],
  ["whole", "integer"],
  ["exact", "numeric"],
  ["whole", "numeric"],
] as const) {
  test(`a column in which a person has several spellings names nobody: ${column} as ${type}`, async () => {
    const declaration = register({ subject: column }, type);
    const findings = await checkRegister(declaration, database);
    assert.deepEqual(
      findings.map(({ where }) => where),
      ["subject"],
    );
    assert.match(findings[0]!.message, /Use /);
    await assert.rejects(openRegister(declaration, database), { code: "register-declaration" });
  });
}

test("citext names nobody, where the database has it", async (t) => {
  const extension = await database.query("create extension citext").catch(() => undefined);
  if (!extension) return t.skip("this PostgreSQL comes without citext");
  await database.query("create table folded (id citext primary key, village text)");
  const [finding] = await checkRegister(register({ table: "folded", subject: "id" }), database);
  assert.equal(finding?.where, "subject");
});

test("a view gives such a column one spelling, as the finding says", async () => {
  for (const column of ["padded", "exact", "blind"]) {
    const fields = { [column]: register({ subject: column }).fields[column]! };
    const found = await checkRegister({ ...register({ table: "as_text", subject: column }), fields }, database);
    assert.deepEqual(found, [], column);
  }
});

for (const [subject, spellings] of [
  ["id", ["A700000001 ", " A700000001", "a700000001", "Ａ700000001", "A700000001\u200b", "A700000001\n"]],
  ["varying", ["A700000001 ", `A700000001${" ".repeat(300)}`, "a700000001"]],
] as const) {
  test(`a lookup by ${subject} finds one spelling`, async () => {
    const declaration = register({ subject });
    assert.equal((await ask(declaration, "/v1/lookup", { [subject]: "A700000001" })).status, 200);
    for (const spelling of spellings) {
      const answer = await ask(declaration, "/v1/lookup", { [subject]: spelling });
      assert.equal(answer.status, 404, JSON.stringify(spelling));
    }
  });
}

test("a text key that is nobody's name is compared exactly too", async () => {
  for (const [key, right, wrong] of [
    ["padded", "A700000001", "A700000001 "],
    ["blind", "A700000001", "a700000001"],
    ["random", "0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5B-D9CB-469F-A165-70867728950E"],
  ] as const) {
    assert.equal((await ask(register({ key: [key] }), "/v1/lookup", { [key]: right })).status, 200, key);
    assert.equal((await ask(register({ key: [key] }), "/v1/lookup", { [key]: wrong })).status, 404, key);
  }
});

test("a search cannot leave the person out", async () => {
  const declaration = register({ subject: "id", filters: ["id", "village"] });
  const all = await ask(declaration, "/v1/search", { village: "V1" });
  assert.deepEqual([all.status, all.body.type, all.body.field], [400, "/problems/query-without-person", "id"]);
  const own = await ask(declaration, "/v1/search", { village: "V1", id: "A700000001" });
  assert.deepEqual(own.body, { rows: [{ id: "A700000001", village: "V1" }], next: null });
  assert.equal((await ask(declaration, "/v1/search", { village: "V1", id: null })).status, 400);
  const unnamed = await checkRegister(register({ subject: "id", filters: ["village"] }), database);
  assert.deepEqual(
    unnamed.map(({ where }) => where),
    ["subject"],
  );
});

test("a lookup by another key names the person besides, and finds nobody else's row", async () => {
  const declaration = register({ subject: "id", key: ["no"], filters: ["id"] });
  assert.equal((await ask(declaration, "/v1/lookup", { no: 2 })).body.type, "/problems/query-without-person");
  assert.equal((await ask(declaration, "/v1/lookup", { no: 2, id: "A700000001" })).status, 404);
  assert.equal((await ask(declaration, "/v1/lookup", { no: 2, id: "A700000002" })).status, 200);
  const { service, openapi } = await openRegister(declaration, database);
  const { paths } = openapi as { paths: Record<string, { post: { requestBody: { content: object } } }> };
  assert.match(JSON.stringify(paths["/v1/lookup"]?.post.requestBody.content), /"required":\["no","id"\]/);
  assert.match(JSON.stringify(paths["/v1/search"]?.post.requestBody.content), /"required":\["id"\]/);
  assert.deepEqual(
    service.endpoints.map(({ path }) => path),
    ["/v1/lookup", "/v1/search"],
  );
});

test("a subject column nobody can ask by, and a body that is no UTF-8, are told so", async () => {
  const found = await checkRegister(register({ subject: "id", key: ["no"], filters: [] }), database);
  assert.deepEqual(
    found.map(({ where }) => where),
    ["subject"],
  );
  const opened = await openRegister(register({ subject: "id" }), database);
  for (const body of [Buffer.from('\ufeff{"id":"A700000001"}'), Buffer.from('{"id":"A70000000\xff"}', "latin1")]) {
    assert.equal((await opened.call({ method: "POST", path: "/v1/lookup", query: undefined, body })).status, 400);
  }
});
