import { Hono, type Context } from "hono";
import { agencyOf } from "#flows";
import { rateLimit, securityHeaders } from "#http";
import {
  answerConsent,
  answerParty,
  answerSignIn,
  endAtClients,
  endSession,
  mandateTitles,
  mountPath,
  openInteraction,
  partiesFor,
  refuseInteraction,
  type Interaction,
  type OpenIdProvider,
  type Session,
} from "#identity";
import {
  actForPage,
  askedBy,
  protocolFaultPage,
  releasePage,
  sandboxOnlyPage,
  signedOutPage,
  signOutPage,
  type AskedItem,
} from "#identity/pages";
import type { Refusal, Result } from "#kernel";
import { attributeText } from "./attribute-text.ts";
import { mandateKey, mandateView } from "./mandate-view.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { dropCookie, ownForm, readForm, type CookieNames, type PortalEnv } from "./request.ts";
import { sendSignIn } from "./sign-in-page.ts";

type Visited = Context<PortalEnv>;

/** Failed requests of one address in a minute before it is told to wait; those that succeed are not counted. */
const failuresPerMinute = 60;
/** Milliseconds that it waits then. */
const pause = 60_000;
/** How many addresses are remembered. */
const mostWaiting = 10_000;

/** The OpenID provider below `/oidc`, and the pages on which people answer what relying parties ask. */
export function providerRoutes(context: PortalContext, names: CookieNames): Hono<PortalEnv> {
  const { provider, options } = context;
  const routes = new Hono<PortalEnv>();
  const signIns = rateLimit(options.signInsPerMinute ?? 60);
  const failed = rateLimit(failuresPerMinute);
  const waiting = new Map<string, number>();

  routes.all(`${mountPath}/*`, async (c) => {
    const from = c.env?.caller ?? "";
    const path = new URL(c.req.url).pathname.slice(mountPath.length);
    const until = waiting.get(from) ?? 0;
    if (until > performance.now()) return tooMany(c, Math.ceil((until - performance.now()) / 1000));
    waiting.delete(from); // seen longest ago stands first
    if (path === "/auth" && signIns.take(from) > 0)
      return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter: 60 });
    const { session } = c.var.visit;
    const sent = path === "/session/end/confirm" || path === "/request" ? await c.req.raw.clone().text() : "";
    const fields = new URLSearchParams(sent);
    // Whoever proves nothing may not fill the table of requests; agencies' servers prove who they are.
    if (path === "/request" && !fields.has("client_assertion") && signIns.take(from) > 0) return tooMany(c, 60);
    const answer = await provider.handle(c.req.raw, session, async (fault) =>
      c.html(protocolFaultPage(fault, c.var.visit.lang, chromeOf(c, "/")) as string, 400),
    );
    if (answer.status >= 400 && answer.status < 500 && failed.take(from) > 0) {
      waiting.set(from, performance.now() + pause);
      if (waiting.size > mostWaiting) waiting.delete(waiting.keys().next().value!);
    }
    const xsrf = answer.headers.get("taroko-logout") ?? (await unaskedLogout(path, answer));
    if (xsrf !== null) {
      const page = signOutPage(
        { action: `${mountPath}/session/end/confirm`, xsrf },
        c.var.visit.lang,
        chromeOf(c, "/"),
      );
      for (const cookie of answer.headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true });
      const to = answer.headers.get("taroko-logout-to");
      if (to !== null) mayLeadTo(c, to);
      return sendPage(c, page);
    }
    if (path === "/session/end/confirm" && fields.has("logout") && answer.status === 303 && session) {
      await endAtClients(provider, session);
      await endSession(provider.options.identity, session);
      dropCookie(c, names, "session");
    }
    return answer;
  });

  // RFC 8414 section 3.1 puts the metadata of an issuer with a path here.
  routes.get(`/.well-known/oauth-authorization-server${mountPath}`, (c) => provider.discovery(c.req.raw));
  routes.get("/signed-out", (c) => sendPage(c, signedOutPage(c.var.visit.lang, chromeOf(c))));

  routes.get("/signin/:uid", async (c) => {
    const opened = await openHere(c);
    if (!opened.ok) return sendRefusal(context, c, opened.error);
    const interaction = opened.value;
    if (interaction.prompt === "login") return login(c, interaction);
    const session = signedIn(c);
    if (session instanceof Response) return session;
    return interaction.prompt === "party" ? party(c, interaction, session) : consent(c, interaction, session);
  });

  routes.post("/signin/:uid/party", async (c) => {
    const asked = await answering(c, "party");
    if (asked instanceof Response) return asked;
    const { interaction, session, form } = asked;
    if (form.get("do") === "find") return party(c, interaction, session, form.get("find") ?? "");
    const wanted = form.get("for") ?? "";
    // What the form names is looked up again in what the registers confirm now; the form decides nothing.
    const known = wanted === "self" ? undefined : await partiesFor(provider, interaction, session);
    const chosen = known?.mandates.find((mandate) => mandateKey(session, mandate) === wanted);
    if (known && !chosen && known.missing.length > 0) return sendRefusal(context, c, { code: "source-unavailable" });
    const done = await answerParty(provider, interaction, session, known ? chosen : "self");
    return done.ok ? goTo(c, done.value.next) : sendRefusal(context, c, done.error);
  });

  routes.post("/signin/:uid/consent", async (c) => {
    const asked = await answering(c, "consent");
    if (asked instanceof Response) return asked;
    const { interaction, session, form } = asked;
    const given = await answerConsent(provider, interaction, session, new Set(form.getAll("give")));
    return given.ok ? goTo(c, given.value.next) : sendRefusal(context, c, given.error);
  });

  routes.post("/signin/:uid/refuse", async (c) => {
    const asked = await answering(c, undefined);
    return asked instanceof Response ? asked : goTo(c, (await refuseInteraction(asked.interaction)).next);
  });

  const openHere = (c: Visited): Promise<Result<Interaction, Refusal>> =>
    openInteraction(provider, c.req.raw, c.req.param("uid") ?? "", c.var.visit.session);

  /** The interaction that a form answers: this browser's, this session's, and the question that stands now. */
  async function answering(
    c: Visited,
    prompt: Interaction["prompt"] | undefined,
  ): Promise<{ interaction: Interaction; session: Session; form: URLSearchParams } | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = new URLSearchParams(await c.req.text());
    if (!ownForm(session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    const interaction = await openHere(c);
    if (!interaction.ok) return sendRefusal(context, c, interaction.error);
    if (prompt && interaction.value.prompt !== prompt) return sendRefusal(context, c, { code: "interaction-lost" });
    return { interaction: interaction.value, session, form };
  }

  async function login(c: Visited, interaction: Interaction): Promise<Response> {
    const { lang, session } = c.var.visit;
    const state = await answerSignIn(provider, interaction, session);
    if (state.done) return goTo(c, state.next);
    const { why } = state;
    if (why === "sandbox") return sendPage(c, sandboxOnlyPage(lang, chromeOf(c)), 403);
    const { name } = interaction.client.metadata;
    const asked = askedBy(name, { type: interaction.contextType, message: interaction.contextMessage, why });
    const next = `/signin/${interaction.uid}`;
    return sendSignIn(context, c, next, { why: asked, cardOnly: interaction.wanted === "urn:taroko:loa:high" });
  }

  async function party(c: Visited, interaction: Interaction, session: Session, find = ""): Promise<Response> {
    const { mandates, missing } = await partiesFor(provider, interaction, session);
    mayLeadTo(c, interaction.redirectUri);
    return sendPage(
      c,
      actForPage(
        {
          self: { name: session.person.name, maskedId: "" },
          mandates: mandates.map((mandate) =>
            mandateView(context.portal.country, mandate, mandateKey(session, mandate)),
          ),
          missing,
          find: find.slice(0, 100),
          action: `/signin/${interaction.uid}/party`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  }

  async function consent(c: Visited, interaction: Interaction, session: Session): Promise<Response> {
    const { client } = interaction;
    mayLeadTo(c, interaction.redirectUri);
    return sendPage(
      c,
      releasePage(
        {
          action: `/signin/${interaction.uid}/consent`,
          cancel: `/signin/${interaction.uid}/refuse`,
          client: {
            name: client.metadata.name,
            purpose: client.metadata.purpose,
            legalBasis: client.metadata.legalBasis,
            retention: client.metadata.retention,
            sandbox: client.environment === "sandbox",
            host: new URL(interaction.redirectUri).host,
          },
          contextMessage: interaction.contextMessage,
          party: interaction.party && { name: interaction.party.name, kind: mandateTitles[interaction.party.kind] },
          items: await itemsFor(provider, interaction, session),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  }

  async function itemsFor(
    { options: { identity, ...registers } }: OpenIdProvider,
    { asksName, attributes, client }: Interaction,
    session: Session,
  ): Promise<AskedItem[]> {
    const at = identity.clock.now();
    const fetched =
      attributes.length === 0
        ? { values: {}, unavailable: [] }
        : await registers.fetchAttributes({
            personId: session.person.id,
            attributes: attributes.map(({ attribute }) => attribute),
            agreement: { id: `shown-${client.id}`, at, expiresAt: new Date(at.getTime() + 60_000) },
          });
    const name: AskedItem[] = asksName
      ? [{ scope: "name", label: { "zh-Hant": "姓名", en: "Name" }, optional: false, value: session.person.name }]
      : [];
    return [
      ...name,
      ...attributes.map(({ attribute: { scope, label, source }, optional }): AskedItem => {
        const value = fetched.values[scope];
        const missing = fetched.unavailable.find((one) => one.scope === scope)?.reason;
        return {
          scope,
          label,
          optional,
          source: { agency: agencyOf(context.portal.country, source.agency).name },
          ...(value ? { value: attributeText(value) } : { missing: missing ?? "no-data" }),
        };
      }),
    ];
  }

  /** The page's form ends at the relying party, over redirects that browsers hold against the page's own policy. */
  function mayLeadTo(c: Visited, address: string): void {
    const targets = [new URL(address).origin];
    const headers = securityHeaders({ https: names.secure, formTargets: targets });
    c.header("Content-Security-Policy", headers["Content-Security-Policy"]);
  }

  return routes;
}

/**
 * Where nobody is signed in any more, the library answers with a form of its own that a script sends off, which the portal's
 * policy forbids; the secret in it serves our page.
 */
async function unaskedLogout(path: string, answer: Response): Promise<string | null> {
  if (path !== "/session/end" || answer.status !== 200 || !answer.headers.get("content-type")?.startsWith("text/html"))
    return null;
  return /name="xsrf" value="([^"]+)"/.exec(await answer.text())?.[1] ?? null;
}

function tooMany(c: Visited, seconds: number): Response {
  c.header("Retry-After", String(seconds));
  return c.json({ error: "temporarily_unavailable", error_description: "too many failed requests from here" }, 429);
}
