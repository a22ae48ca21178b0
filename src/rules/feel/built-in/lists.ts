import type { Decimal } from "decimal.js";
import { call } from "../invoke.ts";
import { quantified } from "../iterate.ts";
import { arithmetic, equal, order } from "../operate.ts";
import type { Run } from "../run.ts";
import {
  asInteger,
  finite,
  isList,
  isNumber,
  kindOf,
  number,
  type FeelFunction,
  type FeelList,
  type FeelValue,
} from "../value.ts";
import { builtIn, way } from "./signature.ts";

/** A function of one list that may also be called with the items themselves. */
function overList(name: string, work: (list: FeelList, run: Run) => FeelValue | undefined): FeelFunction {
  return builtIn(
    name,
    way(["list: list"], ([list], run) => work(list as FeelList, run)),
    way(["list*: any"], ([list], run) => ((list as FeelList).length < 2 ? undefined : work(list as FeelList, run))),
  );
}

/** The same over numbers only, at least `least` of them. */
function overNumbers(
  name: string,
  least: number,
  work: (numbers: readonly Decimal[]) => FeelValue | undefined,
): FeelFunction {
  return overList(name, (list) => (list.every(isNumber) && list.length >= least ? work(list) : undefined));
}

function extreme(name: string, wanted: 1 | -1): FeelFunction {
  return overList(name, (list) => {
    let best = list[0];
    for (const item of list) {
      const way = best === undefined ? undefined : order(item, best);
      if (way === undefined) return undefined;
      if (way === wanted) best = item;
    }
    return best;
  });
}

function total(numbers: readonly Decimal[]): Decimal {
  return numbers.reduce((sum, item) => sum.plus(item), number(0));
}

function ascending(numbers: readonly Decimal[]): Decimal[] {
  return numbers.toSorted((a, b) => a.comparedTo(b));
}

function median(numbers: readonly Decimal[]): Decimal {
  const sorted = ascending(numbers);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : sorted[middle - 1]!.plus(sorted[middle]!).dividedBy(2);
}

function mode(numbers: readonly Decimal[]): FeelValue {
  const counts = new Map<string, number>();
  for (const item of numbers) counts.set(item.toString(), (counts.get(item.toString()) ?? 0) + 1);
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return ascending([...counts].filter(([, count]) => count === most).map(([text]) => number(text)));
}

function deviation(numbers: readonly Decimal[]): FeelValue | undefined {
  const mean = total(numbers).dividedBy(numbers.length);
  const squares = total(numbers.map((item) => item.minus(mean).pow(2)));
  return finite(squares.dividedBy(numbers.length - 1).sqrt()) ?? undefined;
}

function same(a: FeelValue, b: FeelValue): boolean {
  return equal(a, b) === true;
}

function distinct(list: FeelList, run: Run): FeelValue[] {
  const seen: FeelValue[] = [];
  for (const item of list) {
    run.spend(seen.length >> 2);
    if (!seen.some((other) => same(item, other))) seen.push(item);
  }
  return seen;
}

function flatten(list: FeelList, run: Run): FeelValue[] {
  run.spend(list.length);
  return list.flatMap((item) => (isList(item) ? flatten(item, run) : [item]));
}

/** A position of the list, 0-based; undefined for 0 and beyond the ends. */
function indexIn(list: FeelList, position: FeelValue): number | undefined {
  const at = asInteger(position);
  if (at === undefined || at === 0 || Math.abs(at) > list.length) return undefined;
  return at > 0 ? at - 1 : list.length + at;
}

function sublist([given, position, length]: FeelValue[]): FeelValue | undefined {
  const list = given as FeelList;
  const index = indexIn(list, position!);
  if (index === undefined) return undefined;
  if (length === null) return list.slice(index);
  const count = asInteger(length!);
  return count === undefined || count < 1 || index + count > list.length ? undefined : list.slice(index, index + count);
}

function replaceWhere([given, match, item]: FeelValue[], run: Run): FeelValue | undefined {
  const list = given as FeelList;
  const test = match as FeelFunction;
  if (test.parameters.length !== 2) return undefined;
  const replaced: FeelValue[] = [];
  for (const old of list) {
    const answer = call(test, [old, item!], run);
    if (typeof answer !== "boolean") return undefined;
    replaced.push(answer ? item! : old);
  }
  return replaced;
}

