import type { Decimal } from "decimal.js";
import { FeelNumber } from "./value.ts";

/**
 * Arithmetic of two numbers. decimal.js copies its operand before every operation, comparisons too; most numbers in rules are small
 * integers, and for these JavaScript's own arithmetic is exact and several times as fast.
 */
export type Arithmetic = "+" | "-" | "*" | "/" | "**";

/** The integer itself where its digits fill one word of decimal.js, so below 10^7; else NaN. */
function small(value: Decimal): number {
  return value.d.length === 1 && value.e >= 0 && value.e < 7 ? value.s * value.d[0]! : Number.NaN;
}

/** The exact result rounded half even to 34 digits; not finite where decimal128 has no such number. */
export function calculate(operator: Arithmetic, a: Decimal, b: Decimal): Decimal {
  switch (operator) {
    case "+": {
      const sum = small(a) + small(b);
      return sum === sum ? new FeelNumber(sum) : a.plus(b);
    }
    case "-": {
      const difference = small(a) - small(b);
      return difference === difference ? new FeelNumber(difference) : a.minus(b);
    }
    case "*": {
      const product = small(a) * small(b) + 0; // + 0 makes of minus zero what decimals have, zero
      return product === product ? new FeelNumber(product) : a.times(b);
    }
    case "/":
      return a.dividedBy(b);
    default:
      return a.pow(b);
  }
}

/** Below 0, 0, above 0. Compares the digits in place; both numbers are finite, as every FEEL number is. */
export function compareNumbers(a: Decimal, b: Decimal): number {
  const [left, right] = [a.d, b.d];
  if (left[0] === 0 || right[0] === 0) return left[0] !== 0 ? a.s : right[0] !== 0 ? -b.s : 0;
  if (a.s !== b.s) return a.s;
  if (a.e !== b.e) return a.e > b.e ? a.s : -a.s;
  const words = Math.min(left.length, right.length);
  for (let at = 0; at < words; at += 1) {
    if (left[at] !== right[at]) return left[at]! > right[at]! ? a.s : -a.s;
  }
  return left.length === right.length ? 0 : left.length > right.length ? a.s : -a.s;
}
