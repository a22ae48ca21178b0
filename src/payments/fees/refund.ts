import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { nextLook } from "./apply-report.ts";
import { chargeIsIn, moveCharge } from "./move-charge.ts";
import type { Fees } from "./open.ts";
import type { FeesRefusal } from "./problems.ts";
import { chargeById, eventsOfCharge, insertClosing, lockFee, noteCharge, type Charge, type Fee } from "./store.ts";

export interface RefundCommand {
  readonly charge: string;
  /** The officer, by the identity module's id. */
  readonly by: string;
  /** Read by the payer and the auditor. */
  readonly reason: string;
}

type RefundRefusal = FeesRefusal<
  "charge-unknown" | "refund-not-possible" | "refund-needs-reason" | "refund-second-person"
>;

/**
 * Gives a payment back. Up to the limit one officer decides; above it the first only proposes. The fee is closed with the
 * refund: what was given back is not asked for again.
 */
export async function refundCharge(fees: Fees, command: RefundCommand): Promise<Result<Charge, RefundRefusal>> {
  return onCharge(fees, command, async (tx, charge, fee) => {
    if (!chargeIsIn(charge, "succeeded")) return err({ code: "refund-not-possible" });
    const cause = { by: command.by, detail: { reason: command.reason } };
    if (charge.amount > fees.secondPersonAbove) return ok(await moveCharge(fees, tx, charge, "refund-proposed", cause));
    return ok(await decided(fees, tx, fee, charge, cause));
  });
}

/** The second person's answer to a refund that was proposed. */
export async function answerRefund(
  fees: Fees,
  command: RefundCommand & { readonly agree: boolean },
): Promise<Result<Charge, RefundRefusal>> {
  return onCharge(fees, command, async (tx, charge, fee) => {
    if (!chargeIsIn(charge, "refund-proposed")) return err({ code: "refund-not-possible" });
    const proposal = (await eventsOfCharge(tx, charge.id)).findLast(({ event }) => event === "refund-proposed")!;
    // Whoever proposed may take it back, and not agree to it.
    if (command.agree && proposal.by === command.by) return err({ code: "refund-second-person" });
    const cause = { by: command.by, detail: { reason: command.reason } };
    return command.agree
      ? ok(await decided(fees, tx, fee, charge, cause))
      : ok(await moveCharge(fees, tx, charge, "refund-not-agreed", cause));
  });
}

/** Sends a refund again that the provider refused, for example after it had been asked by telephone. */
export async function retryRefund(fees: Fees, command: RefundCommand): Promise<Result<Charge, RefundRefusal>> {
  return onCharge(fees, command, async (tx, charge) => {
    if (!chargeIsIn(charge, "refund-failed")) return err({ code: "refund-not-possible" });
    const moved = await moveCharge(fees, tx, charge, "refund-tried-again", {
      by: command.by,
      detail: { reason: command.reason },
    });
    await noteCharge(tx, charge.id, { askAt: nextLook(fees, moved.state) });
    return ok(moved);
  });
}

/**
 * Records that the money of a refund that the provider refused went back by a transfer from the treasury's account.
 * @param command `reason` is the transfer's reference; another person than who decided the refund
 */
export async function repayByTransfer(fees: Fees, command: RefundCommand): Promise<Result<Charge, RefundRefusal>> {
  return onCharge(fees, command, async (tx, charge) => {
    if (!chargeIsIn(charge, "refund-failed")) return err({ code: "refund-not-possible" });
    const decision = (await eventsOfCharge(tx, charge.id)).findLast(({ event }) => event === "refund-decided");
    if (decision?.by === command.by) return err({ code: "refund-second-person" });
    const detail = { reference: command.reason };
    return ok(await moveCharge(fees, tx, charge, "repaid-by-transfer", { by: command.by, detail }));
  });
}

async function decided(
  fees: Fees,
  tx: Sql,
  fee: Fee,
  charge: Charge<"succeeded"> | Charge<"refund-proposed">,
  cause: { readonly by: string; readonly detail: { readonly reason: string } },
): Promise<Charge> {
  const moved = await moveCharge(fees, tx, charge as Charge<"succeeded">, "refund-decided", cause);
  await insertClosing(tx, { fee: fee.id, at: fees.clock.now(), by: cause.by, reason: cause.detail.reason });
  await noteCharge(tx, charge.id, { askAt: nextLook(fees, moved.state) });
  return moved;
}

async function onCharge(
  fees: Fees,
  { charge: id, reason }: RefundCommand,
  work: (tx: Sql, charge: Charge, fee: Fee) => Promise<Result<Charge, RefundRefusal>>,
): Promise<Result<Charge, RefundRefusal>> {
  if (reason.trim() === "" || reason.length > 500) return err({ code: "refund-needs-reason" });
  return fees.database.transaction(async (tx) => {
    const seen = await chargeById(tx, id);
    if (!seen) return err({ code: "charge-unknown" });
    const fee = (await lockFee(tx, seen.fee))!;
    return work(tx, (await chargeById(tx, id))!, fee);
  });
}
