import { uuidV7, type Clock } from "#kernel";
import type { Session } from "../contract.ts";
import type { OpenIdProvider } from "./provider.ts";
import { kept, type LogoutRow, type ProviderStore } from "./store.ts";
import { mandateKey, type MandateNamed } from "./subject.ts";

/** Milliseconds after which a sign-out is told again, by how often it was tried; then it is given up. */
const waits: readonly number[] = [0, 10_000, 60_000, 600_000, 3_600_000, 6 * 3_600_000];

/** Whose grants are to end. */
export type GrantsOf =
  | { readonly mandate: MandateNamed }
  /** Given by the person, or over their matters. */
  | { readonly personId: string }
  | { readonly clientId: string };

/**
 * Ends grants at once: their opaque tokens are worth nothing from now on, readable ones at most until their five minutes
 * are over. For a mandate that ended, a person who died or was blocked, a client that was taken away.
 */
export async function revokeGrantsOf(
  {
    store,
    options,
  }: { readonly store: ProviderStore; readonly options: { readonly identity: { readonly clock: Clock } } },
  whose: GrantsOf,
): Promise<{ readonly revoked: number }> {
  const at = options.identity.clock.now();
  const which = "mandate" in whose ? { mandate: mandateKey(whose.mandate) } : whose;
  return store.transaction(async (tx) => {
    const grants = await tx.liveGrants(which);
    for (const grant of grants) await tx.revokeGrant(grant, at);
    return { revoked: grants.length };
  });
}

/**
 * Ends what relying parties have of a portal session: its grants now, their own sessions by back-channel logout, which the
 * outbox repeats until they have heard. To be called when the session ends, however it ends.
 */
export async function endAtClients(
  { store, options }: Pick<OpenIdProvider, "store" | "options">,
  session: Pick<Session, "id" | "person">,
): Promise<{ readonly told: number }> {
  const at = options.identity.clock.now();
  return store.transaction(async (tx) => {
    let told = 0;
    for (const { clientId, sid, grantId } of await tx.clientsOfSession(session.id)) {
      if (grantId) await tx.revokeGrant(kept(grantId), at);
      const client = await tx.client(clientId);
      if (!client?.metadata.backchannelLogoutUri) continue;
      const row = { id: uuidV7(at), client_id: clientId, person_id: session.person.id, sid, tries: 0, nextAt: at };
      await tx.putLogout(row);
      told += 1;
    }
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
    const client = await provider.library().Client.find(row.client_id);
    const tell = client as unknown as { backchannelLogout(sub: string, sid: string): Promise<void> } | undefined;
    try {
      await tell?.backchannelLogout(row.person_id, row.sid);
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
