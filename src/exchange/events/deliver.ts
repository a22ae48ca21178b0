import { uuidV4 } from "#kernel";
import { delayAfter } from "./back-off.ts";
import type { EventsContext, PushAnswer, PushCall } from "./context.ts";
import type { Held, Settlement } from "./event-store.ts";

export interface DeliveryOptions {
  readonly context: EventsContext;
  readonly push: (call: PushCall) => Promise<PushAnswer>;
  /** Events under way at once in this process; 128 unless told. */
  readonly places?: number;
  /** Milliseconds between looks when nothing wakes the delivery; 250 unless told. */
  readonly every?: number;
  /** Milliseconds between renewals of what is under way: well below the lease. */
  readonly renewEvery: number;
  /** Milliseconds to wait after the n-th failed attempt; `delayAfter` with `Math.random` unless told. */
  readonly delay?: (attempt: number) => number;
}

export interface Delivery {
  wake(): void;
  /** Ends claiming, and waits a moment for what is under way; the rest is free when its lease ends. */
  stop(): Promise<void>;
}

/**
 * Pushes what is due, until stopped: takes as many events as there are free places, each on its own, so that one that
 * waits for a slow subscriber holds up nothing else. Several processes may do so over one store.
 */
export function startDelivery(o: DeliveryOptions): Delivery {
  const { context } = o;
  const places = o.places ?? 128;
  const underWay = new Map<Held, Promise<void>>();
  let stopped = false;
  let looking = false;
  let again = false;

  async function look(): Promise<void> {
    if (looking || stopped) {
      again = true;
      return;
    }
    looking = true;
    try {
      for (again = true; again && underWay.size < places;) {
        again = false;
        const limit = places - underWay.size;
        const claimed = await context.store.claim({ now: context.clock.now(), limit });
        for (const held of claimed) start(held);
        if (stopped) break;
        again ||= claimed.length >= limit;
      }
    } catch (cause) {
      context.logger.error({ cause: String(cause) }, "events cannot be taken for delivery");
    } finally {
      looking = false;
    }
  }

  function start(held: Held): void {
    const done = deliver(o, held)
      .catch((cause: unknown) => context.logger.error({ cause: String(cause) }, "an event's delivery was not settled"))
      .finally(() => {
        underWay.delete(held);
        void look(); // its place is free, and the next of its key may be
      });
    underWay.set(held, done);
  }

  const looks = setInterval(() => void look(), o.every ?? 250);
  const renewals = setInterval(() => {
    if (underWay.size === 0) return;
    context.store
      .renew([...underWay.keys()], context.clock.now())
      .catch((cause: unknown) => context.logger.warn({ cause: String(cause) }, "leases of events cannot be renewed"));
  }, o.renewEvery);
  void look();

  return {
    wake: () => void look(),
    async stop() {
      stopped = true;
      clearInterval(looks);
      const soon = new Promise<void>((done) => setTimeout(done, 2000).unref());
      await Promise.race([Promise.all(underWay.values()), soon]);
      clearInterval(renewals);
    },
  };
}

/** One attempt: an ordinary call, and what follows from its answer. */
async function deliver(o: DeliveryOptions, held: Held): Promise<void> {
  const { context } = o;
  const { subscription, event, attempt } = held;
  const messageId = uuidV4();
  const answer = await o.push({ subscription, event, messageId });
  const now = context.clock.now();
  const outcome = answer.kind === "answered" ? String(answer.status) : answer.problem;
  const delay = o.delay?.(held.attempt) ?? delayAfter(held.attempt, Math.random());
  const end = endOf(answer, held, new Date(now.getTime() + delay));
  const { settled } = await context.store.settle({ held, end, outcome, messageId, now });
  const about = { room: subscription.room, eventType: event.eventType, event: event.id, sequence: event.sequence };
  const told = { ...about, subscriber: subscription.subscriber, attempt, outcome, end: end.kind, messageId, settled };
  if (end.kind === "done") context.logger.info(told, "an event was delivered");
  else context.logger.warn(told, "an event was not delivered");
}

/** Taken when the subscriber's system says so (2xx); else again later, while there is time and an attempt left. */
export function endOf(answer: PushAnswer, held: Held, at: Date): Settlement["end"] {
  if (answer.kind === "answered" && answer.status >= 200 && answer.status < 300) return { kind: "done" };
  const most = held.subscription.attempts;
  const last = (most !== undefined && held.attempt >= most) || at >= held.expiresAt;
  return last ? { kind: "dead" } : { kind: "again", at };
}
