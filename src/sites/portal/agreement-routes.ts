import { Hono, type Context } from "hono";
import { consentById, consentsOf, withdrawConsent, type StoredConsent } from "#consent";
import { agreementsPage, withdrawPage, type AgreementView } from "#consent/pages";
import { agreementOf } from "#flows";
import { isUuid, toBase64Url } from "#kernel";
import { openCase } from "#services";
import { both } from "#ui";
import { definitionOf } from "./case-view.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

/** What a person agreed to, the signed record of it, and its withdrawal. */
export function agreementRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { country, database } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/my-data/agreements", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const consents = await consentsOf(database, session.person.id);
    return sendPage(
      c,
      agreementsPage({ agreements: await Promise.all(consents.map(agreementView)) }, c.var.visit.lang, chromeOf(c)),
    );
  });

  routes.get("/my-data/agreements/:consent/record", async (c) => {
    const consent = await ownConsent(c);
    if (consent instanceof Response) return consent;
    c.header("Content-Disposition", `attachment; filename="taroko-agreement-${consent.id}.json"`);
    return c.json({ record: consent.document, signature: consent.signature, salt: toBase64Url(consent.salt) });
  });

  routes.get("/my-data/agreements/:consent/withdraw", async (c) => {
    const consent = await ownConsent(c);
    if (consent instanceof Response) return consent;
    return sendPage(
      c,
      withdrawPage(
        {
          agreement: await agreementView(consent),
          consequence: both(
            "不再取得新資料。已送出的案件照常辦理，已取得的資料依保存期限刪除。",
            "Nothing more is fetched. An application that was sent goes on; what was fetched is deleted when its time is over.",
          ),
          action: `/my-data/agreements/${consent.id}/withdraw`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.post("/my-data/agreements/:consent/withdraw", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (!ownForm(session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    const consent = await ownConsent(c);
    if (consent instanceof Response) return consent;
    const done = await withdrawConsent(portal.consent, { id: consent.id, by: session.person.id });
    return done.ok ? goTo(c, "/my-data/agreements") : sendRefusal(context, c, done.error);
  });

  async function ownConsent(c: C): Promise<StoredConsent | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("consent") ?? "";
    const consent = isUuid(id) ? await consentById(database, id) : undefined;
    return consent && [consent.person, consent.givenBy].includes(session.person.id)
      ? consent
      : sendRefusal(context, c, { code: "consent-unknown" });
  }

  async function agreementView(consent: StoredConsent): Promise<AgreementView> {
    const definition = definitionOf(country, consent.agreement);
    const agreement = agreementOf(country, definition);
    const opened = consent.caseId ? await openCase(database, consent.caseId) : undefined;
    const over = portal.clock.now() >= consent.expiresAt;
    const running = consent.state === "given" && !over;
    return {
      service: agreement.title,
      requester: agreement.controller.name,
      data: agreement.needs.map((need) =>
        both(`${need.source.name["zh-Hant"]}：${need.title["zh-Hant"]}`, `${need.source.name.en}: ${need.title.en}`),
      ),
      legalBasis: agreement.legalBasis.law,
      givenAt: consent.at,
      ...(opened && opened.state.principal.person !== consent.givenBy ? { subject: opened.state.principal.name } : {}),
      until: consent.expiresAt,
      state: consent.state === "withdrawn" ? "withdrawn" : running ? "running" : "ended",
      ...(running ? { withdrawHref: `/my-data/agreements/${consent.id}/withdraw` } : {}),
      receiptHref: `/my-data/agreements/${consent.id}/record`,
    };
  }

  return routes;
}
