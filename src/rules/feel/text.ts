import { Exhausted } from "./run.ts";
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
  return write(value, { steps: 1_000_000 });
}

/** Counts, since parts may be shared so often that writing each place would not end. */
function write(value: FeelValue, left: { steps: number }): string {
  if ((left.steps -= 1 + (typeof value === "string" ? value.length >> 2 : 0)) < 0)
    throw new Exhausted("a value is too large to write");
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return String(value);
  if (isNumber(value)) return value.toFixed();
  if (isList(value)) return `[${value.map((item) => write(item, left)).join(", ")}]`;
  if (isContext(value)) {
    const key = (name: string) => (/^[\p{L}_][\p{L}\p{N}_ ]*$/u.test(name) ? name : quoted(name));
    return `{${[...value].map(([name, item]) => `${key(name)}: ${write(item, left)}`).join(", ")}}`;
  }
  if (value.kind === "range") {
    const [low, high] = [write(value.low, left), write(value.high, left)];
    // an end that is missing was never written; one that is null otherwise is not known
    if (value.form !== undefined && value.low === null) return `${value.highClosed ? "<=" : "<"} ${high}`;
    if (value.form !== undefined && value.high === null) return `${value.lowClosed ? ">=" : ">"} ${low}`;
    if (value.form === "!=") return `!= ${low}`;
    return `${value.lowClosed ? "[" : "("}${low}..${high}${value.highClosed ? "]" : ")"}`;
  }
  if (value.kind === "function") return `function(${value.parameters.map(({ name }) => name).join(", ")})`;
  return temporalText(value);
}
