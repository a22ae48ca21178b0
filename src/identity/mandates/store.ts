import type { MandateChanged } from "#ledger";
import type { Sql } from "#store";
import type { MandateKind, MandateSource, PersonStatus } from "../contract.ts";

/** What may happen to a given mandate; the log has a word for each. */
export type MandateStepName = Exclude<MandateChanged["change"], "taken-up" | "laid-down">;

/** A given mandate as stored, with the names a page needs. */
export interface MandateRow {
  id: string;
  kind: "attorney" | "employee" | "intermediary";
  principal_id: string;
  principal: string;
  principal_status: PersonStatus;
  given_by: string;
  giver: string;
  representative_index: Buffer;
  representative_name: string;
  representative_id: string | null;
  scopes: string[];
  valid_from: Date;
  valid_to: Date;
  confirm_by: Date | null;
  status: "proposed" | "active" | "declined" | "suspended" | "revoked";
  signature: string;
  proposed_at: Date;
}

/** One step of a mandate. */
export interface StepRow {
  id: string;
  mandate_id: string;
  what: MandateStepName;
  by_person: string;
  by_name: string;
  at: Date;
}

/** A time in which somebody acted for somebody. */
export interface ActingRow {
  id: string;
  representative_id: string;
  representative: string;
  kind: MandateKind;
  mandate_id: string | null;
  source: MandateSource;
  scopes: string[];
  valid_to: Date;
  from_at: Date;
  until_at: Date | null;
}

/** All SQL about mandates that people give, and about who acted for whom. */
export interface MandateStore {
  put(
    row: Omit<MandateRow, "principal" | "principal_status" | "giver" | "representative_id" | "confirm_by" | "status">,
  ): Promise<void>;
  /** Locked until the transaction ends. */
  lock(id: string): Promise<MandateRow | undefined>;
  mandate(id: string): Promise<MandateRow | undefined>;
  set(id: string, change: { status: MandateRow["status"]; representative?: string; confirmBy?: Date }): Promise<void>;
  putStep(step: Omit<StepRow, "by_name">): Promise<void>;
  stepsOf(mandates: readonly string[]): Promise<StepRow[]>;
  /** Those in whose name, newest first. */
  givenFor(principal: string, limit: number): Promise<MandateRow[]>;
  /** Those given to whoever has this number, newest first. */
  givenTo(index: Buffer, limit: number): Promise<MandateRow[]>;
  /** Those somebody accepted and that were not ended since. */
  acceptedBy(representative: string): Promise<MandateRow[]>;
  /** Those in whose name, whatever became of them. */
  inNameOf(principal: string): Promise<MandateRow[]>;
  /** How many wait for an answer that this person gave. */
  waiting(giver: string): Promise<number>;
  /** How a person is found and named in a session: the keyed hash of their number. */
  indexOf(person: string): Promise<Buffer | undefined>;
  /** Nobody acts under it any more. Answers in how many sessions somebody did. */
  stopActing(mandate: string, at: Date): Promise<number>;
  actingIn(principal: string, from: Date, to: Date): Promise<ActingRow[]>;
}

const columns = `m.*, p.name as principal, p.status as principal_status, g.name as giver`;
const tables = `identity.mandate m join identity.person p on p.id = m.principal_id join identity.person g on g.id = m.given_by`;

export function mandateStore(sql: Sql): MandateStore {
  const where = (condition: string, values: readonly unknown[]): Promise<MandateRow[]> =>
    sql.query<MandateRow>(`select ${columns} from ${tables} where ${condition}`, [...values]);
  return {
    async put(row) {
      await sql.run(
        `insert into identity.mandate (id, kind, principal_id, given_by, representative_index, representative_name,
           scopes, valid_from, valid_to, status, signature, proposed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10, $11)`,
        [
          row.id,
          row.kind,
          row.principal_id,
          row.given_by,
          row.representative_index,
          row.representative_name,
          row.scopes,
          row.valid_from,
          row.valid_to,
          row.signature,
          row.proposed_at,
        ],
      );
    },
    lock: async (id) => (await where("m.id = $1 for update of m", [id]))[0],
    mandate: async (id) => (await where("m.id = $1", [id]))[0],
    async set(id, { status, representative, confirmBy }) {
      await sql.run(
        `update identity.mandate set status = $2, representative_id = coalesce($3, representative_id),
           confirm_by = coalesce($4, confirm_by) where id = $1`,
        [id, status, representative ?? null, confirmBy ?? null],
      );
    },
    async putStep(step) {
      await sql.run(
        "insert into identity.mandate_step (id, mandate_id, what, by_person, at) values ($1, $2, $3, $4, $5)",
        [step.id, step.mandate_id, step.what, step.by_person, step.at],
      );
    },
    stepsOf: (mandates) =>
      sql.query<StepRow>(
        `select s.*, p.name as by_name from identity.mandate_step s join identity.person p on p.id = s.by_person
         where s.mandate_id = any($1) order by s.position`,
        [[...mandates]],
      ),
    givenFor: (principal, limit) =>
      where("m.principal_id = $1 order by m.proposed_at desc, m.id desc limit $2", [principal, limit]),
    givenTo: (index, limit) =>
      where("m.representative_index = $1 order by m.proposed_at desc, m.id desc limit $2", [index, limit]),
    acceptedBy: (representative) =>
      where(
        `m.representative_id = $1 and m.status = 'active'
           and m.representative_index = (select national_id_bidx from identity.person where id = $1)
         order by m.proposed_at desc, m.id desc`,
        [representative],
      ),
    inNameOf: (principal) => where("m.principal_id = $1 order by m.proposed_at desc", [principal]),
    async waiting(giver) {
      const row = await sql.one<{ count: number }>(
        "select count(*)::int as count from identity.mandate where given_by = $1 and status = 'proposed'",
        [giver],
      );
      return row!.count;
    },
    async indexOf(person) {
      const row = await sql.one<{ index: Buffer }>(
        "select national_id_bidx as index from identity.person where id = $1",
        [person],
      );
      return row?.index;
    },
    async stopActing(mandate, at) {
      await sql.run("update identity.acting set until_at = $2 where mandate_id = $1 and until_at is null", [
        mandate,
        at,
      ]);
      return sql.run(
        `update identity.session set acting_person_id = null, acting = null
         where acting->>'mandate' = $1 and ended_at is null`,
        [mandate],
      );
    },
    actingIn: (principal, from, to) =>
      sql.query<ActingRow>(
        `select a.*, r.name as representative from identity.acting a join identity.person r on r.id = a.representative_id
         where a.principal_id = $1 and a.from_at < $3 and least(coalesce(a.until_at, a.valid_to), a.valid_to) > $2
         order by a.from_at`,
        [principal, from, to],
      ),
  };
}
