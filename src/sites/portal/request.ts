import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { preferredLanguage } from "#http";
import { csrfMatches, readSession, type Identity, type Session } from "#identity";
import type { Language } from "#kernel";

/** What the routes know of one request before they look at it. */
export interface Visit {
  readonly lang: Language;
  readonly session: Session | undefined;
}

/** What a request carries through the routes. */
export interface PortalEnv {
  /** `caller`: where the request comes from, as the listener says; absent where a test asks the app without a socket. */
  Bindings: { caller?: string };
  Variables: { visit: Visit };
}

/** Cookie names; with the `__Host-` prefix where the site is served over TLS. */
export interface CookieNames {
  readonly session: string;
  readonly browser: string;
  readonly secure: boolean;
}

export function cookieNames(origin: string): CookieNames {
  const secure = origin.startsWith("https:");
  const prefix = secure ? "__Host-" : "";
  return { session: `${prefix}taroko-session`, browser: `${prefix}taroko-browser`, secure };
}

/** Who is visiting, in which language. One indexed look-up, none without a cookie. */
export async function readVisit(c: Context, identity: Identity, names: CookieNames): Promise<Visit> {
  const token = getCookie(c, names.session);
  const read = token ? await readSession(identity, token) : undefined;
  const session = read?.ok ? read.value : undefined;
  // Signed in at an agency's own provider one is on duty; what is the person's own needs their own proof.
  const forDuty = /^\/(?:desk|rules|policies|decisions)(?:\/|$)|^\/sign-out$/.test(new URL(c.req.url).pathname);
  return {
    lang: preferredLanguage(getCookie(c, "taroko-lang"), c.req.header("accept-language")),
    session: session?.officeOnly && !forDuty ? undefined : session,
  };
}

/** Session cookies end with the browser; the server ends them earlier by its own clock. */
export function keepCookie(c: Context, names: CookieNames, name: "session" | "browser", value: string): void {
  setCookie(c, names[name], value, { path: "/", httpOnly: true, secure: names.secure, sameSite: "Lax" });
}

export function dropCookie(c: Context, names: CookieNames, name: "session" | "browser"): void {
  deleteCookie(c, names[name], { path: "/", secure: names.secure });
}

export function cookieOf(c: Context, names: CookieNames, name: "session" | "browser"): string | undefined {
  return getCookie(c, names[name]);
}

/**
 * Whether another site's page sent this. What needs no session and so bears no token must come from our own pages: an app's
 * sign-in begun by somebody else's page would end in their account, in this browser.
 * @param origin the site's own
 */
export function fromElsewhere(c: Context, origin: string): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const sent = c.req.header("origin");
  if (sent === undefined || sent === origin) return false;
  return !URL.canParse(sent) || new URL(sent).host !== c.req.header("host");
}

/** The largest form, in bytes; the app refuses a larger one before anybody reads it. */
export const formLimit = 65_536;

/** A form's text fields, each once; one with more than 100 fields, or with a NUL in it, is no form of ours. */
export async function readForm(c: Context): Promise<Record<string, string> | undefined> {
  const fields = [...new URLSearchParams(await c.req.text())];
  return fields.length <= 100 && !fields.flat().some((text) => text.includes("\0"))
    ? Object.fromEntries(fields)
    : undefined;
}

/** Takes the CSRF token out of a form and says whether it belongs to the session. */
export function ownForm(
  session: Session,
  form: Record<string, string> | undefined,
): Record<string, string> | undefined {
  if (!form || !csrfMatches(session, form["csrf"])) return undefined;
  const { csrf: _, ...rest } = form;
  return rest;
}
