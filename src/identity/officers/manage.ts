import { err, isUuid, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Sql } from "#store";
import { tokenHash } from "../keys.ts";
import { homeIdentity, normaliseIdentity } from "../person.ts";
import { refuse } from "../problems.ts";
import { invitationLifeMs, newCode, writtenCode } from "./first-managers.ts";
import { decidePost, decideStaff, refusedPost, type StaffDesk } from "./may.ts";
import { loginStore } from "./federation/store.ts";
import { note } from "./note.ts";
import { inForceUntil, longestRoleMs, roleAt } from "./role.ts";
import { officeStore, type OfficeRow, type OfficeStepName, type RoleRow } from "./store.ts";

/** Who is to be invited. */
export interface StaffWish {
  readonly name: string;
  /** Their national number; without it the code alone names them. */
  readonly nationalId?: string;
  readonly roles: readonly string[];
  /** When the roles end; a year from now at most. */
  readonly until: Date;
  readonly teams: readonly string[];
}

/** What is wrong with a wish, as `params.why` of `staff-terms`. */
export type StaffFlaw = "name" | "roles" | "until" | "team";

/**
 * Invites somebody to the staff of the manager's agency. Nothing in the answer, in its time or in what is kept tells whether
 * the number is known here. Roles that take two managers wait for the second.
 * @returns the code by which the invited person may accept; it is shown once
 */
export async function inviteStaff(
  desk: StaffDesk,
  wish: StaffWish,
): Promise<Result<{ readonly office: string; readonly code: string }, Refusal>> {
  const { identity, session } = desk;
  const agency = session.officer?.agency ?? "";
  const at = identity.clock.now();
  const name = wish.name.trim();
  const roles = [...new Set(wish.roles)];
  const why = flawOf({ ...wish, name, roles }, at);
  if (why) return err(refuse("staff-terms", undefined, { why }));
  const number = wish.nationalId?.trim() ? normaliseIdentity(homeIdentity(identity, wish.nationalId)) : undefined;
  const index = number === undefined ? null : identity.keys.blindIndex(number);
  const office = uuidV7(at);
  // Asked for in any case, so that the time says nothing about the number.
  const self = await ownIndex(desk);
  const person = index && self?.equals(index) ? session.person.id : undefined;
  const rows: RoleRow[] = [];
  for (const role of roles) {
    const row = await giveOrAsk(desk, { office, agency, role, person }, undefined, wish.until);
    if (!row.ok) return row;
    rows.push(row.value);
  }
  const code = newCode();
  await identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    await store.put({
      id: office,
      agency,
      person: null,
      name,
      index,
      number: number === undefined ? null : identity.keys.seal(number, office),
      codeHash: tokenHash(code),
      until: new Date(at.getTime() + invitationLifeMs),
      teams: wish.teams,
      at,
    });
    for (const row of rows) await store.putRole(row);
    await note(identity, tx, {
      office,
      change: "changed",
      steps: [{ what: "invited" }, ...rows.map(stepOf)],
      by: session,
    });
  });
  return ok({ office, code: writtenCode(code) });
}

/** Gives a role to somebody of the agency's staff, or a later end; where policies want two managers, asks for it. */
export async function giveRole(
  desk: StaffDesk,
  officeId: string,
  wish: { readonly role: string; readonly until: Date },
): Promise<Result<{ readonly state: "given" | "asked" }, Refusal>> {
  const at = desk.identity.clock.now();
  const why = flawOf({ name: "x", roles: [wish.role], until: wish.until, teams: [] }, at);
  if (why) return err(refuse("staff-terms", undefined, { why }));
  return change(desk, officeId, async (office, roles) => {
    const before = roles.find(({ role }) => role === wish.role);
    const row = await giveOrAsk(desk, { ...postOf(office), role: wish.role }, before, wish.until);
    if (!row.ok) return row;
    return ok({
      rows: [row.value],
      steps: [stepOf(row.value)],
      answer: { state: row.value.asked_at ? "asked" : "given" },
    });
  });
}

