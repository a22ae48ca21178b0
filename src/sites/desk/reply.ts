import type { Context } from "hono";
import { problemJson, refusalOf } from "#http";
import { operatorFormIsOwn } from "#exchange";
import { randomToken, type Refusal } from "#kernel";
import { both, problemPage, type Chrome, type HtmlPage, type Notice } from "#ui";
import { problemTables } from "../problem-tables.ts";
import type { DeskEnv, DeskContext } from "./context.ts";

/** What stands around a page for this operator. */
export function chromeOf<Env extends DeskEnv>(context: DeskContext, c: Context<Env>, notice?: Notice): Chrome {
  const { session, places } = c.var;
  const url = new URL(c.req.url);
  const path = url.pathname + url.search;
  return {
    path,
    languageUrl: (lang) => `/language?to=${lang}&back=${encodeURIComponent(path)}`,
    office: { name: context.title, places: session ? places : [] },
    ...(session ? { csrf: session.csrf, session: { name: session.operator } } : {}),
    ...(notice ? { notice } : {}),
  };
}

export function sendPage<Env extends DeskEnv>(
  c: Context<Env>,
  page: HtmlPage,
  status: 200 | 403 | 404 | 409 | 422 | 503 = 200,
): Response | Promise<Response> {
  return c.html(page as string, status);
}

/** A page that says what was refused and what to do; RFC 9457 for those who ask for JSON. */
export function sendRefusal<Env extends DeskEnv>(
  context: DeskContext,
  c: Context<Env>,
  refusal: Refusal,
): Response | Promise<Response> {
  const entry = refusalOf(refusal, Object.values(problemTables));
  const reference = randomToken(6);
  context.logger.info({ problem: refusal.code, reference, inside: refusal.inside }, "refused");
  if (/application\/(?:problem\+)?json/.test(c.req.header("accept") ?? "")) {
    const params = refusal.params;
    const body = problemJson(refusal.code, entry, { base: "", language: c.var.lang, params });
    return new Response(JSON.stringify(body), {
      status: entry.status,
      headers: { "Content-Type": "application/problem+json" },
    });
  }
  const chrome = chromeOf(context, c);
  const ways = [chrome.office?.places[0] ?? { text: both("登入", "Sign in"), href: "/sign-in" }];
  const page = problemPage({ code: refusal.code, entry, reference, area: "desk", ways }, c.var.lang, chrome);
  return c.html(page as string, entry.status as 400);
}

/** The largest form, in bytes: declarations and descriptions are pasted into some. */
export const formLimit = 262_144;

/**
 * A form's text fields, if it is this session's own (its `csrf` field is taken out). Nothing for one that is not, that
 * has more than 200 fields, or a NUL.
 */
export async function ownForm<Env extends DeskEnv>(c: Context<Env>): Promise<Record<string, string> | undefined> {
  const fields = [...new URLSearchParams(await c.req.text())];
  if (fields.length > 200 || fields.flat().some((text) => text.includes("\0"))) return undefined;
  const { csrf, ...form } = Object.fromEntries(fields);
  return c.var.session && operatorFormIsOwn(c.var.session, csrf) ? form : undefined;
}
