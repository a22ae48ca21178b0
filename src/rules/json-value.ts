import type { JsonValue } from "#kernel";
import { Decimal } from "decimal.js";
import { Exhausted, type Run } from "./feel/run.ts";
import { literalText } from "./feel/text.ts";
import { parseDate, parseDateTime, parseDuration, parseTime, temporalText } from "./feel/temporal.ts";
import { resolved, type FeelType } from "./feel/type.ts";
import {
  finite,
  FeelNumber,
  isContext,
  isList,
  isNumber,
  kindOf,
  parseNumber,
  type FeelKind,
  type FeelValue,
} from "./feel/value.ts";

/**
 * What a caller may give for an input. Texts become numbers, dates, times and durations where the input's type says so; contexts are plain
 * objects. Amounts should be integers, decimal texts or `Decimal`, since a JavaScript fraction has lost its exactness before it comes here.
 */
export type FeelInput =
  | null
  | boolean
  | number
  | string
  | Decimal
  | readonly FeelInput[]
  | { readonly [key: string]: FeelInput | undefined };

/** JSON to FEEL by the declared type; what does not fit stays as it is, for the type check to refuse. */
export function fromInput(input: FeelInput, type: FeelType | undefined, run: Run): FeelValue {
  run.spend();
  if (input === null || typeof input === "boolean") return input;
  if (typeof input === "number") return finite(new FeelNumber(String(input)));
  if (input instanceof Decimal) return finite(new FeelNumber(input).toSignificantDigits(34));
  const wanted = plain(type);
  if (typeof input === "string") return fromText(input, wanted);
  if (Array.isArray(input)) {
    const item = wanted?.kind === "list" ? wanted.item : undefined;
    return (input as readonly FeelInput[]).map((one) => fromInput(one, item, run));
  }
  const members = wanted?.kind === "context" ? wanted.members : undefined;
  return new Map(
    Object.entries(input as Readonly<Record<string, FeelInput | undefined>>)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, fromInput(value!, members?.get(key), run)]),
  );
}

function plain(type: FeelType | undefined): FeelType | undefined {
  let at = type && resolved(type);
  while (at?.kind === "constrained") at = resolved(at.base);
  return at;
}

const readers: Readonly<Partial<Record<FeelKind, (text: string) => FeelValue | undefined>>> = {
  number: parseNumber,
  date: parseDate,
  time: parseTime,
  "date and time": parseDateTime,
  "days and time duration": parseDuration,
  "years and months duration": parseDuration,
};

function fromText(text: string, type: FeelType | undefined): FeelValue {
  return (type?.kind === "simple" ? readers[type.of]?.(text) : undefined) ?? text;
}

/**
 * FEEL to JSON. Numbers become decimal texts (`"600"`, `"0.75"`), because JSON's own are doubles for most readers; dates, times and
 * durations their ISO texts, ranges and functions the text FEEL would write.
 */
export function toJson(value: FeelValue, left: { steps: number } = { steps: 1_000_000 }): JsonValue {
  if ((left.steps -= 1) < 0) throw new Exhausted("a value is too large to write");
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (isNumber(value)) return value.toFixed();
  if (isList(value)) return value.map((item) => toJson(item, left));
  if (isContext(value)) return Object.fromEntries([...value].map(([key, item]) => [key, toJson(item, left)]));
  if (kindOf(value) === "range" || kindOf(value) === "function") return literalText(value);
  return temporalText(value as Parameters<typeof temporalText>[0]);
}
