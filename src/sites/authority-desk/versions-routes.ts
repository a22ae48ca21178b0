import { Hono } from "hono";
import { compareConfigurations } from "#exchange";
import type { DeskEnv } from "../desk/context.ts";
import { chromeOf, sendPage } from "../desk/reply.ts";
import type { AuthorityDeskContext } from "./context.ts";
import { versionsPage } from "./pages/versions.ts";

/** How many versions are compared for one page: each is a whole document. */
const shown = 12;

/** The versions of the configuration with what each changed, and who signs. */
export function versionsRoutes(context: AuthorityDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const { authority } = context;
  routes.get("/configuration", async (c) => {
    const rows = await authority.versions(shown + 1);
    const bodies = await Promise.all(rows.map((row) => authority.version(Number(row.version))));
    const versions = rows.slice(0, shown).map((row, at) => {
      const [after, before] = [bodies[at], bodies[at + 1]];
      return { ...row, changes: before && after ? compareConfigurations(before, after) : undefined };
    });
    const { trusted } = await authority.root();
    return sendPage(c, versionsPage({ root: trusted.body, versions }, c.var.lang, chromeOf(context, c)));
  });
  return routes;
}
