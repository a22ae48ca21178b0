import type { Compiled, Frame } from "./compile.ts";
import type { Run } from "./run.ts";
import type { Node } from "./syntax.ts";
import { dateOfEpochDay, epochDay } from "./temporal.ts";
import { asInteger, isList, isNumber, kindOf, number, type FeelRange, type FeelValue } from "./value.ts";

type Source = readonly FeelValue[] | Iterable<FeelValue>;

/** `for`, `some` and `every`: later iterators run inside earlier ones and may use their variables. */
export function iterate(
  node: Extract<Node, { kind: "for" | "quantified" }>,
  steps: readonly { from: Compiled; to: Compiled | undefined }[],
  body: Compiled,
  frame: Frame,
  usesPartial: boolean,
): FeelValue {
  const results: FeelValue[] = [];
  const loop = (index: number, outer: Frame): boolean => {
    const step = steps[index];
    if (!step) {
      results.push(body(outer));
      return true;
    }
    const source = sourceOf(step.from(outer), step.to, outer, node.at);
    if (!source) return false;
    for (const item of source) {
      frame.run.spend();
      // a copy, so that a body which keeps `partial` does not see it grow
      const partial = usesPartial ? results.slice() : [];
      frame.run.spend(partial.length >> 4);
      const values = node.kind === "for" ? [item, partial] : [item];
      if (!loop(index + 1, { values, parent: outer, run: frame.run })) return false;
    }
    return true;
  };
  if (!loop(0, frame)) return null;
  return node.kind === "for" ? results : quantified(results, node.every, frame.run, node.at);
}

/** Three-valued: a decisive answer wins, then null, then the default. */
export function quantified(results: readonly FeelValue[], every: boolean, run: Run, at?: number): boolean | null {
  if (results.includes(!every)) return !every;
  if (results.every((value) => value === every)) return every;
  return run.report("not-boolean", "a condition is neither true nor false", at);
}

/**
 * What an iteration runs over: a list, a range, or whole numbers or days from one end to the other. A single value is none of them
 * (DMN 1.5 section 10.3.2.14, and the boxed forms in TCK 1152 to 1154).
 */
export function sourceOf(from: FeelValue, to: Compiled | undefined, frame: Frame, at?: number): Source | undefined {
  const { run } = frame;
  if (to) return between(from, to(frame), run, at);
  if (isList(from)) return from;
  if (kindOf(from) !== "range") {
    run.report("wrong-operand", `a ${kindOf(from)} cannot be iterated`, at);
    return undefined;
  }
  const { low, high, lowClosed, highClosed } = from as FeelRange;
  const all = between(low, high, run, at);
  if (!all) return undefined;
  const items: FeelValue[] = [];
  for (const item of all) {
    run.spend();
    items.push(item);
  }
  return items.slice(lowClosed ? 0 : 1, highClosed ? items.length : -1);
}

/** Whole numbers, or days, from one end to the other, up or down. */
function between(from: FeelValue, to: FeelValue, run: Run, at: number | undefined): Source | undefined {
  const numbers = isNumber(from) && isNumber(to);
  const dates = kindOf(from) === "date" && kindOf(to) === "date";
  const first = numbers ? asInteger(from) : dates ? epochDay(from as never) : undefined;
  const last = numbers ? asInteger(to) : dates ? epochDay(to as never) : undefined;
  if (first === undefined || last === undefined) {
    run.report("wrong-operand", "an iteration runs over whole numbers or dates", at);
    return undefined;
  }
  const direction = first <= last ? 1 : -1;
  return (function* count() {
    for (let value = first; direction > 0 ? value <= last : value >= last; value += direction) {
      yield numbers ? number(value) : dateOfEpochDay(value)!;
    }
  })();
}
