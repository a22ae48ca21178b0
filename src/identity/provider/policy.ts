import { interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { acrAtLeast, acrOrder, strongestAcr } from "../assurance.ts";
import type { Acr } from "../contract.ts";
import { visitor } from "./adapter.ts";
import type { Attribute } from "./contract.ts";

/**
 * The level of assurance that a request demands: the weakest that it named as acceptable, but never less than the client's
 * own minimum and that of the attributes asked for.
 */
export function wantedAcr(
  request: {
    readonly acrValues: string | undefined;
    /** The parameter `claims`, which may name essential levels (OpenID Connect Core section 5.5.1.1). */
    readonly claims: string | undefined;
    readonly scope: string | undefined;
    readonly minAcr: unknown;
  },
  catalogue: readonly Attribute[],
): Acr | undefined {
  const named = request.acrValues?.split(" ") ?? [];
  const essential = essentialAcrs(request.claims);
  const asked = new Set(request.scope?.split(" "));
  const own = acrOrder.find((acr) => acr === request.minAcr);
  return strongestAcr([
    acrOrder.find((acr) => named.includes(acr)),
    acrOrder.find((acr) => essential.includes(acr)),
    own,
    ...catalogue.filter(({ scope }) => asked.has(scope)).map(({ minAcr }) => minAcr),
  ]);
}

function essentialAcrs(claims: string | undefined): readonly unknown[] {
  if (claims === undefined) return [];
  // The library has refused what is no JSON.
  type Asked = { readonly essential?: unknown; readonly value?: unknown; readonly values?: unknown };
  const acr = (JSON.parse(claims) as { id_token?: { acr?: Asked | null } | null }).id_token?.acr;
  if (!acr?.essential) return [];
  return Array.isArray(acr.values) ? (acr.values as unknown[]) : [acr.value];
}

/** What an authorization request of the library demands. */
function wantedOf(ctx: KoaContextWithOIDC, catalogue: readonly Attribute[]): Acr | undefined {
  const { params, client } = ctx.oidc;
  return wantedAcr(
    {
      acrValues: params?.["acr_values"] as string | undefined,
      claims: params?.["claims"] as string | undefined,
      scope: params?.["scope"] as string | undefined,
      minAcr: client?.["taroko_min_acr"],
    },
    catalogue,
  );
}

/**
 * What a person is asked, in order: to sign in, for whom they act (where the client knows of mandates), and whether the
 * client may have what it asks for. The portal's session is the truth about who is signed in and how surely.
 */
export function interactionsFor(catalogue: readonly Attribute[]): interactionPolicy.DefaultPolicy {
  const { Check, Prompt } = interactionPolicy;
  const policy = interactionPolicy.base();
  policy.get("login")?.checks.add(
    new Check("portal_session", "the person is not signed in at the portal", (ctx) => {
      const session = visitor.getStore()?.session;
      const own = ctx.oidc.session;
      if (!session || session.person.id !== own?.accountId) return Check.REQUEST_PROMPT;
      // A fresh proof, or one that has aged, must show in what the client is told.
      const same = own.acr === session.acr && own.authTime() === secondsOf(session.authTime);
      return same ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );
  policy.get("login")?.checks.add(
    new Check(
      "step_up",
      "a stronger proof is needed",
      (ctx) =>
        acrAtLeast(ctx.oidc.session?.acr, wantedOf(ctx, catalogue)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      (ctx) => ({ wanted: wantedOf(ctx, catalogue) }),
    ),
  );
  policy.add(
    new Prompt(
      { name: "party", requestable: false },
      new Check("party_open", "for whom the person acts is not chosen", "interaction_required", (ctx) => {
        const kinds = ctx.oidc.client?.["taroko_mandates"] as readonly string[] | undefined;
        return kinds?.length && ctx.oidc.result?.["party"] === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT;
      }),
    ),
    1,
  );
  return policy;
}

/**
 * Lets the provider's session be the portal's at once where that answers all that is asked of a sign-in, so that nobody is sent
 * to a page that would only send them back. Whoever must prove something first goes by way of the page, as whoever they then
 * prove to be.
 */
export function takePortalSession(
  ctx: KoaContextWithOIDC,
  catalogue: readonly Attribute[],
  mayUse: (client: NonNullable<KoaContextWithOIDC["oidc"]["client"]>, personId: string) => boolean,
): void {
  const portal = visitor.getStore()?.session;
  const { session: own, client, params } = ctx.oidc;
  // There is none where a client pushes its request.
  if (!portal || !own || !client) return;
  if (own.accountId !== undefined && own.accountId !== portal.person.id) return;
  const asked = params?.["prompt"] !== undefined || params?.["max_age"] !== undefined;
  if (asked || params?.["id_token_hint"] !== undefined || params?.["claims"] !== undefined) return;
  if (!mayUse(client, portal.person.id) || !acrAtLeast(portal.acr, wantedOf(ctx, catalogue))) return;
  if (own.accountId && own.acr === portal.acr && own.authTime() === secondsOf(portal.authTime)) return;
  own.loginAccount({
    accountId: portal.person.id,
    acr: portal.acr,
    amr: [...portal.amr],
    loginTs: secondsOf(portal.authTime),
    transient: true,
  });
  if (!(own as { readonly new?: boolean }).new) own.resetIdentifier();
}

/** An instant in the unit of JWTs. */
export function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
