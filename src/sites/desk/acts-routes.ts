import { Hono } from "hono";
import { listActs } from "#exchange";
import type { DeskEnv, DeskContext } from "./context.ts";
import { actsPage } from "./pages/acts.ts";
import { chromeOf, sendPage } from "./reply.ts";

const perPage = 50;

/** Every administrative act at this site, newest first. */
export function actsRoutes(context: DeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  routes.get("/acts", async (c) => {
    const asked = c.req.query("before") ?? "";
    const before = /^[0-9a-f-]{36}$/.test(asked) ? asked : undefined;
    const acts = await listActs(context.database, { before, limit: perPage + 1 });
    const page = acts.slice(0, perPage);
    const view = { acts: page, next: acts.length > perPage ? page.at(-1)?.id : undefined };
    return sendPage(c, actsPage(view, c.var.lang, chromeOf(context, c)));
  });
  return routes;
}
