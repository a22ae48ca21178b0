import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { ActingParty, Mandate, Session } from "./contract.ts";
import { eventAt } from "./event.ts";
import type { Identity } from "./identity.ts";
import { logMandate } from "./log-act.ts";
import { mandateEnded } from "./mandate.ts";
import { homeIdentity, homeOrganisation, normaliseIdentity, putPerson } from "./person.ts";
import { refuse } from "./problems.ts";
import type { IdentityStore } from "./store.ts";

/**
 * The party of a mandate that a register confirmed just now, as a session or a relying party's grant may bear it.
 * `undefined` means that the register confirmed none.
 */
export async function partyOf(
  identity: Identity,
  store: IdentityStore,
  session: Session,
  mandate: Mandate | undefined,
): Promise<Result<ActingParty, Refusal<"mandate-unknown" | "mandate-expired">>> {
  if (!mandate) return err(refuse("mandate-unknown", "no register confirmed it"));
  const indexOf = (number: string) => identity.keys.blindIndex(normaliseIdentity(homeIdentity(identity, number)));
  const representative = await store.personByIndex(indexOf(mandate.representative.nationalId));
  if (representative?.id !== session.person.id)
    return err(refuse("mandate-unknown", "it names another representative than the signed-in person"));
  const { principal: toBe } = mandate;
  if (!toBe.organisation && indexOf(toBe.nationalId).equals(indexOf(mandate.representative.nationalId)))
    return err(refuse("mandate-unknown", "principal and representative are one person"));
  if (mandateEnded(mandate, identity.clock.now()))
    return err(refuse("mandate-expired", undefined, { validTo: mandate.validTo }));
  if (mandate.mandate !== undefined && !(await store.mandateStands(mandate.mandate)))
    return err(refuse("mandate-unknown", "it was ended meanwhile"));
  const { nationalId, name, organisation } = mandate.principal;
  const who = organisation ? homeOrganisation(identity, nationalId) : homeIdentity(identity, nationalId);
  const principal = await putPerson(identity, store, who, name);
  return ok({
    ...(mandate.mandate !== undefined && { mandate: mandate.mandate }),
    personId: principal.id,
    name: principal.name,
    kind: mandate.kind,
    source: mandate.source,
    scopes: mandate.scopes,
    validTo: mandate.validTo,
  });
}

/** What the person and the one they act for see later: that this power was taken up. */
export async function recordParty(
  identity: Identity,
  store: IdentityStore,
  session: Session,
  party: ActingParty,
): Promise<void> {
  const at = identity.clock.now();
  await store.putEvent(
    eventAt(at, {
      person_id: session.person.id,
      principal_id: party.personId,
      what: "party",
      acr: session.acr,
      reason: party.kind,
    }),
  );
  await store.putActing({ id: uuidV7(at), sessionId: session.id, representative: session.person.id, party, at });
  await logMandate(identity, store, "taken-up", { representative: session.person.id, party });
}

/**
 * From now on the session acts for the mandate's principal. Whether it covers a service is asked at each use
 * (`mandateAllows`).
 */
export function chooseParty(
  identity: Identity,
  session: Session,
  mandate: Mandate | undefined,
): Promise<Result<Session, Refusal<"mandate-unknown" | "mandate-expired" | "session-ended">>> {
  return identity.store.transaction(async (store) => {
    const party = await partyOf(identity, store, session, mandate);
    if (!party.ok) return party;
    if (!(await store.setActing(session.id, party.value, identity.clock.now()))) return err(refuse("session-ended"));
    if (session.acting)
      await logMandate(identity, store, "laid-down", { representative: session.person.id, party: session.acting });
    await recordParty(identity, store, session, party.value);
    return ok({ ...session, acting: party.value });
  });
}

/** Back to acting for oneself. */
export async function actForSelf(
  identity: Identity,
  session: Session,
): Promise<Result<Session, Refusal<"session-ended">>> {
  return identity.store.transaction(async (store) => {
    if (!(await store.setActing(session.id, undefined, identity.clock.now()))) return err(refuse("session-ended"));
    const { acting, ...self } = session;
    if (acting) await logMandate(identity, store, "laid-down", { representative: session.person.id, party: acting });
    return ok(self);
  });
}
