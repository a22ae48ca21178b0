import assert from "node:assert/strict";
import test from "node:test";
import { openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import type { RegisterDeclaration } from "../declaration.ts";
import { openRegister } from "../register.ts";
import { field } from "../testing.ts";
import { digitalRegistry } from "./registry-service.ts";

const database = await testDatabase();
await database.query(`create table town (name text primary key)`);
await database.query(`insert into town values ('Taipei'), ('Tainan')`);
await database.query(`create table clinic (
  id varchar(4) primary key, town text not null references town, beds smallint check (beds >= 0), code text unique,
  rate numeric(4,2), opened date, seen timestamptz, tags text[], active boolean default true,
  doubled int generated always as (beds * 2) stored, secret text default 'hidden')`);
await database.query(`create table nurse (clinic text references clinic, name text)`);
await database.query(`create function no_ghosts() returns trigger language plpgsql as $$
  begin if new.code = 'ghost' then raise exception 'row % is spooky', new.id; end if;
  if new.code = 'odd' then raise exception 'row % is odd', new.id using errcode = 'TW001'; end if; return new; end $$`);
await database.query(
  `create trigger no_ghosts before insert or update on clinic for each row execute function no_ghosts()`,
);
await database.query(`create table person (id text primary key, phone text, secret text)`);
await database.query(`insert into person values ('A700000001', '1', 'a'), ('A700000002', '2', 'b')`);
await database.query(`create role clinic_writer login password 'w'`).catch(() => undefined);
await database.query(`grant select, insert, delete on clinic to clinic_writer`);
await database.query(`grant update (town, beds, code, tags) on clinic to clinic_writer`);
await database.query(`grant select on town to clinic_writer`);
const url = new URL(database.url);
url.username = "clinic_writer";
url.password = "w";
const writer = openDatabase(url.href, { max: 6 });
test.after(() => writer.close());

const clinics: RegisterDeclaration = {
  subsystem: "health",
  service: "clinics",
  title: { "zh-Hant": "診所", en: "Clinics" },
  table: "clinic",
  key: ["id"],
  fields: {
    id: field("text"),
    town: field("text"),
    beds: field("integer"),
    code: field("text"),
    rate: field("numeric"),
    opened: field("date"),
    seen: field("timestamp"),
    labels: field("text-list", { from: "tags" }),
    active: field("boolean"),
    doubled: field("integer"),
  },
  filters: ["id", "town", "beds"],
  writes: ["create", "update", "update-entries", "delete"],
};
const options = { institution: "TW/GOV/MOHW" };
const open = digitalRegistry(await openRegister(clinics, database, { writer }), options);
const people: RegisterDeclaration = {
  ...clinics,
  service: "people",
  table: "person",
  subject: "id",
  fields: { id: field("text"), phone: field("text") },
  filters: ["id", "phone"],
};
const personal = digitalRegistry(await openRegister(people, database, { writer: database }), options);

interface Told {
  readonly status: number;
  readonly tag: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, compared as they are
  readonly body: any;
}

async function ask(line: string, body?: unknown, o: { ifMatch?: string; service?: typeof open } = {}): Promise<Told> {
  const { target } = o.service ?? open;
  const [method = "", path = ""] = line.split(" ");
  assert.ok("call" in target);
  const given = await target.call({
    method,
    path,
    query: undefined,
    body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
    client: "TW/GOV/X/y",
    headers: o.ifMatch === undefined ? [] : [["If-Match", o.ifMatch]],
  });
  const text = Buffer.from(given.body).toString();
  const tag = given.headers.find(([name]) => name === "ETag")?.[1];
  return { status: given.status, tag, body: text === "" ? undefined : JSON.parse(text) };
}

const at = "/data/clinics/1.0";
const written = (content: unknown, query?: unknown): object => ({
  ...(query === undefined ? {} : { query: { content: query } }),
  write: { content },
});
const create = (content: unknown): Promise<Told> => ask(`POST ${at}/create`, written(content));
const codeOf = ({ status, body }: Told): [number, string | undefined, string | undefined] => [
  status,
  String(body?.type).split("/").at(-1),
  body?.field,
];

test("a row is created, read, changed, found or made, and deleted, in both spellings", async () => {
  const whole = {
    id: "C1",
    town: "Taipei",
    beds: 3,
    code: "x",
    rate: "1.50",
    opened: "2020-02-29",
    seen: "2026-05-05T23:08:09+08:00",
    labels: ["a", "b,c"],
    active: false,
  };
  const made = await create(whole);
  assert.deepEqual([made.status, made.body], [200, { content: { ...whole, seen: "2026-05-05T15:08:09.000Z" } }]);
  const read = await ask(`POST ${at}/read`, { query: { content: { id: "C1" } } });
  assert.deepEqual([read.body.content.doubled, read.tag], [6, made.tag]);

  const changed = await ask(`PUT ${at}/update`, written({ beds: 4, town: "Taipei" }, { id: "C1", beds: 3 }));
  assert.deepEqual([changed.status, changed.body], [200, { content: { id: "C1", town: "Taipei", beds: 4 } }]);
  assert.equal((await ask(`PUT ${at}/update`, written({ beds: 5 }, { id: "C1", beds: 3 }))).status, 404);
  assert.deepEqual((await ask(`PUT ${at}/update`, written({ id: "C1", labels: null }))).body, {
    content: { id: "C1", labels: null },
  });

  for (const [path, id] of [
    ["updateOrCreate", "C2"],
    ["update-or-create", "C2"],
  ])
    assert.equal((await ask(`POST ${at}/${path}`, written({ town: "Tainan", beds: 1 }, { id }))).status, 200, path);
  for (const path of ["updateEntries", "update-entries"]) {
    const many = await ask(`PUT ${at}/${path}`, written({ code: null }, { town: "Tainan" }));
    assert.deepEqual([many.status, many.body], [200, { count: 1 }], path);
  }
  assert.equal((await ask(`PUT ${at}/update-entries`, written({ code: null }, { town: "Nowhere" }))).status, 404);
  assert.deepEqual(await ask(`DELETE ${at}/C2/delete`), { status: 204, tag: undefined, body: undefined });
  assert.deepEqual((await ask(`DELETE ${at}/C2/delete`)).body, { detail: "no record found" });
});

const row = { id: "D1", town: "Taipei" };
const refusals: readonly [string, object, string, string | undefined, number][] = [
  ["a length", { ...row, id: "TOO-LONG" }, "write-invalid", "id", 400],
  ["a smallint", { ...row, beds: 40_000 }, "write-invalid", "beds", 400],
  ["a fraction", { ...row, beds: 1.5 }, "write-invalid", "beds", 400],
  ["digits that would be rounded", { ...row, rate: "1.005" }, "write-invalid", "rate", 400],
  ["too many digits", { ...row, rate: "100" }, "write-invalid", "rate", 400],
  ["no day", { ...row, opened: "2021-02-29" }, "write-invalid", "opened", 400],
  ["no list", { ...row, labels: "a" }, "write-invalid", "labels", 400],
  ["a zero byte", { ...row, code: "a\0" }, "write-invalid", "code", 400],
  ["a generated column", { ...row, doubled: 2 }, "write-invalid", "doubled", 400],
  ["an undeclared column", { ...row, secret: "x" }, "write-invalid", "secret", 400],
  ["no key", { town: "Taipei" }, "value-missing", "id", 400],
  ["not null", { ...row, town: null }, "value-missing", "town", 400],
  ["not null, left out", { id: "D1" }, "value-missing", "town", 400],
  ["a foreign key", { ...row, town: "Atlantis" }, "reference-unknown", "town", 409],
  ["a check", { ...row, beds: -1 }, "value-refused", "beds", 400],
  ["a trigger", { ...row, code: "ghost" }, "value-refused", undefined, 400],
  ["a trigger's own code", { ...row, code: "odd" }, "value-refused", undefined, 400],
  ["a unique value of another row", { ...row, code: "taken" }, "value-taken", "code", 409],
];

test("what a table's rules refuse is said in plain words, and nothing of another row with it", async (t) => {
  assert.equal((await create({ id: "T1", town: "Tainan", code: "taken", beds: 77 })).status, 200);
  for (const [what, content, problem, name, status] of refusals)
    await t.test(what, async () => {
      const answer = await create(content);
      assert.deepEqual(codeOf(answer), [status, problem, name]);
      assert.doesNotMatch(JSON.stringify(answer.body), /T1|77|spooky|Key|constraint|clinic_/);
      assert.equal((await ask(`POST ${at}/exists`, { query: { content: { id: "D1" } } })).body.answer.status, false);
    });
  await database.query("insert into nurse values ('T1', 'N')");
  assert.deepEqual(codeOf(await ask(`DELETE ${at}/T1/delete`)), [409, "record-in-use", undefined]);
  assert.deepEqual(codeOf(await ask(`PUT ${at}/update`, written({ rate: "2" }, { id: "T1" }))).slice(0, 2), [
    403,
    "write-not-granted",
  ]);
  assert.deepEqual(codeOf(await ask(`PUT ${at}/update`, written({ id: "T2" }, { id: "T1" }))), [
    400,
    "write-invalid",
    "id",
  ]);
  for (const body of ["x", [], {}, { write: {} }, { write: { content: [] } }, { write: "x", query: null }])
    assert.deepEqual(codeOf(await ask(`POST ${at}/create`, body)).slice(0, 2), [400, "write-invalid"]);
});

test("the same create again is answered as the first, and tells nobody what they did not know", async () => {
  const mine = { id: "E1", town: "Taipei", beds: 5, rate: "1.5" };
  const first = await create(mine);
  const again = await create({ ...mine, rate: "01.50" });
  assert.deepEqual([again.status, again.body, again.tag], [200, first.body, first.tag]);
  for (const guess of [
    { ...mine, beds: 6 },
    { id: "E1", town: "Taipei", beds: 5 },
    { id: "E1", town: "Taipei" },
  ])
    assert.deepEqual(codeOf(await create(guess)), [409, "record-exists", undefined]);
  const all = await Promise.all(Array.from({ length: 6 }, (_, n) => create({ id: "E2", town: "Taipei", beds: n })));
  assert.deepEqual(
    all.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 409, 409, 409, 409, 409],
  );
  const both = await Promise.all(
    Array.from({ length: 6 }, (_, beds) =>
      ask(`POST ${at}/updateOrCreate`, written({ id: "E3", town: "Tainan", beds })),
    ),
  );
  assert.deepEqual(new Set(both.map(({ status }) => status)), new Set([200]));
});

