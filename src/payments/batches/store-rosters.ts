/** The SQL of rosters: what was read, what was refused, and the payments of a chunk in one statement (schema `payments`). */
import type { Sql } from "#store";
import type { RosterRow, RowRefusal } from "./roster-row.ts";

/** A roster and how far it was read. */
export interface Roster {
  readonly id: string;
  readonly programme: string;
  readonly name: string;
  /** The act that orders the payments, as it is cited. */
  readonly decision: string;
  readonly decisionHash: string;
  readonly ownersChecked: boolean;
  readonly importedBy: string;
  readonly state: "reading" | "read" | "stopped";
  /** The code of `paymentsProblems` that stopped it. */
  readonly stoppedFor: string | null;
  /** Bytes of the whole file, where they are known. */
  readonly size: bigint | null;
  /** The names of its columns, or `jsonl`; `null` before its first line. */
  readonly head: string | null;
  readonly bytes: bigint;
  readonly sha256: string;
  readonly lines: bigint;
  readonly rows: bigint;
  readonly accepted: bigint;
  readonly refused: bigint;
  /** Of the accepted rows, in the currency's smallest unit. */
  readonly total: bigint;
  readonly startedAt: Date;
  readonly resumedAt: Date;
  readonly resumedRows: bigint;
  readonly resumedBytes: bigint;
  readonly updatedAt: Date;
}

const columns = `id, programme, name, decision, decision_hash as "decisionHash", owners_checked as "ownersChecked",
  imported_by as "importedBy", state, stopped_for as "stoppedFor", size, head, bytes, sha256, lines, rows, accepted, refused,
  total, started_at as "startedAt", resumed_at as "resumedAt", resumed_rows as "resumedRows",
  resumed_bytes as "resumedBytes", updated_at as "updatedAt"`;

export function rosterById(sql: Sql, id: string): Promise<Roster | undefined> {
  return sql.one(`select ${columns} from payments.roster where id = $1`, [id]);
}

export function rosters(sql: Sql, programme: string | null, limit: number): Promise<Roster[]> {
  return sql.query(
    `select ${columns} from payments.roster where programme = coalesce($1, programme) order by started_at desc, id desc limit $2`,
    [programme, limit],
  );
}

/** Begins a roster, or takes up the one of the same programme, decision and name from where it stands. */
export async function beginRoster(
  sql: Sql,
  row: Pick<
    Roster,
    "id" | "programme" | "name" | "decision" | "decisionHash" | "ownersChecked" | "importedBy" | "size"
  >,
  at: Date,
): Promise<Roster> {
  const begun = await sql.one<Roster>(
    `insert into payments.roster as r (id, programme, name, decision, decision_hash, owners_checked, imported_by, size,
       state, started_at, resumed_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'reading', $9, $9, $9)
     on conflict (programme, decision_hash, name) do update
       set resumed_at = excluded.resumed_at, resumed_rows = r.rows, resumed_bytes = r.bytes, size = coalesce(excluded.size, r.size)
     returning ${columns}`,
    [row.id, row.programme, row.name, row.decision, row.decisionHash, row.ownersChecked, row.importedBy, row.size, at],
  );
  return begun!;
}

/** Takes back a roster of which nothing was taken, so that it stands in no list. */
export async function forgetRoster(sql: Sql, id: string): Promise<void> {
  await sql.run("delete from payments.roster where id = $1 and bytes = 0 and state = 'reading'", [id]);
}

/** Locks a roster for the next chunk. */
export function lockRoster(tx: Sql, id: string): Promise<Roster | undefined> {
  return tx.one(`select ${columns} from payments.roster where id = $1 for update`, [id]);
}

export async function saveCheckpoint(
  tx: Sql,
  roster: Pick<
    Roster,
    "id" | "state" | "stoppedFor" | "head" | "bytes" | "sha256" | "lines" | "rows" | "accepted" | "refused" | "total"
  >,
  at: Date,
): Promise<void> {
  await tx.run(
    `update payments.roster set state = $2, stopped_for = $3, head = $4, bytes = $5, sha256 = $6, lines = $7, rows = $8,
       accepted = $9, refused = $10, total = $11, updated_at = $12 where id = $1`,
    [
      roster.id,
      roster.state,
      roster.stoppedFor,
      roster.head,
      roster.bytes,
      roster.sha256,
      roster.lines,
      roster.rows,
      roster.accepted,
      roster.refused,
      roster.total,
      at,
    ],
  );
}

