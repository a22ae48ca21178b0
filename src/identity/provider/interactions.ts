import { errors } from "oidc-provider";
import { err, ok, type Refusal, type Result } from "#kernel";
import { acrAtLeast } from "../assurance.ts";
import type { Acr, ActingParty, Mandate, Session } from "../contract.ts";
import { partyOf, recordParty } from "../choose-party.ts";
import { eventAt } from "../event.ts";
import { refuse } from "../problems.ts";
import { visiting } from "./adapter.ts";
import { headOf } from "./call-node.ts";
import { mayUse } from "./client-metadata.ts";
import type { Attribute } from "./contract.ts";
import type { MandatesNow } from "./context.ts";
import { secondsOf, wantedAcr } from "./policy.ts";
import type { OpenIdProvider } from "./provider.ts";
import { mandateKey, pairwiseSubject } from "./subject.ts";
import { kept, type ClientRow } from "./store.ts";

/** How long what a person allowed holds: the one transaction. Seconds. */
const grantLife = 900;

/** What a person is asked on the way to a relying party. */
export interface Interaction {
  readonly uid: string;
  readonly client: ClientRow;
  readonly prompt: "login" | "party" | "consent";
  /** The level demanded, when more than the session has. */
  readonly wanted: Acr | undefined;
  readonly contextType: string | undefined;
  /** The relying party's words for what is being done; plain text, escaped by the page. */
  readonly contextMessage: string | undefined;
  /** Attributes asked for, besides who the person is. */
  readonly attributes: readonly { readonly attribute: Attribute; readonly optional: boolean }[];
  readonly asksName: boolean;
  /** For whom, once chosen. */
  readonly party: ActingParty | undefined;
  /** Where the answer goes; the page's form must be allowed to lead there. */
  readonly redirectUri: string;
  /** As the library knows it; the answers go there. */
  readonly details: LibraryInteraction;
}

type LibraryInteraction = Awaited<ReturnType<ReturnType<OpenIdProvider["library"]>["interactionDetails"]>>;
type Lost = Refusal<"interaction-lost">;

/** What the party prompt left for those after it. */
interface PartyChoice {
  readonly party?: ActingParty;
}

/**
 * Opens the interaction that this browser carries. An address with another one's identifier opens nothing: a link planted
 * by somebody else (a fixed interaction) leads nowhere, and neither does one that another person began to answer.
 */
export async function openInteraction(
  provider: OpenIdProvider,
  request: Request,
  uid: string,
  session: Session | undefined,
): Promise<Result<Interaction, Lost>> {
  const found = await find(provider, request, uid, session);
  if (!found.ok) return found;
  const { details, client } = found.value;
  const { params, prompt } = details;
  const { catalogue } = provider.options;
  const scope = textIn(params, "scope");
  const asked = new Set(scope.split(" "));
  const text = (name: string): string | undefined => textIn(params, name) || undefined;
  return ok({
    uid,
    client,
    prompt: prompt.name as Interaction["prompt"],
    wanted: wantedAcr(
      { acrValues: text("acr_values"), claims: text("claims"), scope, minAcr: client.metadata.minAcr },
      catalogue,
    ),
    contextType: text("context_type"),
    contextMessage: text("context_message"),
    attributes: catalogue
      .filter((attribute) => asked.has(attribute.scope))
      .map((attribute) => ({ attribute, optional: client.metadata.optional.includes(attribute.scope) })),
    asksName: asked.has("name"),
    party: (details.lastSubmission?.["party"] as PartyChoice | undefined)?.party,
    redirectUri: text("redirect_uri") ?? "",
    details,
  });
}

function textIn(params: Readonly<Record<string, unknown>>, name: string): string {
  const value = params[name];
  return typeof value === "string" ? value : "";
}

async function find(
  provider: OpenIdProvider,
  request: Request,
  uid: string,
  session: Session | undefined,
): Promise<Result<{ details: LibraryInteraction; client: ClientRow }, Lost>> {
  const read = await detailsOf(provider, request, session);
  // It began on a portal session that is over; the same person, signed in anew, goes on with it.
  const moved = !read.ok && session && (await provider.store.moveSession(uid, session.person.id, session.id));
  const again = moved ? await detailsOf(provider, request, session) : read;
  if (!again.ok) return again;
  const details = again.value;
  if (details.uid !== uid) return err(refuse("interaction-lost", "this browser carries another interaction"));
  if (details.session && session && details.session.accountId !== session.person.id)
    return err(refuse("interaction-lost", "somebody else began to answer it"));
  const client = await provider.store.client(textIn(details.params, "client_id"));
  if (!client || !provider.isUsable(client)) return err(refuse("interaction-lost", "the client is gone"));
  return ok({ details, client });
}

