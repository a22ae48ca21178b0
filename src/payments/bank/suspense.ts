import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { explainLine } from "./explain-line.ts";
import { logCorrection } from "../log-act.ts";
import { moveAll } from "../move.ts";
import type { Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { claimById, receiveForClaim } from "../recovery/recovery.ts";
import { stateAfter, type PaymentEvent } from "../states.ts";
import { lockInstruction } from "../store.ts";
import {
  insertResolution,
  lineKey,
  lockBankLines,
  lockSuspense,
  openSuspenseRows,
  provenOf,
  resolutionOf,
  type OpenSuspense,
} from "./store-bank-lines.ts";

/** Lines of the bank that nothing explained, those due first. */
export function listSuspense(payments: Payments, limit = 100, offset = 0): Promise<readonly OpenSuspense[]> {
  return openSuspenseRows(payments.database, limit, offset);
}

/** One line that nothing explained, with what a person found out about it, if somebody did. */
export async function suspenseById(
  payments: Payments,
  id: string,
): Promise<(OpenSuspense & { readonly explained: boolean }) | undefined> {
  return payments.database.transaction(async (tx) => {
    const found = await lockSuspense(tx, id);
    return found && { ...found, explained: (await resolutionOf(tx, id)) !== undefined };
  });
}

export interface Resolve {
  readonly suspenseId: string;
  readonly to:
    | { readonly kind: "instruction"; readonly instructionId: string }
    | { readonly kind: "recovery"; readonly recoveryId: string }
    /** The bank or a stranger is wrong: it goes back where it came from. */
    | { readonly kind: "not-ours" };
  /** What was found out, for the auditor. */
  readonly note: string;
  readonly by: string;
  /** A second person; needed above `limits.singleHandedUpTo`. */
  readonly confirmedBy?: string;
}

export interface ResolveReceipt {
  readonly suspenseId: string;
  readonly repeated: boolean;
}

/**
 * Explains a line of the bank: it is a payment's, a recovery's, or not ours. A payment must have the line's amount and
 * stand where the line can have come from; then it moves as the line would have moved it. The same again answers alike.
 */
export async function resolveSuspense(
  payments: Payments,
  resolve: Resolve,
): Promise<
  Result<
    ResolveReceipt,
    PaymentsRefusal<
      "suspense-unknown" | "suspense-explained" | "confirmation-needed" | "evidence-missing" | "explanation-wrong"
    >
  >
> {
  const { suspenseId, to, note, by, confirmedBy } = resolve;
  if (by.trim() === "" || note.trim() === "") return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    await lockBankLines(tx);
    const open = await lockSuspense(tx, suspenseId);
    if (!open) return err({ code: "suspense-unknown" });
    const subject = to.kind === "instruction" ? to.instructionId : to.kind === "recovery" ? to.recoveryId : null;
    const before = await resolutionOf(tx, suspenseId);
    if (before) {
      const same = before.kind === to.kind && before.subject === subject && before.by === by;
      return same ? ok({ suspenseId, repeated: true }) : err({ code: "suspense-explained" });
    }
    const size = open.amount < 0n ? -open.amount : open.amount;
    const alone = confirmedBy === undefined || confirmedBy.trim() === "" || confirmedBy === by;
    if (alone && size > payments.limits.singleHandedUpTo) return err({ code: "confirmation-needed" });

    const wrong =
      to.kind === "instruction"
        ? await carryOut(payments, tx, open, to.instructionId, by, confirmedBy)
        : to.kind === "recovery"
          ? await payClaim(payments, tx, open, to.recoveryId)
          : undefined;
    if (wrong !== undefined) return err({ code: "explanation-wrong", params: { why: wrong } });
    const at = payments.clock.now();
    await insertResolution(tx, {
      suspense: suspenseId,
      kind: to.kind,
      subject,
      note,
      by,
      at,
      confirmedBy: alone ? null : confirmedBy,
    });
    return ok({ suspenseId, repeated: false });
  });
}

/** Moves the payment as the line proves; corrections where the ordinary graph has no edge. Answers what does not fit. */
async function carryOut(
  payments: Payments,
  tx: Sql,
  line: OpenSuspense,
  instructionId: string,
  by: string,
  confirmedBy: string | undefined,
): Promise<string | undefined> {
  const instruction = await lockInstruction(tx, instructionId);
  if (!instruction) return "payment-unknown";
  if (line.amount !== instruction.amount && line.amount !== -instruction.amount) return "amount-differs";
  const direction = line.amount > 0n ? "credit" : "debit";
  const proofs = await provenOf(tx, [instructionId]);
  const proven = {
    settlement: proofs.some(({ outcome }) => outcome === "settlement"),
    return: proofs.some(({ outcome }) => outcome === "return"),
  };
  const explained = explainLine(instruction.state, { direction, returned: true }, proven);
  const correction: PaymentEvent = direction === "debit" ? "corrected-to-settled" : "corrected-to-returned";
  const events =
    explained.outcome !== "suspense"
      ? explained.events
      : explained.why === "contradiction" && stateAfter(instruction.state, correction)
        ? [correction]
        : undefined;
  if (!events) return explained.outcome === "suspense" ? explained.why : "contradiction";
  const detail = {
    statement: line.account,
    line: line.reference,
    suspense: line.id,
    ...(confirmedBy !== undefined && { confirmedBy }),
    ...(line.reason !== null && { reason: line.reason }),
  };
  await moveAll(payments, tx, [{ instruction, events, detail }], by);
  if (events[0] === correction) {
    const to = correction === "corrected-to-settled" ? "settled" : "returned";
    await logCorrection(payments, tx, { instruction: instructionId, to, record: { ...detail, by } });
  }
  return undefined;
}

async function payClaim(
  payments: Payments,
  tx: Sql,
  line: OpenSuspense,
  recoveryId: string,
): Promise<string | undefined> {
  if (line.amount < 0n) return "direction";
  const claim = await claimById(tx, recoveryId);
  if (!claim) return "recovery-unknown";
  if (claim.left < line.amount) return "more-than-is-left";
  await receiveForClaim(payments, tx, claim, line.amount, lineKey(line.account, line.reference));
  return undefined;
}
