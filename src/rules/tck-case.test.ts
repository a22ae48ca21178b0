import assert from "node:assert/strict";
import { test } from "node:test";
import { literalText } from "./feel/text.ts";
import { loadModel } from "./load-model.ts";
import { readTckFile, type TckFile } from "./tck-case.ts";
import { runCase } from "./tck.ts";
import { asks, decision, file, input, knowledge, lit, needs, parameter, service } from "./testing.ts";
import { readXml } from "./xml-tree.ts";

/** A test file with prefixes of its own for everything that has a namespace. */
function cases(body: string): TckFile {
  const xml = readXml(
    `<k:testCases xmlns:k="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="http://www.w3.org/2001/XMLSchema"><k:modelName>m.dmn</k:modelName>${body}</k:testCases>`,
  );
  assert.ok(xml.ok);
  return readTckFile(xml.value);
}

const value = (type: string, text: string) => `<k:value i:type="x:${type}">${text}</k:value>`;
const expected = (inside: string) => `<k:expected>${inside}</k:expected>`;

test("values of every kind, whatever the prefixes are", () => {
  const kinds: readonly [string, string][] = [
    [value("decimal", " 1.50 "), "1.5"],
    [value("double", "1e3"), "1000"],
    [value("int", "7"), "7"],
    [value("boolean", "1"), "true"],
    [value("string", ""), '""'],
    [value("date", "2024-02-29"), "2024-02-29"],
    [value("dateTime", "2024-02-29T10:00:00Z"), "2024-02-29T10:00:00Z"],
    [value("duration", "P1Y2M"), "P1Y2M"],
    [value("dayTimeDuration", "PT1H"), "PT1H"],
    ["<k:value>plain</k:value>", '"plain"'],
    ['<k:value i:nil="true"/>', "null"],
    ['<k:value i:nil="1">1</k:value>', "null"],
    ['<k:list i:nil="true"/>', "null"],
    ["<k:list/>", "[]"],
    [`<k:list><k:item>${value("decimal", "1")}</k:item><k:item><k:list/></k:item></k:list>`, "[1, []]"],
    [`<k:component name="a">${value("decimal", "1")}</k:component><k:component name="b"/>`, "{a: 1, b: null}"],
  ];
  for (const [inside, text] of kinds) {
    const { cases: read } = cases(
      `<k:testCase id="1"><k:resultNode name="d">${expected(inside)}</k:resultNode></k:testCase>`,
    );
    assert.equal(literalText(read[0]!.results[0]!.expected), text, inside);
  }
});

const model = loadModel(
  file(
    input("x", "number") +
      decision("a", lit("x + 1"), { uses: asks("x") }) +
      decision("b", lit("a * 2"), { uses: needs("a") }) +
      decision("c", lit("{a: x}"), { uses: asks("x") }) +
      knowledge("f", lit("n - m"), { parameters: parameter("n") + parameter("m") }) +
      service("two", `<outputDecision href="#a"/><outputDecision href="#b"/><inputData href="#x"/>`) +
      service("one", `<outputDecision href="#c"/><inputData href="#x"/>`),
  ),
);

function outcome(body: string): string | undefined {
  assert.ok(model.ok);
  return runCase(model.value, cases(body).cases[0]!);
}

const given = (name: string, number: string, more = "") =>
  `<k:inputNode name="${name}"${more}>${value("decimal", number)}</k:inputNode>`;
const result = (name: string, inside: string, more = "") =>
  `<k:resultNode name="${name}"${more}>${expected(inside)}</k:resultNode>`;

test("decisions, knowledge models and decision services are run by what the case says", () => {
  const right: readonly string[] = [
    `<k:testCase id="1">${given("x", "1")}${result("b", value("decimal", "4"))}</k:testCase>`,
    `<k:testCase id="1" namespace="test">${given("x", "1", ' namespace="test"')}${result("b", value("decimal", "4"))}</k:testCase>`,
    `<k:testCase id="1">${given("a", "5")}${result("b", value("decimal", "10"))}</k:testCase>`,
    `<k:testCase id="1" type="bkm" invocableName="f">${given("m", "1")}${given("n", "3")}${result("f", value("decimal", "2"))}</k:testCase>`,
    `<k:testCase id="1" type="bkm" invocableName="f">${given("n", "3")}${result("f", "", ' errorResult="true"')}</k:testCase>`,
    `<k:testCase id="1" type="decisionService" invocableName="two">${given("x", "1")}${result("a", value("decimal", "2"))}${result("b", value("decimal", "4"))}</k:testCase>`,
    `<k:testCase id="1" type="decisionService" invocableName="two">${given("x", "1")}${result("b", value("decimal", "4"))}</k:testCase>`,
    `<k:testCase id="1" type="decisionService" invocableName="one">${given("x", "1")}${result("c", `<k:component name="a">${value("decimal", "1")}</k:component>`)}</k:testCase>`,
  ];
  for (const body of right) assert.equal(outcome(body), undefined, body);
});

test("a wrong answer, a wrong kind and a null that nobody explained fail", () => {
  const wrong: readonly string[] = [
    `<k:testCase id="1">${given("x", "1")}${result("b", value("decimal", "5"))}</k:testCase>`,
    `<k:testCase id="1">${given("x", "1")}${result("b", value("string", "4"))}</k:testCase>`,
    `<k:testCase id="1">${given("x", "1")}${result("a", value("decimal", "2"))}${result("b", value("decimal", "5"))}</k:testCase>`,
    `<k:testCase id="1">${given("x", "1")}${result("c", `<k:component name="a">${value("decimal", "1")}</k:component><k:component name="b"/>`)}</k:testCase>`,
    `<k:testCase id="1" namespace="other">${given("x", "1")}${result("b", value("decimal", "4"))}</k:testCase>`,
  ];
  for (const body of wrong) assert.notEqual(outcome(body), undefined, body);
  const silent = loadModel(file(decision("d", lit("null"))));
  assert.ok(silent.ok);
  const { cases: read } = cases(`<k:testCase id="1">${result("d", "", ' errorResult="1"')}</k:testCase>`);
  assert.equal(runCase(silent.value, read[0]!), "d: null without a report");
});
