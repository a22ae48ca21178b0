import { isDeepStrictEqual } from "node:util";
import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { linesHash } from "./batch-hash.ts";
import { sha256Hex } from "../binding.ts";
import type { CreditTransferFile, Transfer } from "../bank/credit-transfer.ts";
import { moveAll, type Move } from "../move.ts";
import { localTime, today, type Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { readCreditTransfer } from "../bank/read-credit-transfer.ts";
import { releaseRest } from "./recall-batch.ts";
import {
  batchById,
  closePart,
  endBatch,
  lateBatch,
  lockNextPart,
  lockPartLines,
  type Batch,
  type PartLine,
} from "./store-batches.ts";
import { fileSummary, insertFile, nextFileNumber, type FileSummary } from "../bank/store-files.ts";
import { filesBlocked } from "../store-incidents.ts";
import { writeCreditTransfer } from "../bank/write-credit-transfer.ts";

export type BatchFileRefusal = PaymentsRefusal<
  "nothing-to-pay" | "batch-late" | "batch-changed" | "file-invalid" | "files-blocked"
>;

export interface MadeBatchFile {
  /** None when no payment of the part passed its checks. */
  readonly file?: FileSummary;
  /** Payments that no longer pass their checks today and wait for an officer. */
  readonly held: readonly string[];
}

/**
 * Makes the next bank file of the oldest released batch: one part, in one transaction, so that a kill leaves whole files and
 * no half of one. The lines must hash to what was released; the file is read back as a bank would read it (form, schema,
 * sums), and what was read must be what was released, before it exists for anybody. Several processes make different files.
 * Memory holds one file. Call it until it answers `nothing-to-pay`.
 *
 * A batch whose content is no longer what was released ends as `changed`; one whose day can no longer be kept waits for
 * its recall (`batch-late`) and keeps no other waiting.
 */
export async function makeBatchFile(payments: Payments): Promise<Result<MadeBatchFile, BatchFileRefusal>> {
  return payments.database.transaction(async (tx) => {
    if (await filesBlocked(tx)) return err({ code: "files-blocked" });
    const now = payments.clock.now();
    const earliest = payments.banking.executionDate(now);
    const part = await lockNextPart(tx, earliest);
    const batch = part && (await batchById(tx, part.batch));
    if (!part || !batch) {
      const late = await lateBatch(tx, earliest);
      return late
        ? err({ code: "batch-late", params: { batch: late.id, payOn: late.payOn } })
        : err({ code: "nothing-to-pay" });
    }
    const lines = await lockPartLines(tx, part.batch, part.n);
    const unmoved = lines.every(({ state }) => state === "approved-once");
    if (!unmoved || linesHash(lines.map(transferOf)) !== part.sha256) {
      await releaseRest(tx, batch, await endBatch(tx, batch, "changed", now), now);
      return err({ code: "batch-changed", params: { batch: batch.id } });
    }

    const held = await holdOut(payments, tx, batch, lines);
    const kept = lines.filter(({ id }) => !held.has(id));
    if (kept.length === 0) {
      await closePart(tx, batch.id, part.n, null);
      return ok({ held: [...held] });
    }
    const number = await nextFileNumber(tx);
    const content = contentOf(payments, batch, payments.messageId(today(payments), number), kept);
    const xml = writeCreditTransfer(content, payments.banking);
    const read = readCreditTransfer(xml, payments.banking);
    if (!read.ok) return err({ code: "file-invalid", inside: read.error.map((fault) => fault.message).join("; ") });
    if (!isDeepStrictEqual(read.value, content)) {
      return err({ code: "file-invalid", inside: "the file does not say what was released" });
    }
    await insertFile(tx, {
      id: content.id,
      number,
      name: `${content.id}.pain.001.xml`,
      xml,
      sha256: sha256Hex(xml),
      lines: kept.length,
      total: kept.reduce((sum, { amount }) => sum + amount, 0n),
      executionDate: batch.payOn,
      purposes: content.groups.map(({ purposeCode }) => purposeCode),
      writtenAt: now,
    });
    const released = { batch: batch.id };
    const filed = { file: content.id };
    await moveAll(
      payments,
      tx,
      kept.flatMap((instruction): Move[] => [
        { instruction, events: ["second-approved"], detail: released, by: batch.releasedBy ?? "" },
        { instruction: { ...instruction, state: "approved" }, events: ["batched"], detail: filed },
      ]),
      "scheduler",
    );
    await closePart(tx, batch.id, part.n, content.id);
    return ok({ file: (await fileSummary(tx, content.id))!, held: [...held] });
  });
}

/**
 * Makes all files that released batches still want, two at a time: while the database stores one, the other is written and
 * checked. Answers what was made, and why it ended when that is not that nothing is left.
 */
export async function makeBatchFiles(
  payments: Payments,
  onFile: (made: MadeBatchFile) => unknown = () => undefined,
): Promise<{ readonly files: number; readonly held: number; readonly ended?: BatchFileRefusal }> {
  let [files, held] = [0, 0];
  let ended: BatchFileRefusal | undefined;
  const makeOn = async (): Promise<void> => {
    while (!ended) {
      const made = await makeBatchFile(payments);
      if (!made.ok) {
        if (made.error.code !== "nothing-to-pay") ended = made.error;
        return;
      }
      if (made.value.file) files += 1;
      held += made.value.held.length;
      await onFile(made.value);
    }
  };
  await Promise.all([makeOn(), makeOn()]);
  return { files, held, ...(ended && { ended }) };
}

/** The directory may have changed since the roster was read: such payments are released, and held at once for an officer. */
async function holdOut(
  payments: Payments,
  tx: Sql,
  batch: Batch,
  lines: readonly PartLine[],
): Promise<ReadonlySet<string>> {
  const day = today(payments);
  const moves: Move[] = [];
  for (const instruction of lines) {
    const account = payments.banking.checkAccount(instruction.account, day);
    if (account.ok) continue;
    const reason = account.error.code;
    moves.push(
      { instruction, events: ["second-approved"], detail: { batch: batch.id }, by: batch.releasedBy ?? "" },
      { instruction: { ...instruction, state: "approved" }, events: ["checks-failed"], detail: { reason } },
    );
  }
  await moveAll(payments, tx, moves, "system");
  return new Set(moves.map(({ instruction }) => instruction.id));
}

function contentOf(payments: Payments, batch: Batch, id: string, lines: readonly PartLine[]): CreditTransferFile {
  const { payer } = batch;
  const byPurpose = Map.groupBy(lines, ({ purposeCode }) => purposeCode);
  return {
    id,
    createdAt: localTime(payments.clock.now(), payments.banking.utcOffset),
    initiator: { name: payer.agencyName, organisationId: payer.organisationId },
    groups: [...byPurpose].map(([purposeCode, group], index) => ({
      id: `${id}-${index + 1}`,
      purposeCode,
      executionDate: batch.payOn,
      payer: { accountName: payer.accountName, account: payer.account },
      transfers: group.map(transferOf),
    })),
  };
}

function transferOf({ id, uetr, amount, payeeName, account, text }: PartLine): Transfer {
  return { endToEndId: id, uetr, amount, payeeName, account, text };
}
