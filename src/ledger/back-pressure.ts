import type { Sql } from "#store";
import { backlogOlderThan } from "./staged-store.ts";

/** More than so many entries may not wait longer than `oldMs`; then entries that can wait are turned away. */
const backlogLimit = 4096;
const oldMs = 1000;
/** One look serves all appends of this time, so that a busy log is not asked with every entry. */
const lookMs = 100;

/**
 * Whether the sequencer has fallen behind. It looks in the caller's transaction: a connection of its own could wait for
 * one that its own caller holds.
 */
export function createBacklogGauge(log: number, limit: number = backlogLimit): (tx: Sql) => Promise<boolean> {
  let behind = false;
  let lookedAt = -Infinity;
  return async (tx) => {
    if (performance.now() - lookedAt < lookMs) return behind;
    lookedAt = performance.now();
    behind = await backlogOlderThan(tx, log, limit, oldMs);
    return behind;
  };
}
