import { describe } from "node:test";
import { number } from "./feel/value.ts";
import { decision, entry, file, knowledge, knows, lit, parameter, runModels } from "./testing.ts";

describe("boxed expressions in each other", () => {
  const boxedFor = (from: string, body: string) =>
    `<for iteratorVariable="x"><in>${from}</in><return>${body}</return></for>`;
  const table = `<decisionTable><input><inputExpression><text>x</text></inputExpression></input><output/><rule><inputEntry><text>&lt; 2</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule><rule><inputEntry><text>>= 2</text></inputEntry><outputEntry><text>"high"</text></outputEntry></rule></decisionTable>`;
  const conditional = (test: string) =>
    `<conditional><if>${lit(test)}</if><then>${lit('"yes"')}</then><else>${lit('"no"')}</else></conditional>`;
  runModels([
    {
      name: "a table in a loop",
      xml: file(decision("d", boxedFor(lit("[1, 2]"), table))),
      expected: '["low", "high"]',
    },
    {
      name: "a loop over a range",
      xml: file(decision("d", boxedFor(lit("[1..3]"), lit("x * x")))),
      expected: "[1, 4, 9]",
    },
    {
      name: "a loop that sees what it made",
      xml: file(decision("d", boxedFor(lit("[1, 2, 3]"), lit("x + count(partial)")))),
      expected: "[1, 3, 5]",
    },
    {
      name: "a loop over what is no list",
      xml: file(decision("d", boxedFor(lit("1"), lit("x")))),
      expected: "null",
      told: ["wrong-operand"],
    },
    {
      name: "a filter, with the keys of its items in scope",
      xml: file(decision("d", `<filter><in>${lit("[{a: 1}, {a: 2}]")}</in><match>${lit("a > 1")}</match></filter>`)),
      expected: "[{a: 2}]",
    },
    {
      name: "a filter by item",
      xml: file(decision("d", `<filter><in>${lit("[1, 2]")}</in><match>${lit("item > 1")}</match></filter>`)),
      expected: "[2]",
    },
    {
      name: "a filter by what is no condition",
      xml: file(decision("d", `<filter><in>${lit("[1, 2]")}</in><match>${lit('"x"')}</match></filter>`)),
      expected: "null",
      told: ["not-boolean"],
    },
    {
      name: "some",
      xml: file(
        decision(
          "d",
          `<some iteratorVariable="x"><in>${lit("[1, 2]")}</in><satisfies>${lit("x > 1")}</satisfies></some>`,
        ),
      ),
      expected: "true",
    },
    {
      name: "every",
      xml: file(
        decision(
          "d",
          `<every iteratorVariable="x"><in>${lit("[1, 2]")}</in><satisfies>${lit("x > 1")}</satisfies></every>`,
        ),
      ),
      expected: "false",
    },
    { name: "if, then", xml: file(decision("d", conditional("true"))), expected: '"yes"' },
    { name: "if of null is else", xml: file(decision("d", conditional("null"))), expected: '"no"' },
    {
      name: "a relation with tables for cells",
      xml: file(
        decision(
          "d",
          boxedFor(
            lit("[3]"),
            `<relation><column name="in"/><column name="the class"/><row>${lit("x")}${table}</row></relation>`,
          ),
        ),
      ),
      expected: '[[{in: 3, the class: "high"}]]',
    },
    {
      name: "a relation whose columns have types",
      xml: file(
        decision(
          "d",
          `<relation><column name="a" typeRef="number"/><column name="b"/><row>${lit("[1]")}${lit("[1]")}</row><row>${lit('"x"')}${lit("null")}</row></relation>`,
        ),
      ),
      expected: "[{a: 1, b: [1]}, {a: null, b: null}]",
      told: ["type-mismatch"],
    },
    {
      name: "a list of boxes",
      xml: file(
        decision("d", `<list>${lit("1")}<list>${lit("2")}</list><context>${entry("a", lit("3"))}</context></list>`),
      ),
      expected: "[1, [2], {a: 3}]",
    },
    {
      name: "a context names itself twice",
      xml: file(decision("d", `<context>${entry("a", lit("1"))}${entry("a", lit("2"))}</context>`)),
      expected: "null",
      told: ["duplicate-key"],
    },
    {
      name: "a function in a context calls itself",
      xml: file(
        decision(
          "d",
          `<context>${entry("fact", `<functionDefinition>${parameter("n")}${lit("if n < 2 then 1 else n * fact(n - 1)")}</functionDefinition>`)}${entry("", lit("fact(5)"))}</context>`,
        ),
      ),
      expected: "120",
    },
    {
      name: "an invocation of a function in a context",
      xml: file(
        decision(
          "d",
          `<context>${entry("f", `<functionDefinition>${parameter("the n")}${lit("the n * 2")}</functionDefinition>`)}${entry("", `<invocation>${lit("f")}<binding><parameter name="the n"/>${lit("21")}</binding></invocation>`)}</context>`,
        ),
      ),
      expected: "42",
    },
    {
      name: "an invocation with a parameter that is not there",
      xml: file(
        decision(
          "d",
          `<context>${entry("f", `<functionDefinition>${parameter("n")}${lit("n")}</functionDefinition>`)}${entry("", `<invocation>${lit("f")}<binding><parameter name="m"/>${lit("1")}</binding></invocation>`)}</context>`,
        ),
      ),
      expected: "null",
      told: ["wrong-arguments"],
    },
    {
      name: "an invocation of what is no function",
      xml: file(decision("d", `<invocation>${lit("1")}</invocation>`)),
      expected: "null",
      told: ["not-a-function"],
    },
    {
      name: "a function of another language",
      xml: file(knowledge("f", lit("1"), { kind: "PMML" }) + decision("d", lit("f()"), { uses: knows("f") })),
      expected: "null",
      told: ["external"],
    },
    { name: "no expression", xml: file(decision("d", "")), expected: "null", told: ["no-logic"] },
  ]);
});

