import type { Decimal } from "decimal.js";
import { calculate, compareNumbers, type Arithmetic } from "./number.ts";
import { Exhausted, type Run } from "./run.ts";
import {
  atMidnight,
  dateTimeOfLocalNanos,
  dayNanos,
  daysDuration,
  epochDay,
  instant,
  localNanos,
  monthsDuration,
  nanosPerDay,
  nanosPerSecond,
  offsetOf,
  plusElapsed,
  plusMonths,
  timeOfDayNanos,
  type DaysDuration,
  type FeelDateTime,
  type FeelTime,
  type MonthsDuration,
} from "./temporal.ts";
import {
  finite,
  isContext,
  isList,
  isNumber,
  kindOf,
  number,
  FeelNumber,
  type FeelRange,
  type FeelValue,
} from "./value.ts";

/** Nanoseconds of a time from midnight UTC, or local midnight when it has no zone. A zone's offset is that of 1970. */
function timeNanos(time: FeelTime): { nanos: bigint; zoned: boolean } {
  const offset = offsetOf({ kind: "date and time", date: { kind: "date", year: 1970, month: 1, day: 1 }, time });
  return { nanos: dayNanos(time) - BigInt(offset ?? 0) * nanosPerSecond, zoned: offset !== undefined };
}

function dateTimeNanos(value: FeelDateTime): { nanos: bigint; zoned: boolean } {
  const at = instant(value);
  return { nanos: at ?? localNanos(value), zoned: at !== undefined };
}

/**
 * Orders two values of one ordered kind: below 0, 0, above 0; `undefined` where FEEL has no order between them: different kinds,
 * null, a local against a zoned time.
 */
export function order(a: FeelValue, b: FeelValue): number | undefined {
  if (isNumber(a)) return isNumber(b) ? compareNumbers(a, b) : undefined;
  if (typeof a === "string") return typeof b === "string" ? orderText(a, b) : undefined;
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return undefined;
  const sign = (x: bigint | number, y: bigint | number) => (x < y ? -1 : x > y ? 1 : 0);
  switch (kind) {
    case "date":
      return sign(epochDay(a as never), epochDay(b as never));
    case "time":
    case "date and time": {
      const left = kind === "time" ? timeNanos(a as never) : dateTimeNanos(a as never);
      const right = kind === "time" ? timeNanos(b as never) : dateTimeNanos(b as never);
      return left.zoned === right.zoned ? sign(left.nanos, right.nanos) : undefined;
    }
    case "days and time duration":
      return sign((a as DaysDuration).nanos, (b as DaysDuration).nanos);
    case "years and months duration":
      return sign((a as MonthsDuration).months, (b as MonthsDuration).months);
    default:
      return undefined;
  }
}

/** By code points, so that characters beyond the BMP come after all others. */
function orderText(a: string, b: string): number {
  if (a === b) return 0;
  const left = Array.from(a);
  const right = Array.from(b);
  const index = left.findIndex((character, at) => character !== right[at]);
  if (index < 0) return left.length === right.length ? 0 : -1;
  if (index >= right.length) return 1;
  return left[index]!.codePointAt(0)! < right[index]!.codePointAt(0)! ? -1 : 1;
}

/** `=` (DMN 1.5 table 42): null where the kinds differ, except against null itself. */
export function equal(a: FeelValue, b: FeelValue, left: { steps: number } = { steps: 1_000_000 }): boolean | null {
  if (typeof a === "string" && typeof b === "string") return a === b;
  if (a === null || b === null) return a === b;
  if (kindOf(a) !== kindOf(b)) return null;
  if (typeof a === "boolean") return a === b;
  // parts may be shared so often that comparing each place would not end
  if ((left.steps -= 1) < 0) throw new Exhausted("values are too large to compare");
  if (isList(a) && isList(b)) {
    if (a.length !== b.length) return false;
    return a.every((item, index) => equal(item, b[index]!, left) === true);
  }
  if (isContext(a) && isContext(b)) {
    if (a.size !== b.size) return false;
    return [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key)!, left) === true);
  }
  if (kindOf(a) === "range") {
    const left = a as FeelRange;
    const right = b as FeelRange;
    return (
      equal(left.low, right.low) === true &&
      equal(left.high, right.high) === true &&
      left.lowClosed === right.lowClosed &&
      left.highClosed === right.highClosed &&
      left.form === right.form
    );
  }
  if (kindOf(a) === "function") return a === b;
  const way = order(wholeSeconds(a), wholeSeconds(b));
  return way === undefined ? false : way === 0;
}

/** The value space of times ends at the second for `=`, so fractions do not make a difference there (TCK 0068, time_005). */
function wholeSeconds(value: FeelValue): FeelValue {
  if (kindOf(value) === "time") return { ...(value as FeelTime), nano: 0 };
  if (kindOf(value) !== "date and time") return value;
  const { time } = value as FeelDateTime;
  return time.nano === 0 ? value : { ...(value as FeelDateTime), time: { ...time, nano: 0 } };
}