/** A stable merge sort: the comparison is a FEEL function, which a native sort must not trust to be an order. */
function sorted(
  list: FeelList,
  precedes: (a: FeelValue, b: FeelValue) => boolean | undefined,
  run: Run,
): FeelValue[] | undefined {
  if (list.length < 2) return [...list];
  const middle = list.length >> 1;
  const left = sorted(list.slice(0, middle), precedes, run);
  const right = sorted(list.slice(middle), precedes, run);
  if (!left || !right) return undefined;
  const merged: FeelValue[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    run.spend();
    const rightFirst = precedes(right[j]!, left[i]!);
    if (rightFirst === undefined) return undefined;
    if (rightFirst) {
      merged.push(right[j]!);
      j += 1;
    } else {
      merged.push(left[i]!);
      i += 1;
    }
  }
  return [...merged, ...left.slice(i), ...right.slice(j)];
}

function sortBy(list: FeelList, precedes: FeelFunction | undefined, run: Run): FeelValue | undefined {
  if (!precedes) {
    return sorted(
      list,
      (a, b) => {
        const way = order(a, b);
        return way === undefined ? undefined : way < 0;
      },
      run,
    );
  }
  if (precedes.parameters.length !== 2) return undefined;
  return sorted(
    list,
    (a, b) => {
      const answer = call(precedes, [a, b], run);
      return typeof answer === "boolean" ? answer : undefined;
    },
    run,
  );
}

export const listFunctions: readonly FeelFunction[] = [
  builtIn(
    "not",
    way(["negand: boolean"], ([value]) => value !== true),
  ),
  overList("all", (list, run) => quantified(list, true, run)),
  overList("any", (list, run) => quantified(list, false, run)),
  builtIn(
    "list contains",
    way(["list: list", "element"], ([list, element]) => (list as FeelList).some((item) => same(item, element!))),
  ),
  overList("count", (list) => number(list.length)),
  extreme("min", -1),
  extreme("max", 1),
  overList("sum", (list) => {
    let sum = list[0];
    if (sum === undefined || typeof sum === "string") return undefined;
    for (const item of list.slice(1)) {
      const next: FeelValue | undefined = kindOf(item) === kindOf(sum) ? arithmetic("+", sum, item) : undefined;
      if (next === undefined) return undefined;
      sum = next;
    }
    return isNumber(sum) || kindOf(sum).includes("duration") ? sum : undefined;
  }),
  overNumbers("mean", 1, (numbers) => total(numbers).dividedBy(numbers.length)),
  overNumbers("median", 1, median),
  overNumbers("mode", 0, mode),
  overNumbers("stddev", 2, deviation),
  overNumbers(
    "product",
    1,
    (numbers) => finite(numbers.reduce((product, item) => product.times(item), number(1))) ?? undefined,
  ),
  builtIn("sublist", way(["list: list", "start position: number", "length?: number"], sublist)),
  builtIn(
    "append",
    way(["list: list", "item*: any"], ([list, items]) => [...(list as FeelList), ...(items as FeelList)]),
  ),
  builtIn(
    "concatenate",
    way(["list*: list"], ([lists]) => (lists as FeelList).flat()),
  ),
  builtIn(
    "insert before",
    way(["list: list", "position: number", "newItem"], ([given, position, item]) => {
      const list = given as FeelList;
      const index = indexIn(list, position!);
      return index === undefined ? undefined : list.toSpliced(index, 0, item!);
    }),
  ),
  builtIn(
    "remove",
    way(["list: list", "position: number"], ([given, position]) => {
      const index = indexIn(given as FeelList, position!);
      return index === undefined ? undefined : (given as FeelList).toSpliced(index, 1);
    }),
  ),
  builtIn(
    "list replace",
    way(["list: list", "position: number", "newItem"], ([given, position, item]) => {
      const index = indexIn(given as FeelList, position!);
      return index === undefined ? undefined : (given as FeelList).with(index, item!);
    }),
    way(["list: list", "match: function", "newItem"], replaceWhere),
  ),
  builtIn(
    "reverse",
    way(["list: list"], ([list]) => (list as FeelList).toReversed()),
  ),
  builtIn(
    "index of",
    way(["list: list", "match"], ([list, match]) =>
      (list as FeelList).flatMap((item, index) => (same(item, match!) ? [number(index + 1)] : [])),
    ),
  ),
  builtIn(
    "union",
    way(["list*: list"], ([lists], run) => distinct((lists as FeelList).flat(), run)),
  ),
  builtIn(
    "distinct values",
    way(["list: list"], ([list], run) => distinct(list as FeelList, run)),
  ),
  builtIn(
    "flatten",
    way(["list: list"], ([list], run) => flatten(list as FeelList, run)),
  ),
  builtIn(
    "sort",
    way(["list: list", "precedes?: function"], ([list, precedes], run) =>
      sortBy(list as FeelList, (precedes as FeelFunction | null) ?? undefined, run),
    ),
  ),
];
