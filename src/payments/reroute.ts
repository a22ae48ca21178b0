import { err, ok, type Result } from "#kernel";
import { nextAttempt } from "./attempt.ts";
import { paymentBinding } from "./binding.ts";
import type { Account, AccountRefusal, ChequeAddress } from "./contract.ts";
import type { GrantReceipt } from "./grant.ts";
import { today, type Payments } from "./open.ts";
import { isPayableText } from "./payable-text.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { payerOf } from "./programmes.ts";
import { reasonClass } from "./bank/reasons.ts";
import type { PaymentEvent, State } from "./states.ts";
import { entitlementById, eventsOf, lockLatestInstruction } from "./store.ts";
import { newestOwnerCheck } from "./store-owner-checks.ts";
import { openProgrammeById } from "./store-programmes.ts";
import { isContradicted } from "./bank/store-reports.ts";

interface RerouteBase {
  readonly entitlementId: string;
  /** The attempt the officer saw: a second click finds the next attempt and changes nothing. */
  readonly instructionId: string;
  /** The officer who accepts the new account; releasing it takes another one. */
  readonly approvedBy: string;
}

export interface Reroute extends RerouteBase {
  readonly account: Account;
}

export interface RerouteToCheque extends RerouteBase {
  readonly address: ChequeAddress;
}

export type RerouteRefusal = PaymentsRefusal<
  "entitlement-unknown" | "not-reroutable" | "contradicted" | "payee-dead" | "account-refused"
>;

export interface RerouteReceipt extends GrantReceipt {
  /** The bank has not confirmed the account: nobody can release before this moment (`endHolds`). */
  readonly heldUntil?: Date;
}

/**
 * Ends an attempt that did not reach the payee and drafts the next one to another account, which a second officer
 * releases like the first. Only for money that is surely not with the payee: refused, returned, or held before sending, and
 * not while the bank's reports contradict each other: `correctFromStatement` settles that first.
 * An account whose owner check was no match waits 24 hours; one that the bank called wrong is refused.
 */
export async function reroutePayment(
  payments: Payments,
  reroute: Reroute,
): Promise<Result<RerouteReceipt, AccountRefusal | RerouteRefusal>> {
  const account = payments.banking.checkAccount(reroute.account, today(payments));
  if (!account.ok) return account;
  const check = await newestOwnerCheck(payments.database, account.value);
  if (check && refused.has(check.result)) return err({ code: "account-refused", params: { verdict: check.result } });
  return redirect(payments, reroute, { account: account.value, confirmed: check?.result === "match" });
}

const refused: ReadonlySet<string> = new Set([
  "number-differs",
  "no-such-account",
  "closed",
  "blocked",
  "branch-wrong",
]);

/** The same by a cheque that is sent to an address the person gave. */
export async function rerouteToCheque(
  payments: Payments,
  reroute: RerouteToCheque,
): Promise<Result<RerouteReceipt, PaymentsRefusal<"cheque-invalid"> | RerouteRefusal>> {
  const { postalCode, lines } = reroute.address;
  const good =
    /^(\d{3}|\d{5}|\d{6})$/.test(postalCode) &&
    lines.length >= 1 &&
    lines.length <= 3 &&
    lines.every((line) => isPayableText(line, 70));
  if (!good) return err({ code: "cheque-invalid" });
  return redirect(payments, reroute, { cheque: { postalCode, lines: [...lines] }, confirmed: true });
}

type Target = { readonly confirmed: boolean } & (
  | { readonly account: Account; readonly cheque?: never }
  | { readonly account?: never; readonly cheque: ChequeAddress }
);

async function redirect(
  payments: Payments,
  reroute: RerouteBase,
  target: Target,
): Promise<Result<RerouteReceipt, RerouteRefusal>> {
  return payments.database.transaction(async (tx) => {
    const entitlement = await entitlementById(tx, reroute.entitlementId);
    const last = entitlement && (await lockLatestInstruction(tx, entitlement.id));
    if (!entitlement || !last) return err({ code: "entitlement-unknown" });
    if (await isContradicted(tx, last.id)) return err({ code: "contradicted" });
    const event = endings[last.state];
    if (last.id !== reroute.instructionId || !event) {
      return err({ code: "not-reroutable", params: { state: last.state } });
    }
    const why = (await eventsOf(tx, last.id)).findLast(({ to }) => to === "rejected" || to === "returned");
    if (why && reasonClass(why.detail["reason"]) === "stop-heirs") return err({ code: "payee-dead" });

    const { approvedBy } = reroute;
    const programme = await openProgrammeById(tx, entitlement.programme);
    const account = target.account ?? (programme ? payerOf(payments, programme) : payments.payer).account;
    const next = await nextAttempt(
      payments,
      tx,
      { entitlement, last, event, by: approvedBy },
      {
        account,
        amount: last.amount,
        approvedBy,
        ...(target.cheque && { cheque: target.cheque }),
        ...(!target.confirmed && { hold: "account-new" }),
      },
    );
    const heldUntil = new Date(payments.clock.now().getTime() + payments.limits.newAccountHours * 3_600_000);
    return ok({
      entitlementId: entitlement.id,
      instructionId: next.id,
      repeated: false,
      binding: paymentBinding(entitlement, next),
      ...(!target.confirmed && { heldUntil }),
    });
  });
}

const endings: Readonly<Partial<Record<State, PaymentEvent>>> = {
  rejected: "rerouted",
  returned: "rerouted",
  "waiting-for-person": "account-renewed",
  held: "cancelled",
};