/** Whether a value lies in a range; null where the ends and the value have no order. */
export function within(value: FeelValue, range: FeelRange): boolean | null {
  if (value === null || (range.form === undefined && (range.low === null || range.high === null))) return null;
  if (range.form === "!=") {
    const same = equal(value, range.low);
    return same === null ? null : !same;
  }
  let inside = true;
  if (range.low !== null) {
    const way = order(range.low, value);
    if (way === undefined) return null;
    inside &&= range.lowClosed ? way <= 0 : way < 0;
  }
  if (range.high !== null) {
    const way = order(value, range.high);
    if (way === undefined) return null;
    inside &&= range.highClosed ? way <= 0 : way < 0;
  }
  return inside;
}

/** Arithmetic over all kinds (DMN 1.5 tables 44–47); `undefined` where the operator has no meaning for these operands. */
export function arithmetic(operator: Arithmetic, a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isNumber(a) && isNumber(b)) return finite(calculate(operator, a, b)) ?? undefined;
  if (operator === "+") return add(a, b) ?? add(b, a);
  if (operator === "-") return subtract(a, b);
  if (operator === "*") return scale(a, b) ?? scale(b, a);
  if (operator === "/") return divide(a, b);
  return undefined;
}

function add(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (typeof a === "string") return typeof b === "string" ? a + b : undefined;
  const kind = kindOf(a);
  if (kindOf(b) === "days and time duration") return plusNanos(a, (b as DaysDuration).nanos);
  if (kindOf(b) !== "years and months duration") return undefined;
  const { months } = b as MonthsDuration;
  if (kind === "years and months duration") return monthsDuration((a as MonthsDuration).months + months);
  if (kind === "date") return plusMonths(a as never, months);
  if (kind !== "date and time") return undefined;
  const value = a as FeelDateTime;
  const date = plusMonths(value.date, months);
  return date && { ...value, date };
}

function plusNanos(a: FeelValue, nanos: bigint): FeelValue | undefined {
  switch (kindOf(a)) {
    case "days and time duration":
      return daysDuration((a as DaysDuration).nanos + nanos);
    case "date":
      return dateTimeOfLocalNanos(localNanos(atMidnight(a as never)) + nanos, undefined)?.date;
    case "date and time": {
      const value = a as FeelDateTime;
      return plusElapsed(value, nanos);
    }
    case "time": {
      const time = a as FeelTime;
      const moved = (dayNanos(time) + nanos) % nanosPerDay;
      return timeOfDayNanos(moved < 0n ? moved + nanosPerDay : moved, time.zone);
    }
    default:
      return undefined;
  }
}

function subtract(a: FeelValue, b: FeelValue): FeelValue | undefined {
  const left = kindOf(a);
  const right = kindOf(b);
  if (right === "days and time duration" || right === "years and months duration")
    return add(a, negate(b) as FeelValue);
  if (left === "time" && right === "time") {
    const [x, y] = [timeNanos(a as never), timeNanos(b as never)];
    return x.zoned === y.zoned ? daysDuration(x.nanos - y.nanos) : undefined;
  }
  const asDateTime = (value: FeelValue, kind: string): FeelDateTime | undefined => {
    if (kind === "date and time") return value as FeelDateTime;
    return kind === "date" ? atMidnight(value as never, { offset: 0 }) : undefined;
  };
  const from = asDateTime(a, left);
  const to = asDateTime(b, right);
  if (!from || !to) return undefined;
  const [x, y] = [dateTimeNanos(from), dateTimeNanos(to)];
  return x.zoned === y.zoned ? daysDuration(x.nanos - y.nanos) : undefined;
}

/** Unary minus; `undefined` for what has no opposite. */
export function negate(value: FeelValue): FeelValue | undefined {
  if (isNumber(value)) return value.negated();
  if (kindOf(value) === "days and time duration") return daysDuration(-(value as DaysDuration).nanos);
  if (kindOf(value) === "years and months duration") return monthsDuration(0 - (value as MonthsDuration).months);
  return undefined;
}

function truncated(value: Decimal): FeelValue | undefined {
  return value.isFinite() ? daysDuration(BigInt(value.trunc().toFixed())) : undefined;
}

/** Nanoseconds may need more than 34 digits on the way. */
const Wide = FeelNumber.clone({ precision: 80 });

function scale(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (!isNumber(b)) return undefined;
  if (kindOf(a) === "days and time duration") return truncated(new Wide((a as DaysDuration).nanos.toString()).times(b));
  if (kindOf(a) !== "years and months duration") return undefined;
  return monthsDuration(new Wide((a as MonthsDuration).months).times(b).trunc().toNumber());
}

function divide(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isNumber(b)) return b.isZero() ? undefined : scale(a, new Wide(1).dividedBy(b));
  const size = (value: FeelValue): Decimal | undefined => {
    if (kindOf(value) === "days and time duration") return number((value as DaysDuration).nanos);
    return kindOf(value) === "years and months duration" ? number((value as MonthsDuration).months) : undefined;
  };
  const [x, y] = [size(a), size(b)];
  return x && y && kindOf(a) === kindOf(b) && !y.isZero() ? x.dividedBy(y) : undefined;
}

/** Three-valued (Kleene) conjunction and disjunction; what is not boolean counts as null. */
export function kleene(decisive: boolean, a: FeelValue, b: FeelValue, run: Run): boolean | null {
  if (a === decisive || b === decisive) return decisive;
  if (a === !decisive && b === !decisive) return !decisive;
  return run.report("not-boolean", `${decisive ? "or" : "and"} needs true or false`);
}
