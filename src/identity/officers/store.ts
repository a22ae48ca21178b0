import type { Sql } from "#store";

/** An office as stored: a person's place on an agency's staff, or an invitation to one. */
export interface OfficeRow {
  id: string;
  agency: string;
  /** Absent until the invitation is accepted. */
  person_id: string | null;
  /** The person's own name once known, else as the manager wrote it. */
  name: string;
  invited_index: Buffer | null;
  invited_number: Buffer | null;
  invited_until: Date | null;
  teams: string[];
  created_at: Date;
  ended_at: Date | null;
}

/** A role of an office as it stands. */
export interface RoleRow {
  office_id: string;
  role: string;
  held_until: Date | null;
  reviewed_at: Date | null;
  asked_until: Date | null;
  asked_by: string | null;
  asked_at: Date | null;
}

/** What may happen to an office or to a role of it. */
export type OfficeStepName =
  | "invited"
  | "accepted"
  | "declined"
  | "role-given"
  | "role-asked"
  | "role-confirmed"
  | "role-declined"
  | "role-ended"
  | "reviewed"
  | "suspended"
  | "review-due"
  | "ends-soon"
  | "withdrawn"
  | "teams-changed"
  | "account-bound"
  | "two-networks"
  | "dismissed";

/** One step. Nobody did what time or the site's operator did. */
export interface StepRow {
  id: string;
  office_id: string;
  role: string | null;
  what: OfficeStepName;
  by_person: string | null;
  by_name: string | null;
  at: Date;
}

/** A time in which a role was in force. */
export interface TermRow {
  office_id: string;
  agency: string;
  person_id: string;
  name: string;
  role: string;
  from_at: Date;
  until_at: Date;
}

/** An office with its roles that are in force, for the person whose it is. */
export interface DutyRow {
  office_id: string;
  agency: string;
  teams: string[];
  roles: string[];
}

/** All SQL about agencies' staff. */
export interface OfficeStore {
  put(row: {
    id: string;
    agency: string;
    person: string | null;
    name: string;
    index: Buffer | null;
    number: Buffer | null;
    codeHash: Buffer | null;
    until: Date | null;
    teams: readonly string[];
    at: Date;
  }): Promise<void>;
  office(id: string): Promise<OfficeRow | undefined>;
  /** Locked until the transaction ends. */
  lock(id: string): Promise<OfficeRow | undefined>;
  /** The office that a person has at an agency, locked until the transaction ends. */
  lockOf(person: string, agency: string): Promise<OfficeRow | undefined>;
  byCode(codeHash: Buffer): Promise<OfficeRow | undefined>;
  /** Invitations to whoever has this number. */
  invitedBy(index: Buffer, at: Date): Promise<OfficeRow[]>;
  /** From now on it is this person's; what only the invitation needed is forgotten. */
  accept(id: string, person: string): Promise<void>;
  end(id: string, at: Date): Promise<void>;
  setTeams(id: string, teams: readonly string[]): Promise<void>;
  roles(offices: readonly string[]): Promise<RoleRow[]>;
  putRole(row: RoleRow): Promise<void>;
  dropRole(office: string, role: string): Promise<void>;
  /** Ends the term of a role that runs, if one does, and begins another where `until` lies ahead. */
  setTerm(o: { id: string; office: string; role: string; at: Date; until: Date }): Promise<void>;
  putStep(step: Omit<StepRow, "by_name">): Promise<void>;
  steps(office: string): Promise<StepRow[]>;
  /** Who invited, asked for a role, or agreed to one. */
  givers(office: string): Promise<string[]>;
  /** The agency's staff and invitations by name; `soon`: those for whom something has to be done. */
  staff(o: {
    agency: string;
    search: string | null;
    team: string | null;
    soon: boolean;
    at: Date;
    soonUntil: Date;
    reviewedBefore: Date;
    limit: number;
    offset: number;
  }): Promise<(OfficeRow & { total: number; two_networks: Date | null })[]>;
  teams(agency: string): Promise<{ name: string; services: string[]; members: number }[]>;
  putTeam(agency: string, name: string, services: readonly string[]): Promise<void>;
  dropTeam(agency: string, name: string): Promise<void>;
  servicesOf(agency: string, teams: readonly string[]): Promise<string[]>;
  /** Where a person has roles in force. */
  duties(person: string, at: Date): Promise<DutyRow[]>;
  terms(o: { agency: string; person?: string; from: Date; to: Date }): Promise<TermRow[]>;
  chooseOffice(session: string, office: string | null): Promise<boolean>;
  /** Ends the sessions that are good for this office alone. */
  endSessionsOf(office: string, at: Date): Promise<void>;
  /** One at a time per agency, until the transaction ends. */
  lockAgency(agency: string): Promise<void>;
  /** Who holds a role at an agency now. */
  holdersOf(agency: string, role: string, at: Date): Promise<string[]>;
  /** Invitations by the site's operator to a role of an agency that are open. */
  operatorsInvitations(agency: string, role: string, at: Date): Promise<string[]>;
}

