import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { ActingParty, Mandate, Session } from "./contract.ts";
import type { Identity } from "./identity.ts";
import { logMandate } from "./log-act.ts";
import { mandateEnded } from "./mandate.ts";
import { homeIdentity, normaliseIdentity, putPerson } from "./person.ts";
import { refuse } from "./problems.ts";

/**
 * From now on the session acts for the mandate's principal. The caller has just had the mandate confirmed by a register;
 * `undefined` means that the register confirmed none. Whether it covers a service is asked at each use (`mandateAllows`).
 */
export async function chooseParty(
  identity: Identity,
  session: Session,
  mandate: Mandate | undefined,
): Promise<Result<Session, Refusal<"mandate-unknown" | "mandate-expired" | "session-ended">>> {
  if (!mandate) return err(refuse("mandate-unknown", "no register confirmed it"));
  const indexOf = (number: string) => identity.keys.blindIndex(normaliseIdentity(homeIdentity(identity, number)));
  const representative = await identity.store.personByIndex(indexOf(mandate.representative.nationalId));
  if (representative?.id !== session.person.id)
    return err(refuse("mandate-unknown", "it names another representative than the signed-in person"));
  if (indexOf(mandate.principal.nationalId).equals(indexOf(mandate.representative.nationalId)))
    return err(refuse("mandate-unknown", "principal and representative are one person"));
  const at = identity.clock.now();
  if (mandateEnded(mandate, at)) return err(refuse("mandate-expired", undefined, { validTo: mandate.validTo }));

  return identity.store.transaction(async (store) => {
    const { nationalId, name } = mandate.principal;
    const principal = await putPerson(identity, store, homeIdentity(identity, nationalId), name);
    const party: ActingParty = {
      personId: principal.id,
      name: principal.name,
      kind: mandate.kind,
      source: mandate.source,
      scopes: mandate.scopes,
      validTo: mandate.validTo,
    };
    if (!(await store.setActing(session.id, party))) return err(refuse("session-ended"));
    await store.putEvent({
      id: uuidV7(at),
      person_id: session.person.id,
      principal_id: principal.id,
      credential_id: null,
      what: "party",
      acr: session.acr,
      ok: true,
      reason: mandate.kind,
      address: null,
      agent_hash: null,
      at,
    });
    const representative = session.person.id;
    if (session.acting) await logMandate(identity, store, "laid-down", { representative, party: session.acting });
    await logMandate(identity, store, "taken-up", { representative, party });
    return ok({ ...session, acting: party });
  });
}

/** Back to acting for oneself. */
export async function actForSelf(
  identity: Identity,
  session: Session,
): Promise<Result<Session, Refusal<"session-ended">>> {
  return identity.store.transaction(async (store) => {
    if (!(await store.setActing(session.id, undefined))) return err(refuse("session-ended"));
    const { acting, ...self } = session;
    if (acting) await logMandate(identity, store, "laid-down", { representative: session.person.id, party: acting });
    return ok(self);
  });
}
