import { canonicalJson } from "#kernel";
import { sha256Hex } from "../binding.ts";
import type { Account, Payer } from "../contract.ts";
import type { Transfer } from "../bank/credit-transfer.ts";

/** What of a payment is released with its batch: exactly what the bank file will say of it. */
export type BatchLine = Pick<Transfer, "endToEndId" | "account" | "amount" | "payeeName" | "text">;

/**
 * SHA-256 of the lines of one file, ordered by EndToEndId: fields apart by tabs, lines ended by newlines, UTF-8. No field can
 * hold either. `gatherPart` computes the same in the database.
 */
export function linesHash(lines: readonly BatchLine[]): string {
  const rows = lines.map(
    ({ endToEndId, account, amount, payeeName, text }) =>
      `${endToEndId}\t${account.institution}\t${account.number}\t${amount}\t${payeeName}\t${text}\n`,
  );
  // They begin with the EndToEndId, which is ASCII of one length for all lines of ours.
  return sha256Hex(rows.sort().join(""));
}

/** What the second person releases: the lines of every file, whose account pays, and on which day. */
export function batchHash(o: {
  readonly programme: string;
  readonly payer: Payer;
  readonly payOn: string;
  readonly lines: bigint;
  readonly total: bigint;
  /** `linesHash` of each part, in order. */
  readonly parts: readonly string[];
}): string {
  const account: Account = { institution: o.payer.account.institution, number: o.payer.account.number };
  const { programme, payOn, parts } = o;
  return sha256Hex(
    canonicalJson({
      v: 1,
      programme,
      payer: { ...account },
      payOn,
      lines: String(o.lines),
      total: String(o.total),
      parts: [...parts],
    }),
  );
}
