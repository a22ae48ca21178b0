/** The SQL of bank files: the outbox (schema `payments`). */
import type { Sql } from "#store";

/** A bank file without its content. */
export interface FileSummary {
  /** The MsgId. */
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly lines: number;
  readonly total: bigint;
  readonly executionDate: string;
  readonly writtenAt: Date;
  readonly sentAt: Date | null;
  readonly receipt: string | null;
  readonly attempts: number;
}

const fileColumns = `id, name, sha256, lines, total, execution_date::text as "executionDate", written_at as "writtenAt",
  sent_at as "sentAt", receipt, attempts`;

export function fileSummary(sql: Sql, id: string): Promise<FileSummary | undefined> {
  return sql.one(`select ${fileColumns} from payments.file where id = $1`, [id]);
}

export async function nextFileNumber(tx: Sql): Promise<bigint> {
  const row = await tx.one<{ number: bigint }>("select nextval('payments.file_number') as number");
  return row!.number;
}

export async function insertFile(
  tx: Sql,
  file: Pick<FileSummary, "id" | "name" | "sha256" | "lines" | "total" | "executionDate" | "writtenAt"> & {
    number: bigint;
    xml: string;
    /** Of its groups (PmtInf), in their order: group n is named `id-n`. */
    purposes: readonly string[];
  },
): Promise<void> {
  await tx.run(
    `insert into payments.file (id, number, name, xml, sha256, lines, total, execution_date, written_at, purposes)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      file.id,
      file.number,
      file.name,
      file.xml,
      file.sha256,
      file.lines,
      file.total,
      file.executionDate,
      file.writtenAt,
      file.purposes,
    ],
  );
}

/** The content of a stored file. */
export function fileContent(sql: Sql, id: string): Promise<{ name: string; xml: string; sha256: string } | undefined> {
  return sql.one("select name, xml, sha256 from payments.file where id = $1", [id]);
}

export async function unsentFiles(sql: Sql): Promise<string[]> {
  return (
    await sql.query<{ id: string }>(
      "select id from payments.file where sent_at is null and recalled_at is null order by number",
    )
  ).map((row) => row.id);
}

/** What is needed to send a file, or to read a report on it. */
export interface LockedFile extends FileSummary {
  /** Its content; only for sending, since files are large. */
  readonly xml: string | null;
  /** Of its groups, in their order; `null` for files made before these were kept. */
  readonly purposes: readonly string[] | null;
}

/** Locks a file; `undefined` if another process holds it. */
export function lockFile(tx: Sql, id: string, wait: "wait" | "pass-over"): Promise<LockedFile | undefined> {
  return tx.one(
    `select ${fileColumns}, purposes, ${wait === "pass-over" ? "xml" : "case when purposes is null then xml end as xml"} from payments.file where id = $1 and recalled_at is null for update ${wait === "wait" ? "" : "skip locked"}`,
    [id],
  );
}

export async function noteAttempt(sql: Sql, id: string): Promise<void> {
  await sql.run(
    "update payments.file set attempts = attempts + 1 where id = $1 and sent_at is null and recalled_at is null",
    [id],
  );
}

export async function noteFault(sql: Sql, id: string, fault: string): Promise<void> {
  await sql.run("update payments.file set last_fault = $2 where id = $1 and sent_at is null", [id, fault]);
}

export async function markSent(tx: Sql, id: string, receipt: string, at: Date): Promise<void> {
  await tx.run("update payments.file set receipt = $2, sent_at = $3, last_fault = null where id = $1", [
    id,
    receipt,
    at,
  ]);
}
