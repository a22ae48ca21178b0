/** The shapes of `payments` that other modules, country plug-ins and browser code may see. Nothing here runs on Node alone. */
import type { Localised, Refusal, Result } from "#kernel";

/** A payee's or payer's account. */
export interface Account {
  /** The institution's code in the country's clearing system; Taiwan: bank 3 digits + branch 4 digits. */
  readonly institution: string;
  /** The account number in the form the clearing system wants; Taiwan: 14 digits, zero-filled on the left. */
  readonly number: string;
}

export type AccountRefusal = Refusal<"account-invalid" | "institution-unknown" | "institution-merged">;

/** Where a cheque is sent: ISO 20022 PostalAddress27 as far as we use it. */
export interface ChequeAddress {
  /** Taiwan: 3, 5 or 6 digits. */
  readonly postalCode: string;
  /** One to three lines of at most 70 characters. */
  readonly lines: readonly string[];
}

/** A calendar day, `YYYY-MM-DD`, in the country's own time. */
export type Day = string;

/** What the core must know about a country's banks: a plug-in. */
export interface Banking {
  /** ISO 4217 code, and how many digits stand behind the decimal point. Amounts are whole numbers of the smallest unit. */
  readonly currency: { readonly code: string; readonly decimals: number };
  /** ISO 20022 clearing system code (ExternalClearingSystemIdentification1Code), "TWNCC" in Taiwan. */
  readonly clearingSystem: string;
  /** Offset of the country's time as ISO 8601 writes it: `+08:00`. */
  readonly utcOffset: string;
  /** Shape, directory and check digit, as of `day`. The account comes back in the clearing system's form. */
  checkAccount(account: Account, day: Day): Result<Account, AccountRefusal>;
  /** The day on which money reaches payees when the file is made at `now`: banking days, cut-off, lead time. */
  executionDate(now: Date): Day;
}

/** Who pays: the agency that orders and the treasury account that is debited. */
export interface Payer {
  readonly agencyName: string;
  readonly organisationId: string;
  readonly accountName: string;
  readonly account: Account;
}

/** Why money is sent. `code` is an ISO ExternalPurpose1Code (SSBE, BENE, GOVT …); `text` reaches the payee's statement. */
export interface Purpose {
  readonly code: string;
  readonly text: string;
}

/** One file ready for the bank. */
export interface BankFile {
  readonly name: string;
  readonly xml: string;
  /** SHA-256 of the UTF-8 bytes of `xml`, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * The way to one bank. An implementer must keep two promises, because a killed process repeats both calls:
 * `send` with a name and hash the bank already has answers the first receipt and pays nothing again;
 * `collect` may answer the same report any number of times (we know it by its hash).
 * Both throw when the bank cannot be reached; the caller tries again later.
 */
export interface BankChannel {
  send(file: BankFile): Promise<{ readonly receipt: string }>;
  collect(): Promise<readonly { readonly name: string; readonly xml: string }[]>;
  /** Tells the bank that these are stored here, so that `collect` need not answer them again. Where a bank offers it. */
  confirm?(names: readonly string[]): Promise<void>;
}

/** What the payee sees. Ten internal states or more become six words. */
export type PublicState = "preparing" | "sent" | "paid" | "not-paid" | "stopped" | "asked-back";

export interface PublicStatus {
  readonly state: PublicState;
  readonly text: Localised;
  /** What the person can do; absent when nothing needs doing. */
  readonly advice?: Localised;
}

/** A bank's answer whether an account belongs to a person. Never the holder's name: at most where it differs. */
export type OwnerVerdict =
  | {
      readonly result: "match" | "number-differs" | "no-such-account" | "closed" | "blocked" | "unknown";
    }
  | { readonly result: "name-differs"; readonly hint?: string }
  /** `suggest`: the institution code that the bank believes is meant. */
  | { readonly result: "branch-wrong"; readonly suggest?: string };

/** The way to the banks' owner check. May throw or be slow; the caller waits 3 seconds and then aborts `signal`. */
export interface OwnerChannel {
  ask(
    question: { readonly account: Account; readonly holderNumber: string; readonly holderName: string },
    signal: AbortSignal,
  ): Promise<OwnerVerdict>;
}
