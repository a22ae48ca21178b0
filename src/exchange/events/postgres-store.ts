import { createHash } from "node:crypto";
import { err, ok, type Result } from "#kernel";
import { groupCommit, type Database, type Sql } from "#store";
import type { NewEvent } from "./event.ts";
import type { EventStore, Leases, Note, Settlement } from "./event-store.ts";
import {
  claimDue,
  claimOne,
  countFailures,
  deliveryOf,
  endHolds,
  expire,
  findEvent,
  freeExpiredHolds,
  freeLanes,
  renewHolds,
  subscriptionsWithExpired,
} from "./delivery-store.ts";
import {
  backlogOf,
  cancelDeliveries,
  discard,
  oweAgain,
  owedTo,
  purgeEvents,
  reviveDead,
  statusOf,
} from "./owed-store.ts";
import { lockRooms, lockSubscriptions, publishedUnder, writeEvents, type EventRow } from "./publication-store.ts";

/** How many of a subscriber's events are under way at once, when none of them fails. */
const underWay = 8;

/** Milliseconds. */
const sweepEvery = 100;

type Published = Result<{ readonly id: string; readonly sequence: number }, "key-reused">;

/** Events in PostgreSQL: the default. Publications at the same time share a commit, and so do acknowledgements. */
export function postgresEventStore(o: {
  readonly database: Database;
  readonly rooms: readonly string[];
  readonly leases: Leases;
}): EventStore {
  const { database, rooms, leases } = o;
  const after = (now: Date, milliseconds: number): Date => new Date(now.getTime() + milliseconds);

  let swept = 0;

  /** Expired leases become ready, what is past its time becomes dead. Not with each of many claims in a moment. */
  async function sweep(now: Date): Promise<void> {
    if (Math.abs(now.getTime() - swept) < sweepEvery) return;
    swept = now.getTime();
    await freeExpiredHolds(database, rooms, now);
    const late = await subscriptionsWithExpired(database, rooms, now);
    if (late.length === 0) return;
    await database.transaction(async (tx) => {
      const ids = late.map(({ id }) => id);
      await lockSubscriptions(tx, ids, "shared");
      await freeLanes(tx, await expire(tx, ids, now), now);
    });
  }

  /** Changes deliveries of one subscription while nobody publishes to it. */
  function alone(
    id: string,
    now: Date,
    change: (tx: Sql) => ReturnType<typeof reviveDead>,
    note?: Note,
  ): Promise<number> {
    return database.transaction(async (tx) => {
      await lockSubscriptions(tx, [id], "alone");
      const changed = await change(tx);
      await freeLanes(tx, changed, now);
      if (changed.length > 0) await note?.(tx, changed.length);
      return changed.length;
    });
  }

  const publish = groupCommit((events: readonly NewEvent[]) => database.transaction((tx) => publishAll(tx, events)));
  const settle = groupCommit((all: readonly Settlement[]) => database.transaction((tx) => settleAll(tx, all)));

  return {
    publish,
    find: (room, eventType, id) => findEvent(database, { room, eventType, id }),
    async cancel(room, id, now) {
      const event = await findEvent(database, { room, id });
      if (!event) return false;
      await database.transaction(async (tx) => {
        const owed = await owedTo(tx, room, event.sequence);
        await lockSubscriptions(
          tx,
          owed.map((one) => one.id),
          "shared",
        );
        await freeLanes(tx, await cancelDeliveries(tx, room, event.sequence, now), now);
      });
      return true;
    },
    subscribed: async () => undefined,
    unsubscribed: async () => undefined,
    async claim({ now, limit }) {
      await sweep(now);
      return claimDue(database, { rooms, now, until: after(now, leases.pushMs), limit, each: underWay });
    },
    async claimNext(subscription, now) {
      await sweep(now);
      return claimOne(database, subscription.id, { now, until: after(now, leases.pullMs) });
    },
    async inHand(subscription, eventId) {
      const found = await deliveryOf(database, subscription.id, eventId);
      if (!found || found.state === "cancelled") return undefined;
      if (found.state === "done") return "done";
      // A lease that ended before the acknowledgement came, and nobody has the event again: it was taken after all.
      const late = found.state === "ready" && found.held.attempt > 0;
      return found.state === "held" || late ? found.held : "not-held";
    },
    renew: (held, now) =>
      renewHolds(
        database,
        held.map(({ hold }) => hold),
        after(now, leases.pushMs),
      ),
    settle: async (settlement) => ({ settled: await settle(settlement) }),
    replay: (subscription, from, now) => alone(subscription.id, now, (tx) => oweAgain(tx, subscription, from, now)),
    deliveries: (query) => statusOf(database, query),
    replayDead: ({ subscriptionId: id, sequence }, now, note) =>
      alone(id, now, (tx) => reviveDead(tx, id, sequence, now), note),
    discardDead: ({ subscriptionId: id, sequence }, now, note) =>
      database.transaction(async (tx) => {
        const count = await discard(tx, id, sequence, now);
        if (count > 0) await note(tx, count);
        return count;
      }),
    backlog: (asked) => backlogOf(database, asked),
    purge: (before) => purgeEvents(database, rooms, before.settled, before.dead),
    close: async () => undefined,
  };
}

