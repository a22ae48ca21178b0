import { createHash } from "node:crypto";
import { canonicalJson, toHex, utf8 } from "#kernel";
import type { Entitlement, Instruction } from "./store.ts";

/** SHA-256 of a text's UTF-8 bytes, lower-case hexadecimal. */
export function sha256Hex(text: string): string {
  return toHex(createHash("sha256").update(utf8(text)).digest());
}

/**
 * What the second officer's approval stands on: amount, payee, account and decision of one attempt.
 * Any later change gives another hash and voids the approval.
 */
export function paymentBinding(
  entitlement: Entitlement,
  instruction: Pick<Instruction, "id" | "amount" | "account" | "payeeName" | "cheque">,
): string {
  return sha256Hex(
    canonicalJson({
      instruction: instruction.id,
      amount: String(instruction.amount),
      currency: entitlement.currency,
      institution: instruction.account.institution,
      account: instruction.account.number,
      payee: instruction.payeeName,
      decision: entitlement.decisionHash,
      facts: entitlement.factsHash,
      ...(instruction.cheque && { cheque: [instruction.cheque.postalCode, ...instruction.cheque.lines] }),
    }),
  );
}
