/** The SQL of the bank's reports, their lines and the quarantine (schema `payments`). */
import type { Sql } from "#store";

export interface StatusFile {
  readonly sha256: string;
  readonly name: string;
  readonly content: Uint8Array;
  /** MsgId of the file it reports on, if that is ours. */
  readonly file: string | null;
  readonly outcome: "applied" | "status-invalid" | "status-unmatched";
  /** For the operator: why it is in quarantine. */
  readonly reason: string | null;
  readonly receivedAt: Date;
}

export interface StatusLine {
  readonly instruction: string | null;
  readonly endToEndId: string | null;
  readonly code: string;
  readonly reason: string | null;
  readonly outcome: "applied" | "noted" | "repeated" | "contradiction" | "unmatched" | "amount-differs" | "unmapped";
}

export function statusFile(sql: Sql, sha256: string): Promise<Omit<StatusFile, "content"> | undefined> {
  return sql.one(
    `select sha256, name, file, outcome, reason, received_at as "receivedAt" from payments.status_file where sha256 = $1`,
    [sha256],
  );
}

/** Which of these reports and notifications we have already, with what became of them. */
export async function knownReports(sql: Sql, hashes: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ sha256: string; outcome: string }>(
    `select sha256, outcome from payments.status_file where sha256 = any($1)
     union all select sha256, outcome from payments.notification where sha256 = any($1)`,
    [hashes],
  );
  return new Map(rows.map(({ sha256, outcome }) => [sha256, outcome]));
}

/** Answers false, and stores nothing, when these bytes are there already. */
export async function insertStatusFile(tx: Sql, row: StatusFile): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.status_file (sha256, name, content, file, outcome, reason, received_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [row.sha256, row.name, Buffer.from(row.content), row.file, row.outcome, row.reason, row.receivedAt],
  );
  return inserted === 1;
}

export async function insertStatusLines(tx: Sql, statusFile: string, lines: readonly StatusLine[]): Promise<void> {
  const column = <Key extends keyof StatusLine>(key: Key): StatusLine[Key][] => lines.map((line) => line[key]);
  await tx.run(
    `insert into payments.status_line (status_file, n, instruction, end_to_end_id, code, reason, outcome)
     select $1, n, instruction, end_to_end_id, code, reason, outcome
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
         with ordinality as line (instruction, end_to_end_id, code, reason, outcome, n)`,
    [statusFile, column("instruction"), column("endToEndId"), column("code"), column("reason"), column("outcome")],
  );
}

export function statusLinesOf(sql: Sql, statusFile: string): Promise<StatusLine[]> {
  return sql.query(
    `select instruction, end_to_end_id as "endToEndId", code, reason, outcome
       from payments.status_line where status_file = $1 order by n`,
    [statusFile],
  );
}

export interface QuarantineEntry {
  readonly statusFile: string;
  readonly name: string;
  readonly receivedAt: Date;
  /** Why a person must look. */
  readonly why:
    | "status-invalid"
    | "status-unmatched"
    | "notification-invalid"
    | "contradiction"
    | "unmatched"
    | "amount-differs"
    | "unmapped";
  readonly instruction: string | null;
  readonly code: string | null;
  readonly reason: string | null;
}

export function quarantineEntries(sql: Sql, limit: number): Promise<QuarantineEntry[]> {
  return sql.query(
    `select sha256 as "statusFile", name, received_at as "receivedAt", outcome as why,
            null as instruction, null as code, reason
       from payments.status_file where outcome <> 'applied'
     union all
     select sha256, name, received_at, outcome, null, null, reason
       from payments.notification where outcome <> 'applied'
     union all
     select f.sha256, f.name, f.received_at, l.outcome, l.instruction, l.code, l.reason
       from payments.status_line l join payments.status_file f on f.sha256 = l.status_file
       left join lateral (${openContradictions("l.instruction")}) contradictions on true
      where l.outcome in ('contradiction', 'unmatched', 'amount-differs', 'unmapped')
        and (l.instruction is null or contradictions.open)
     order by "receivedAt", "statusFile" limit $1`,
    [limit],
  );
}

/** How many lines of reports have denied what we know of an instruction. */
function contradictionCount(instruction: string): string {
  return `select count(*)::int from payments.status_line c
    where c.instruction = ${instruction} and c.outcome in ('contradiction', 'amount-differs', 'unmapped')`;
}

/** A correction notes how many such lines it has seen (`detail.seen`); any line beyond that is open. */
function openContradictions(instruction: string): string {
  return `select (${contradictionCount(instruction)}) >
      coalesce((select max((e.detail ->> 'seen')::int) from payments.instruction_event e where e.instruction = ${instruction}), 0) as open`;
}

/**
 * Whether reports contradict this instruction's state and no correction has settled it, or a line of the bank names it and
 * nobody has explained the line.
 */
export async function isContradicted(sql: Sql, instruction: string): Promise<boolean> {
  const row = await sql.one<{ open: boolean; lines: boolean }>(
    `select c.open, exists (
        select 1 from payments.suspense s where s.candidate = $1
           and not exists (select 1 from payments.suspense_resolution r where r.suspense = s.id)) as lines
       from (${openContradictions("$1")}) as c`,
    [instruction],
  );
  return row!.open || row!.lines;
}

export async function countContradictions(sql: Sql, instruction: string): Promise<number> {
  return (await sql.one<{ count: number }>(contradictionCount("$1"), [instruction]))!.count;
}
