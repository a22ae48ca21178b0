import type { Sql } from "#store";
import type { DeliveryState, StoredEvent } from "./event.ts";
import type { Held } from "./event-store.ts";
import { subscriptionColumns, subscriptionFrom, type SubscriptionRow } from "./subscription-store.ts";

interface EventColumns {
  readonly event_id: string;
  readonly event_room: string;
  readonly type: string;
  readonly sequence: bigint;
  readonly publisher: string;
  readonly event_key: string | null;
  readonly payload: string;
  readonly purpose: string | null;
  readonly legal_basis: string | null;
  readonly published_at: Date;
}

const eventColumns = `e.id as event_id, e.room as event_room, e.event_type as type, e.sequence, e.publisher, e.event_key,
  e.payload, e.purpose, e.legal_basis, e.published_at`;

function eventFrom(row: EventColumns): StoredEvent {
  return {
    id: row.event_id,
    room: row.event_room,
    eventType: row.type,
    sequence: Number(row.sequence),
    publisher: row.publisher,
    payload: row.payload,
    publishedAt: row.published_at,
    ...(row.event_key === null ? {} : { key: row.event_key }),
    ...(row.purpose === null ? {} : { purpose: row.purpose }),
    ...(row.legal_basis === null ? {} : { legalBasis: row.legal_basis }),
  };
}

export async function findEvent(
  sql: Sql,
  o: { readonly room: string; readonly eventType?: string; readonly id: string },
): Promise<StoredEvent | undefined> {
  const row = await sql.one<EventColumns>(
    `select ${eventColumns} from exchange.event e where e.room = $1 and ($2::text is null or e.event_type = $2) and e.id = $3`,
    [o.room, o.eventType ?? null, o.id],
  );
  return row && eventFrom(row);
}

interface HeldRow extends SubscriptionRow, EventColumns {
  readonly hold: string;
  readonly made: number;
  readonly expires_at: Date;
}

const heldColumns = `${subscriptionColumns}, ${eventColumns}, d.hold, d.attempts as made, d.expires_at`;

function heldFrom(row: HeldRow): Held {
  return {
    subscription: subscriptionFrom(row),
    event: eventFrom(row),
    attempt: row.made,
    expiresAt: row.expires_at,
    hold: row.hold,
  };
}

/**
 * Takes due events of subscriptions that are pushed to, skipping what other processes take. A subscription has at most
 * `each` under way, and one alone while its attempts fail: nobody who is slow or away can take all places.
 */
export async function claimDue(
  sql: Sql,
  o: {
    readonly rooms: readonly string[];
    readonly now: Date;
    readonly until: Date;
    readonly limit: number;
    readonly each: number;
  },
): Promise<Held[]> {
  const rows = await sql.query<HeldRow>(
    `with due as materialized (
       select d.subscription_id, d.sequence
       from (select id, failing from exchange.event_subscription
             where room = any ($1) and delivery = 'PUSH' order by least(failing, 1), random()) s
       cross join lateral (
         select subscription_id, sequence from exchange.event_delivery
         where subscription_id = s.id and state = 'ready' and next_at <= $2 order by next_at, sequence
         limit greatest(0, case when s.failing > 0 then 1 else $5::int end - (
           select count(*) from exchange.event_delivery h where h.subscription_id = s.id and h.state = 'held'))
         for update skip locked) d
       limit $4)
     update exchange.event_delivery d
     set state = 'held', hold = gen_random_uuid(), held_until = $3, attempts = d.attempts + 1, changed_at = $2
     from due, exchange.event_subscription s, exchange.event e
     where d.subscription_id = due.subscription_id and d.sequence = due.sequence and d.state = 'ready'
       and s.id = d.subscription_id and e.room = d.room and e.sequence = d.sequence
     returning ${heldColumns}`,
    [o.rooms, o.now, o.until, o.limit, o.each],
  );
  return rows.map(heldFrom);
}

/** Takes the next event of one subscription. */
export async function claimOne(
  sql: Sql,
  subscriptionId: string,
  o: { readonly now: Date; readonly until: Date },
): Promise<Held | undefined> {
  const row = await sql.one<HeldRow>(
    `with due as materialized (
       select subscription_id, sequence from exchange.event_delivery
       where subscription_id = $1 and state = 'ready' and next_at <= $2 order by sequence limit 1 for update skip locked)
     update exchange.event_delivery d
     set state = 'held', hold = gen_random_uuid(), held_until = $3, attempts = d.attempts + 1, changed_at = $2
     from due, exchange.event_subscription s, exchange.event e
     where d.subscription_id = due.subscription_id and d.sequence = due.sequence
       and s.id = d.subscription_id and e.room = d.room and e.sequence = d.sequence
     returning ${heldColumns}`,
    [subscriptionId, o.now, o.until],
  );
  return row && heldFrom(row);
}

/** One delivery by its event's id, with its hold as far as it has one. */
export async function deliveryOf(
  sql: Sql,
  subscriptionId: string,
  eventId: string,
): Promise<{ readonly state: DeliveryState; readonly held: Held } | undefined> {
  const row = await sql.one<HeldRow & { state: DeliveryState }>(
    `select ${heldColumns}, d.state from exchange.event_delivery d
     join exchange.event e using (room, sequence) join exchange.event_subscription s on s.id = d.subscription_id
     where d.subscription_id = $1 and e.id = $2`,
    [subscriptionId, eventId],
  );
  return row && { state: row.state, held: heldFrom({ ...row, hold: row.hold ?? "" }) };
}