describe("knowledge", () => {
  const rows = `<output/><rule><inputEntry><text>"a"</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>`;
  const table = (text: string) =>
    `<decisionTable><input><inputExpression><text>${text}</text></inputExpression></input>${rows}</decisionTable>`;
  const call = (name: string) =>
    `<invocation>${lit("f")}<binding><parameter name="${name}"/>${lit('"a"')}</binding></invocation>`;
  runModels([
    {
      name: "a table whose parameter is not declared",
      xml: file(knowledge("f", table("kind")) + decision("d", call("kind"), { uses: knows("f") })),
      expected: "1",
    },
    {
      name: "the same with a name of several words",
      xml: file(knowledge("f", table("the kind")) + decision("d", call("the kind"), { uses: knows("f") })),
      expected: "1",
    },
    {
      name: "a model that calls itself",
      xml: file(
        knowledge("fact", lit("if n < 2 then 1 else n * fact(n - 1)"), { parameters: parameter("n") }) +
          decision("d", lit("fact(20)"), { uses: knows("fact") }),
      ),
      expected: "2432902008176640000",
    },
    {
      name: "knowledge that needs knowledge",
      xml: file(
        knowledge("g", lit("n + 1"), { parameters: parameter("n") }) +
          knowledge("f", lit("g(n) * 2"), { parameters: parameter("n"), uses: knows("g") }) +
          decision("d", lit("f(1)"), { uses: knows("f") }),
      ),
      expected: "4",
    },
    {
      name: "a function handed to a function",
      xml: file(
        knowledge("twice", lit("f(f(n))"), { parameters: parameter("f") + parameter("n") }) +
          knowledge("g", lit("n * 3"), { parameters: parameter("n") }) +
          decision("d", lit("twice(g, 2)"), { uses: knows("g", "twice") }),
      ),
      expected: "18",
    },
    {
      name: "called from outside by its parameters",
      xml: file(knowledge("f", lit("a - b"), { parameters: parameter("a") + parameter("b") })),
      ask: "f",
      inputs: { b: number(1), a: number(3) },
      expected: "2",
    },
    {
      name: "called from outside without one",
      xml: file(knowledge("f", lit("a - b"), { parameters: parameter("a") + parameter("b") })),
      ask: "f",
      inputs: { a: number(3) },
      expected: "null",
      told: ["wrong-arguments"],
    },
    {
      name: "knowledge that was not required is not there",
      xml: file(knowledge("f", lit("1")) + decision("d", lit("f()"))),
      expected: "null",
    },
  ]);
});
