import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explainLines, loadModel, type FeelInput } from "#rules";

const loaded = loadModel(readFileSync(new URL("./household-transcript-fee.dmn", import.meta.url), "utf8"));
assert.ok(loaded.ok, JSON.stringify(loaded));
const model = loaded.value;

const usual: Readonly<Record<string, FeelInput>> = {
  english: false,
  copies: 1,
  "income class": "general",
  "registered name": "林美惠",
};
const decide = (change: Readonly<Record<string, FeelInput>>) => model.decide("outcome", { ...usual, ...change });

// 戶政規費收費標準第 2 條: NT$15 a copy; in English NT$100, and NT$15 from the second on.
const vectors: readonly [Record<string, FeelInput>, string][] = [
  [{}, "15"],
  [{ copies: 2 }, "30"],
  [{ copies: 10 }, "150"],
  [{ english: true }, "100"],
  [{ english: true, copies: 2 }, "115"],
  [{ english: true, copies: 10 }, "235"],
  [{ "income class": "middle-low-income", copies: 3 }, "45"],
  [{ "income class": null }, "15"],
  [{ "income class": "low-income", english: true, copies: 10 }, "0"],
];
for (const [change, amount] of vectors)
  test(`${JSON.stringify(change)} costs ${amount}`, () => {
    const { value, messages } = decide(change);
    assert.deepEqual(value, { eligible: true, amount, reasons: [] });
    assert.deepEqual(messages, []);
  });

test("who stands in no register, and too few or too many copies, get nothing and owe nothing", () => {
  for (const [change, reason] of [
    [{ "registered name": null }, "registered"],
    [{ copies: 0 }, "copies"],
    [{ copies: 11 }, "copies"],
    [{ copies: -1 }, "copies"],
  ] as const)
    assert.deepEqual(decide(change).value, { eligible: false, amount: "0", reasons: [reason] }, reason);
});

test("the payer reads what the sum is made of, and the law of each part", () => {
  const lines = explainLines(decide({ english: true, copies: 3 }).explanation, "en");
  assert.deepEqual(
    lines.map(({ label, value }) => `${label}: ${value}`),
    [
      "First copy, in English: NT$100",
      "2 more at NT$15 each: NT$30",
      "No reason to waive the fee: 100%",
      "Stands in the household register: ✓",
      "Between 1 and 10 copies at once: ✓",
      "Fee: 130",
    ],
  );
  const free = explainLines(decide({ "income class": "low-income" }).explanation, "zh-Hant");
  assert.deepEqual(free.find(({ label }) => label === "低收入戶免收")?.value, "0%");
});
