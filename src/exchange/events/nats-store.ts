import { createHash } from "node:crypto";
import { err, ok } from "#kernel";
import type { Database } from "#store";
import type { StoredEvent, Subscription } from "./event.ts";
import type { EventStore, Held, Leases, Settlement } from "./event-store.ts";
import { openBroker, type Broker, type Delivered } from "./nats-broker.ts";
import { postgresEventStore } from "./postgres-store.ts";
import { bury, forgetLent, lentTo, lend, markTaken } from "./lent-store.ts";
import { subscriptions } from "./subscription-store.ts";

/** Keys are spread over so many lanes: events of one lane go one after the other. */
const lanes = 8;

const digest = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);
const streamOf = (room: string): string => `TAROKO-${digest(room, 24)}`;
const typeSubject = (room: string, eventType: string): string => `taroko.${digest(room, 24)}.${digest(eventType, 24)}`;

/** A consumer of a subscription: which lanes it reads, and how many events at once. */
interface Reader {
  readonly name: string;
  readonly filter: string;
  readonly atOnce: number;
}

function readersOf(s: Subscription): Reader[] {
  const subject = typeSubject(s.room, s.eventType);
  const name = s.id.replaceAll("-", "");
  if (s.fifo) return [{ name: `${name}-all`, filter: `${subject}.>`, atOnce: 1 }];
  const keyed = Array.from({ length: lanes }, (_, n) => ({
    name: `${name}-p${n}`,
    filter: `${subject}.p${n}.*`,
    atOnce: 1,
  }));
  return [{ name: `${name}-u`, filter: `${subject}.u.*`, atOnce: lanes }, ...keyed];
}

const allReaders = (s: Subscription): Reader[] => [
  ...readersOf({ ...s, fifo: true }),
  ...readersOf({ ...s, fifo: false }),
];

/**
 * Events in NATS JetStream, for rooms that outgrow PostgreSQL: a stream for each room, whose sequence is the room's, and
 * durable consumers for each subscription. Types, subscriptions and dead letters stay in PostgreSQL, and a dead letter
 * that is sent again goes from there.
 *
 * What differs: keys share eight lanes, so an event that fails holds up a few other keys besides its own until it is
 * taken or dead; single deliveries that went well cannot be searched; a lease is judged by the clock of who holds it.
 * @throws `events-store` when there is no client package or no server
 */
