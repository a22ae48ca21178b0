/**
 * The name that was perhaps meant: the one with the fewest letters changed, put in, left out or swapped with the next,
 * case aside; nothing when those are more than two, or more than every eighth of a long name.
 */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let least = Math.max(Math.min(2, Math.floor(wanted.length / 3)), Math.floor(wanted.length / 8)) + 1;
  let near: string | undefined;
  for (const one of names) {
    const steps = stepsBetween(wanted, one.toLowerCase(), least);
    if (steps < least) [least, near] = [steps, one];
  }
  return near;
}

/** Optimal string alignment; `limit` as soon as it is reached for certain. */
function stepsBetween(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const here = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const same = one[row - 1] === other[at - 1];
      const swapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      here[at] = Math.min(
        above[at]! + 1,
        here[at - 1]! + 1,
        above[at - 1]! + (same ? 0 : 1),
        swapped ? before[at - 2]! + 1 : Infinity,
      );
    }
    if (Math.min(...here) >= limit) return limit;
    [before, above] = [above, here];
  }
  return above[other.length]!;
}
