import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { uuidV7 } from "#kernel";
import type { ProviderContext } from "./context.ts";
import { explainRequest } from "./explain.ts";

/** What a stranger may leave behind of a request is this long at most. */
const longestDetail = 300;

/** What a client of the library has that its types do not tell: its keys, those from `jwks_uri` as last fetched. */
interface Keyed {
  readonly jwks?: JSONWebKeySet;
  readonly asymmetricKeyStore?: Iterable<object>;
}

/**
 * Keeps what a client did wrong for those who look after it, and tells the site of what the library itself could not do. A
 * client's name is no secret: requests that nothing proves to be its own are counted by kind, so that strangers cannot fill
 * its list, or push out of it what it did itself.
 */
export function watchFailures(library: Provider, { options, store, issuer }: ProviderContext): void {
  const { clock } = options.identity;
  const keep = (endpoint: string) => (ctx: KoaContextWithOIDC, fault: Error) => {
    const client = ctx.oidc.client?.clientId;
    if (!client) return;
    const { error_description, error_detail } = fault as { error_description?: string; error_detail?: string };
    const at = clock.now();
    const row = {
      client_id: client,
      endpoint,
      error: fault.message,
      detail: [error_description, error_detail].filter(Boolean).join(": ").slice(0, longestDetail),
      checks: explainRequest(ctx, { issuer, at }),
      at,
    };
    isItsOwn(ctx)
      .then((own) => (own ? store.putFailure({ id: uuidV7(at), ...row }) : store.countFailure(row)))
      .catch((cause: unknown) => options.onFault(cause as Error, "keeping a client's failure"));
  };
  library.on("pushed_authorization_request.error", keep("pushed authorization request"));
  library.on("authorization.error", keep("authorization"));
  library.on("grant.error", keep("token"));
  library.on("userinfo.error", keep("userinfo"));
  library.on("introspection.error", keep("introspection"));
  library.on("revocation.error", keep("revocation"));
  library.on("server_error", (_ctx, fault) => options.onFault(fault, "the provider"));
}

/**
 * Whether a failed request is the client's own: signed by a key of it, whatever else is wrong with it, or made with a code, a
 * pushed request or a token that it got.
 */
async function isItsOwn(ctx: KoaContextWithOIDC): Promise<boolean> {
  const { client, entities, params, body } = ctx.oidc;
  const clientId = client?.clientId;
  const { AuthorizationCode, AccessToken, PushedAuthorizationRequest } = entities as Record<
    string,
    { readonly clientId?: string } | undefined
  >;
  if ([AuthorizationCode, AccessToken, PushedAuthorizationRequest].some((one) => one?.clientId === clientId))
    return true;
  const signed = [params?.["client_assertion"] ?? body?.["client_assertion"], params?.["request"]].find(
    (one) => typeof one === "string",
  );
  if (signed === undefined) return false;
  const { jwks, asymmetricKeyStore } = client as unknown as Keyed;
  const keys = (jwks?.keys ?? [...(asymmetricKeyStore ?? [])]) as JSONWebKeySet["keys"];
  if (keys.length === 0) return false;
  try {
    await compactVerify(signed, createLocalJWKSet({ keys: [...keys] }));
    return true;
  } catch {
    return false;
  }
}
