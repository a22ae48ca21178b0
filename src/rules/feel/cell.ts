import { compareWith, matches } from "./compare.ts";
import type { Compiled, Frame } from "./frame.ts";
import { compareNumbers } from "./number.ts";
import { equal, order, within } from "./operate.ts";
import type { Comparison, Node } from "./syntax.ts";
import { isNumber, kindOf, type FeelRange, type FeelValue } from "./value.ts";

/** Tests a value; `frame` holds it as `?`. */
export type CellTest = (value: FeelValue, frame: Frame) => boolean | null;

/** A compiled cell. Most cells are constants and are asked without a frame having been made. */
export interface Cell {
  readonly test: CellTest;
  readonly needsFrame: boolean;
}

/** The cell `-`. */
export const anything: Cell = { test: () => true, needsFrame: false };

/** True when one is; null when none is and one cannot say. */
export function anyOf(cells: readonly Cell[]): CellTest {
  const [first, second] = cells.map(({ test }) => test);
  if (!first) return () => false;
  if (!second) return first;
  if (cells.length === 2) {
    return (value, frame) => {
      const answer = first(value, frame);
      if (answer === true) return true;
      const other = second(value, frame);
      return other === true ? true : answer === null ? null : other;
    };
  }
  return (value, frame) => {
    let unknown = false;
    for (const { test } of cells) {
      const answer = test(value, frame);
      if (answer === true) return true;
      unknown ||= answer === null;
    }
    return unknown ? null : false;
  };
}

/** A test against a value that is known when the model is compiled, by the shortest way for its kind. */
export function constantTest(wanted: FeelValue): CellTest {
  if (isNumber(wanted)) {
    return (value) => {
      if (value !== null && isNumber(value)) return compareNumbers(value, wanted) === 0;
      return matches(value, wanted);
    };
  }
  if (typeof wanted === "string" || typeof wanted === "boolean") {
    return (value) => (value === wanted ? true : matches(value, wanted));
  }
  if (wanted !== null && kindOf(wanted) === "range") return rangeTest(wanted as FeelRange);
  return (value) => matches(value, wanted);
}

function rangeTest(range: FeelRange): CellTest {
  const { low, high, lowClosed, highClosed, form } = range;
  const general: CellTest = (value) =>
    value !== null && kindOf(value) === "range" ? equal(value, range) : within(value, range);
  if (form !== undefined || low === null || high === null || !isNumber(low) || !isNumber(high)) return general;
  // from 0 on is inside at a closed end, from 1 on at an open one
  const [least, most] = [lowClosed ? 0 : 1, highClosed ? 0 : -1];
  return (value, frame) => {
    if (value === null || !isNumber(value)) return general(value, frame);
    return compareNumbers(value, low) >= least && compareNumbers(value, high) <= most;
  };
}

/** `< 5` and its like, as a test. */
export function rayTest(operator: Comparison, operand: Compiled, at: number): CellTest {
  if (operator === "=" || operator === "!=") {
    return (value, frame) => {
      const same = equal(value, operand(frame));
      return same === null ? same : same === (operator === "=");
    };
  }
  return (value, frame) => {
    const wanted = operand(frame);
    if (order(value, wanted) === undefined) return null;
    return compareWith(operator, value, wanted, frame.run, at);
  };
}

/** The same against a constant. */
export function constantRayTest(operator: Comparison, wanted: FeelValue): CellTest {
  if (operator === "=" || operator === "!=") {
    return (value) => {
      const same = equal(value, wanted);
      return same === null ? same : same === (operator === "=");
    };
  }
  const holds = signs[operator];
  const wantedNumber = isNumber(wanted) ? wanted : undefined;
  return (value) => {
    const way =
      wantedNumber && value !== null && isNumber(value) ? compareNumbers(value, wantedNumber) : order(value, wanted);
    return way === undefined ? null : holds(way);
  };
}

const signs: Readonly<Record<Exclude<Comparison, "=" | "!=">, (way: number) => boolean>> = {
  "<": (way) => way < 0,
  "<=": (way) => way <= 0,
  ">": (way) => way > 0,
  ">=": (way) => way >= 0,
};

/** Whether a name occurs in an expression. */
export function uses(node: unknown, name: string): boolean {
  if (node === null || typeof node !== "object") return false;
  if ("kind" in node && node.kind === "name" && "name" in node && node.name === name) return true;
  return Object.values(node as Node).some((part) => uses(part, name));
}
