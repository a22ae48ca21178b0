import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainLines, loadModel, rulesProblems, type DecisionModel, type LoadOptions } from "./index.ts";

const dmn = "https://www.omg.org/spec/DMN/20230324/MODEL/";

function definitions(body: string, namespace: string = "test", head: string = ""): string {
  return `<definitions xmlns="${dmn}" id="m" name="m" namespace="${namespace}" ${head}>${body}</definitions>`;
}

function decision(name: string, logic: string, requires: string = ""): string {
  return `<decision id="${name}" name="${name}" label="${name}：｜${name}:"><variable name="${name}"/>${requires}${logic}</decision>`;
}

function literal(text: string): string {
  return `<literalExpression><text>${text}</text></literalExpression>`;
}

function needs(...ids: readonly string[]): string {
  return ids
    .map(
      (id) =>
        `<informationRequirement><requiredDecision href="${id.includes("#") ? id : `#${id}`}"/></informationRequirement>`,
    )
    .join("");
}

function loaded(xml: string, options?: LoadOptions): DecisionModel {
  const model = loadModel(xml, options);
  assert.ok(model.ok, JSON.stringify(model));
  return model.value;
}

describe("models that are refused", () => {
  const entity = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>`;
  const cases: readonly [name: string, xml: string, code: keyof typeof rulesProblems][] = [
    ["empty", "", "rules-model-unreadable"],
    ["not XML", "decision", "rules-model-unreadable"],
    ["cut off", definitions("").slice(0, -5), "rules-model-unreadable"],
    ["not DMN", "<definitions/>", "rules-model-unreadable"],
    ["BPMN", `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>`, "rules-model-unreadable"],
    ["entities that grow", `${entity}${definitions("&b;")}`, "rules-model-unreadable"],
    ["an external entity", `<!DOCTYPE d SYSTEM "file:///etc/passwd">${definitions("")}`, "rules-model-unreadable"],
    ["an unknown entity", definitions("&nbsp;"), "rules-model-unreadable"],
    ["too deep", definitions(`${"<list>".repeat(300)}${"</list>".repeat(300)}`), "rules-model-unreadable"],
    ["too large", definitions(" ".repeat(4_000_001)), "rules-model-unreadable"],
    ["a link to nowhere", definitions(decision("a", literal("1"), needs("b"))), "rules-model-incomplete"],
    ["a missing import", definitions(decision("a", literal("1"), needs("other#b"))), "rules-model-incomplete"],
    ["a decision without a name", definitions(decision("", literal("1"))), "rules-model-incomplete"],
    ["itself", definitions(decision("a", literal("a"), needs("a"))), "rules-model-circular"],
    [
      "a circle",
      definitions(decision("a", literal("b"), needs("b")) + decision("b", literal("a"), needs("a"))),
      "rules-model-circular",
    ],
  ];
  for (const [name, xml, code] of cases) {
    test(name, () => {
      const model = loadModel(xml);
      assert.equal(model.ok ? "accepted" : model.error.code, code);
    });
  }
});

test("a model of DMN 1.1 with prefixes is read like one of 1.5, and hashes without its diagram", () => {
  const old = "http://www.omg.org/spec/DMN/20151101/dmn.xsd";
  const xml = `<s:definitions xmlns:s="${old}" name="m" namespace="test"><s:decision id="a" name="a"><s:variable name="a" typeRef="feel:number"/><s:literalExpression><s:text>1 + 1</s:text></s:literalExpression></s:decision></s:definitions>`;
  assert.equal(loaded(xml).decide("a", {}).value, "2");
  const plain = definitions(decision("a", literal("1")));
  const diagram = `<d:DMNDI xmlns:d="https://www.omg.org/spec/DMN/20230324/DMNDI/"><d:DMNDiagram/></d:DMNDI>`;
  const same = plain.replace("</definitions>", `\n${diagram}\n</definitions>`);
  assert.equal(loaded(same).hash, loaded(plain).hash);
  assert.notEqual(loaded(definitions(decision("a", literal("2")))).hash, loaded(plain).hash);
});

test("imports: a decision of another model under the import's name", () => {
  const other = definitions(decision("base rate", literal("0.1")), "other");
  const xml = definitions(
    `<import name="tax law" namespace="other" importType="${dmn}"/>${decision("a", literal("tax law.base rate * 3"), needs("other#base rate"))}`,
  );
  assert.equal(loaded(xml, { imports: [other] }).decide("a", {}).value, "0.3");
});

function table(
  hitPolicy: string,
  rules: readonly (readonly [test: string, output: string])[],
  output: string = "<output/>",
): string {
  const rows = rules
    .map(
      ([cell, value]) =>
        `<rule><inputEntry><text>${cell}</text></inputEntry><outputEntry><text>${value}</text></outputEntry>` +
        `<annotationEntry><text>列 {result}</text></annotationEntry><annotationEntry><text>row {result}</text></annotationEntry></rule>`,
    )
    .join("");
  const input = `<inputData id="x" name="x"><variable name="x" typeRef="number"/></inputData>`;
  const column = `<input label="年齡｜Age"><inputExpression><text>x</text></inputExpression></input>`;
  const annotations = `<annotation name="zh-Hant"/><annotation name="en"/>`;
  const requires = `<informationRequirement><requiredInput href="#x"/></informationRequirement>`;
  const logic = `<decisionTable id="t" hitPolicy="${hitPolicy}">${column}${output}${annotations}${rows}</decisionTable>`;
  return definitions(input + decision("a", logic, requires));
}

describe("decision tables", () => {
  const overlapping = [
    ["&lt; 10", "1"],
    ["&lt; 20", "2"],
  ] as const;
  const cases: readonly [string, string, string | null, string | undefined][] = [
    ["two matches of UNIQUE", table("UNIQUE", overlapping), null, "rules-overlap"],
    ["two matches of ANY that disagree", table("ANY", overlapping), null, "rules-disagree"],
    ["FIRST", table("FIRST", overlapping), "1", undefined],
    [
      "PRIORITY",
      table("PRIORITY", overlapping, "<output><outputValues><text>2, 1</text></outputValues></output>"),
      "2",
      undefined,
    ],
    [
      "an output that may not be",
      table("FIRST", overlapping, "<output><outputValues><text>7</text></outputValues></output>"),
      null,
      "output-not-allowed",
    ],
    [
      "a default for a gap",
      table("UNIQUE", [["> 10", "1"]], "<output><defaultOutputEntry><text>9</text></defaultOutputEntry></output>"),
      "9",
      undefined,
    ],
  ];
  for (const [name, xml, value, code] of cases) {
    test(name, () => {
      const decided = loaded(xml).decide("a", { x: 5 });
      assert.equal(decided.value, value);
      assert.deepEqual(
        decided.messages.map((message) => message.code),
        code === undefined ? [] : [code],
      );
    });
  }

  test("an explained run and a plain one agree", () => {
    const model = loaded(table("FIRST", overlapping));
    for (const x of [5, 15, 25]) {
      assert.equal(model.decide("a", { x }, { explain: false }).value, model.decide("a", { x }).value);
    }
    assert.deepEqual(model.decide("a", { x: 5 }, { explain: false }).explanation.steps, []);
  });

  test("where no rule matches, every failing condition is named", () => {
    const { explanation, value } = loaded(table("UNIQUE", overlapping)).decide("a", { x: 30 });
    assert.equal(value, null);
    assert.deepEqual(explainLines(explanation, "en"), [
      { label: "a:", value: "no rule applies", ok: false },
      { label: "Age < 10", value: "30", ok: false },
      { label: "Age < 20", value: "30", ok: false },
    ]);
    const zh = explainLines(loaded(table("FIRST", overlapping)).decide("a", { x: 15 }).explanation, "zh-Hant");
    assert.deepEqual(zh, [{ label: "列 2", value: "2" }]);
  });
});

test("inputs: unknown names, wrong types and injected FEEL are data, never expressions", () => {
  const xml = definitions(
    `<inputData id="n" name="n"><variable name="n" typeRef="string"/></inputData>${decision("a", literal('"Hello " + n'), `<informationRequirement><requiredInput href="#n"/></informationRequirement>`)}`,
  );
  const model = loaded(xml);
  assert.equal(model.decide("a", { n: '" + now() + "' }).value, 'Hello " + now() + "');
  assert.equal(model.decide("a", { n: 5 }).value, null);
  assert.deepEqual(
    model.decide("a", { n: "x", __proto__x: 1 }).messages.map(({ code }) => code),
    ["unknown-input"],
  );
  assert.equal(model.decide("nothing", {}).messages[0]?.code, "rules-decision-unknown");
});

test("a budget ends what would not", () => {
  const model = loaded(definitions(decision("a", literal("count(for i in 1..100000 return i)"))), {
    limits: { steps: 1000, depth: 10 },
  });
  const { value, messages } = model.decide("a", {});
  assert.equal(value, null);
  assert.equal(messages.at(-1)?.code, "rules-budget-exhausted");
});

test("a slip of the pen is told when the model is loaded, and spoils only its own expression", () => {
  const model = loaded(
    definitions(decision("a", literal("1 +")) + decision("b", literal("2")) + decision("c", literal("c + 1"))),
  );
  assert.deepEqual(model.faults, [
    { element: "a", text: "an expression is expected", source: "1 +", position: 3 },
    { element: "c", text: "nothing here is called c", source: "c + 1", position: 0 },
  ]);
  assert.equal(model.decide("b", {}).value, "2");
});

test("messages carry no values of persons", () => {
  const { messages } = loaded(table("UNIQUE", [["&lt; 10", "x + null"]])).decide("a", { x: 7 });
  assert.ok(messages.length > 0);
  assert.doesNotMatch(JSON.stringify(messages), /\b7\b/);
});
