import { err, ok, uuidV4, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import type { Account, Purpose } from "./contract.ts";
import { paymentBinding } from "./binding.ts";
import { move } from "./move.ts";
import { today, type Payments } from "./open.ts";
import { isPayableText } from "./payable-text.ts";
import type { PaymentsRefusal } from "./problems.ts";
import {
  entitlementById,
  entitlementOfDecision,
  insertEntitlement,
  insertInstruction,
  isEntitlementId,
  lockLatestInstruction,
  type Entitlement,
  type Instruction,
} from "./store.ts";
import { openProgrammeById } from "./store-programmes.ts";

export interface Grant {
  /** A UUID of the caller's; without it the case and its decision make the entitlement unique. */
  readonly id?: string;
  /** The case's number as the person knows it, ≤ 40 characters. */
  readonly caseRef: string;
  /** The programme that pays; `main` if not given. See `openProgramme`. */
  readonly programme?: string;
  readonly payee: { readonly name: string; readonly account: Account };
  /** In the currency's smallest unit; TWD has none below one dollar. */
  readonly amount: bigint;
  readonly purpose: Purpose;
  /** Hash of the decision, and of the snapshot of facts it rests on. Lower-case hexadecimal SHA-256. */
  readonly decisionHash: string;
  readonly factsHash: string;
  /** The human who decided: never a service account, also when acting under a mandate. */
  readonly approvedBy: string;
}

export interface GrantReceipt {
  readonly entitlementId: string;
  /** The EndToEndId of the first attempt. */
  readonly instructionId: string;
  /** What the releasing officer confirms; see `paymentBinding`. */
  readonly binding: string;
  /** True if this very grant was there already. */
  readonly repeated: boolean;
}

export type GrantRefusal = PaymentsRefusal<
  | "account-invalid"
  | "institution-unknown"
  | "institution-merged"
  | "amount-invalid"
  | "payee-invalid"
  | "purpose-invalid"
  | "grant-invalid"
  | "entitlement-differs"
  | "programme-unknown"
>;

/**
 * Turns a decision into the right to one amount and drafts its payment, approved once by whoever decided.
 * Pass the transaction that stores the decision as `sql`, so that neither exists without the other.
 * The same grant again answers the first receipt.
 */
export async function grantEntitlement(
  payments: Payments,
  grant: Grant,
  sql: Sql = payments.database,
): Promise<Result<GrantReceipt, GrantRefusal>> {
  const checked = checkGrant(payments, grant);
  if (!checked.ok) return checked;
  const wanted = checked.value;
  return sql.transaction(async (tx) => {
    const programme = await openProgrammeById(tx, wanted.programme);
    if (!programme) return err({ code: "programme-unknown" });
    const { perPayment } = programme.limits;
    if (perPayment !== undefined && wanted.amount > perPayment)
      return err({ code: "amount-invalid", params: { largest: String(perPayment) } });
    if (!(await insertEntitlement(tx, wanted))) return repeatedGrant(tx, wanted, grant.id);
    const instruction = await draft(payments, tx, wanted, {
      attempt: 1,
      account: wanted.account,
      approvedBy: wanted.approvedBy,
    });
    return ok({
      entitlementId: wanted.id,
      instructionId: instruction.id,
      binding: paymentBinding(wanted, instruction),
      repeated: false,
    });
  });
}

/** Drafts one attempt and takes it to its first approval. The account must have been checked today. */
export async function draft(
  payments: Payments,
  tx: Sql,
  entitlement: Entitlement,
  attempt: { attempt: number; account: Account; approvedBy: string },
): Promise<Instruction<"approved-once">> {
  const instruction: Instruction<"none"> = {
    id: endToEndId(entitlement.id, attempt.attempt),
    entitlement: entitlement.id,
    uetr: uuidV4(),
    payeeName: entitlement.payeeName,
    amount: entitlement.amount,
    state: "none",
    file: null,
    ...attempt,
  };
  await insertInstruction(tx, instruction);
  const drafted = await move(payments, tx, instruction, "instruction-drafted", "system");
  const checked = await move(payments, tx, drafted, "checks-passed", "system");
  return move(payments, tx, checked, "first-approved", attempt.approvedBy, {
    binding: paymentBinding(entitlement, instruction),
  });
}

/** 32 hexadecimal digits, a hyphen and the attempt: 35 characters, the most ISO 20022 allows. */
export function endToEndId(entitlement: string, attempt: number): string {
  return `${entitlement.replaceAll("-", "")}-${String(attempt).padStart(2, "0")}`;
}

function checkGrant(payments: Payments, grant: Grant): Result<Entitlement, GrantRefusal> {
  const { payee, purpose, amount } = grant;
  if (!isPayableText(grant.caseRef, 40) || !isPayableText(grant.approvedBy, 200)) {
    return err({ code: "grant-invalid", inside: "case or approver missing" });
  }
  if (![grant.decisionHash, grant.factsHash].every((hash) => /^[0-9a-f]{64}$/.test(hash))) {
    return err({ code: "grant-invalid", inside: "decision or facts hash is not SHA-256" });
  }
  if (grant.id !== undefined && !isEntitlementId(grant.id)) {
    return err({ code: "grant-invalid", inside: "id is not a UUID" });
  }
  if (amount <= 0n || amount > payments.largestAmount) {
    return err({ code: "amount-invalid", params: { largest: String(payments.largestAmount) } });
  }
  if (!isPayableText(payee.name, 140)) return err({ code: "payee-invalid" });
  if (!/^[A-Z]{4}$/.test(purpose.code) || !isPayableText(remittanceText(purpose, grant.caseRef), 140)) {
    return err({ code: "purpose-invalid" });
  }
  const account = payments.banking.checkAccount(payee.account, today(payments));
  if (!account.ok) return account;
  const now = payments.clock.now();
  return ok({
    id: grant.id ?? uuidV7(now),
    caseRef: grant.caseRef,
    programme: grant.programme ?? "main",
    payeeName: payee.name,
    account: account.value,
    amount,
    currency: payments.banking.currency.code,
    purpose: { code: purpose.code, text: purpose.text },
    decisionHash: grant.decisionHash,
    factsHash: grant.factsHash,
    approvedBy: grant.approvedBy,
    grantedAt: now,
  });
}

/** What stands in RmtInf/Ustrd: programme and case number. */
export function remittanceText(purpose: Purpose, caseRef: string): string {
  return `${purpose.text} ${caseRef}`;
}

async function repeatedGrant(
  tx: Sql,
  wanted: Entitlement,
  id: string | undefined,
): Promise<Result<GrantReceipt, GrantRefusal>> {
  const there = id
    ? await entitlementById(tx, id)
    : await entitlementOfDecision(tx, wanted.caseRef, wanted.decisionHash);
  const instruction = there && (await lockLatestInstruction(tx, there.id));
  if (!there || !instruction || !sameGrant(there, wanted)) return err({ code: "entitlement-differs" });
  return ok({
    entitlementId: there.id,
    instructionId: instruction.id,
    binding: paymentBinding(there, instruction),
    repeated: true,
  });
}

function sameGrant(one: Entitlement, other: Entitlement): boolean {
  const content = ({ id: _id, grantedAt: _at, account, purpose, amount, ...rest }: Entitlement): string =>
    JSON.stringify([
      ...Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)),
      account.institution,
      account.number,
      purpose.code,
      purpose.text,
      String(amount),
    ]);
  return content(one) === content(other);
}
