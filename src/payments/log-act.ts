import { randomBytes } from "node:crypto";
import { canonicalJson, toBase64Url } from "#kernel";
import { commitSync, entryInstant, type Log, type LogEntry } from "#ledger";
import type { Sql } from "#store";
import type { Payments } from "./open.ts";
import type { Entitlement, Instruction } from "./store.ts";
import type { Batch } from "./batches/store-batches.ts";
import type { FileSummary } from "./bank/store-files.ts";
import { insertLoggedAct } from "./store-logged-acts.ts";

/** Where acts with money are entered. */
export interface PaymentLog {
  readonly log: Log;
  /** Path form of the member that writes the log. */
  readonly member: string;
}

type PaymentKind =
  | "payment-batch.released"
  | "payment-batch.recalled"
  | "payment.released"
  | "payment.corrected"
  | "bank-file.sent"
  | "payment-day.closed";

/** Enters the second approval of a payment, in the transaction that gives it. */
export function logRelease(
  payments: Payments,
  tx: Sql,
  o: { readonly entitlement: Entitlement; readonly instruction: Instruction; readonly binding: string },
): Promise<void> {
  const { entitlement, instruction, binding } = o;
  return logAct(payments, tx, "payment.released", instruction.id, {
    values: {
      pay: instruction.id,
      cas: entitlement.caseRef,
      amt: `${entitlement.currency} ${instruction.amount}`,
      payee: canonicalJson({ ...instruction.account, name: instruction.payeeName }),
      rec: binding,
    },
  });
}

/** Enters a correction from the bank's statement, in the transaction that makes it. */
export function logCorrection(
  payments: Payments,
  tx: Sql,
  o: { readonly instruction: string; readonly to: string; readonly record: Readonly<Record<string, string>> },
): Promise<void> {
  const rec = canonicalJson({ ...o.record, instruction: o.instruction, to: o.to });
  const values = { pay: o.instruction, rec };
  return logAct(payments, tx, "payment.corrected", o.instruction, { values, codes: { to: o.to } });
}

/** Enters that the bank has a file, in the transaction that marks it as sent. */
export function logFileSent(payments: Payments, tx: Sql, file: FileSummary): Promise<void> {
  const { id, sha256, lines, total, receipt } = file;
  const rec = canonicalJson({ file: id, sha256, lines, total: String(total), receipt });
  return logAct(payments, tx, "bank-file.sent", id, { values: { rec }, codes: { file: id } });
}

/** Enters the last release, or the recall, of a whole batch: one entry for all its payments, bound by its hash. */
export function logBatch(
  payments: Payments,
  tx: Sql,
  kind: "payment-batch.released" | "payment-batch.recalled",
  batch: Pick<Batch, "id" | "programme" | "payOn" | "lines" | "total" | "sha256">,
): Promise<void> {
  const { id, programme, payOn, lines, total, sha256 } = batch;
  const rec = canonicalJson({ batch: id, programme, payOn, lines: String(lines), total: String(total), sha256 });
  return logAct(payments, tx, kind, id, { values: { rec }, codes: { batch: id } });
}

/** Enters that a day's report was closed, in the transaction that keeps it. */
export function logDay(
  payments: Payments,
  tx: Sql,
  o: { readonly day: string; readonly sha256: string },
): Promise<void> {
  return logAct(payments, tx, "payment-day.closed", o.day, { values: { rec: o.sha256 } });
}

/**
 * Commits to each value under a salt of its own: an amount has few likely values, and showing one value later must not
 * open the others.
 */
async function logAct(
  payments: Payments,
  tx: Sql,
  kind: PaymentKind,
  subject: string,
  o: { readonly values: Readonly<Record<string, string>>; readonly codes?: Readonly<Record<string, string>> },
): Promise<void> {
  if (!payments.log) return;
  const { log, member } = payments.log;
  const opening: Record<string, { salt: string; value: string }> = {};
  const commitments: Record<string, string> = {};
  for (const [field, value] of Object.entries(o.values)) {
    const salt = randomBytes(32);
    opening[field] = { salt: toBase64Url(salt), value };
    commitments[field] = commitSync(value, salt);
  }
  const at = entryInstant(payments.clock.now());
  // The log compares the fields with the kind's declaration, so a wrong set of values is refused there.
  const entry = { v: 1, t: kind, at, member, ...o.codes, ...commitments } as unknown as LogEntry;
  const staged = await log.append(tx, entry);
  await insertLoggedAct(tx, { staged, kind, subject, opening });
}
