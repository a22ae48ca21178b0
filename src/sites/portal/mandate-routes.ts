import { Hono, type Context } from "hono";
import {
  changeMandate,
  findPerson,
  giveMandate,
  mandateFor,
  mandatesGiven,
  mandatesReceived,
  noteLookUp,
  powersOver,
  prepareMandate,
  revokeGrantsOf,
  type GivenMandate,
  type MandateStepName,
  type Session,
} from "#identity";
import {
  giveMandatePage,
  mandatePage,
  mandatePaths,
  mandatesPage,
  powersPage,
  type MandateForm,
  type ScopeChoice,
} from "#identity/pages";
import { rateLimit } from "#http";
import { ok } from "#kernel";
import { confirmActing, startOfDay } from "#flows";
import { both, type FieldError } from "#ui";
import { mayReadPowers } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const dayMs = 86_400_000;
const monthChoices: ReadonlySet<string> = new Set(["1", "3", "6", "12", "24"]);

/** Which control a flaw of a wish belongs to, and what is said beside it. */
const flaws: Readonly<Record<string, FieldError>> = {
  representative: {
    field: "name",
    text: both("請填受任人的姓名與統一編號。", "Give the name and the number of the one who is to act."),
  },
  self: { field: "number", text: both("不能委任自己。", "You cannot give a mandate to yourself.") },
  scopes: { field: "scope-0", text: both("請至少選一項。", "Choose at least one.") },
  dates: { field: "months", text: both("請選擇期間。", "Choose until when.") },
  length: { field: "months", text: both("最長兩年。", "It lasts two years at most.") },
};

