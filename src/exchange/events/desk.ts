import type { Clock } from "#kernel";
import type { Database, Sql } from "#store";
import { recordAct } from "../acts/store.ts";
import type { DeliveryStatus, EventType, Subscription } from "./event.ts";
import { leases, type Backlog, type DeadLetters, type DeliveryQuery, type EventStore } from "./event-store.ts";
import { postgresEventStore } from "./postgres-store.ts";
import { subscriptions, typesOf } from "./subscription-store.ts";

/** What an operator sees and does about events; every act is written down under a name. */
export interface EventDesk {
  /** Path forms. */
  readonly rooms: readonly string[];
  types(): Promise<readonly EventType[]>;
  subscriptions(): Promise<readonly Subscription[]>;
  backlog(): Promise<readonly Backlog[]>;
  deliveries(query: Omit<DeliveryQuery, "rooms">): Promise<readonly DeliveryStatus[]>;
  /** Dead letters of all rooms, or of one subscription or event. */
  deadLetters(after?: number): Promise<readonly DeliveryStatus[]>;
  /** Sends dead letters once more, for as long as their subscription says. Answers how many. */
  replay(by: string, letters: DeadLetters): Promise<number>;
  /** Gives dead letters up. */
  discard(by: string, letters: DeadLetters): Promise<number>;
  /** Owes a subscription again what was published from a sequence on. */
  replayFrom(by: string, subscriptionId: string, from: number): Promise<number>;
}

export interface EventDeskOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly rooms: readonly string[];
  /** PostgreSQL unless told. */
  readonly store?: EventStore | undefined;
  /** Lets a delivery in this process look at once. */
  readonly wake?: () => void;
}

export function openEventDesk(o: EventDeskOptions): EventDesk {
  const { database, clock, rooms } = o;
  const store = o.store ?? postgresEventStore({ database, rooms, leases });
  const wake = o.wake ?? ((): void => undefined);

  const note =
    (by: string, act: string, { subscriptionId, sequence }: DeadLetters, now: Date) =>
    (tx: Sql, count: number): Promise<void> =>
      recordAct(tx, {
        by,
        act,
        about: subscriptionId,
        detail: { count, ...(sequence === undefined ? {} : { sequence }) },
        now,
      });

  const here = async (id: string): Promise<Subscription | undefined> =>
    (await subscriptions(database, { rooms, id }))[0];

  return {
    rooms,
    types: async () => (await Promise.all(rooms.map((room) => typesOf(database, room)))).flat(),
    subscriptions: () => subscriptions(database, { rooms }),
    backlog: () => store.backlog(rooms),
    deliveries: (query) => store.deliveries({ ...query, rooms }),
    deadLetters: (after) => store.deliveries({ rooms, state: "dead", after }),
    async replay(by, letters) {
      const now = clock.now();
      if (!(await here(letters.subscriptionId))) return 0;
      const count = await store.replayDead(letters, now, note(by, "dead-letters.replayed", letters, now));
      wake();
      return count;
    },
    async discard(by, letters) {
      const now = clock.now();
      if (!(await here(letters.subscriptionId))) return 0;
      return store.discardDead(letters, now, note(by, "dead-letters.discarded", letters, now));
    },
    async replayFrom(by, subscriptionId, from) {
      const subscription = await here(subscriptionId);
      if (!subscription) return 0;
      const now = clock.now();
      const count = await store.replay(subscription, from, now);
      await recordAct(database, { by, act: "events.replayed", about: subscriptionId, detail: { from, count }, now });
      wake();
      return count;
    },
  };
}
