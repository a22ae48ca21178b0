/** The SQL of entitlements, instructions and their events (schema `payments`); files, reports and owner checks: store-*.ts. */
import type { Sql } from "#store";
import type { Account, ChequeAddress, Payer, Purpose } from "./contract.ts";
import { accountOf, edges, type State } from "./states.ts";

export interface Entitlement {
  readonly id: string;
  readonly caseRef: string;
  readonly programme: string;
  readonly payeeName: string;
  readonly account: Account;
  readonly amount: bigint;
  readonly currency: string;
  readonly purpose: Purpose;
  readonly decisionHash: string;
  readonly factsHash: string;
  readonly approvedBy: string;
  readonly grantedAt: Date;
}

export interface Instruction<In extends State = State> {
  /** The EndToEndId. */
  readonly id: string;
  readonly entitlement: string;
  readonly attempt: number;
  readonly uetr: string;
  readonly payeeName: string;
  readonly account: Account;
  readonly amount: bigint;
  /** Who approved this attempt first: the caseworker, or who renewed the account. */
  readonly approvedBy: string;
  readonly state: In;
  readonly file: string | null;
  /** Given when it is paid by cheque; `account` is then the payer's. */
  readonly cheque?: ChequeAddress | null;
}

export interface EventRow {
  readonly seq: number;
  readonly event: string;
  readonly from: State;
  readonly to: State;
  readonly at: Date;
  readonly by: string;
  readonly detail: Readonly<Record<string, string>>;
}

const entitlementColumns = `id, case_ref as "caseRef", programme, payee_name as "payeeName",
  json_build_object('institution', institution, 'number', account) as account, amount, currency,
  json_build_object('code', purpose_code, 'text', purpose_text) as purpose,
  decision_hash as "decisionHash", facts_hash as "factsHash", approved_by as "approvedBy", granted_at as "grantedAt"`;

export const instructionColumns: string = `id, entitlement, attempt, uetr, payee_name as "payeeName",
  json_build_object('institution', institution, 'number', account) as account, amount, approved_by as "approvedBy", state, file, cheque`;

/** Makes the graph of states.ts known to the database, which checks and books events by it. Edges of the past stay. */
export async function saveEdges(sql: Sql): Promise<void> {
  await sql.run(
    `insert into payments.edge (from_state, event, to_state, from_account, to_account)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     on conflict (from_state, event, to_state)
     do update set from_account = excluded.from_account, to_account = excluded.to_account`,
    [
      edges.map((edge) => edge.from),
      edges.map((edge) => edge.event),
      edges.map((edge) => edge.to),
      edges.map((edge) => accountOf[edge.from]),
      edges.map((edge) => accountOf[edge.to]),
    ],
  );
}

/** Answers false, and stores nothing, when the id or the case and decision are there already. */
export async function insertEntitlement(tx: Sql, row: Entitlement): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.entitlement (id, case_ref, payee_name, institution, account, amount, currency,
       purpose_code, purpose_text, decision_hash, facts_hash, approved_by, granted_at, programme)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`,
    [
      row.id,
      row.caseRef,
      row.payeeName,
      row.account.institution,
      row.account.number,
      row.amount,
      row.currency,
      row.purpose.code,
      row.purpose.text,
      row.decisionHash,
      row.factsHash,
      row.approvedBy,
      row.grantedAt,
      row.programme,
    ],
  );
  return inserted === 1;
}

/** Entitlements are named by UUIDs in their one canonical spelling. */
export function isEntitlementId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

export async function entitlementById(sql: Sql, id: string): Promise<Entitlement | undefined> {
  if (!isEntitlementId(id)) return undefined;
  return sql.one(`select ${entitlementColumns} from payments.entitlement where id = $1`, [id]);
}

export function entitlementOfDecision(
  sql: Sql,
  caseRef: string,
  decisionHash: string,
): Promise<Entitlement | undefined> {
  return sql.one(`select ${entitlementColumns} from payments.entitlement where case_ref = $1 and decision_hash = $2`, [
    caseRef,
    decisionHash,
  ]);
}

export function latestEntitlement(sql: Sql, caseRef: string): Promise<Entitlement | undefined> {
  return sql.one(
    `select ${entitlementColumns} from payments.entitlement where case_ref = $1 order by granted_at desc, id desc limit 1`,
    [caseRef],
  );
}

export async function insertInstruction(tx: Sql, row: Instruction<"none">): Promise<void> {
  await tx.run(
    `insert into payments.instruction (id, entitlement, attempt, uetr, payee_name, institution, account, amount, approved_by, cheque)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      row.id,
      row.entitlement,
      row.attempt,
      row.uetr,
      row.payeeName,
      row.account.institution,
      row.account.number,
      row.amount,
      row.approvedBy,
      row.cheque ? JSON.stringify(row.cheque) : null,
    ],
  );
}

/** The newest attempt of an entitlement, locked until the transaction ends. */
export function lockLatestInstruction(tx: Sql, entitlement: string): Promise<Instruction | undefined> {
  return tx.one(
    `select ${instructionColumns} from payments.instruction where entitlement = $1 order by attempt desc limit 1 for update`,
    [entitlement],
  );
}

export function lockInstruction(tx: Sql, id: string): Promise<Instruction | undefined> {
  return tx.one(`select ${instructionColumns} from payments.instruction where id = $1 for update`, [id]);
}

export function instructionsOf(sql: Sql, entitlement: string): Promise<Instruction[]> {
  return sql.query(
    `select ${instructionColumns} from payments.instruction where entitlement = $1 order by attempt desc`,
    [entitlement],
  );
}

