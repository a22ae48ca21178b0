import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { uncovered, wholeOf } from "./analyse-cover.ts";
import { analyseModel, analyseTable, type Finding } from "./analyse.ts";
import { tableSpace } from "./analyse-space.ts";
import type { TableDescription } from "./describe.ts";
import { compileTests, plainVocabulary } from "./feel/compile.ts";
import { Run } from "./feel/run.ts";
import { number, type FeelValue } from "./feel/value.ts";

type Row = readonly [tests: readonly string[], outputs: readonly string[]];
interface Given {
  readonly columns: readonly { readonly typeRef?: string; readonly values?: string }[];
  readonly policy?: TableDescription["hitPolicy"];
  readonly rows: readonly Row[];
  readonly outputs?: TableDescription["outputs"];
  readonly aggregation?: string;
}

function table({ columns, policy = "UNIQUE", rows, outputs = [{ name: "o" }], aggregation }: Given): TableDescription {
  const word = (text: string) => ({ "zh-Hant": text, en: text });
  return {
    id: "t",
    name: word("t"),
    hitPolicy: policy,
    ...(aggregation ? { aggregation } : {}),
    inputs: columns.map((_, at) => word("abc"[at]!)),
    columns: columns.map((column, at) => ({ text: "abc"[at]!, ...column })),
    outputs,
    rows: rows.map(([tests, values], at) => ({ id: `r${at}`, tests, outputs: values, law: word("law") })),
    laws: [],
  };
}
const one = (policy: TableDescription["hitPolicy"], typeRef: string, ...tests: string[]): TableDescription =>
  table({ columns: [{ typeRef }], policy, rows: tests.map((text, at) => [[text], [String(at)]]) });
const said = (findings: readonly Finding[]) => findings.map(({ kind, rows, text }) => [kind, rows.join(","), text.en]);

describe("gaps and overlaps, exact to the decimal and the day", () => {
  const cases: readonly [string, TableDescription, readonly (readonly [string, string, string])[]][] = [
    ["ranges that meet", one("UNIQUE", "number", "< 0.3", "[0.3..1)", ">= 1"), []],
    ["a point left out", one("UNIQUE", "number", "< 0.3", "> 0.3"), [["gap", "", "No row applies: a: 0.3."]]],
    [
      "a point twice",
      one("UNIQUE", "number", "<= 0.3", ">= 0.3"),
      [["overlap", "1,2", "Rows 1 and 2 apply together: a: 0.3."]],
    ],
    [
      "a stretch between decimals",
      one("UNIQUE", "number", "<= 0.1", "> 0.10000000000000000000000000001"),
      [["gap", "", "No row applies: a: (0.1..0.10000000000000000000000000001]."]],
    ],
    ["negative numbers", one("UNIQUE", "number", "< -5", "[-5..5]", "> 5"), []],
    ["days next to each other", one("UNIQUE", "date", '<= date("2026-12-31")', '>= date("2027-01-01")'), []],
    [
      "a day left out",
      one("UNIQUE", "date", '< date("2026-12-31")', '> date("2026-12-31")'),
      [["gap", "", "No row applies: a: 2026-12-31."]],
    ],
    [
      "a leap day left out",
      one("UNIQUE", "date", '<= date("2028-02-28")', '>= date("2028-03-01")'),
      [["gap", "", "No row applies: a: (2028-02-28..2028-03-01)."]],
    ],
    [
      "durations",
      one("UNIQUE", "days and time duration", '< duration("P10D")', '> duration("P10D")'),
      [["gap", "", "No row applies: a: P10D."]],
    ],
    ["one of two booleans", one("UNIQUE", "boolean", "true"), [["gap", "", "No row applies: a: false."]]],
    ["texts without a list", one("UNIQUE", "string", '"x", "y"'), [["gap", "", "No row applies: a: any other text."]]],
    [
      "texts of a list",
      table({
        columns: [{ typeRef: "string", values: '"x", "y"' }],
        rows: [
          [['"x"'], ["1"]],
          [['"y"'], ["2"]],
        ],
      }),
      [],
    ],
    [
      "one of a list is missing",
      table({
        columns: [{ typeRef: "string", values: '"x", "y", "z"' }],
        rows: [
          [['"x"'], ["1"]],
          [['"z"'], ["2"]],
        ],
      }),
      [["gap", "", 'No row applies: a: "y".']],
    ],
    [
      "a list that bounds numbers",
      table({
        columns: [{ typeRef: "number", values: "[0..100]" }],
        rows: [
          [["[0..50)"], ["1"]],
          [["[50..100]"], ["2"]],
        ],
      }),
      [],
    ],
    [
      "no value, where it is asked for",
      one("UNIQUE", "number", "> 0", "null"),
      [["gap", "", "No row applies: a: <= 0."]],
    ],
    ["not of a value takes in none", one("UNIQUE", "boolean", "true", "not(true)"), []],
    ["a value and none", one("UNIQUE", "number", "not(null)", "null"), []],
    [
      "every case twice",
      one("UNIQUE", "string", "-", '"x"'),
      [["overlap", "1,2", 'Rows 1 and 2 apply together: a: "x".']],
    ],
    ["a range that is empty", one("UNIQUE", "number", "(5..5)", "-"), [["never", "1", "Row 1 can never apply."]]],
    [
      "ANY, agreeing",
      table({
        columns: [{ typeRef: "number" }],
        policy: "ANY",
        rows: [
          [["<= 3"], ["1"]],
          [[">= 3"], [" 1"]],
        ],
      }),
      [],
    ],
    [
      "ANY, disagreeing",
      one("ANY", "number", "<= 3", ">= 3"),
      [["overlap", "1,2", "Rows 1 and 2 apply together: a: 3."]],
    ],
    [
      "a condition and its negation",
      one("UNIQUE", "number", "modulo(?, 2) = 0", "not(modulo(?, 2) = 0)"),
      [
        [
          "not-taken-apart",
          "",
          'The column "a" has expressions of its own; each is looked at as one that holds or does not.',
        ],
      ],
    ],
    [
      "two columns",
      table({
        columns: [{ typeRef: "number" }, { typeRef: "boolean" }],
        rows: [
          [["< 10", "-"], ["1"]],
          [[">= 10", "true"], ["2"]],
        ],
      }),
      [["gap", "", "No row applies: a: >= 10; b: false."]],
    ],
  ];
  for (const [name, given, expected] of cases) test(name, () => assert.deepEqual(said(analyseTable(given)), expected));
});

