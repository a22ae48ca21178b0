import { mandateAllows, type Session } from "#identity";
import type { Portal } from "#flows";
import { casesOf, type CaseSummary } from "#services";

/** Whose readings a visitor may see, and which of them. */
export interface ReadableReadings {
  /** The person whose data was read. */
  readonly person: string;
  /** The visitor's applications, to name the occasion of a reading. */
  readonly cases: readonly CaseSummary[];
  /** Ids and numbers of the cases that must have caused a reading; absent where every reading may be seen. */
  readonly issues?: readonly string[];
}

/**
 * A person sees every reading of their own data. A representative sees those that the applications they made caused;
 * the rest is the principal's own affair unless the mandate says otherwise. List, receipt and count all ask here.
 */
export async function readingsFor({ database, clock }: Portal, session: Session): Promise<ReadableReadings> {
  const { acting } = session;
  const cases = await casesOf(database, session.person.id, 500);
  const person = acting?.personId ?? session.person.id;
  if (!acting || mandateAllows(acting, { service: "data-use", action: "view", at: clock.now() }).ok)
    return { person, cases };
  return { person, cases, issues: cases.flatMap(({ id, number }) => (number === null ? [id] : [id, number])) };
}
