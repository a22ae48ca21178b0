import type { Context } from "hono";
import { problemJson, refusalOf } from "#http";
import { mandateTitles } from "#identity";
import { randomToken, type Refusal } from "#kernel";
import { both, problemPage, type Area, type Chrome, type HtmlPage, type Text } from "#ui";
import { problemTables } from "../problem-tables.ts";
import type { PortalContext } from "./portal-site.ts";
import type { PortalEnv, Visit } from "./request.ts";

type PortalRequest = Context<PortalEnv>;

/** What stands around a page for this visitor. `path`: where the page can be opened again, if not at its own address. */
export function chromeOf(c: PortalRequest, path: string = pathOf(c)): Chrome {
  const { session } = c.var.visit;
  return {
    path,
    languageUrl: (lang) => `/language?to=${lang}&back=${encodeURIComponent(path)}`,
    ...(session
      ? {
          csrf: session.csrf,
          session: {
            name: session.person.name,
            ...(session.acting
              ? { actingFor: { name: session.acting.name, relation: mandateTitles[session.acting.kind] } }
              : {}),
          },
        }
      : {}),
  };
}

/** Sends a page. Pages of a signed-in person are kept by nobody. */
export function sendPage(
  c: PortalRequest,
  page: HtmlPage,
  status: 200 | 403 | 404 | 409 | 422 | 500 | 503 = 200,
): Response | Promise<Response> {
  if (c.var.visit.session) c.header("Cache-Control", "no-store");
  return c.html(page as string, status);
}

/** Goes elsewhere after a form was accepted (303), so that reloading sends nothing twice. */
export function goTo(c: PortalRequest, path: string): Response {
  return c.redirect(path, 303);
}

/**
 * Answers a refusal: a page that says what happened and what to do, or RFC 9457 for those who ask for JSON. The inside
 * message goes to the log under the reference that the person sees.
 */
export function sendRefusal(
  context: PortalContext,
  c: PortalRequest,
  refusal: Refusal,
  {
    retryAfter,
    ...options
  }: { area?: Area; ways?: readonly { text: Text; href: string }[]; /** Seconds. */ retryAfter?: number } = {},
): Response | Promise<Response> {
  const entry = refusalOf(refusal, Object.values(problemTables));
  const reference = randomToken(6);
  context.options.logger.info({ problem: refusal.code, reference, inside: refusal.inside }, "refused");
  const headers = { "Cache-Control": "no-store", ...(retryAfter ? { "Retry-After": String(retryAfter) } : {}) };
  if (wantsJson(c)) {
    const body = problemJson(refusal.code, entry, {
      base: context.options.origin,
      language: c.var.visit.lang,
      instance: `urn:taroko:refusal:${reference}`,
      params: refusal.params,
    });
    return new Response(JSON.stringify(body), {
      status: entry.status,
      headers: { ...headers, "Content-Type": "application/problem+json" },
    });
  }
  const decision = refusal.params?.["decision"];
  const why = { text: both("看系統為什麼拒絕", "See why it was refused"), href: `/decisions/${decision}` };
  const ways = decision === undefined ? options.ways : [...(options.ways ?? []), why];
  const page = problemPage(
    { code: refusal.code, entry, reference, ...options, ...(ways && { ways }) },
    c.var.visit.lang,
    chromeOf(c),
  );
  return c.html(page as string, entry.status as 400, headers);
}

/** Whether a program asks rather than a person. */
export function wantsJson(c: PortalRequest): boolean {
  return /application\/(?:problem\+)?json/.test(c.req.header("accept") ?? "");
}

/** The signed-in person, or where to sign in first. */
export function signedIn(c: PortalRequest): NonNullable<Visit["session"]> | Response {
  const { session } = c.var.visit;
  if (session) return session;
  const back = c.req.method === "GET" ? pathOf(c) : "/";
  return goTo(c, `/sign-in?next=${encodeURIComponent(back)}`);
}

function pathOf(c: PortalRequest): string {
  const url = new URL(c.req.url);
  return url.pathname + url.search;
}

/** A receipt as a file to keep; until the witnesses have signed, the answer is "not yet" (202) with a time to come back. */
export function sendReceipt(c: PortalRequest, receipt: object | null | undefined, name: string): Response {
  c.header("Cache-Control", "no-store");
  if (!receipt) {
    c.header("Retry-After", "2");
    return c.json({ status: "not yet witnessed; try again in a moment" }, 202);
  }
  c.header("Content-Disposition", `attachment; filename="${name}"`);
  return c.json(receipt);
}
