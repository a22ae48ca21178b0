import type { Sql } from "#store";
import type { EventType, Subscription } from "./event.ts";

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

/** A subscription as its table has it. */
export interface SubscriptionRow {
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

/** Its columns, of the table `s`. */
export const subscriptionColumns: string =
  "s.id, s.room, s.event_type, s.subscriber, s.delivery, s.ttl_seconds, s.fifo, s.service, s.path, s.attempts";

export function subscriptionFrom(row: SubscriptionRow): Subscription {
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
