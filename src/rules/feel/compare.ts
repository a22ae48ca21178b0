import { equal, order, within } from "./operate.ts";
import type { Run } from "./run.ts";
import type { Comparison } from "./syntax.ts";
import { isList, kindOf, type FeelRange, type FeelValue } from "./value.ts";

/** DMN 1.5 section 7.3.2, table 55: equal to, in the list of, or in the range of what the test says. */
export function matches(value: FeelValue, wanted: FeelValue): boolean | null {
  if (wanted !== null && kindOf(wanted) === "range" && kindOf(value) !== "range")
    return within(value, wanted as FeelRange);
  if (isList(wanted)) {
    if (isList(value) && equal(value, wanted) === true) return true;
    return wanted.some((item) =>
      item !== null && kindOf(item) === "range"
        ? within(value, item as FeelRange) === true
        : equal(value, item) === true,
    );
  }
  return equal(value, wanted);
}

/** A comparison operator on two values; null with a report where it has no answer. */
export function compareWith(
  operator: Comparison,
  left: FeelValue,
  right: FeelValue,
  run: Run,
  at: number,
): boolean | null {
  if (operator === "=" || operator === "!=") {
    const same = equal(left, right);
    if (same === null) return run.report("not-comparable", `${kindOf(left)} and ${kindOf(right)} cannot be equal`, at);
    return operator === "=" ? same : !same;
  }
  const way = order(left, right);
  if (way === undefined) return run.report("not-comparable", `${kindOf(left)} and ${kindOf(right)} have no order`, at);
  if (operator === "<") return way < 0;
  if (operator === "<=") return way <= 0;
  return operator === ">" ? way > 0 : way >= 0;
}

/** A range from its ends as written. */
export function makeRange(
  low: FeelValue,
  high: FeelValue,
  lowClosed: boolean,
  highClosed: boolean,
  run: Run,
  at: number,
): FeelValue {
  const way = low === null || high === null ? 0 : order(low, high);
  if ((low === null && high === null) || way === undefined)
    return run.report("bad-range", "the ends have no order", at);
  return { kind: "range", low, high, lowClosed: lowClosed && low !== null, highClosed: highClosed && high !== null };
}

/** A range written as a comparison: `< 5`. */
export function ray(operator: Comparison, operand: FeelValue, run: Run, at: number): FeelValue {
  if (operand === null) return run.report("bad-range", "the range has no end", at);
  const closed = operator.includes("=");
  const form = operator;
  if (form === "=" || form === "!=") {
    return { kind: "range", low: operand, high: operand, lowClosed: true, highClosed: true, form };
  }
  return operator.startsWith("<")
    ? { kind: "range", low: null, high: operand, lowClosed: false, highClosed: closed, form }
    : { kind: "range", low: operand, high: null, lowClosed: closed, highClosed: false, form };
}
