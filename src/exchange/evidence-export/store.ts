import type { Sql } from "#store";
import type { Salts, Side } from "../gateway/evidence.ts";

export type Half = "request" | "response";

export interface KeptRow {
  readonly recordId: string;
  readonly half: Half;
  readonly keptUntil: Date;
  readonly sealed: Uint8Array;
}

/** Keeps sealed messages, each once. */
export async function putKept(tx: Sql, rows: readonly KeptRow[]): Promise<void> {
  for (const { recordId, half, keptUntil, sealed } of rows) {
    await tx.run(
      `insert into exchange.kept_message (record_id, half, kept_until, sealed) values ($1, $2, $3, $4)
       on conflict (record_id, half) do nothing`,
      [recordId, half, keptUntil, sealed],
    );
  }
}

export function keptOf(sql: Sql, recordId: string, now: Date): Promise<{ half: Half; sealed: Uint8Array }[]> {
  return sql.query("select half, sealed from exchange.kept_message where record_id = $1 and kept_until > $2", [
    recordId,
    now,
  ]);
}

/** All that is kept, in pages: what comes after a record's id and half. */
export function keptAfter(
  sql: Sql,
  after: { readonly recordId: string; readonly half: Half } | undefined,
  limit: number,
): Promise<{ recordId: string; half: Half; sealed: Uint8Array }[]> {
  return sql.query(
    `select record_id as "recordId", half, sealed from exchange.kept_message
     where $1::uuid is null or (record_id, half) > ($1::uuid, $2) order by record_id, half limit $3`,
    [after?.recordId ?? null, after?.half ?? "", limit],
  );
}

/** Destroys what was kept of some exchanges. */
export function dropKept(tx: Sql, recordIds: readonly string[]): Promise<number> {
  return tx.run("delete from exchange.kept_message where record_id = any($1::uuid[])", [recordIds]);
}

/** Destroys what has been kept long enough. */
export function dropExpired(sql: Sql, now: Date): Promise<number> {
  return sql.run("delete from exchange.kept_message where kept_until <= $1", [now]);
}

/** A closed, authentic record of one exchange. */
export interface ClosedRecord {
  readonly recordId: string;
  readonly side: Side;
  readonly exchangeId: string;
  readonly messageId: string;
  readonly client: string;
  readonly service: string;
  readonly record: string;
  readonly salts: Partial<Salts>;
  readonly logEntry: bigint;
}

const columns = `record_id as "recordId", side, exchange_id as "exchangeId", client, service, record, salts,
  log_entry as "logEntry", coalesce((record::json)->>'messageId', '') as "messageId"`;
const closed = "authentic and done_at is not null and record is not null and log_entry is not null";

/** The records of an exchange at this gateway: one, or two where both ends are here. */
export function closedRecords(sql: Sql, exchangeId: string): Promise<ClosedRecord[]> {
  return sql.query(`select ${columns} from exchange.evidence where exchange_id = $1 and ${closed} order by record_id`, [
    exchangeId,
  ]);
}

/** By the message id (`x-road-id`) of the caller, which several exchanges may carry; newest first. */
export function recordsOfMessage(
  sql: Sql,
  o: { readonly messageId: string; readonly client: string; readonly limit: number },
): Promise<ClosedRecord[]> {
  return sql.query(
    `select ${columns} from exchange.evidence
     where (record::json)->>'messageId' = $1 and (client = $2 or starts_with(service, $2 || '/')) and ${closed}
     order by record_id desc limit $3`,
    [o.messageId, o.client, o.limit],
  );
}
