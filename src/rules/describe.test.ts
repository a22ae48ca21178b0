import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describeTables } from "./describe.ts";

const xml = readFileSync(new URL("../../countries/taiwan/rules/assistive-device-subsidy.dmn", import.meta.url), "utf8");

test("a model's tables are described in both languages, with their law", () => {
  const described = describeTables(xml);
  assert.ok(described.ok);
  const rate = described.value.find((table) => table.id === "decision-rate")!;
  assert.deepEqual(rate.name, { "zh-Hant": "補助比例", en: "Share that is paid" });
  assert.deepEqual(
    rate.rows.slice(0, 3).map((row) => [row.tests[0], row.outputs[0]]),
    [
      ['"low-income"', "1"],
      ['"middle-low-income"', "0.75"],
      ['"general"', "0.5"],
    ],
  );
  assert.equal(rate.laws.length, 1);
  const covered = described.value.find((table) => table.id === "decision-device-covered")!;
  assert.equal(covered.name.en, "Does the disability cover this device?", "no label of its own: its question");
});

test("what is no model is refused", () => assert.ok(!describeTables("<html/>").ok));
