import assert from "node:assert/strict";
import test from "node:test";
import { testDatabase } from "#store/testing";
import type { FieldDeclaration, RegisterDeclaration } from "../declaration.ts";
import { openRegister } from "../register.ts";
import { digitalRegistry } from "./registry-service.ts";

const database = await testDatabase();
await database.query("create table public.clinic (id text primary key, town text not null, beds int not null)");
await database.query(
  "insert into clinic select 'C' || n, case when n % 2 = 0 then 'Taipei' else 'Tainan' end, n from generate_series(1, 7) n",
);
const field = (type: FieldDeclaration["type"]): FieldDeclaration => ({
  title: { "zh-Hant": "欄位", en: "Field" },
  type,
  sensitivity: "public",
});
const clinics: RegisterDeclaration = {
  subsystem: "health",
  service: "clinics",
  title: { "zh-Hant": "診所", en: "Clinics" },
  table: "public.clinic",
  key: ["id"],
  fields: { id: field("text"), town: field("text"), beds: field("integer") },
  filters: ["town", "beds"],
  prefixes: ["town"],
  pageSize: 3,
};
const people: RegisterDeclaration = { ...clinics, service: "people", subject: "id", filters: ["id", "town"] };
const options = { institution: "TW/GOV/MOHW" };
const open = digitalRegistry(await openRegister(clinics, database), options);
const personal = digitalRegistry(await openRegister(people, database), options);

// oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, compared as they are
async function ask(line: string, body?: object, service: typeof open = open): Promise<{ status: number; body: any }> {
  const [method = "", target = ""] = line.split(" ");
  const [path = "", query] = target.split("?");
  assert.ok("call" in service.target);
  const bytes = Buffer.from(body === undefined ? "" : JSON.stringify(body));
  const given = await service.target.call({ method, path, query, body: bytes, client: "TW/GOV/X/y" });
  const text = Buffer.from(given.body).toString();
  const isJson = given.headers.some(([, value]) => value.includes("json"));
  return { status: given.status, body: isJson ? JSON.parse(text) : text };
}

const row = { id: "C1", town: "Tainan", beds: 1 };
const by = (content: object): object => ({ query: { content } });

/** Line, body, status, answer: the data API's table, both spellings. */
const table: [string, object | undefined, number, unknown][] = [
  ["POST /data/clinics/1.0/read", by({ id: "C1" }), 200, { content: row }],
  ["POST /data/clinics/1/read", by({ id: "C1" }), 200, { content: row }],
  ["POST /data/clinics/1.0.0/read", by({ town: "Tainan" }), 200, { content: row }],
  ["POST /data/Clinics/1.0/read", by({ id: "C9" }), 404, { detail: "no record found" }],
  ["POST /data/clinics/2.0/read", by({ id: "C1" }), 404, { detail: "no record found" }],
  ["POST /data/other/1.0/read", by({ id: "C1" }), 404, { detail: "no record found" }],
  ["POST /data/clinics/1.0/read", {}, 400, { detail: "query.content is missing" }],
  [
    "POST /data/clinics/1.0/exists",
    by({ id: "C1" }),
    200,
    { answer: { status: true, message: "Object found from database" } },
  ],
  ["POST /data/clinics/1.0/exists", by({ id: "C9" }), 200, { answer: { status: false, message: "Object not found" } }],
  ["GET /data/clinics/1.0/C1/readValue/beds.json", undefined, 200, { value: 1 }],
  ["GET /data/clinics/1.0/C1/read-value/town.txt", undefined, 200, "Tainan"],
  ["GET /data/clinics/1.0/C9/readValue/beds.json", undefined, 404, { detail: "no record found" }],
  ["GET /data/clinics/1.0/C1/readValue/secret.json", undefined, 404, { detail: "no record found" }],
  ["GET /data/clinics/1.0/a/b", undefined, 404, { detail: "no such operation" }],
];

for (const [line, body, status, answer] of table)
  test(`${line} ${JSON.stringify(body) ?? ""}`, async () =>
    assert.deepEqual(await ask(line, body), { status, body: answer }));

test("operations that write are refused, in both spellings", async () => {
  for (const line of [
    "POST /data/clinics/1.0/create",
    "PUT /data/clinics/1.0/update",
    "PUT /data/clinics/1.0/updateEntries",
    "PUT /data/clinics/1.0/update-entries",
    "POST /data/clinics/1.0/updateOrCreate",
    "POST /data/clinics/1.0/update-or-create",
    "DELETE /data/clinics/1.0/C1/delete",
    "POST /database/modify",
    "DELETE /database/clinics",
  ])
    assert.equal((await ask(line, {})).status, 405, line);
});

test("lists page by page, by declared fields only, without foreign expressions", async () => {
  const { body } = await ask("GET /data/clinics/1.0?query.town=Tainan&pageSize=3");
  assert.deepEqual(
    [body.count, body.previous, body.results.map((one: { id: string }) => one.id)],
    [4, null, ["C1", "C3", "C5"]],
  );
  const second = await ask(`GET ${body.next}`);
  assert.deepEqual(
    [second.body.results.length, second.body.next, second.body.previous?.includes("page=1")],
    [1, null, true],
  );
  const found = async (query: string): Promise<number> => (await ask(`GET /data/clinics/1.0?${query}`)).body.count;
  assert.deepEqual(
    [await found("search=^Tai&filter=town"), await found("query.town=Taip.*&page_size=2"), await found("query.beds=3")],
    [7, 3, 1],
  );
  const newest = await ask("GET /data/clinics/1.0?query.town=Tainan&ordering=descending&pageSize=1");
  assert.equal(newest.body.results[0].id, "C7");
  for (const query of [
    "",
    "search=x",
    "query.id=C1",
    "query.town=T[ai]n",
    "query.town=(a%2B)%2B%24",
    "query.beds=x",
    "query.secret=1",
    "query.town=a&query.town=b",
    "query.town=a&page=0",
    "query.town=a&pageSize=4",
  ])
    assert.equal((await ask(`GET /data/clinics/1.0?${query}`)).status, 400, query);
});

test("the database API describes the register", async () => {
  const { body } = await ask("GET /database/clinics");
  assert.deepEqual((await ask("GET /databases")).body, [body]);
  assert.deepEqual([body.id, body.version, body.institution], ["clinics", "1.0", "TW/GOV/MOHW"]);
  assert.deepEqual(body.schema.properties.beds.type, "integer");
  assert.equal((await ask("GET /database/other")).status, 404);
});

test("a register about people is asked by bodies that name the person, and by nothing else", async () => {
  assert.deepEqual(personal.subject, { from: "body", pointer: "/query/content/id" });
  assert.equal((await ask("POST /data/people/1.0/read", by({ id: "C1" }), personal)).status, 200);
  for (const line of [
    "GET /data/people/1.0?query.town=Tainan",
    "GET /data/people/1.0/C1/readValue/town.json",
    "GET /databases",
  ])
    assert.equal((await ask(line, undefined, personal)).status, 404, line);
  assert.deepEqual(
    personal.endpoints.map(({ method }) => method),
    ["POST", "POST"],
  );
});
