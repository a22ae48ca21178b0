import { temporalText } from "./temporal.ts";
import { isContext, isList, isNumber, type FeelValue } from "./value.ts";

/** `string(from)`: plain numbers, ISO dates with their zones, and FEEL literals inside lists and contexts. */
export function feelText(value: FeelValue): string {
  return typeof value === "string" ? value : literalText(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** The value as FEEL would write it. */
export function literalText(value: FeelValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return String(value);
  if (isNumber(value)) return value.toFixed();
  if (isList(value)) return `[${value.map(literalText).join(", ")}]`;
  if (isContext(value)) {
    const key = (name: string) => (/^[\p{L}_][\p{L}\p{N}_ ]*$/u.test(name) ? name : quoted(name));
    return `{${[...value].map(([name, item]) => `${key(name)}: ${literalText(item)}`).join(", ")}}`;
  }
  if (value.kind === "range") {
    const end = (item: FeelValue) => (item === null ? "" : literalText(item));
    if (value.low === null && value.high !== null) return `${value.highClosed ? "<=" : "<"} ${end(value.high)}`;
    if (value.high === null && value.low !== null) return `${value.lowClosed ? ">=" : ">"} ${end(value.low)}`;
    return `${value.lowClosed ? "[" : "("}${end(value.low)}..${end(value.high)}${value.highClosed ? "]" : ")"}`;
  }
  if (value.kind === "function") return `function(${value.parameters.map(({ name }) => name).join(", ")})`;
  return temporalText(value);
}