export async function renewHolds(sql: Sql, holds: readonly string[], until: Date): Promise<void> {
  await sql.run(
    `update exchange.event_delivery d set held_until = $2
     from (select subscription_id, sequence from exchange.event_delivery
           where state = 'held' and hold = any ($1::uuid[]) for update skip locked) h
     where d.subscription_id = h.subscription_id and d.sequence = h.sequence`,
    [holds, until],
  );
}

/** Whose lease ended may be taken by anybody: its process is dead, or a subscriber did not acknowledge. */
export function freeExpiredHolds(sql: Sql, rooms: readonly string[], now: Date): Promise<number> {
  return sql.run(
    `update exchange.event_delivery d
     set state = 'ready', next_at = $2, hold = null, outcome = 'lease-ended', changed_at = $2
     from (select subscription_id, sequence from exchange.event_delivery
           where state = 'held' and held_until <= $2 and room = any ($1) for update skip locked) h
     where d.subscription_id = h.subscription_id and d.sequence = h.sequence`,
    [rooms, now],
  );
}

/** One end of an attempt as it is written. */
export interface EndRow {
  readonly subscription_id: string;
  readonly sequence: number;
  readonly hold: string;
  readonly state: DeliveryState;
  readonly next_at: Date;
  readonly attempt: number;
  readonly outcome: string;
  readonly message_id: string;
  readonly at: Date;
}

export interface LaneRow {
  readonly subscription_id: string;
  readonly lane: string | null;
}

/** Ends attempts whose hold still stands, and keeps each; answers those that stood. */
export function endHolds(
  tx: Sql,
  rows: readonly EndRow[],
): Promise<(LaneRow & { readonly sequence: bigint; readonly state: DeliveryState })[]> {
  return tx.query(
    `with ended as (
       update exchange.event_delivery d set state = g.state, next_at = g.next_at, hold = null, held_until = null,
         outcome = g.outcome, changed_at = g.at
       from json_to_recordset($1) as g (subscription_id uuid, sequence bigint, hold uuid, state text, next_at timestamptz,
         attempt int, outcome text, message_id text, at timestamptz)
       where d.subscription_id = g.subscription_id and d.sequence = g.sequence
         and (d.hold = g.hold and d.state = 'held' or g.hold is null and d.state = 'ready' and d.attempts > 0)
       returning d.subscription_id, d.sequence, d.lane, d.state, g.attempt, g.outcome, g.message_id, g.at),
     kept as (
       insert into exchange.event_attempt (subscription_id, sequence, attempt, at, message_id, outcome)
       select subscription_id, sequence, attempt, at, message_id, outcome from ended on conflict do nothing)
     select subscription_id, sequence, lane, state from ended`,
    [JSON.stringify(rows.map((row) => ({ ...row, hold: row.hold === "" ? null : row.hold })))],
  );
}

/** Lets the first of each lane go, where none of it is on its way. */
export async function freeLanes(tx: Sql, lanes: readonly LaneRow[], now: Date): Promise<void> {
  const named = lanes.flatMap(({ subscription_id, lane }) => (lane === null ? [] : [{ subscription_id, lane }]));
  if (named.length === 0) return;
  await tx.run(
    `update exchange.event_delivery d set state = 'ready', next_at = least(d.next_at, $2)
     from (select distinct subscription_id, lane from json_to_recordset($1) as g (subscription_id uuid, lane text)) l
     cross join lateral (
       select b.subscription_id, b.sequence from exchange.event_delivery b
       where b.subscription_id = l.subscription_id and b.lane = l.lane and b.state = 'blocked'
         and not exists (select 1 from exchange.event_delivery o where o.subscription_id = l.subscription_id
           and o.lane = l.lane and o.state in ('ready', 'held'))
       order by b.sequence limit 1) first
     where d.subscription_id = first.subscription_id and d.sequence = first.sequence`,
    [JSON.stringify(named), now],
  );
}

/** Counts failures in a row of subscriptions; a success ends the count. */
export async function countFailures(
  tx: Sql,
  o: { readonly failed: readonly string[]; readonly done: readonly string[] },
): Promise<void> {
  if (o.failed.length > 0)
    await tx.run("update exchange.event_subscription set failing = failing + 1 where id = any ($1::uuid[])", [
      o.failed,
    ]);
  if (o.done.length > 0)
    await tx.run("update exchange.event_subscription set failing = 0 where id = any ($1::uuid[]) and failing > 0", [
      o.done,
    ]);
}

/** Subscriptions with something that has waited past its time. */
export function subscriptionsWithExpired(
  sql: Sql,
  rooms: readonly string[],
  now: Date,
): Promise<{ readonly id: string }[]> {
  return sql.query(
    `select distinct subscription_id as id from exchange.event_delivery
     where state in ('ready', 'blocked') and expires_at <= $2 and room = any ($1)`,
    [rooms, now],
  );
}

/** What waited past its time becomes a dead letter; never more than a thousand at once. */
export function expire(tx: Sql, subscriptionIds: readonly string[], now: Date): Promise<LaneRow[]> {
  return tx.query(
    `update exchange.event_delivery d set state = 'dead', changed_at = $2,
       outcome = coalesce(nullif(d.outcome, 'lease-ended'), 'expired')
     from (select subscription_id, sequence from exchange.event_delivery
           where state in ('ready', 'blocked') and expires_at <= $2 and subscription_id = any ($1::uuid[])
           order by expires_at limit 1000 for update skip locked) late
     where d.subscription_id = late.subscription_id and d.sequence = late.sequence
     returning d.subscription_id, d.lane`,
    [subscriptionIds, now],
  );
}
