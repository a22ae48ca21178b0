/** Upper bounds of the duration buckets, in milliseconds; durations above the last fall into one bucket more. */
export const bounds: readonly number[] = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** The bucket of a duration: the first whose bound it does not exceed. */
export function bucketOf(milliseconds: number): number {
  const at = bounds.findIndex((bound) => milliseconds <= bound);
  return at < 0 ? bounds.length : at;
}

/**
 * A quantile read off bucket counts, in milliseconds: linear within its bucket; the last bound where it lies above all.
 * `undefined` when nothing was counted.
 */
export function quantileOf(buckets: readonly number[], quantile: number): number | undefined {
  const all = buckets.reduce((sum, n) => sum + n, 0);
  if (all === 0) return undefined;
  const rank = quantile * all;
  let before = 0;
  for (const [at, count] of buckets.entries()) {
    if (count > 0 && before + count >= rank) {
      const lower = at === 0 ? 0 : bounds[at - 1]!;
      const upper = bounds[at] ?? lower;
      return lower + ((upper - lower) * Math.max(0, rank - before)) / count;
    }
    before += count;
  }
  return bounds.at(-1)!;
}
