import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { usageCount } from "#consent";
import { agencyOf, startOfDay, type LifeEvent } from "#flows";
import { localPath, type Session } from "#identity";
import { casesOf, type ServiceDefinition } from "#services";
import {
  aboutPage,
  accessibilityPage,
  homePage,
  searchPage,
  serviceListPage,
  servicePage,
  type ServiceLink,
} from "#services/pages";
import { assets, both, problemPage, type IconName } from "#ui";
import { applicationCard } from "./case-view.ts";
import { problemTables } from "../problem-tables.ts";
import type { PortalContext } from "./portal-site.ts";
import { readingsFor } from "./readings-for.ts";
import { proofText } from "./proof-text.ts";
import { chromeOf, sendPage, sendRefusal } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

/** Pages that anybody may see: home, services, the explanation of a problem, and the files of the look. */
export function publicRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { country } = portal;
  const routes = new Hono<PortalEnv>();

  routes.get("/", async (c) => {
    const { session, lang } = c.var.visit;
    const mine = session
      ? {
          applications: (await casesOf(portal.database, session.person.id, 20))
            .filter((one) => one.status !== "closed")
            .slice(0, 3)
            .map((one) => applicationCard(country, one, portal.clock.now())),
          usage: await usageThisMonth(session),
        }
      : undefined;
    return sendPage(
      c,
      homePage({ events: country.lifeEvents.map(eventCard), ...(mine ? { mine } : {}) }, lang, chromeOf(c)),
    );
  });

  routes.get("/search", (c) => {
    const query = (c.req.query("q") ?? "").trim().slice(0, 100);
    return sendPage(c, searchPage({ query, results: found(query).map(link) }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/services", (c) =>
    sendPage(c, serviceListPage({ services: country.services.map(link) }, c.var.visit.lang, chromeOf(c))),
  );

  routes.get("/life/:event", (c) => {
    const event = country.lifeEvents.find((candidate) => candidate.id === c.req.param("event"));
    if (!event) return sendRefusal(context, c, { code: "page-unknown" });
    const services = country.services.filter((service) => service.metadata.lifeEvents.includes(event.id)).map(link);
    return sendPage(
      c,
      serviceListPage(
        { event: { name: event.title, intro: event.about, icon: event.icon as IconName }, services },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.get("/services/:service", (c) => {
    const service = country.services.find((candidate) => candidate.id === c.req.param("service"));
    return service
      ? sendPage(c, servicePage(serviceView(service), c.var.visit.lang, chromeOf(c)))
      : sendRefusal(context, c, { code: "public-service-unknown" });
  });

  routes.get("/problems/:code", (c) => {
    const code = c.req.param("code");
    for (const table of Object.values(problemTables)) {
      const entry = Object.hasOwn(table, code) ? table[code] : undefined;
      if (entry)
        return sendPage(c, problemPage({ code, entry, reference: "–", area: "public" }, c.var.visit.lang, chromeOf(c)));
    }
    return sendRefusal(context, c, { code: "page-unknown" });
  });

  routes.get("/language", (c) => {
    const back = c.req.query("back") ?? "/";
    setCookie(c, "taroko-lang", c.req.query("to") === "en" ? "en" : "zh-Hant", {
      path: "/",
      maxAge: 31_536_000,
      sameSite: "Lax",
      secure: options.origin.startsWith("https:"),
    });
    return c.redirect(localPath(back), 303);
  });

  routes.get("/assets/:file", (c) => {
    const file = assets().find(c.req.path);
    if (!file) return c.text("Not found", 404);
    return c.body(new Uint8Array(file.bytes), 200, {
      "Content-Type": file.contentType,
      "Cache-Control": file.cacheControl,
    });
  });

  routes.get("/about", (c) => sendPage(c, aboutPage(c.var.visit.lang, chromeOf(c))));
  routes.get("/accessibility", (c) => sendPage(c, accessibilityPage(c.var.visit.lang, chromeOf(c))));

  /** Counts what the visitor would see listed. */
  async function usageThisMonth(session: Session) {
    const { person, issues } = await readingsFor(portal, session);
    const since = startOfDay(country, `${country.dayOf(portal.clock.now()).slice(0, 7)}-01`);
    const { count, withPurpose } = await usageCount(portal.database, person, { issues, since });
    return { thisMonth: count, witnesses: options.witnesses.length, allGrounded: withPurpose === count };
  }

  function found(query: string): readonly ServiceDefinition[] {
    if (query === "") return country.services;
    const wanted = query.toLowerCase();
    // Chinese has no spaces between words: a keyword inside the question counts, as does the question inside a text.
    return country.services.filter(({ metadata }) => {
      const texts = [metadata.title, metadata.summary]
        .flatMap((text) => Object.values(text))
        .map((text) => text.toLowerCase());
      return (
        metadata.keywords.some((keyword) => wanted.includes(keyword.toLowerCase())) ||
        texts.some((text) => text.includes(wanted))
      );
    });
  }

  function link(service: ServiceDefinition): ServiceLink {
    return {
      name: service.metadata.title,
      summary: service.metadata.summary,
      href: `/services/${service.id}`,
      agency: agencyOf(country, service.metadata.agency).name,
    };
  }

  function serviceView(service: ServiceDefinition) {
    const { metadata } = service;
    const proof = proofText(service);
    return {
      ...(proof && { proof }),
      name: metadata.title,
      summary: metadata.summary,
      agency: agencyOf(country, metadata.agency).name,
      who: metadata.whoMayApply,
      duration: both(`${service.clock.days} 天內決定`, `Decision within ${service.clock.days} days`),
      fee: metadata.fee,
      fetched: service.dataNeeds.map((need) => ({
        agency: agencyOf(country, need.source.agency).name,
        dataset: need.title,
        fields: both(
          need.fields.map((field) => field.title["zh-Hant"]).join("、"),
          need.fields.map((field) => field.title.en).join(", "),
        ),
        purpose: need.purpose.text,
      })),
      needs: metadata.whatYouNeed,
      legalBasis: metadata.legalBasis.map((basis) => ({ name: basis.law, ...(basis.url ? { href: basis.url } : {}) })),
      remedies: service.remedies,
      startHref: `/services/${service.id}/start`,
    };
  }

  return routes;
}

function eventCard(event: LifeEvent) {
  return { name: event.title, examples: event.about, icon: event.icon as IconName, href: `/life/${event.id}` };
}