/** What all rows of a roster share. */
export interface RosterGrant {
  readonly programme: string;
  readonly currency: string;
  readonly purposeCode: string;
  readonly purposeText: string;
  readonly decisionHash: string;
  readonly approvedBy: string;
  readonly at: Date;
  /** The events of a payment until its first approval: [from, event, to]. */
  readonly events: readonly (readonly [string, string, string])[];
}

/**
 * Grants many entitlements, drafts their payments and approves them once, in one statement. A reference that was granted by
 * the same decision before, or comes twice, is passed over: `entitlements` has an id for each row, and those that were
 * passed over are answered.
 */
export async function grantRows(
  tx: Sql,
  rows: readonly RosterRow[],
  entitlements: readonly string[],
  grant: RosterGrant,
): Promise<Set<string>> {
  // Somebody who imports the same references at the same time is waited for, but not for ever.
  await tx.query("set local lock_timeout = '60s'");
  const written = await tx.run(
    `with granted as (
       insert into payments.entitlement (id, case_ref, payee_name, institution, account, amount, currency, purpose_code,
         purpose_text, decision_hash, facts_hash, approved_by, granted_at, programme)
       select id, reference, name, institution, account, amount, $7, $8, $9, $10,
              encode(sha256(convert_to(concat_ws(E'\\t', reference, name, institution, account, amount), 'UTF8')), 'hex'), $11, $12, $13
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
           as r (id, reference, name, institution, account, amount)
       on conflict do nothing
       returning id, payee_name, institution, account, amount),
     drafted as (
       insert into payments.instruction (id, entitlement, attempt, uetr, payee_name, institution, account, amount, approved_by, state)
       select replace(id::text, '-', '') || '-01', id, 1, gen_random_uuid(), payee_name, institution, account, amount, $11, $15
         from granted returning id)
     insert into payments.instruction_event (instruction, seq, from_state, event, to_state, at, by, detail)
     select d.id, k.n, k.kind ->> 0, k.kind ->> 1, k.kind ->> 2, $12, $11, '{}'
       from drafted d cross join unnest($14::jsonb[]) with ordinality as k (kind, n)`,
    [
      entitlements,
      rows.map(({ reference }) => reference),
      rows.map(({ payeeName }) => payeeName),
      rows.map(({ account }) => account.institution),
      rows.map(({ account }) => account.number),
      rows.map(({ amount }) => amount),
      grant.currency,
      grant.purposeCode,
      grant.purposeText,
      grant.decisionHash,
      grant.approvedBy,
      grant.at,
      grant.programme,
      grant.events.map((event) => JSON.stringify(event)),
      grant.events.at(-1)![2],
    ],
  );
  if (written === rows.length * grant.events.length) return new Set();
  const there = await tx.query<{ id: string }>("select id from payments.entitlement where id = any($1::uuid[])", [
    entitlements,
  ]);
  const fresh = new Set(there.map(({ id }) => id));
  return new Set(entitlements.filter((id) => !fresh.has(id)));
}

export interface RefusedRow {
  /** The line of the file, from 1. */
  readonly line: bigint;
  readonly code: RowRefusal;
  readonly reference: string | null;
}

export async function insertRefusals(tx: Sql, roster: string, refused: readonly RefusedRow[]): Promise<void> {
  await tx.run(
    `insert into payments.roster_refusal (roster, line, code, reference)
     select $1, * from unnest($2::bigint[], $3::text[], $4::text[])`,
    [
      roster,
      refused.map(({ line }) => line),
      refused.map(({ code }) => code),
      refused.map(({ reference }) => reference),
    ],
  );
}

/** Refused rows after a line, in their order. */
export function refusalsAfter(sql: Sql, roster: string, line: bigint, limit: number): Promise<RefusedRow[]> {
  return sql.query(
    "select line, code, reference from payments.roster_refusal where roster = $1 and line > $2 order by line limit $3",
    [roster, line, limit],
  );
}
