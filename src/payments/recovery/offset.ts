import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { nextAttempt } from "../attempt.ts";
import { paymentBinding } from "../binding.ts";
import { isIn } from "../move.ts";
import type { Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { entitlementById, lockInstruction, lockLatestInstruction } from "../store.ts";
import { insertEntry, keptOf, lockClaim } from "./store-recoveries.ts";

export interface Offset {
  readonly recoveryId: string;
  /** The later payment, which nobody has released yet. */
  readonly entitlementId: string;
  /** The caller vouches that the entitlement is this person's; it must be the debtor. */
  readonly person: string;
  readonly amount: bigint;
  readonly legalBasis: string;
  readonly by: string;
  readonly confirmedBy: string;
}

export interface OffsetReceipt {
  readonly recoveryId: string;
  /** The attempt that now carries the rest, approved once by `by`: it must be released like any other. */
  readonly instructionId: string;
  readonly binding: string;
  readonly kept: bigint;
  readonly pays: bigint;
  /** What is still asked back. */
  readonly left: bigint;
}

/**
 * Keeps part of a later payment of the same person against what is asked back, by two people, up to the legal share. The
 * payment's attempt ends and a smaller one is drafted, so that a release given for the whole is void. If the payment is taken
 * back before its release (`cancelPayment`), the claim stands as before.
 */
export async function offsetRecovery(
  payments: Payments,
  offset: Offset,
): Promise<
  Result<
    OffsetReceipt,
    PaymentsRefusal<
      | "same-person"
      | "evidence-missing"
      | "recovery-unknown"
      | "recovery-exceeded"
      | "entitlement-unknown"
      | "offset-refused"
    >
  >
> {
  const { recoveryId, entitlementId, person, amount, legalBasis, by, confirmedBy } = offset;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([legalBasis, by, confirmedBy].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const entitlement = await entitlementById(tx, entitlementId);
    const last = entitlement && (await lockLatestInstruction(tx, entitlement.id));
    if (!entitlement || !last) return err({ code: "entitlement-unknown" });
    const claim = await lockClaim(tx, recoveryId);
    if (!claim) return err({ code: "recovery-unknown" });
    const refuse = (why: string, most?: bigint) =>
      err({ code: "offset-refused" as const, params: { why, ...(most !== undefined && { most: String(most) }) } });
    if (claim.person !== person) return refuse("other-person");
    const claimed = (await lockInstruction(tx, claim.instruction))!;
    if (claimed.entitlement === entitlement.id) return refuse("own-payment");
    if (!isIn(last, "approved-once")) return refuse("released");
    if (amount <= 0n || amount > claim.left) {
      return err({ code: "recovery-exceeded", params: { left: String(claim.left) } });
    }
    const before = (await keptOf(tx, entitlement.id)).reduce((sum, kept) => sum + kept.amount, 0n);
    const most = (entitlement.amount * BigInt(payments.limits.offsetPercent)) / 100n - before;
    if (amount > most || amount >= last.amount) return refuse("above-share", most > 0n ? most : 0n);

    const at = payments.clock.now();
    const subject = entitlement.id;
    await insertEntry(tx, claim.id, { kind: "offset", amount, subject, legalBasis, by, confirmedBy, at });
    const next = await nextAttempt(
      payments,
      tx,
      { entitlement, last, event: "cancelled", by },
      {
        account: last.account,
        amount: last.amount - amount,
        approvedBy: by,
        ...(last.cheque && { cheque: last.cheque }),
      },
    );
    return ok({
      recoveryId,
      instructionId: next.id,
      binding: paymentBinding(entitlement, next),
      kept: amount,
      pays: next.amount,
      left: claim.left - amount,
    });
  });
}

/** What is kept of a payment, shown to the person beside its amount. */
export interface Kept {
  readonly recoveryId: string;
  readonly amount: bigint;
  readonly legalBasis: string;
}

/** What is kept of an entitlement against earlier debts; an empty list where nothing is. */
export async function keptFrom(payments: Payments, entitlementId: string): Promise<readonly Kept[]> {
  const rows = await keptOf(payments.database, entitlementId);
  return rows.map(({ recovery, amount, legalBasis }) => ({ recoveryId: recovery, amount, legalBasis }));
}

/** Gives back to claims what was kept of a payment that is taken back, in the transaction that takes it back. */
export async function undoOffsets(payments: Payments, tx: Sql, entitlementId: string, by: string): Promise<void> {
  const at = payments.clock.now();
  for (const { recovery, amount, legalBasis } of await keptOf(tx, entitlementId)) {
    const entry = { kind: "offset-undone", amount: -amount, subject: entitlementId, legalBasis, by } as const;
    await insertEntry(tx, recovery, { ...entry, confirmedBy: null, at });
  }
}
