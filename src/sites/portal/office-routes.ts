import { Hono, type Context } from "hono";
import { agencyOf, startOfDay } from "#flows";
import { rateLimit } from "#http";
import {
  answerRole,
  arrangeTeam,
  decideStaff,
  dismissStaff,
  endRole,
  giveRole,
  inviteStaff,
  longestRoleMs,
  reviewRoles,
  rolesHeld,
  rolesToGive,
  roleTitles,
  setTeams,
  staffDue,
  staffMember,
  staffOf,
  teamsOf,
  type StaffDesk,
} from "#identity";
import {
  inviteStaffPage,
  staffInvitedPage,
  staffMemberPage,
  staffPage,
  staffPastPage,
  staffPaths,
  teamsPage,
  type InviteForm,
} from "#identity/pages";
import type { Refusal } from "#kernel";
import { both, type FieldError } from "#ui";
import { mayArrangeStaff } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const dayMs = 86_400_000;
const membersOnAPage = 25;
const monthChoices: ReadonlySet<string> = new Set(["1", "3", "6", "12"]);

/** Which control a flaw belongs to, and what is said beside it. */
const flaws: Readonly<Record<string, FieldError>> = {
  name: { field: "name", text: both("請填姓名。", "Give a name.") },
  roles: { field: "role-0", text: both("請至少選一項權限。", "Choose at least one role.") },
  until: { field: "months", text: both("請選擇多久，最長一年。", "Choose for how long, a year at most.") },
  team: { field: "name", text: both("請填小組名稱。", "Give the team a name.") },
};

