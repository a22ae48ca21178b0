import { Hono } from "hono";
import { decisionPage, decisionsPage, policiesPage, policyPaths } from "#identity/pages";
import { isUuid } from "#kernel";
import { askedInstant } from "./asked-instant.ts";
import { mayExplain } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage, sendRefusal, signedIn } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

const decisionsOnAPage = 30;

/** The policies in force, open to everybody, and what they decided, for those concerned. */
export function policyRoutes(context: PortalContext): Hono<PortalEnv> {
  const { policies } = context.portal;
  const routes = new Hono<PortalEnv>();
  const areaOf = (office: unknown) => (office ? "desk" : "citizen");

  routes.get(policyPaths.policies, async (c) =>
    sendPage(
      c,
      policiesPage(
        { area: c.var.visit.session?.officer ? "desk" : "public", set: policies.set, versions: await policies.sets() },
        c.var.visit.lang,
        chromeOf(c),
      ),
    ),
  );

  routes.get(policyPaths.text, (c) => {
    c.header("Content-Disposition", 'attachment; filename="policies.cedar"');
    return c.text(`${policies.set.rules.map(({ text }) => text).join("\n\n")}\n`);
  });

  routes.get(policyPaths.schema, (c) => {
    c.header("Content-Disposition", 'attachment; filename="policies.cedarschema"');
    return c.text(policies.set.schema);
  });

  routes.get(policyPaths.decisions, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const before = askedInstant(c.req.query("before"));
    const decisions = await policies.about({
      person: session.person.id,
      limit: decisionsOnAPage + 1,
      ...(before && { before }),
    });
    const shown = decisions.slice(0, decisionsOnAPage);
    const older = decisions.length > decisionsOnAPage ? shown.at(-1) : undefined;
    const view = {
      area: areaOf(session.officer),
      decisions: shown,
      ...(older && { olderHref: `${policyPaths.decisions}?before=${encodeURIComponent(older.at.toISOString())}` }),
    } as const;
    return sendPage(c, decisionsPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(`${policyPaths.decisions}/:id`, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("id");
    const decision = isUuid(id) ? await policies.explain(id) : undefined;
    const agency = (decision?.request.principal.attributes?.["agency"] as { id: string } | undefined)?.id;
    // Whoever may not know learns no more than that there is no such page for them.
    if (!decision || !(await mayExplain(policies, session, decision.person, agency)))
      return sendRefusal(context, c, { code: "page-unknown" });
    return sendPage(c, decisionPage({ area: areaOf(session.officer), decision }, c.var.visit.lang, chromeOf(c)));
  });

  return routes;
}
