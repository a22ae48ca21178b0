import type { ClientRow } from "./store.ts";

/** Members of a client's metadata that are Taroko's own. */
export const ownMetadata = [
  "taroko_owner",
  "taroko_manager",
  "taroko_environment",
  "taroko_profile",
  "taroko_purpose",
  "taroko_legal_basis",
  "taroko_retention",
  "taroko_name",
  "taroko_scopes",
  "taroko_optional",
  "taroko_min_acr",
  "taroko_mandates",
  "taroko_resources",
  "taroko_resource",
] as const;

/** The organisation that a client of the library belongs to: the sector of its names for people. */
export function ownerOf(client: Readonly<Record<string, unknown>> | undefined): string {
  const owner = client?.["taroko_owner"];
  if (typeof owner !== "string" || owner === "")
    throw Object.assign(new Error("a relying party without an owner"), { code: "client-without-owner" });
  return owner;
}

/** A sandbox signs in invented people, and where people are real nobody but the one who looks after it. */
export function mayUse(
  { demonstration }: { readonly demonstration: boolean },
  client: { readonly environment: unknown; readonly manager: unknown },
  personId: string,
): boolean {
  return client.environment === "production" || demonstration || client.manager === personId;
}

/**
 * A relying party as the library reads it (OpenID Connect Dynamic Client Registration, section 2). With the `fapi` profile it
 * authenticates with a key, pushes its requests and proves possession of a key with each token; `plain` leaves the last
 * two away, and for that gets no register data and no token for another server.
 */
export function clientMetadataFor(row: ClientRow): Record<string, unknown> {
  const { metadata: said } = row;
  const fapi = row.profile === "fapi";
  const keyed = said.jwks !== undefined || said.jwksUri !== undefined;
  return {
    client_id: row.id,
    client_name: said.name.en,
    application_type: "web",
    grant_types: said.resource && said.redirectUris.length === 0 ? [] : ["authorization_code"],
    response_types: said.redirectUris.length === 0 ? [] : ["code"],
    response_modes: ["query"],
    redirect_uris: said.redirectUris,
    post_logout_redirect_uris: said.postLogoutRedirectUris,
    ...(said.backchannelLogoutUri && {
      backchannel_logout_uri: said.backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
    token_endpoint_auth_method: keyed ? "private_key_jwt" : "none",
    ...(said.jwks && { jwks: said.jwks }),
    ...(said.jwksUri && { jwks_uri: said.jwksUri }),
    scope: ["openid", "name", ...said.scopes].join(" "),
    subject_type: "pairwise",
    id_token_signed_response_alg: "ES256",
    require_pushed_authorization_requests: fapi,
    dpop_bound_access_tokens: fapi,
    default_acr_values: [],
    ...(said.encryptUserinfo && {
      userinfo_signed_response_alg: "ES256",
      userinfo_encrypted_response_alg: "ECDH-ES+A256KW",
      userinfo_encrypted_response_enc: "A256GCM",
    }),
    taroko_owner: row.owner,
    taroko_manager: row.manager_id,
    taroko_environment: row.environment,
    taroko_profile: row.profile,
    taroko_purpose: said.purpose,
    taroko_legal_basis: said.legalBasis,
    taroko_retention: said.retention,
    taroko_name: said.name,
    taroko_scopes: said.scopes,
    taroko_optional: said.optional,
    taroko_min_acr: said.minAcr,
    taroko_mandates: said.mandates,
    taroko_resources: said.resources,
    ...(said.resource && { taroko_resource: said.resource }),
  };
}
