import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { refuseOverdraft } from "../books/books.ts";
import { logBatch } from "../log-act.ts";
import type { Payments } from "../open.ts";
import { isPayableText } from "../payable-text.ts";
import type { PaymentsRefusal } from "../problems.ts";
import {
  approvalsOf,
  endBatch,
  endedHoldIn,
  insertApproval,
  isUnmoved,
  lockBatch,
  markReleased,
  partsOf,
  type Batch,
} from "./store-batches.ts";
import { insertTransfer } from "../books/store-books.ts";

export interface BatchApprovalRequest {
  readonly batch: string;
  /** A human other than the maker, and other than everyone who approved a payment of it or released it before. */
  readonly releasedBy: string;
  /** The hash the person saw: of the lines of every file, the payer's account and the day. */
  readonly sha256: string;
}

export interface BatchReceipt {
  readonly batch: string;
  readonly sha256: string;
  /** Releases that are still missing; 0: the batch is released, its budget reserved, its files will be made. */
  readonly missing: number;
  readonly repeated: boolean;
}

export type BatchApprovalRefusal = PaymentsRefusal<
  "batch-unknown" | "batch-changed" | "batch-late" | "not-batchable" | "same-person" | "budget-exhausted"
>;

/**
 * The second of the four eyes, for a whole batch; above the programme's limits the third too. With the last one the money is
 * reserved, in the same transaction, so that what is released never exceeds the budget. If a payment of the batch has moved
 * since it was proposed, all approvals are void and its payments are free for another batch.
 * A second click by the same person answers the first receipt.
 */
export async function approveBatch(
  payments: Payments,
  release: BatchApprovalRequest,
): Promise<Result<BatchReceipt, BatchApprovalRefusal>> {
  const { releasedBy, sha256 } = release;
  return payments.database
    .transaction<Result<BatchReceipt, BatchApprovalRefusal>>(async (tx) => {
      const batch = await lockBatch(tx, release.batch);
      if (!batch) return err({ code: "batch-unknown" });
      const before = await approvalsOf(tx, batch.id);
      const receipt = { batch: batch.id, sha256 };
      if (before.some((one) => one.by === releasedBy && one.sha256 === sha256 && batch.sha256 === sha256))
        return ok({ ...receipt, missing: Math.max(0, batch.approvals - before.length), repeated: true });
      if (batch.state !== "proposed") return err({ code: "not-batchable", params: { state: batch.state } });
      if (batch.sha256 !== sha256) return err({ code: "batch-changed" });
      if (!(await isSomebodyElse(tx, batch, releasedBy, before))) return err({ code: "same-person" });
      const now = payments.clock.now();
      if (payments.banking.executionDate(now) > batch.payOn) {
        return err({ code: "batch-late", params: { payOn: batch.payOn } });
      }
      if (!(await isUnmoved(tx, batch))) {
        await endBatch(tx, batch, "changed", now);
        return err({ code: "batch-changed" });
      }
      await insertApproval(tx, batch.id, { by: releasedBy, sha256, at: now });
      const missing = batch.approvals - before.length - 1;
      if (missing > 0) return ok({ ...receipt, missing, repeated: false });

      await insertTransfer(tx, {
        programme: batch.programme,
        from: "appropriation",
        to: "encumbered",
        amount: batch.total,
        reason: `batch ${batch.id}`,
        at: now,
      });
      await markReleased(tx, batch.id, releasedBy, now);
      await logBatch(payments, tx, "payment-batch.released", batch);
      return ok({ ...receipt, missing: 0, repeated: false });
    })
    .catch(refuseOverdraft);
}

async function isSomebodyElse(
  tx: Sql,
  batch: Batch,
  person: string,
  before: readonly { readonly by: string }[],
): Promise<boolean> {
  if (!isPayableText(person, 200) || person === batch.proposedBy || before.some(({ by }) => by === person))
    return false;
  if ((await partsOf(tx, batch.id)).some((part) => part.approvers.includes(person))) return false;
  return !(await endedHoldIn(tx, batch.id, person));
}
