import { Hono, type Context } from "hono";
import { agencyOf } from "#flows";
import {
  answerInvitation,
  chooseOffice,
  hasAccount,
  invitationsOf,
  officesFor,
  staffDue,
  type Session,
} from "#identity";
import { officePage, staffPaths } from "#identity/pages";
import { both, type FieldError } from "#ui";
import { mayOpenStaff } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

/** A person's own offices: which to be on duty for, and invitations to more. */
export function dutyRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { identity, policies, country } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get(staffPaths.office, (c) => {
    const session = signedIn(c);
    return session instanceof Response ? session : sendOffices(c, session, []);
  });

  routes.post(staffPaths.office, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const done = await chooseOffice(identity, session, form["office"]);
    return done.ok ? goTo(c, staffPaths.office) : sendRefusal(context, c, done.error, { area: "desk" });
  });

  for (const answer of ["accept", "decline"] as const)
    routes.post(`${staffPaths.office}/${answer}`, async (c) => {
      const session = signedIn(c);
      if (session instanceof Response) return session;
      const form = ownForm(session, await readForm(c));
      if (!form) return sendRefusal(context, c, { code: "form-tampered" });
      // Nobody takes up an office of their own in somebody else's name.
      if (session.acting) return sendRefusal(context, c, { code: "not-an-officer" }, { area: "desk" });
      const which = form["invitation"] ? { id: form["invitation"] } : { code: form["code"] ?? "" };
      const done = await answerInvitation({ identity, policies, session }, which, answer === "accept");
      if (done.ok) return goTo(c, staffPaths.office);
      if ("code" in which && done.error.code === "staff-invitation-unknown")
        return sendOffices(c, session, [
          {
            field: "code",
            text: both("沒有這個代碼，或已經失效。", "There is no such code, or it is no longer good."),
          },
        ]);
      return sendRefusal(context, c, done.error, { area: "desk" });
    });

  async function sendOffices(c: C, session: Session, errors: readonly FieldError[]) {
    const name = (agency: string) => agencyOf(country, agency).name;
    const offices = await officesFor(identity, session.person.id);
    const invitations = session.officeOnly ? [] : await invitationsOf(identity, session.person.id);
    const bound = session.officer && (await hasAccount(identity, session.officer.office));
    const federated = new Set(context.staff.providers.map(({ agency }) => agency));
    const manages = await mayOpenStaff(policies, session);
    const view = {
      offices: offices
        .filter(({ office }) => !session.officeOnly || office === session.officer?.office)
        .map(({ office, agency, roles, teams }) => ({
          id: office,
          agency: name(agency),
          roles,
          teams,
          current: !session.acting && office === session.officer?.office,
          ...(federated.has(agency) &&
            office === session.officer?.office && { account: bound ? ("bound" as const) : ("unbound" as const) }),
        })),
      invitations: invitations.map((one) => ({ ...one, agency: name(one.agency) })),
      manages,
      ...(manages && session.officer && { due: await staffDue(identity, session.officer.agency) }),
      fixed: session.officeOnly === true,
      errors,
    };
    return sendPage(
      c,
      officePage(view, c.var.visit.lang, chromeOf(c, staffPaths.office)),
      errors.length > 0 ? 422 : 200,
    );
  }

  return routes;
}
