import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { number } from "./feel/value.ts";
import { loadModel } from "./load-model.ts";
import { asks, decision, file, input, item, lit, runModels } from "./testing.ts";

/** Decision tables by DMN 1.5 section 8: cells, hit policies, priorities, defaults. */
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const text = (tag: string, content: string) =>
  content === "" ? "" : `<${tag}><text>${escaped(content)}</text></${tag}>`;

interface Column {
  readonly name?: string;
  readonly type?: string;
  readonly values?: string;
  readonly otherwise?: string;
}

/** Columns of inputs as expressions, of outputs, and rows: as many tests as inputs, then the outputs. */
function table(
  hit: string,
  inputs: readonly (string | Column)[],
  outputs: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const heads = inputs.map((one) => {
    const { name = "", type = "", values = "" } = typeof one === "string" ? { name: one } : one;
    return `<input><inputExpression${type && ` typeRef="${type}"`}><text>${escaped(name)}</text></inputExpression>${text("inputValues", values)}</input>`;
  });
  const results = outputs.map(
    ({ name = "", type = "", values = "", otherwise = "" }) =>
      `<output${name && ` name="${name}"`}${type && ` typeRef="${type}"`}>${text("outputValues", values)}${text("defaultOutputEntry", otherwise)}</output>`,
  );
  const rules = rows.map((cells) => {
    const tests = cells.slice(0, inputs.length).map((cell) => `<inputEntry><text>${escaped(cell)}</text></inputEntry>`);
    const made = cells.slice(inputs.length).map((cell) => `<outputEntry><text>${escaped(cell)}</text></outputEntry>`);
    return `<rule>${tests.join("")}${made.join("")}</rule>`;
  });
  const [policy, aggregation] = hit.split("+");
  return `<decisionTable hitPolicy="${policy}"${aggregation ? ` aggregation="${aggregation}"` : ""}>${heads.join("")}${results.join("")}${rules.join("")}</decisionTable>`;
}

const x = input("x");
const ask = (logic: string, before = "") => file(before + x + decision("d", logic, { uses: asks("x") }));
const five = { x: number(5) };