const columns = `f.id, f.agency, f.person_id, coalesce(p.name, f.name) as name, f.invited_index, f.invited_number,
  f.invited_until, f.teams, f.created_at, f.ended_at`;
const tables = "identity.office f left join identity.person p on p.id = f.person_id";

export function officeStore(sql: Sql): OfficeStore {
  const one = (condition: string, values: readonly unknown[]) =>
    sql.one<OfficeRow>(`select ${columns} from ${tables} where ${condition}`, [...values]);
  return {
    async put(row) {
      await sql.run(
        `insert into identity.office (id, agency, person_id, name, invited_index, invited_number, code_hash,
           invited_until, teams, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          row.id,
          row.agency,
          row.person,
          row.name,
          row.index,
          row.number,
          row.codeHash,
          row.until,
          [...row.teams],
          row.at,
        ],
      );
    },
    office: (id) => one("f.id = $1", [id]),
    lock: (id) => one("f.id = $1 for update of f", [id]),
    lockOf: (person, agency) =>
      one("f.person_id = $1 and f.agency = $2 and f.ended_at is null for update of f", [person, agency]),
    byCode: (codeHash) => one("f.code_hash = $1 and f.ended_at is null", [codeHash]),
    invitedBy: (index, at) =>
      sql.query<OfficeRow>(
        `select ${columns} from ${tables}
         where f.invited_index = $1 and f.person_id is null and f.ended_at is null and f.invited_until > $2
         order by f.created_at`,
        [index, at],
      ),
    async accept(id, person) {
      await sql.run(
        `update identity.office set person_id = $2, invited_index = null, invited_number = null, code_hash = null,
           invited_until = null where id = $1`,
        [id, person],
      );
    },
    async end(id, at) {
      await sql.run(
        `update identity.office set ended_at = $2, invited_index = null, invited_number = null, code_hash = null
         where id = $1`,
        [id, at],
      );
    },
    async setTeams(id, teams) {
      await sql.run("update identity.office set teams = $2 where id = $1", [id, [...teams]]);
    },
    roles: (offices) =>
      sql.query<RoleRow>(
        `select office_id, role, held_until, reviewed_at, asked_until, asked_by, asked_at from identity.office_role
         where office_id = any($1) order by role`,
        [[...offices]],
      ),
    async putRole(row) {
      await sql.run(
        `insert into identity.office_role (office_id, role, held_until, reviewed_at, asked_until, asked_by, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (office_id, role) do update set held_until = $3, reviewed_at = $4, asked_until = $5, asked_by = $6,
           asked_at = $7, told_suspended = false, told_review = false, told_end = false`,
        [row.office_id, row.role, row.held_until, row.reviewed_at, row.asked_until, row.asked_by, row.asked_at],
      );
    },
    async dropRole(office, role) {
      await sql.run("delete from identity.office_role where office_id = $1 and role = $2", [office, role]);
    },
    async setTerm({ id, office, role, at, until }) {
      await sql.run(
        `update identity.office_term set until_at = greatest($3, from_at)
         where office_id = $1 and role = $2 and until_at > $3`,
        [office, role, at],
      );
      if (until > at)
        await sql.run(
          "insert into identity.office_term (id, office_id, role, from_at, until_at) values ($1, $2, $3, $4, $5)",
          [id, office, role, at, until],
        );
    },
    async putStep(step) {
      await sql.run(
        "insert into identity.office_step (id, office_id, role, what, by_person, at) values ($1, $2, $3, $4, $5, $6)",
        [step.id, step.office_id, step.role, step.what, step.by_person, step.at],
      );
    },
    steps: (office) =>
      sql.query<StepRow>(
        `select s.id, s.office_id, s.role, s.what, s.by_person, p.name as by_name, s.at from identity.office_step s
         left join identity.person p on p.id = s.by_person where s.office_id = $1 order by s.position`,
        [office],
      ),
    async givers(office) {
      const rows = await sql.query<{ id: string }>(
        `select distinct by_person as id from identity.office_step where office_id = $1 and by_person is not null
           and what in ('invited', 'role-given', 'role-asked', 'role-confirmed')`,
        [office],
      );
      return rows.map(({ id }) => id);
    },
    staff: (o) =>
      sql.query(
        `select ${columns}, (count(*) over ())::int as total,
           (select max(s.at) from identity.office_step s
             where s.office_id = f.id and s.what = 'two-networks') as two_networks
         from ${tables}
         where f.agency = $1 and f.ended_at is null and ($2::text is null or coalesce(p.name, f.name) ilike $2)
           and ($3::text is null or $3 = any(f.teams))
           and (not $4::boolean or exists (select 1 from identity.office_role r where r.office_id = f.id
             and (r.asked_at is not null or r.held_until < $5 or r.reviewed_at < $6)))
         order by coalesce(p.name, f.name), f.id limit $7 offset $8`,
        [o.agency, o.search, o.team, o.soon, o.soonUntil, o.reviewedBefore, o.limit, o.offset],
      ),
    teams: (agency) =>
      sql.query(
        `select t.name, t.services, (select count(*)::int from identity.office f
           where f.agency = t.agency and f.ended_at is null and t.name = any(f.teams)) as members
         from identity.office_team t where t.agency = $1 order by t.name`,
        [agency],
      ),
    async putTeam(agency, name, services) {
      await sql.run(
        `insert into identity.office_team (agency, name, services) values ($1, $2, $3)
         on conflict (agency, name) do update set services = $3`,
        [agency, name, [...services]],
      );
    },
    async dropTeam(agency, name) {
      await sql.run("delete from identity.office_team where agency = $1 and name = $2", [agency, name]);
      await sql.run(
        "update identity.office set teams = array_remove(teams, $2) where agency = $1 and $2 = any(teams)",
        [agency, name],
      );
    },
    async servicesOf(agency, teams) {
      const rows = await sql.query<{ service: string }>(
        "select distinct unnest(services) as service from identity.office_team where agency = $1 and name = any($2)",
        [agency, [...teams]],
      );
      return rows.map(({ service }) => service);
    },
    duties: (person, at) =>
      sql.query<DutyRow>(
        `select f.id as office_id, f.agency, f.teams, array_agg(t.role order by t.role) as roles from identity.office f
         join identity.office_term t on t.office_id = f.id and t.from_at <= $2 and t.until_at > $2
         where f.person_id = $1 and f.ended_at is null group by f.id order by f.agency`,
        [person, at],
      ),
    terms: ({ agency, person, from, to }) =>
      sql.query<TermRow>(
        `select t.office_id, f.agency, f.person_id, p.name, t.role, t.from_at, t.until_at
         from identity.office_term t join identity.office f on f.id = t.office_id
         join identity.person p on p.id = f.person_id
         where f.agency = $1 and ($2::uuid is null or f.person_id = $2) and t.from_at < $4 and t.until_at > $3
           and t.from_at < t.until_at
         order by p.name, t.role, t.from_at`,
        [agency, person ?? null, from, to],
      ),
    chooseOffice: async (session, office) =>
      (await sql.run(
        "update identity.session set office_id = $2 where id = $1 and ended_at is null and not office_only",
        [session, office],
      )) === 1,
    async endSessionsOf(office, at) {
      await sql.run(
        `update identity.session set ended_at = $2, signing_certificate_enc = null
         where office_id = $1 and office_only and ended_at is null`,
        [office, at],
      );
    },
    async lockAgency(agency) {
      await sql.run("select pg_advisory_xact_lock(hashtextextended('identity.office ' || $1, 0))", [agency]);
    },
    async holdersOf(agency, role, at) {
      const rows = await sql.query<{ person_id: string }>(
        `select distinct f.person_id from identity.office f join identity.office_term t on t.office_id = f.id
         where f.agency = $1 and f.ended_at is null and f.person_id is not null and t.role = $2
           and t.from_at <= $3 and t.until_at > $3`,
        [agency, role, at],
      );
      return rows.map(({ person_id }) => person_id);
    },
    async operatorsInvitations(agency, role, at) {
      const rows = await sql.query<{ id: string }>(
        `select f.id from identity.office f join identity.office_role r on r.office_id = f.id and r.role = $2
         where f.agency = $1 and f.ended_at is null and f.person_id is null and f.invited_until > $3
           and not exists (select 1 from identity.office_step s where s.office_id = f.id and s.by_person is not null)
         for update of f`,
        [agency, role, at],
      );
      return rows.map(({ id }) => id);
    },
  };
}