export function instructionsInState(sql: Sql, state: State, limit: number): Promise<Instruction[]> {
  return sql.query(`select ${instructionColumns} from payments.instruction where state = $1 order by id limit $2`, [
    state,
    limit,
  ]);
}

/**
 * Released payments of the same payer and the same way, account or cheque, as the oldest of them, oldest first, locked; those that another
 * process holds are passed over.
 */
export function lockApprovedOfOnePayer(tx: Sql, limit: number): Promise<(Instruction<"approved"> & Paying)[]> {
  return tx.query(
    `select i.id, i.entitlement, i.attempt, i.uetr, i.payee_name as "payeeName",
            json_build_object('institution', i.institution, 'number', i.account) as account, i.amount,
            i.approved_by as "approvedBy", i.state, i.file, i.cheque, p.payer
       from payments.instruction i
       join payments.entitlement t on t.id = i.entitlement
       join payments.programme p on p.id = t.programme
      where i.state = 'approved' and p.payer is not distinct from (
        select p2.payer from payments.instruction i2
          join payments.entitlement t2 on t2.id = i2.entitlement
          join payments.programme p2 on p2.id = t2.programme
         where i2.state = 'approved' order by i2.id limit 1)
        and (i.cheque is null) = (
        select i3.cheque is null from payments.instruction i3 where i3.state = 'approved' order by i3.id limit 1)
      order by i.id limit $1 for update of i skip locked`,
    [limit],
  );
}

/** Whose account a line is paid from; `null`: the house's own payer. */
export interface Paying {
  readonly payer: Payer | null;
}

/** All lines of a file, locked in one order so that two reports cannot wait for each other. */
export function lockInstructionsOfFile(tx: Sql, file: string): Promise<Instruction[]> {
  return tx.query(`select ${instructionColumns} from payments.instruction where file = $1 order by id for update`, [
    file,
  ]);
}

/** The purpose of each line of a file. */
export async function purposesOfFile(sql: Sql, file: string): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; purpose: string }>(
    `select i.id, t.purpose_code as purpose from payments.instruction i
       join payments.entitlement t on t.id = i.entitlement where i.file = $1`,
    [file],
  );
  return new Map(rows.map(({ id, purpose }) => [id, purpose]));
}

/** Instructions whose last event is older than `before`. */
export function lockStale<In extends State>(
  tx: Sql,
  state: In,
  before: Date,
  limit: number,
): Promise<Instruction<In>[]> {
  return tx.query(
    `select ${instructionColumns} from payments.instruction i
      where state = $1
        and (select max(at) from payments.instruction_event e where e.instruction = i.id) < $2
      order by id limit $3 for update skip locked`,
    [state, before, limit],
  );
}

/** The database checks that the instruction stands in `from` and that the graph has this edge. */
export async function insertEvent(tx: Sql, instruction: string, row: Omit<EventRow, "seq">): Promise<void> {
  await tx.run(
    `insert into payments.instruction_event (instruction, seq, from_state, event, to_state, at, by, detail)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6, $7
       from payments.instruction_event where instruction = $1`,
    [instruction, row.from, row.event, row.to, row.at, row.by, JSON.stringify(row.detail)],
  );
}

/** One event of many: `place` counts the events of its instruction within the list, from 1. */
export interface Step {
  readonly instruction: string;
  readonly place: number;
  readonly from: State;
  readonly event: string;
  readonly to: State;
  readonly by: string;
  readonly detail: EventRow["detail"];
}

/** Many events in one statement, which checks, moves and books them together. */
export async function insertEvents(tx: Sql, steps: readonly Step[], at: Date): Promise<void> {
  const kinds = new Numbered();
  const details = new Numbered();
  await tx.run(
    `insert into payments.instruction_event (instruction, seq, from_state, event, to_state, at, by, detail)
     select s.instruction, s.place + (select coalesce(max(e.seq), 0) from payments.instruction_event e where e.instruction = s.instruction),
            k.kind ->> 0, k.kind ->> 1, k.kind ->> 2, $7, k.kind ->> 3, d.detail
       from unnest($1::text[], $2::int[], $3::int[], $4::int[]) as s (instruction, place, kind, detail)
       join unnest($5::jsonb[]) with ordinality as k (kind, n) on k.n = s.kind
       join unnest($6::jsonb[]) with ordinality as d (detail, n) on d.n = s.detail`,
    [
      steps.map((step) => step.instruction),
      steps.map((step) => step.place),
      steps.map(({ from, event, to, by }) => kinds.of(JSON.stringify([from, event, to, by]))),
      steps.map(({ detail }) => details.of(JSON.stringify(detail))),
      kinds.all,
      details.all,
      at,
    ],
  );
}

/** Gives equal texts the same number, from 1: thousands of events have few kinds and few facts. */
class Numbered {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.all.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }
}

export function eventsOf(sql: Sql, instruction: string): Promise<EventRow[]> {
  return sql.query(
    `select seq, event, from_state as "from", to_state as "to", at, by, detail
       from payments.instruction_event where instruction = $1 order by seq`,
    [instruction],
  );
}

export async function entitlementsById(sql: Sql, ids: readonly string[]): Promise<Map<string, Entitlement>> {
  const rows = await sql.query<Entitlement>(
    `select ${entitlementColumns} from payments.entitlement where id = any($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The binding that each instruction's last second approval stands on; `batch` for those that were released with one. */
export async function releaseBindings(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; binding: string }>(
    `select distinct on (instruction) instruction as id, coalesce(detail ->> 'binding', 'batch') as binding
       from payments.instruction_event
      where instruction = any($1) and event = 'second-approved' order by instruction, seq desc`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.binding]));
}
