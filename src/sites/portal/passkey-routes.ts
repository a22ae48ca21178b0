import { Hono, type Context } from "hono";
import { rateLimit, refusalOf } from "#http";
import {
  beginPasskey,
  beginPasskeySignIn,
  finishPasskey,
  finishPasskeySignIn,
  listPasskeys,
  localPath,
  mayAddPasskey,
  noticesSeen,
  relyingPartyOf,
  removePasskey,
  renamePasskey,
  unseenNotices,
  type Session,
} from "#identity";
import { noticesPage, noticesPath, passkeyPaths, passkeysPage } from "#identity/pages";
import type { Refusal } from "#kernel";
import { both } from "#ui";
import { problemTables } from "../problem-tables.ts";
import { askedInstant } from "./asked-instant.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import {
  cookieOf,
  dropCookie,
  fromElsewhere,
  keepCookie,
  ownForm,
  readForm,
  type CookieNames,
  type PortalEnv,
} from "./request.ts";
import { landing, refusedAtDoor } from "./sign-in-page.ts";

type Visited = Context<PortalEnv>;

/** What devices call the site in their own lists. */
const siteName = both("太魯閣數位政府", "Taroko digital government");

/** Passkeys: signing in with one, and the person's own list of them. */
export function passkeyRoutes(context: PortalContext, names: CookieNames): Hono<PortalEnv> {
  const { identity } = context.portal;
  const routes = new Hono<PortalEnv>();
  const limit = rateLimit(context.options.signInsPerMinute ?? 60);

  routes.post(passkeyPaths.signInBegin, async (c) => {
    if (fromElsewhere(c, context.options.origin)) return sendRefusal(context, c, { code: "form-tampered" });
    const retryAfter = limit.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    const browser = cookieOf(c, names, "browser");
    const begun = await beginPasskeySignIn(identity, {
      next: c.req.query("next") ?? "/",
      ...(browser ? { browser } : {}),
    });
    if (!begun.ok) return sendRefusal(context, c, begun.error);
    keepCookie(c, names, "browser", begun.value.browser);
    c.header("Cache-Control", "no-store");
    return c.json(begun.value.options);
  });

  // The challenge, bound to this browser and signed by the device, stands in for a CSRF token.
  const answers = rateLimit(2 * (context.options.signInsPerMinute ?? 60));
  routes.post(passkeyPaths.signInFinish, async (c) => {
    const retryAfter = answers.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    const form = await readForm(c);
    const before = cookieOf(c, names, "session");
    const done = await finishPasskeySignIn(identity, {
      browser: cookieOf(c, names, "browser"),
      answer: form?.["answer"] ?? "",
      ...(before ? { replaces: before } : {}),
      ...(c.env?.caller ? { address: c.env.caller } : {}),
      userAgent: c.req.header("user-agent") ?? "",
    });
    if (!done.ok) return refusedAtDoor(context, c, done.error);
    keepCookie(c, names, "session", done.value.token);
    dropCookie(c, names, "browser");
    return goTo(c, await landing(context, done.value));
  });

  routes.get(noticesPath, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const next = localPath(c.req.query("next"));
    const notices = await unseenNotices(identity, session);
    if (notices.length === 0) return goTo(c, next);
    return sendPage(c, noticesPage({ notices, next }, c.var.visit.lang, chromeOf(c)));
  });

  routes.post(noticesPath, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    const upTo = askedInstant(form?.["upto"]);
    if (!form || !upTo) return sendRefusal(context, c, { code: "form-tampered" });
    await noticesSeen(identity, session, upTo);
    return goTo(c, localPath(form["next"]));
  });

  routes.get(passkeyPaths.all, async (c) => {
    const session = signedIn(c);
    return session instanceof Response ? session : sendPasskeys(c, session);
  });

  routes.post(passkeyPaths.begin, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (!ownForm(session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    const begun = await beginPasskey(identity, session, siteName[c.var.visit.lang]);
    if (!begun.ok) return sendRefusal(context, c, begun.error);
    c.header("Cache-Control", "no-store");
    return c.json(begun.value);
  });

  routes.post(passkeyPaths.all, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const { answer = "", name = "" } = form;
    const bound = await finishPasskey(identity, session, {
      answer,
      name,
      userAgent: c.req.header("user-agent") ?? "",
    });
    return bound.ok ? goTo(c, `${passkeyPaths.all}?done=1`) : sendPasskeys(c, session, bound.error);
  });

  routes.post(`${passkeyPaths.all}/:key`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    const step = form?.["do"];
    if (!form || (step !== "rename" && step !== "remove")) return sendRefusal(context, c, { code: "form-tampered" });
    const id = c.req.param("key");
    const done =
      step === "rename"
        ? await renamePasskey(identity, session, id, form["name"] ?? "")
        : await removePasskey(identity, session, id);
    return done.ok ? goTo(c, `${passkeyPaths.all}?done=1`) : sendPasskeys(c, session, done.error);
  });

  async function sendPasskeys(c: Visited, session: Session, refusal?: Refusal): Promise<Response> {
    const problem = refusal && refusalOf(refusal, Object.values(problemTables));
    return sendPage(
      c,
      passkeysPage(
        {
          passkeys: await listPasskeys(identity, session.person.id),
          mayAdd: await mayAddPasskey(identity, session),
          cardHref: `/sign-in?next=${encodeURIComponent(passkeyPaths.all)}`,
          possible: relyingPartyOf(identity) !== undefined,
          ...(c.req.query("done") && { done: true }),
          ...(problem && { problem }),
        },
        c.var.visit.lang,
        chromeOf(c, passkeyPaths.all),
      ),
      (problem?.status as 422 | undefined) ?? 200,
    );
  }

  return routes;
}
