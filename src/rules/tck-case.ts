import { parseDate, parseDateTime, parseDuration, parseTime } from "./feel/temporal.ts";
import { parseNumber, type FeelValue } from "./feel/value.ts";
import { normaliseName } from "./feel/names.ts";
import type { Element } from "./xml-tree.ts";

/**
 * Test files of the DMN Technology Compatibility Kit (github.com/dmn-tck/tck, `testCases.xsd`), read as their publisher writes them; for
 * tests and tools only.
 */
export interface TckFile {
  /** File name of the model under test, beside the test file. */
  readonly model: string;
  readonly cases: readonly TckCase[];
}

export interface TckCase {
  readonly id: string;
  /** What is called: the decisions named by the results, or one business knowledge model or decision service. */
  readonly type: "decision" | "bkm" | "decisionService";
  /** Name of what is called, for the latter two. */
  readonly invocable: string | undefined;
  /** Inputs by `name`, or `namespace#name` where the file gives a namespace. */
  readonly inputs: ReadonlyMap<string, FeelValue>;
  readonly results: readonly TckResult[];
}

export interface TckResult {
  readonly name: string;
  /** `name`, or `namespace#name`. */
  readonly address: string;
  readonly expected: FeelValue;
  /** The expected null must come with a report. */
  readonly error: boolean;
}

function only(element: Element, name: string): readonly Element[] {
  return element.children.filter((one) => one.name === name && one.namespace === element.namespace);
}

function attribute(element: Element, name: string): string | undefined {
  return element.attributes.get(name);
}

/** XML Schema's booleans are `true`, `1`, `false` and `0`. */
function flag(element: Element, name: string): boolean {
  return ["true", "1"].includes(attribute(element, name)?.trim() ?? "");
}

function address(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}#${name}` : name;
}

export function readTckFile(root: Element): TckFile {
  const home = attribute(root, "namespace");
  return {
    model: only(root, "modelName")[0]?.text.trim() ?? "",
    cases: only(root, "testCase").map((element) => readCase(element, attribute(element, "namespace") ?? home)),
  };
}

function readCase(element: Element, namespace: string | undefined): TckCase {
  const results = only(element, "resultNode").map((node): TckResult => {
    const expected = only(node, "expected")[0];
    const name = normaliseName(attribute(node, "name") ?? "");
    return {
      name,
      address: address(attribute(node, "namespace") ?? namespace, name),
      expected: expected ? readValue(expected) : null,
      error: flag(node, "errorResult"),
    };
  });
  const invocable = attribute(element, "invocableName");
  // the type may stand at the case or, as older files have it, at the result
  const type = attribute(element, "type") ?? attribute(only(element, "resultNode")[0] ?? element, "type") ?? "decision";
  return {
    id: attribute(element, "id") ?? attribute(element, "name") ?? "",
    type: type === "bkm" || type === "decisionService" ? type : "decision",
    invocable: type === "decision" ? undefined : address(namespace, normaliseName(invocable ?? results[0]?.name ?? "")),
    inputs: new Map(
      only(element, "inputNode").map((node) => [
        address(attribute(node, "namespace"), attribute(node, "name") ?? ""),
        readValue(node),
      ]),
    ),
    results,
  };
}

/** value := value | component* | list, inside `node`. */
function readValue(node: Element): FeelValue {
  const isNull = (element: Element) => flag(element, "xsi:nil");
  if (isNull(node)) return null;
  const list = only(node, "list")[0];
  if (list) return isNull(list) ? null : only(list, "item").map(readValue);
  const components = only(node, "component");
  if (components.length > 0) return new Map(components.map((one) => [attribute(one, "name") ?? "", readValue(one)]));
  const value = only(node, "value")[0];
  if (!value || isNull(value)) return null;
  const type = (attribute(value, "xsi:type") ?? "#string").replace(/^.*#/, "");
  return Object.hasOwn(readers, type) ? (readers[type]!(value.text.trim()) ?? null) : value.text;
}

const readers: Readonly<Record<string, (text: string) => FeelValue | undefined>> = {
  boolean: (text) => text === "true" || text === "1",
  date: parseDate,
  time: parseTime,
  dateTime: parseDateTime,
  ...Object.fromEntries(
    ["duration", "dayTimeDuration", "yearMonthDuration"].map((name) => [name, parseDuration] as const),
  ),
  ...Object.fromEntries(
    ["decimal", "double", "float", "integer", "int", "long", "short"].map((name) => [name, parseNumber] as const),
  ),
};
