import type { Sql } from "#store";
import type { DeliveryStatus, Subscription } from "./event.ts";
import type { Backlog, DeliveryQuery } from "./event-store.ts";
import type { LaneRow } from "./delivery-store.ts";
import { subscriptionColumns, subscriptionFrom, type SubscriptionRow } from "./subscription-store.ts";

/** Subscriptions to whom an event is owed. */
export function owedTo(sql: Sql, room: string, sequence: number): Promise<{ readonly id: string }[]> {
  return sql.query("select subscription_id as id from exchange.event_delivery where room = $1 and sequence = $2", [
    room,
    sequence,
  ]);
}

export function cancelDeliveries(tx: Sql, room: string, sequence: number, now: Date): Promise<LaneRow[]> {
  return tx.query(
    `update exchange.event_delivery set state = 'cancelled', hold = null, changed_at = $3
     where room = $1 and sequence = $2 and state in ('ready', 'blocked', 'held', 'dead') returning subscription_id, lane`,
    [room, sequence, now],
  );
}

/** Owes all events of the type from a sequence on once more; those with a lane wait until it is freed. */
export function oweAgain(tx: Sql, s: Subscription, from: number, now: Date): Promise<LaneRow[]> {
  return tx.query(
    `insert into exchange.event_delivery as d
       (subscription_id, room, sequence, lane, state, next_at, expires_at, changed_at)
     select $1::uuid, e.room, e.sequence, l.lane, case when l.lane is null then 'ready' else 'blocked' end, $5::timestamptz,
       $5::timestamptz + make_interval(secs => $6), $5::timestamptz
     from exchange.event e
     cross join lateral (select case when $7::boolean then '*' when e.event_key is not null then 'k' || e.event_key end as lane) l
     where e.room = $2 and e.event_type = $3 and e.sequence >= $4
     on conflict (subscription_id, sequence) do update
       set state = excluded.state, lane = excluded.lane, next_at = excluded.next_at, expires_at = excluded.expires_at,
         changed_at = excluded.changed_at, attempts = 0
       where d.state not in ('held', 'cancelled')
     returning d.subscription_id, d.lane`,
    [s.id, s.room, s.eventType, from, now, s.ttlSeconds, s.fifo],
  );
}

/** Puts dead letters back to where they wait. */
export function reviveDead(
  tx: Sql,
  subscriptionId: string,
  sequence: number | undefined,
  now: Date,
): Promise<LaneRow[]> {
  return tx.query(
    `update exchange.event_delivery d set state = case when d.lane is null then 'ready' else 'blocked' end, next_at = $3::timestamptz,
       expires_at = $3::timestamptz + make_interval(secs => s.ttl_seconds), attempts = 0, changed_at = $3::timestamptz
     from exchange.event_subscription s
     where d.subscription_id = $1 and s.id = d.subscription_id and d.state = 'dead'
       and ($2::bigint is null or d.sequence = $2) returning d.subscription_id, d.lane`,
    [subscriptionId, sequence ?? null, now],
  );
}

export function discard(tx: Sql, subscriptionId: string, sequence: number | undefined, now: Date): Promise<number> {
  return tx.run(
    `update exchange.event_delivery set state = 'discarded', changed_at = $3
     where subscription_id = $1 and state = 'dead' and ($2::bigint is null or sequence = $2)`,
    [subscriptionId, sequence ?? null, now],
  );
}

export async function statusOf(sql: Sql, o: DeliveryQuery): Promise<DeliveryStatus[]> {
  const rows = await sql.query<Omit<DeliveryStatus, "sequence"> & { sequence: bigint }>(
    `select d.subscription_id as "subscriptionId", d.room, e.event_type as "eventType", e.id as "eventId", d.sequence,
       s.subscriber, d.state, d.attempts, d.outcome, e.published_at as "publishedAt", d.next_at as "nextAt",
       d.changed_at as "changedAt"
     from exchange.event_delivery d join exchange.event e using (room, sequence)
     join exchange.event_subscription s on s.id = d.subscription_id
     where d.room = any ($1) and ($2::text is null or e.event_type = $2) and ($3::uuid is null or e.id = $3)
       and ($4::text is null or s.subscriber = $4) and ($5::text is null or d.state = $5) and d.sequence > $6
     order by d.sequence, s.subscriber limit $7`,
    [
      o.rooms,
      o.eventType ?? null,
      o.eventId ?? null,
      o.subscriber ?? null,
      o.state ?? null,
      o.after ?? -1,
      o.limit ?? 100,
    ],
  );
  return rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
}

interface BacklogRow extends SubscriptionRow {
  readonly waiting: bigint;
  readonly held: bigint;
  readonly dead: bigint;
  readonly done: bigint;
  readonly oldest: Date | null;
  readonly failing: number;
}

/** Per subscription, what waits and what went. */
export async function backlogOf(sql: Sql, rooms: readonly string[]): Promise<Backlog[]> {
  const rows = await sql.query<BacklogRow>(
    `select ${subscriptionColumns}, s.failing,
       count(*) filter (where d.state in ('ready', 'blocked')) as waiting,
       count(*) filter (where d.state = 'held') as held, count(*) filter (where d.state = 'dead') as dead,
       count(*) filter (where d.state = 'done') as done,
       min(e.published_at) filter (where d.state in ('ready', 'blocked')) as oldest
     from exchange.event_subscription s left join exchange.event_delivery d on d.subscription_id = s.id
     left join exchange.event e on e.room = d.room and e.sequence = d.sequence
     where s.room = any ($1) group by s.id order by s.room, s.event_type, s.subscriber`,
    [rooms],
  );
  return rows.map((row) => ({
    subscription: subscriptionFrom(row),
    waiting: Number(row.waiting),
    held: Number(row.held),
    dead: Number(row.dead),
    done: Number(row.done),
    oldest: row.oldest,
    failing: row.failing,
  }));
}

/** Removes old events that nobody is owed; dead letters stay until their own date. */
export function purgeEvents(sql: Sql, rooms: readonly string[], settled: Date, dead: Date): Promise<number> {
  return sql.run(
    `delete from exchange.event e where e.room = any ($1) and e.published_at < $2 and not exists (
       select 1 from exchange.event_delivery d where d.room = e.room and d.sequence = e.sequence
         and (d.state in ('ready', 'blocked', 'held') or d.state = 'dead' and e.published_at >= $3))`,
    [rooms, settled, dead],
  );
}
