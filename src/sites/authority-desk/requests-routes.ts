import { Hono } from "hono";
import { isUuid } from "#kernel";
import { both } from "#ui";
import type { DeskEnv } from "../desk/context.ts";
import { askedPart, perPage } from "../desk/list-part.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";
import type { AuthorityDeskContext } from "./context.ts";
import { requestPage, requestsPage } from "./pages/requests.ts";

/** Requests: a list, and a page each where a registrar decides under their own name. */
export function requestsRoutes(context: AuthorityDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const { membership } = context.authority;
  const found = (id: string) => (isUuid(id) ? membership.request(id) : Promise.resolve(undefined));

  routes.get("/requests", async (c) => {
    const asked = askedPart(c.req.query());
    const decided = c.req.query("state") === "decided";
    const requests = { ...asked, ...(await membership.find({ ...asked, decided, perPage })) };
    return sendPage(c, requestsPage({ requests, decided }, c.var.lang, chromeOf(context, c)));
  });
  routes.get("/requests/:id", async (c) => {
    const row = await found(c.req.param("id"));
    if (!row) return sendRefusal(context, c, { code: "request-unknown" });
    return sendPage(c, requestPage({ row }, c.var.lang, chromeOf(context, c)));
  });
  routes.post("/requests/:id", async (c) => {
    const sent = await ownForm(c);
    const { session } = c.var;
    if (!sent || !session) return sendRefusal(context, c, { code: "form-tampered" });
    const row = await found(c.req.param("id"));
    if (!row) return sendRefusal(context, c, { code: "request-unknown" });
    const decision = sent["decision"] === "approved" ? "approved" : "rejected";
    const reason = sent["reason"]?.trim().slice(0, 1000);
    if (decision === "rejected" && !reason) {
      const errors = [{ field: "reason", text: both("請寫下駁回的理由", "Say why it is rejected") }];
      return sendPage(c, requestPage({ row, errors }, c.var.lang, chromeOf(context, c)), 422);
    }
    const done = await membership.decide({ id: row.id, decision, by: session.operator, reason: reason || undefined });
    if (!done.ok) return sendRefusal(context, c, done.error);
    return c.redirect("/requests", 303);
  });
  return routes;
}
