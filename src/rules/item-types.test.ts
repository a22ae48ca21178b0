import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadModel } from "./load-model.ts";
import {
  decision,
  entry,
  file,
  input,
  item,
  knowledge,
  knows,
  lit,
  needs,
  parameter,
  runModels,
  service,
  asks,
} from "./testing.ts";

describe("types at every boundary", () => {
  const list = item("tNames", "<typeRef>string</typeRef>", true);
  const typed = (type: string, text: string) => file(list + decision("d", lit(text), { type }));
  runModels([
    { name: "a decision: one item for a list", xml: typed("tNames", '"a"'), expected: '["a"]', told: [] },
    { name: "a decision: a list of one for an item", xml: typed("string", '["a"]'), expected: '"a"', told: [] },
    {
      name: "a decision: a date for a date and time",
      xml: typed("date and time", '@"2026-01-01"'),
      expected: "2026-01-01T00:00:00Z",
      told: [],
    },
    { name: "a decision: anything else is null", xml: typed("string", "1"), expected: "null", told: ["type-mismatch"] },
    {
      name: "a decision: lists of two are no item",
      xml: typed("string", '["a", "b"]'),
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "an input: wrong kind",
      xml: file(
        input("x", "number") +
          decision("d", lit("x"), {
            uses: asks("x"),
          }),
      ),
      inputs: { x: "1" },
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "a boxed expression inside another",
      xml: file(
        decision(
          "d",
          `<context>${entry("a", lit("[1]", "number"))}${entry("b", lit("a + 1"))}${entry("", lit("b"))}</context>`,
        ),
      ),
      expected: "2",
      told: [],
    },
    {
      name: "an entry of a context",
      xml: file(decision("d", `<context>${entry("a", lit("[1]"), "number")}${entry("", lit("a + 1"))}</context>`)),
      expected: "2",
      told: [],
    },
    {
      name: "a parameter of a knowledge model",
      xml: file(
        knowledge("f", lit("p + 1"), { parameters: parameter("p", "number") }) +
          decision("d", lit("f([1])"), { uses: knows("f") }),
      ),
      expected: "2",
      told: [],
    },
    {
      name: "a parameter of the wrong kind",
      xml: file(
        knowledge("f", lit("p"), { parameters: parameter("p", "number") }) +
          decision("d", lit('f("1")'), { uses: knows("f") }),
      ),
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "the result of a knowledge model",
      xml: file(
        knowledge("f", lit("[p]"), { type: "number", parameters: parameter("p") }) +
          decision("d", lit("f(1)"), { uses: knows("f") }),
      ),
      expected: "1",
      told: [],
    },
    {
      name: "a parameter of a decision service",
      xml: file(
        decision("i", lit("0"), { type: "number" }) +
          decision("o", lit("i + 1"), { uses: needs("i") }) +
          service("s", `<outputDecision href="#o"/><inputDecision href="#i"/>`) +
          decision("d", lit("s([1])"), { uses: knows("s") }),
      ),
      expected: "2",
      told: [],
    },
    {
      name: "the result of a decision service",
      xml: file(decision("o", lit("[7]")) + service("s", `<outputDecision href="#o"/>`, "number")),
      ask: "s",
      expected: "7",
      told: [],
    },
    {
      name: "the result of a decision service that is called",
      xml: file(
        decision("o", lit('"7"')) +
          service("s", `<outputDecision href="#o"/>`, "number") +
          decision("d", lit("s()"), { uses: knows("s") }),
      ),
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "a type that is named as in DMN 1.1",
      xml: file(decision("d", lit("[1]"), { type: "feel:number" })),
      expected: "1",
      told: [],
    },
  ]);
});

describe("item definitions", () => {
  const colour = item("tColour", `<typeRef>string</typeRef><allowedValues><text>"red", "green"</text></allowedValues>`);
  const colours = item("tColours", `<typeRef>tColour</typeRef>`, true);
  const pair = item(
    "tPair",
    `<typeRef>number</typeRef><typeConstraint><text>count(?) = 2</text></typeConstraint>`,
    true,
  );
  const person = item(
    "tPerson",
    `<itemComponent name="full name"><typeRef>string</typeRef></itemComponent><itemComponent name="child" isCollection="true"><typeRef>tPerson</typeRef></itemComponent>`,
  );
  const apply = item(
    "tApply",
    `<functionItem outputTypeRef="number"><parameters name="n" typeRef="number"/></functionItem>`,
  );
  const all = colour + colours + pair + person + apply;
  const typed = (type: string, text: string) => file(all + decision("d", lit(text), { type }));
  runModels([
    { name: "an allowed value", xml: typed("tColour", '"red"'), expected: '"red"' },
    { name: "a value that is not allowed", xml: typed("tColour", '"blue"'), expected: "null", told: ["type-mismatch"] },
    { name: "null is of every type", xml: typed("tColour", "null"), expected: "null", told: [] },
    {
      name: "each item of a list",
      xml: typed("tColours", '["red", "blue"]'),
      expected: "null",
      told: ["type-mismatch"],
    },
    { name: "the whole list by its constraint", xml: typed("tPair", "[1, 2]"), expected: "[1, 2]" },
    {
      name: "a list that breaks its constraint",
      xml: typed("tPair", "[1, 2, 3]"),
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "a type within itself",
      xml: typed("tPerson", '{full name: "a", child: [{full name: "b", child: []}]}'),
      expected: '{full name: "a", child: [{full name: "b", child: []}]}',
    },
    {
      name: "a type within itself, broken deep inside",
      xml: typed("tPerson", '{full name: "a", child: [{full name: 1, child: []}]}'),
      expected: "null",
    },
    {
      name: "names of several words after a dot",
      xml: file(
        all +
          input("p", "tPerson") +
          decision("d", lit("p.full name"), {
            uses: asks("p"),
          }),
      ),
      inputs: { p: new Map([["full name", "x"]]) },
      expected: '"x"',
    },
    {
      name: "a function by its type",
      xml: typed("tApply", "function(n: number) n + 1"),
      expected: "function(n)",
      told: [],
    },
    { name: "a built-in function by its type", xml: typed("tApply", "abs"), expected: "function(n)", told: [] },
    {
      name: "a function of another kind",
      xml: typed("tApply", "function(n: string) n"),
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "a function of two",
      xml: typed("tApply", "function(n, m) n"),
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "instance of an item definition",
      xml: typed("boolean", '[{full name: "a", child: []}, 1][1] instance of tPerson'),
      expected: "true",
    },
    {
      name: "types that only name each other",
      xml: file(
        item("tA", "<typeRef>tB</typeRef>") +
          item("tB", "<typeRef>tA</typeRef>") +
          decision("d", lit("1"), { type: "tA" }),
      ),
      expected: "1",
    },
    {
      name: "keys of a context that another decision writes",
      xml: file(
        decision("a", lit('{"first name": "x", last-name: "y"}')) +
          decision("d", lit("a.first name + a.last-name"), { uses: needs("a") }),
      ),
      expected: '"xy"',
    },
  ]);
  test("a type that nobody defined is a fault of the model", () => {
    const model = loadModel(file(decision("d", lit("1"), { type: "tNothing" })));
    assert.ok(model.ok);
    assert.equal(model.value.faults[0]?.text, "no type is called tNothing");
  });
});
