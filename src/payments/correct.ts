import { err, ok, type Result } from "#kernel";
import { logCorrection } from "./log-act.ts";
import { moveAlong } from "./move.ts";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { stateAfter, type PaymentEvent, type State } from "./states.ts";
import { eventsOf, lockInstruction } from "./store.ts";
import { countContradictions } from "./bank/store-reports.ts";

export interface Correction {
  readonly instructionId: string;
  readonly to: "settled" | "rejected" | "returned" | "not-received";
  /** The bank statement and the line in it that prove the true state: ids, no names. */
  readonly evidence: { readonly statement: string; readonly line: string };
  /** The bank's reason code where money was refused or came back. */
  readonly reason?: string;
  readonly by: string;
  /** A second person, always: a correction can open the way for another payment. */
  readonly confirmedBy: string;
}

export interface CorrectionReceipt {
  readonly instructionId: string;
  readonly from: State;
  readonly to: State;
  readonly repeated: boolean;
}

/**
 * Brings a payment to the state that the bank's statement proves, where reports were missing or contradicted each other.
 * The event is a correction for ever, never an ordinary status. The same correction again answers the first receipt.
 */
export async function correctFromStatement(
  payments: Payments,
  correction: Correction,
): Promise<Result<CorrectionReceipt, PaymentsRefusal<"same-person" | "not-correctable" | "evidence-missing">>> {
  const { instructionId, to, evidence, by, confirmedBy, reason } = correction;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([evidence.statement, evidence.line, by, confirmedBy].some((text) => text.trim() === "")) {
    return err({ code: "evidence-missing" });
  }
  const event: PaymentEvent = `corrected-to-${to}`;
  return payments.database.transaction(async (tx) => {
    const instruction = await lockInstruction(tx, instructionId);
    if (!instruction) return err({ code: "not-correctable", params: { state: "none" } });
    const last = (await eventsOf(tx, instructionId)).at(-1);
    const { statement, line } = last?.detail ?? {};
    if (last?.event === event && statement === evidence.statement && line === evidence.line) {
      return ok({ instructionId, from: last.from, to: last.to, repeated: true });
    }
    if (!stateAfter(instruction.state, event)) {
      return err({ code: "not-correctable", params: { state: instruction.state } });
    }
    const seen = String(await countContradictions(tx, instructionId));
    const detail = { ...evidence, confirmedBy, seen, ...(reason !== undefined && { reason }) };
    await moveAlong(payments, tx, instruction, event, by, detail);
    await logCorrection(payments, tx, {
      instruction: instructionId,
      to,
      record: { ...detail, from: instruction.state, by },
    });
    return ok({ instructionId, from: instruction.state, to, repeated: false });
  });
}
