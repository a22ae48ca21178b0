/** The shapes of fees that provider plug-ins, other modules and browser code may see. Nothing here runs on Node alone. */
import type { Language, Localised, Refusal, Result } from "#kernel";

/** What a charge looks like from outside. */
export type PublicCharge =
  | "open"
  | "pending"
  | "checking"
  | "paid"
  | "not-paid"
  | "stopped"
  | "being-refunded"
  | "refunded";

/** What is to be paid, as the provider is told: no name, no identity number, no card. */
export interface ChargeOrder {
  /** Our id of the charge, unique for ever; the provider's key against doing anything twice. */
  readonly charge: string;
  /** Whole smallest units of `currency`. */
  readonly amount: bigint;
  readonly currency: string;
  /** What the payer reads at the provider. */
  readonly description: Localised;
  readonly language: Language;
  /** Where the browser comes back to; it proves nothing. */
  readonly returnUrl: string;
  /** Until when the provider may let the payer begin. */
  readonly expiresAt: Date;
}

export type ProviderStart =
  | { readonly result: "begun"; readonly redirect: string; readonly reference: string }
  | { readonly result: "refused"; readonly reason: string };

/** What a provider says about a charge. `unknown-order`: it has never heard of it. */
export type ProviderReport =
  | { readonly state: "open" | "cancelled" | "expired" | "unknown-order" }
  /** Chosen and on its way, for example a code for the convenience store that is good until `payBy`. */
  | { readonly state: "pending"; readonly payBy?: Date }
  | { readonly state: "declined"; readonly reason: string }
  /** Taken: the amount, and how (card, convenience-store, bank-transfer …). */
  | { readonly state: "paid"; readonly amount: bigint; readonly currency: string; readonly method: string };

export type ProviderRefund =
  | { readonly result: "done"; readonly reference: string }
  | { readonly result: "pending" }
  | { readonly result: "refused"; readonly reason: string };

/** A notification whose signature was found good. */
export interface ProviderNotice {
  /** The provider's id of this notification: a second one with the same id is the same. */
  readonly id: string;
  readonly charge: string;
  readonly report: ProviderReport;
}

/** One line of a provider's settlement file: money it hands over, or keeps back for a refund. */
export interface SettlementLine {
  /** The provider's id of this line, unique for ever: it is booked once whatever file repeats it. */
  readonly reference: string;
  readonly kind: "payment" | "refund";
  readonly charge: string;
  readonly amount: bigint;
  readonly currency: string;
}

export interface SettlementFile {
  readonly name: string;
  /** As it came, for the auditor. */
  readonly content: string;
  readonly lines: readonly SettlementLine[];
}

/**
 * A payment provider: a plug-in. What an implementer must keep, because a killed process repeats every call: `start`
 * and `refund` of the same charge do nothing twice and answer as the first time (`start` of one that is no longer open
 * may refuse). Each throws when the provider cannot be reached or answers nonsense; then nothing is concluded.
 * Card numbers are typed at the provider and never reach us: no call has a place for one.
 */
export interface FeeProvider {
  /** kebab-case, permanent; it stands in addresses of notifications. */
  readonly id: string;
  readonly title: Localised;
  /** Says on our pages that no real money moves. */
  readonly simulator?: boolean;
  /** Origin of the pages that payers are sent to; a redirect elsewhere is refused. */
  readonly origin: string;
  start(order: ChargeOrder): Promise<ProviderStart>;
  status(charge: string): Promise<ProviderReport>;
  /** Stops a charge that is still open, and says what it is then: `paid` where it was too late. */
  cancel(charge: string): Promise<ProviderReport>;
  /** Gives the whole amount back the way it came. */
  refund(order: {
    readonly charge: string;
    readonly amount: bigint;
    readonly currency: string;
  }): Promise<ProviderRefund>;
  /** Reads a notification and proves that it is the provider's own and new (`verifyWebhook`). */
  readNotice(
    headers: Readonly<Record<string, string | undefined>>,
    body: string,
    now: Date,
  ): Result<ProviderNotice, Refusal<"notice-forged" | "notice-stale" | "notice-unreadable">>;
  /** What was handed over for a day (`YYYY-MM-DD`, the country's time); `undefined` while there is no file. */
  settlement(day: string): Promise<SettlementFile | undefined>;
}
