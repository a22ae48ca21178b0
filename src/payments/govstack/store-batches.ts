/** The SQL of batches that came over the payments API (schema `payments`). */
import type { Sql } from "#store";
import type { State } from "../states.ts";

export type BatchState = "received" | "proposed" | "releasing" | "released" | "refused";

export interface BatchRow {
  readonly id: string;
  readonly client: string;
  /** The source's own number for it, or the one we gave it. */
  readonly number: string;
  readonly request: string;
  /** In whose words it is spoken about. */
  readonly form: string;
  readonly programme: string;
  readonly lines: number;
  readonly total: string;
  readonly contentSha256: string;
  readonly callback: string | null;
  readonly correlation: string | null;
  readonly state: BatchState;
  readonly releasedBy: string | null;
  readonly releaseCallback: string | null;
  readonly releaseCorrelation: string | null;
  readonly at: Date;
}

export interface LineRow {
  readonly batch: string;
  readonly n: number;
  readonly client: string;
  readonly reference: string;
  readonly amount: bigint;
  readonly sealed: Buffer;
  readonly index: Buffer;
}

const columns = `id, client, number, request, form, programme, lines, total::text as total, content_sha256 as "contentSha256",
  callback, correlation, state, released_by as "releasedBy", release_callback as "releaseCallback",
  release_correlation as "releaseCorrelation", at`;

/** One proposal of a client at a time, so that many at once cannot pass its limit of the day together. */
export async function lockClient(tx: Sql, client: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('payments API ' || $1, 0))", [client]);
}

export async function proposedSince(tx: Sql, client: string, since: Date): Promise<bigint> {
  const row = await tx.one<{ sum: bigint }>(
    `select coalesce(sum(l.amount), 0)::bigint as sum from payments.api_batch b join payments.api_batch_line l on l.batch = b.id
      where b.client = $1 and b.at >= $2 and l.state <> 'failed'`,
    [client, since],
  );
  return row?.sum ?? 0n;
}

