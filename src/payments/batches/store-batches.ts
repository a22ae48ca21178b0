/** The SQL of batches (schema `payments`): proposing, releasing, recalling; the files are made in make-batch-file.ts. */
import type { Sql } from "#store";
import type { Account, Payer } from "../contract.ts";
import type { Instruction } from "../store.ts";

export type BatchState = "gathering" | "proposed" | "released" | "recalled" | "changed" | "stopped";

/** What the checker is told beside count and total. */
export interface BatchFindings {
  /** Payments left out: their account is too new, and no bank confirmed it. */
  readonly heldOut?: number;
  /** Accounts that would get more payments than the programme allows, most first, at most 20: they stop the batch. */
  readonly crowded?: readonly (Account & { readonly payments: number })[];
  /** What differs from the programme's batch before. References are compared, so it says most for repeating benefits. */
  readonly since?: {
    readonly batch: string;
    readonly lines: string;
    readonly total: string;
    /** References that this batch pays and the one before did not, and the other way round. */
    readonly fresh: number;
    readonly gone: number;
    readonly otherAccount: number;
    readonly otherAmount: number;
  };
}

export interface Batch {
  readonly id: string;
  readonly number: bigint;
  readonly programme: string;
  readonly payer: Payer;
  /** ReqdExctnDt of its files, `YYYY-MM-DD`. */
  readonly payOn: string;
  readonly state: BatchState;
  readonly lines: bigint;
  readonly total: bigint;
  readonly largest: bigint;
  /** What is released; `null` while it is gathered. */
  readonly sha256: string | null;
  /** How many humans besides the maker must release it. */
  readonly approvals: number;
  readonly findings: BatchFindings;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly releasedBy: string | null;
  readonly releasedAt: Date | null;
  readonly recallAskedBy: string | null;
  readonly recallReason: string | null;
  readonly endedAt: Date | null;
}

const columns = `id, number, programme, payer, pay_on::text as "payOn", state, lines, total::bigint as total, largest, sha256,
  approvals, findings, proposed_by as "proposedBy", proposed_at as "proposedAt", released_by as "releasedBy",
  released_at as "releasedAt", recall_asked_by as "recallAskedBy", recall_reason as "recallReason", ended_at as "endedAt"`;

export function batchById(sql: Sql, id: string): Promise<Batch | undefined> {
  return sql.one(`select ${columns} from payments.batch where id = $1`, [id]);
}

export function batches(sql: Sql, programme: string | null, limit: number): Promise<Batch[]> {
  return sql.query(
    `select ${columns} from payments.batch where programme = coalesce($1, programme) order by number desc limit $2`,
    [programme, limit],
  );
}

export function lockBatch(tx: Sql, id: string): Promise<Batch | undefined> {
  return tx.one(`select ${columns} from payments.batch where id = $1 for update`, [id]);
}

/** Begins to gather a batch, or takes up the one that a killed process of the same maker began. */
export async function beginBatch(
  sql: Sql,
  row: Pick<Batch, "id" | "programme" | "payer" | "payOn" | "proposedBy" | "proposedAt">,
): Promise<Batch> {
  await sql.run(
    `insert into payments.batch (id, programme, payer, pay_on, state, proposed_by, proposed_at)
     values ($1, $2, $3, $4, 'gathering', $5, $6) on conflict (programme) where state = 'gathering' do nothing`,
    [row.id, row.programme, JSON.stringify(row.payer), row.payOn, row.proposedBy, row.proposedAt],
  );
  const begun = await sql.one<Batch>(
    `select ${columns} from payments.batch where programme = $1 and state = 'gathering'`,
    [row.programme],
  );
  return begun!;
}

/** Which payments a batch may take. */
export interface Gathering {
  readonly batch: string;
  readonly programme: string;
  readonly lines: number;
  /** An account that was named later than this waits, unless its bank confirmed it. */
  readonly oldEnough: Date;
  /** Only payments of this decision. */
  readonly decisionHash: string | null;
}

const eligible = `i.state = 'approved-once' and t.programme = $1 and i.cheque is null
  and ($2::text is null or t.decision_hash = $2)
  and not exists (select 1 from payments.batch_line b where b.instruction = i.id)`;

const confirmed = `(t.decision_hash = any(array(select r.decision_hash from payments.roster r where r.programme = $1 and r.owners_checked))
  or (case when i.attempt = 1 then t.granted_at
           else (select min(e.at) from payments.instruction_event e where e.instruction = i.id) end) <= $3
  or exists (select 1 from payments.owner_check o
              where o.institution = i.institution and o.account = i.account and o.result = 'match'))`;

