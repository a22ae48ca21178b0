import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { compareModels } from "./compare.ts";

const real = readFileSync(
  new URL("../../countries/taiwan/rules/assistive-device-subsidy.dmn", import.meta.url),
  "utf8",
);

function changes(after: string, before: string = real) {
  const compared = compareModels(before, after);
  assert.ok(compared.ok);
  return compared.value.map(({ what, element, row, column, before: old, after: made }) =>
    [what, element, row, column?.en, old, made].filter((part) => part !== undefined),
  );
}

test("the same model has no change, however it is laid out", () => {
  assert.deepEqual(changes(real), []);
  assert.deepEqual(changes(real.replaceAll(/>\s+</g, "><").replace(/<dmndi:DMNDI>[\s\S]*<\/dmndi:DMNDI>/, "")), []);
});

describe("each change is named with its row and column", () => {
  const cases: readonly [string, (xml: string) => string, readonly unknown[]][] = [
    [
      "an amount",
      (xml) => xml.replace("<text>0.75</text>", "<text>0.8</text>"),
      ["cell", "decision-rate", 2, "Share that is paid", "0.75", "0.8"],
    ],
    [
      "a test",
      (xml) => xml.replace('<text>"middle-low-income"</text>', "<text>-</text>"),
      ["cell", "decision-rate", 2, "Income class", '"middle-low-income"', "-"],
    ],
    [
      "a hit policy",
      (xml) => xml.replace('id="table-rate" hitPolicy="UNIQUE"', 'id="table-rate" hitPolicy="FIRST"'),
      ["hit-policy", "decision-rate", "UNIQUE", "FIRST"],
    ],
    [
      "a row gone",
      (xml) => xml.replace(/<rule id="rule-rate-3">[\s\S]*?<\/rule>/, ""),
      ["row", "decision-rate", 3, '"general" → 0.5'],
    ],
    [
      "a row more",
      (xml) =>
        xml.replace(
          /<rule id="rule-rate-3">/,
          '<rule id="new"><inputEntry id="n1"><text>null</text></inputEntry><outputEntry id="n2"><text>0</text></outputEntry></rule>$&',
        ),
      ["row", "decision-rate", 3, "null → 0"],
    ],
    [
      "a law",
      (xml) => xml.replace("pcode=D0050060", "pcode=D0000001"),
      [
        "law",
        "law-regulation",
        "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=D0050060",
        "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=D0000001",
      ],
    ],
  ];
  for (const [name, change, expected] of cases) test(name, () => assert.deepEqual(changes(change(real)), [expected]));
});

test("a row that moved is the same row", () => {
  const [row] = /<rule id="rule-rate-1">[\s\S]*?<\/rule>/.exec(real)!;
  assert.deepEqual(changes(real.replace(row, "").replace(/(<rule id="rule-rate-3">[\s\S]*?<\/rule>)/, `$1${row}`)), []);
});

test("an expression and an element", () => {
  const made = real.replace('id="decision-amount" name="amount"', 'id="decision-amount" name="sum"');
  assert.deepEqual(
    changes(made).filter(([what]) => what === "name").length,
    0,
    "the variable's name is the decision's",
  );
  assert.deepEqual(
    changes(
      real
        .replace(/<inputData id="input-today"[\s\S]*?<\/inputData>/, "")
        .replaceAll('href="#input-today"', 'href="#input-device"'),
    ).filter(([what]) => what === "element"),
    [["element", "input-today", "today"]],
  );
});

test("what is no model is refused", () => assert.ok(!compareModels(real, "<html/>").ok));