export async function natsEventStore(o: {
  readonly url: string;
  readonly database: Database;
  readonly rooms: readonly string[];
  readonly leases: Leases;
  readonly retentionDays: number;
}): Promise<EventStore> {
  const { database, rooms, leases } = o;
  const broker: Broker = await openBroker(o.url);
  const kept = postgresEventStore({ database, rooms, leases });
  for (const room of rooms)
    await broker.ensureStream(streamOf(room), `taroko.${digest(room, 24)}.>`, {
      maxAgeMs: o.retentionDays * 86_400_000,
    });
  /** Replies of what this process holds, with the end of each lease by its own clock. */
  const holding = new Map<string, number>();
  const leaseOf = (s: Subscription): number => (s.delivery === "PUSH" ? leases.pushMs : leases.pullMs);

  async function createReaders(s: Subscription, from: number | undefined): Promise<void> {
    const start =
      from === undefined ? { deliver_policy: "new" } : { deliver_policy: "by_start_sequence", opt_start_seq: from };
    for (const { name, filter, atOnce } of readersOf(s))
      await broker.createConsumer(streamOf(s.room), name, {
        ...start,
        filter_subject: filter,
        max_ack_pending: atOnce,
        ack_wait: leaseOf(s) * 1_000_000,
      });
  }

  async function deleteReaders(s: Subscription): Promise<void> {
    for (const { name } of allReaders(s)) await broker.deleteConsumer(streamOf(s.room), name);
  }

  /** One event for a subscription; what is past its time is buried instead. */
  async function hold(s: Subscription, one: Delivered, now: Date): Promise<Held | undefined> {
    const event = eventFrom(s.room, one);
    const expiresAt = new Date(event.publishedAt.getTime() + s.ttlSeconds * 1000);
    const held = { subscription: s, event, attempt: one.attempt, expiresAt, hold: one.reply };
    holding.set(one.reply, now.getTime() + leaseOf(s));
    if (expiresAt > now) return held;
    await settle({ held, end: { kind: "dead" }, outcome: "expired", messageId: "", now });
    return undefined;
  }

  async function taken(s: Subscription, most: number, now: Date): Promise<Held[]> {
    const found = await Promise.all(
      readersOf(s).map(({ name, atOnce }) => broker.next(streamOf(s.room), name, Math.min(atOnce, most))),
    );
    const held = await Promise.all(found.flat().map((one) => hold(s, one, now)));
    return held.filter((one) => one !== undefined);
  }

  async function settle(settlement: Settlement): Promise<{ settled: boolean }> {
    const { held, end, now } = settlement;
    if (!held.hold.startsWith("$JS.")) return kept.settle(settlement);
    const until = holding.get(held.hold);
    holding.delete(held.hold);
    if (until === undefined || until <= now.getTime()) return { settled: false };
    if (end.kind === "dead") await bury(database, settlement);
    const word =
      end.kind === "again"
        ? `-NAK ${JSON.stringify({ delay: Math.max(1, end.at.getTime() - now.getTime()) * 1_000_000 })}`
        : "+ACK";
    const settled = await broker.answer(held.hold, word);
    if (settled && held.subscription.delivery === "PULL")
      await markTaken(database, held.subscription.id, held.event.id);
    return { settled };
  }

  return {
    async publish(event) {
      const lane = event.key === undefined ? "u" : `p${Number.parseInt(digest(event.key, 8), 16) % lanes}`;
      const said = digest(JSON.stringify([event.eventType, event.key ?? null, event.payload]), 64);
      const under = event.idempotency && digest(JSON.stringify([event.publisher, event.idempotency]), 64);
      const sent = await broker.publish(
        `${typeSubject(event.room, event.eventType)}.${lane}.${event.id}`,
        event.payload,
        {
          "Nats-Msg-Id": under ?? event.id,
          ...headersOf(event),
          "Taroko-Said": said,
        },
      );
      if (!sent.duplicate) return ok({ id: event.id, sequence: sent.seq });
      const first = await broker.find(streamOf(event.room), { seq: sent.seq });
      if (!first || first.headers.get("Taroko-Said") !== said) return err("key-reused");
      return ok({ id: first.headers.get("Taroko-Event-Id"), sequence: sent.seq });
    },
    async find(room, eventType, id) {
      const found = await broker.find(streamOf(room), { last_by_subj: `${typeSubject(room, eventType)}.*.${id}` });
      return found ? eventFrom(room, found) : kept.find(room, eventType, id);
    },
    async cancel(room, id, now) {
      const there = await broker.find(streamOf(room), { last_by_subj: `taroko.${digest(room, 24)}.*.*.${id}` });
      if (there) await broker.remove(streamOf(room), there.sequence);
      return (await kept.cancel(room, id, now)) || there !== undefined;
    },
    async subscribed(s) {
      const states = await Promise.all(allReaders(s).map(({ name }) => broker.consumer(streamOf(s.room), name)));
      const there = states.filter((state) => state !== undefined);
      if (there.length === 0) return createReaders(s, undefined);
      const wanted = readersOf(s).map(({ name }) => name);
      const right = allReaders(s).every(({ name }, at) => (states[at] !== undefined) === wanted.includes(name));
      if (right) return;
      // From where the slowest of the former readers stood: some events come twice, none is left out.
      const from = Math.min(...there.map((state) => state.ack_floor.stream_seq)) + 1;
      await deleteReaders(s);
      await createReaders(s, from);
    },
    unsubscribed: deleteReaders,
    async claim({ now, limit }) {
      const again = await kept.claim({ now, limit });
      const all = (await subscriptions(database, { rooms })).filter(({ delivery }) => delivery === "PUSH");
      const most = limit - again.length;
      const found = most > 0 ? await Promise.all(all.map((s) => taken(s, most, now))) : [];
      return [...again, ...found.flat()];
    },
    async claimNext(s, now) {
      const again = await kept.claimNext(s, now);
      if (again) return again;
      for (const { name } of readersOf(s)) {
        const [one] = await broker.next(streamOf(s.room), name, 1);
        const held = one && (await hold(s, one, now));
        if (!held) continue;
        await lend(database, held, new Date(now.getTime() + leases.pullMs));
        return held;
      }
      return undefined;
    },
    async inHand(s, eventId) {
      const again = await kept.inHand(s, eventId);
      if (again !== undefined && again !== "not-held") return again;
      const lent = await lentTo(database, s, eventId);
      if (!lent) return again;
      if (lent.done) return "done";
      holding.set(lent.held.hold, lent.until.getTime());
      return lent.until > new Date() ? lent.held : "not-held";
    },
    async renew(held, now) {
      const here = held.filter(({ hold: reply }) => reply.startsWith("$JS."));
      for (const { hold: reply, subscription } of here) {
        if (!holding.has(reply)) continue;
        broker.working(reply);
        holding.set(reply, now.getTime() + leaseOf(subscription));
      }
      await kept.renew(
        held.filter((one) => !here.includes(one)),
        now,
      );
    },
    settle,
    async replay(s, from) {
      await deleteReaders(s);
      await createReaders(s, Math.max(1, from));
      await forgetLent(database, s.id);
      const states = await Promise.all(readersOf(s).map(({ name }) => broker.consumer(streamOf(s.room), name)));
      return states.reduce((sum, state) => sum + (state?.num_pending ?? 0), 0);
    },
    deliveries: (query) => kept.deliveries(query),
    replayDead: (letters, now, note) => kept.replayDead(letters, now, note),
    discardDead: (letters, now, note) => kept.discardDead(letters, now, note),
    async backlog(asked) {
      const rows = await kept.backlog(asked);
      return Promise.all(
        rows.map(async (row) => {
          const { subscription: s } = row;
          const states = await Promise.all(readersOf(s).map(({ name }) => broker.consumer(streamOf(s.room), name)));
          const sum = (of: (state: NonNullable<(typeof states)[number]>) => number): number =>
            states.reduce((total, state) => total + (state ? of(state) : 0), 0);
          return {
            ...row,
            waiting: row.waiting + sum((state) => state.num_pending),
            held: row.held + sum((state) => state.num_ack_pending),
            done: row.done + sum((state) => state.ack_floor.consumer_seq),
          };
        }),
      );
    },
    purge: (before) => kept.purge(before),
    async close() {
      await broker.close();
    },
  };
}

