import { Hono, type Context } from "hono";
import { agencyOf } from "#flows";
import { rateLimit } from "#http";
import { localPath, type Session, type StaffAnswer } from "#identity";
import { staffCodePage, staffPaths, staffSignInPage } from "#identity/pages";
import type { Refusal, Result } from "#kernel";
import { both } from "#ui";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { cookieOf, fromElsewhere, keepCookie, ownForm, readForm, type CookieNames, type PortalEnv } from "./request.ts";

/** Where an agency's provider sends its answers. */
export function staffReturn(origin: string, agency: string): string {
  return `${origin}${staffPaths.signIn}/${encodeURIComponent(agency)}/return`;
}

/** Staff signing in at their agency's own OpenID provider, and the account bound to their office. */
export function staffSignInRoutes(context: PortalContext, names: CookieNames): Hono<PortalEnv> {
  const { portal, options, staff } = context;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;
  const again = {
    area: "desk" as const,
    ways: [{ text: both("再登入一次", "Sign in again"), href: staffPaths.signIn }],
  };

  routes.get(staffPaths.signIn, (c) => {
    const agencies = staff.providers.map(({ agency }) => ({
      key: agency,
      name: agencyOf(portal.country, agency).name,
    }));
    const next = localPath(c.req.query("next") ?? "/desk");
    return sendPage(c, staffSignInPage({ agencies, next }, c.var.visit.lang, chromeOf(c)));
  });

  // What providers know this site by; they may fetch it whenever they like.
  routes.get(`${staffPaths.signIn}/jwks.json`, (c) => c.json(staff.jwks));

  // Each begun sign-in is kept until it expires, and anybody may begin one.
  const limit = rateLimit(options.signInsPerMinute ?? 60);
  routes.post(`${staffPaths.signIn}/:agency`, async (c) => {
    if (fromElsewhere(c, options.origin)) return sendRefusal(context, c, { code: "form-tampered" });
    const retryAfter = limit.take(c.env?.caller ?? "");
    return retryAfter > 0
      ? sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter })
      : begin(c, c.req.param("agency"));
  });

  routes.post(`${staffPaths.office}/account`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (!ownForm(session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    return begin(c, session.officer?.agency ?? "", session);
  });

  // Each answer that does not hold leaves a line in the record, and anybody may send one.
  const answers = rateLimit(2 * (options.signInsPerMinute ?? 60));
  routes.get(`${staffPaths.signIn}/:agency/return`, async (c) => {
    const retryAfter = answers.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    return answer(c, c.req.param("agency"), await staff.finish(c.req.param("agency"), new URL(c.req.url), visitOf(c)));
  });

  routes.get(`${staffPaths.signIn}/:agency/code`, (c) => sendCode(c, c.req.param("agency"), false));

  routes.post(`${staffPaths.signIn}/:agency/code`, async (c) => {
    const retryAfter = answers.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    const agency = c.req.param("agency");
    const form = await readForm(c);
    const done = await staff.redeem(agency, form?.["code"] ?? "", visitOf(c));
    return !done.ok && done.error.code === "staff-invitation-unknown"
      ? sendCode(c, agency, true)
      : answer(c, agency, done);
  });

  async function begin(c: C, agency: string, bind?: Session) {
    const begun = await staff.begin(agency, {
      browser: cookieOf(c, names, "browser"),
      next: c.req.query("next"),
      ...(bind && { bind }),
    });
    if (!begun.ok) return sendRefusal(context, c, begun.error, again);
    keepCookie(c, names, "browser", begun.value.browser);
    return goTo(c, begun.value.url.href);
  }

  function answer(c: C, agency: string, done: Result<StaffAnswer, Refusal>) {
    if (!done.ok) return sendRefusal(context, c, done.error, again);
    if (done.value.what === "bound") return goTo(c, staffPaths.office);
    if (done.value.what === "code-needed") return goTo(c, `${staffPaths.signIn}/${encodeURIComponent(agency)}/code`);
    keepCookie(c, names, "session", done.value.token);
    return goTo(c, done.value.next);
  }

  function sendCode(c: C, agency: string, wrong: boolean) {
    const text = both("沒有這個代碼，或已經失效。", "There is no such code, or it is no longer good.");
    const view = {
      action: `${staffPaths.signIn}/${encodeURIComponent(agency)}/code`,
      ...(wrong && { errors: [{ field: "code", text }] }),
    };
    return sendPage(c, staffCodePage(view, c.var.visit.lang, chromeOf(c)), wrong ? 422 : 200);
  }

  function visitOf(c: C) {
    return {
      browser: cookieOf(c, names, "browser"),
      session: c.var.visit.session,
      replaces: cookieOf(c, names, "session"),
      userAgent: c.req.header("user-agent"),
      address: c.env?.caller,
    };
  }

  return routes;
}
