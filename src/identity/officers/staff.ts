import { isUuid, type Clock } from "#kernel";
import { openDatabase } from "#store";
import { dueBy, reviewEveryMs, roleAt, soonMs, type OfficeRole } from "./role.ts";
import { refusedPost, type PostAction, type StaffDesk } from "./may.ts";
import { loginStore } from "./federation/store.ts";
import { officeStore, type StepRow, type TermRow } from "./store.ts";
import { watchStore } from "./store-watch.ts";
import type { Identity } from "../identity.ts";

/** A member of an agency's staff, or one invited to be. */
export interface StaffMember {
  readonly id: string;
  /** The person's name, or until they accept what the manager wrote. */
  readonly name: string;
  readonly accepted: boolean;
  /** Until when the invitation may be accepted. */
  readonly invitedUntil?: Date;
  readonly teams: readonly string[];
  readonly roles: readonly OfficeRole[];
  /** When they were last found signed in from two networks at once. Which ones is theirs to know. */
  readonly twoNetworks?: Date;
}

/** Which of the staff a page shows. */
export interface StaffQuestion {
  readonly search?: string;
  readonly team?: string;
  /** Those for whom something has to be done: to review, running out, or waiting for a second manager. */
  readonly soon?: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** The staff of an agency, by name. */
export async function staffOf(
  identity: Pick<Identity, "database" | "clock">,
  agency: string,
  o: StaffQuestion,
): Promise<{ readonly members: StaffMember[]; readonly total: number }> {
  const at = identity.clock.now();
  const store = officeStore(identity.database);
  const rows = await store.staff({
    agency,
    search: o.search ? `%${o.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%` : null,
    team: o.team ?? null,
    soon: o.soon ?? false,
    at,
    soonUntil: new Date(at.getTime() + soonMs),
    reviewedBefore: new Date(at.getTime() - reviewEveryMs),
    limit: o.limit,
    offset: o.offset,
  });
  const roles = Map.groupBy(await store.roles(rows.map(({ id }) => id)), (row) => row.office_id);
  const members = rows.map((row): StaffMember => ({
    id: row.id,
    name: row.name,
    accepted: row.person_id !== null,
    ...(row.invited_until && { invitedUntil: row.invited_until }),
    teams: row.teams,
    roles: (roles.get(row.id) ?? []).map((one) => roleAt(one, row.person_id !== null, at)),
    ...(row.two_networks && { twoNetworks: row.two_networks }),
  }));
  return { members, total: rows[0]?.total ?? 0 };
}

/** One member of the manager's agency, with what happened and what the one who looks may do. */
export async function staffMember(
  desk: StaffDesk,
  id: string,
): Promise<
  | {
      readonly member: StaffMember;
      readonly steps: readonly StepRow[];
      /** What policies say of each role: whether the one who looks may review it, agree to it, end it. */
      readonly may: (action: PostAction, role: string) => boolean;
      /** Whether an account of the agency's own provider is bound. */
      readonly account: boolean;
    }
  | undefined
> {
  const { identity, session } = desk;
  const store = officeStore(identity.database);
  const office = isUuid(id) ? await store.office(id) : undefined;
  if (!office || office.ended_at || office.agency !== session.officer?.agency) return undefined;
  const at = identity.clock.now();
  const rows = await store.roles([id]);
  const steps = await store.steps(id);
  const person = office.person_id ?? undefined;
  const allowed = new Set<string>();
  for (const { role, asked_by } of [...rows, { role: "", asked_by: null }])
    for (const action of ["staff:ask", "staff:give", "staff:review", "staff:end"] as const) {
      const givers = asked_by === null ? [] : [asked_by];
      const refused = await refusedPost(desk, action, { office: id, agency: office.agency, role, person, givers });
      if (refused === undefined) allowed.add(`${action} ${role}`);
    }
  const seen = steps.findLast(({ what }) => what === "two-networks")?.at;
  return {
    member: {
      id,
      name: office.name,
      accepted: office.person_id !== null,
      ...(office.invited_until && { invitedUntil: office.invited_until }),
      teams: office.teams,
      roles: rows.map((row) => roleAt(row, office.person_id !== null, at)),
      ...(seen && { twoNetworks: seen }),
    },
    steps,
    may: (action, role) => allowed.has(`${action} ${role}`),
    account: await hasAccount(identity, id),
  };
}

/** The roles that the one at the desk may ask for, of those named. */
export async function rolesToGive(desk: StaffDesk, roles: readonly string[]): Promise<string[]> {
  const agency = desk.session.officer?.agency ?? "";
  const refused = await Promise.all(
    roles.map((role) => refusedPost(desk, "staff:ask", { office: "new", agency, role })),
  );
  return roles.filter((_, at) => refused[at] === undefined);
}

/** The agency's teams, with the services they look after. */
export function teamsOf(
  identity: Identity,
  agency: string,
): Promise<{ readonly name: string; readonly services: string[]; readonly members: number }[]> {
  return officeStore(identity.database).teams(agency);
}

/** The services that some teams of an agency look after; none when they are in no team. */
export function servicesOfTeams(identity: Identity, agency: string, teams: readonly string[]): Promise<string[]> {
  return teams.length === 0 ? Promise.resolve([]) : officeStore(identity.database).servicesOf(agency, teams);
}

/** Who held which role of an agency at some time between two instants, and from when until when. */
export function rolesHeld(
  identity: Identity,
  o: { readonly agency: string; readonly person?: string; readonly from: Date; readonly to: Date },
): Promise<TermRow[]> {
  return officeStore(identity.database).terms(o);
}

/** Whether an account of the agency's own provider signs in for this office. */
export async function hasAccount(identity: Identity, office: string): Promise<boolean> {
  return (await loginStore(identity.database).count(office)) > 0;
}

/** How many roles of an agency wait for its managers: to be reviewed, near their end, and for a second manager's word. */
export function staffDue(
  identity: Pick<Identity, "database" | "clock">,
  agency: string,
): Promise<{ readonly review: number; readonly ending: number; readonly asked: number }> {
  return watchStore(identity.database).dueOf({ agency, ...dueBy(identity.clock.now()) });
}

/**
 * Calls work with the staff kept in a portal's database, for its operator: without the portal's keys, so no number of anybody's
 * can be read or looked up. The portal may be running; it has brought the tables up to date.
 */
export async function staffAt<Answer>(
  databaseUrl: string,
  clock: Clock,
  work: (place: Pick<Identity, "database" | "clock">) => Promise<Answer>,
): Promise<Answer> {
  const database = openDatabase(databaseUrl, { max: 2 });
  try {
    return await work({ database, clock });
  } finally {
    await database.close();
  }
}
