import assert from "node:assert/strict";
import { test } from "node:test";
import { literalText } from "./feel/text.ts";
import type { FeelValue } from "./feel/value.ts";
import { loadModel } from "./load-model.ts";

/** Models for tests, put together from their parts, and a way to ask many of them in a table. */
const dmn = "https://www.omg.org/spec/DMN/20230324/MODEL/";

function typed(type: string): string {
  return type === "" ? "" : ` typeRef="${type}"`;
}

/** A literal expression of FEEL text. */
export function lit(text: string, type: string = ""): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<literalExpression${typed(type)}><text>${escaped}</text></literalExpression>`;
}
export function variable(name: string, type: string = ""): string {
  return `<variable name="${name}"${typed(type)}/>`;
}
export function input(name: string, type: string = ""): string {
  return `<inputData id="${name}" name="${name}">${variable(name, type)}</inputData>`;
}

function href(name: string): string {
  return name.includes("#") ? name : `#${name}`;
}
/** Requirements of decisions, by id or `namespace#id`. */
export function needs(...names: readonly string[]): string {
  return names
    .map((name) => `<informationRequirement><requiredDecision href="${href(name)}"/></informationRequirement>`)
    .join("");
}
/** Requirements of input data. */
export function asks(...names: readonly string[]): string {
  return names
    .map((name) => `<informationRequirement><requiredInput href="${href(name)}"/></informationRequirement>`)
    .join("");
}
/** Requirements of knowledge models and decision services. */
export function knows(...names: readonly string[]): string {
  return names
    .map((name) => `<knowledgeRequirement><requiredKnowledge href="${href(name)}"/></knowledgeRequirement>`)
    .join("");
}

export function decision(name: string, logic: string, given: { type?: string; uses?: string } = {}): string {
  const { type = "", uses = "" } = given;
  return `<decision id="${name}" name="${name}">${variable(name, type)}${uses}${logic}</decision>`;
}
export function parameter(name: string, type: string = ""): string {
  return `<formalParameter name="${name}"${typed(type)}/>`;
}
export function knowledge(
  name: string,
  body: string,
  given: { type?: string; parameters?: string; uses?: string; kind?: string } = {},
): string {
  const { type = "", parameters = "", uses = "", kind = "FEEL" } = given;
  const logic = `<encapsulatedLogic kind="${kind}">${parameters}${body}</encapsulatedLogic>`;
  return `<businessKnowledgeModel id="${name}" name="${name}">${variable(name, type)}${uses}${logic}</businessKnowledgeModel>`;
}
export function service(name: string, inside: string, type: string = ""): string {
  return `<decisionService id="${name}" name="${name}">${variable(name, type)}${inside}</decisionService>`;
}
/** An entry of a boxed context; without a name it is the result. */
export function entry(name: string, value: string, type: string = ""): string {
  return `<contextEntry>${name && variable(name, type)}${value}</contextEntry>`;
}
export function item(name: string, inside: string, collection: boolean = false): string {
  return `<itemDefinition name="${name}" isCollection="${collection}">${inside}</itemDefinition>`;
}
export function imported(name: string, namespace: string): string {
  return `<import name="${name}" namespace="${namespace}" importType="${dmn}"/>`;
}
/** The whole file. */
export function file(body: string, namespace: string = "test"): string {
  return `<definitions xmlns="${dmn}" name="m" namespace="${namespace}">${body}</definitions>`;
}

export interface ModelCase {
  readonly name: string;
  readonly xml: string;
  readonly imports?: readonly string[];
  readonly inputs?: Readonly<Record<string, FeelValue>>;
  /** The decision, service or knowledge model asked for; `d` unless told. */
  readonly ask?: string;
  readonly expected: string;
  /** Codes of the reports. */
  readonly told?: readonly string[];
}

/** One test for each case. */
export function runModels(cases: readonly ModelCase[]): void {
  for (const { name, xml, imports = [], inputs = {}, ask = "d", expected, told } of cases) {
    test(name, () => {
      const model = loadModel(xml, { imports });
      assert.ok(model.ok, JSON.stringify(model));
      const { value, messages } = model.value.evaluate(ask, new Map(Object.entries(inputs)));
      assert.equal(literalText(value), expected, JSON.stringify(messages));
      if (told)
        assert.deepEqual(
          messages.map(({ code }) => code),
          told,
        );
    });
  }
}
