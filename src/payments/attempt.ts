import { uuidV4 } from "#kernel";
import type { Sql } from "#store";
import { paymentBinding } from "./binding.ts";
import type { Account, ChequeAddress } from "./contract.ts";
import { endToEndId } from "./grant.ts";
import { logRelease } from "./log-act.ts";
import { move, moveAll, type EventDetail } from "./move.ts";
import type { Payments } from "./open.ts";
import type { PaymentEvent } from "./states.ts";
import { insertInstruction, type Entitlement, type Instruction } from "./store.ts";

export interface NextAttempt {
  readonly account: Account;
  readonly amount: bigint;
  readonly cheque?: ChequeAddress;
  readonly approvedBy: string;
  /** Waits in `held` for this reason instead of being approved. */
  readonly hold?: string;
  /** Released at once: two people acted on it, or their approvals are carried over because only a code changed. */
  readonly released?: { readonly by: string; readonly detail: EventDetail };
}

/**
 * Ends an attempt that did not reach the payee by `event` and drafts the next one: held, approved once, or released. The
 * account must have been checked today.
 */
export async function nextAttempt(
  payments: Payments,
  tx: Sql,
  o: {
    readonly entitlement: Entitlement;
    readonly last: Instruction;
    readonly event: PaymentEvent;
    readonly by: string;
  },
  next: NextAttempt,
): Promise<Instruction> {
  const { entitlement, last, event, by } = o;
  const { account, amount, cheque, approvedBy, hold, released } = next;
  await moveAll(payments, tx, [{ instruction: last, events: [event], detail: released?.detail ?? {} }], by);
  const row: Instruction<"none"> = {
    id: endToEndId(entitlement.id, last.attempt + 1),
    entitlement: entitlement.id,
    attempt: last.attempt + 1,
    uetr: uuidV4(),
    payeeName: entitlement.payeeName,
    amount,
    account,
    approvedBy,
    state: "none",
    file: null,
    ...(cheque && { cheque }),
  };
  await insertInstruction(tx, row);
  const drafted = await move(payments, tx, row, "instruction-drafted", "system");
  if (hold !== undefined) return move(payments, tx, drafted, "checks-failed", "system", { reason: hold });
  const binding = paymentBinding(entitlement, row);
  const checked = await move(payments, tx, drafted, "checks-passed", "system");
  const once = await move(payments, tx, checked, "first-approved", approvedBy, { binding });
  if (!released) return once;
  const twice = await move(payments, tx, once, "second-approved", released.by, { ...released.detail, binding });
  await logRelease(payments, tx, { entitlement, instruction: twice, binding });
  return twice;
}
