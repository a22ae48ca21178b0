import type { Clock } from "#kernel";
import { migrate, type Database, type Sql } from "#store";
import type { FeeProvider } from "./contract.ts";
import type { ChargeEvent, ChargeState } from "./states.ts";
import { saveChargeEdges } from "./store.ts";

/** What happened to a charge. Holds no personal data. */
export interface ChargeNews {
  readonly fee: string;
  readonly charge: string;
  readonly event: ChargeEvent;
  readonly to: ChargeState;
}

export interface FeesOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** ISO 4217 code, and how many digits stand behind the decimal point. */
  readonly currency: { readonly code: string; readonly decimals: number };
  /** Ways to pay, the first being the usual one; none: fees are demanded and cannot be paid online. */
  readonly providers: readonly FeeProvider[];
  /** Where a payer's browser comes back to after the provider. */
  readonly returnUrl: (fee: string) => string;
  /** Minutes in which a payer must finish at the provider; 30 unless told. */
  readonly startWithin?: number;
  /** A refund above this needs a second person, in the currency's smallest unit; 1,000 unless told. */
  readonly secondPersonAbove?: bigint;
  /** Called inside the transaction of every event; if it throws, nothing happened. */
  readonly announce?: (tx: Sql, news: ChargeNews) => Promise<unknown>;
}

/** The open part of the module: what every verb of fees takes first. */
export type Fees = Required<FeesOptions>;

/** Brings the schema up to date and fills in the defaults. */
export async function openFees(options: FeesOptions): Promise<Fees> {
  await migrate(options.database, "payments", new URL("../migrations/", import.meta.url));
  await saveChargeEdges(options.database);
  return { startWithin: 30, secondPersonAbove: 1_000n, announce: async () => undefined, ...options };
}

/** The provider with this id. */
export function providerOf(fees: Fees, id: string): FeeProvider | undefined {
  return fees.providers.find((provider) => provider.id === id);
}

export function minutesFrom(at: Date, minutes: number): Date {
  return new Date(at.getTime() + minutes * 60_000);
}