/** An agency's staff, for its managers: who works here, with which roles, until when; and for its security officers to read. */
export function officeRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { identity, policies, country, clock } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;
  interface At extends StaffDesk {
    readonly agency: string;
  }

  routes.get(staffPaths.all, async (c) => {
    const desk = await atDesk(c);
    if (desk instanceof Response) return desk;
    const [search, team] = [c.req.query("search")?.trim() ?? "", c.req.query("team") ?? ""];
    const soon = c.req.query("soon") === "yes";
    const asked = Math.min(10_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
    const { members, total } = await staffOf(identity, desk.agency, {
      ...(search !== "" && { search }),
      ...(team !== "" && { team }),
      soon,
      limit: membersOnAPage,
      offset: (asked - 1) * membersOnAPage,
    });
    const where = new URLSearchParams({ search, team, ...(soon && { soon: "yes" }) });
    const view = {
      agency: agencyOf(country, desk.agency).name,
      members,
      total,
      search,
      team,
      soon,
      teams: await teamNames(desk),
      now: clock.now(),
      manages: await mayArrangeStaff(policies, desk.session),
      due: await staffDue(identity, desk.agency),
      pages: {
        page: asked,
        pages: Math.max(1, Math.ceil(total / membersOnAPage)),
        href: (to: number) => `${staffPaths.all}?${where.toString()}&page=${to}`,
      },
    };
    return sendPage(c, staffPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(staffPaths.invite, async (c) => {
    const desk = await atDesk(c);
    return desk instanceof Response ? desk : sendInvite(c, desk, { name: "", roles: [], months: "", teams: [] }, []);
  });

  // Numbers could be tried out here one after the other, were anything to be learnt from it.
  const invitations = rateLimit(30);
  routes.post(staffPaths.invite, async (c) => {
    const desk = await atDesk(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refused(c, { code: "form-tampered" });
    const retryAfter = invitations.take(desk.session.person.id);
    if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter, area: "desk" });
    const typed: InviteForm = {
      name: form["name"] ?? "",
      roles: Object.keys(roleTitles).filter((role) => ticked(form, "role-").includes(role)),
      months: form["months"] ?? "",
      teams: await chosenTeams(desk, form),
    };
    const number = (form["number"] ?? "").trim();
    const done = await inviteStaff(desk, {
      name: typed.name,
      ...(number !== "" && { nationalId: number }),
      roles: typed.roles,
      until: untilOf(typed.months),
      teams: typed.teams,
    });
    if (!done.ok) {
      const flaw = done.error.code === "staff-terms" && flaws[String(done.error.params?.["why"])];
      return flaw ? sendInvite(c, desk, typed, [flaw]) : refused(c, done.error);
    }
    const view = { name: typed.name, code: done.value.code, byNumber: number !== "" };
    return sendPage(c, staffInvitedPage(view, c.var.visit.lang, chromeOf(c, staffPaths.all)));
  });

  routes.get(staffPaths.teams, async (c) => {
    const desk = await atDesk(c);
    return desk instanceof Response ? desk : sendTeams(c, desk, []);
  });

  routes.post(staffPaths.teams, async (c) => {
    const desk = await atDesk(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refused(c, { code: "form-tampered" });
    const known = new Set(servicesAt(desk.agency).map(({ id }) => id));
    const services = ticked(form, "service-").filter((id) => known.has(id));
    const done = await arrangeTeam(desk, { name: form["name"] ?? "", services });
    if (done.ok) return goTo(c, staffPaths.teams);
    return done.error.code === "staff-terms" ? sendTeams(c, desk, [flaws["team"]!]) : refused(c, done.error);
  });

  routes.get(staffPaths.past, async (c) => {
    const desk = await atDesk(c);
    if (desk instanceof Response) return desk;
    const day = c.req.query("day");
    const { lang } = c.var.visit;
    if (day === undefined) return sendPage(c, staffPastPage({ day: country.dayOf(clock.now()) }, lang, chromeOf(c)));
    const from = /^\d{4}-\d{2}-\d{2}$/.test(day) ? startOfDay(country, day) : undefined;
    if (!from || Number.isNaN(from.getTime())) {
      const text = both("請填日期，例如 2026-05-31。", "Give a day, for example 2026-05-31.");
      return sendPage(c, staffPastPage({ day, errors: [{ field: "day", text }] }, lang, chromeOf(c)), 422);
    }
    const held = await rolesHeld(identity, { agency: desk.agency, from, to: new Date(from.getTime() + dayMs) });
    const terms = held.map(({ name, role, from_at, until_at }) => ({ name, role, from: from_at, until: until_at }));
    return sendPage(c, staffPastPage({ day, terms }, lang, chromeOf(c)));
  });

  routes.post(`${staffPaths.all}/review`, async (c) => {
    const desk = await atDesk(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refused(c, { code: "form-tampered" });
    for (const field of Object.keys(form).filter((name) => name.startsWith("review-"))) {
      const seen = await staffMember(desk, field.slice("review-".length));
      const roles = (seen?.member.roles ?? []).filter(({ state }) => state === "in-force").map(({ role }) => role);
      if (!seen || roles.length === 0) continue;
      const done = await reviewRoles(desk, seen.member.id, roles);
      if (!done.ok) return refused(c, done.error);
    }
    return goTo(c, staffPaths.all);
  });

  routes.get(`${staffPaths.all}/:id`, async (c) => {
    const desk = await atDesk(c);
    return desk instanceof Response ? desk : sendMember(c, desk, []);
  });

  routes.post(`${staffPaths.all}/:id`, async (c) => {
    const desk = await atDesk(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refused(c, { code: "form-tampered" });
    const id = c.req.param("id");
    const [step = "", role = ""] = (form["step"] ?? "").split(":");
    const given = { role: form["role"] ?? "", until: untilOf(form["months"] ?? "") };
    const steps: Readonly<Record<string, () => Promise<{ readonly ok: boolean; readonly error?: Refusal }>>> = {
      agree: () => answerRole(desk, id, { role, agree: true }),
      decline: () => answerRole(desk, id, { role, agree: false }),
      review: () => reviewRoles(desk, id, [role]),
      end: () => endRole(desk, id, role),
      dismiss: () => dismissStaff(desk, id),
      give: () => giveRole(desk, id, given),
      teams: async () => setTeams(desk, id, await chosenTeams(desk, form)),
    };
    const take = Object.hasOwn(steps, step) ? steps[step] : undefined;
    if (!take) return refused(c, { code: "form-tampered" });
    const done = await take();
    if (done.ok) return goTo(c, step === "dismiss" ? staffPaths.all : `${staffPaths.all}/${id}`);
    const flaw = done.error?.code === "staff-terms" ? flaws[String(done.error.params?.["why"])] : undefined;
    return flaw
      ? sendMember(c, desk, [{ ...flaw, field: flaw.field === "role-0" ? "role" : flaw.field }])
      : refused(c, done.error!);
  });

  /** The manager or security officer on duty, or why there is none. */
  async function atDesk(c: C): Promise<At | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const desk = { identity, policies, session, operator: options.operator.agency };
    const may = await decideStaff(desk, "staff:open");
    if (!may.ok) return sendRefusal(context, c, may.error, { area: "desk" });
    return { ...desk, agency: session.officer!.agency };
  }

  function refused(c: C, refusal: Refusal): Response {
    const ways = [{ text: both("回到人員清單", "Back to the staff"), href: staffPaths.all }];
    return sendRefusal(context, c, refusal, { area: "desk", ways }) as Response;
  }

  function untilOf(months: string): Date {
    const now = clock.now();
    const until = new Date(now);
    if (!monthChoices.has(months)) return new Date(Number.NaN);
    until.setUTCMonth(until.getUTCMonth() + Number(months));
    return new Date(Math.min(until.getTime(), now.getTime() + longestRoleMs));
  }

  async function teamNames(desk: At): Promise<string[]> {
    return (await teamsOf(identity, desk.agency)).map(({ name }) => name);
  }

  async function chosenTeams(desk: At, form: Readonly<Record<string, string>>): Promise<string[]> {
    const wanted = ticked(form, "team-");
    return (await teamNames(desk)).filter((name) => wanted.includes(name));
  }

  function servicesAt(agency: string) {
    return country.services
      .filter(({ metadata }) => metadata.agency === agency)
      .map(({ id, metadata }) => ({ id, title: metadata.title }));
  }

  async function sendInvite(c: C, desk: At, form: InviteForm, errors: readonly FieldError[]) {
    const roles = await rolesToGive(desk, Object.keys(roleTitles));
    const view = { form, roles, teams: await teamNames(desk), errors };
    return sendPage(c, inviteStaffPage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  async function sendTeams(c: C, desk: At, errors: readonly FieldError[]) {
    const view = { teams: await teamsOf(identity, desk.agency), services: servicesAt(desk.agency), errors };
    return sendPage(c, teamsPage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  async function sendMember(c: C, desk: At, errors: readonly FieldError[]) {
    const seen = await staffMember(desk, c.req.param("id") ?? "");
    if (!seen) return refused(c, { code: "staff-unknown" });
    const roles = await rolesToGive(desk, Object.keys(roleTitles));
    const view = { ...seen, roles, teams: await teamNames(desk), now: clock.now(), errors };
    return sendPage(c, staffMemberPage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  return routes;
}

/** The values of the ticked boxes whose names begin so. */
function ticked(form: Readonly<Record<string, string>>, prefix: string): string[] {
  return Object.entries(form).flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : []));
}
