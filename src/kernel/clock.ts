/** Where time comes from. Everything that judges validity takes a clock, so that tests can hold it still. */
export interface Clock {
  /** The present instant. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock for tests: stands at `at` until moved. */
export function fixedClock(
  at: Date | string,
): Clock & { set(at: Date | string): void; advance(milliseconds: number): void } {
  let instant = new Date(at).getTime();
  return {
    now: () => new Date(instant),
    set: (next) => {
      instant = new Date(next).getTime();
    },
    advance: (milliseconds) => {
      instant += milliseconds;
    },
  };
}