/**
 * For the rest of the transaction rows are looked up by their keys, in the order of an index. The statistics of a table that
 * has just grown by a million rows do not know them, and a plan that reads it whole for every part costs its square.
 */
async function byKeys(tx: Sql): Promise<void> {
  await tx.query(
    `select set_config(name, 'off', true)
       from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_sort']) as name`,
  );
}

/** Adds one part of payments that are free; answers how many. The hash is that of batch-hash.ts. */
export async function gatherPart(tx: Sql, o: Gathering): Promise<number> {
  await byKeys(tx);
  const row = await tx.one<{ lines: number }>(
    `with at as (
       select coalesce(max(n), 0) + 1 as n, coalesce(max(last_line), '') as cursor from payments.batch_part where batch = $4),
     free as materialized (
       select i.id, i.amount, i.approved_by, i.institution, i.account, i.payee_name, t.purpose_text, t.case_ref
         from payments.instruction i join payments.entitlement t on t.id = i.entitlement
        where ${eligible} and ${confirmed} and i.id > (select cursor from at)
        order by i.id limit $5),
     line as (insert into payments.batch_line (instruction, batch, part) select id, $4, (select n from at) from free)
     insert into payments.batch_part (batch, n, lines, total, largest, last_line, approvers, sha256)
     select $4, (select n from at), count(*), sum(amount), max(amount), max(id), array_agg(distinct approved_by),
            encode(sha256(convert_to(string_agg(
              concat(id, E'\\t', institution, E'\\t', account, E'\\t', amount, E'\\t', payee_name, E'\\t', purpose_text, ' ', case_ref, E'\\n'),
              '' order by id collate "C"), 'UTF8')), 'hex')
       from free having count(*) > 0
     returning lines`,
    [o.programme, o.decisionHash, o.oldEnough, o.batch, o.lines],
  );
  return row?.lines ?? 0;
}

/** How many payments of the programme stay behind because their account is too new. */
export async function countHeldOut(tx: Sql, o: Gathering): Promise<number> {
  const row = await tx.one<{ count: number }>(
    `select count(*)::int as count from payments.instruction i join payments.entitlement t on t.id = i.entitlement
      where ${eligible} and not ${confirmed}`,
    [o.programme, o.decisionHash, o.oldEnough],
  );
  return row!.count;
}

/** Whether this person let a payment of the batch go on that somebody had stopped: that was its first approval. */
export async function endedHoldIn(sql: Sql, batch: string, person: string): Promise<boolean> {
  const row = await sql.one(
    `select 1 from payments.instruction_event e join payments.batch_line l on l.instruction = e.instruction
      where e.event = 'hold-resolved' and e.by <> 'timer' and e.by = $2 and l.batch = $1 limit 1`,
    [batch, person],
  );
  return row !== undefined;
}

export interface BatchPart {
  readonly n: number;
  readonly lines: number;
  readonly total: bigint;
  readonly largest: bigint;
  readonly sha256: string;
  readonly approvers: readonly string[];
  readonly file: string | null;
}

export function partsOf(sql: Sql, batch: string): Promise<BatchPart[]> {
  return sql.query(
    `select n, lines, total::bigint as total, largest, sha256, approvers, file from payments.batch_part where batch = $1 order by n`,
    [batch],
  );
}

export function crowdedAccounts(sql: Sql, batch: string, most: number): Promise<(Account & { payments: number })[]> {
  return sql.query(
    `select i.institution, i.account as number, count(*)::int as payments
       from payments.batch_line b join payments.instruction i on i.id = b.instruction
      where b.batch = $1 group by i.institution, i.account having count(*) > $2 order by 3 desc, 1, 2 limit 20`,
    [batch, most],
  );
}

