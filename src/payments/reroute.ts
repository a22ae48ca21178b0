import { err, ok, type Result } from "#kernel";
import { paymentBinding } from "./binding.ts";
import type { Account, AccountRefusal } from "./contract.ts";
import { draft, type GrantReceipt } from "./grant.ts";
import { isIn, move } from "./move.ts";
import { today, type Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { entitlementById, lockLatestInstruction } from "./store.ts";
import { isContradicted } from "./store-reports.ts";

export interface Reroute {
  readonly entitlementId: string;
  /** The attempt the officer saw: a second click finds the next attempt and changes nothing. */
  readonly instructionId: string;
  readonly account: Account;
  /** The officer who accepts the new account; releasing it takes another one. */
  readonly approvedBy: string;
}

/**
 * Ends an attempt that did not reach the payee and drafts the next one to another account, which a second officer
 * releases like the first. Only for money that is surely not with the payee: refused, returned, or held before sending, and
 * not while the bank's reports contradict each other: `correctFromStatement` settles that first.
 */
export async function reroutePayment(
  payments: Payments,
  reroute: Reroute,
): Promise<
  Result<GrantReceipt, AccountRefusal | PaymentsRefusal<"entitlement-unknown" | "not-reroutable" | "contradicted">>
> {
  const account = payments.banking.checkAccount(reroute.account, today(payments));
  if (!account.ok) return account;
  return payments.database.transaction(async (tx) => {
    const entitlement = await entitlementById(tx, reroute.entitlementId);
    const instruction = entitlement && (await lockLatestInstruction(tx, entitlement.id));
    if (!entitlement || !instruction) return err({ code: "entitlement-unknown" });
    if (await isContradicted(tx, instruction.id)) return err({ code: "contradicted" });
    if (instruction.id !== reroute.instructionId) {
      return err({ code: "not-reroutable", params: { state: instruction.state } });
    }

    if (isIn(instruction, "rejected")) await move(payments, tx, instruction, "rerouted", reroute.approvedBy);
    else if (isIn(instruction, "returned")) await move(payments, tx, instruction, "rerouted", reroute.approvedBy);
    else if (isIn(instruction, "waiting-for-person")) {
      await move(payments, tx, instruction, "account-renewed", reroute.approvedBy);
    } else if (isIn(instruction, "held")) await move(payments, tx, instruction, "cancelled", reroute.approvedBy);
    else return err({ code: "not-reroutable", params: { state: instruction.state } });

    const next = await draft(payments, tx, entitlement, {
      attempt: instruction.attempt + 1,
      account: account.value,
      approvedBy: reroute.approvedBy,
    });
    return ok({
      entitlementId: entitlement.id,
      instructionId: next.id,
      binding: paymentBinding(entitlement, next),
      repeated: false,
    });
  });
}
