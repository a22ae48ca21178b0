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

export interface Report {
  readonly name: string;
  readonly xml: string;
  readonly messageId: string;
  readonly visibleAt: Date;
}

export async function migrateBank(database: Database): Promise<void> {
  await migrate(database, "bank", new URL("./migrations/", import.meta.url));
}

const columns = `message_id as "messageId", receipt, name, sha256, xml, lines, total, received_at as "receivedAt"`;

export function fileByMessageId(sql: Sql, messageId: string): Promise<ReceivedFile | undefined> {
  return sql.one(`select ${columns} from bank.file where message_id = $1`, [messageId]);
}

export function latestFiles(sql: Sql): Promise<ReceivedFile[]> {
  return sql.query(`select ${columns} from bank.file order by received_at desc limit 50`);
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

export async function insertReport(tx: Sql, report: Report): Promise<void> {
  await tx.run("insert into bank.report (name, xml, message_id, visible_at) values ($1, $2, $3, $4)", [
    report.name,
    report.xml,
    report.messageId,
    report.visibleAt,
  ]);
}

export function visibleReports(sql: Sql, now: Date): Promise<Report[]> {
  return sql.query(
    `select name, xml, message_id as "messageId", visible_at as "visibleAt"
       from bank.report where visible_at <= $1 order by n`,
    [now],
  );
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