/** @returns false if the client has a batch of this number */
export async function insertBatch(
  tx: Sql,
  row: Omit<BatchRow, "state" | "releasedBy" | "releaseCallback" | "releaseCorrelation">,
): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.api_batch (id, client, number, request, form, programme, lines, total, content_sha256, callback,
       correlation, state, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'received', $12) on conflict do nothing`,
    [
      row.id,
      row.client,
      row.number,
      row.request,
      row.form,
      row.programme,
      row.lines,
      row.total,
      row.contentSha256,
      row.callback,
      row.correlation,
      row.at,
    ],
  );
  return inserted === 1;
}

/** Writes lines. @returns the references that the client used before, which were not written */
export async function insertLines(tx: Sql, lines: readonly LineRow[]): Promise<Set<string>> {
  const written = await tx.query<{ reference: string }>(
    `insert into payments.api_batch_line (batch, n, client, reference, amount, sealed, payee_index)
     select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[])
     on conflict do nothing returning reference`,
    [
      lines.map(({ batch }) => batch),
      lines.map(({ n }) => n),
      lines.map(({ client }) => client),
      lines.map(({ reference }) => reference),
      lines.map(({ amount }) => amount),
      lines.map(({ sealed }) => sealed),
      lines.map(({ index }) => index),
    ],
  );
  const there = new Set(written.map(({ reference }) => reference));
  return new Set(lines.map(({ reference }) => reference).filter((reference) => !there.has(reference)));
}

export function batchByNumber(sql: Sql, client: string, number: string): Promise<BatchRow | undefined> {
  return sql.one(`select ${columns} from payments.api_batch where client = $1 and number = $2`, [client, number]);
}

export function batchById(sql: Sql, id: string, lock: "for update" | "" = ""): Promise<BatchRow | undefined> {
  return sql.one(`select ${columns} from payments.api_batch where id = $1 ${lock}`, [id]);
}

/** Batches of any client with this number. */
export function batchesNumbered(sql: Sql, number: string): Promise<BatchRow[]> {
  return sql.query(`select ${columns} from payments.api_batch where number = $1 order by at`, [number]);
}

/** Batches that something may still become of, oldest first. */
export function openBatches(sql: Sql, limit: number): Promise<BatchRow[]> {
  return sql.query(`select ${columns} from payments.api_batch where finished_at is null order by at limit $1`, [limit]);
}

export async function setBatchState(
  tx: Sql,
  id: string,
  from: BatchState,
  to: BatchState,
  releasedBy: string | null = null,
): Promise<boolean> {
  const changed = await tx.run(
    "update payments.api_batch set state = $3, released_by = $4 where id = $1 and state = $2",
    [id, from, to, releasedBy],
  );
  return changed === 1;
}

/** Calls a batch proposed once every line of it was handled; another process may still hold some. */
export async function markProposed(sql: Sql, id: string): Promise<void> {
  await sql.run(
    `update payments.api_batch set state = 'proposed' where id = $1 and state = 'received'
        and not exists (select 1 from payments.api_batch_line where batch = $1 and state = 'waiting')`,
    [id],
  );
}

export async function setReleaseWish(
  tx: Sql,
  id: string,
  callback: string | null,
  correlation: string | null,
): Promise<void> {
  await tx.run("update payments.api_batch set release_callback = $2, release_correlation = $3 where id = $1", [
    id,
    callback,
    correlation,
  ]);
}

export async function finishBatch(tx: Sql, id: string, at: Date): Promise<boolean> {
  const changed = await tx.run("update payments.api_batch set finished_at = $2 where id = $1 and finished_at is null", [
    id,
    at,
  ]);
  return changed === 1;
}

/** Lines that wait for their checks, locked; those that another process holds are passed over. */
export function lockWaitingLines(tx: Sql, batch: string, limit: number): Promise<LineRow[]> {
  return tx.query(
    `select batch, n, client, reference, amount, sealed, payee_index as index from payments.api_batch_line
      where batch = $1 and state = 'waiting' order by n limit $2 for update skip locked`,
    [batch, limit],
  );
}

export async function setLine(
  tx: Sql,
  line: Pick<LineRow, "batch" | "n">,
  outcome: { readonly entitlement: string } | { readonly reason: string },
): Promise<void> {
  const entitlement = "entitlement" in outcome ? outcome.entitlement : null;
  const reason = "reason" in outcome ? outcome.reason : null;
  await tx.run(
    "update payments.api_batch_line set state = $3, entitlement = $4, reason = $5 where batch = $1 and n = $2",
    [line.batch, line.n, entitlement === null ? "failed" : "granted", entitlement, reason],
  );
}

/** A line and what has become of its payment. */
export interface LineStatus {
  readonly batch: string;
  readonly n: number;
  readonly reference: string;
  readonly amount: bigint;
  readonly sealed: Buffer;
  readonly line: "waiting" | "granted" | "failed";
  readonly reason: string | null;
  readonly entitlement: string | null;
  /** The state of the payment's newest attempt. */
  readonly state: State | null;
  /** The bank's code for its last refusal or return. */
  readonly bankReason: string | null;
  readonly at: Date;
}

const statusOf = `select l.batch, l.n, l.reference, l.amount, l.sealed, l.state as line, l.reason, l.entitlement, i.state,
    e.reason as "bankReason", coalesce(e.at, b.at) as at
  from payments.api_batch_line l
  join payments.api_batch b on b.id = l.batch
  left join lateral (select id, state from payments.instruction where entitlement = l.entitlement
                      order by attempt desc limit 1) i on true
  left join lateral (select at, detail ->> 'reason' as reason from payments.instruction_event where instruction = i.id
                      order by seq desc limit 1) e on true`;

export function lineStatuses(sql: Sql, batch: string, from = 0, limit = 1_000_000): Promise<LineStatus[]> {
  return sql.query(`${statusOf} where l.batch = $1 and l.n >= $2 order by l.n limit $3`, [batch, from, limit]);
}

export function lineStatusesByReference(
  sql: Sql,
  client: string,
  references: readonly string[],
): Promise<LineStatus[]> {
  return sql.query(`${statusOf} where l.client = $1 and l.reference = any($2) order by b.at, l.n`, [
    client,
    references,
  ]);
}

export function lineStatusesByPayee(sql: Sql, client: string, index: Buffer, limit: number): Promise<LineStatus[]> {
  return sql.query(`${statusOf} where l.client = $1 and l.payee_index = $2 order by b.at desc, l.n limit $3`, [
    client,
    index,
    limit,
  ]);
}

export function lineStatusesByRequest(sql: Sql, client: string, request: string): Promise<LineStatus[]> {
  return sql.query(`${statusOf} where b.client = $1 and b.request = $2 order by b.at, l.n`, [client, request]);
}

/** Entitlements of a batch, by line. */
export function grantedLines(sql: Sql, batch: string): Promise<{ n: number; entitlement: string }[]> {
  return sql.query(
    "select n, entitlement from payments.api_batch_line where batch = $1 and state = 'granted' order by n",
    [batch],
  );
}

/** Lines and money of a batch by the state of its payments; `waits`: nobody has released them yet. */
export function countLines(
  sql: Sql,
  batch: string,
): Promise<
  { line: "waiting" | "granted" | "failed"; state: State | null; waits: boolean; count: number; amount: string }[]
> {
  return sql.query(
    `select l.state as line, i.state, coalesce(i.waits, false) as waits, count(*)::int as count, sum(l.amount)::text as amount
       from payments.api_batch_line l
       left join lateral (
         select state, state = 'approved-once' and not exists (
                  select 1 from payments.batch_line m join payments.batch b on b.id = m.batch
                   where m.instruction = p.id and b.state = 'released') as waits
           from payments.instruction p where entitlement = l.entitlement order by attempt desc limit 1) i on true
      where l.batch = $1 group by l.state, i.state, i.waits`,
    [batch],
  );
}

export function lineStatusesByCorrelation(sql: Sql, client: string, correlation: string): Promise<LineStatus[]> {
  return sql.query(`${statusOf} where b.client = $1 and b.correlation = $2 order by b.at, l.n`, [client, correlation]);
}

export function lineStatusesByProgramme(
  sql: Sql,
  client: string,
  programme: string,
  limit: number,
): Promise<LineStatus[]> {
  return sql.query(`${statusOf} where b.client = $1 and b.programme = $2 order by b.at desc, l.n limit $3`, [
    client,
    programme,
    limit,
  ]);
}

/** Whether a bank has ever said that an account is the one of whom it was asked about. */
export async function isConfirmed(
  sql: Sql,
  { institution, number }: { readonly institution: string; readonly number: string },
): Promise<boolean> {
  const row = await sql.one(
    "select 1 from payments.owner_check where institution = $1 and account = $2 and result = 'match' limit 1",
    [institution, number],
  );
  return row !== undefined;
}

/** What the programme's limits look at: the largest payment, the sum, and the most payments to one account. */
export async function extremesOf(
  sql: Sql,
  batch: string,
): Promise<{ readonly largest: bigint; readonly total: bigint; readonly perAccount: number }> {
  const row = await sql.one<{ largest: bigint; total: bigint; perAccount: number }>(
    `with line as (
       select t.amount, t.institution, t.account from payments.api_batch_line l
         join payments.entitlement t on t.id = l.entitlement where l.batch = $1)
     select coalesce(max(amount), 0)::bigint as largest, coalesce(sum(amount), 0)::bigint as total,
            coalesce((select max(n) from (select count(*)::int as n from line group by institution, account) c), 0) as "perAccount"
       from line`,
    [batch],
  );
  return row!;
}
