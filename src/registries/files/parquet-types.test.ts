import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { systemClock } from "#kernel";
import { DuckDBInstance } from "@duckdb/node-api";
import { draftFrom } from "../look.ts";
import { openRegisterFile } from "../open-file.ts";
import { askRegister, testFolder } from "../testing.ts";

const folder = testFolder();

/** What DuckDB writes into a file, how a draft declares it, and what a client is answered. */
const columns: readonly (readonly [name: string, sql: string, type: string | undefined, answer: unknown])[] = [
  ["small", "7::smallint", "integer", 7],
  ["big", "9007199254740993::bigint", "numeric", "9007199254740993"],
  ["float", "0.5::float", "double", 0.5],
  ["third", "(1/3)::double", "double", 1 / 3],
  ["huge", "1e300::double", "double", 1e300],
  ["nan", "'nan'::double", "double", null],
  ["infinite", "'-inf'::double", "double", null],
  ["money", "12.30::decimal(10, 2)", "numeric", "12.30"],
  ["fine", "1.5::decimal(20, 15)", undefined, undefined],
  ["day", "date '2024-02-29'", "date", "2024-02-29"],
  ["seen", "timestamptz '2026-05-06 07:08:09.123+08'", "timestamp", "2026-05-05T23:08:09.123Z"],
  ["plain", "timestamp '2026-05-05 23:08:09'", "timestamp", "2026-05-05T23:08:09.000Z"],
  ["nano", "'2026-05-05 23:08:09.000000001'::timestamp_ns", "timestamp", "2026-05-05T23:08:09.000Z"],
  ["yes", "true", "boolean", true],
  ["words", "['a', 'b']", "text-list", ["a", "b"]],
  ["numbers", "[1, 2]", undefined, undefined],
  ["pair", "{'a': 1}", undefined, undefined],
  ["mapped", "map {'a': 1}", undefined, undefined],
  ["clock", "time '12:00:00'", undefined, undefined],
  ["bytes", "'a'::blob", undefined, undefined],
];

test("each Parquet type is drafted as what it is, or named as what cannot be published", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const list = columns.map(([name, sql]) => `${sql} as ${name}`).join(", ");
  await connection.run("set timezone = 'UTC'");
  await connection.run(`copy (select 'k1' as id, ${list}) to '${folder}/types.parquet'`);
  instance.closeSync();
  const draft = await draftFrom(join(folder, "types.parquet"), { subsystem: "s" });
  assert.ok(draft.ok);
  for (const [name, , type] of columns) {
    const line = draft.value.split("\n").find((one) => new RegExp(`^  (# )?${name}\\b`).test(one)) ?? "";
    if (type === undefined)
      assert.match(line, /is of type .*cannot be published; convert it where the file is written/);
    else assert.match(line, new RegExp(`type: ${type},`), name);
  }
  const file = join(folder, "types.yaml");
  writeFileSync(file, draft.value);
  const register = await openRegisterFile(file, { clock: systemClock, every: 0 });
  const answer = await askRegister(register, "/v1/lookup", { id: "k1" });
  const expected = columns.filter(([, , type]) => type !== undefined).map(([name, , , value]) => [name, value]);
  assert.deepEqual(answer, { status: 200, body: { id: "k1", ...Object.fromEntries(expected) } });
  await register.close();

  writeFileSync(file, `${draft.value}  pair: { type: text }\n`);
  await assert.rejects(
    openRegisterFile(file, { clock: systemClock, every: 0 }),
    /pair is of type STRUCT.*cannot be published as text/,
  );
});
