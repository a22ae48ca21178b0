import { ok, type Result } from "#kernel";
import type { Account, AccountRefusal } from "../contract.ts";
import { today, type Payments } from "../open.ts";

/** How a payee wants money; the published codes of the GovStack mapper. */
export type Modality = "00" | "01" | "02" | "03" | "04";
export const modalities: readonly Modality[] = ["00", "01", "02", "03", "04"];
/** A bank account: the only modality that a bank file can pay. */
export const bankAccount: Modality = "00";

/**
 * Reads a bank account in any of the spellings that callers use, for the country's own check:
 * GovStack `7000021-00012340560500` (institution, hyphen, number) or the number with the institution beside it; G2P
 * Connect `account:00012340560500@7000021.twncc`.
 */
export function readAccount(
  payments: Payments,
  address: string,
  institution?: string,
): Result<Account, AccountRefusal> {
  const { banking } = payments;
  const g2p = /^(?:account:)?([A-Za-z0-9]{1,34})@([A-Za-z0-9]{1,20})(?:\.([A-Za-z]{1,10}))?$/.exec(address);
  const pair = /^([A-Za-z0-9]{1,20})-([A-Za-z0-9]{1,34})$/.exec(address);
  const account: Account =
    g2p && (g2p[3] === undefined || g2p[3].toLowerCase() === banking.clearingSystem.toLowerCase())
      ? { institution: g2p[2] ?? "", number: g2p[1] ?? "" }
      : pair && institution === undefined
        ? { institution: pair[1] ?? "", number: pair[2] ?? "" }
        : { institution: institution ?? "", number: address };
  const checked = banking.checkAccount(account, today(payments));
  return checked.ok ? ok(checked.value) : checked;
}

/** `account:00012340560500@7000021.twncc`. */
export function accountAddress(payments: Payments, { institution, number }: Account): string {
  return `account:${number}@${institution}.${payments.banking.clearingSystem.toLowerCase()}`;
}
