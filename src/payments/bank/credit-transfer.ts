import type { Account, Banking, ChequeAddress, Payer } from "../contract.ts";

/** The content of a pain.001 file as far as we use it. */
export interface CreditTransferFile {
  /** GrpHdr/MsgId. */
  readonly id: string;
  /** ISODateTime with offset. */
  readonly createdAt: string;
  readonly initiator: { readonly name: string; readonly organisationId: string };
  readonly groups: readonly TransferGroup[];
}

/** PmtInf: one payer account, one day, one purpose. */
export interface TransferGroup {
  readonly id: string;
  readonly purposeCode: string;
  /** ReqdExctnDt/Dt. */
  readonly executionDate: string;
  readonly payer: Pick<Payer, "accountName" | "account">;
  readonly transfers: readonly Transfer[];
}

/** CdtTrfTxInf. */
export interface Transfer {
  /** PmtId/EndToEndId: unique for ever. */
  readonly endToEndId: string;
  readonly uetr: string;
  readonly amount: bigint;
  readonly payeeName: string;
  readonly account: Account;
  /** Given in a file of cheques (PmtMtd CHK), where the payer's account is the one that is drawn on. */
  readonly cheque?: ChequeAddress;
  /** RmtInf/Ustrd. */
  readonly text: string;
}

/** `18750` for a currency without decimals, `187.50` for one with two. */
export function formatAmount(amount: bigint, decimals: number): string {
  if (decimals === 0) return String(amount);
  const digits = String(amount).padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The reverse, strict: exactly the currency's decimals, no sign, no leading zero. `undefined` for anything else. */
export function parseAmount(text: string, decimals: number): bigint | undefined {
  const shape = decimals === 0 ? /^(0|[1-9]\d{0,17})$/ : new RegExp(`^(0|[1-9]\\d{0,14})\\.\\d{${decimals}}$`);
  return shape.test(text) ? BigInt(text.replace(".", "")) : undefined;
}

export function sumOf(transfers: readonly Transfer[]): bigint {
  return transfers.reduce((sum, { amount }) => sum + amount, 0n);
}

/** What writing and reading a file must agree on. */
export type FileConventions = Pick<Banking, "currency" | "clearingSystem">;