async function detailsOf(
  provider: OpenIdProvider,
  request: Request,
  session: Session | undefined,
): Promise<Result<LibraryInteraction, Lost>> {
  const { incoming, outgoing } = headOf(request);
  try {
    return ok(await visiting(session, () => provider.library().interactionDetails(incoming, outgoing)));
  } catch (fault) {
    if (fault instanceof errors.OIDCProviderError) return err(refuse("interaction-lost", fault.error_description));
    throw fault;
  }
}

/** Whether the present session answers the sign-in that was asked for. */
export type SignInState =
  | { readonly done: true; readonly next: string }
  | { readonly done: false; readonly why: "signed-out" | "too-weak" | "too-old" | "sandbox" };

/**
 * Answers the sign-in with what the portal's session really proved: its level, its methods, its time. What was asked for
 * decides only whether that is enough.
 */
export async function answerSignIn(
  provider: OpenIdProvider,
  { client, wanted, details }: Interaction,
  session: Session | undefined,
): Promise<SignInState> {
  if (!session) return { done: false, why: "signed-out" };
  const { environment, manager_id: manager } = client;
  if (!mayUse(provider.options, { environment, manager }, session.person.id)) return { done: false, why: "sandbox" };
  if (!acrAtLeast(session.acr, wanted)) return { done: false, why: "too-weak" };
  if (mustBeFresh(details, session, provider.options.identity.clock.now())) return { done: false, why: "too-old" };
  const unmet = unmetBy(provider, details, client, session);
  if (unmet) return { done: true, next: await finish(details, unmet) };
  const login = {
    accountId: session.person.id,
    acr: session.acr,
    amr: [...session.amr],
    ts: secondsOf(session.authTime),
    remember: false,
  };
  return { done: true, next: await finish(details, { login }) };
}

/**
 * What the present person and proof cannot give, however often they sign in: to be another person, or a level that is not
 * theirs letter by letter. The client is told; asking again would be a circle.
 */
function unmetBy(
  { options }: OpenIdProvider,
  { prompt }: LibraryInteraction,
  { owner }: ClientRow,
  session: Session,
): { readonly error: string; readonly error_description: string } | undefined {
  const wanted = prompt.details as {
    readonly sub?: { readonly value?: unknown };
    readonly acr?: { readonly value?: unknown; readonly values?: readonly unknown[] };
    readonly id_token_hint?: string;
  };
  const sub = pairwiseSubject(options.sectorKey, owner, session.person.id);
  const hinted = wanted.id_token_hint === undefined ? sub : subjectIn(wanted.id_token_hint);
  if (hinted !== sub || (wanted.sub !== undefined && wanted.sub.value !== sub))
    return { error: "login_required", error_description: "another person is signed in" };
  const { acr } = wanted;
  if (acr !== undefined && !(acr.values ?? [acr.value]).includes(session.acr))
    return { error: "unmet_authentication_requirements", error_description: "the level is not among those asked for" };
  return undefined;
}

/** Of a token whose signature the library has checked. */
function subjectIn(idToken: string): unknown {
  const payload = idToken.split(".")[1] ?? "";
  return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub?: unknown }).sub;
}

/** Whether a proof older than this request will not do: the client demanded a new one, or set an age. */
function mustBeFresh({ prompt, params, iat }: LibraryInteraction, { authTime }: Session, now: Date): boolean {
  const proved = secondsOf(authTime);
  if (prompt.reasons.includes("login_prompt") && proved < iat) return true;
  const maxAge = params["max_age"];
  return maxAge !== undefined && secondsOf(now) - proved > Number(maxAge) && proved < iat;
}

/** For whom the person may act at this client: mandates that stand now, of the kinds the client knows. */
export async function partiesFor(
  provider: OpenIdProvider,
  { client }: Interaction,
  session: Session,
): Promise<MandatesNow> {
  const { mandates, missing } = await provider.options.mandatesOf(session.person.id);
  const kinds = new Set(client.metadata.mandates);
  return { mandates: mandates.filter(({ kind }) => kinds.has(kind)), missing };
}

/**
 * Takes the choice of whom to act for: a mandate confirmed just now, or `self`. The portal's own session goes on as it was;
 * the party belongs to what is granted here.
 */
