import { err, ok, type Refusal, type Result } from "#kernel";
import type { Officer } from "./contract.ts";
import type { Identity } from "./identity.ts";
import { logOfficer } from "./log-act.ts";
import { refuse } from "./problems.ts";
import type { OfficerRow } from "./store.ts";

/**
 * Makes a person an officer of one agency, or changes their roles. Roles that have run out count as none. Saying again what
 * stands changes nothing.
 */
export function appointOfficer(identity: Identity, officer: Officer & { readonly validTo?: Date }): Promise<Officer> {
  const { personId, agency, roles, validTo = null } = officer;
  const at = identity.clock.now();
  return identity.store.transaction(async (store) => {
    const before = await store.lockOfficer(personId);
    const row = { personId, agency, roles, validTo };
    if (before && saying(before) === saying(row)) return { personId, agency, roles };
    await store.putOfficer({ ...row, at });
    await logOfficer(identity, store, before && holds(before, at) ? "changed" : "appointed", row);
    return { personId, agency, roles };
  });
}

/** Takes an office away, from now on. */
export function dismissOfficer(
  identity: Identity,
  personId: string,
): Promise<Result<{ readonly dismissed: string }, Refusal<"not-an-officer">>> {
  const at = identity.clock.now();
  return identity.store.transaction(async (store) => {
    const before = await store.lockOfficer(personId);
    if (!before || !holds(before, at)) return err(refuse("not-an-officer"));
    const row = { ...before, validTo: at };
    await store.putOfficer({ ...row, at });
    await logOfficer(identity, store, "dismissed", row);
    return ok({ dismissed: personId });
  });
}

function holds({ validTo }: OfficerRow, at: Date): boolean {
  return validTo === null || validTo > at;
}

function saying({ agency, roles, validTo }: OfficerRow): string {
  return JSON.stringify([agency, roles, validTo]);
}

/** The person's office, if they hold one now. */
export function officerFor(identity: Identity, personId: string): Promise<Officer | undefined> {
  return identity.store.officer(personId, identity.clock.now());
}
