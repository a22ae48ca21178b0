import { parseDate, parseDateTime, parseDuration, parseTime } from "./feel/temporal.ts";
import { isContext, isList, isNumber, kindOf, parseNumber, type FeelValue } from "./feel/value.ts";
import { equal } from "./feel/operate.ts";
import { literalText } from "./feel/text.ts";
import type { DecisionModel } from "./load-model.ts";
import type { Element } from "./xml-tree.ts";

/**
 * Cases of the DMN Technology Compatibility Kit (github.com/dmn-tck/tck), read as their publisher writes them; for tests and tools only.
 */
export interface TckCase {
  readonly id: string;
  /** The decision service to run, where it is one. */
  readonly service: string | undefined;
  readonly inputs: ReadonlyMap<string, FeelValue>;
  readonly results: readonly { readonly name: string; readonly expected: FeelValue; readonly error: boolean }[];
}

function only(element: Element, name: string): readonly Element[] {
  return element.children.filter((one) => one.name === name);
}

export function readCases(root: Element): TckCase[] {
  return only(root, "testCase").map((element) => ({
    id: element.attributes.get("id") ?? "",
    service: element.attributes.get("type") === "decisionService" ? element.attributes.get("invocableName") : undefined,
    inputs: new Map(
      only(element, "inputNode").map((node) => {
        const namespace = node.attributes.get("namespace");
        const name = node.attributes.get("name") ?? "";
        return [namespace === undefined ? name : `${namespace}#${name}`, readValue(node)];
      }),
    ),
    results: only(element, "resultNode").map((node) => {
      const expected = only(node, "expected")[0];
      return {
        name: node.attributes.get("name") ?? "",
        expected: expected ? readValue(expected) : null,
        error: node.attributes.get("errorResult") === "true",
      };
    }),
  }));
}

/** value := value | component* | list, inside `node`. */
function readValue(node: Element): FeelValue {
  const list = only(node, "list")[0];
  if (list) return list.attributes.get("xsi:nil") === "true" ? null : only(list, "item").map(readValue);
  const components = only(node, "component");
  if (components.length > 0)
    return new Map(components.map((one) => [one.attributes.get("name") ?? "", readValue(one)]));
  const value = only(node, "value")[0];
  if (!value || value.attributes.get("xsi:nil") === "true") return null;
  const type = (value.attributes.get("xsi:type") ?? "string").replace(/^.*:/, "");
  const text = value.text;
  switch (type) {
    case "boolean":
      return text.trim() === "true";
    case "decimal":
    case "double":
    case "integer":
      return parseNumber(text.trim()) ?? null;
    case "date":
      return parseDate(text.trim()) ?? null;
    case "time":
      return parseTime(text.trim()) ?? null;
    case "dateTime":
      return parseDateTime(text.trim()) ?? null;
    case "duration":
      return parseDuration(text.trim()) ?? null;
    default:
      return text;
  }
}

/** Expectations are rounded to between 8 and 15 digits, so numbers are compared with a tolerance; the rest exactly, zones included. */
export function sameResult(actual: FeelValue, expected: FeelValue): boolean {
  if (isNumber(actual) && isNumber(expected)) {
    const scale = expected.abs().greaterThan(1) ? expected.abs() : parseNumber("1")!;
    return actual.minus(expected).abs().lessThanOrEqualTo(scale.times("1e-8"));
  }
  if (isList(actual) && isList(expected)) {
    return actual.length === expected.length && actual.every((item, index) => sameResult(item, expected[index]!));
  }
  if (isContext(actual) && isContext(expected)) {
    return (
      actual.size === expected.size &&
      [...expected].every(([key, item]) => actual.has(key) && sameResult(actual.get(key)!, item))
    );
  }
  if (kindOf(actual).includes("time") && !kindOf(actual).includes("duration")) {
    return (
      literalText(actual) === literalText(expected) ||
      (kindOf(actual) === kindOf(expected) && equal(actual, expected) === true && zone(actual) === zone(expected))
    );
  }
  return equal(actual, expected) === true;
}

function zone(value: FeelValue): string {
  return /(?:Z|[+-]\d\d:\d\d|@.*)?$/.exec(literalText(value))![0];
}

/** Runs one case; undefined when it passes, else what went wrong. */
export function runCase(model: DecisionModel, one: TckCase): string | undefined {
  for (const { name, expected, error } of one.results) {
    const { value: whole, messages } = model.evaluate(one.service ?? name, one.inputs, { now: "2026-01-01T00:00:00Z" });
    // a service of several outputs gives a context of them, a case names one at a time
    const several = one.service !== undefined && one.results.length > 1 && whole !== null && isContext(whole);
    const value = several ? (whole.get(name) ?? null) : whole;
    if (!sameResult(value, expected)) {
      const said = messages.map(({ code, text }) => `${code}: ${text}`).join("; ");
      return `${name}: expected ${literalText(expected)}, got ${literalText(value)} (${said})`;
    }
    if (error && messages.length === 0) return `${name}: null without a report`;
  }
  return undefined;
}
