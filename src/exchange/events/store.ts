import type { Sql } from "#store";
import type { DeliveryState, DeliveryStatus, EventType, NewEvent, StoredEvent, Subscription } from "./event.ts";
import type { Backlog, DeliveryQuery, Held, Settlement } from "./event-store.ts";

/** Makes sure of a room, so that its events can be numbered. */
export async function putRoom(sql: Sql, room: string): Promise<void> {
  await sql.run("insert into exchange.event_room (room) values ($1) on conflict do nothing", [room]);
}

/** False when the room has a type of that name. */
export async function putType(tx: Sql, { room, eventType, schema }: EventType, now: Date): Promise<boolean> {
  const made = await tx.run(
    "insert into exchange.event_type (room, event_type, schema, made_at) values ($1, $2, $3, $4) on conflict do nothing",
    [room, eventType, JSON.stringify(schema), now],
  );
  return made === 1;
}

/** Removes a type with its subscriptions and what they are owed. */
export async function dropType(tx: Sql, room: string, eventType: string): Promise<boolean> {
  return (await tx.run("delete from exchange.event_type where room = $1 and event_type = $2", [room, eventType])) === 1;
}

export function typeOf(sql: Sql, room: string, eventType: string): Promise<EventType | undefined> {
  return sql.one(
    `select room, event_type as "eventType", schema from exchange.event_type where room = $1 and event_type = $2`,
    [room, eventType],
  );
}

export function typesOf(sql: Sql, room: string): Promise<EventType[]> {
  return sql.query(
    `select room, event_type as "eventType", schema from exchange.event_type where room = $1 order by event_type`,
    [room],
  );
}

interface SubscriptionRow {
  readonly id: string;
  readonly room: string;
  readonly event_type: string;
  readonly subscriber: string;
  readonly delivery: Subscription["delivery"];
  readonly ttl_seconds: number;
  readonly fifo: boolean;
  readonly service: string;
  readonly path: string;
  readonly attempts: number | null;
}

const subscriptionColumns =
  "s.id, s.room, s.event_type, s.subscriber, s.delivery, s.ttl_seconds, s.fifo, s.service, s.path, s.attempts";

function subscriptionFrom(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    room: row.room,
    eventType: row.event_type,
    subscriber: row.subscriber,
    delivery: row.delivery,
    ttlSeconds: row.ttl_seconds,
    fifo: row.fifo,
    service: row.service,
    path: row.path,
    ...(row.attempts === null ? {} : { attempts: row.attempts }),
  };
}

/** False when the subscriber has one to this type. */
export async function putSubscription(tx: Sql, s: Subscription, now: Date): Promise<boolean> {
  const made = await tx.run(
    `insert into exchange.event_subscription
       (id, room, event_type, subscriber, delivery, ttl_seconds, fifo, service, path, attempts, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
    [
      s.id,
      s.room,
      s.eventType,
      s.subscriber,
      s.delivery,
      s.ttlSeconds,
      s.fifo,
      s.service,
      s.path,
      s.attempts ?? null,
      now,
    ],
  );
  return made === 1;
}

export async function changeSubscription(tx: Sql, s: Subscription): Promise<void> {
  await tx.run(
    `update exchange.event_subscription set delivery = $2, ttl_seconds = $3, fifo = $4, service = $5, path = $6,
       attempts = $7, failing = 0 where id = $1`,
    [s.id, s.delivery, s.ttlSeconds, s.fifo, s.service, s.path, s.attempts ?? null],
  );
}

export async function dropSubscription(tx: Sql, id: string): Promise<boolean> {
  return (await tx.run("delete from exchange.event_subscription where id = $1", [id])) === 1;
}

/** Subscriptions in rooms, all or those of one subscriber, type or id. */
export async function subscriptions(
  sql: Sql,
  o: {
    readonly rooms: readonly string[];
    readonly subscriber?: string | undefined;
    readonly eventType?: string | undefined;
    readonly id?: string | undefined;
  },
): Promise<Subscription[]> {
  const rows = await sql.query<SubscriptionRow>(
    `select ${subscriptionColumns} from exchange.event_subscription s
     where s.room = any ($1) and ($2::text is null or s.subscriber = $2) and ($3::text is null or s.event_type = $3)
       and ($4::uuid is null or s.id = $4) order by s.room, s.event_type, s.subscriber`,
    [o.rooms, o.subscriber ?? null, o.eventType ?? null, o.id ?? null],
  );
  return rows.map(subscriptionFrom);
}

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

/** Keeps an event that a broker's delivery gave up, as a dead letter of its subscription. */
export function bury(sql: Sql, { held, outcome, now }: Pick<Settlement, "held" | "outcome" | "now">): Promise<void> {
  const { subscription: s, event } = held;
  return sql.transaction(async (tx) => {
    await tx.run(
      `insert into exchange.event (room, sequence, id, event_type, publisher, event_key, payload, purpose, legal_basis,
         digest, published_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10) on conflict do nothing`,
      [
        event.room,
        event.sequence,
        event.id,
        event.eventType,
        event.publisher,
        event.key ?? null,
        event.payload,
        event.purpose ?? null,
        event.legalBasis ?? null,
        event.publishedAt,
      ],
    );
    await tx.run(
      `insert into exchange.event_delivery (subscription_id, room, sequence, lane, state, next_at, expires_at, attempts,
         outcome, changed_at) values ($1, $2, $3, $4, 'dead', $5, $6, $7, $8, $5)
       on conflict (subscription_id, sequence) do update set state = 'dead', outcome = $8, changed_at = $5`,
      [
        s.id,
        event.room,
        event.sequence,
        s.fifo ? "*" : event.key === undefined ? null : `k${event.key}`,
        now,
        held.expiresAt,
        held.attempt,
        outcome,
      ],
    );
  });
}

/** Remembers what a broker lent to a subscriber that pulls. */
export async function lend(sql: Sql, held: Held, until: Date): Promise<void> {
  await sql.run(
    `insert into exchange.event_lent (subscription_id, event_id, reply, event, attempt, until)
     values ($1, $2, $3, $4, $5, $6) on conflict (subscription_id, event_id)
     do update set reply = excluded.reply, attempt = excluded.attempt, until = excluded.until, done = false`,
    [held.subscription.id, held.event.id, held.hold, JSON.stringify(held.event), held.attempt, until],
  );
}

export async function lentTo(
  sql: Sql,
  subscription: Subscription,
  eventId: string,
): Promise<{ readonly held: Held; readonly until: Date; readonly done: boolean } | undefined> {
  const row = await sql.one<{
    reply: string;
    event: StoredEvent & { publishedAt: string };
    attempt: number;
    until: Date;
    done: boolean;
  }>(
    "select reply, event, attempt, until, done from exchange.event_lent where subscription_id = $1 and event_id = $2",
    [subscription.id, eventId],
  );
  if (!row) return undefined;
  const event = { ...row.event, publishedAt: new Date(row.event.publishedAt) };
  const expiresAt = new Date(event.publishedAt.getTime() + subscription.ttlSeconds * 1000);
  const held = { subscription, event, attempt: row.attempt, expiresAt, hold: row.reply };
  return { held, until: row.until, done: row.done };
}

export async function markTaken(sql: Sql, subscriptionId: string, eventId: string): Promise<void> {
  await sql.run("update exchange.event_lent set done = true where subscription_id = $1 and event_id = $2", [
    subscriptionId,
    eventId,
  ]);
}

export async function forgetLent(sql: Sql, subscriptionId: string): Promise<void> {
  await sql.run("delete from exchange.event_lent where subscription_id = $1", [subscriptionId]);
}
