import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { clientWentAway, preferredLanguage, rateLimit, securityHeaders } from "#http";
import { randomToken, type Language } from "#kernel";
import { assets } from "#ui";
import type { DeskEnv, DeskContext, Place } from "./context.ts";
import { chromeOf, formLimit, ownForm, sendPage, sendRefusal } from "./reply.ts";
import { linkPage, signInPage } from "./pages/sign-in.ts";

/** One part of a desk: its place in the menu and its routes, which run for signed-in operators only. */
export interface DeskPart {
  readonly place: Place;
  readonly routes: Hono<DeskEnv>;
}

const cookie = "taroko-operator";

/**
 * A desk over HTTP: pages for those who run a gateway or the authority. Everything but the sign-in and the files of
 * the pages needs an operator's session; every form its token.
 */
export function deskApp(context: DeskContext, parts: readonly DeskPart[]): Hono<DeskEnv> {
  const app = new Hono<DeskEnv>();
  const headers = securityHeaders({ https: false });
  const places = parts.map(({ place }) => place);
  const home = places[0]?.href ?? "/";
  const tries = rateLimit(20);

  app.use(async (c, next) => {
    c.set("lang", preferredLanguage(getCookie(c, "taroko-lang"), c.req.header("accept-language")));
    c.set("places", places);
    c.set("session", await sessionOf(c));
    if (c.req.url.includes("%00")) c.res = await sendRefusal(context, c, { code: "page-unknown" });
    else await next();
    for (const [name, value] of Object.entries(headers)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  });
  app.use(
    bodyLimit({ maxSize: formLimit, onError: (c) => sendRefusal(context, c as never, { code: "form-too-large" }) }),
  );

  app.get("/assets/:file", (c) => {
    const file = assets().find(c.req.path);
    if (!file) return sendRefusal(context, c, { code: "page-unknown" });
    return c.body(file.bytes.slice().buffer, 200, {
      "Content-Type": file.contentType,
      "Cache-Control": file.cacheControl,
    });
  });
  app.get("/language", (c) => {
    const to: Language = c.req.query("to") === "en" ? "en" : "zh-Hant";
    setCookie(c, "taroko-lang", to, { path: "/", sameSite: "Lax", maxAge: 31_536_000 });
    const back = c.req.query("back") ?? home;
    return c.redirect(/^\/(?![/\\])/.test(back) ? back : home, 303);
  });
  app.get("/sign-in", (c) => {
    const link = c.req.query("link");
    const chrome = chromeOf(context, c);
    const invented = { people: context.demonstration ?? [] };
    return sendPage(
      c,
      link === undefined ? signInPage(invented, c.var.lang, chrome) : linkPage({ link }, c.var.lang, chrome),
    );
  });
  // A link is used by a form: what a mail scanner or a preview opens does not use it up.
  app.post("/sign-in", async (c) => {
    if (tries.take(c.env?.caller ?? "") > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" });
    const form = new URLSearchParams(await c.req.text());
    const as = form.get("as") ?? "";
    const made = context.demonstration?.includes(as) ? await context.operators.link(as, "demonstration") : undefined;
    const link = made?.ok ? made.value.token : (form.get("link") ?? "");
    const opened = await context.operators.signIn(link);
    if (!opened.ok) return sendRefusal(context, c, opened.error);
    setCookie(c, cookie, opened.value.token, { path: "/", httpOnly: true, sameSite: "Strict" });
    return c.redirect(home, 303);
  });

  app.use(async (c, next) => {
    if (!c.var.session) return c.redirect("/sign-in", 303);
    if (c.req.method !== "GET" && c.req.method !== "HEAD" && c.req.header("sec-fetch-site") === "cross-site")
      return sendRefusal(context, c, { code: "form-tampered" });
    return next();
  });
  app.post("/sign-out", async (c) => {
    if (!(await ownForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    await context.operators.signOut(getCookie(c, cookie) ?? "");
    deleteCookie(c, cookie, { path: "/" });
    return c.redirect("/sign-in", 303);
  });
  app.get("/", (c) => c.redirect(home, 303));
  for (const { routes } of parts) app.route("/", routes);
  app.notFound((c) => sendRefusal(context, c, { code: "page-unknown" }));
  app.onError((fault, c) => {
    if (clientWentAway(c.req.raw, fault)) return c.body(null, 400);
    const reference = randomToken(6);
    context.logger.error({ reference, fault: fault.message, stack: fault.stack }, "fault");
    return sendRefusal(context, c, { code: "internal", inside: reference });
  });
  return app;

  function sessionOf(c: Context<DeskEnv>): ReturnType<DeskContext["operators"]["session"]> {
    const token = getCookie(c, cookie);
    return token === undefined ? Promise.resolve(undefined) : context.operators.session(token);
  }
}
