import {
  errors,
  type AccessToken,
  type ClientCredentials,
  type JWTStructured,
  type KoaContextWithOIDC,
  type ResourceServer,
} from "oidc-provider";
import type { ActingParty } from "../contract.ts";
import type { ProviderContext } from "./context.ts";
import { pairwiseMandate, pairwiseSubject } from "./subject.ts";
import { kept, type ClientRow, type GrantRow } from "./store.ts";

type Client = InstanceType<import("oidc-provider").default["Client"]>;

/** Seconds that an access token lives. */
const accessTokenLife = 300;

/**
 * The resource server of an audience, if the client was registered for it and proves possession of its tokens. Another
 * organisation's server gets opaque tokens whatever it asked for: inside a readable one the client would find the name
 * under which that organisation knows the person, and two agencies could join what they know.
 */
export async function resourceServerFor(
  context: ProviderContext,
  audience: string,
  client: Client,
): Promise<ResourceServer> {
  const server = await context.store.resourceServer(audience, environmentOf(client));
  const registered = (client["taroko_resources"] as readonly string[] | undefined)?.includes(audience);
  if (!server || !context.isUsable(server) || !registered || client["taroko_profile"] !== "fapi")
    throw new errors.InvalidTarget("the client is not registered for this resource");
  const { scopes = [], format = "opaque" } = server.metadata.resource ?? {};
  // Anybody may register a trial and say which audience it is. Where an API judges by signature and audience alone, a
  // readable token of a trial would pass there for one that two officers had approved.
  const trusted = environmentOf(client) === "production" || context.options.demonstration;
  const readable = format === "jwt" && server.owner === client["taroko_owner"] && trusted;
  return {
    scope: scopes.join(" "),
    audience,
    accessTokenTTL: accessTokenLife,
    ...(readable ? { accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } } : { accessTokenFormat: "opaque" }),
  };
}

/** Whether a client is a trial or approved. */
export function environmentOf(client: Client): ClientRow["environment"] {
  return client["taroko_environment"] === "production" ? "production" : "sandbox";
}

/** The grant a token comes from, while it stands. */
export async function grantOf(
  context: ProviderContext,
  grantId: string | undefined,
): Promise<{ row: GrantRow; party: ActingParty | undefined } | undefined> {
  const row = grantId ? await context.store.grant(kept(grantId)) : undefined;
  if (!row) return undefined;
  if (!row.party || !row.party_id) return { row, party: undefined };
  const person = await context.options.identity.store.person(row.party_id);
  return { row, party: { ...row.party, personId: row.party_id, name: person?.name ?? "" } };
}

/** Who stands in an access token: the party whose matter it is as `sub`, the human who acts as `act` (RFC 8693). */
async function namesIn(
  context: ProviderContext,
  ctx: KoaContextWithOIDC,
  token: AccessToken,
): Promise<{ sub: string; extra: Record<string, unknown> } | undefined> {
  const found = await grantOf(context, token.grantId);
  if (!found || !token.accountId) return undefined;
  const sector = await sectorOf(context, token);
  const name = (personId: string) => pairwiseSubject(context.options.sectorKey, sector, personId);
  const human = name(token.accountId);
  if (!found.party) return { sub: human, extra: {} };
  const { party } = found;
  return {
    sub: name(party.personId),
    extra: {
      act: { sub: human, acr: found.row.acr, amr: ctx.oidc.entities.AuthorizationCode?.amr },
      mandate: {
        id: pairwiseMandate(context.options.sectorKey, sector, found.row.mandate ?? ""),
        kind: party.kind,
        scopes: party.scopes,
        valid_to: party.validTo,
      },
    },
  };
}

/** A token is read by the server it is for, which knows people by its own organisation's names. */
async function sectorOf(context: ProviderContext, token: AccessToken): Promise<string> {
  const audience = [token.aud ?? []].flat()[0];
  const client = await context.store.client(token.clientId ?? "");
  const server = audience && client ? await context.store.resourceServer(audience, client.environment) : undefined;
  const reader = server ?? client;
  if (!reader) throw Object.assign(new Error("a token without a reader"), { code: "token-without-reader" });
  return reader.owner;
}

/** What a token bears beyond the standard, also for those who ask about it (RFC 7662). */
export async function partyClaims(
  context: ProviderContext,
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
): Promise<Record<string, unknown> | undefined> {
  if (token.kind !== "AccessToken" || token.aud === undefined) return undefined;
  const names = await namesIn(context, ctx, token);
  return names && { ...names.extra, sub: names.sub };
}

/** The library names the human in a JWT; the owner of the matter belongs there. */
export async function tokenSubject(
  context: ProviderContext,
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
  parts: JWTStructured,
): Promise<void> {
  if (token.kind !== "AccessToken") return;
  const names = await namesIn(context, ctx, token);
  if (names) parts.payload["sub"] = names.sub;
}
