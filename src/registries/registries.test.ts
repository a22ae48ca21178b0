import assert from "node:assert/strict";
import test from "node:test";
import { testDatabase } from "#store/testing";
import {
  checkRegister,
  openRegister,
  type FieldDeclaration,
  type FieldType,
  type RegisterDeclaration,
} from "./index.ts";

const database = await testDatabase();
await database.query(`
  create schema land;
  create table land."parcel" (county text, number int, owner_id text not null, area numeric(20, 4), built date,
    seen timestamptz, taxed boolean, uses text[], secret text default 'not published', big bigint default 9007199254740993,
    primary key (county, number));
  create view land.owned as select owner_id, count(*)::int as parcels from land.parcel group by owner_id;
  insert into land.parcel values
    ('花蓮', 1, 'A700000001', 12345678901234.5678, '1999-01-02', '2026-05-06 07:08:09+08', true, '{農,宅}'),
    ('花蓮', 2, 'A700000001', 1.5, null, null, false, '{}'),
    ('花蓮', 10, 'A700000001', 2, null, null, false, '{}'),
    ('臺東', 1, 'A700000002', 3, null, null, null, null)`);

function field(type: FieldType): FieldDeclaration {
  return { title: { "zh-Hant": "欄", en: "field" }, type, sensitivity: "personal" };
}

const parcel: RegisterDeclaration = {
  subsystem: "land",
  service: "parcel",
  title: { "zh-Hant": "土地", en: "Parcels" },
  table: "land.parcel",
  key: ["county", "number"],
  fields: {
    county: field("text"),
    number: field("integer"),
    owner_id: field("text"),
    area: field("numeric"),
    built: field("date"),
    seen: field("timestamp"),
    taxed: field("boolean"),
    uses: field("text-list"),
    big: field("numeric"),
  },
  filters: ["owner_id", "county", "built", "seen"],
  pageSize: 2,
};
const register = await openRegister(parcel, database);

async function ask(path: string, body: unknown, method: string = "POST") {
  const answer = await register.call({ method, path, query: undefined, body: Buffer.from(JSON.stringify(body)) });
  return { status: answer.status, body: JSON.parse(Buffer.from(answer.body).toString("utf8")) };
}

test("a lookup answers one row, typed, with declared fields only", async () => {
  assert.deepEqual(await ask("/v1/lookup", { county: "花蓮", number: 1 }), {
    status: 200,
    body: {
      county: "花蓮",
      number: 1,
      owner_id: "A700000001",
      area: "12345678901234.5678",
      built: "1999-01-02",
      seen: "2026-05-05T23:08:09.000Z",
      taxed: true,
      uses: ["農", "宅"],
      big: "9007199254740993",
    },
  });
  const none = await ask("/v1/lookup", { county: "花蓮", number: 3 });
  assert.equal(none.status, 404);
  assert.equal(none.body.type, "/problems/record-not-found");
});

test("a search pages through all matching rows once", async () => {
  const first = await ask("/v1/search", { owner_id: "A700000001" });
  assert.equal(first.body.rows.length, 2);
  const second = await ask("/v1/search", { owner_id: "A700000001", cursor: first.body.next });
  assert.equal(second.body.next, null);
  const numbers = [...first.body.rows, ...second.body.rows].map((row) => row.number);
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    [1, 2, 10],
  );
  assert.equal((await ask("/v1/search", { built: "1999-01-02" })).body.rows.length, 1);
  assert.equal((await ask("/v1/search", { seen: "2026-05-05T23:08:09Z" })).body.rows.length, 1);
  assert.equal((await ask("/v1/search", { built: "0001-01-01" })).body.rows.length, 0);
});

for (const [name, path, body] of [
  ["a part of the key", "/v1/lookup", { county: "花蓮" }],
  ["a key of the wrong type", "/v1/lookup", { county: "花蓮", number: "1" }],
  ["a column that is no filter", "/v1/search", { area: "3" }],
  ["a column that is not declared", "/v1/search", { secret: "x" }],
  ["SQL where a column should be", "/v1/search", { 'county" = "county" --': "x" }],
  ["no condition at all", "/v1/search", {}],
  ["only a cursor", "/v1/search", { cursor: Buffer.from('["花蓮","1"]').toString("base64url") }],
  ["a foreign cursor", "/v1/search", { county: "花蓮", cursor: "e30" }],
  ["a day that does not exist", "/v1/search", { built: "2026-02-30" }],
  ["a year that does not exist", "/v1/search", { built: "0000-01-01" }],
  ["an instant on a day that does not exist", "/v1/search", { seen: "2026-02-30T00:00:00Z" }],
  ["an instant in a year that does not exist", "/v1/search", { seen: "0000-01-01T00:00:00Z" }],
  ["a list for a body", "/v1/search", [1]],
  ["NUL in a text", "/v1/search", { county: "a\u0000" }],
] as const) {
  test(`refused: ${name}`, async () => {
    const answer = await ask(path, body);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.type, "/problems/query-invalid");
  });
}

test("SQL in a value is a value", async () => {
  assert.equal((await ask("/v1/search", { county: "' or true --" })).body.rows.length, 0);
  assert.equal((await ask("/v1/nothing", {})).status, 404);
});

test("the OpenAPI description says what there is", async () => {
  const { body } = await ask("/v1/openapi.json", {}, "GET");
  assert.deepEqual(Object.keys(body.paths), ["/v1/lookup", "/v1/search"]);
  assert.deepEqual(Object.keys(body.components.schemas.Row.properties), Object.keys(parcel.fields));
  assert.deepEqual(body.paths["/v1/lookup"].post.requestBody.content["application/json"].schema.required, parcel.key);
});

test("a view is a register too", async () => {
  const owned = {
    ...parcel,
    table: "land.owned",
    key: ["owner_id"],
    filters: [],
    fields: { owner_id: field("text"), parcels: field("integer") },
  };
  const view = await openRegister(owned, database);
  const body = Buffer.from('{"owner_id":"A700000001"}');
  const answer = await view.call({ method: "POST", path: "/v1/lookup", query: undefined, body });
  assert.equal(Buffer.from(answer.body).toString(), '{"owner_id":"A700000001","parcels":3}');
});

for (const [where, change] of [
  ["table", { table: "land.nowhere" }],
  ["fields.height", { fields: { ...parcel.fields, height: field("text") } }],
  ["fields.built", { fields: { ...parcel.fields, built: field("integer") } }],
  ["key", { key: ["county"] }],
  ["key", { key: ["secret"] }],
  ["filters", { filters: ["uses", "owner_id"] }],
  ["pageSize", { pageSize: 0 }],
  ["service", { service: "a b" }],
] as const) {
  test(`a wrong declaration is found: ${where} ${JSON.stringify(change).slice(0, 40)}`, async () => {
    const wrong = { ...parcel, ...change } as RegisterDeclaration;
    const findings = await checkRegister(wrong, database);
    assert.ok(
      findings.some((one) => one.where === where),
      JSON.stringify(findings),
    );
    await assert.rejects(openRegister(wrong, database), { code: "register-declaration" });
  });
}
