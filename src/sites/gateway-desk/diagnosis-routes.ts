import { Hono } from "hono";
import type { Diagnosis } from "#exchange";
import type { DeskEnv } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { diagnosisPage } from "./pages/diagnosis.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";

/** A diagnosis on demand: every look makes a real call to every peer, so it is a form and not a link. */
export function diagnosisRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  let last: Diagnosis | undefined;
  routes.get("/diagnosis", (c) => sendPage(c, diagnosisPage(last, c.var.lang, chromeOf(context, c))));
  routes.post("/diagnosis", async (c) => {
    if (!(await ownForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    last = await context.gateway.operation.diagnose();
    return c.redirect("/diagnosis", 303);
  });
  // For programs. No form can be sent with this type, so another site's page cannot ask for it.
  routes.post("/monitoring/diagnosis", async (c) => {
    if (c.req.header("content-type") !== "application/json") return c.json({ error: "send application/json" }, 415);
    last = await context.gateway.operation.diagnose();
    return c.json(last);
  });
  return routes;
}
