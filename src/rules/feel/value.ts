import { Decimal } from "decimal.js";
import type { FeelDate, FeelDateTime, FeelTime, DaysDuration, MonthsDuration } from "./temporal.ts";
import type { FeelType } from "./type.ts";
import type { Run } from "./run.ts";

/**
 * FEEL numbers: IEEE 754-2008 decimal128 as DMN 1.5 section 10.3.2.3.1 asks. 34 significant digits, half to even after every operation,
 * printed in plain notation. Never a double: `0.1 + 0.2 = 0.3` holds.
 */
export const FeelNumber: typeof Decimal = Decimal.clone({
  precision: 34,
  rounding: Decimal.ROUND_HALF_EVEN,
  minE: -6176,
  maxE: 6144,
  toExpNeg: -9e15,
  toExpPos: 9e15,
});

export interface FeelRange {
  readonly kind: "range";
  readonly low: FeelValue;
  readonly high: FeelValue;
  readonly lowClosed: boolean;
  readonly highClosed: boolean;
  /** Set for ranges written as a comparison (`< 5`), whose missing end is unbounded; an end that is null otherwise is unknown. */
  readonly form?: "=" | "!=" | "<" | "<=" | ">" | ">=";
}

export interface FeelParameter {
  readonly name: string;
  readonly type?: FeelType;
}

export interface FeelFunction {
  readonly kind: "function";
  readonly name: string;
  readonly parameters: readonly FeelParameter[];
  readonly result?: FeelType;
  /** Positional call; reports and answers null for what it cannot do. */
  call(args: readonly FeelValue[], run: Run): FeelValue;
  /** Named call; absent where the parameters above say it all. */
  callNamed?(args: ReadonlyMap<string, FeelValue>, run: Run): FeelValue;
}

export type FeelList = readonly FeelValue[];
export type FeelContext = ReadonlyMap<string, FeelValue>;

/** Any value an expression can have. Contexts are maps (order kept), lists are arrays, the rest carries its `kind`. */
export type FeelValue =
  | null
  | boolean
  | string
  | Decimal
  | FeelList
  | FeelContext
  | FeelDate
  | FeelTime
  | FeelDateTime
  | DaysDuration
  | MonthsDuration
  | FeelRange
  | FeelFunction;

export type FeelKind =
  | "null"
  | "boolean"
  | "string"
  | "number"
  | "list"
  | "context"
  | "date"
  | "time"
  | "date and time"
  | "days and time duration"
  | "years and months duration"
  | "range"
  | "function";

export function isNumber(value: FeelValue): value is Decimal {
  return value instanceof Decimal;
}
export function isList(value: FeelValue): value is FeelList {
  return Array.isArray(value);
}
export function isContext(value: FeelValue): value is FeelContext {
  return value instanceof Map;
}

export function kindOf(value: FeelValue): FeelKind {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (isNumber(value)) return "number";
  if (isList(value)) return "list";
  if (isContext(value)) return "context";
  return value.kind;
}

/** Rounds to 34 digits; `null` where decimal128 has no such number (division by zero, overflow, root of a negative). */
export function finite(value: Decimal): Decimal | null {
  return value.isFinite() ? value : null;
}

/** Reads a number as FEEL writes it, with sign, fraction and exponent; `undefined` for anything else. */
export function parseNumber(text: string): Decimal | undefined {
  if (text.length > 8192 || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,6})?$/.test(text)) return undefined;
  const value = new FeelNumber(text).toSignificantDigits(34);
  return value.isFinite() ? value : undefined;
}

/** The value as a JavaScript integer when it is one and safe, else `undefined`. */
export function asInteger(value: FeelValue): number | undefined {
  if (!isNumber(value) || !value.isInteger()) return undefined;
  const plain = value.toNumber();
  return Number.isSafeInteger(plain) ? plain : undefined;
}

/** A small constant as a FEEL number. */
export function number(value: number | bigint | string): Decimal {
  return new FeelNumber(value.toString());
}
