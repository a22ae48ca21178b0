import { Hono } from "hono";
import { endAtClients, endOtherSessions, endOwnSession, identityHistory, listSessions } from "#identity";
import { accountPage, accountPaths, passkeyPaths, releasesPath } from "#identity/pages";
import { both } from "#ui";
import { askedInstant } from "./asked-instant.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const eventsOnAPage = 30;

/** A person's own account: where they are signed in, and what happened with their identity. */
export function accountRoutes(context: PortalContext): Hono<PortalEnv> {
  const { identity } = context.portal;
  const routes = new Hono<PortalEnv>();

  routes.get(accountPaths.account, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const before = askedInstant(c.req.query("before"));
    const [sessions, events] = await Promise.all([
      listSessions(identity, session.person.id),
      identityHistory(identity, session.person.id, eventsOnAPage + 1, before),
    ]);
    const shown = events.slice(0, eventsOnAPage);
    const oldest = events.length > eventsOnAPage ? shown.at(-1)!.at.toISOString() : undefined;
    const view = {
      sessions,
      current: session.id,
      events: shown,
      personId: session.person.id,
      past: before !== undefined,
      more: [
        { href: passkeyPaths.all, text: both("通行密鑰", "Passkeys") },
        { href: releasesPath, text: both("您在哪些網站登入過", "Where you signed in with Taroko") },
      ],
      ...(oldest && { olderHref: `${accountPaths.account}?before=${encodeURIComponent(oldest)}#events` }),
    };
    return sendPage(c, accountPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.post(accountPaths.sessions, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const which = form["end"] ?? "";
    if (which === "others") {
      for (const ended of await endOtherSessions(identity, session)) await endAtClients(context.provider, ended);
      return goTo(c, accountPaths.account);
    }
    // Of a session that is over, or somebody else's, the page knows nothing: it is simply not there any more.
    const { ended } = await endOwnSession(identity, session, which);
    if (ended) await endAtClients(context.provider, { id: which, person: session.person });
    return goTo(c, accountPaths.account);
  });

  return routes;
}
