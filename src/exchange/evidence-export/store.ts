import { createHash } from "node:crypto";
import type { Sql } from "#store";
import type { Salts, Side } from "../gateway/evidence.ts";

export type Half = "request" | "response";

export interface KeptRow {
  readonly recordId: string;
  readonly half: Half;
  readonly keptUntil: Date;
  readonly sealed: Uint8Array;
  /** SHA-256 of the caller's message id. */
  readonly messageKey: Uint8Array;
}

/** Keeps sealed messages, each once. */
export async function putKept(tx: Sql, rows: readonly KeptRow[]): Promise<void> {
  for (const { recordId, half, keptUntil, sealed, messageKey } of rows) {
    await tx.run(
      `insert into exchange.kept_message (record_id, half, kept_until, sealed, message_key) values ($1, $2, $3, $4, $5)
       on conflict (record_id, half) do nothing`,
      [recordId, half, keptUntil, sealed, messageKey],
    );
  }
}

/** The other member's seal over the half that it sent, once it was asked for. */
export async function peerSealOf(sql: Sql, recordId: string, half: Half): Promise<Uint8Array | undefined> {
  const row = await sql.one<{ seal: Uint8Array | null }>(
    "select peer_seal as seal from exchange.kept_message where record_id = $1 and half = $2",
    [recordId, half],
  );
  return row?.seal ?? undefined;
}

/** Keeps a seal for as long as its message is kept. */
export function putPeerSeal(sql: Sql, recordId: string, half: Half, seal: Uint8Array): Promise<number> {
  return sql.run(
    "update exchange.kept_message set peer_seal = $3, seal_wanted_at = null where record_id = $1 and half = $2",
    [recordId, half, seal],
  );
}

/** Notes that a seal was wanted and not to be had. */
export function wantPeerSeal(sql: Sql, recordId: string, half: Half, now: Date): Promise<number> {
  return sql.run(
    "update exchange.kept_message set seal_wanted_at = $3 where record_id = $1 and half = $2 and peer_seal is null",
    [recordId, half, now],
  );
}

/** The records with a half whose seal is wanted, whoever was asked longest ago first. */
export async function wantedSeals(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.query<{ recordId: string }>(
    `select record_id as "recordId" from exchange.kept_message where seal_wanted_at is not null
     order by seal_wanted_at limit $1`,
    [limit],
  );
  return rows.map(({ recordId }) => recordId);
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

export function closedRecord(sql: Sql, recordId: string): Promise<ClosedRecord | undefined> {
  return sql.one(`select ${columns} from exchange.evidence where record_id = $1 and ${closed}`, [recordId]);
}

/**
 * By the message id (`x-road-id`) of the caller, which several exchanges may carry; newest first. Only exchanges whose messages
 * are kept: of others there is nothing to hand out.
 */
export function recordsOfMessage(
  sql: Sql,
  o: { readonly messageId: string; readonly client: string; readonly limit: number },
): Promise<ClosedRecord[]> {
  return sql.query(messageQuery, [messageKeyOf(o.messageId), o.client, o.limit]);
}

/** Parameters: key of the message id, client in path form, limit. */
export const messageQuery: string = `select ${columns} from exchange.evidence
  where record_id in (select record_id from exchange.kept_message where message_key = $1)
    and (client = $2 or starts_with(service, $2 || '/')) and ${closed}
  order by record_id desc limit $3`;

/** An id may be longer than an index takes. */
export function messageKeyOf(messageId: string): Buffer {
  return createHash("sha256").update(messageId, "utf8").digest();
}
