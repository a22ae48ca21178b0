import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { errors } from "oidc-provider";
import { acrOrder } from "../assurance.ts";
import { storeAdapter } from "./adapter.ts";
import { ownerOf, ownMetadata } from "./client-metadata.ts";
import type { ProviderContext, ProviderPeriod } from "./context.ts";
import { claimsOf } from "./claims.ts";
import { fetchOutside, largestAnswer } from "./fetch-outside.ts";
import { interactionsFor, takePortalSession } from "./policy.ts";
import { pairwiseSubject } from "./subject.ts";
import { mayUse } from "./client-metadata.ts";
import { environmentOf, partyClaims, resourceServerFor, tokenSubject } from "./tokens.ts";

/** Why somebody is sent to sign in; shown to them, so it is a closed list. */
export const contextTypes: readonly string[] = [
  "sign-in",
  "submit-application",
  "view-record",
  "change-address",
  "payment",
];

const signing = ["ES256", "PS256", "Ed25519", "EdDSA"] as const;
const contentEncryption = ["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"] as const;

/** Everything the library is told. Where FAPI 2.0 has a rule, its line says which. */
export function configurationFor(context: ProviderContext, period: ProviderPeriod): Configuration {
  const { options, store } = context;
  const secure = options.identity.origin.startsWith("https:");
  const cookie = { signed: true, httpOnly: true, secure, sameSite: "lax", overwrite: true } as const;
  return {
    adapter: storeAdapter(store, options.identity.clock, (client) => context.isUsable(client)),
    jwks: { keys: [...period.signingKeys] },
    acrValues: [...acrOrder],
    scopes: ["openid", "name", ...options.catalogue.map(({ scope }) => scope)],
    claims: {
      openid: ["sub", "acr", "amr", "auth_time", "representing"],
      name: ["name"],
      ...Object.fromEntries(options.catalogue.map(({ scope }) => [scope, [scope, "unavailable"]])),
    },
    findAccount: async (ctx, accountId) => {
      const person = await options.identity.store.person(accountId);
      if (person?.status !== "active") return undefined;
      return { accountId, claims: (use, scope) => claimsOf(context, ctx, { use, scope, person }) };
    },
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId ? ctx.oidc.provider.Grant.find(grantId) : undefined;
    },
    interactions: {
      policy: interactionsFor(options.catalogue),
      url: (_ctx, interaction) => `/signin/${interaction.uid}`,
    },
    subjectTypes: ["pairwise"],
    pairwiseIdentifier: (_ctx, accountId, client) => pairwiseSubject(options.sectorKey, ownerOf(client), accountId),
    extraClientMetadata: { properties: [...ownMetadata] },
    extraParams: {
      context_type(ctx, value) {
        // Asked of every request, with this parameter or not, just before the library looks who is signed in.
        takePortalSession(ctx, options.catalogue, (client, personId) =>
          mayUse(options, { environment: environmentOf(client), manager: client["taroko_manager"] }, personId),
        );
        if (value !== undefined && !contextTypes.includes(value))
          throw new errors.InvalidRequest(`context_type must be one of ${contextTypes.join(", ")}`);
      },
      context_message(_ctx, value) {
        if (value !== undefined && (value.length > 100 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>]|https?:/u.test(value)))
          throw new errors.InvalidRequest("context_message must be plain text of at most 100 characters");
      },
    },
    extraTokenClaims: (ctx, token) => partyClaims(context, ctx, token),
    formats: { customizers: { jwt: (ctx, token, parts) => tokenSubject(context, ctx, token, parts) } },
    responseTypes: ["code"],
    pkce: { required: () => true }, // FAPI 2.0 section 5.3.2.2; the library knows S256 only
    clientAuthMethods: ["private_key_jwt", "none"],
    enabledJWA: {
      idTokenSigningAlgValues: ["ES256"],
      userinfoSigningAlgValues: ["ES256"],
      introspectionSigningAlgValues: ["ES256"],
      authorizationSigningAlgValues: ["ES256"],
      clientAuthSigningAlgValues: [...signing],
      requestObjectSigningAlgValues: [...signing],
      dPoPSigningAlgValues: [...signing],
      userinfoEncryptionAlgValues: ["ECDH-ES+A256KW", "ECDH-ES", "RSA-OAEP-256"],
      userinfoEncryptionEncValues: [...contentEncryption],
      idTokenEncryptionAlgValues: ["ECDH-ES+A256KW"],
      idTokenEncryptionEncValues: [...contentEncryption],
      requestObjectEncryptionAlgValues: [],
    },
    features: {
      devInteractions: { enabled: false },
      fapi: {
        enabled: true,
        profile: (_ctx, client) => (client?.["taroko_profile"] === "fapi" ? "2.0" : undefined),
      },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
      requestObjects: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.from(period.dpopSecret) },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, audience, client) => resourceServerFor(context, audience, client),
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, ...context.logoutPages },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      introspection: {
        enabled: true,
        async allowedPolicy(_ctx, client, token) {
          const { audience } = (client["taroko_resource"] ?? {}) as { audience?: string };
          if (audience === undefined || !("aud" in token) || token.aud !== audience) return false;
          // A trial may name the audience of an approved API.
          const bearer = await store.client(token.clientId ?? "");
          return bearer?.environment === environmentOf(client);
        },
      },
      claimsParameter: { enabled: true },
      jwtUserinfo: { enabled: true },
      encryption: { enabled: true },
      registration: { enabled: false },
      userinfo: { enabled: true },
    },
    rotateRefreshToken: false, // FAPI 2.0 section 5.3.2.1
    issueRefreshToken: () => Promise.resolve(false),
    ttl: {
      AuthorizationCode: 60,
      AccessToken: 300,
      IdToken: 300,
      Interaction: 900,
      Session: 8 * 3600,
      Grant: 900,
    },
    cookies: {
      names: {
        // The others carry a path, and browsers drop prefixed cookies with a path.
        session: `${secure ? "__Host-" : ""}taroko-provider`,
        interaction: "taroko-interaction",
        resume: "taroko-resume",
      },
      keys: [...period.cookieKeys],
      long: { ...cookie, path: "/" },
      short: cookie,
    },
    clientBasedCORS: () => false,
    clockTolerance: 15,
    fetchResponseBodyLimits: { jwks_uri: largestAnswer, sector_identifier_uri: largestAnswer },
    fetch: (url, init) => fetchOutside(options, url, init),
    renderError: (ctx: KoaContextWithOIDC, out, fault) => context.renderError(ctx, out, fault),
  };
}