function headersOf(event: Omit<StoredEvent, "sequence">): Record<string, string> {
  const optional = (name: string, value: string | undefined): object => (value === undefined ? {} : { [name]: value });
  return {
    "Taroko-Event-Id": event.id,
    "Taroko-Event-Type": event.eventType,
    "Taroko-Publisher": event.publisher,
    "Taroko-Published-At": event.publishedAt.toISOString(),
    ...optional("Taroko-Event-Key", event.key && encodeURIComponent(event.key)),
    ...optional("Taroko-Purpose", event.purpose),
    ...optional("Taroko-Legal-Basis", event.legalBasis),
  };
}

function eventFrom(
  room: string,
  { headers, sequence, text }: Pick<Delivered, "headers" | "sequence" | "text">,
): StoredEvent {
  const header = (name: string): string => headers.get(name);
  const optional = (member: string, name: string): object =>
    headers.has(name) ? { [member]: decodeURIComponent(header(name)) } : {};
  return {
    id: header("Taroko-Event-Id"),
    room,
    eventType: header("Taroko-Event-Type"),
    sequence,
    publisher: header("Taroko-Publisher"),
    payload: text,
    publishedAt: new Date(header("Taroko-Published-At")),
    ...optional("key", "Taroko-Event-Key"),
    ...optional("purpose", "Taroko-Purpose"),
    ...optional("legalBasis", "Taroko-Legal-Basis"),
  };
}
