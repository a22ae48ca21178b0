import type { Sql } from "#store";
import type { NewEvent } from "./event.ts";

/** An event to be written, and the digest that tells a repeated publication from another one under its key. */
export interface EventRow extends NewEvent {
  readonly digest: string;
}

/** Locks rooms, so that sequences become visible in their order; answers the last sequence of each. */
export async function lockRooms(tx: Sql, rooms: readonly string[]): Promise<Map<string, number>> {
  const found = await tx.query<{ room: string; last: bigint }>(
    "select room, last_sequence as last from exchange.event_room where room = any ($1) order by room for update",
    [rooms],
  );
  return new Map(found.map(({ room, last }) => [room, Number(last)]));
}

/** The events that were published under these idempotency keys. */
export async function publishedUnder(
  tx: Sql,
  rows: readonly EventRow[],
): Promise<{ room: string; publisher: string; idempotency: string; id: string; sequence: bigint; digest: string }[]> {
  const asked = rows.filter((row) => row.idempotency !== undefined);
  if (asked.length === 0) return [];
  return tx.query(
    `select e.room, e.publisher, e.idempotency, e.id, e.sequence, e.digest
     from json_to_recordset($1) as given (room text, publisher text, idempotency text)
     join exchange.event e using (room, publisher, idempotency)`,
    [JSON.stringify(asked.map(({ room, publisher, idempotency }) => ({ room, publisher, idempotency })))],
  );
}

const lockOf = "hashtextextended('event-subscription:' || id, 0)";

/**
 * Writes numbered events and what they owe to each subscriber. Takes the subscriptions' locks, against which every end
 * of a delivery is ordered: a row that is written as blocked has a predecessor that will free it.
 */
export async function writeEvents(tx: Sql, rows: readonly (EventRow & { readonly sequence: number })[]): Promise<void> {
  const given = JSON.stringify(
    rows.map((row) => ({
      ...row,
      event_type: row.eventType,
      event_key: row.key,
      legal_basis: row.legalBasis,
      published_at: row.publishedAt,
    })),
  );
  const columns = `room text, sequence bigint, id uuid, event_type text, publisher text, event_key text, payload text,
    purpose text, legal_basis text, idempotency text, digest text, published_at timestamptz`;
  await tx.run(
    `insert into exchange.event (room, sequence, id, event_type, publisher, event_key, payload, purpose, legal_basis,
       idempotency, digest, published_at)
     select room, sequence, id, event_type, publisher, event_key, payload, purpose, legal_basis, idempotency, digest,
       published_at from json_to_recordset($1) as given (${columns})`,
    [given],
  );
  await tx.run(
    `update exchange.event_room r set last_sequence = n.last
     from (select room, max(sequence) as last from json_to_recordset($1) as given (room text, sequence bigint) group by room) n
     where r.room = n.room`,
    [given],
  );
  const types = JSON.stringify(rows.map(({ room, eventType }) => ({ room, event_type: eventType })));
  await tx.query(
    `select pg_advisory_xact_lock(${lockOf}) from (
       select distinct s.id from exchange.event_subscription s
       join json_to_recordset($1) as given (room text, event_type text) using (room, event_type) order by s.id) s`,
    [types],
  );
  await tx.run(
    `insert into exchange.event_delivery
       (subscription_id, room, sequence, lane, state, next_at, expires_at, changed_at)
     select s.id, e.room, e.sequence, l.lane,
       case when l.lane is not null and (row_number() over (partition by s.id, l.lane order by e.sequence) > 1
         or exists (select 1 from exchange.event_delivery o where o.subscription_id = s.id and o.lane = l.lane
           and o.state in ('ready', 'blocked', 'held'))) then 'blocked' else 'ready' end,
       e.published_at, e.published_at + make_interval(secs => s.ttl_seconds), e.published_at
     from json_to_recordset($1) as e (${columns})
     join exchange.event_subscription s on s.room = e.room and s.event_type = e.event_type
     cross join lateral (select case when s.fifo then '*' when e.event_key is not null then 'k' || e.event_key end as lane) l`,
    [given],
  );
}

/** Orders what follows in this transaction against publications to these subscriptions. */
export async function lockSubscriptions(tx: Sql, ids: readonly string[], mode: "shared" | "alone"): Promise<void> {
  const lock = mode === "shared" ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
  await tx.query(`select ${lock}(${lockOf}) from (select distinct id from unnest($1::uuid[]) id order by id) s`, [ids]);
}