describe("hit policies", () => {
  const overlap = [
    ["< 10", "1"],
    ["< 20", "2"],
    ["< 7", "3"],
  ];
  const named = [
    { name: "a", values: '"high", "low"' },
    { name: "b", values: "1, 2, 3" },
  ];
  const pairs = [
    ["-", '"low"', "1"],
    ["-", '"high"', "3"],
    ["-", '"high"', "2"],
  ];
  runModels([
    {
      name: "UNIQUE",
      xml: ask(
        table(
          "UNIQUE",
          ["x"],
          [{}],
          [
            ["5", "1"],
            ["6", "2"],
          ],
        ),
      ),
      inputs: five,
      expected: "1",
      told: [],
    },
    {
      name: "UNIQUE with two matches",
      xml: ask(table("UNIQUE", ["x"], [{}], overlap)),
      inputs: five,
      expected: "null",
      told: ["rules-overlap"],
    },
    {
      name: "ANY that agrees",
      xml: ask(
        table(
          "ANY",
          ["x"],
          [{}],
          [
            ["-", "1"],
            ["5", "1.0"],
          ],
        ),
      ),
      inputs: five,
      expected: "1",
      told: [],
    },
    {
      name: "ANY that disagrees in its second output",
      xml: ask(
        table(
          "ANY",
          ["x"],
          [{ name: "a" }, { name: "b" }],
          [
            ["-", "1", "1"],
            ["-", "1", "2"],
          ],
        ),
      ),
      inputs: five,
      expected: "null",
      told: ["rules-disagree"],
    },
    { name: "FIRST", xml: ask(table("FIRST", ["x"], [{}], overlap)), inputs: five, expected: "1" },
    { name: "RULE ORDER", xml: ask(table("RULE ORDER", ["x"], [{}], overlap)), inputs: five, expected: "[1, 2, 3]" },
    { name: "COLLECT", xml: ask(table("COLLECT", ["x"], [{}], overlap)), inputs: five, expected: "[1, 2, 3]" },
    { name: "SUM", xml: ask(table("COLLECT+SUM", ["x"], [{}], overlap)), inputs: five, expected: "6" },
    { name: "MIN", xml: ask(table("COLLECT+MIN", ["x"], [{}], overlap)), inputs: five, expected: "1" },
    { name: "MAX", xml: ask(table("COLLECT+MAX", ["x"], [{}], overlap)), inputs: five, expected: "3" },
    { name: "COUNT", xml: ask(table("COLLECT+COUNT", ["x"], [{}], overlap)), inputs: five, expected: "3" },
    {
      name: "MAX of texts",
      xml: ask(
        table(
          "COLLECT+MAX",
          ["x"],
          [{}],
          [
            ["-", '"a"'],
            ["-", '"b"'],
          ],
        ),
      ),
      inputs: five,
      expected: '"b"',
    },
    {
      name: "SUM of what has none",
      xml: ask(
        table(
          "COLLECT+SUM",
          ["x"],
          [{}],
          [
            ["-", "1"],
            ["-", "true"],
          ],
        ),
      ),
      inputs: five,
      expected: "null",
      told: ["not-comparable"],
    },
    {
      name: "PRIORITY, column by column",
      xml: ask(table("PRIORITY", ["x"], named, pairs)),
      inputs: five,
      expected: '{a: "high", b: 2}',
    },
    {
      name: "OUTPUT ORDER, column by column",
      xml: ask(table("OUTPUT ORDER", ["x"], named, pairs)),
      inputs: five,
      expected: '[{a: "high", b: 2}, {a: "high", b: 3}, {a: "low", b: 1}]',
    },
    {
      name: "PRIORITY by the values that the type allows",
      xml: ask(
        table(
          "PRIORITY",
          ["x"],
          [{ type: "tRisk" }],
          [
            ["-", '"low"'],
            ["-", '"high"'],
          ],
        ),
        item("tRisk", `<typeRef>string</typeRef><allowedValues><text>"high", "low"</text></allowedValues>`),
      ),
      inputs: five,
      expected: '"high"',
    },
    {
      name: "PRIORITY without an order is the first",
      xml: ask(table("PRIORITY", ["x"], [{}], overlap)),
      inputs: five,
      expected: "1",
    },
    {
      name: "no match",
      xml: ask(table("UNIQUE", ["x"], [{}], [["6", "1"]])),
      inputs: five,
      expected: "null",
      told: [],
    },
    { name: "no rows", xml: ask(table("COLLECT+SUM", ["x"], [{}], [])), inputs: five, expected: "null", told: [] },
    {
      name: "no rows, with a default",
      xml: ask(table("UNIQUE", ["x"], [{ otherwise: '"none"' }], [])),
      inputs: five,
      expected: '"none"',
    },
    {
      name: "defaults of several outputs",
      xml: ask(table("FIRST", ["x"], [{ name: "a", otherwise: "1 + 1" }, { name: "b" }], [["6", "1", "1"]])),
      inputs: five,
      expected: "{a: 2, b: null}",
    },
    { name: "no inputs", xml: file(decision("d", table("FIRST", [], [{}], [["7"]]))), expected: "7" },
  ]);
  for (const [name, logic, fault] of [
    ["a hit policy that is none", table("BEST", ["x"], [{}], []), "no hit policy is called BEST"],
    ["an aggregation that is none", table("COLLECT+MEAN", ["x"], [{}], []), "no aggregation is called MEAN"],
    [
      "a sum of several outputs",
      table("COLLECT+SUM", ["x"], [{ name: "a" }, { name: "b" }], []),
      "SUM needs a single output",
    ],
    [
      "a row that is too short",
      table("UNIQUE", ["x", "x"], [{}], [["-", "1"]]),
      "row 1 has not as many cells as the table has columns",
    ],
  ] as const) {
    test(`${name} is told when the model is loaded`, () => {
      const model = loadModel(ask(logic));
      assert.ok(model.ok);
      assert.equal(model.value.faults[0]?.text, fault);
      const { value, messages } = model.value.decide("d", { x: 5 });
      assert.deepEqual([value, messages[0]?.code], [null, "bad-table"]);
    });
  }
});

