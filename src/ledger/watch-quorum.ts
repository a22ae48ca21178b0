import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "#store";
import type { LogContext } from "./log-context.ts";
import * as heads from "./head-store.ts";
import * as store from "./store.ts";

/** Heads that are signed and not yet witnessed. */
export interface QuorumGap {
  /** When the oldest of them was signed. */
  readonly since: Date;
  /** The witnesses that cosigned none of them, by name. */
  readonly missing: readonly string[];
}

const usualPatience = 60_000;
const longestLookMs = 1000;

/** What keeps the newest head from being witnessed; nothing if it is. */
export async function quorumGap(
  sql: Sql,
  { log, witnesses }: Pick<LogContext, "log" | "witnesses">,
): Promise<QuorumGap | undefined> {
  const since = await heads.unwitnessedSince(sql, log);
  if (!since) return undefined;
  const { witnessed } = await store.treeOf(sql, log);
  const names = witnesses.map(({ name }) => name);
  const states = await heads.witnessStates(sql, log, names);
  const there = new Set(states.filter(({ size }) => size > (witnessed ?? -1n)).map(({ witness }) => witness));
  return { since, missing: names.filter((name) => !there.has(name)) };
}

/**
 * A step of the loop that says when the quorum cannot be reached, and when it is again. Time is measured here and not
 * taken from the heads: a clock that jumps raises no alarm.
 */
export function createQuorumWatch(
  context: LogContext,
  patienceMs: number = usualPatience,
): (running: AbortSignal) => Promise<void> {
  const { database, log, quorum, alarm } = context;
  const lookMs = Math.min(longestLookMs, patienceMs / 4);
  let from: number | undefined;
  let witnessedAt: bigint | null = null;
  let alarmed = false;
  return async (running) => {
    const { published, witnessed, frozen } = await store.treeOf(database, log);
    const whole = published === null || (witnessed ?? -1n) >= published;
    // A head that was witnessed meanwhile shows that the quorum is there, also if a newer one is on its way.
    if (whole || witnessed !== witnessedAt || frozen !== null) {
      witnessedAt = witnessed;
      from = undefined;
      if (alarmed && frozen === null) {
        alarmed = false;
        alarm({ kind: "quorum-missing", over: true, detail: `witnessed up to ${witnessed ?? 0n} entries` });
      }
    } else if (!alarmed) {
      from ??= performance.now();
      if (performance.now() - from >= patienceMs) {
        const missing = (await quorumGap(database, context))?.missing ?? [];
        const who = missing.length > 0 ? missing.join(", ") : "all cosigned, but never the same head";
        alarmed = true;
        alarm({ kind: "quorum-missing", detail: `${quorum} cosignatures are needed; missing: ${who}` });
      }
    }
    await sleep(lookMs, undefined, { signal: running }).catch(() => undefined);
  };
}