export async function answerParty(
  provider: OpenIdProvider,
  { details }: Interaction,
  session: Session,
  mandate: Mandate | "self" | undefined,
): Promise<Result<{ readonly next: string }, Refusal<"mandate-unknown" | "mandate-expired">>> {
  const { identity } = provider.options;
  const choice: Result<PartyChoice, Refusal<"mandate-unknown" | "mandate-expired">> = mandate === "self"
    ? ok({})
    : await identity.store.transaction(async (store) => {
        const party = await partyOf(identity, store, session, mandate);
        if (!party.ok) return party;
        await recordParty(identity, store, session, party.value);
        return ok({ party: party.value });
      });
  return choice.ok ? ok({ next: await finish(details, { party: choice.value }) }) : choice;
}

/** Grants what the person agreed to, for whom they act, for this one transaction. */
export async function answerConsent(
  provider: OpenIdProvider,
  interaction: Interaction,
  session: Session,
  ticked: ReadonlySet<string>,
): Promise<Result<{ readonly next: string }, Lost | Refusal<"mandate-unknown">>> {
  const { details, client } = interaction;
  if (details.session?.accountId !== session.person.id || details.prompt.name !== "consent")
    return err(refuse("interaction-lost", "not the person, or not the question"));
  const library = provider.library();
  const grant = new library.Grant({ accountId: session.person.id, clientId: client.id });
  const asked = new Set(textIn(details.params, "scope").split(" "));
  const left = new Set(
    interaction.attributes.flatMap(({ attribute, optional }) =>
      optional && !ticked.has(attribute.scope) ? [attribute.scope] : [],
    ),
  );
  const scopes = ["openid", "name", ...interaction.attributes.map(({ attribute }) => attribute.scope)].filter(
    (scope) => asked.has(scope) && !left.has(scope),
  );
  grant.addOIDCScope(scopes.join(" "));
  if (left.size > 0) grant.rejectOIDCScope([...left].join(" "));
  const missing = (details.prompt.details as { missingOIDCClaims?: string[]; missingResourceScopes?: object }) ?? {};
  if (missing.missingOIDCClaims) grant.rejectOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, wanted] of Object.entries(missing.missingResourceScopes ?? {}) as [string, string[]][])
    grant.addResourceScope(resource, wanted.join(" "));
  const at = provider.options.identity.clock.now();
  const { party } = interaction;
  const expiresAt = new Date(
    Math.min(at.getTime() + grantLife * 1000, party ? Date.parse(party.validTo) : Number.POSITIVE_INFINITY),
  );
  // What is granted under a mandate is over with it.
  Object.assign(grant, { exp: secondsOf(expiresAt) });
  const grantId = await grant.save();
  const { personId, name: _, ...terms } = party ?? {};
  await provider.store.putGrant({
    id: kept(grantId),
    person_id: session.person.id,
    client_id: client.id,
    scopes,
    party_id: personId ?? null,
    party: party ? terms : null,
    mandate: party ? mandateKey({ ...party, representativeId: session.person.id, principalId: party.personId }) : null,
    acr: session.acr,
    at,
    expires_at: expiresAt,
  });
  // Asked after the grant is there: whoever ends the mandate from now on finds it.
  if (party?.mandate !== undefined && !(await provider.options.identity.store.mandateStands(party.mandate))) {
    await provider.store.revokeGrant(kept(grantId), at);
    return err(refuse("mandate-unknown", "it was ended after it was chosen"));
  }
  await provider.options.identity.store.putEvent(
    eventAt(at, {
      person_id: session.person.id,
      principal_id: personId ?? null,
      what: "release",
      acr: session.acr,
      reason: [...new Set([client.metadata.name["zh-Hant"], client.metadata.name.en])].join(" / "),
    }),
  );
  return ok({ next: await finish(details, { consent: { grantId } }) });
}

/** The person says no. The client learns that, and nothing else. */
export async function refuseInteraction({ details }: Interaction): Promise<{ readonly next: string }> {
  return { next: await finish(details, { error: "access_denied", error_description: "the person declined" }) };
}

/** Leaves the answer for the library to find, with what was answered before; answers where it goes on. */
async function finish(details: LibraryInteraction, result: NonNullable<LibraryInteraction["result"]>): Promise<string> {
  details.result = "error" in result ? result : { ...details.lastSubmission, ...result };
  await details.save(details.exp - secondsOf(new Date()));
  const next = new URL(details.returnTo);
  return next.pathname + next.search;
}