/** What tells one publication from another under the same idempotency key. */
function digestOf({ eventType, key, payload }: NewEvent): string {
  return createHash("sha256")
    .update(JSON.stringify([eventType, key ?? null, payload]))
    .digest("base64");
}

async function publishAll(tx: Sql, events: readonly NewEvent[]): Promise<Published[]> {
  const rows: EventRow[] = events.map((event) => ({ ...event, digest: digestOf(event) }));
  const last = await lockRooms(tx, [...new Set(rows.map(({ room }) => room))]);
  const nameOf = (row: { room: string; publisher: string; idempotency?: string | undefined }): string =>
    JSON.stringify([row.room, row.publisher, row.idempotency]);
  const known = new Map(
    (await publishedUnder(tx, rows)).map((row) => [
      nameOf(row),
      { id: row.id, sequence: Number(row.sequence), digest: row.digest },
    ]),
  );
  const fresh: (EventRow & { sequence: number })[] = [];
  const answers = rows.map((row): Published => {
    const there = row.idempotency === undefined ? undefined : known.get(nameOf(row));
    if (there) return there.digest === row.digest ? ok({ id: there.id, sequence: there.sequence }) : err("key-reused");
    const sequence = (last.get(row.room) ?? 0) + 1;
    last.set(row.room, sequence);
    fresh.push({ ...row, sequence });
    if (row.idempotency !== undefined) known.set(nameOf(row), { id: row.id, sequence, digest: row.digest });
    return ok({ id: row.id, sequence });
  });
  if (fresh.length > 0) await writeEvents(tx, fresh);
  return answers;
}

async function settleAll(tx: Sql, all: readonly Settlement[]): Promise<boolean[]> {
  await lockSubscriptions(
    tx,
    all.map(({ held }) => held.subscription.id),
    "shared",
  );
  const ended = await endHolds(
    tx,
    all.map(({ held, end, outcome, messageId, now }) => ({
      subscription_id: held.subscription.id,
      sequence: held.event.sequence,
      hold: held.hold,
      state: end.kind === "again" ? "ready" : end.kind,
      next_at: end.kind === "again" ? end.at : now,
      attempt: held.attempt,
      outcome,
      message_id: messageId,
      at: now,
    })),
  );
  const [first] = all;
  await freeLanes(
    tx,
    ended.filter(({ state }) => state !== "ready"),
    first?.now ?? new Date(0),
  );
  const ids = (done: boolean): string[] => [
    ...new Set(ended.filter(({ state }) => (state === "done") === done).map((one) => one.subscription_id)),
  ];
  await countFailures(tx, { failed: ids(false), done: ids(true) });
  const stood = new Set(ended.map((one) => `${one.subscription_id} ${one.sequence}`));
  return all.map(({ held }) => stood.has(`${held.subscription.id} ${held.event.sequence}`));
}
