import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import { refuse } from "../problems.ts";
import { audienceTaken } from "./clients.ts";
import type { OpenIdProvider } from "./provider.ts";
import { enterClient } from "./publish-client.ts";
import { revokeGrantsOf } from "./revoke.ts";
import type { ClientActRow, ClientRow } from "./store.ts";

/** How long an approval holds. */
const yearMs = 365 * 24 * 3_600_000;
/** How long before its end a client stands among those to be approved again. */
const renewalMs = 60 * 24 * 3_600_000;
const longestReason = 500;

/** A client that officers are to decide on, with what they did so far. */
export interface WaitingClient {
  readonly client: ClientRow;
  readonly approvals: number;
  readonly acts: readonly ClientActRow[];
}

/** What waits for officers: new clients, those whose year is nearly over, and those that were stopped. */
export async function clientsToDecide(provider: OpenIdProvider): Promise<WaitingClient[]> {
  const { store, options } = provider;
  const at = options.identity.clock.now();
  const asked = await store.clientsWith("asked", "production");
  const stopped = await store.clientsWith("stopped", "production");
  const active = await store.clientsWith("active", "production");
  return Promise.all(
    [...asked, ...stopped, ...active.filter((client) => waits(client, at))].map(async (client) => ({
      client,
      approvals: (await store.decisions(client.id, at)).length,
      acts: await store.acts(client.id),
    })),
  );
}

/** The clients that work now, which an officer may stop. */
export async function workingClients(provider: OpenIdProvider): Promise<ClientRow[]> {
  const rows = await provider.store.clientsWith("active", "production");
  return rows.filter((row) => provider.isUsable(row));
}

/** Whether officers are to decide on a client. */
function waits({ environment, status, expires_at }: ClientRow, at: Date): boolean {
  if (environment !== "production") return false;
  const due = expires_at !== null && expires_at.getTime() < at.getTime() + renewalMs;
  return status === "asked" || status === "stopped" || (status === "active" && due);
}

/**
 * An officer's word on a client: the second approval, by another officer, lets it work for a year and publishes it, also one
 * that was stopped. One refusal, with its reason, turns a new one down; one whose year is nearly over then works until its
 * end and no longer, unless two approve it after all. Nobody decides on what they look after themself. Whether the person may at
 * all is the caller's question.
 */
export async function decideOnClient(
  provider: OpenIdProvider,
  session: Session,
  id: string,
  answer: { readonly approve: true } | { readonly approve: false; readonly reason: string },
): Promise<Result<ClientRow, Refusal<"client-not-asked" | "client-reason-needed">>> {
  const { store, options } = provider;
  const { approve } = answer;
  const at = options.identity.clock.now();
  const reason = answer.approve ? "" : reasonIn(answer.reason);
  if (reason === undefined) return err(refuse("client-reason-needed"));
  return store.transaction(async (tx) => {
    const client = await tx.lockClient(id);
    // Asked under the lock: what another officer or the manager did a moment ago stands.
    if (!client || !waits(client, at) || client.manager_id === session.person.id)
      return err(refuse("client-not-asked"));
    if (!approve && client.status === "stopped") return err(refuse("client-not-asked", "it does not work already"));
    const officerId = session.person.id;
    if (!(await tx.putDecision({ clientId: id, officerId, approved: approve, at })))
      return err(refuse("client-not-asked", "the officer decided before"));
    const approvals = (await tx.decisions(id, at)).filter(({ approved }) => approved).length;
    if (approve && approvals < 2) return ok(client);
    if (approve && (await audienceTaken(provider, client)))
      return err(refuse("client-not-asked", "its audience is taken"));
    const row: ClientRow = approve
      ? { ...client, status: "active", changed_at: at, expires_at: new Date(at.getTime() + yearMs) }
      : { ...client, status: client.status === "asked" ? "refused" : client.status, changed_at: at };
    await tx.putClient(row);
    // The next renewal is decided afresh.
    if (client.status === "active" || approve) await tx.dropDecisions(id);
    const what = approve ? "approved" : client.status === "active" ? "renewal-refused" : "refused";
    await tx.putAct({ id: uuidV7(at), clientId: id, what, reason, officerId, at });
    if (approve) await enterClient(provider, tx, row, at);
    return ok(row);
  });
}

/**
 * Stops an approved client at once, on one officer's word: nobody signs in at it any more, what people granted it ends, and it
 * is told to end its own sessions. Its people read the reason, the public log bears it, and another officer is asked to look
 * (see {@link lookAtStop}). It works again when two officers approve it anew.
 */
export async function stopClient(
  provider: OpenIdProvider,
  session: Session,
  id: string,
  why: string,
): Promise<Result<ClientRow, Refusal<"client-not-asked" | "client-reason-needed">>> {
  const { store, options } = provider;
  const at = options.identity.clock.now();
  const reason = reasonIn(why);
  if (reason === undefined) return err(refuse("client-reason-needed"));
  const stopped = await store.transaction(async (tx) => {
    const client = await tx.lockClient(id);
    if (client?.environment !== "production" || client.status !== "active") return undefined;
    const row: ClientRow = { ...client, status: "stopped", changed_at: at };
    await tx.putClient(row);
    // Approvals given before the stop are none of its end.
    await tx.dropDecisions(id);
    await tx.putAct({ id: uuidV7(at), clientId: id, what: "stopped", reason, officerId: session.person.id, at });
    await enterClient(provider, tx, row, at);
    return row;
  });
  if (!stopped) return err(refuse("client-not-asked"));
  // From here on it gets no new ones: the library finds it no more.
  await revokeGrantsOf(provider, { clientId: id });
  return ok(stopped);
}

/** Another officer looked at a stop and leaves it so. */
export async function lookAtStop(
  { store, options }: OpenIdProvider,
  session: Session,
  id: string,
): Promise<Result<{ readonly seen: string }, Refusal<"client-not-asked">>> {
  const seen = await store.seeStop(id, session.person.id, options.identity.clock.now());
  return seen ? ok({ seen: id }) : err(refuse("client-not-asked"));
}

function reasonIn(text: string): string | undefined {
  const reason = text.trim().normalize("NFC");
  return reason.length > 0 && reason.length <= longestReason && !/\p{Cc}|\p{Cf}/u.test(reason.replaceAll(/\r?\n/g, " "))
    ? reason
    : undefined;
}
