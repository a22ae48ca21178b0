/** Lets loops sleep until the time is up or somebody rings; a ring between looking and sleeping is not lost. */
export interface Bell {
  ring(): void;
  /** How often it has rung: take it before looking at the state, and give it to `heard`. */
  count(): number;
  /** Resolves at the next ring after `since`, or after `ms`. */
  heard(ms: number, since: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = 0;
  let waiting = new Set<() => void>();
  return {
    ring: () => {
      rung += 1;
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) wake();
    },
    count: () => rung,
    heard: (ms, since) =>
      new Promise((resolve) => {
        if (rung !== since) return resolve();
        const timer = setTimeout(wake, ms);
        function wake(): void {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        }
        waiting.add(wake);
      }),
  };
}
