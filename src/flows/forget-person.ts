import { forgetConsents } from "#consent";
import { forgetActs } from "#identity";
import { err, ok, type Refusal, type Result } from "#kernel";
import { dropPaymentActs } from "#payments";
import { dropProofs, lockCasesOf } from "#services";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

/** What was destroyed, counted; no personal data. */
export interface ForgottenPerson {
  /** Whether the portal's log had keys of the person; if so, it now says that somebody was forgotten. */
  readonly keys: boolean;
  /** Consents whose salts are gone. */
  readonly consents: number;
  /** Copies of readings, with the receipts that opened them. */
  readonly readings: number;
  /** Steps of cases, payments, and offices or powers, whose entries nobody opens any more. */
  readonly steps: number;
  readonly payments: number;
  readonly acts: number;
}

/**
 * Forgets a person in the portal's log, in one transaction: the keys and salts that tie its entries to them, and the
 * portal's copies of what gateways said about readings of their data. Entries stay as they are, so receipts, also those
 * handed out before, go on verifying.
 *
 * Statutory records are out of scope: case files with their applications and consents, payments, bank files, and the
 * person's own record stay as long as their laws say, and their times still suggest which entries of the same second may
 * be theirs. Gateways forget for themselves (`taroko forget`); what one of them still answers is copied again when the
 * person looks. Back-ups made before must expire.
 *
 * Where the person acted for somebody else, that person's receipts stay, and with them the case that names both.
 * @param personId this platform's id of the person
 * @param basis code of the law or request that demands it; it is published
 * @throws `entry-refused` for a basis that is no code
 */
export async function forgetPerson(
  { database, log }: Pick<Portal, "database" | "log">,
  personId: string,
  basis: string,
): Promise<Result<ForgottenPerson, Refusal<FlowProblem>>> {
  return database.transaction(async (tx) => {
    // Locked, so that no step of a case is entered meanwhile.
    const cases = await lockCasesOf(tx, personId);
    if (cases.some(({ closed }) => !closed)) return err({ code: "case-not-closed" });
    const own = cases.filter((one) => one.own);
    const { consents, readings } = await forgetConsents(tx, personId);
    return ok({
      consents,
      readings,
      steps: await dropProofs(
        tx,
        own.map(({ id }) => id),
      ),
      payments: await dropPaymentActs(
        tx,
        own.flatMap(({ number }) => number ?? []),
      ),
      acts: await forgetActs(tx, personId),
      keys: await log.forget(tx, personId, basis),
    });
  });
}
