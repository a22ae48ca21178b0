import { err, ok, randomToken, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import { refuse } from "../problems.ts";
import { clientFormOf, readClientForm, type ClientFault, type ClientForm } from "./check-client.ts";
import type { OpenIdProvider } from "./provider.ts";
import { revokeGrantsOf } from "./revoke.ts";
import type { ClientActRow, ClientRow, CountedFailureRow, FailureRow } from "./store.ts";

/**
 * What an owner may be called: a member path or a uniform number. Letters of other scripts that look alike are not among
 * them, and `sandbox/…` is how people own their trials.
 */
const ownerName = /^(?!sandbox\/)(?=.{3,100}$)[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** How many clients one person may look after. */
const mostClients = 20;

/** A relying party with what its managers may see. */
export interface OwnClient {
  readonly client: ClientRow;
  /** Refused requests that the client's own keys, codes or tokens prove to be its own. */
  readonly failures: readonly FailureRow[];
  /** Others that name it; anybody may send such. */
  readonly counted: readonly CountedFailureRow[];
  /** What officers decided about it, newest first. */
  readonly acts: readonly ClientActRow[];
}

/** A form that cannot stand, with what is wrong. */
export type ClientRefusal = Refusal<"client-invalid" | "client-unknown"> & { readonly faults?: readonly ClientFault[] };

/**
 * Registers a sandbox client, which works at once. In a sandbox people are invented; where they are real, nobody but the one
 * who registered it can be signed in, and no register data flows. Whose it is: the officer's agency, else the person.
 */
export async function registerSandbox(
  provider: OpenIdProvider,
  session: Session,
  form: ClientForm,
): Promise<Result<ClientRow, ClientRefusal>> {
  const { store, options } = provider;
  const read = readClientForm(form, { environment: "sandbox", catalogue: options.catalogue });
  if ("faults" in read) return err({ ...refuse("client-invalid"), faults: read.faults });
  if ((await store.clientsOf(session.person.id)).length >= mostClients)
    return err(refuse("client-invalid", "too many clients of one person"));
  const at = options.identity.clock.now();
  const row: ClientRow = {
    id: `sandbox-${randomToken(12)}`,
    environment: "sandbox",
    profile: read.profile,
    status: "active",
    manager_id: session.person.id,
    owner: `sandbox/${session.person.id}`,
    metadata: read.metadata,
    created_at: at,
    changed_at: at,
    expires_at: null,
  };
  if (await audienceTaken(provider, row)) return err(takenAudience);
  await store.putClient(row);
  return ok(row);
}

const takenAudience: ClientRefusal = {
  ...refuse("client-invalid"),
  faults: [
    {
      field: "audience",
      text: { "zh-Hant": "已經有另一個 API 用這個網址。", en: "Another API answers for this address already." },
    },
  ],
};

/** Whether another client answers for the audience; of two servers one could read what is meant for the other. */
export async function audienceTaken(
  { store }: OpenIdProvider,
  { id, environment, metadata }: ClientRow,
): Promise<boolean> {
  if (!metadata.resource) return false;
  const server = await store.resourceServer(metadata.resource.audience, environment);
  return server !== undefined && server.id !== id;
}

/** The clients that a person looks after. */
export function myClients(provider: OpenIdProvider, session: Session): Promise<ClientRow[]> {
  return provider.store.clientsOf(session.person.id);
}

/** One of them, with what its requests got wrong. Of anybody else's clients nothing is said. */
export async function myClient(
  provider: OpenIdProvider,
  session: Session,
  id: string,
): Promise<Result<OwnClient, Refusal<"client-unknown">>> {
  const client = await provider.store.client(id);
  if (client?.manager_id !== session.person.id || client.status === "deleted") return err(refuse("client-unknown"));
  const { store } = provider;
  return ok({
    client,
    failures: await store.failures(id),
    counted: await store.countedFailures(id),
    acts: await store.acts(id),
  });
}

/**
 * Changes a client. A sandbox one as a whole; of an approved one the keys and where it hears of sign-outs, since the rest is
 * what two officers approved: for that, a new request is made.
 */
export async function changeClient(
  provider: OpenIdProvider,
  session: Session,
  id: string,
  form: ClientForm,
): Promise<Result<ClientRow, ClientRefusal>> {
  const { store, options } = provider;
  const own = await myClient(provider, session, id);
  if (!own.ok) return own;
  const { client } = own.value;
  const { jwks, jwksUri, backchannelLogoutUri } = form;
  const wish =
    client.environment === "sandbox"
      ? form
      : { ...clientFormOf(client.profile, client.metadata), jwks, jwksUri, backchannelLogoutUri };
  const read = readClientForm(wish, { environment: client.environment, catalogue: options.catalogue });
  if ("faults" in read) return err({ ...refuse("client-invalid"), faults: read.faults });
  const { profile, metadata } = read;
  if (await audienceTaken(provider, { ...client, metadata })) return err(takenAudience);
  return store.transaction(async (tx) => {
    // Meanwhile it may have been approved or deleted.
    const now = await tx.lockClient(id);
    if (!now || now.status === "deleted") return err(refuse("client-unknown"));
    const row: ClientRow = { ...now, profile, metadata, changed_at: options.identity.clock.now() };
    await tx.putClient(row);
    return ok(row);
  });
}

/** Takes a client away: nobody can sign in at it any more, and what people granted it ends. */
export async function deleteClient(
  provider: OpenIdProvider,
  session: Session,
  id: string,
): Promise<Result<{ readonly deleted: string }, Refusal<"client-unknown">>> {
  const own = await myClient(provider, session, id);
  if (!own.ok) return own;
  await provider.store.transaction(async (tx) => {
    const client = await tx.lockClient(id);
    if (client) await tx.putClient({ ...client, status: "deleted", changed_at: provider.options.identity.clock.now() });
  });
  await revokeGrantsOf(provider, { clientId: id });
  return ok({ deleted: id });
}

/** Asks that a tested client be let loose on real people, in an organisation's name. Two officers decide. */
export async function askForProduction(
  provider: OpenIdProvider,
  session: Session,
  id: string,
  o: { readonly owner: string; readonly form: ClientForm },
): Promise<Result<ClientRow, ClientRefusal>> {
  const { store, options } = provider;
  const own = await myClient(provider, session, id);
  if (!own.ok) return own;
  const read = readClientForm(o.form, { environment: "production", catalogue: options.catalogue });
  const owner = o.owner.trim();
  if ("faults" in read || !ownerName.test(owner))
    return err({ ...refuse("client-invalid"), faults: "faults" in read ? read.faults : [] });
  const at = options.identity.clock.now();
  const row: ClientRow = {
    ...own.value.client,
    id: `client-${randomToken(12)}`,
    environment: "production",
    profile: read.profile,
    status: "asked",
    owner,
    metadata: read.metadata,
    created_at: at,
    changed_at: at,
    expires_at: null,
  };
  if (await audienceTaken(provider, row)) return err(takenAudience);
  await store.putClient(row);
  return ok(row);
}
