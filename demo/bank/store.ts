/** The bank simulator's tables, schema `bank`: its own database, never Taroko's. */
import { migrate, type Database, type Sql } from "#store";

export interface ReceivedFile {
  readonly messageId: string;
  readonly receipt: string;
  readonly name: string;
  readonly sha256: string;
  readonly xml: string;
  readonly lines: number;
  /** In whole dollars. */
  readonly total: bigint;
  readonly receivedAt: Date;
}

/** A report (pain.002) or notification (camt.054) for the customer. */
export interface Report {
  readonly name: string;
  readonly xml: string;
  /** The file it is about; `null` for movements without one. */
  readonly messageId: string | null;
  readonly visibleAt: Date;
}

export async function migrateBank(database: Database): Promise<void> {
  await migrate(database, "bank", new URL("./migrations/", import.meta.url));
}

const summary = `message_id as "messageId", receipt, name, sha256, lines, total, received_at as "receivedAt"`;

export function fileByMessageId(sql: Sql, messageId: string): Promise<ReceivedFile | undefined> {
  return sql.one(`select ${summary}, xml from bank.file where message_id = $1`, [messageId]);
}

export type FileSummary = Omit<ReceivedFile, "xml">;

/** Newest first, without their content. */
export function latestFiles(sql: Sql, limit: number, offset: number): Promise<FileSummary[]> {
  return sql.query(`select ${summary} from bank.file order by received_at desc, message_id desc limit $1 offset $2`, [
    limit,
    offset,
  ]);
}

/** Answers false, and stores nothing, when the message id is there already. */
export async function insertFile(tx: Sql, file: ReceivedFile): Promise<boolean> {
  const inserted = await tx.run(
    `insert into bank.file (message_id, receipt, name, sha256, xml, lines, total, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [file.messageId, file.receipt, file.name, file.sha256, file.xml, file.lines, file.total, file.receivedAt],
  );
  return inserted === 1;
}

/** Which of these payments the bank has carried out, or was told to, before; the others are noted as carried out now. */
export async function claimPayments(tx: Sql, messageId: string, endToEndIds: readonly string[]): Promise<Set<string>> {
  const fresh = await tx.query<{ id: string }>(
    `insert into bank.paid (end_to_end_id, message_id) select distinct unnest($1::text[]), $2
     on conflict do nothing returning end_to_end_id as id`,
    [endToEndIds, messageId],
  );
  const mine = new Set(fresh.map(({ id }) => id));
  return new Set(endToEndIds.filter((id) => !mine.has(id)));
}

export async function references(tx: Sql, count: number): Promise<string[]> {
  const rows = await tx.query<{ n: bigint }>("select nextval('bank.reference') as n from generate_series(1, $1)", [
    count,
  ]);
  return rows.map(({ n }) => `BR${String(n).padStart(12, "0")}`);
}

export async function insertReport(tx: Sql, report: Report): Promise<void> {
  await tx.run("insert into bank.report (name, xml, message_id, visible_at) values ($1, $2, $3, $4)", [
    report.name,
    report.xml,
    report.messageId,
    report.visibleAt,
  ]);
}

/** Of what the customer has not confirmed the oldest, until it is `characters` long; one at least. */
export function openReports(sql: Sql, now: Date, characters: number): Promise<Pick<Report, "name" | "xml">[]> {
  return sql.query(
    `select name, xml from (
       select n, name, xml, sum(length(xml)) over (order by n) - length(xml) as before
         from (select n, name, xml from bank.report where visible_at <= $1 and fetched_at is null order by n limit 500) as due
     ) as page where before < $2 order by n`,
    [now, characters],
  );
}

export async function confirmReports(sql: Sql, names: readonly string[], at: Date): Promise<number> {
  return sql.run("update bank.report set fetched_at = $2 where name = any($1) and fetched_at is null", [names, at]);
}

/** What was or will be said about files, in order, without its content. */
export function plannedFor(
  sql: Sql,
  messageIds: readonly string[],
): Promise<(Omit<Report, "xml"> & { readonly fetchedAt: Date | null })[]> {
  return sql.query(
    `select name, message_id as "messageId", visible_at as "visibleAt", fetched_at as "fetchedAt"
       from bank.report where message_id = any($1) order by visible_at, n`,
    [messageIds],
  );
}

export function reportByName(sql: Sql, name: string): Promise<Pick<Report, "xml" | "visibleAt"> | undefined> {
  return sql.one(`select xml, visible_at as "visibleAt" from bank.report where name = $1`, [name]);
}

/** Counts a knock and answers how many there were. */
export async function knock(sql: Sql, messageId: string): Promise<number> {
  const row = await sql.one<{ times: number }>(
    `insert into bank.knock (message_id, times) values ($1, 1)
     on conflict (message_id) do update set times = bank.knock.times + 1 returning times`,
    [messageId],
  );
  return row!.times;
}

export async function aheadMs(sql: Sql): Promise<bigint> {
  return (await sql.one<{ ahead: bigint }>("select ahead_ms as ahead from bank.clock"))!.ahead;
}

export async function setAhead(sql: Sql, ahead: number): Promise<void> {
  await sql.run("update bank.clock set ahead_ms = greatest(ahead_ms, $1)", [Math.round(ahead)]);
}
