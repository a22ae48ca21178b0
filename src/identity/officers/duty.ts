import { err, ok, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { officialIdleLimitMs } from "../session.ts";
import { loginStore } from "./federation/store.ts";
import { note, tellDue } from "./note.ts";
import { officesFor } from "./officer.ts";
import { dueBy, suspendAfterMs } from "./role.ts";
import { officeStore } from "./store.ts";
import { watchStore } from "./store-watch.ts";

const dayMs = 86_400_000;

/** From now on the session is on duty for this office of the person's, or with `undefined` for the only one they have. */
export async function chooseOffice(
  identity: Identity,
  session: Session,
  office: string | undefined,
): Promise<Result<{ readonly office: string | undefined }, Refusal<"staff-unknown" | "session-ended">>> {
  if (office !== undefined && !(await officesFor(identity, session.person.id)).some((one) => one.office === office))
    return err(refuse("staff-unknown"));
  const changed = await officeStore(identity.database).chooseOffice(session.id, office ?? null);
  return changed ? ok({ office }) : err(refuse("session-ended"));
}

/**
 * For a job that runs now and then: notes roles that were suspended because nobody reviewed them (they stopped counting at that
 * moment, whenever this runs), and staff signed in from two networks at once, once a day each; tells managers, once each, of
 * roles whose review has come due and of those that end within a month. Answers how many it noted.
 */
export async function watchStaff(
  identity: Identity,
): Promise<{ readonly suspended: number; readonly twoNetworks: number; readonly due: number }> {
  const at = identity.clock.now();
  const before = (ms: number) => new Date(at.getTime() - ms);
  return identity.database.transaction(async (tx) => {
    const store = watchStore(tx);
    const suspended = await store.takeSuspended(before(suspendAfterMs));
    for (const { office_id: office, role } of suspended)
      await note(identity, tx, { office, change: "changed", steps: [{ what: "suspended", role }] });
    const seen = await store.inTwoNetworks(at, before(officialIdleLimitMs), before(dayMs));
    for (const { office_id: office } of seen)
      await note(identity, tx, { office, change: "changed", steps: [{ what: "two-networks" }] });
    const due = await store.takeDue(dueBy(at));
    for (const { office_id: office, agency, role, what } of due)
      await tellDue(identity, tx, { office, agency, role, what });
    await loginStore(tx).forgetAttempts(at);
    return { suspended: suspended.length, twoNetworks: seen.length, due: due.length };
  });
}
