/**
 * Consent: what people agreed to, and who used their data.
 *
 * An agreement is generated from a service and fixed by its hash; a consent is a signed record of it (ISO/IEC TS 27560 in
 * DPV JSON-LD) whose salted digest stands in the log; a withdrawal is a new version of the record. The module also keeps
 * the portal's copy of what the providers' gateways answer about readings of a person's data. It owns the schema `consent`.
 */
import type { Database } from "#store";
import { migrate } from "#store";

export { consentCovers, giveConsent, personActs, withdrawConsent, type ConsentContext } from "./give.ts";
export { consentProblems, type ConsentProblem } from "./problems.ts";
export { agreementHash, consentRecord, type Agreement } from "./record.ts";
export {
  consentById,
  consentsOf,
  forgetConsents,
  knownUsage,
  saveUsage,
  saveUsageRead,
  usageById,
  usageCount,
  usageOf,
  usageReads,
  type StoredConsent,
  type UsageChoice,
  type UsageRead,
  type UsageRecord,
} from "./store.ts";

/** Brings the module's schema up to date. */
export function migrateConsent(database: Database): Promise<{ ran: string[] }> {
  return migrate(database, "consent", new URL("./migrations/", import.meta.url));
}
