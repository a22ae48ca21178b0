import { Hono, type Context } from "hono";
import { rowsApplied } from "#flows";
import { compareModels, namesOf } from "#rules";
import { publicRuleText } from "#services";
import { comparePage, draftPaths, modelPage, rulesPage, tableCsv, tablePage } from "#rules/pages";
import { mayKeepRules } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage, sendRefusal } from "./reply.ts";
import type { PortalEnv } from "./request.ts";
import { askedVersion, currentVersion, findingsOf, versionLine } from "./rule-view.ts";

/** The rules as they run, open to everybody: graph, tables, versions and what they change, and the model file itself. */
export function ruleRoutes(context: PortalContext): Hono<PortalEnv> {
  const { country, rules, clock, policies, database } = context.portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/rules", async (c) => {
    const now = clock.now();
    const { session } = c.var.visit;
    const models = [...rules.families().values()].map((family) => {
      const current = currentVersion(country, family, now);
      const next = family.versions.find(({ from }) => from > country.dayOf(now) && from !== current.from);
      return {
        id: family.id,
        name: current.model.name,
        current: versionLine(country, current, now),
        ...(next && { next: versionLine(country, next, now) }),
        tables: askedVersion(country, rules, family.id, undefined, now)?.model.tables ?? [],
      };
    });
    const view = {
      area: areaOf(c),
      models,
      ...(session && (await mayKeepRules(policies, session)) && { draftsHref: draftPaths.all }),
    };
    return sendPage(c, rulesPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/rules/:model", (c) => {
    const found = asked(c);
    if (!found) return sendRefusal(context, c, { code: "page-unknown" });
    const now = clock.now();
    const { family, shown, model } = found;
    const view = {
      area: areaOf(c),
      model,
      shown: versionLine(country, shown, now),
      versions: family.versions.map((one) => versionLine(country, one, now)).toReversed(),
      findings: findingsOf(shown.model.hash, shown.xml),
    };
    return sendPage(c, modelPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/rules/:model/model.dmn", async (c) => {
    // By its hash, also a version that no disk has any more.
    const hash = c.req.query("hash");
    const kept = hash === undefined ? undefined : await publicRuleText(database, hash);
    if (kept?.model === c.req.param("model"))
      return c.body(kept.xml, 200, {
        "Content-Type": "application/xml; charset=utf-8",
        "Content-Disposition": `attachment; filename="${kept.model}-${kept.version}.dmn"`,
      });
    const found = hash === undefined ? asked(c) : undefined;
    return found
      ? c.body(found.shown.xml, 200, {
          "Content-Type": "application/xml; charset=utf-8",
          "Content-Disposition": `attachment; filename="${found.family.id}-${found.shown.model.version}.dmn"`,
        })
      : sendRefusal(context, c, { code: "page-unknown" });
  });

  routes.get("/rules/:model/compare", (c) => {
    const found = asked(c, null);
    const version = (name: string) => found?.family.versions.find(({ model }) => model.version === c.req.query(name));
    const [from, to] = [version("from"), version("to")];
    const changes = from && to && compareModels(from.xml, to.xml);
    if (!found || !from || !to || !changes?.ok) return sendRefusal(context, c, { code: "page-unknown" });
    const view = {
      area: areaOf(c),
      model: { id: found.family.id, name: to.model.name },
      from: from.model.version,
      to: to.model.version,
      changes: changes.value,
    };
    return sendPage(c, comparePage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/rules/:model/:table{.+\\.csv}", (c) => {
    const table = tableOf(c, c.req.param("table").slice(0, -4));
    return table
      ? c.body(tableCsv(table), 200, {
          "Content-Type": "text/csv; charset=utf-8",
          "Content-Disposition": `attachment; filename="${table.id.replaceAll(/[^\w.-]/g, "-")}.csv"`,
        })
      : sendRefusal(context, c, { code: "page-unknown" });
  });

  routes.get("/rules/:model/:table", async (c) => {
    const found = asked(c);
    const table = tableOf(c, c.req.param("table"));
    if (!found || !table) return sendRefusal(context, c, { code: "page-unknown" });
    const column = (name: string) => {
      const at = Number(c.req.query(name) ?? Number.NaN);
      return Number.isSafeInteger(at) && at >= 0 && at < table.columns.length ? { [name]: at } : {};
    };
    const { session } = c.var.visit;
    const keeps = session !== undefined && (await mayKeepRules(policies, session));
    const counted =
      keeps && c.req.query("cases") === "yes" ? await rowsApplied(database, found.shown.model.hash) : undefined;
    const query = new URLSearchParams({ ...c.req.query(), cases: "yes" });
    const view = {
      area: areaOf(c),
      ...(counted && {
        applied: { cases: counted.cases, rows: counted.rows.get(table.id) ?? new Map<number, number>() },
      }),
      ...(keeps && { appliedHref: `/rules/${found.family.id}/${table.id}?${query.toString()}` }),
      model: { id: found.family.id, name: found.model.name },
      table,
      shown: versionLine(country, found.shown, clock.now()),
      names: namesOf(found.model),
      findings: findingsOf(found.shown.model.hash, found.shown.xml).filter((one) => one.table === table.id),
      ...column("across"),
      ...column("down"),
    };
    return sendPage(c, tablePage(view, c.var.visit.lang, chromeOf(c)));
  });

  function asked(c: C, version: string | undefined | null = c.req.query("version")) {
    return askedVersion(country, rules, c.req.param("model") ?? "", version ?? undefined, clock.now());
  }

  function tableOf(c: C, id: string) {
    return asked(c)?.model.tables.find((table) => table.id === id);
  }

  return routes;
}

function areaOf(c: Context<PortalEnv>): "desk" | "public" {
  return c.var.visit.session?.officer ? "desk" : "public";
}
