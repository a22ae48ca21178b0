import { Hono, type Context } from "hono";
import { isNewKey, keepForm, keptForm, localPath, type Session } from "#identity";
import { keptFormPage, keptFormPath } from "#identity/pages";
import type { Refusal } from "#kernel";
import { both, type Text } from "#ui";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn, wantsJson } from "./reply.ts";
import type { PortalEnv } from "./request.ts";
import { sendSignIn } from "./sign-in-page.ts";

type Visited = Context<PortalEnv>;

const provePath = "/prove";

/** Whether a refusal means that a stronger or fresher proof would change the answer. */
export function wantsStepUp(refusal: Refusal): boolean {
  return refusal.code === "stronger-sign-in-needed";
}

/**
 * Asks for the proof that was missing and leads back: to this very page, or for a form to where it can be sent as it was.
 * @param form what was posted, without its token; `page` is where the person was
 */
export async function stepUp(
  context: PortalContext,
  c: Visited,
  session: Session,
  refusal: Refusal,
  form?: { readonly fields: Readonly<Record<string, string>>; readonly page: string },
): Promise<Response> {
  if (wantsJson(c)) return sendRefusal(context, c, refusal);
  const { identity, clock } = context.portal;
  const { pathname, search } = new URL(c.req.url);
  const here = pathname + search;
  const next = form ? `${keptFormPath}/${await keepForm(identity, session, { action: here, ...form })}` : here;
  const card = refusal.params?.["acr"] === "urn:taroko:loa:high" || isNewKey(session, clock.now());
  return goTo(c, `${provePath}?${new URLSearchParams({ ...(card && { with: "card" }), next }).toString()}`);
}

const why: Readonly<Record<"card" | "any", Text>> = {
  card: both(
    "這一步請用卡片再確認是您本人。您填的內容都留著，確認後就能繼續。",
    "For this step, show your card once more. What you filled in is kept, and you go on right after.",
  ),
  any: both(
    "離上次確認身分已有一段時間，請再確認一次。您填的內容都留著，確認後就能繼續。",
    "It is a while since you proved who you are, so please do it again. What you filled in is kept, and you go on right after.",
  ),
};

/** Where a stronger proof is given, and where a form waits for it. */
export function stepUpRoutes(context: PortalContext): Hono<PortalEnv> {
  const routes = new Hono<PortalEnv>();

  routes.get(provePath, (c) => {
    const card = c.req.query("with") === "card";
    const next = localPath(c.req.query("next"));
    return sendSignIn(context, c, next, { why: why[card ? "card" : "any"], cardOnly: card });
  });

  routes.get(`${keptFormPath}/:form`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const kept = await keptForm(context.portal.identity, session, c.req.param("form"));
    if (!kept.ok) return sendRefusal(context, c, kept.error);
    return sendPage(c, keptFormPage(kept.value, c.var.visit.lang, chromeOf(c)));
  });

  return routes;
}