test("If-Match keeps a write from a state it was not meant for", async () => {
  const { tag } = await create({ id: "F1", town: "Taipei", beds: 0 });
  assert.ok(tag);
  const add = (beds: number): Promise<Told> =>
    ask(`PUT ${at}/update`, written({ beds }, { id: "F1" }), { ifMatch: tag });
  const answers = await Promise.all([1, 2, 3, 4].map(add));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 412, 412, 412],
  );
  assert.deepEqual(codeOf(await ask(`DELETE ${at}/F1/delete`, undefined, { ifMatch: tag })).slice(0, 2), [
    412,
    "record-changed",
  ]);
  // The secret column is no declared field: its owner may change it under the same tag.
  const { tag: now } = await ask(`POST ${at}/read`, { query: { content: { id: "F1" } } });
  await database.query("update clinic set secret = 'other' where id = 'F1'");
  assert.equal((await ask(`DELETE ${at}/F1/delete`, undefined, { ifMatch: `"x", ${now}` })).status, 204);
});

test("what is not declared is refused, and only what is declared is published", async () => {
  const some = async (writes: RegisterDeclaration["writes"]) =>
    digitalRegistry(await openRegister({ ...clinics, writes: writes ?? [] }, database, { writer }), options);
  const service = await some(["create"]);
  for (const line of [
    `PUT ${at}/update`,
    `POST ${at}/updateOrCreate`,
    `PUT ${at}/updateEntries`,
    `DELETE ${at}/C1/delete`,
  ])
    assert.equal((await ask(line, written({ id: "C1" }), { service })).status, 405, line);
  const last = ({ endpoints }: typeof open): string[] =>
    endpoints.map(({ method, path }) => `${method} ${path.replace(at, "")}`).slice(6);
  assert.deepEqual(last(service), ["POST /create"]);
  assert.deepEqual(last(await some([])), []);
  assert.deepEqual(last(open), [
    "POST /create",
    "PUT /update",
    "POST /updateOrCreate",
    "POST /update-or-create",
    "PUT /updateEntries",
    "PUT /update-entries",
    "DELETE /*/delete",
  ]);
  for (const line of [`GET ${at}/create`, `POST ${at}/update`, `DELETE ${at}/delete`, "POST /database/modify"])
    assert.equal((await ask(line, written(row))).status, 405, line);
});

