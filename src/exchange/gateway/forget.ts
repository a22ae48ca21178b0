import { err, ok, type Refusal, type Result } from "#kernel";
import type { Log } from "#ledger";
import type { Database } from "#store";
import type { ExchangeProblem } from "../problems.ts";
import type { MessageKeeper } from "../evidence-export/keep.ts";
import { dropKept } from "../evidence-export/store.ts";
import { forgottenRecord, subjectLookup } from "./evidence.ts";
import { forgetCounted } from "../rights/quota.ts";
import { blankRecords, lockRecordsAbout } from "./store.ts";

/** What was destroyed; no personal data. */
export interface Forgotten {
  /** Whether the log had keys of the person; if so, it now has an entry that says that somebody was forgotten. */
  readonly keys: boolean;
  /** How many records were reduced to what names nobody. */
  readonly records: number;
  /** How many kept messages were destroyed. */
  readonly messages: number;
}

export interface ForgetOptions {
  readonly database: Database;
  readonly log: Log;
  /** The gateway's own; by it records about a person are found. */
  readonly lookupKey: Uint8Array;
  /** Where messages are kept for evidence; those that name the person go with their records. */
  readonly keeper: Pick<MessageKeeper, "mentioning">;
}

/**
 * Forgets a person at a gateway, in one transaction: the log's keys of them, and in each record of an exchange about them
 * whatever could be compared with them by somebody who knows them (digests and signatures of messages are such things: a
 * body with an identity number in it is soon guessed). What stays is that two agencies exchanged something, when, for
 * which purpose and how it ended; messages that were kept of them are destroyed. No entry is touched, so receipts, also those handed out before, go on verifying.
 *
 * What it does not reach: records of calls that were refused, which were never tied to a person; the other agency's own
 * records; registers and files, which have laws of their own; back-ups, which must expire.
 * @param subject the identifier as the agency's services receive it
 * @param basis code of the law or request that demands it; it is published
 * @throws `entry-refused` for a basis that is no code
 */
export async function forgetSubject(
  { database, log, lookupKey, keeper }: ForgetOptions,
  subject: string,
  basis: string,
): Promise<Result<Forgotten, Refusal<ExchangeProblem>>> {
  const subjectKey = subjectLookup(subject, lookupKey);
  // Read before anything is locked; what is kept later was exchanged later.
  const mentioning = await keeper.mentioning(subject);
  return database.transaction(async (tx) => {
    const found = await lockRecordsAbout(tx, subjectKey);
    // An open record would be closed with all that it has to lose.
    if (found.some(({ record }) => record === null)) return err({ code: "person-in-use" });
    await blankRecords(
      tx,
      found.map(({ recordId, record }) => ({ recordId, record: forgottenRecord(record!) })),
    );
    await forgetCounted(tx, subjectKey);
    const messages = await dropKept(tx, [...found.map(({ recordId }) => recordId), ...mentioning]);
    return ok({ keys: await log.forget(tx, subject, basis), records: found.length, messages });
  });
}
