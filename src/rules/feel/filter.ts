import type { Run } from "./run.ts";
import { asInteger, isList, isNumber, type FeelValue } from "./value.ts";

/** `list[e]`: an item by number, or the items whose test is true. */
export function filter(from: FeelValue, by: (item: FeelValue) => FeelValue, run: Run, at: number): FeelValue {
  if (from === null) return run.report("wrong-operand", "null has no items", at);
  const list = isList(from) ? from : [from];
  const first = by(list[0] ?? null);
  if (isNumber(first)) {
    const index = asInteger(first);
    const item = index === undefined || index === 0 ? undefined : list.at(index > 0 ? index - 1 : index);
    return item === undefined ? run.report("no-such-item", "the list has no item there", at) : item;
  }
  if (list.length === 0) return [];
  const kept: FeelValue[] = [];
  for (const [index, item] of list.entries()) {
    run.spend();
    const answer = index === 0 ? first : by(item);
    if (answer === true) kept.push(item);
    else if (answer !== false && answer !== null) {
      return run.report("not-boolean", "a filter needs a number or true and false", at);
    }
  }
  return kept;
}
