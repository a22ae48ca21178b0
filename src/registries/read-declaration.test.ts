import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { array, assert as holds, asyncProperty, constantFrom, integer, record, string } from "fast-check";
import { draftFrom } from "./look.ts";
import { checkRegisterFile, openRegisterFile } from "./open-file.ts";
import { openRegister } from "./register.ts";
import { readDeclaration } from "./read-declaration.ts";
import { askRegister, field, testFolder } from "./testing.ts";

const folder = testFolder();
const database = await testDatabase();
await database.query(`
  create table person (national_id text primary key, "Full name" text, born date, points numeric(10, 2), visits bigint, home point);
  comment on column person.born is 'Day of birth';
  insert into person select 'A7' || lpad(i::text, 8, '0'), 'N' || i, date '1950-01-01' + i, i / 4.0, i, point(i, i) from generate_series(1, 60) i;
  create view same as select (i % 3)::text as k, case when i % 2 = 0 then i end as n from generate_series(1, 40) i union all select null, 1`);

function written(text: string, name = "person.yaml"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
const head = `subsystem: people\nservice: person\n`;
const table = `source: { table: person, database: env:PEOPLE }\n`;
const o = { clock: systemClock, environment: { PEOPLE: database.url } };

test("ten lines publish a table: titles are names, types the catalogue's, and what nobody judged is personal", async () => {
  const file = written(
    `${head}${table}key: national_id\nsubject: national_id\nfields: [national_id, born, points, visits]\n`,
  );
  const register = await openRegisterFile(file, o);
  const { fields, title } = register.declaration;
  assert.deepEqual(title, { "zh-Hant": "person", en: "person" });
  assert.deepEqual(
    Object.values(fields).map(({ type, sensitivity }) => `${type} ${sensitivity}`),
    ["text personal", "date personal", "numeric personal", "numeric personal"],
  );
  const answer = await askRegister(register, "/v1/lookup", { national_id: "A700000004" });
  assert.deepEqual(answer.body, {
    national_id: "A700000004",
    born: "1950-01-05",
    points: "1.00",
    visits: "4",
  });
  await register.close();
});

test("the register reads only, and the server ends what takes too long", async () => {
  await database.run("create function slow() returns text language sql as 'select pg_sleep(5)::text'");
  await database.run("create view sleepy as select national_id, slow() as name from person");
  const file = written(
    `${head}source: { table: sleepy, database: env:PEOPLE }\nkey: national_id\ntimeoutSeconds: 0.2\nfields: [national_id, name]\n`,
  );
  const register = await openRegisterFile(file, o);
  const answer = await askRegister(register, "/v1/lookup", { national_id: "A700000004" });
  assert.deepEqual([answer.status, answer.body.type], [504, "/problems/register-slow"]);
  await register.close();
  await database.run(
    "create function writes() returns text language sql as 'delete from person returning national_id'",
  );
  await database.run("create view writing as select national_id, writes() as name from person");
  const writing = await openRegisterFile(
    written(`${head}source: { table: writing, database: env:PEOPLE }\nkey: national_id\nfields: [national_id, name]\n`),
    o,
  );
  const { advice } = await checkRegisterFile(
    written(`${head}source: { table: writing, database: env:PEOPLE }\nkey: national_id\nfields: [national_id, name]\n`),
    o,
  );
  assert.match(advice.at(-1)!.message, /cannot be read \(25006\)/);
  await assert.rejects(askRegister(writing, "/v1/lookup", { national_id: "A700000004" }), { code: "25006" });
  await writing.close();
});

test("a file may say which writes there are and by which role, and check advises of what that opens", async () => {
  const source = `source: { table: person, database: env:PEOPLE, writer: env:PEOPLE }\n`;
  const file = written(
    `${head}${source}key: national_id\nsubject: national_id\nwrites: [create, update]\nfields:\n  national_id:\n  name: { from: Full name }\n`,
  );
  const { findings, advice } = await checkRegisterFile(file, o);
  assert.deepEqual(findings, []);
  assert.match(advice.map(({ message }) => message).join("\n"), /may DELETE and TRUNCATE in person; no declared write/);
  assert.match(advice.map(({ message }) => message).join("\n"), /Rights on person-dr that name no method/);
  const register = await openRegisterFile(file, o);
  const made = await register.writer?.create({ write: { national_id: "A700000900", name: "新" } });
  assert.deepEqual(made?.ok && made.value.content, { national_id: "A700000900", name: "新" });
  const read = await askRegister(register, "/v1/lookup", { national_id: "A700000900" });
  assert.deepEqual(read.body, { national_id: "A700000900", name: "新" });
  await register.close();
  await database.run("delete from person where national_id = 'A700000900'");
});

test("check advises a role that may only read, a purpose, a person and a limit", async () => {
  const file = written(`${head}${table}key: national_id\nfields: [national_id]\n`);
  const { findings, advice } = await checkRegisterFile(file, o);
  assert.deepEqual(findings, []);
  assert.deepEqual(
    advice.map(({ where }) => where),
    ["table", "fields", "fields", "service"],
  );
  assert.match(advice[0]!.message, /may INSERT, UPDATE, DELETE, TRUNCATE in person/);
  const reader = new URL(database.url);
  await database.run("create role register_test_reader login password 'x'").catch(() => undefined);
  await database.run("grant select on person to register_test_reader");
  reader.username = "register_test_reader";
  reader.password = "x";
  const reading = await checkRegisterFile(file, { ...o, environment: { PEOPLE: reader.href } });
  assert.deepEqual(
    reading.advice.map(({ where }) => where),
    ["fields", "fields", "service"],
  );
  await database.run("drop owned by register_test_reader");
});

for (const [name, text, expected] of [
  ["a word misspelt", `${head}source: { csv: x.csv, encodng: big5 }\nkey: id\nfields: [id]\n`, ["3 source.encodng"]],
  ["an unknown type", `${head}${table}key: id\nfields:\n  id: { type: txt }\n`, ["6 fields.id.type"]],
  ["no source", `${head}key: id\nfields: [id]\n`, ["1 source"]],
  ["two sources", `${head}source: { csv: a.csv, parquet: b }\nkey: id\nfields: [id]\n`, ["3 source.parquet"]],
  ["an empty source", `${head}source: {}\nkey: id\nfields: [id]\n`, ["3 source"]],
  ["a member twice", `${head}${table}key: a\nkey: b\nfields: [id]\n`, ["5 the file"]],
  ["broken YAML", `${head}source: { csv: "x\nkey: [\n`, undefined],
  [
    "a password that is not there",
    `${head}source: { table: person, database: env:NOWHERE }\nkey: national_id\nfields: [national_id]\n`,
    ["3 source.database"],
  ],
  [
    "no database",
    `${head}source: { table: person, database: people }\nkey: national_id\nfields: [national_id]\n`,
    ["3 source.database"],
  ],
  [
    "a table that is not there",
    `${head}source: { table: 'person"; drop table person; --', database: env:PEOPLE }\nkey: a\nfields: [a]\n`,
    ["1 table"],
  ],
  [
    "a column that is not there",
    `${head}${table}key: national_id\nfields:\n  national_id:\n  height: { type: numeric }\n`,
    ["7 fields.height"],
  ],
  [
    "a column that cannot be published",
    `${head}${table}key: national_id\nfields:\n  national_id:\n  home: { type: text }\n`,
    ["7 fields.home"],
  ],
  [
    "a name of the answers' own",
    `${head}${table}key: national_id\nfields:\n  national_id:\n  cursor: { from: Full name }\n`,
    ["7 fields.cursor"],
  ],
  [
    "a name that is no name",
    `${head}${table}key: national_id\nfields:\n  national_id:\n  1st: { from: Full name }\n`,
    ["7 fields.1st"],
  ],
  ["a name that every object has", `${head}${table}key: constructor\nfields: [national_id]\n`, ["4 key"]],
  [
    "a range over text",
    `${head}${table}key: national_id\nranges: [national_id]\nfields: [national_id]\n`,
    ["5 ranges"],
  ],
  [
    "a person by prefix",
    `${head}${table}key: national_id\nsubject: national_id\nfilters: [national_id]\nprefixes: [national_id]\nfields: [national_id]\n`,
    ["5 subject"],
  ],
  ["a write nobody knows", `${head}${table}key: national_id\nwrites: [drop]\nfields: [national_id]\n`, ["5 writes.0"]],
  [
    "writes without a role for them",
    `${head}${table}key: national_id\nwrites: [create]\nfields: [national_id]\n`,
    ["3 source.writer"],
  ],
  [
    "writes of a view",
    `${head}source: { table: same, database: env:PEOPLE, writer: env:PEOPLE }\nkey: k\nwrites: [create]\nfields: [k]\n`,
    ["5 writes"],
  ],
  [
    "a double as key",
    `${head}${table}key: points\nfields:\n  points: { type: double }\n`,
    ["4 key", "6 fields.points"],
  ],
  [
    "a code with a slash",
    `subsystem: people\nservice: a/b\n${table}key: national_id\nfields: [national_id]\n`,
    ["2 service"],
  ],
  [
    "a million aliases",
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    ["1 the file"],
  ],
  ["a list", "- 1\n", ["1 the file"]],
  ["nothing", "", ["1 the file"]],
] as const) {
  test(`found with its line: ${name}`, async () => {
    const file = written(text);
    const { findings } = await checkRegisterFile(file, o);
    if (expected)
      assert.deepEqual(
        findings.map(({ line, where }) => `${line ?? 1} ${where}`),
        expected,
        JSON.stringify(findings),
      );
    else assert.ok(findings.length > 0);
    await assert.rejects(openRegisterFile(file, o), { code: "register-declaration" });
  });
}

test("any text is a declaration or has findings", async () => {
  await holds(
    asyncProperty(
      array(
        constantFrom(
          "source",
          "csv: ",
          "key",
          ": ",
          "\n",
          "  ",
          "{",
          "}",
          "[",
          "fields",
          "&a",
          "*a",
          "!!js",
          '"',
          "- ",
          "subsystem",
        ),
        { maxLength: 30 },
      ),
      async (parts) => {
        const read = readDeclaration(parts.join(""));
        assert.ok(read.ok || read.error.length > 0);
      },
    ),
  );
});

test("rows that share their key are given once each, over all pages, whatever the page's size", async () => {
  await database.run("create table dup (k text, n int, t text)");
  await database.run("create view dups as select * from dup");
  const declaration = {
    subsystem: "a",
    service: "b",
    title: { "zh-Hant": "x", en: "x" },
    table: "dups",
    key: ["k", "n"],
    fields: { k: field("text"), n: field("integer"), t: field("text") },
    filters: ["t"],
    ranges: ["n"],
  };
  const row = record({
    k: constantFrom("", "a", "A", "é", null),
    n: constantFrom(1, 2, 10, null),
    t: constantFrom("x"),
  });
  await holds(
    asyncProperty(array(row, { maxLength: 40 }), integer({ min: 1, max: 7 }), async (rows, pageSize) => {
      await database.run("truncate dup");
      for (const one of rows) await database.run("insert into dup values ($1, $2, $3)", [one.k, one.n, one.t]);
      const register = await openRegister({ ...declaration, pageSize }, database);
      const found: unknown[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await askRegister(register, "/v1/search", { t: "x", ...(cursor ? { cursor } : {}) });
        found.push(...page.body.rows);
        cursor = page.body.next as string | null;
      }
      const sorted = (list: readonly unknown[]): readonly string[] => list.map((one) => JSON.stringify(one)).toSorted();
      assert.deepEqual(sorted(found), sorted(rows));
    }),
    { numRuns: 25 },
  );
});

test("a rate limit holds for each client", async () => {
  const register = await openRegisterFile(
    written(`${head}${table}key: national_id\nrateLimit: 2\nfields: [national_id]\n`),
    o,
  );
  const ask = async (client: string): Promise<number> =>
    (await askRegister(register, "/v1/lookup", { national_id: "x" }, client)).status;
  assert.deepEqual(
    [await ask("TW/GOV/A/a"), await ask("TW/GOV/A/a"), await ask("TW/GOV/A/a"), await ask("TW/GOV/B/b")],
    [404, 404, 429, 404],
  );
  await register.close();
});

test("what init writes of a table, a CSV and a text of hostile names can be checked and served", async () => {
  const normalSubject = (text: string): string | undefined => (/^A7\d{8}$/.test(text) ? text : undefined);
  const drafted = await draftFrom(database.url, {
    table: "person",
    databaseName: "env:PEOPLE",
    subsystem: "people",
    normalSubject,
  });
  assert.ok(drafted.ok);
  assert.match(drafted.value, /key: \[national_id\] # the primary key/);
  assert.match(drafted.value, /subject: national_id/);
  assert.match(drafted.value, /title: Day of birth/);
  assert.match(drafted.value, /Full_name: \{ from: Full name/);
  assert.match(drafted.value, /# home is of type point/);
  assert.ok(!drafted.value.includes("A700000001"), "no value is written");
  assert.deepEqual((await checkRegisterFile(written(drafted.value), o)).findings, []);
  const several = await draftFrom(database.url, { subsystem: "people" });
  assert.ok(!several.ok && several.error.includes("public.person"));

  const [number, name, lin, wang] = ["bd73b8b9", "a96da657", "aa4c", "a4fd"].map((hex) =>
    Buffer.from(hex, "hex").toString("latin1"),
  );
  writeFileSync(join(folder, "big5.csv"), Buffer.from(`${number};${name}\n0012;${lin}\n0013;${wang}\n`, "latin1"));
  const big5 = await draftFrom(join(folder, "big5.csv"), { subsystem: "people" });
  assert.ok(big5.ok);
  assert.match(big5.value, /encoding: big5\n {2}delimiter: ";"/);
  const register = await openRegisterFile(written(big5.value, "big5.yaml"), o);
  assert.deepEqual((await askRegister(register, "/v1/lookup", { 編號: "0012" })).body, { 編號: "0012", 姓名: "林" });
  await register.close();

  await holds(
    asyncProperty(
      array(string({ unit: "grapheme", minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      async (names) => {
        const quoted = ["id", ...names.map((name) => name.replaceAll("\0", ""))].map(
          (name) => `"${name.replaceAll('"', '""')}"`,
        );
        writeFileSync(join(folder, "names.csv"), `${quoted.join(",")}\n${quoted.map((_, at) => `v${at}`).join(",")}\n`);
        const draft = await draftFrom(join(folder, "names.csv"), { subsystem: "people" });
        assert.ok(draft.ok);
        const read = readDeclaration(draft.value);
        // Two headings can come to one name; that is said, with its line.
        assert.ok(read.ok || read.error.every(({ line }) => line !== undefined), draft.value);
      },
    ),
    { numRuns: 60 },
  );
});
