import { err, ok, utf8, type Result } from "#kernel";
import type { Sql } from "#store";
import { resolveReport, statusStep, type OurLine, type ResolvedLine } from "./apply-report.ts";
import { sha256Hex } from "./binding.ts";
import { noteSent } from "./deliver.ts";
import { moveAlong } from "./move.ts";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { readCreditTransfer } from "./read-credit-transfer.ts";
import { readStatusReport, type StatusReport } from "./read-status-report.ts";
import { lockInstructionsOfFile, type Instruction } from "./store.ts";
import { lockFile, type FileSummary } from "./store-files.ts";
import {
  insertStatusFile,
  insertStatusLines,
  statusFile,
  statusLinesOf,
  type StatusFile,
  type StatusLine,
} from "./store-reports.ts";

export interface StatusReceipt {
  /** SHA-256 of the report's bytes. */
  readonly report: string;
  /** MsgId of our file. */
  readonly file: string;
  readonly lines: readonly StatusLine[];
  /** True if these very bytes had been received before. */
  readonly repeated: boolean;
}

/** Of a report that cannot be read at most this much is kept. */
const keptBytes = 1_000_000;

/**
 * Takes one pain.002 report of the bank: reads it, matches it, moves the payments, keeps the original. All of it or
 * nothing, once per content. What cannot be read or matched is kept in quarantine and answered as a refusal; a line
 * that contradicts what we know changes nothing and waits in `quarantine` for a person.
 */
export async function receiveStatus(
  payments: Payments,
  xml: string,
  name = "",
): Promise<Result<StatusReceipt, PaymentsRefusal<"status-invalid" | "status-unmatched">>> {
  const sha256 = sha256Hex(xml);
  const before = await statusFile(payments.database, sha256);
  if (before) return repeat(payments.database, before);

  const report = readStatusReport(xml);
  // PostgreSQL's text holds no NUL; a bank's odd file name must not stop its report.
  const row = { sha256, name: name.replaceAll("\0", ""), content: utf8(xml), receivedAt: payments.clock.now() };
  return payments.database.transaction(async (tx) => {
    const refuse = async (outcome: "status-invalid" | "status-unmatched", reason: string) => {
      const content = report.ok ? row.content : row.content.subarray(0, keptBytes);
      await insertStatusFile(tx, { ...row, content, file: null, outcome, reason: reason.slice(0, 1000) });
      return err({ code: outcome, inside: reason });
    };
    if (!report.ok) return refuse("status-invalid", report.error);
    const file = await lockFile(tx, report.value.originalId, "wait");
    if (!file) return refuse("status-unmatched", "OrgnlMsgId is no file of ours");
    if (!(await insertStatusFile(tx, { ...row, file: file.id, outcome: "applied", reason: null }))) {
      return repeat(tx, (await statusFile(tx, sha256))!);
    }
    if (!file.sentAt) await noteSent(payments, tx, file.id, `report ${sha256}`);
    const lines = await applyReport(payments, tx, file, report.value, sha256);
    await insertStatusLines(tx, sha256, lines);
    return ok({ report: sha256, file: file.id, lines, repeated: false });
  });
}

async function repeat(
  sql: Sql,
  before: Omit<StatusFile, "content">,
): Promise<Result<StatusReceipt, PaymentsRefusal<"status-invalid" | "status-unmatched">>> {
  if (before.outcome !== "applied") return err({ code: before.outcome, inside: before.reason ?? "" });
  return ok({
    report: before.sha256,
    file: before.file ?? "",
    lines: await statusLinesOf(sql, before.sha256),
    repeated: true,
  });
}

async function applyReport(
  payments: Payments,
  tx: Sql,
  file: FileSummary & { xml: string },
  report: StatusReport,
  sha256: string,
): Promise<StatusLine[]> {
  const instructions = new Map((await lockInstructionsOfFile(tx, file.id)).map((line) => [line.id, line]));
  const lines: StatusLine[] = [];
  for (const resolved of resolveReport(report, linesOf(payments, file.xml), payments.banking.currency.decimals)) {
    const instruction = instructions.get(resolved.endToEndId ?? "");
    const after = instruction && (await applyLine(payments, tx, instruction, resolved, sha256));
    if (after) instructions.set(after.instruction.id, after.instruction);
    lines.push({
      instruction: instruction?.id ?? null,
      endToEndId: resolved.endToEndId ?? resolved.reported ?? null,
      code: resolved.code,
      reason: resolved.reason ?? null,
      outcome: after?.outcome ?? "unmatched",
    });
  }
  return lines;
}

async function applyLine(
  payments: Payments,
  tx: Sql,
  instruction: Instruction,
  line: ResolvedLine,
  report: string,
): Promise<{ instruction: Instruction; outcome: StatusLine["outcome"] }> {
  if (line.amountDiffers) return { instruction, outcome: "amount-differs" };
  const { outcome, events } = statusStep(instruction.state, line.code, line.reason);
  const detail = { report, code: line.code, ...(line.reason !== undefined && { reason: line.reason }) };
  let moved = instruction;
  for (const event of events) moved = await moveAlong(payments, tx, moved, event, "bank", detail);
  return { instruction: moved, outcome };
}

/** The file as it was sent is the truth about what belongs to it, and to which of its groups. */
function linesOf(payments: Payments, xml: string): OurLine[] {
  const sent = readCreditTransfer(xml, payments.banking);
  if (!sent.ok) throw Object.assign(new Error("a stored file can no longer be read"), { code: "payments-broken" });
  return sent.value.groups.flatMap((group) =>
    group.transfers.map(({ endToEndId, uetr, amount }) => ({ endToEndId, uetr, amount, group: group.id })),
  );
}