/** The second manager's word: agrees to a role that waits, or not. */
export function answerRole(
  desk: StaffDesk,
  officeId: string,
  wish: { readonly role: string; readonly agree: boolean },
): Promise<Result<{ readonly state: "given" | "declined" }, Refusal>> {
  const at = desk.identity.clock.now();
  return change(desk, officeId, async (office, roles) => {
    const before = roles.find(({ role }) => role === wish.role);
    if (!before?.asked_until || !before.asked_by) return err(refuse("staff-wrong-state"));
    const post = { ...postOf(office), role: wish.role };
    const may = wish.agree
      ? await decidePost(desk, "staff:give", { ...post, givers: [before.asked_by] })
      : await decidePost(desk, "staff:end", post);
    if (!may.ok) return may;
    if (wish.agree && before.asked_until <= at) return err(refuse("staff-terms", undefined, { why: "until" }));
    const held = wish.agree
      ? { held_until: before.asked_until, reviewed_at: at }
      : { held_until: before.held_until, reviewed_at: before.reviewed_at };
    const row = { ...before, ...held, asked_until: null, asked_by: null, asked_at: null };
    const what: OfficeStepName = wish.agree ? "role-confirmed" : "role-declined";
    return ok({
      rows: row.held_until ? [row] : [],
      gone: row.held_until ? [] : [wish.role],
      steps: [{ what, role: wish.role }],
      answer: { state: wish.agree ? "given" : "declined" },
    });
  });
}

/** Takes a role away, from now on, in sessions under way too. */
export function endRole(
  desk: StaffDesk,
  officeId: string,
  role: string,
): Promise<Result<{ readonly ended: string }, Refusal>> {
  return change(desk, officeId, async (office, roles) => {
    if (!roles.some((row) => row.role === role)) return err(refuse("staff-wrong-state"));
    const may = await decidePost(desk, "staff:end", { ...postOf(office), role });
    if (!may.ok) return may;
    return ok({ rows: [], gone: [role], steps: [{ what: "role-ended", role }], answer: { ended: role } });
  });
}

/** Says of roles that they are still needed. Those in force only: what was suspended is given again. */
export function reviewRoles(
  desk: StaffDesk,
  officeId: string,
  wanted: readonly string[],
): Promise<Result<{ readonly reviewed: readonly string[] }, Refusal>> {
  const at = desk.identity.clock.now();
  return change(desk, officeId, async (office, roles) => {
    const rows = roles.filter((row) => {
      const { state } = roleAt(row, true, at);
      return wanted.includes(row.role) && state === "in-force";
    });
    if (rows.length === 0) return err(refuse("staff-wrong-state"));
    for (const { role } of rows) {
      const may = await decidePost(desk, "staff:review", { ...postOf(office), role });
      if (!may.ok) return may;
    }
    const reviewed = rows.map(({ role }) => role);
    return ok({
      rows: rows.map((row) => ({ ...row, reviewed_at: at })),
      steps: reviewed.map((role) => ({ what: "reviewed" as const, role })),
      answer: { reviewed },
    });
  });
}

/** Takes the office away: all roles, the account at the agency's provider, the sessions opened by it. */
export function dismissStaff(
  desk: StaffDesk,
  officeId: string,
): Promise<Result<{ readonly dismissed: string }, Refusal>> {
  return change(desk, officeId, async (office, roles) => {
    const may = await decidePost(desk, "staff:end", { ...postOf(office), role: "" });
    if (!may.ok) return may;
    const gone = roles.map(({ role }) => role);
    const answer = { dismissed: officeId };
    return ok({ rows: [], gone, steps: [{ what: "dismissed" as const }], answer, dismiss: true });
  });
}

/** Puts a member of the staff into teams of the agency. */
export function setTeams(
  desk: StaffDesk,
  officeId: string,
  teams: readonly string[],
): Promise<Result<{ readonly teams: readonly string[] }, Refusal>> {
  return change(desk, officeId, async () => {
    const may = await decideStaff(desk, "staff:arrange");
    if (!may.ok) return may;
    return ok({ rows: [], teams, steps: [{ what: "teams-changed" as const }], answer: { teams } });
  });
}

/** Makes a team of the agency or gives one other services; with none it is taken away. */
export async function arrangeTeam(
  desk: StaffDesk,
  team: { readonly name: string; readonly services: readonly string[] },
): Promise<Result<{ readonly name: string }, Refusal>> {
  const name = team.name.trim();
  if (name.length === 0 || name.length > 60) return err(refuse("staff-terms", undefined, { why: "team" }));
  const may = await decideStaff(desk, "staff:arrange");
  if (!may.ok) return may;
  const agency = desk.session.officer!.agency;
  await desk.identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    if (team.services.length > 0) await store.putTeam(agency, name, team.services);
    else await store.dropTeam(agency, name);
  });
  return ok({ name });
}

