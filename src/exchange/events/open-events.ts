import type { Clock } from "#kernel";
import type { Database } from "#store";
import type { ServiceDeclaration } from "../gateway/services.ts";
import { identifierPath, type MemberId } from "../r1/identifier.ts";
import type { EventLogger, EventsContext, PushAnswer, PushCall } from "./context.ts";
import { startDelivery, type Delivery } from "./deliver.ts";
import { openEventDesk, type EventDesk } from "./desk.ts";
import { leases, type EventStore } from "./event-store.ts";
import { natsEventStore } from "./nats-store.ts";
import { postgresEventStore } from "./postgres-store.ts";
import { roomServices } from "./room-services.ts";
import { putRoom } from "./subscription-store.ts";

/** How a gateway keeps events. */
export interface EventsOptions {
  /** Codes of the own subsystems that are rooms: each gets the services `api`, `pub` and `pull`. */
  readonly rooms: readonly string[];
  /** PostgreSQL unless told: the gateway's own database. */
  readonly store?: "postgres" | { readonly nats: string } | undefined;
  /** Days that an event is kept once nobody is owed it; 30 unless told. */
  readonly retentionDays?: number | undefined;
  /** Days that a dead letter is kept; 90 unless told. */
  readonly deadLetterDays?: number | undefined;
}

export interface Events {
  readonly desk: EventDesk;
  readonly context: EventsContext;
  /** Opens the store and begins delivery. @throws when it cannot be reached */
  start(): Promise<void>;
  /** Removes what is past its retention; runs by itself every hour. */
  purge(): Promise<number>;
  stop(): Promise<void>;
}

const day = 86_400_000;

/** The services of all rooms; `events` is asked when the first call comes. */
export function eventServices(
  o: { readonly member: MemberId; readonly rooms: readonly string[]; readonly problemBase: string },
  events: () => Events | undefined,
): ServiceDeclaration[] {
  const context = (): EventsContext => {
    const opened = events();
    if (!opened) throw new Error("events are not open");
    return opened.context;
  };
  return o.rooms.flatMap((subsystem) => {
    const room = identifierPath({ ...o.member, subsystemCode: subsystem });
    return roomServices({ subsystem, room, problemBase: o.problemBase }, context);
  });
}

/** Events of a gateway's rooms. Nothing is delivered before `start`. */
export async function openEvents(
  o: {
    readonly database: Database;
    readonly clock: Clock;
    readonly logger: EventLogger;
    readonly member: MemberId;
    readonly push: (call: PushCall) => Promise<PushAnswer>;
  } & EventsOptions,
): Promise<Events> {
  const { database, clock, logger } = o;
  const rooms = o.rooms.map((code) => identifierPath({ ...o.member, subsystemCode: code }));
  for (const room of rooms) await putRoom(database, room);
  const store = await storeOf(o, rooms);
  let delivery: Delivery | undefined;
  const wake = (): void => delivery?.wake();
  const context: EventsContext = { database, store, clock, rooms, logger, wake };
  const desk = openEventDesk({ database, clock, rooms, store, wake });

  async function purge(): Promise<number> {
    const before = (days: number): Date => new Date(clock.now().getTime() - days * day);
    const removed = await store.purge({ settled: before(o.retentionDays ?? 30), dead: before(o.deadLetterDays ?? 90) });
    if (removed > 0) logger.info({ events: removed }, "old events were removed");
    return removed;
  }
  const purging = setInterval(() => {
    purge().catch((cause: unknown) => logger.warn({ cause: String(cause) }, "old events cannot be removed"));
  }, 3_600_000);
  purging.unref();

  return {
    desk,
    context,
    async start() {
      delivery = startDelivery({ context, push: o.push, renewEvery: leases.pushMs / 3 });
    },
    purge,
    async stop() {
      clearInterval(purging);
      await delivery?.stop();
      await store.close();
    },
  };
}

async function storeOf(
  o: { readonly database: Database; readonly clock: Clock } & EventsOptions,
  rooms: readonly string[],
): Promise<EventStore> {
  const { database, store = "postgres", retentionDays = 30 } = o;
  if (store === "postgres") return postgresEventStore({ database, rooms, leases });
  return natsEventStore({ url: store.nats, database, rooms, leases, retentionDays });
}
