import { refusalOf } from "#http";
import { relyingPartyOf, type Identity } from "#identity";
import { signInPage, type OtherWay } from "#identity/pages";
import type { Refusal } from "#kernel";
import type { Text } from "#ui";
import { problemTables } from "../problem-tables.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage, sendRefusal, wantsJson } from "./reply.ts";

type Visited = Parameters<typeof chromeOf>[0];

/** The page where people sign in, with why they are asked to, or why it did not work. */
export function sendSignIn(
  context: PortalContext,
  c: Visited,
  next: string,
  o: {
    readonly why?: Text;
    readonly refusal?: Refusal;
    /** A passkey would not be enough. */ readonly cardOnly?: boolean;
  } = {},
): Response | Promise<Response> {
  const { portal, options } = context;
  const service =
    next.startsWith("/services/") || next.startsWith("/apply")
      ? portal.country.services.find(({ id }) => next.includes(id))?.metadata.title
      : undefined;
  const why = o.why ?? service;
  const view = {
    action: `/sign-in?next=${encodeURIComponent(next)}`,
    desk: next.startsWith("/desk"),
    others: otherWays(portal.identity, next),
    simulator: options.demonstration,
    ...(!o.cardOnly && relyingPartyOf(portal.identity) !== undefined && { passkey: { next } }),
    ...(why && { context: why }),
    ...(o.refusal && { problem: refusalOf(o.refusal, Object.values(problemTables)) }),
  };
  return sendPage(c, signInPage(view, c.var.visit.lang, chromeOf(c)), o.refusal ? 422 : 200);
}

/** Who is turned away at the door reads why on the page where they can try again. */
export function refusedAtDoor(context: PortalContext, c: Visited, refusal: Refusal): Response | Promise<Response> {
  return wantsJson(c) ? sendRefusal(context, c, refusal) : sendSignIn(context, c, "/", { refusal });
}

/** The site's ways of signing in besides its usual one, as the sign-in page offers them. */
export function otherWays(identity: Identity, next: string): OtherWay[] {
  return identity.authenticators.slice(1).map(({ id, title, text, asks }) => ({
    title,
    text,
    action: `/sign-in?way=${id}&next=${encodeURIComponent(next)}`,
    ...(asks && { asks }),
  }));
}
