import { Hono } from "hono";
import { startOfDay } from "#flows";
import type { Localised } from "#kernel";
import { describeTables, versionOn, type ModelVersion, type TableDescription } from "#rules";
import { ruleTablePage, rulesPage } from "#services/pages";
import { both } from "#ui";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage, sendRefusal } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

const hitPolicies: Readonly<Record<string, Localised>> = {
  UNIQUE: both("只有一列會符合", "Exactly one row applies"),
  FIRST: both("由上而下，第一個符合的列", "The first row that applies"),
  ANY: both("符合的列結果都相同", "All rows that apply agree"),
  COLLECT: both("收集所有符合的列", "All rows that apply are collected"),
};

/** The rules as they run, open to everybody: the tables of each decision model, and the model file itself. */
export function ruleRoutes(context: PortalContext): Hono<PortalEnv> {
  const { country, rules, clock } = context.portal;
  const routes = new Hono<PortalEnv>();
  const described = new Map<string, readonly TableDescription[]>();

  routes.get("/rules", (c) =>
    sendPage(
      c,
      rulesPage(
        {
          area: c.var.visit.session?.officer ? "desk" : "public",
          models: [...rules.families().keys()]
            .map((id) => [id, inForce(id)!.model] as const)
            .map(([id, model]) => ({
              name: model.name,
              version: model.version,
              tables: tablesOf(id).map((table) => ({ name: table.name, href: `/rules/${id}/${table.id}` })),
              sourceHref: `/rules/${id}/model.dmn`,
            })),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    ),
  );

  routes.get("/rules/:model", (c) => {
    const [first] = tablesOf(c.req.param("model"));
    return first
      ? c.redirect(`/rules/${c.req.param("model")}/${first.id}`, 303)
      : sendRefusal(context, c, { code: "page-unknown" });
  });

  routes.get("/rules/:model/model.dmn", (c) => {
    const xml = xmlOf(c.req.param("model"));
    return xml
      ? c.body(xml, 200, {
          "Content-Type": "application/xml; charset=utf-8",
          "Content-Disposition": `attachment; filename="${c.req.param("model")}.dmn"`,
        })
      : sendRefusal(context, c, { code: "page-unknown" });
  });

  routes.get("/rules/:model/:table", (c) => {
    const id = c.req.param("model");
    const table = tablesOf(id).find((candidate) => candidate.id === c.req.param("table"));
    const model = inForce(id)?.model;
    if (!table || !model) return sendRefusal(context, c, { code: "page-unknown" });
    const service = country.services.find((candidate) => candidate.decision.model === id);
    return sendPage(
      c,
      ruleTablePage(
        {
          name: table.name,
          version: model.version,
          ...(service ? { validFrom: startOfDay(country, service.validFrom) } : {}),
          legalBasis: both(
            table.laws.map((law) => law["zh-Hant"]).join("、"),
            table.laws.map((law) => law.en).join(", "),
          ),
          hitPolicy: hitPolicies[table.hitPolicy] ?? both(table.hitPolicy, table.hitPolicy),
          inputs: table.inputs,
          outputs: [table.name],
          rows: table.rows.map((row) => ({
            inputs: row.tests.map((test) => testText(test)),
            outputs: row.outputs,
            ...(row.note ? { note: row.note } : {}),
          })),
          area: c.var.visit.session?.officer ? "desk" : "public",
          sourceHref: `/rules/${id}/model.dmn`,
          backHref: "/rules",
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  function xmlOf(id: string): string | undefined {
    return inForce(id)?.xml;
  }

  /** The version of today; before its first day the first one. */
  function inForce(id: string): ModelVersion | undefined {
    const family = rules.families().get(id);
    return family && (versionOn(family, country.dayOf(clock.now())) ?? family.versions[0]);
  }

  function tablesOf(id: string): readonly TableDescription[] {
    const known = described.get(id);
    if (known) return known;
    const read = describeTables(xmlOf(id) ?? "");
    const tables = read.ok ? read.value : [];
    described.set(id, tables);
    return tables;
  }

  return routes;
}

function testText(test: string): Localised {
  return test === "-" || test === "" ? both("任何", "any") : both(test, test);
}