interface Changed<Answer> {
  readonly rows: readonly RoleRow[];
  readonly gone?: readonly string[];
  readonly teams?: readonly string[];
  readonly dismiss?: boolean;
  readonly steps: readonly { readonly what: OfficeStepName; readonly role?: string }[];
  readonly answer: Answer;
}

/** Decides outside of a transaction, since a decision is kept even where nothing changes; writes if nothing moved meanwhile. */
async function change<Answer>(
  desk: StaffDesk,
  officeId: string,
  decide: (office: OfficeRow, roles: readonly RoleRow[]) => Promise<Result<Changed<Answer>, Refusal>>,
): Promise<Result<Answer, Refusal>> {
  const { identity, session } = desk;
  const at = identity.clock.now();
  const read = async (sql: Sql, lock: boolean) => {
    const store = officeStore(sql);
    const office = isUuid(officeId) ? await (lock ? store.lock(officeId) : store.office(officeId)) : undefined;
    if (!office || office.ended_at || office.agency !== session.officer?.agency) return undefined;
    return { office, roles: await store.roles([officeId]) };
  };
  const before = await read(identity.database, false);
  if (!before) return err(refuse("staff-unknown"));
  const decided = await decide(before.office, before.roles);
  if (!decided.ok) return decided;
  const { rows, gone = [], teams, dismiss, steps, answer } = decided.value;
  return identity.database.transaction(async (tx) => {
    const now = await read(tx, true);
    if (JSON.stringify(now) !== JSON.stringify(before)) return err(refuse("staff-wrong-state"));
    const store = officeStore(tx);
    for (const role of gone) {
      await store.setTerm({ id: uuidV7(at), office: officeId, role, at, until: at });
      await store.dropRole(officeId, role);
    }
    for (const row of rows) {
      await store.putRole(row);
      if (before.office.person_id !== null && row.held_until && row.reviewed_at && !row.asked_at)
        await store.setTerm({
          id: uuidV7(at),
          office: officeId,
          role: row.role,
          at,
          until: inForceUntil(row.held_until, row.reviewed_at),
        });
    }
    if (teams) await store.setTeams(officeId, teams);
    if (dismiss) {
      await store.end(officeId, at);
      await loginStore(tx).drop(officeId);
      await store.endSessionsOf(officeId, at);
    }
    await note(identity, tx, { office: officeId, change: dismiss ? "dismissed" : "changed", steps, by: session });
    return ok(answer);
  });
}

/** In force at once where policies let one manager give it; else asked for, which leaves what is held as it is. */
async function giveOrAsk(
  desk: StaffDesk,
  post: {
    readonly office: string;
    readonly agency: string;
    readonly role: string;
    readonly person?: string | undefined;
  },
  before: RoleRow | undefined,
  until: Date,
): Promise<Result<RoleRow, Refusal>> {
  const at = desk.identity.clock.now();
  const asked = await decidePost(desk, "staff:ask", post);
  if (!asked.ok) return asked;
  const refused = await refusedPost(desk, "staff:give", post);
  const base = { office_id: post.office, role: post.role };
  if (refused === "second-manager-needed")
    return ok({
      ...base,
      held_until: before?.held_until ?? null,
      reviewed_at: before?.reviewed_at ?? null,
      asked_until: until,
      asked_by: desk.session.person.id,
      asked_at: at,
    });
  const given = await decidePost(desk, "staff:give", post);
  if (!given.ok) return given;
  return ok({ ...base, held_until: until, reviewed_at: at, asked_until: null, asked_by: null, asked_at: null });
}

function stepOf(row: RoleRow): { readonly what: OfficeStepName; readonly role: string } {
  return { what: row.asked_at ? "role-asked" : "role-given", role: row.role };
}

function postOf(office: OfficeRow) {
  return { office: office.id, agency: office.agency, person: office.person_id ?? undefined };
}

/** The keyed hash of the manager's own number. */
async function ownIndex({ identity, session }: StaffDesk): Promise<Buffer | undefined> {
  const row = await identity.store.person(session.person.id);
  return row && identity.keys.blindIndex(identity.keys.open(row.national_id_enc, row.id));
}

function flawOf(wish: Omit<StaffWish, "nationalId">, at: Date): StaffFlaw | undefined {
  if (wish.name.length === 0 || wish.name.length > 100) return "name";
  const sound = (role: string) => /^[a-z][a-z0-9-]{0,39}$/.test(role);
  if (wish.roles.length === 0 || wish.roles.length > 20 || !wish.roles.every(sound)) return "roles";
  const length = wish.until.getTime() - at.getTime();
  return length > 0 && length <= longestRoleMs ? undefined : "until";
}
