import { refusalOf } from "#http";
import {
  acrAtLeast,
  localPath,
  relyingPartyOf,
  unseenNotices,
  type Acr,
  type Identity,
  type SignedIn,
} from "#identity";
import { noticesPath, signInPage, staffPaths, type OtherWay } from "#identity/pages";
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
  const desk = next.startsWith("/desk");
  const view = {
    action: `/sign-in?next=${encodeURIComponent(next)}`,
    desk,
    // Such an account is no person's own proof, so it stands in for none where more is asked for.
    ...(desk && !o.why && !o.cardOnly && context.staff.providers.length > 0 && { staffAccounts: staffPath(next) }),
    others: otherWays(portal.identity, next, o.cardOnly ? "urn:taroko:loa:high" : undefined),
    simulator: options.demonstration,
    ...(!o.cardOnly && relyingPartyOf(portal.identity) !== undefined && { passkey: { next } }),
    ...(o.why && c.var.visit.session && { again: true }),
    ...(why && { context: why }),
    ...(o.refusal && { problem: refusalOf(o.refusal, Object.values(problemTables)) }),
  };
  return sendPage(c, signInPage(view, c.var.visit.lang, chromeOf(c)), o.refusal ? 422 : 200);
}

/**
 * Where somebody goes who has just signed in: where they were going, but first past what happened to their keys since they
 * were last told. Not in the middle of something: then the next sign-in tells it.
 */
export async function landing(context: PortalContext, { session, next }: SignedIn): Promise<string> {
  if (session.officeOnly || /^\/(?:kept|signin|account)\//.test(next)) return next;
  const notices = await unseenNotices(context.portal.identity, session);
  return notices.length === 0 ? next : `${noticesPath}?next=${encodeURIComponent(next)}`;
}

/** Who is turned away at the door reads why on the page where they can try again. */
export function refusedAtDoor(context: PortalContext, c: Visited, refusal: Refusal): Response | Promise<Response> {
  return wantsJson(c)
    ? sendRefusal(context, c, refusal)
    : sendSignIn(context, c, localPath(refusal.params?.["next"]?.toString()), { refusal });
}

/** The site's ways of signing in besides its usual one that reach a level, as the sign-in page offers them. */
function otherWays(identity: Identity, next: string, acr?: Acr): OtherWay[] {
  const enough = identity.authenticators.slice(1).filter(({ maxAcr }) => acrAtLeast(maxAcr, acr));
  return enough.map(({ id, title, text, asks }) => ({
    title,
    text,
    action: `/sign-in?way=${id}&next=${encodeURIComponent(next)}`,
    ...(asks && { asks }),
  }));
}

function staffPath(next: string): string {
  return `${staffPaths.signIn}?next=${encodeURIComponent(next)}`;
}
