import { Hono } from "hono";
import { both } from "#ui";
import { actsRoutes } from "../desk/acts-routes.ts";
import { deskApp, type DeskPart } from "../desk/app.ts";
import type { DeskEnv } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { diagnosisRoutes } from "./diagnosis-routes.ts";
import { evidenceRoutes } from "./evidence-routes.ts";
import { eventsRoutes } from "./events-routes.ts";
import { rightsRoutes } from "./rights-routes.ts";
import { membershipRoutes } from "./membership-routes.ts";
import { trafficRoutes, watchRoutes } from "./traffic-routes.ts";
import { tryRoutes } from "./try-routes.ts";

/** The desk of a gateway's operators: one page for each thing they look after. The first place is its home. */
export function gatewayDesk(context: GatewayDeskContext): Hono<DeskEnv> {
  const parts: readonly DeskPart[] = [
    {
      place: { href: "/traffic", text: both("流量", "Traffic") },
      routes: trafficRoutes(context).route("/", evidenceRoutes(context)),
    },
    { place: { href: "/rights", text: both("權限", "Rights") }, routes: rightsRoutes(context) },
    { place: { href: "/try", text: both("試用", "Try") }, routes: tryRoutes(context) },
    { place: { href: "/events", text: both("事件", "Events") }, routes: eventsRoutes(context) },
    { place: { href: "/diagnosis", text: both("健檢", "Diagnosis") }, routes: diagnosisRoutes(context) },
    { place: { href: "/membership", text: both("會員資格", "Membership") }, routes: membershipRoutes(context) },
    { place: { href: "/acts", text: both("管理紀錄", "Acts") }, routes: actsRoutes(context) },
  ];
  const app = new Hono<DeskEnv>();
  app.route("/", watchRoutes(context));
  const pages = deskApp(context, parts);
  // Handed over whole: mounted as routes it would lose its own page for what is not there.
  app.all("*", (c) => pages.fetch(c.req.raw, c.env));
  return app;
}
