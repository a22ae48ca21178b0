import { err, ok, uuidV4, type JsonValue, type Result } from "#kernel";
import { parseClientPath } from "../r1/identifier.ts";
import { isObject, refusal, type EventRefusal, type EventsContext } from "./context.ts";
import { ttl, type Subscription } from "./event.ts";
import { changeSubscription, dropSubscription, putSubscription, subscriptions, typeOf } from "./subscription-store.ts";

/** Whose subscription to what. */
export interface SubscriptionName {
  readonly room: string;
  readonly eventType: string;
  /** Path form. */
  readonly subscriber: string;
}

type Terms = Omit<Subscription, "id" | keyof SubscriptionName>;

const standard: Terms = {
  delivery: "PUSH",
  ttlSeconds: ttl.standard,
  fifo: false,
  service: "events",
  path: "/v1/events",
};

/** The caller's subscription to a type, if it has one. */
export async function subscriptionOf(
  context: EventsContext,
  name: SubscriptionName,
): Promise<Subscription | undefined> {
  const { room, subscriber, eventType } = name;
  return (await subscriptions(context.database, { rooms: [room], subscriber, eventType }))[0];
}

/** Subscribes the caller from now on. */
export async function subscribe(
  context: EventsContext,
  name: SubscriptionName,
  item: JsonValue,
): Promise<Result<Subscription, EventRefusal>> {
  if (!(await typeOf(context.database, name.room, name.eventType))) return err(refusal("event-type-unknown"));
  const terms = readTerms(name, item, standard);
  if (!terms.ok) return terms;
  const made: Subscription = { id: uuidV4(), ...name, ...terms.value };
  if (!(await putSubscription(context.database, made, context.clock.now()))) return err(refusal("subscription-exists"));
  await context.store.subscribed(made);
  context.logger.info({ ...name, subscription: made.id, delivery: made.delivery }, "a subscription was made");
  return ok(made);
}

/** Changes what is given of the caller's subscription; what waits is delivered as it then says. */
export async function changeTerms(
  context: EventsContext,
  name: SubscriptionName,
  item: JsonValue,
): Promise<Result<Subscription, EventRefusal>> {
  const there = await subscriptionOf(context, name);
  if (!there) return err(refusal("subscription-unknown"));
  const terms = readTerms(name, item, there);
  if (!terms.ok) return terms;
  const changed: Subscription = { id: there.id, ...name, ...terms.value };
  await changeSubscription(context.database, changed);
  await context.store.subscribed(changed);
  context.wake();
  return ok(changed);
}

export async function unsubscribe(
  context: EventsContext,
  name: SubscriptionName,
): Promise<Result<Subscription, EventRefusal>> {
  const there = await subscriptionOf(context, name);
  if (!there || !(await dropSubscription(context.database, there.id))) return err(refusal("subscription-unknown"));
  await context.store.unsubscribed(there);
  return ok(there);
}

/** Owes the caller once more what was published from a sequence on. */
export async function replayFrom(
  context: EventsContext,
  name: SubscriptionName,
  body: JsonValue,
): Promise<Result<{ readonly events: number }, EventRefusal>> {
  const there = await subscriptionOf(context, name);
  if (!there) return err(refusal("subscription-unknown"));
  const from = isObject(body) ? body["from"] : undefined;
  if (typeof from !== "number" || !Number.isSafeInteger(from) || from < 0)
    return err(refusal("subscription-invalid", { reason: "from" }));
  const events = await context.store.replay(there, from, context.clock.now());
  context.logger.info({ ...name, from, events }, "events are sent again from a position");
  context.wake();
  return ok({ events });
}

/** SubscriptionItem, where `options` may say besides to which service and path of the subscriber a push goes. */
function readTerms(name: SubscriptionName, item: JsonValue, before: Terms): Result<Terms, EventRefusal> {
  const wrong = (reason: string): Result<Terms, EventRefusal> => err(refusal("subscription-invalid", { reason }));
  if (!isObject(item)) return wrong("body");
  const { eventType, subscriberId, delivery = before.delivery, options = {} } = item;
  if (eventType !== undefined && eventType !== name.eventType) return wrong("eventType");
  if (subscriberId !== undefined && pathOf(subscriberId) !== name.subscriber) return wrong("subscriberId");
  if (delivery !== "PUSH" && delivery !== "PULL") return wrong("delivery");
  if (!isObject(options)) return wrong("options");
  const {
    TTL = before.ttlSeconds,
    FIFO = before.fifo,
    service = before.service,
    path = before.path,
    attempts = before.attempts,
  } = options;
  if (typeof TTL !== "number" || !Number.isInteger(TTL) || TTL < 1 || TTL > ttl.longest) return wrong("TTL");
  if (typeof FIFO !== "boolean") return wrong("FIFO");
  if (typeof service !== "string" || !/^[A-Za-z0-9'()+,\-.=?]{1,100}$/.test(service)) return wrong("service");
  if (typeof path !== "string" || !/^(\/[A-Za-z0-9._~-]+){0,10}\/?$/.test(path) || /\/\.\.?(\/|$)/.test(path))
    return wrong("path");
  if (attempts !== undefined && (typeof attempts !== "number" || !Number.isInteger(attempts) || attempts < 1))
    return wrong("attempts");
  if (!parseClientPath(name.subscriber).ok || name.subscriber.split("/").length !== 4) return wrong("subscriberId");
  return ok({ delivery, ttlSeconds: TTL, fifo: FIFO, service, path, ...(attempts === undefined ? {} : { attempts }) });
}

function pathOf(id: JsonValue): string | undefined {
  if (!isObject(id)) return undefined;
  const parts = [id["instanceId"], id["memberClass"], id["memberCode"], id["applicationCode"]];
  return parts.every((part) => typeof part === "string") ? parts.map(encodeURIComponent).join("/") : undefined;
}
