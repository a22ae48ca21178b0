import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { systemClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { DuckDBInstance } from "@duckdb/node-api";
import * as fc from "fast-check";
import type { RegisterDeclaration } from "./declaration.ts";
import { fileSource } from "./files/file-source.ts";
import { openRegister, type Register } from "./register.ts";
import { restSource } from "./rest-source.ts";
import type { Source } from "./source.ts";
import { tableSource } from "./table-source.ts";
import { askRegister, field, testFolder, testService } from "./testing.ts";

/** One behaviour for every kind of source: the same rows in each, the same questions to all, the same answers. */
const parcels = {
  subsystem: "land",
  service: "parcel",
  title: { "zh-Hant": "土地", en: "Parcels" },
  key: ["county", "number"],
  fields: {
    county: field("text"),
    number: field("integer"),
    owner_id: field("text"),
    code: field("text", { from: "Parcel code" }),
    note: field("text"),
    area: field("numeric"),
    built: field("date"),
    seen: field("timestamp"),
    taxed: field("boolean"),
    uses: field("text-list", { separator: "|" }),
    weight: field("double"),
  },
  filters: ["owner_id", "county", "code", "note", "number", "area", "built", "seen", "taxed", "weight"],
  ranges: ["number", "area", "built", "seen", "weight"],
  prefixes: ["county", "code"],
  pageSize: 3,
} satisfies RegisterDeclaration;

const rows = [
  [
    "花蓮",
    1,
    "A700000001",
    "007",
    "",
    "12345678901234.5678",
    "1999-01-02",
    "2026-05-05T23:08:09.000Z",
    true,
    ["農", "宅"],
    0.1,
  ],
  ["花蓮", 2, "A700000001", "0070", null, "1.5", null, null, false, [], null],
  [
    "花蓮",
    10,
    "A700000001",
    "7",
    'He said "no", twice',
    "2",
    "2000-02-29",
    "2026-05-06T00:00:00.000Z",
    false,
    null,
    1e21,
  ],
  ["臺東", 1, "A700000002", "00７", "line\nbreak", "-3.25", "0001-01-01", null, null, null, -2.5e-7],
  ["a'b", -5, "A700000003", "' or true --", "𠮷\t", "0", "9999-12-31", "1970-01-01T00:00:00.000Z", true, ["x;y"], 0],
  [
    "A'b",
    7,
    "A700000003",
    "",
    "null",
    "99999999999999999999999.5",
    "2024-01-01",
    "2024-01-01T00:00:00.001Z",
    true,
    ["", "z"],
    16777217.5,
  ],
] as const;

const names = Object.keys(parcels.fields);
const records = rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index]!, value as unknown])));
const folder = testFolder();
const every = { folder, clock: systemClock, every: 0 };

const sources: Readonly<Record<string, () => Promise<Source>>> = {
  table: async () => {
    const database = await testDatabase();
    await database.run(`create table parcel (county text, number int, owner_id text, "Parcel code" text, note text,
      area numeric, built date, seen timestamptz, taxed boolean, uses text[], weight float8, primary key (county, number))`);
    await fill(database);
    return tableSource("parcel", database);
  },
  view: async () => {
    const database = await testDatabase();
    await database.run(`create table base (county varchar(20), number smallint, owner_id text, "Parcel code" varchar(20),
      note text, area numeric, built date, seen timestamp, taxed boolean, uses text[], weight float8)`);
    await database.run("create view parcel as select * from base");
    await fill(database);
    return tableSource("parcel", database);
  },
  csv: async () => {
    const written = (value: (typeof rows)[number][number]): string =>
      value === null ? "" : `"${(Array.isArray(value) ? value.join("|") : String(value)).replaceAll('"', '""')}"`;
    const lines = [
      names.map((name) => (name === "code" ? "Parcel code" : name)),
      ...rows.map((row) => row.map(written)),
    ];
    writeFileSync(join(folder, "parcels.csv"), `\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`);
    return fileSource({ csv: "parcels.csv" }, every);
  },
  parquet: async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`create table parcel (county varchar, number integer, owner_id varchar, "Parcel code" varchar,
      note varchar, area varchar, built date, seen timestamptz, taxed boolean, uses varchar[], weight double)`);
    for (const row of rows) {
      const list = row[9] === null ? "null" : `[${row[9].map((part) => `'${part}'`).join(", ")}]::varchar[]`;
      const values = row
        .slice(0, 9)
        .map((value) => (value === null ? "null" : `'${String(value).replaceAll("'", "''")}'`));
      await connection.run(`insert into parcel values (${values.join(", ")}, ${list}, ${row[10]})`);
    }
    // The widest decimal of Parquet has no 14 and 4 digits to spare for these: a text that is published as a number is not.
    await connection.run(
      `copy (select * replace (area::decimal(38, 4) as area) from parcel) to '${folder}/parcels.parquet'`,
    );
    instance.closeSync();
    return fileSource({ parquet: "parcels.parquet" }, every);
  },
  rest: async () => {
    const service = await testService((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://x");
      const [, , county, number] = pathname.split("/").map(decodeURIComponent);
      const given = [...searchParams];
      // As loosely as such services do: it folds case, and knows only some of the conditions.
      const same = (one: unknown, other: unknown): boolean => String(one).toLowerCase() === String(other).toLowerCase();
      const answers = records.filter((row) =>
        county === undefined
          ? given.every(([name, value]) => same(row[name], value))
          : same(row["county"], county) && same(row["number"], number),
      );
      const outer = answers.map(({ code, ...row }) => ({ ...row, "Parcel code": code }));
      const found = county === undefined ? { data: { items: outer } } : { data: outer[0] };
      response.writeHead(outer.length === 0 && county !== undefined ? 404 : 200, {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(found));
    });
    const rest = {
      rest: service,
      lookup: "GET /parcels/{county}/{number}",
      search: "GET /parcels?owner_id={owner_id}&county={county}",
      row: "/data",
      rows: "/data/items",
    };
    return restSource(rest, { folder });
  },
};

