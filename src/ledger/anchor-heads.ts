import { setTimeout as sleep } from "node:timers/promises";
import type { Anchor } from "./anchor.ts";
import * as store from "./anchor-store.ts";
import type { Bell } from "./bell.ts";
import type { LogContext } from "./log-context.ts";

/** How far an anchor is, for operators. */
export interface AnchorState {
  readonly name: string;
  /** The largest tree it has a record of, and the time that record states. */
  readonly newest?: { readonly size: bigint; readonly at: Date };
  /** Why its last try in this process failed. */
  readonly failing?: string;
}

export interface AnchorKeeper {
  /** One loop step for each anchor, so that a slow one delays no other. */
  steps(progress: Bell): readonly ((running: AbortSignal) => Promise<void>)[];
  states(): Promise<AnchorState[]>;
}

const retryMs = 5000;
/** How often it is looked whether there is something new to anchor. */
const lookMs = 2000;

/** How long to wait after so many failures in a row: doubling, and at most as long as between two records. */
export function pauseAfter(failures: number, everyMs: number): number {
  return Math.min(everyMs, retryMs * 2 ** Math.min(failures - 1, 20));
}

/**
 * Has the newest witnessed head recorded by each anchor, at most once in `everyMs`, and only if the log has grown. An
 * anchor that fails alarms once until something changes, and is asked again; the log itself never waits for it.
 */
export function createAnchorKeeper(context: LogContext, anchors: readonly Anchor[], everyMs: number): AnchorKeeper {
  const { database, log, origin, alarm } = context;
  const failing = new Map<string, string>();

  function step(anchor: Anchor, progress: Bell): (running: AbortSignal) => Promise<void> {
    const { name } = anchor;
    let failures = 0;
    let anchored: bigint | undefined;
    let lastAt = -Infinity;
    const rest = (ms: number, running: AbortSignal): Promise<unknown> =>
      sleep(ms, undefined, { signal: running }).catch(() => undefined);

    return async (running) => {
      if (anchored === undefined) {
        // After a start the interval goes on where it was, as far as the record's time tells.
        const [newest] = await store.newestAnchors(database, log, [name]);
        const age = newest ? context.clock.now().getTime() - newest.at.getTime() : everyMs;
        anchored = newest?.size ?? 0n;
        lastAt = performance.now() - Math.max(0, age);
      }
      const seen = progress.count();
      const wait = lastAt + everyMs - performance.now();
      if (wait > 0) return void (await rest(wait, running));
      const head = await store.headToAnchor(database, log);
      if (!head || head.size <= anchored) return progress.heard(Math.min(lookMs, everyMs), seen);
      try {
        const record = await anchor.publish({ origin, ...head }, running);
        await store.addAnchor(database, log, { ...head, name, record });
      } catch (fault) {
        if (running.aborted) return;
        const detail = fault instanceof Error ? fault.message : String(fault);
        if (failing.get(name) !== detail) alarm({ kind: "anchor-failing", anchor: name, detail });
        failing.set(name, detail);
        failures += 1;
        return void (await rest(pauseAfter(failures, everyMs), running));
      }
      anchored = head.size;
      lastAt = performance.now();
      failures = 0;
      if (failing.delete(name)) {
        alarm({ kind: "anchor-failing", over: true, anchor: name, detail: `${head.size} entries are anchored` });
      }
      progress.ring();
    };
  }

  return {
    steps: (progress) => anchors.map((anchor) => step(anchor, progress)),
    states: async () => {
      if (anchors.length === 0) return [];
      const rows = await store.newestAnchors(
        database,
        log,
        anchors.map(({ name }) => name),
      );
      return anchors.map(({ name }) => {
        const newest = rows.find((row) => row.name === name);
        const reason = failing.get(name);
        return {
          name,
          ...(newest ? { newest: { size: newest.size, at: newest.at } } : {}),
          ...(reason === undefined ? {} : { failing: reason }),
        };
      });
    },
  };
}