test("a register about people writes under the name of one person, and never in a path", async () => {
  const on = "/data/people/1.0";
  const told = (line: string, body: unknown): Promise<Told> => ask(line, body, { service: personal });
  const [ann, bob] = ["A700000001", "A700000002"];
  assert.deepEqual(personal.subject, { from: "body", pointer: "/query/content/id", also: "/write/content/id" });
  assert.equal((await told(`DELETE ${on}/${ann}/delete`, undefined)).status, 405);
  for (const [line, body] of [
    [`PUT ${on}/update`, written({ phone: "9" }, { phone: "2" })],
    [`PUT ${on}/updateEntries`, written({ phone: "9", id: ann }, { phone: "2" })],
    [`POST ${on}/delete`, { query: { content: { phone: "2" } } }],
    [`POST ${on}/read`, { query: { content: { phone: "2" } }, write: { content: { id: ann } } }],
    [`PUT ${on}/update`, written({ id: ann }, { id: bob })],
    [`POST ${on}/updateOrCreate`, written({ id: ann }, { id: bob })],
  ] as const)
    assert.equal((await told(line, body)).status, 400, line);
  assert.deepEqual(
    (await database.query("select id, phone from person order by id")).map((one) => Object.values(one as object)),
    [
      [ann, "1"],
      [bob, "2"],
    ],
  );
  assert.deepEqual((await told(`PUT ${on}/update`, written({ id: ann, phone: "3" }))).body, {
    content: { id: ann, phone: "3" },
  });
  assert.equal((await told(`POST ${on}/delete`, { query: { content: { id: bob } } })).status, 204);
});