describe("cells", () => {
  const cell = (tests: string, given: Column | string = "x") =>
    ask(
      table(
        "FIRST",
        [given],
        [{}],
        [
          [tests, '"yes"'],
          ["-", '"no"'],
        ],
      ),
    );
  const list = { x: [number(1), number(2)] };
  const yes = '"yes"';
  const no = '"no"';
  runModels([
    { name: "empty is no condition", xml: cell(""), inputs: five, expected: yes },
    { name: "a number", xml: cell("5.0"), inputs: five, expected: yes },
    { name: "one of several", xml: cell("1, 5, 7"), inputs: five, expected: yes },
    { name: "none of several", xml: cell("not(1, 5)"), inputs: five, expected: no },
    { name: "not of a range", xml: cell("not([1..4])"), inputs: five, expected: yes },
    { name: "not as a function in an expression", xml: cell("not(? = 5) or ? = 5"), inputs: five, expected: yes },
    { name: "comparisons", xml: cell("< 3, >= 5"), inputs: five, expected: yes },
    { name: "a range open at its end", xml: cell("[1..5)"), inputs: five, expected: no },
    { name: "a range outside its brackets", xml: cell("]4..5]"), inputs: five, expected: yes },
    { name: "a range of computed ends", xml: cell("[2 + 2..x]"), inputs: five, expected: yes },
    { name: "an expression of the value", xml: cell("even(? + 1)"), inputs: five, expected: yes },
    { name: "an expression of other names", xml: cell("x"), inputs: five, expected: yes },
    { name: "a list holds the value", xml: cell("[4, 5]"), inputs: five, expected: yes },
    { name: "a list of ranges holds the value", xml: cell("[[1..2], [4..6]]"), inputs: five, expected: yes },
    { name: "a list is the value", xml: cell("[1, 2]"), inputs: list, expected: yes },
    { name: "a list of lists holds the value", xml: cell("[[1, 2], [3]]"), inputs: list, expected: yes },
    { name: "the value's own list", xml: cell("list contains(?, 2)"), inputs: list, expected: yes },
    { name: "some of the value's own list", xml: cell("some y in ? satisfies y > 1"), inputs: list, expected: yes },
    { name: "one item is not the list", xml: cell("1"), inputs: list, expected: no },
    { name: "null", xml: cell("null"), inputs: { x: null }, expected: yes },
    { name: "null is not in a range", xml: cell("< 5"), inputs: { x: null }, expected: no },
    { name: "another kind", xml: cell('"5"'), inputs: five, expected: no },
    {
      name: "a date",
      xml: cell('< date("2026-01-01")', { name: "date(x)" }),
      inputs: { x: "2025-12-31" },
      expected: yes,
    },
    {
      name: "a duration",
      xml: cell('[@"P1M"..@"P1Y"]', { name: "duration(x)" }),
      inputs: { x: "P11M" },
      expected: yes,
    },
    {
      name: "a value that the column does not allow",
      xml: cell("-", { name: "x", values: "1, 2" }),
      inputs: five,
      expected: "null",
      told: ["input-not-allowed"],
    },
    {
      name: "a value of another type",
      xml: cell("-", { name: "x", type: "string" }),
      inputs: five,
      expected: yes,
      told: ["type-mismatch"],
    },
    {
      name: "a slip of the pen spoils its own cell only",
      xml: cell("< <"),
      inputs: five,
      expected: no,
      told: ["syntax"],
    },
    {
      name: "an output of another type",
      xml: ask(table("FIRST", ["x"], [{ type: "number" }], [["-", '"a"']])),
      inputs: five,
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "an output that may not be",
      xml: ask(table("FIRST", ["x"], [{ values: '"a", "b"' }], [["-", '"c"']])),
      inputs: five,
      expected: "null",
      told: ["output-not-allowed"],
    },
    {
      name: "names of outputs with signs and blanks",
      xml: file(
        x +
          decision(
            "t",
            table("FIRST", ["x"], [{ name: "Approved/Declined" }, { name: "the rate" }], [["-", '"A"', "0.1"]]),
            { uses: asks("x") },
          ) +
          decision("d", lit("[t.Approved/Declined, t.the rate]"), {
            uses: `<informationRequirement><requiredDecision href="#t"/></informationRequirement>`,
          }),
      ),
      inputs: five,
      expected: '["A", 0.1]',
    },
  ]);
});

test("an explained run and a plain one agree, whatever the cells are", () => {
  const cells = ["-", "5", "< 3", "not(5)", "[1..4]", "x", "even(?)", "null", '"a"', "[5, 6]", "1, 2, x"];
  const rows = cells.map((cell, at) => [cell, String(at)]);
  const model = loadModel(ask(table("COLLECT", ["x"], [{}], rows)));
  assert.ok(model.ok);
  for (const given of [0, 1, 2, 3, 5, null, "a"]) {
    const plain = model.value.decide("d", { x: given }, { explain: false });
    assert.deepEqual(plain.value, model.value.decide("d", { x: given }).value);
  }
});
