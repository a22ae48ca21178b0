import { Hono } from "hono";
import { isUuid } from "#kernel";
import type { DeskEnv } from "../desk/context.ts";
import { askedPart, partOf } from "../desk/list-part.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";
import type { AuthorityDeskContext } from "./context.ts";
import { invitationsPage } from "./pages/invitations.ts";
import { membersPage } from "./pages/members.ts";

/** Members, their gateways, groups, and invitations. */
export function membersRoutes(context: AuthorityDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const { authority, clock } = context;
  routes.get("/members", async (c) => {
    const [all, gateways, groups, invitations] = await Promise.all([
      authority.members(),
      authority.gateways(),
      authority.groups(),
      authority.invitations(),
    ]);
    const members = partOf(all, askedPart(c.req.query()), ({ id, name, subsystems }) => [
      decodeURIComponent(id),
      ...Object.values(name),
      ...subsystems.flatMap((one) => [one.code, ...Object.values(one.name)]),
    ]);
    const shown = gateways.filter(({ path }) => members.rows.some(({ id }) => path.startsWith(`${id}/`)));
    const view = { members, gateways: shown, groups, invitations: invitations.length, now: clock.now() };
    return sendPage(c, membersPage(view, c.var.lang, chromeOf(context, c)));
  });
  routes.get("/invitations", async (c) => {
    const invitations = partOf(await authority.invitations(), askedPart(c.req.query()), ({ member, made_by }) => [
      decodeURIComponent(member),
      made_by ?? "",
    ]);
    return sendPage(c, invitationsPage({ invitations, now: clock.now() }, c.var.lang, chromeOf(context, c)));
  });
  routes.post("/invitations/withdraw", async (c) => {
    const sent = await ownForm(c);
    const { session } = c.var;
    if (!sent || !session) return sendRefusal(context, c, { code: "form-tampered" });
    const id = sent["id"] ?? "";
    if (!isUuid(id)) return sendRefusal(context, c, { code: "invitation-unknown" });
    const done = await authority.withdrawInvitation(id, session.operator);
    return done.ok ? c.redirect("/invitations", 303) : sendRefusal(context, c, done.error);
  });
  return routes;
}