test("a row whose key has several fields is deleted by a query that gives all of them", async () => {
  await database.query("create table seat (hall text, number int, note text, primary key (hall, number))");
  await database.query("insert into seat values ('A', 1), ('A', 2)");
  const fields = { hall: field("text"), number: field("integer"), note: field("text") };
  const declared = { ...clinics, service: "seats", table: "seat", key: ["hall", "number"], filters: ["hall"], fields };
  const service = digitalRegistry(await openRegister(declared, database, { writer: database }), options);
  const of = (content: object): Promise<Told> =>
    ask("POST /data/seats/1.0/delete", { query: { content } }, { service });
  assert.deepEqual(codeOf(await of({ hall: "A" })), [400, "query-invalid", "number"]);
  assert.deepEqual(
    [(await of({ hall: "A", number: 2 })).status, (await of({ hall: "A", number: 2 })).status],
    [204, 404],
  );
  assert.equal((await ask("DELETE /data/seats/1.0/A/delete", undefined, { service })).status, 405);
  assert.deepEqual(await database.query("select hall, number from seat"), [{ hall: "A", number: 1 }]);
});

test("a table that cannot be written as declared is not opened", async () => {
  await database.query("create view open_clinic as select * from clinic");
  await database.query("create table made (id int generated always as identity primary key, must text not null)");
  const wrong = async (more: Partial<RegisterDeclaration>, on = database): Promise<string> =>
    openRegister({ ...clinics, ...more }, database, { writer: on }).then(
      () => "opened",
      (fault: Error) => fault.message,
    );
  assert.match(await wrong({ table: "open_clinic" }), /is no table/);
  const id = { fields: { id: field("integer") }, key: ["id"], filters: [] };
  assert.match(await wrong({ ...id, table: "made" }), /gives id its values[^]*Column must must have a value/);
  await database.query("create table late (id text primary key deferrable)");
  const late = { table: "late", fields: { id: field("text") }, filters: [] };
  assert.match(await wrong(late), /deferrable/);
  assert.match(await wrong({ ...people }, writer), /clinic_writer may not/);
  assert.match(
    await openRegister(clinics, database).then(
      () => "opened",
      (fault: Error) => fault.message,
    ),
    /source.writer: To write, say `writer`/,
  );
  assert.match(await wrong({ source: { csv: "x.csv" } }), /Only a table/);
});