async function fill(database: { run(sql: string, parameters: readonly unknown[]): Promise<number> }): Promise<void> {
  for (const row of rows) {
    await database.run(
      `insert into ${(await database.run("select 1 from pg_class where relname = 'base'", [])) ? "base" : "parcel"} values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      row,
    );
  }
}

/** What a search must give, worked out from the rows themselves. */
type Row = Readonly<Record<string, unknown>>;
const searches: readonly (readonly [name: string, body: object, matches: (row: Row) => boolean])[] = [
  ["one owner", { owner_id: "A700000001" }, (row) => row["owner_id"] === "A700000001"],
  ["two conditions", { owner_id: "A700000001", number: 10 }, (row) => row["number"] === 10],
  ["another case", { county: "A'B" }, () => false],
  ["the right case of two", { county: "A'b" }, (row) => row["county"] === "A'b"],
  ["leading zeros", { code: "007" }, (row) => row["code"] === "007"],
  ["full width digits", { code: "00７" }, (row) => row["code"] === "00７"],
  ["an empty text, which is not no value", { note: "" }, (row) => row["note"] === ""],
  ["a word that looks like no value", { note: "null" }, (row) => row["note"] === "null"],
  ["SQL as a value", { code: "' or true --" }, (row) => row["code"] === "' or true --"],
  ["a value with a line break", { note: "line\nbreak" }, (row) => row["note"] === "line\nbreak"],
  ["beyond the BMP", { note: "𠮷\t" }, (row) => row["number"] === -5],
  ["a space after it", { owner_id: "A700000001 " }, () => false],
  ["a number by its value", { area: "1.50" }, (row) => row["number"] === 2],
  ["a number with more digits than any", { area: `1.5${"0".repeat(40)}1` }, () => false],
  ["a day", { built: "0001-01-01" }, (row) => row["county"] === "臺東"],
  ["an instant with an offset", { seen: "2026-05-06T07:08:09+08:00" }, (row) => row["code"] === "007"],
  ["false, which is not no value", { taxed: false }, (row) => row["taxed"] === false],
  [
    "a range of numbers",
    { area: { from: "-3.25", to: "1.5" } },
    (row) => ["-3.25", "0", "1.5"].includes(row["area"] as string),
  ],
  ["a double by its value", { weight: 1e21 }, (row) => row["weight"] === 1e21],
  ["a double that no decimal is", { weight: 0.1 }, (row) => row["weight"] === 0.1],
  ["a range of doubles", { weight: { from: -1e-6, to: 0 } }, (row) => [-2.5e-7, 0].includes(row["weight"] as number)],
  ["a range with one end", { number: { from: 7 } }, (row) => (row["number"] as number) >= 7],
  ["a range wider than any number", { area: { to: "9".repeat(60) } }, () => true],
  [
    "a range of days",
    { built: { from: "1999-01-02", to: "2000-02-29" } },
    (row) => ["1999-01-02", "2000-02-29"].includes(row["built"] as string),
  ],
  [
    "a range of instants",
    { seen: { from: "2024-01-01T00:00:00.001Z" } },
    (row) => ((row["seen"] as string | null) ?? "") > "2024",
  ],
  ["a beginning", { code: { prefix: "00" } }, (row) => String(row["code"]).startsWith("00")],
  ["a beginning that is a pattern elsewhere", { code: { prefix: "%" } }, () => false],
];

for (const [kind, make] of Object.entries(sources)) {
  describe(`a ${kind}`, async () => {
    let source: Source;
    let register: Register;
    const ask = async (path: string, body: unknown) => {
      source ??= await make();
      register ??= await openRegister(parcels, source);
      return askRegister(register, path, body);
    };
    after(() => source?.close());
    const bare = (row: Row): Row => ({ ...row, area: (row["area"] as string).replace(/\.?0+$/, "") || "0" });
    const all = async (body: object): Promise<Row[]> => {
      const found: Row[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await ask("/v1/search", { ...body, ...(cursor ? { cursor } : {}) });
        assert.equal(page.status, 200, JSON.stringify(page.body));
        assert.ok(page.body.rows.length <= 3);
        found.push(...page.body.rows);
        cursor = page.body.next as string | null;
      }
      return found;
    };

    test("looks up each row, typed", async () => {
      for (const record of records) {
        const { status, body } = await ask("/v1/lookup", { county: record["county"], number: record["number"] });
        assert.equal(status, 200);
        assert.deepEqual(bare(body), bare(record));
      }
    });

    test("knows no row that is not there, nor one that is nearly there", async () => {
      for (const [county, number] of [
        ["花蓮", 3],
        ["花蓮 ", 1],
        ["A'B", 7],
        ["a'b", 7],
        ["..", 1],
        ["", 1],
        ["花蓮", 2_000_000_000],
      ]) {
        const { status, body } = await ask("/v1/lookup", { county, number });
        assert.deepEqual([status, body.type], [404, "/problems/record-not-found"], `${county} ${number}`);
      }
    });

    for (const [name, body, matches] of searches) {
      test(`finds ${name}`, async () => {
        const expected = records.filter(matches).map(bare);
        const found = (await all(body)).map(bare);
        const order = (row: Row): string => JSON.stringify([row["county"], row["number"]]);
        assert.deepEqual(
          found.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
          expected.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
        );
      });
    }

    test("gives the rows in one order, the same in every source", async () => {
      const found = await all({ number: { from: -100 } });
      assert.deepEqual(
        found.map((row) => [row["county"], row["number"]]),
        [
          ["A'b", 7],
          ["a'b", -5],
          ["臺東", 1],
          ["花蓮", 1],
          ["花蓮", 10],
          ["花蓮", 2],
        ],
      );
    });

    test("gives the chosen fields only, and as many rows as wanted", async () => {
      const one = await ask("/v1/lookup", { county: "花蓮", number: 1, fields: ["code"] });
      assert.deepEqual(one.body, { code: "007" });
      const some = await ask("/v1/search", { owner_id: "A700000001", fields: ["taxed", "county"], limit: 2 });
      assert.deepEqual(some.body.rows, [
        { county: "花蓮", taxed: true },
        { county: "花蓮", taxed: false },
      ]);
      assert.equal(typeof some.body.next, "string");
    });

    for (const wrong of [
      {},
      { cursor: "x" },
      { fields: ["code"] },
      { county: "花蓮", limit: 4 },
      { county: "花蓮", limit: 0 },
      { county: "花蓮", fields: [] },
      { county: "花蓮", fields: ["secret"] },
      { county: "花蓮", fields: ["code", "code"] },
      { county: "花蓮", fields: "code" },
      { county: "花蓮", cursor: "e30" },
      { county: "花蓮", cursor: Buffer.from('[1,"x"]').toString("base64url") },
      { county: { from: "a" } },
      { county: { prefix: "" } },
      { county: { prefix: "花", to: "x" } },
      { number: { prefix: "1" } },
      { number: {} },
      { number: { from: "1" } },
      { number: { from: 1, step: 2 } },
      { number: 1.5 },
      { number: [1] },
      { owner_id: { prefix: "A" } },
      { uses: ["農"] },
      { constructor: "x" },
      { "__proto__ ": "x" },
      { county: "\ud800" },
    ]) {
      test(`refuses ${JSON.stringify(wrong)}`, async () => {
        const { status, body } = await ask("/v1/search", wrong);
        assert.deepEqual([status, body.type], [400, "/problems/query-invalid"], JSON.stringify(body));
      });
    }

    test("takes any text for a value, and nothing but a value", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: "binary", maxLength: 20 }),
          fc.constantFrom("'", '"', "\\", "$1", "{county}", "%", "--", ";"),
          async (one, two) => {
            const value = (one + two).replaceAll("\0", "");
            const found = await ask("/v1/search", { code: value });
            assert.equal(found.status, 200);
            assert.equal(found.body.rows.length, records.filter((row) => row["code"] === value).length);
            const prefix = await ask("/v1/search", { code: { prefix: value } });
            assert.equal(
              prefix.body.rows.length,
              records.filter((row) => String(row["code"]).startsWith(value)).length,
            );
            assert.equal((await ask("/v1/lookup", { county: value, number: 1 })).status, 404);
          },
        ),
        { numRuns: 30 },
      );
    });
  });
}
