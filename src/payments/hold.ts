import { err, ok, type Result } from "#kernel";
import { paymentBinding } from "./binding.ts";
import { isIn, move } from "./move.ts";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { entitlementById, eventsOf, lockInstruction } from "./store.ts";

/** Why a payment is held when an officer stopped it. */
const officersHold = "officer";

type HoldRefusal = PaymentsRefusal<"evidence-missing" | "payment-changed">;

/**
 * Stops a released payment that is in no file yet, because somebody found that it must be looked at: its release is void.
 * A second call of the same person answers alike; once it is in a file, it is too late.
 */
export async function holdPayment(
  payments: Payments,
  o: { readonly instructionId: string; readonly note: string; readonly by: string },
): Promise<Result<{ readonly instructionId: string }, HoldRefusal>> {
  const { instructionId, note, by } = o;
  if ([note, by].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const instruction = await lockInstruction(tx, instructionId);
    if (!instruction) return err({ code: "payment-changed" });
    if (isIn(instruction, "approved"))
      await move(payments, tx, instruction, "checks-failed", by, { reason: officersHold, note });
    else {
      const last = (await eventsOf(tx, instructionId)).at(-1);
      const own = isIn(instruction, "held") && last?.by === by && last.detail["reason"] === officersHold;
      if (!own) return err({ code: "payment-changed" });
    }
    return ok({ instructionId });
  });
}

/**
 * Lets a payment that an officer stopped go on: `by` approves it, and another person must release it again. What the checks
 * stopped is not for this: time, the bank's answer or another account ends such a hold.
 */
export async function endHold(
  payments: Payments,
  o: { readonly instructionId: string; readonly note: string; readonly by: string },
): Promise<Result<{ readonly instructionId: string }, HoldRefusal>> {
  const { instructionId, note, by } = o;
  if ([note, by].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const instruction = await lockInstruction(tx, instructionId);
    const entitlement = instruction && (await entitlementById(tx, instruction.entitlement));
    const last = (await eventsOf(tx, instructionId)).at(-1);
    if (!instruction || !entitlement) return err({ code: "payment-changed" });
    if (isIn(instruction, "approved-once") && last?.by === by) return ok({ instructionId });
    if (!isIn(instruction, "held") || last?.detail["reason"] !== officersHold) return err({ code: "payment-changed" });
    const checked = await move(payments, tx, instruction, "hold-resolved", by, { note });
    await move(payments, tx, checked, "first-approved", by, { binding: paymentBinding(entitlement, instruction) });
    return ok({ instructionId });
  });
}
