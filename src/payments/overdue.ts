import { move } from "./move.ts";
import type { Payments } from "./open.ts";
import { lockStale } from "./store.ts";

export interface Patience {
  /** Hours after sending without any status. Default 24. */
  readonly statusHours?: number;
  /** Hours after acceptance without settlement. Default 72. */
  readonly settlementHours?: number;
}

/**
 * Moves payments the bank is silent about to `unknown`: never to "failed", because the money may have gone. From there
 * an inquiry or the statement decides. Handles up to 1,000 of each kind; call it by the clock.
 * @returns the EndToEndIds to ask the bank about
 */
export async function markOverdue(payments: Payments, patience: Patience = {}): Promise<readonly string[]> {
  const before = (hours: number): Date => new Date(payments.clock.now().getTime() - hours * 3_600_000);
  return payments.database.transaction(async (tx) => {
    const overdue: string[] = [];
    for (const silent of await lockStale(tx, "submitted", before(patience.statusHours ?? 24), 1000)) {
      await move(payments, tx, silent, "no-status-in-time", "timer");
      overdue.push(silent.id);
    }
    for (const stuck of await lockStale(tx, "accepted", before(patience.settlementHours ?? 72), 1000)) {
      await move(payments, tx, stuck, "no-settlement-in-time", "timer");
      overdue.push(stuck.id);
    }
    return overdue;
  });
}