describe("rows nobody reaches", () => {
  const kinds = (given: TableDescription) =>
    analyseTable(given)
      .filter(({ kind }) => kind === "unreachable" || kind === "duplicate")
      .map(({ kind, rows }) => `${kind} ${rows.join(",")}`);
  const cases: readonly [string, TableDescription, readonly string[]][] = [
    ["FIRST: taken by one before", one("FIRST", "number", "< 10", "< 5", "-"), ["unreachable 2,1"]],
    ["FIRST: taken by two together", one("FIRST", "number", "< 5", ">= 5", "[4..6]"), ["unreachable 3,1,2"]],
    ["FIRST: a catch-all at the end is reached", one("FIRST", "string", '"x"', "-"), []],
    [
      "PRIORITY: a better output wins",
      table({
        columns: [{ typeRef: "number" }],
        policy: "PRIORITY",
        outputs: [{ name: "o", values: '"high", "low"' }],
        rows: [
          [["[1..2]"], ['"low"']],
          [["< 9"], ['"high"']],
          [["-"], ['"low"']],
        ],
      }),
      ["unreachable 1,2"],
    ],
    [
      "RULE ORDER: the same twice",
      table({
        columns: [{ typeRef: "number" }],
        policy: "RULE ORDER",
        rows: [
          [["1"], ["x"]],
          [["1"], ["x"]],
          [["-"], ["y"]],
        ],
      }),
      ["duplicate 2,1"],
    ],
    [
      "COLLECT SUM counts the same twice on purpose",
      table({
        columns: [{ typeRef: "number" }],
        policy: "COLLECT",
        aggregation: "SUM",
        rows: [
          [["1"], ["x"]],
          [["1"], ["x"]],
          [["-"], ["y"]],
        ],
      }),
      [],
    ],
  ];
  for (const [name, given, expected] of cases) test(name, () => assert.deepEqual(kinds(given), expected));
});

test("a default output closes every gap", () =>
  assert.deepEqual(
    analyseTable(
      table({ columns: [{ typeRef: "number" }], outputs: [{ name: "o", otherwise: "0" }], rows: [[["1"], ["1"]]] }),
    ),
    [],
  ));

test("a row and a column without what they need are named", () => {
  const given = table({
    columns: [{ typeRef: "number" }, { typeRef: "number" }],
    rows: [
      [["-", "1"], ["1"]],
      [["-", "not(1)"], ["2"]],
    ],
  });
  const bare = { ...given, rows: given.rows.map(({ law: _law, ...row }) => row) };
  assert.deepEqual(
    analyseTable(bare).map(({ kind, rows, column }) => [kind, rows[0] ?? column]),
    [
      ["row-without-law", 1],
      ["row-without-law", 2],
      ["column-without-condition", 0],
    ],
  );
});

test("a table with too many combinations is said to be so, in bounded time", () => {
  const columns = Array.from({ length: 18 }, () => ({ typeRef: "boolean" }));
  const rows = Array.from({ length: 60 }, (_, row): Row => [
    columns.map((__, at) => ((row * 7 + at * 13) % 5 < 2 ? String((row + at) % 2 === 0) : "-")),
    ["1"],
  ]);
  const given = {
    ...table({ columns: [], rows: [] }),
    columns: columns.map(() => ({ text: "x", typeRef: "boolean" })),
    inputs: columns.map(() => ({ "zh-Hant": "x", en: "x" })),
    rows: rows.map(([tests, outputs], at) => ({ id: `${at}`, tests, outputs })),
  };
  const started = Date.now();
  analyseTable({ ...given, hitPolicy: "COLLECT" });
  assert.ok(Date.now() - started < 4_000);
});

