import { uuidV7 } from "#kernel";
import type { Session } from "./contract.ts";
import type { Identity } from "./identity.ts";
import { mandateEnded } from "./mandate.ts";
import { sessionAlive, toSession } from "./session.ts";
import type { IdentityStore, SessionRow } from "./store.ts";

/**
 * A stronger or fresher proof opens a new session (a planted one never becomes stronger) and loses nothing: for whom the
 * person acted and where they are signed in through us goes over, if it is the same person.
 * @param earlier the session that the new one replaces, as it was before it ended
 */
export async function carryOver(
  identity: Identity,
  store: IdentityStore,
  earlier: SessionRow | undefined,
  session: Session,
): Promise<Session> {
  const at = identity.clock.now();
  if (earlier?.person_id !== session.person.id || !sessionAlive(toSession(earlier, at), at)) return session;
  await store.moveClients(earlier.id, session.id);
  if (!earlier.acting || earlier.acting_person_id === null || mandateEnded(earlier.acting, at)) return session;
  if (earlier.acting.mandate !== undefined && !(await store.mandateStands(earlier.acting.mandate))) return session;
  const acting = { ...earlier.acting, personId: earlier.acting_person_id, name: earlier.acting_name ?? "" };
  await store.setActing(session.id, acting, at);
  const representative = session.person.id;
  await store.putActing({ id: uuidV7(at), sessionId: session.id, representative, party: acting, at });
  return { ...session, acting };
}
