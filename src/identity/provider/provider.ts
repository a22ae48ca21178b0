import { Provider, type KoaContextWithOIDC } from "oidc-provider";
import type { Session } from "../contract.ts";
import { visiting } from "./adapter.ts";
import { callNode, type NodeListener } from "./call-node.ts";
import { configurationFor } from "./configuration.ts";
import type { ProviderContext, ProviderOptions } from "./context.ts";
import { watchFailures } from "./failures.ts";
import { periodAt, periodKeys } from "./keys.ts";
import { providerStore, type ClientRow, type ProviderStore } from "./store.ts";

/** Where the provider stands on the portal. */
export const mountPath = "/oidc";

/** What the library could not or would not do, for the page that says so in the visitor's language. */
export interface ProtocolFault {
  readonly error: string;
  readonly description: string | undefined;
}

/** The running provider. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly options: ProviderOptions;
  readonly store: ProviderStore;
  /** The library, with the keys of now. */
  library(): Provider;
  /**
   * Answers a request below {@link mountPath}. A fault that a person's browser runs into is answered by `faultPage`, since
   * the library has no words of its own for people.
   */
  handle(
    request: Request,
    session: Session | undefined,
    faultPage: (fault: ProtocolFault) => Promise<Response>,
  ): Promise<Response>;
  /** The provider's metadata, at the address where OAuth's own rule puts it (RFC 8414 section 3.1). */
  discovery(request: Request): Promise<Response>;
  isUsable(client: ClientRow): boolean;
}

/** Opens the provider on a portal whose identity module is open (its tables are brought up to date there). */
export function openProvider(options: ProviderOptions): OpenIdProvider {
  const { clock, origin } = options.identity;
  const store = providerStore(options.database);
  const issuer = `${origin}${mountPath}`;
  const isUsable = ({ status, expires_at }: ClientRow): boolean =>
    status === "active" && (expires_at === null || expires_at > clock.now());
  const context: ProviderContext = {
    options,
    store,
    issuer,
    isUsable,
    renderError(ctx, out) {
      ctx.type = "json";
      ctx.body = out;
      ctx.set("taroko-fault", "1");
    },
    logoutPages: {
      logoutSource: (ctx: KoaContextWithOIDC, form: string) => logoutQuestion(ctx, form),
      postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => {
        ctx.redirect("/signed-out");
      },
    },
  };
  let present: { number: number; library: Provider; listener: NodeListener } | undefined;
  const now = () => {
    const number = periodAt(clock.now());
    if (present?.number !== number) {
      const library = new Provider(issuer, configurationFor(context, periodKeys(options, number)));
      library.proxy = true;
      library.use(describeTruly);
      library.use(queryOnly);
      watchFailures(library, context);
      present = { number, library, listener: library.callback() };
    }
    return present;
  };
  const call = (request: Request, session: Session | undefined): Promise<Response> =>
    visiting(session, () => callNode(now().listener, request, { mount: mountPath, origin }));

  return {
    issuer,
    options,
    store,
    isUsable,
    library: () => now().library,
    async handle(request, session, faultPage) {
      const answer = await call(request, session);
      if (!answer.headers.has("taroko-fault")) return answer;
      const { error, error_description } = (await answer.json()) as Record<string, string>;
      return faultPage({ error: error ?? "server_error", description: error_description });
    },
    discovery: (request) =>
      call(new Request(`${issuer}/.well-known/openid-configuration`, { headers: request.headers }), undefined),
  };
}

/** The library tells what it could do; no client here may have its answer in a fragment or a form, or a refresh token. */
async function describeTruly(
  ctx: Pick<KoaContextWithOIDC, "path" | "body">,
  next: () => Promise<unknown>,
): Promise<void> {
  await next();
  if (!ctx.path.startsWith("/.well-known/")) return;
  const body = ctx.body as Record<string, unknown> | undefined;
  if (body?.["issuer"])
    ctx.body = { ...body, response_modes_supported: ["query"], grant_types_supported: ["authorization_code"] };
}

function redirects(status: number): boolean {
  return status >= 300 && status < 400;
}

/** The library would post even a refusal by a form of its own, which runs a script and has no words; ours is in the query. */
async function queryOnly(
  ctx: Pick<KoaContextWithOIDC, "path" | "body" | "type" | "status" | "set">,
  next: () => Promise<unknown>,
): Promise<void> {
  await next();
  if (!ctx.path.startsWith("/auth") || ctx.type !== "text/html" || redirects(ctx.status)) return;
  ctx.type = "json";
  ctx.status = 400;
  ctx.body = { error: "unsupported_response_mode", error_description: "response_mode must be query" };
  ctx.set("taroko-fault", "1");
}

/** The library posts its own form back; the page around it is ours (see the portal's routes). */
function logoutQuestion(ctx: KoaContextWithOIDC, form: string): void {
  const secret = /name="xsrf" value="([^"]+)"/.exec(form)?.[1] ?? "";
  ctx.type = "json";
  ctx.body = {};
  ctx.set("taroko-logout", secret);
  // The library has checked that it is registered.
  const to = ctx.oidc.params?.["post_logout_redirect_uri"];
  if (typeof to === "string") ctx.set("taroko-logout-to", to);
}
