import type { KeyObject } from "node:crypto";
import type { ConsentContext } from "#consent";
import type { Clock } from "#kernel";
import type { Identity, Policies } from "#identity";
import type { Log } from "#ledger";
import type { BankChannel, Fees, OwnerChannel, Payments } from "#payments";
import type { Database } from "#store";
import type { GatewayAccess } from "./call-service.ts";
import type { Country } from "./country.ts";
import type { RuleBook } from "./rule-book.ts";

/** What every journey of the portal works with: the modules, opened on the portal's database, and its country. */
export interface Portal {
  readonly database: Database;
  readonly clock: Clock;
  readonly country: Country;
  /** The portal operator's own log: consents and steps of cases. */
  readonly log: Log;
  /** Path form of the portal operator's member, who writes that log. */
  readonly member: string;
  readonly gateway: GatewayAccess;
  readonly identity: Identity;
  /** Who may do what at the desks, and the record of what was decided. */
  readonly policies: Policies;
  readonly consent: ConsentContext;
  readonly payments: Payments;
  readonly bank: BankChannel;
  /** Asks a bank whether an account is somebody's; without it, no account is confirmed beforehand. */
  readonly owners?: OwnerChannel;
  /** What people owe for services, and the providers by which they pay. */
  readonly fees: Fees;
  /** The decision models in force, and those to come. */
  readonly rules: RuleBook;
  /** Signs consent tokens; registered with the authority. */
  readonly consentKey: { readonly keyid: string; readonly privateKey: KeyObject };
}
