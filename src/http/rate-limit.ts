/** Says whether one more try from somewhere may be made now. */
export interface RateLimit {
  /** Takes one try. @returns 0, or the whole seconds after which the next one may be made */
  take(from: string): number;
}

/**
 * So many tries a minute from each address, all at once or one by one (the generic cell rate algorithm). It remembers the `most`
 * addresses seen last, 10,000 unless told; one that was forgotten begins anew.
 * @param now milliseconds of a clock that never goes back
 */
export function rateLimit(
  perMinute: number,
  { most = 10_000, now = () => performance.now() }: { most?: number; now?: () => number } = {},
): RateLimit {
  /** By address, the time at which all its tries are there again. */
  const whole = new Map<string, number>();
  const minute = 60_000;
  const every = minute / perMinute;
  return {
    take(from) {
      const at = now();
      const before = Math.max(whole.get(from) ?? at, at);
      const wait = before + every - minute - at;
      // Set anew, so that the address seen longest ago stands first in the map.
      whole.delete(from);
      whole.set(from, wait > 0 ? before : before + every);
      if (whole.size > most) whole.delete(whole.keys().next().value!);
      return Math.max(0, Math.ceil(wait / 1000));
    },
  };
}
