import type { Sql } from "#store";
import type { StoredEvent, Subscription } from "./event.ts";
import type { Held, Settlement } from "./event-store.ts";

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
