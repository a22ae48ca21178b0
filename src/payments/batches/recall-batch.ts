import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { logBatch } from "../log-act.ts";
import { moveAll } from "../move.ts";
import type { Payments } from "../open.ts";
import { isPayableText } from "../payable-text.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { lockInstructionsOfFile } from "../store.ts";
import { askRecall, endBatch, lockBatch, lockUnsentFiles, recallFile, type Batch } from "./store-batches.ts";
import { insertTransfer } from "../books/store-books.ts";

export interface BatchRecall {
  readonly batch: string;
  readonly recalledBy: string;
  readonly reason: string;
}

export interface RecallReceipt {
  readonly batch: string;
  /** `asked`: another person must recall it too. */
  readonly outcome: "asked" | "recalled";
  /** Files that the bank does not have and never will. */
  readonly files: number;
}

/**
 * Takes a batch back. One that nobody released needs one person; a released one two, and then only what the bank does not
 * have yet comes back: files that were sent go on. The payments are approved once again, free for another batch, and their
 * money is no longer reserved.
 */
export async function recallBatch(
  payments: Payments,
  recall: BatchRecall,
): Promise<
  Result<RecallReceipt, PaymentsRefusal<"batch-unknown" | "batch-not-recallable" | "same-person" | "evidence-missing">>
> {
  const { recalledBy, reason } = recall;
  if (![recalledBy, reason].every((text) => isPayableText(text, 200))) return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const batch = await lockBatch(tx, recall.batch);
    if (!batch) return err({ code: "batch-unknown" });
    const now = payments.clock.now();
    if (batch.state === "proposed" || batch.state === "gathering") {
      await endBatch(tx, batch, batch.state === "proposed" ? "recalled" : "stopped", now);
      return ok({ batch: batch.id, outcome: "recalled", files: 0 });
    }
    if (batch.state !== "released") return err({ code: "batch-not-recallable" });
    if (batch.recallAskedBy === null) {
      await askRecall(tx, batch.id, recalledBy, reason);
      return ok({ batch: batch.id, outcome: "asked", files: 0 });
    }
    if (batch.recallAskedBy === recalledBy) return err({ code: "same-person" });
    const files = await lockUnsentFiles(tx, batch.id);
    for (const { file, n } of files) {
      await freeFile(payments, tx, batch, file, recalledBy);
      await recallFile(tx, batch.id, n, file, now);
    }
    await releaseRest(tx, batch, await endBatch(tx, batch, "recalled", now), now);
    await logBatch(payments, tx, "payment-batch.recalled", batch);
    return ok({ batch: batch.id, outcome: "recalled", files: files.length });
  });
}

/** Brings the payments of an unsent file back to their first approval. */
async function freeFile(payments: Payments, tx: Sql, batch: Batch, file: string, by: string): Promise<void> {
  const queued = (await lockInstructionsOfFile(tx, file)).filter(({ state }) => state === "queued");
  const detail = { batch: batch.id, file };
  await moveAll(
    payments,
    tx,
    queued.map((instruction) => ({
      instruction,
      events: ["batch-recalled-before-sending", "first-approved"] as const,
      detail,
    })),
    by,
  );
}

/** What was reserved for payments that got no file is free again. */
export async function releaseRest(
  tx: Sql,
  batch: Pick<Batch, "id" | "programme">,
  rest: bigint,
  at: Date,
): Promise<void> {
  if (rest === 0n) return;
  await insertTransfer(tx, {
    programme: batch.programme,
    from: "encumbered",
    to: "appropriation",
    amount: rest,
    reason: `end of batch ${batch.id}`,
    at,
  });
}