/** What differs from the programme's last batch that was released. */
export async function changesSince(
  sql: Sql,
  batch: Pick<Batch, "id" | "programme" | "number">,
): Promise<NonNullable<BatchFindings["since"]> | undefined> {
  const before = await sql.one<{ id: string; lines: bigint; total: bigint }>(
    `select id, lines, total::bigint as total from payments.batch
      where programme = $1 and number < $2 and state = 'released' order by number desc limit 1`,
    [batch.programme, batch.number],
  );
  if (!before) return undefined;
  const linesOf = (parameter: string): string =>
    `select t.case_ref, min(i.institution || ' ' || i.account) as account, sum(i.amount) as amount
       from payments.batch_line b join payments.instruction i on i.id = b.instruction
       join payments.entitlement t on t.id = i.entitlement where b.batch = ${parameter} group by t.case_ref`;
  const row = await sql.one<{ fresh: number; gone: number; otherAccount: number; otherAmount: number }>(
    `select count(*) filter (where was.case_ref is null)::int as fresh, count(*) filter (where now.case_ref is null)::int as gone,
            count(*) filter (where was.account <> now.account)::int as "otherAccount",
            count(*) filter (where was.amount <> now.amount)::int as "otherAmount"
       from (${linesOf("$1")}) now full join (${linesOf("$2")}) was using (case_ref)`,
    [batch.id, before.id],
  );
  return { batch: before.id, lines: String(before.lines), total: String(before.total), ...row! };
}

export async function proposed(
  tx: Sql,
  batch: Pick<Batch, "id" | "state" | "lines" | "total" | "largest" | "sha256" | "approvals" | "findings">,
): Promise<void> {
  await tx.run(
    `update payments.batch set state = $2, lines = $3, total = $4, largest = $5, sha256 = $6, approvals = $7, findings = $8
      where id = $1`,
    [
      batch.id,
      batch.state,
      batch.lines,
      batch.total,
      batch.largest,
      batch.sha256,
      batch.approvals,
      JSON.stringify(batch.findings),
    ],
  );
}

export interface BatchApproval {
  readonly by: string;
  readonly sha256: string;
  readonly at: Date;
}

export function approvalsOf(sql: Sql, batch: string): Promise<BatchApproval[]> {
  return sql.query("select by, sha256, at from payments.batch_approval where batch = $1 order by at, by", [batch]);
}

export async function insertApproval(tx: Sql, batch: string, { by, sha256, at }: BatchApproval): Promise<void> {
  await tx.run("insert into payments.batch_approval (batch, by, sha256, at) values ($1, $2, $3, $4)", [
    batch,
    by,
    sha256,
    at,
  ]);
}

/** Whether every line is still where it was when the batch was proposed. */
export async function isUnmoved(tx: Sql, batch: Pick<Batch, "id" | "lines" | "total">): Promise<boolean> {
  const row = await tx.one<{ lines: bigint; total: bigint }>(
    `select count(*) as lines, coalesce(sum(i.amount), 0)::bigint as total
       from payments.batch_line b join payments.instruction i on i.id = b.instruction
      where b.batch = $1 and i.state = 'approved-once'`,
    [batch.id],
  );
  return row?.lines === batch.lines && row.total === batch.total;
}

export async function markReleased(tx: Sql, batch: string, by: string, at: Date): Promise<void> {
  await tx.run("update payments.batch set state = 'released', released_by = $2, released_at = $3 where id = $1", [
    batch,
    by,
    at,
  ]);
}

export async function askRecall(tx: Sql, batch: string, by: string, reason: string): Promise<void> {
  await tx.run("update payments.batch set recall_asked_by = $2, recall_reason = $3 where id = $1", [batch, by, reason]);
}

/** Ends a batch; payments that are in none of its files are free for another. Answers what was still reserved for them. */
export async function endBatch(
  tx: Sql,
  batch: Pick<Batch, "id" | "state">,
  state: "recalled" | "changed" | "stopped",
  at: Date,
): Promise<bigint> {
  const rest = await tx.one<{ total: bigint }>(
    `select coalesce(sum(total), 0)::bigint as total from payments.batch_part where batch = $1 and not done`,
    [batch.id],
  );
  await tx.run(
    `delete from payments.batch_line l using payments.batch_part p
      where l.batch = $1 and p.batch = l.batch and p.n = l.part and not p.done`,
    [batch.id],
  );
  await tx.run("update payments.batch set state = $2, ended_at = $3 where id = $1", [batch.id, state, at]);
  return batch.state === "released" ? rest!.total : 0n;
}

/** Files of a batch that nobody ever tried to send, locked: one that was tried may be at the bank though we do not know it. */
export async function lockUnsentFiles(tx: Sql, batch: string): Promise<{ file: string; n: number }[]> {
  return tx.query(
    `select f.id as file, p.n from payments.batch_part p join payments.file f on f.id = p.file
      where p.batch = $1 and f.sent_at is null and f.recalled_at is null and f.attempts = 0 order by p.n for update of f skip locked`,
    [batch],
  );
}

