import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { systemClock, uuidV4, uuidV7 } from "#kernel";
import type { Database } from "#store";
import type { EventsContext, PushAnswer, PushCall } from "./context.ts";
import { startDelivery, type Delivery } from "./deliver.ts";
import { openEventDesk } from "./desk.ts";
import type { NewEvent, Subscription } from "./event.ts";
import type { EventStore } from "./event-store.ts";
import { dropSubscription, putRoom, putSubscription, putType } from "./subscription-store.ts";
import { until } from "./testing.ts";

/** A store over a database, as one process of a gateway opens it. Leases are 400 ms. */
export type OpenStore = (rooms: readonly string[]) => Promise<EventStore>;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const room = "TW/GOV/REG/births";
let types = 0;

/**
 * What every store of events promises, whatever it is made of: the same tests for PostgreSQL and for NATS JetStream.
 * `database` holds types, subscriptions and dead letters in either case.
 */
export function eventStoreBehaviour(database: Database, open: OpenStore, o: { readonly runs?: number } = {}): void {
  const contextOf = (store: EventStore): EventsContext => ({
    database,
    store,
    clock: systemClock,
    rooms: [room],
    logger: silent,
    wake: () => undefined,
  });

  async function subscription(store: EventStore, more: Partial<Subscription> = {}): Promise<Subscription> {
    const eventType = more.eventType ?? `type${(types += 1)}`;
    await putRoom(database, room);
    await putType(database, { room, eventType, schema: {} }, new Date());
    const made: Subscription = {
      id: uuidV4(),
      room,
      eventType,
      subscriber: "TW/GOV/TAX/people",
      delivery: "PUSH",
      ttlSeconds: 60,
      fifo: false,
      service: "events",
      path: "",
      ...more,
    };
    assert.ok(await putSubscription(database, made, new Date()));
    await store.subscribed(made);
    return made;
  }

  async function publish(
    store: EventStore,
    eventType: string,
    n: number,
    more: Partial<NewEvent> = {},
  ): Promise<string> {
    const now = new Date();
    const event = {
      id: uuidV7(now),
      room,
      eventType,
      publisher: room,
      payload: JSON.stringify({ n }),
      publishedAt: now,
    };
    const published = await store.publish({ ...event, ...more });
    assert.ok(published.ok);
    return published.value.id;
  }

  const numberOf = (payload: string): number => (JSON.parse(payload) as { n: number }).n;

  async function delivering<Value>(
    stores: readonly EventStore[],
    push: (call: PushCall) => Promise<PushAnswer>,
    work: () => Promise<Value>,
  ): Promise<Value> {
    const start = (store: EventStore): Delivery =>
      startDelivery({ context: contextOf(store), push, every: 15, renewEvery: 100, delay: () => 5 });
    const running = stores.map(start);
    try {
      return await work();
    } finally {
      await Promise.all(running.map((one) => one.stop()));
    }
  }

  test("each event reaches each subscriber, in order of its key, whatever fails; two processes share the work", async () => {
    const [one, two] = [await open([room]), await open([room])];
    const script = fc.array(
      fc.record({ key: fc.option(fc.nat(2)), failures: fc.tuple(fc.nat(2), fc.nat(2)), dies: fc.nat(9) }),
      { minLength: 1, maxLength: 24 },
    );
    await fc.assert(
      fc.asyncProperty(script, fc.boolean(), async (events, fifo) => {
        const first = await subscription(one, { attempts: 3, fifo });
        const both = [
          first,
          await subscription(one, { eventType: first.eventType, subscriber: "TW/GOV/MOI/x", attempts: 3 }),
        ];
        const under = new Set<string>();
        const over = new Map<string, Set<number>>(both.map(({ id }) => [id, new Set()]));
        const tries = new Map<string, number>();
        const faults: string[] = [];
        const push = async ({ subscription: to, event }: PushCall): Promise<PushAnswer> => {
          const at = both.findIndex(({ id }) => id === to.id);
          if (at < 0) return { kind: "answered", status: 200 };
          const n = numberOf(event.payload);
          const { key, failures, dies } = events[n]!;
          const lane = to.fifo ? "all" : key === null ? undefined : `key${key}`;
          const name = `${to.id} ${lane}`;
          if (lane !== undefined && under.has(name)) faults.push(`two of ${lane} at once`);
          if (lane !== undefined) under.add(name);
          for (const [before, { key: other }] of events.slice(0, n).entries())
            if ((to.fifo || (key !== null && other === key)) && !over.get(to.id)!.has(before))
              faults.push(`${n} was sent before ${before} had ended`);
          await new Promise((next) => setTimeout(next, Math.random() * 4));
          const tried = (tries.get(`${to.id} ${n}`) ?? 0) + 1;
          tries.set(`${to.id} ${n}`, tried);
          const fails = dies === 0 || tried <= failures[at]!;
          under.delete(name);
          if (!fails || tried >= 3) over.get(to.id)!.add(n);
          if (!fails) return { kind: "answered", status: 204 };
          return tried % 2 === 0 ? { kind: "refused", problem: "peer-unreachable" } : { kind: "answered", status: 500 };
        };
        await delivering([one, two], push, async () => {
          for (const [n, { key }] of events.entries())
            await publish(n % 2 === 0 ? one : two, first.eventType, n, key === null ? {} : { key: `key${key}` });
          await until(() => both.every(({ id }) => over.get(id)!.size === events.length), "the end of all events");
        });
        assert.deepEqual(faults, []);
        for (const { id } of both)
          for (const [n, { dies, failures }] of events.entries()) {
            const at = both.findIndex((s) => s.id === id);
            assert.equal(tries.get(`${id} ${n}`), dies === 0 ? 3 : failures[at]! + 1, "as many tries as it took");
          }
        const dead = (await one.deliveries({ rooms: [room], eventType: first.eventType, state: "dead" })).length;
        assert.equal(dead, 2 * events.filter(({ dies }) => dies === 0).length);
        for (const ended of both) {
          await dropSubscription(database, ended.id);
          await one.unsubscribed(ended);
        }
      }),
      { numRuns: o.runs ?? 12 },
    );
    await Promise.all([one.close(), two.close()]);
  });

  test("what a dead process held is taken over when its lease ends, and its late word changes nothing", async () => {
    const [dying, other] = [await open([room]), await open([room])];
    const { eventType, id } = await subscription(other);
    const first = await publish(other, eventType, 1, { key: "k" });
    await publish(other, eventType, 2, { key: "k" });
    const mine = async (store: EventStore) =>
      (await store.claim({ now: new Date(), limit: 10 })).filter((held) => held.subscription.id === id);
    const [lost] = await mine(dying);
    assert.equal(lost?.event.id, first);
    assert.deepEqual(await mine(other), []);
    let found = await mine(other);
    await until(async () => (found = await mine(other)).length > 0, "the lease's end");
    assert.deepEqual([found.length, found[0]?.event.id, found[0]?.attempt], [1, first, 2]);
    const end = { kind: "done" } as const;
    const said = (held: NonNullable<typeof lost>) => ({ held, end, outcome: "200", messageId: "m", now: new Date() });
    assert.deepEqual(await dying.settle(said(lost)), { settled: false });
    assert.deepEqual(await mine(other), []);
    assert.deepEqual(await other.settle(said(found[0]!)), { settled: true });
    await until(async () => (found = await mine(other)).length > 0, "the next of the key");
    assert.equal(numberOf(found[0]!.event.payload), 2);
    await other.settle(said(found[0]!));
    await Promise.all([dying.close(), other.close()]);
  });

  test("past its time an event is a dead letter, kept, listed, and sent again or given up by a named operator", async () => {
    const store = await open([room]);
    const { eventType, id } = await subscription(store, { ttlSeconds: 1 });
    const desk = openEventDesk({ database, clock: systemClock, rooms: [room], store });
    const letters = async () =>
      (await store.deliveries({ rooms: [room], eventType, state: "dead" })).map((one) => one.sequence);
    let status = 503;
    const taken: number[] = [];
    const push = async ({ subscription: to, event }: PushCall): Promise<PushAnswer> => {
      if (to.id === id && status === 200) taken.push(numberOf(event.payload));
      return { kind: "answered", status };
    };
    await delivering([store], push, async () => {
      for (const n of [1, 2, 3]) await publish(store, eventType, n, { key: "k" });
      await until(async () => (await letters()).length === 3, "three dead letters");
      status = 200;
      const [first, second, third] = await letters();
      assert.equal(await desk.discard("test", { subscriptionId: id, sequence: first }), 1);
      assert.equal(await desk.replay("test", { subscriptionId: id, sequence: third }), 1);
      await until(() => taken.length === 1, "the third");
      assert.equal(await desk.replay("test", { subscriptionId: id }), 1);
      await until(() => taken.length === 2, "the second");
      assert.deepEqual(taken, [3, 2]);
      assert.equal(await desk.replay("test", { subscriptionId: id, sequence: second }), 0);
    });
    assert.deepEqual(await letters(), []);
    await store.close();
  });

  test("a subscriber that never answers holds up nobody else", async () => {
    const store = await open([room]);
    const slow = await subscription(store, { subscriber: "TW/GOV/SLOW/x" });
    const quick = await subscription(store, { eventType: slow.eventType });
    const taken: number[] = [];
    let end = (): void => undefined;
    const never = new Promise<void>((done) => (end = done));
    const push = async ({ subscription: to, event }: PushCall): Promise<PushAnswer> => {
      if (to.id === slow.id) await never;
      else if (to.id === quick.id) taken.push(numberOf(event.payload));
      return { kind: "answered", status: 200 };
    };
    await delivering([store], push, async () => {
      await Promise.all(Array.from({ length: 60 }, (_, n) => publish(store, slow.eventType, n)));
      await until(() => taken.length === 60, "the quick one's events");
      end();
    });
    await store.close();
  });

  test("events are owed again from a position on, in order", async () => {
    const store = await open([room]);
    const pulled = await subscription(store, { delivery: "PULL", fifo: true });
    const next = async (): Promise<number | undefined> => {
      const held = await store.claimNext(pulled, new Date());
      if (!held) return undefined;
      const inHand = await store.inHand(pulled, held.event.id);
      assert.ok(typeof inHand === "object");
      const settlement = { held: inHand, end: { kind: "done" } as const, outcome: "acknowledged", messageId: "m" };
      assert.ok((await store.settle({ ...settlement, now: new Date() })).settled);
      return numberOf(held.event.payload);
    };
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4]) ids.push(await publish(store, pulled.eventType, n));
    const read = async (): Promise<(number | undefined)[]> => [await next(), await next(), await next(), await next()];
    assert.deepEqual(await read(), [1, 2, 3, 4]);
    assert.equal(await next(), undefined);
    const third = await store.find(room, pulled.eventType, ids[2]!);
    await store.replay(pulled, third!.sequence, new Date());
    assert.deepEqual([await next(), await next(), await next()], [3, 4, undefined]);
    await store.close();
  });

  test("a pulled event that is not acknowledged comes again; one that is, does not", async () => {
    const store = await open([room]);
    const pulled = await subscription(store, { delivery: "PULL" });
    const id = await publish(store, pulled.eventType, 1);
    const first = await store.claimNext(pulled, new Date());
    assert.equal(first?.event.id, id);
    assert.equal(await store.claimNext(pulled, new Date()), undefined);
    let again = await store.claimNext(pulled, new Date());
    await until(async () => (again ??= await store.claimNext(pulled, new Date())) !== undefined, "the lease's end");
    assert.deepEqual([again?.event.id, again?.attempt], [id, 2]);
    await store.settle({
      held: again!,
      end: { kind: "done" },
      outcome: "acknowledged",
      messageId: "m",
      now: new Date(),
    });
    await new Promise((later) => setTimeout(later, 500));
    assert.equal(await store.claimNext(pulled, new Date()), undefined);
    await store.close();
  });

  test("a publication under a used key is the first one, or refused when it says something else", async () => {
    const store = await open([room]);
    const { eventType } = await subscription(store);
    const id = await publish(store, eventType, 1, { idempotency: "a" });
    assert.equal(await publish(store, eventType, 1, { idempotency: "a" }), id);
    const now = new Date();
    const other = { id: uuidV7(now), room, eventType, publisher: room, payload: '{"n":2}', publishedAt: now };
    assert.deepEqual(await store.publish({ ...other, idempotency: "a" }), { ok: false, error: "key-reused" });
    await store.close();
  });
}
