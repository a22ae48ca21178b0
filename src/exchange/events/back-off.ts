/** Milliseconds: the first delay, and the longest. */
export const backOff: { readonly first: number; readonly longest: number } = { first: 1000, longest: 900_000 };

/**
 * How long to wait after the n-th failed attempt (from 1): 1 s × 2ⁿ⁻¹, at most 15 minutes, of which a random half is
 * taken so that the events of a subscriber that comes back do not all arrive at once. `chance` is in [0, 1).
 */
export function delayAfter(attempt: number, chance: number): number {
  const whole = Math.min(backOff.longest, backOff.first * 2 ** Math.min(attempt - 1, 30));
  return Math.round(whole * (1 - chance / 2));
}
