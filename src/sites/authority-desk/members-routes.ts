import { Hono } from "hono";
import { isUuid } from "#kernel";
import type { DeskEnv } from "../desk/context.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";
import type { AuthorityDeskContext } from "./context.ts";
import { membersPage } from "./pages/members.ts";

/** Members, their gateways, groups, and invitations. */
export function membersRoutes(context: AuthorityDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const { authority, clock } = context;
  routes.get("/members", async (c) => {
    const [members, gateways, groups, invitations] = await Promise.all([
      authority.members(),
      authority.gateways(),
      authority.groups(),
      authority.invitations(),
    ]);
    const view = { members, gateways, groups, invitations: invitations.slice(0, 50), now: clock.now() };
    return sendPage(c, membersPage(view, c.var.lang, chromeOf(context, c)));
  });
  routes.post("/invitations/withdraw", async (c) => {
    const sent = await ownForm(c);
    const { session } = c.var;
    if (!sent || !session) return sendRefusal(context, c, { code: "form-tampered" });
    const id = sent["id"] ?? "";
    if (!isUuid(id)) return sendRefusal(context, c, { code: "invitation-unknown" });
    const done = await authority.withdrawInvitation(id, session.operator);
    return done.ok ? c.redirect("/members", 303) : sendRefusal(context, c, done.error);
  });
  return routes;
}
