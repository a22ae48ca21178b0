import { uuidV7, type Clock } from "#kernel";
import { clientMetadataFor } from "./client-metadata.ts";
import type { OpenIdProvider } from "./provider.ts";
import { kept, type LogoutRow, type ProviderStore } from "./store.ts";
import { mandateKey, type MandateNamed } from "./subject.ts";

/** Milliseconds after which a sign-out is told again, by how often it was tried; then it is given up. */
const waits: readonly number[] = [0, 10_000, 60_000, 600_000, 3_600_000, 6 * 3_600_000];

/** What a client of the library can do that its types do not tell. */
interface Tellable {
  backchannelLogout(sub: string, sid: string): Promise<void>;
}

/** Whose grants are to end. */
export type GrantsOf =
  | { readonly mandate: MandateNamed }
  /** Given by the person, or over their matters. */
  | { readonly personId: string }
  | { readonly clientId: string };

/** Ended sessions that one transaction follows. */
const endedAtOnce = 100;
/** How long the provider's sessions last at most, and with them what clients call theirs by. */
const sessionLifeMs = 8 * 3_600_000;

/**
 * Ends grants at once: their opaque tokens are worth nothing from now on, readable ones at most until their five minutes
 * are over. The clients' own sessions that stand on them are ended by back-channel logout, which the outbox repeats. For a
 * mandate that ended, a person who died or was blocked, a client that was taken away or stopped.
 */
export async function revokeGrantsOf(
  {
    store,
    options,
  }: { readonly store: ProviderStore; readonly options: { readonly identity: { readonly clock: Clock } } },
  whose: GrantsOf,
): Promise<{ readonly revoked: number; readonly told: number }> {
  const at = options.identity.clock.now();
  const which = "mandate" in whose ? { mandate: mandateKey(whose.mandate) } : whose;
  return store.transaction(async (tx) => {
    const sessions = await tx.sessionsOnGrants(which, new Date(at.getTime() - sessionLifeMs));
    const told = await queueSignOuts(tx, sessions, at);
    return { revoked: await tx.revokeGrants(which, at), told };
  });
}

/** Puts into the outbox what clients that listen are to hear. Answers how many. */
async function queueSignOuts(
  tx: ProviderStore,
  sessions: readonly { readonly clientId: string; readonly personId: string; readonly sid: string }[],
  at: Date,
): Promise<number> {
  const listens = new Map<string, boolean>();
  let told = 0;
  for (const { clientId, personId, sid } of sessions) {
    if (!listens.has(clientId))
      listens.set(clientId, (await tx.client(clientId))?.metadata.backchannelLogoutUri !== undefined);
    if (!listens.get(clientId)) continue;
    await tx.putLogout({ id: uuidV7(at), client_id: clientId, person_id: personId, sid, tries: 0, nextAt: at });
    told += 1;
  }
  return told;
}

/**
 * Ends what relying parties have of a portal session: its grants now, their own sessions by back-channel logout, which the
 * outbox repeats until they have heard. To be called when the session ends, however it ends.
 */
export async function endAtClients(
  { store, options }: Pick<OpenIdProvider, "store" | "options">,
  session: { readonly id: string; readonly person: { readonly id: string } },
): Promise<{ readonly told: number }> {
  const at = options.identity.clock.now();
  return store.transaction(async (tx) => {
    const clients = await tx.clientsOfSession(session.id);
    for (const { grantId } of clients) if (grantId) await tx.revokeGrant(kept(grantId), at);
    const told = await queueSignOuts(
      tx,
      clients.map(({ clientId, sid }) => ({ clientId, sid, personId: session.person.id })),
      at,
    );
    await tx.dropSessions(session.id);
    return { told };
  });
}

/** Deletes what has run out. For a nightly job, or oftener. */
export async function forgetArtifacts({
  store,
  options,
}: Pick<OpenIdProvider, "store" | "options">): Promise<{ readonly forgotten: number }> {
  return { forgotten: await store.forgetExpired(options.identity.clock.now()) };
}

/**
 * For a job: ends at clients what ended elsewhere without a word to them. Portal sessions that a suspended key, a second
 * sign-in or a dismissal ended, and approved clients whose year is over.
 */
export async function followEnds(
  provider: Pick<OpenIdProvider, "store" | "options">,
): Promise<{ readonly sessions: number; readonly clients: number }> {
  const { store, options } = provider;
  const at = options.identity.clock.now();
  let sessions = 0;
  for (;;) {
    const ended = await store.transaction(async (tx) => {
      const taken = await tx.takeEnded(endedAtOnce);
      for (const { id, personId } of taken)
        await endAtClients({ store: tx, options }, { id, person: { id: personId } });
      return taken.length;
    });
    sessions += ended;
    if (ended < endedAtOnce) break;
  }
  const overdue = await store.overdueClients(at, new Date(at.getTime() - sessionLifeMs));
  for (const clientId of overdue) await revokeGrantsOf(provider, { clientId });
  return { sessions, clients: overdue.length };
}

/** Tells relying parties of sign-outs that are due; those that do not hear are tried again later, longer each time. */
export async function tellSignOuts(
  provider: OpenIdProvider,
): Promise<{ readonly told: number; readonly left: number }> {
  const { store, options } = provider;
  const at = options.identity.clock.now();
  let told = 0;
  let left = 0;
  // Side by side: one that answers slowly must not keep the others waiting.
  const tellOne = async (row: LogoutRow): Promise<void> => {
    try {
      // Made here, since the library knows none that was stopped or deleted, and those are told too.
      const client = await store.client(row.client_id);
      if (client?.metadata.backchannelLogoutUri) {
        const Client = provider.library().Client as unknown as new (metadata: object) => Tellable;
        await new Client(clientMetadataFor(client)).backchannelLogout(row.person_id, row.sid);
      }
      await store.dropLogout(row.id);
      told += 1;
    } catch (fault) {
      left += 1;
      const wait = waits[row.tries];
      if (wait === undefined) await store.dropLogout(row.id);
      else await store.putOffLogout(row.id, new Date(at.getTime() + wait));
      options.onFault(fault as Error, `telling client ${row.client_id} of a sign-out`);
    }
  };
  await Promise.all((await store.takeLogouts(at, new Date(at.getTime() + 30_000))).map(tellOne));
  return { told, left };
}
