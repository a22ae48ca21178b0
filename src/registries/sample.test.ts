import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { systemClock } from "#kernel";
import { checkRegisterFile } from "./open-file.ts";
import { testFolder } from "./testing.ts";

const folder = testFolder();
const o = { clock: systemClock, every: 0 };
const file = join(folder, "clinics.yaml");
const declared = (csv: string): void => {
  writeFileSync(join(folder, "clinics.csv"), csv);
  writeFileSync(
    file,
    `subsystem: health
service: clinics
source: { csv: clinics.csv }
key: id
filters: [town]
fields:
  id: { sensitivity: internal }
  town: { sensitivity: public }
  beds: { type: integer, sensitivity: public }
  head: { sensitivity: special }
`,
  );
};

test("check shows a call and its answer, with what is not public covered", async () => {
  declared("id,town,beds,head\nC1,Taipei,3,Ann\nC2,Taipei,4,Bob\n");
  const { samples } = await checkRegisterFile(file, o);
  const row = { id: "‹text, internal›", town: "Taipei", beds: 3, head: "‹text, special›" };
  assert.deepEqual(samples, [
    { operation: "POST /v1/lookup", body: { id: "‹text, internal›" }, status: 200, answer: row },
    {
      operation: "POST /v1/search",
      body: { town: "Taipei", limit: 1 },
      status: 200,
      answer: { rows: [row], next: "‹cursor›" },
    },
  ]);
  declared("id,town,beds,head\nC1,,,\n");
  const [lookup, ...more] = (await checkRegisterFile(file, o)).samples ?? [];
  // Whether there is a value is covered too; by a town that is not there nobody can search.
  assert.deepEqual([lookup?.answer, more], [{ ...row, town: null, beds: null }, []]);
  declared("id,town,beds,head\n");
  assert.deepEqual((await checkRegisterFile(file, o)).samples, []);
});
