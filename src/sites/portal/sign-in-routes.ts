import { Hono } from "hono";
import { confirmedMandates } from "#flows";
import { rateLimit } from "#http";
import {
  actForSelf,
  beginSignIn,
  chooseParty,
  endAtClients,
  endSession,
  finishSignIn,
  localPath,
  pollSignIn,
  signInGoal,
  type GivenIdentity,
  type Session,
  type SignedIn,
} from "#identity";
import { actForPage, signInAppPage, signInElementPage } from "#identity/pages";
import { mandateKey, mandateView } from "./mandate-view.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn, wantsJson } from "./reply.ts";
import { landing, refusedAtDoor, sendSignIn } from "./sign-in-page.ts";
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

/** Sign-in by card, sign-out, and the choice of whom to act for. */
export function signInRoutes(context: PortalContext, names: CookieNames): Hono<PortalEnv> {
  const { portal, options } = context;
  const routes = new Hono<PortalEnv>();

  routes.get("/sign-in", (c) => sendSignIn(context, c, c.req.query("next") ?? "/"));

  // Each begun sign-in is kept until it expires, and anybody may begin one.
  const limit = rateLimit(options.signInsPerMinute ?? 60);
  routes.post("/sign-in", async (c) => {
    if (fromElsewhere(c, options.origin)) return sendRefusal(context, c, { code: "form-tampered" });
    const retryAfter = limit.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    const browser = cookieOf(c, names, "browser");
    const { lang } = c.var.visit;
    const form = await readForm(c);
    const way = c.req.query("way");
    const begun = await beginSignIn(portal.identity, {
      next: c.req.query("next") ?? "/",
      language: lang,
      given: given(form),
      ...(way ? { authenticator: way } : {}),
      ...(browser ? { browser } : {}),
    });
    keepCookie(c, names, "browser", begun.browser);
    const { client } = begun;
    if (client.kind === "redirect") return goTo(c, client.url);
    if (client.kind === "app") return sendPage(c, signInAppPage(client, lang, chromeOf(c, "/sign-in")));
    // The component answers in a window of its own, which must be able to speak to this one.
    c.header("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
    c.header("Cache-Control", "no-store");
    const { title } = portal.identity.authenticators.find(({ id }) => id === way) ?? portal.identity.authenticators[0]!;
    return sendPage(c, signInElementPage({ title, ...client }, lang, chromeOf(c, "/sign-in")));
  });

  const about = (c: Parameters<typeof chromeOf>[0]) => {
    const before = cookieOf(c, names, "session");
    return {
      browser: cookieOf(c, names, "browser"),
      ...(before ? { replaces: before } : {}),
      userAgent: c.req.header("user-agent") ?? "",
      ...(c.env?.caller ? { address: c.env.caller } : {}),
    };
  };
  const signedInNow = (c: Parameters<typeof chromeOf>[0], done: SignedIn) => {
    keepCookie(c, names, "session", done.token);
    dropCookie(c, names, "browser");
  };

  // Each answer that does not hold leaves a line in the record, and anybody may post one.
  const answers = rateLimit(2 * (options.signInsPerMinute ?? 60));
  const waits = rateLimit(20 * (options.signInsPerMinute ?? 60));

  // The reader posts here; the challenge bound to this browser stands in for a CSRF token.
  routes.post("/sign-in/finish", async (c) => {
    const retryAfter = answers.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    const { token = "", signingCertificate, error, ...fields } = (await readForm(c)) ?? {};
    const done = await finishSignIn(portal.identity, {
      ...about(c),
      token,
      fields,
      ...(signingCertificate ? { signingCertificate } : {}),
      ...(error ? { error } : {}),
    });
    if (!done.ok) return refusedAtDoor(context, c, done.error);
    signedInNow(c, done.value);
    return goTo(c, await landing(context, done.value));
  });

  // The same for ways that wait for an app: asked by the page's script, or by the person's own press.
  routes.post("/sign-in/wait", async (c) => {
    const retryAfter = waits.take(c.env?.caller ?? "");
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
    const code = (await readForm(c))?.["code"] ?? "";
    const done = await pollSignIn(portal.identity, about(c));
    if (!done.ok) return refusedAtDoor(context, c, done.error);
    if (done.value !== "pending") {
      signedInNow(c, done.value);
      const redirectTo = await landing(context, done.value);
      return wantsJson(c) ? c.json({ redirectTo }) : goTo(c, redirectTo);
    }
    if (wantsJson(c)) return c.json({ pending: true });
    const view = { code: /^\d{2}$/.test(code) ? code : "", everySeconds: 4, waited: true };
    return sendPage(c, signInAppPage(view, c.var.visit.lang, chromeOf(c, "/sign-in")));
  });

  routes.get("/sign-in/finish", async (c) => {
    const reason = c.req.query("error");
    const code = reason === "PIN_LOCKED" ? "pin-locked" : reason === "NO_CARD" ? "no-card" : "reader-cancelled";
    const next = await signInGoal(portal.identity, cookieOf(c, names, "browser"));
    return refusedAtDoor(context, c, { code, params: { next } });
  });

  routes.post("/sign-out", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (!ownForm(session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    await endAtClients(context.provider, session);
    await endSession(portal.identity, session);
    dropCookie(c, names, "session");
    return goTo(c, "/");
  });

  routes.get("/act-for", async (c) => {
    const session = signedIn(c);
    return session instanceof Response ? session : actFor(c, session, "");
  });

  routes.post("/act-for", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    // A name searched for travels in the form: addresses are written down in too many places.
    if (form["do"] === "find") return actFor(c, session, form["find"] ?? "");
    const wanted = form["for"] ?? "";
    const next = localPath(c.req.query("next"));
    if (wanted === "self") {
      const self = await actForSelf(portal.identity, session);
      return self.ok ? goTo(c, next) : sendRefusal(context, c, self.error);
    }
    // What the form names is looked up again in what the registers confirm now; the form decides nothing.
    const { mandates, missing } = await confirmedMandates(portal, session.person.id);
    const chosen = mandates.find((mandate) => mandateKey(session, mandate) === wanted);
    if (!chosen && missing.length > 0) return sendRefusal(context, c, { code: "source-unavailable" });
    const party = await chooseParty(portal.identity, session, chosen);
    return party.ok ? goTo(c, next) : sendRefusal(context, c, party.error);
  });

  async function actFor(c: Parameters<typeof chromeOf>[0], session: Session, find: string): Promise<Response> {
    const { mandates, missing } = await confirmedMandates(portal, session.person.id);
    const next = c.req.query("next") ?? "/";
    return sendPage(
      c,
      actForPage(
        {
          self: { name: session.person.name, maskedId: "" },
          mandates: mandates.map((mandate) => mandateView(portal.country, mandate, mandateKey(session, mandate))),
          missing: missing.map(({ title }) => title),
          find: find.slice(0, 100),
          ...(session.acting ? {} : { chosen: "self" }),
          action: `/act-for?next=${encodeURIComponent(next)}`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  }

  return routes;
}

/** What the person typed before a way that asks; a field left empty is none. */
function given(form: Readonly<Record<string, string>> | undefined): GivenIdentity {
  const [number, birthDate] = [form?.["number"]?.trim(), form?.["birthDate"]?.trim()];
  return {
    ...(number && number.length <= 40 && { number }),
    ...(birthDate && /^\d{4}-\d\d-\d\d$/.test(birthDate) && { birthDate }),
  };
}