test("a table of thousands of rows is not looked over for minutes", () => {
  const rows = Array.from({ length: 9_000 }, (_row, at): Row => [[String(at)], ["1"]]);
  const started = Date.now();
  const found = analyseTable(table({ columns: [{ typeRef: "number" }], rows }));
  assert.deepEqual(
    found.map(({ kind }) => kind),
    ["too-large"],
  );
  assert.ok(Date.now() - started < 4_000);
});

test("the country's tables have no error, and their law", () => {
  const found = analyseModel(
    readFileSync(new URL("../../countries/taiwan/rules/assistive-device-subsidy.dmn", import.meta.url), "utf8"),
  );
  assert.ok(found.ok);
  assert.deepEqual(
    found.value.filter(({ severity }) => severity !== "note"),
    [],
  );
});

test("an expression that cannot be read is an error", () => {
  const xml = readFileSync(
    new URL("../../countries/taiwan/rules/assistive-device-subsidy.dmn", import.meta.url),
    "utf8",
  );
  const found = analyseModel(xml.replace("<text>0.75</text>", "<text>0.75 +</text>"));
  assert.ok(found.ok);
  assert.deepEqual(
    found.value.filter(({ severity }) => severity === "error").map(({ kind }) => kind),
    ["unreadable"],
  );
});

// Brute force over small domains: every point, by the engine itself.
const cells = {
  number: fc.oneof(
    fc.constant("-"),
    fc.integer({ min: 0, max: 4 }).map(String),
    fc
      .tuple(fc.constantFrom("<", "<=", ">", ">="), fc.integer({ min: 0, max: 4 }))
      .map(([sign, at]) => `${sign} ${at}`),
    fc
      .tuple(
        fc.constantFrom("[", "("),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom("]", ")"),
      )
      .map(([a, b, c, d]) => `${a}${b}..${c}${d}`),
    fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })).map(([a, b]) => `not(${a}, ${b})`),
  ),
  string: fc.constantFrom("-", '"x"', '"y"', '"x", "y"', 'not("x")'),
  boolean: fc.constantFrom("-", "true", "false"),
};
const points: Readonly<Record<"number" | "string" | "boolean", readonly FeelValue[]>> = {
  number: ["-1", "0", "0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5"].map(number),
  string: ["x", "y", "w"],
  boolean: [true, false],
};
const kinds = ["number", "string", "boolean"] as const;
const rowsGiven = fc.array(fc.tuple(cells.number, cells.string, cells.boolean), { minLength: 1, maxLength: 6 });

test("brute force finds the same gaps, overlaps and unreachable rows", () => {
  const run = new Run();
  fc.assert(
    fc.property(rowsGiven, (given) => {
      const of = (policy: TableDescription["hitPolicy"]) =>
        table({
          columns: kinds.map((typeRef) => ({ typeRef })),
          policy,
          rows: given.map((tests, at) => [tests, [String(at)]]),
        });
      const compiled = given.map((tests) =>
        tests.map((text) => compileTests(text, { names: ["?"], parent: undefined }, plainVocabulary)),
      );
      let gap = false;
      const together = new Set<string>();
      const reached = new Set<number>();
      for (const a of points.number)
        for (const b of points.string)
          for (const c of points.boolean) {
            const point = [a, b, c];
            const matching = compiled.flatMap((tests, row) =>
              tests.every((one, at) => one({ values: [point[at]!], parent: undefined, run }) === true) ? [row] : [],
            );
            if (matching.length === 0) gap = true;
            else reached.add(matching[0]!);
            for (const i of matching) for (const j of matching) if (i < j) together.add(`${i + 1},${j + 1}`);
          }
      const unique = analyseTable(of("UNIQUE"));
      // `not(…)` lets a missing value be asked for; the points above have none, so only gaps with a value count.
      const found = unique.filter(
        ({ kind, where }) => kind === "gap" && !(where ?? []).some(({ text }) => text.en === "no value"),
      );
      assert.equal(found.length > 0, gap);
      const nullOnly = ({ where }: Finding) => (where ?? []).some(({ text }) => text.en === "no value");
      assert.deepEqual(
        new Set(unique.filter((one) => one.kind === "overlap" && !nullOnly(one)).map(({ rows }) => rows.join(","))),
        together,
      );
      const space = tableSpace(of("FIRST"));
      const nulls = space.axes.some(({ atoms }) => atoms.some(({ is }) => is === "none"));
      if (nulls) return;
      const never = new Set(
        analyseTable(of("FIRST")).flatMap(({ kind, rows }) =>
          kind === "unreachable" || kind === "never" ? [rows[0]! - 1] : [],
        ),
      );
      for (const row of given.keys())
        assert.equal(never.has(row), !reached.has(row), `row ${row + 1} of ${JSON.stringify(given)}`);
      assert.equal(uncovered(wholeOf(space), space.rows).length > 0, gap);
    }),
    { numRuns: 150 },
  );
});
