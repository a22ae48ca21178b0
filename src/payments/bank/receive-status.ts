import { err, ok, utf8, type Result } from "#kernel";
import type { Sql } from "#store";
import { isRefusal, resolveReport, statusStep, type OurLine, type ResolvedLine } from "./apply-report.ts";
import { sha256Hex } from "../binding.ts";
import { noteSent } from "./deliver.ts";
import { moveAll, type Move } from "../move.ts";
import type { Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { raiseForReasons } from "./raise-for-reasons.ts";
import { readCreditTransfer } from "./read-credit-transfer.ts";
import { readStatusReport, type StatusReport } from "./read-status-report.ts";
import { stateAfter, type PaymentEvent, type State } from "../states.ts";
import { lockInstructionsOfFile, purposesOfFile, type Instruction } from "../store.ts";
import { lockFile, type LockedFile } from "./store-files.ts";
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
  file: LockedFile,
  report: StatusReport,
  sha256: string,
): Promise<StatusLine[]> {
  const instructions = await lockInstructionsOfFile(tx, file.id);
  const states = new Map(instructions.map((instruction) => [instruction.id, instruction]));
  const ours = await linesOf(payments, tx, file, instructions);
  const lines: StatusLine[] = [];
  const moves: Move[] = [];
  for (const resolved of resolveReport(report, ours, payments.banking.currency.decimals)) {
    const instruction = states.get(resolved.endToEndId ?? "");
    const { code, reason } = resolved;
    const step = instruction && stepOf(instruction.state, resolved);
    if (instruction && step && step.events.length > 0) {
      const detail = { report: sha256, code, ...(reason !== undefined && { reason }) };
      moves.push({ instruction, events: step.events, detail });
      states.set(instruction.id, { ...instruction, state: stateAfterAll(instruction.state, step.events) });
    }
    lines.push({
      instruction: instruction?.id ?? null,
      endToEndId: resolved.endToEndId ?? resolved.reported ?? null,
      code,
      reason: reason ?? null,
      outcome: step?.outcome ?? "unmatched",
    });
  }
  await moveAll(payments, tx, moves, "bank");
  const refusals = lines.flatMap(({ instruction, code, reason, outcome }) =>
    instruction !== null && outcome === "applied" && isRefusal(code)
      ? [{ instruction, file: file.id, reason: reason ?? undefined }]
      : [],
  );
  await raiseForReasons(payments, tx, refusals);
  return lines;
}

function stepOf(
  state: State,
  line: ResolvedLine,
): { readonly outcome: StatusLine["outcome"]; readonly events: readonly PaymentEvent[] } {
  return line.amountDiffers ? { outcome: "amount-differs", events: [] } : statusStep(state, line.code, line.reason);
}

function stateAfterAll(state: State, events: readonly PaymentEvent[]): State {
  return events.reduce((now, event) => stateAfter(now, event) ?? now, state);
}

/** What belongs to a file, and to which of its groups. */
async function linesOf(
  payments: Payments,
  tx: Sql,
  file: LockedFile,
  instructions: readonly Instruction[],
): Promise<OurLine[]> {
  const { purposes } = file;
  if (!purposes) return linesIn(payments, file.xml ?? "");
  const groups = new Map(purposes.map((purpose, index) => [purpose, `${file.id}-${index + 1}`]));
  const purposeOf = purposes.length > 1 ? await purposesOfFile(tx, file.id) : new Map<string, string>();
  return instructions.map(({ id, uetr, amount }) => ({
    endToEndId: id,
    uetr,
    amount,
    group: groups.get(purposeOf.get(id) ?? purposes[0] ?? "") ?? "",
  }));
}

/** The same of a file from before its groups were kept: as it was sent. */
function linesIn(payments: Payments, xml: string): OurLine[] {
  const sent = readCreditTransfer(xml, payments.banking);
  if (!sent.ok) throw Object.assign(new Error("a stored file can no longer be read"), { code: "payments-broken" });
  return sent.value.groups.flatMap((group) =>
    group.transfers.map(({ endToEndId, uetr, amount }) => ({ endToEndId, uetr, amount, group: group.id })),
  );
}
