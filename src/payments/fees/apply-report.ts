import type { Sql } from "#store";
import type { ProviderReport } from "./contract.ts";
import { moveChargeAlong } from "./move-charge.ts";
import { minutesFrom, type Fees } from "./open.ts";
import { liveStates, openStates, type ChargeEvent, type ChargeState, type OpenState } from "./states.ts";
import { chargeById, liveCharge, lockFee, noteCharge, type Charge } from "./store.ts";

export type ReportOutcome = "applied" | "repeated" | "contradiction";

/** Minutes until a provider that has nothing final to say is asked again, by state. */
const askAgain: Readonly<Record<OpenState, number>> = {
  created: 1,
  started: 1,
  submitted: 15,
  unknown: 5,
};

/** What decides where money goes that a provider says it took. */
export interface Circumstances {
  /** The fee was closed meanwhile. */
  readonly closed: boolean;
  /** Another charge holds the fee. */
  readonly replaced: boolean;
  /** The provider took what was asked. */
  readonly right: boolean;
}

/**
 * What a report means for a charge. Pure. `repeated`: nothing new; `contradiction`: it says there is no money where we
 * have booked some, so nothing moves and a person looks.
 */
export function judgeReport(
  state: ChargeState,
  report: ProviderReport,
  { closed, replaced, right }: Circumstances,
): ChargeEvent | Exclude<ReportOutcome, "applied"> {
  const open = (openStates as readonly ChargeState[]).includes(state);
  const ended = state === "failed" || state === "cancelled" || state === "expired";
  if (report.state === "paid") {
    if (!open && !ended) return "repeated";
    if (!right) return open ? "reported-other-amount" : "late-other-amount";
    const owedBack = closed || replaced;
    if (open) return owedBack ? "reported-paid-owed-back" : "reported-paid";
    return owedBack ? "late-payment-owed-back" : "late-payment-booked";
  }
  if (!open) return ended || report.state === "pending" || report.state === "open" ? "repeated" : "contradiction";
  switch (report.state) {
    case "open":
      return state === "unknown" ? "reported-open" : "repeated";
    case "pending":
      return state === "submitted" || state === "created" ? "repeated" : "reported-pending";
    case "declined":
      return "reported-declined";
    case "cancelled":
      return "reported-cancelled";
    case "expired":
      return "reported-expired";
    case "unknown-order":
      // It never began there: the request was lost, or we were killed before it was sent.
      return state === "created" ? "repeated" : "reported-expired";
  }
}

/** Applies what a provider says about a charge, in the transaction that is open. */
export async function applyReport(
  fees: Fees,
  tx: Sql,
  chargeId: string,
  report: ProviderReport,
  cause: { readonly by: string; readonly detail?: Readonly<Record<string, string>> },
): Promise<{ readonly outcome: ReportOutcome; readonly charge: Charge }> {
  const seen = (await chargeById(tx, chargeId))!;
  const fee = (await lockFee(tx, seen.fee))!;
  const charge = (await chargeById(tx, chargeId))!;
  const holder = await liveCharge(tx, fee.id);
  const paid = report.state === "paid" ? report : undefined;
  // Money of another currency fits no account of these books: a person looks.
  if (paid && paid.currency !== fee.currency) return { outcome: "contradiction", charge };
  if (paid && charge.taken !== null && charge.taken !== paid.amount) return { outcome: "contradiction", charge };
  const event = judgeReport(charge.state, report, {
    closed: fee.closedAt !== null,
    replaced: holder !== undefined && holder.id !== charge.id,
    right: paid === undefined || paid.amount === charge.amount,
  });
  if (event === "repeated" || event === "contradiction") return { outcome: event, charge };
  const moved = await moveChargeAlong(fees, tx, charge, event, {
    by: cause.by,
    detail: {
      ...cause.detail,
      ...(report.state === "declined" && { reason: report.reason.slice(0, 200) }),
    },
    ...(paid && { taken: paid.amount }),
  });
  await noteCharge(tx, charge.id, {
    ...(paid && { method: paid.method.slice(0, 40) }),
    ...(report.state === "pending" && report.payBy && { expiresAt: report.payBy }),
    askAt: nextLook(fees, moved.state),
  });
  return { outcome: "applied", charge: moved };
}

/** When somebody must look at a charge in this state again; `null`: nothing is waiting. */
export function nextLook(fees: Fees, state: ChargeState): Date | null {
  const now = fees.clock.now();
  if (state === "refund-due" || state === "refund-requested") return now;
  const minutes = (askAgain as Partial<Record<ChargeState, number>>)[state];
  return minutes === undefined ? null : minutesFrom(now, minutes);
}

/** Whether a charge holds its fee. */
export function isLive(charge: Charge): boolean {
  return liveStates.includes(charge.state);
}