/** The mandates people give each other, and the security officer's look at who could act for whom. */
export function mandateRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { identity, country } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;
  const scopes: readonly ScopeChoice[] = [
    ...country.services.map(({ id, metadata }) => ({ scope: `${id}:apply`, title: metadata.title })),
    { scope: "data-use:view", title: both("看誰用了我的資料", "See who used my data") },
  ];

  routes.get(mandatePaths.all, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const given = await mandatesGiven(identity, session);
    const received = session.acting ? [] : await mandatesReceived(identity, session.person.id);
    return sendPage(c, mandatesPage({ given, received, scopes }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(mandatePaths.give, (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (session.acting && session.acting.kind !== "company-officer")
      return sendRefusal(context, c, { code: "mandate-not-yours-to-give" });
    return sendForm(c, session, { name: "", kind: "", scopes: [], months: "" }, []);
  });

  routes.post(mandatePaths.give, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const typed: MandateForm = {
      name: form["name"] ?? "",
      kind: form["kind"] ?? "",
      scopes: scopes.map(({ scope }) => scope).filter((scope, at) => form[`scope-${at}`] === scope),
      months: form["months"] ?? "",
    };
    const kind = kindsFor(session).find((one, _, all) => all.length === 1 || one === typed.kind);
    if (!kind)
      return sendForm(c, session, typed, [{ field: "kind", text: both("請選擇種類。", "Choose which kind.") }]);
    const validFrom = portal.clock.now();
    const validTo = new Date(validFrom);
    if (monthChoices.has(typed.months)) validTo.setUTCMonth(validTo.getUTCMonth() + Number(typed.months));
    const appointing = await confirmActing(portal, session);
    if (!appointing.ok) return sendRefusal(context, c, appointing.error);
    const prepared = await prepareMandate(identity, appointing.value, {
      kind,
      representative: { nationalId: form["number"] ?? "", name: typed.name },
      scopes: typed.scopes,
      validFrom,
      validTo,
    });
    if (!prepared.ok) {
      const flaw = prepared.error.code === "mandate-terms" && flaws[String(prepared.error.params?.["why"])];
      return flaw ? sendForm(c, session, typed, [flaw]) : sendRefusal(context, c, prepared.error);
    }
    const reader = new URL("/sign", options.readerUrl);
    reader.search = new URLSearchParams({
      hash: prepared.value.hash,
      hashFunction: prepared.value.hashFunction,
      origin: options.origin,
      return: `${options.origin}${mandatePaths.all}/signed/${prepared.value.id}`,
      display: both("委任書", "Mandate")[c.var.visit.lang],
      lang: c.var.visit.lang,
    }).toString();
    return goTo(c, reader.href);
  });

  // The reader posts here. The signature request, bound to this session and used once, stands in for a CSRF token.
  routes.post(`${mandatePaths.all}/signed/:request`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = await readForm(c);
    const appointing = await confirmActing(portal, session);
    if (!appointing.ok) return sendRefusal(context, c, appointing.error, again);
    const done = await giveMandate(identity, appointing.value, {
      id: c.req.param("request"),
      signature: form?.["signature"] ?? "",
      ...(form?.["certificate"] ? { certificate: form["certificate"] } : {}),
    });
    return done.ok ? goTo(c, `${mandatePaths.all}/${done.value.id}`) : sendRefusal(context, c, done.error, again);
  });

  routes.get(`${mandatePaths.all}/signed/:request`, (c) => {
    const reason = c.req.query("error");
    const code = reason === "PIN_LOCKED" ? "pin-locked" : reason === "NO_CARD" ? "no-card" : "reader-cancelled";
    return sendRefusal(context, c, { code }, again);
  });

  routes.get(`${mandatePaths.all}/:id`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const seen = await mandateFor(identity, session, c.req.param("id"));
    return seen
      ? sendPage(c, mandatePage({ ...seen, scopes }, c.var.visit.lang, chromeOf(c)))
      : sendRefusal(context, c, { code: "mandate-unknown" });
  });

  routes.get(`${mandatePaths.all}/:id/signed`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const seen = await mandateFor(identity, session, c.req.param("id"));
    if (!seen) return sendRefusal(context, c, { code: "mandate-unknown" });
    c.header("Content-Disposition", `attachment; filename="mandate-${seen.mandate.id}.jades.json"`);
    return c.body(seen.mandate.signature, 200, { "Content-Type": "application/jose+json" });
  });

  routes.post(`${mandatePaths.all}/:id`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const id = c.req.param("id");
    const seen = await mandateFor(identity, session, id);
    const step = stepNames.find((name) => name === form["step"]);
    if (!seen) return sendRefusal(context, c, { code: "mandate-unknown" });
    if (!step) return sendRefusal(context, c, { code: "form-tampered" });
    // What brings powers back outlives the session: the company register is asked again. Ending them waits for nobody.
    const appoints = session.acting?.kind === "company-officer" && (step === "resumed" || step === "confirmed");
    const appointing = appoints ? await confirmActing(portal, session) : ok(session);
    if (!appointing.ok) return sendRefusal(context, c, appointing.error);
    const done = await changeMandate(identity, appointing.value, id, step);
    if (!done.ok) return sendRefusal(context, c, done.error);
    // What a relying party was told under it must end with it.
    const { state, kind, principal, representative } = done.value;
    if (state !== "active" && representative.id !== undefined)
      await revokeGrantsOf(context.provider, {
        mandate: { kind, representativeId: representative.id, principalId: principal.id, mandate: id },
      });
    return goTo(c, `${mandatePaths.all}/${id}`);
  });

  routes.get(mandatePaths.powers, async (c) => {
    const session = await auditor(c);
    if (session instanceof Response) return session;
    const day = country.dayOf(portal.clock.now());
    return sendPage(c, powersPage({ day, scopes }, c.var.visit.lang, chromeOf(c)));
  });

  // Numbers can be tried out one after the other here, by one who may look up each.
  const lookUps = rateLimit(30);
  routes.post(mandatePaths.powers, async (c) => {
    const session = await auditor(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const retryAfter = lookUps.take(session.person.id);
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-often" }, { retryAfter });
    const day = form["day"] ?? "";
    const { lang } = c.var.visit;
    const from = /^\d{4}-\d{2}-\d{2}$/.test(day) ? startOfDay(country, day) : undefined;
    if (!from || Number.isNaN(from.getTime())) {
      const errors = [
        { field: "day", text: both("請填日期，例如 2026-05-31。", "Give a day, for example 2026-05-31.") },
      ];
      return sendPage(c, powersPage({ day, errors, scopes }, lang, chromeOf(c)), 422);
    }
    const person = await findPerson(identity, form["number"] ?? "");
    if (!person) return sendPage(c, powersPage({ day, answer: { powers: [] }, scopes }, lang, chromeOf(c)));
    await noteLookUp(identity, session, person.id);
    const powers = await powersOver(identity, person.id, { from, to: new Date(from.getTime() + dayMs) });
    return sendPage(c, powersPage({ day, answer: { person: person.name, powers }, scopes }, lang, chromeOf(c)));
  });

  async function auditor(c: C): Promise<Session | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const may = await mayReadPowers(portal.policies, session, options.operator.agency);
    return may.ok ? session : sendRefusal(context, c, may.error, { area: "desk" });
  }

  function sendForm(c: C, session: Session, form: MandateForm, errors: readonly FieldError[]) {
    const company = session.acting?.kind === "company-officer" ? session.acting.name : undefined;
    const view = { form, kinds: kindsFor(session), scopes, errors, ...(company !== undefined && { company }) };
    return sendPage(c, giveMandatePage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  return routes;
}

const again = { ways: [{ text: both("回到委任", "Back to the mandates"), href: mandatePaths.all }] };

const stepNames: readonly Exclude<MandateStepName, "given">[] = [
  "accepted",
  "declined",
  "suspended",
  "resumed",
  "confirmed",
  "revoked",
  "resigned",
];

/** A person makes another their attorney or takes a professional; a company has employees too. */
function kindsFor(session: Session): readonly GivenMandate["kind"][] {
  return session.acting?.kind === "company-officer" ? ["employee", "intermediary"] : ["attorney", "intermediary"];
}