export async function recallFile(tx: Sql, batch: string, n: number, file: string, at: Date): Promise<void> {
  await tx.run("update payments.file set recalled_at = $2 where id = $1", [file, at]);
  await tx.run("delete from payments.batch_line where batch = $1 and part = $2", [batch, n]);
}

/**
 * The next part that has no file, of the oldest released batch whose day can be kept; those that another process works on
 * are passed over.
 */
export function lockNextPart(tx: Sql, earliest: string): Promise<(BatchPart & { batch: string }) | undefined> {
  return tx.one(
    `select p.batch, p.n, p.lines, p.total::bigint as total, p.largest, p.sha256, p.approvers, p.file
       from payments.batch b join payments.batch_part p on p.batch = b.id
      where b.state = 'released' and not p.done and b.pay_on >= $1
      order by b.number, p.n limit 1 for update of p skip locked for share of b skip locked`,
    [earliest],
  );
}

/** A released batch that wants files for a day before this one: it must be recalled. */
export function lateBatch(sql: Sql, earliest: string): Promise<{ id: string; payOn: string } | undefined> {
  return sql.one(
    `select b.id, b.pay_on::text as "payOn" from payments.batch b
      where b.state = 'released' and b.pay_on < $1
        and exists (select 1 from payments.batch_part p where p.batch = b.id and not p.done) order by b.number limit 1`,
    [earliest],
  );
}

/** A payment of a part, with what its file says of it. */
export interface PartLine extends Instruction {
  readonly purposeCode: string;
  readonly text: string;
}

/** The lines of a part as they stand now, locked, in the order of their ids. */
export async function lockPartLines(tx: Sql, batch: string, n: number): Promise<PartLine[]> {
  await byKeys(tx);
  const rows = await tx.query<Omit<PartLine, "account"> & Account>(
    `select i.id, i.entitlement, i.attempt, i.uetr, i.payee_name as "payeeName", i.institution, i.account as number,
            i.amount, i.approved_by as "approvedBy", i.state, i.file, t.purpose_code as "purposeCode",
            concat(t.purpose_text, ' ', t.case_ref) as text
       from payments.batch_line b
       join payments.instruction i on i.id = b.instruction
       join payments.entitlement t on t.id = i.entitlement
      where b.batch = $1 and b.part = $2 order by i.id for update of i`,
    [batch, n],
  );
  return rows.map(({ institution, number, ...row }) => ({ ...row, account: { institution, number } }));
}

export async function closePart(tx: Sql, batch: string, n: number, file: string | null): Promise<void> {
  await tx.run("update payments.batch_part set done = true, file = $3 where batch = $1 and n = $2", [batch, n, file]);
}

/** How many payments of a batch stand in each state, and how many of its files were made and sent. */
export async function standing(
  sql: Sql,
  batch: string,
): Promise<{ states: Record<string, number>; files: number; made: number; sent: number }> {
  const states = await sql.query<{ state: string; count: number }>(
    `select i.state, count(*)::int as count from payments.batch_line b join payments.instruction i on i.id = b.instruction
      where b.batch = $1 group by i.state`,
    [batch],
  );
  const files = await sql.one<{ files: number; made: number; sent: number }>(
    `select count(*)::int as files, count(*) filter (where p.done)::int as made, count(f.sent_at)::int as sent
       from payments.batch_part p left join payments.file f on f.id = p.file where p.batch = $1`,
    [batch],
  );
  return { states: Object.fromEntries(states.map(({ state, count }) => [state, count])), ...files! };
}

/** The largest and the smallest payments of a batch. */
export function batchSamples(
  sql: Sql,
  batch: string,
  each: number,
): Promise<
  { instruction: string; reference: string; payeeName: string; institution: string; account: string; amount: bigint }[]
> {
  const ordered = (direction: string): string =>
    `(select i.id as instruction, t.case_ref as reference, i.payee_name as "payeeName", i.institution, i.account, i.amount
        from payments.batch_line b join payments.instruction i on i.id = b.instruction
        join payments.entitlement t on t.id = i.entitlement
       where b.batch = $1 order by i.amount ${direction}, i.id limit $2)`;
  return sql.query(`${ordered("desc")} union ${ordered("asc")} order by amount desc, instruction`, [batch, each]);
}

/** The batch that a payment is in, released or not. */
export function batchOf(sql: Sql, instruction: string): Promise<{ batch: string; part: number } | undefined> {
  return sql.one("select batch, part from payments.batch_line where instruction = $1", [instruction]);
}
