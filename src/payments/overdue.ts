import { deadlines } from "./deadlines.ts";
import { raiseIncident } from "./incidents.ts";
import { moveAll } from "./move.ts";
import type { Payments } from "./open.ts";
import type { State } from "./states.ts";
import { lockStale } from "./store.ts";

export interface Patience {
  /** Hours after sending without any status. Default 24. */
  readonly statusHours?: number;
  /** Hours after acceptance without settlement. Default 72. */
  readonly settlementHours?: number;
}

/** At most so many payments of one state in one call. */
const slice = 1_000;

/**
 * Moves payments the bank is silent about to `unknown`: never to "failed", because the money may have gone. From there
 * an inquiry or the statement decides; an incident for each file calls whoever asks the bank. Payments whose payee has not
 * answered for ten years are given up. For any other state where payments wait too long (`deadlines`) an incident is open. Call it by the clock.
 * @returns the EndToEndIds to ask the bank about
 */
export async function markOverdue(payments: Payments, patience: Patience = {}): Promise<readonly string[]> {
  const { statusHours = deadlines.submitted.hours, settlementHours = deadlines.accepted.hours } = patience;
  const before = (hours: number): Date => new Date(payments.clock.now().getTime() - hours * 3_600_000);
  return payments.database.transaction(async (tx) => {
    const silent = await lockStale(tx, "submitted", before(statusHours), slice);
    const stuck = await lockStale(tx, "accepted", before(settlementHours), slice);
    const barred = await lockStale(tx, "waiting-for-person", before(payments.limits.timeBarDays * 24), slice);
    const moves = [
      ...silent.map((instruction) => ({ instruction, events: ["no-status-in-time"] as const })),
      ...stuck.map((instruction) => ({ instruction, events: ["no-settlement-in-time"] as const })),
      ...barred.map((instruction) => ({ instruction, events: ["time-barred"] as const })),
    ];
    await moveAll(payments, tx, moves, "timer");
    const files = new Set([...silent, ...stuck].map(({ file, id }) => file ?? id));
    for (const subject of files)
      await raiseIncident(payments, tx, { kind: "inquiry", subject, detail: "no status in time" });
    for (const [state, { hours, event }] of Object.entries(deadlines)) {
      if (event) continue;
      const waiting = (await lockStale(tx, state as State, before(hours), slice)).length;
      if (waiting > 0) await raiseIncident(payments, tx, { kind: "overdue", subject: state, detail: String(waiting) });
    }
    return [...silent, ...stuck].map(({ id }) => id);
  });
}
