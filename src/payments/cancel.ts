import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { isIn, moveAlong } from "./move.ts";
import { undoOffsets } from "./recovery/offset.ts";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { entitlementById, lockLatestInstruction } from "./store.ts";

/**
 * Takes back a payment that nobody has released yet, because its decision goes back to be made again: from then on it
 * cannot be released. Pass the transaction of the case's own step as `sql`. A second call answers as the first did.
 */
export async function cancelPayment(
  payments: Payments,
  cancel: { readonly entitlementId: string; readonly cancelledBy: string },
  sql: Sql = payments.database,
): Promise<Result<{ readonly instructionId: string }, PaymentsRefusal<"entitlement-unknown" | "not-releasable">>> {
  return sql.transaction(async (tx) => {
    const entitlement = await entitlementById(tx, cancel.entitlementId);
    const instruction = entitlement && (await lockLatestInstruction(tx, entitlement.id));
    if (!instruction) return err({ code: "entitlement-unknown" });
    if (isIn(instruction, "approved-once") || isIn(instruction, "held")) {
      await moveAlong(payments, tx, instruction, "cancelled", cancel.cancelledBy);
      await undoOffsets(payments, tx, cancel.entitlementId, cancel.cancelledBy);
    } else if (!isIn(instruction, "cancelled"))
      return err({ code: "not-releasable", params: { state: instruction.state } });
    return ok({ instructionId: instruction.id });
  });
}
