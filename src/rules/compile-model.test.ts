import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { number } from "./feel/value.ts";
import { loadModel } from "./load-model.ts";
import {
  decision,
  file,
  imported,
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

describe("decision services", () => {
  const x = asks("x");
  const body =
    input("x", "number") +
    decision("i", lit("10"), { type: "number" }) +
    decision("o", lit("x + i"), { uses: x + needs("i") }) +
    decision("p", lit("x * i"), { uses: x + needs("i") });
  const one = `<outputDecision href="#o"/><inputDecision href="#i"/><inputData href="#x"/>`;
  const two = `<outputDecision href="#o"/><outputDecision href="#p"/><encapsulatedDecision href="#i"/><inputData href="#x"/>`;
  const called = (text: string, inside = one) =>
    file(body + service("s", inside) + decision("d", lit(text), { uses: knows("s") }));
  runModels([
    { name: "input data before input decisions", xml: called("s(2, 3)"), expected: "5" },
    { name: "by name", xml: called("s(i: 3, x: 2)"), expected: "5" },
    { name: "too few", xml: called("s(2)"), expected: "null", told: ["wrong-arguments"] },
    { name: "an unknown name", xml: called("s(x: 2, j: 3)"), expected: "null", told: ["wrong-arguments"] },
    { name: "several outputs", xml: called("s(2)", two), expected: "{o: 12, p: 20}" },
    { name: "what is encapsulated is computed", xml: called("s(2).p", two), expected: "20" },
    {
      name: "boxed",
      xml: file(
        body +
          service("s", one) +
          decision(
            "d",
            `<invocation>${lit("s")}<binding><parameter name="x"/>${lit("1")}</binding><binding><parameter name="i"/>${lit("2")}</binding></invocation>`,
            { uses: knows("s") },
          ),
      ),
      expected: "3",
    },
    { name: "directly", xml: called("0"), ask: "s", inputs: { x: number(1), i: number(2) }, expected: "3" },
    {
      name: "directly, with null for an argument",
      xml: called("0"),
      ask: "s",
      inputs: { x: number(1), i: null },
      expected: "null",
      told: ["wrong-operand"],
    },
    {
      name: "directly, without an argument",
      xml: called("0"),
      ask: "s",
      inputs: { x: number(1) },
      expected: "null",
      told: ["wrong-arguments"],
    },
    {
      name: "what it was given does not leave it",
      xml: file(body + service("s", one) + decision("d", lit("[s(1, 1), i]"), { uses: knows("s") + needs("i") })),
      expected: "[2, 10]",
    },
  ]);
});

describe("imports", () => {
  const base = file(
    item("tRate", "<typeRef>number</typeRef><allowedValues><text>[0..1]</text></allowedValues>") +
      input("income", "number") +
      decision("base rate", lit("0.1"), { type: "tRate" }) +
      knowledge("tax of", lit("n * 0.1"), { parameters: parameter("n") }) +
      decision("tax", lit("income * 0.1"), {
        uses: asks("income"),
      }),
    "base",
  );
  const middle = file(
    imported("b", "base") +
      decision("double", lit("b.base rate * 2"), { type: "b.tRate", uses: needs("base#base rate") }),
    "middle",
  );
  runModels([
    {
      name: "a decision",
      xml: file(imported("law", "base") + decision("d", lit("law.base rate"), { uses: needs("base#base rate") })),
      imports: [base],
      expected: "0.1",
    },
    {
      name: "a function",
      xml: file(imported("law", "base") + decision("d", lit("law.tax of(50)"), { uses: knows("base#tax of") })),
      imports: [base],
      expected: "5",
    },
    {
      name: "a function, boxed",
      xml: file(
        imported("law", "base") +
          decision(
            "d",
            `<invocation>${lit("law.tax of")}<binding><parameter name="n"/>${lit("50")}</binding></invocation>`,
            { uses: knows("base#tax of") },
          ),
      ),
      imports: [base],
      expected: "5",
    },
    {
      name: "a type",
      xml: file(imported("law", "base") + decision("d", lit("2"), { type: "law.tRate" })),
      imports: [base],
      expected: "null",
      told: ["type-mismatch"],
    },
    {
      name: "through another",
      xml: file(imported("m", "middle") + decision("d", lit("m.double"), { uses: needs("middle#double") })),
      imports: [middle, base],
      expected: "0.2",
    },
    {
      name: "without a name",
      xml: file(imported("", "base") + decision("d", lit("base rate"), { uses: needs("base#base rate") })),
      imports: [base],
      expected: "0.1",
    },
    {
      name: "with the name of an element of its own",
      xml: file(
        imported("law", "base") +
          decision("law", lit("1")) +
          decision("d", lit("1"), { uses: needs("base#base rate", "law") }),
      ),
      imports: [base],
      expected: "1",
    },
    {
      name: "an input reached by an import",
      xml: file(imported("law", "base") + decision("d", lit("law.tax"), { uses: needs("base#tax") })),
      imports: [base],
      inputs: { income: number(100) },
      expected: "10",
    },
    {
      name: "the same by its namespace",
      xml: file(imported("law", "base") + decision("d", lit("law.tax"), { uses: needs("base#tax") })),
      imports: [base],
      inputs: { "base#income": number(100) },
      expected: "10",
    },
    {
      name: "models that import each other",
      xml: file(imported("o", "other") + decision("d", lit("o.e"), { uses: needs("other#e") })),
      imports: [file(imported("t", "test") + decision("e", lit("3")), "other")],
      expected: "3",
    },
  ]);
});

describe("models without end", () => {
  test("thousands of decisions in a row are read, and refused when they are too deep to evaluate", () => {
    const count = 10_000;
    const chain = Array.from({ length: count }, (_, at) =>
      decision(`d${at}`, lit(at === 0 ? "1" : `d${at - 1}`), at === 0 ? {} : { uses: needs(`d${at - 1}`) }),
    ).join("");
    const model = loadModel(file(chain));
    assert.ok(model.ok);
    assert.equal(model.value.decide("d50", {}).value, "1");
    const deep = model.value.decide(`d${count - 1}`, {}, { explain: false });
    assert.ok(deep.value === "1" || deep.messages.some(({ code }) => code === "rules-budget-exhausted"));
  });
  test("a circle of thousands is found", () => {
    const count = 10_000;
    const circle = Array.from({ length: count }, (_, at) =>
      decision(`d${at}`, lit("1"), { uses: needs(`d${(at + 1) % count}`) }),
    ).join("");
    const model = loadModel(file(circle));
    assert.equal(model.ok ? "" : model.error.code, "rules-model-circular");
  });
  test("knowledge in a circle", () => {
    const model = loadModel(
      file(knowledge("f", lit("g()"), { uses: knows("g") }) + knowledge("g", lit("f()"), { uses: knows("f") })),
    );
    assert.equal(model.ok ? "" : model.error.code, "rules-model-circular");
  });
});
