import { isUuid, type JsonValue } from "#kernel";
import type { InProcessAnswer, InProcessRequest, ServiceDeclaration } from "../gateway/services.ts";
import { headerValues } from "../r1/headers.ts";
import { decodePart } from "../r1/identifier.ts";
import { refusedEvent, none, said, subscriptionItem, eventItem, statusItem } from "./answers.ts";
import { refusal, type EventsContext } from "./context.ts";
import type { DeliveryState } from "./event.ts";
import { makeType, removeType } from "./event-types.ts";
import { publish } from "./publish.ts";
import { acknowledge, pull } from "./pull.ts";
import { subscriptions, typeOf, typesOf } from "./subscription-store.ts";
import { changeTerms, replayFrom, subscribe, subscriptionOf, unsubscribe } from "./subscribe.ts";

/** The room's side of a call: who asks, for what, with which body. */
interface Asked {
  readonly context: EventsContext;
  readonly room: string;
  readonly request: InProcessRequest;
  /** Decoded segments after the version. */
  readonly segments: readonly string[];
  /** Whether the caller belongs to the room's own member. */
  readonly own: boolean;
  readonly base: string;
}

type Answering = (asked: Asked) => Promise<InProcessAnswer>;

/**
 * The three services of a room in GovStack's shapes and paths (information mediator, publish and subscribe API 2.0):
 * `api` for event types and subscriptions, `pub`, `pull`. Rights decide who reaches them, as for any service; event
 * types are made and removed by the room's own member only, and everybody sees subscriptions of their own only.
 */
export function roomServices(
  o: { readonly subsystem: string; readonly room: string; readonly problemBase: string },
  context: () => EventsContext,
): ServiceDeclaration[] {
  const service = (
    code: string,
    title: ServiceDeclaration["title"],
    endpoints: readonly string[],
    answer: Answering,
  ): ServiceDeclaration => ({
    subsystem: o.subsystem,
    code,
    title,
    endpoints: endpoints.map((line) => {
      const [method = "", path = ""] = line.split(" ");
      return { method, path };
    }),
    target: {
      call: async (request) => {
        const segments = segmentsOf(request.path);
        const base = o.problemBase;
        if (!segments) return refusedEvent(refusal("service-unknown"), base);
        const own = request.client.startsWith(`${o.room.slice(0, o.room.lastIndexOf("/"))}/`);
        return answer({ context: context(), room: o.room, request, segments, own, base });
      },
    },
  });
  return [
    service(
      "api",
      { "zh-Hant": "事件類型與訂閱", en: "Event types and subscriptions" },
      [
        "POST /v1/eventType",
        "GET /v1/eventType",
        "GET /v1/eventType/*",
        "DELETE /v1/eventType/*",
        "GET /v1/subs",
        "POST /v1/subs/*",
        "GET /v1/subs/*",
        "PATCH /v1/subs/*",
        "DELETE /v1/subs/*",
        "POST /v1/subs/*/replay",
        "GET /v1/deliveries",
      ],
      answerApi,
    ),
    service(
      "pub",
      { "zh-Hant": "發布事件", en: "Publish events" },
      ["POST /v1/*", "GET /v1/*/*", "DELETE /v1/*/*"],
      answerPub,
    ),
    service("pull", { "zh-Hant": "領取事件", en: "Take events" }, ["GET /v1/*", "DELETE /v1/*/*"], answerPull),
  ];
}

function segmentsOf(path: string): readonly string[] | undefined {
  const [empty, version, ...rest] = path.split("/");
  if (empty !== "" || version !== "v1" || rest.length > 3) return undefined;
  const decoded = rest.map(decodePart);
  return decoded.every((part) => part !== undefined && part !== "") ? (decoded as string[]) : undefined;
}

/** The body as JSON; a call without one has none. */
function jsonOf(request: InProcessRequest): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body)) as JsonValue;
  } catch {
    return undefined;
  }
}

async function answerApi(asked: Asked): Promise<InProcessAnswer> {
  const [collection, eventType, operation] = asked.segments;
  if (collection === "eventType" && operation === undefined) return eventTypes(asked, eventType);
  if (collection === "subs") return subs(asked, eventType, operation);
  if (collection === "deliveries" && eventType === undefined && asked.request.method === "GET") {
    return deliveries(asked);
  }
  return refusedEvent(refusal("service-unknown"), asked.base);
}

async function eventTypes(asked: Asked, eventType: string | undefined): Promise<InProcessAnswer> {
  const { context, room, request, base } = asked;
  const operation = `${request.method} ${eventType === undefined ? "all" : "one"}`;
  if (operation === "GET all") {
    const names = (await typesOf(context.database, room)).map((type) => type.eventType);
    return names.length === 0 ? none : said(200, names);
  }
  if (operation === "GET one") {
    const type = await typeOf(context.database, room, eventType ?? "");
    return type ? said(200, { eventType: type.eventType, schema: type.schema }) : none;
  }
  if (operation !== "POST all" && operation !== "DELETE one") return refusedEvent(refusal("service-unknown"), base);
  if (!asked.own) return refusedEvent(refusal("access-denied", { reason: "room-of-another-member" }), base);
  if (operation === "DELETE one") {
    const removed = await removeType(context, room, eventType ?? "", request.client);
    return removed.ok ? none : refusedEvent(removed.error, base);
  }
  const body = jsonOf(request);
  if (body === undefined) return refusedEvent(refusal("event-type-invalid", { reason: "body" }), base);
  const made = await makeType(context, room, body, request.client);
  return made.ok ? said(200, { eventType: made.value.eventType }) : refusedEvent(made.error, base);
}

async function subs(
  asked: Asked,
  eventType: string | undefined,
  operation: string | undefined,
): Promise<InProcessAnswer> {
  const { context, room, request, base } = asked;
  const subscriber = request.client;
  if (eventType === undefined) {
    if (request.method !== "GET") return refusedEvent(refusal("service-unknown"), base);
    const mine = await subscriptions(context.database, { rooms: [room], subscriber });
    return mine.length === 0
      ? refusedEvent(refusal("subscription-unknown"), base)
      : said(200, mine.map(subscriptionItem));
  }
  const name = { room, eventType, subscriber };
  if (request.method === "GET" && operation === undefined) {
    const mine = await subscriptionOf(context, name);
    return mine ? said(200, subscriptionItem(mine)) : refusedEvent(refusal("subscription-unknown"), base);
  }
  if (request.method === "DELETE" && operation === undefined) {
    const ended = await unsubscribe(context, name);
    return ended.ok ? none : refusedEvent(ended.error, base);
  }
  const body = jsonOf(request);
  const action = `${request.method} ${operation ?? ""}`;
  if (body === undefined && ["POST ", "PATCH ", "POST replay"].includes(action))
    return refusedEvent(refusal("subscription-invalid", { reason: "body" }), base);
  if (action === "POST ") {
    const made = await subscribe(context, name, body ?? null);
    return made.ok ? said(200, subscriptionItem(made.value)) : refusedEvent(made.error, base);
  }
  if (action === "PATCH ") {
    const changed = await changeTerms(context, name, body ?? null);
    return changed.ok ? said(201, subscriptionItem(changed.value)) : refusedEvent(changed.error, base);
  }
  if (action === "POST replay") {
    const again = await replayFrom(context, name, body ?? null);
    return again.ok ? said(200, again.value) : refusedEvent(again.error, base);
  }
  return refusedEvent(refusal("service-unknown"), base);
}

const states = new Set<string>(["ready", "blocked", "held", "done", "dead", "discarded", "cancelled"]);

/** What became of events: a subscriber sees its own, the room's member all. */
async function deliveries({ context, room, request, own, base }: Asked): Promise<InProcessAnswer> {
  const query = new URLSearchParams(request.query ?? "");
  const state = query.get("state") ?? undefined;
  const eventId = query.get("eventId") ?? undefined;
  const after = Number(query.get("after") ?? -1);
  if (
    (state !== undefined && !states.has(state)) ||
    (eventId !== undefined && !isUuid(eventId)) ||
    !Number.isSafeInteger(after)
  )
    return refusedEvent(refusal("call-malformed", { reason: "state, eventId or after" }), base);
  const found = await context.store.deliveries({
    rooms: [room],
    state: state as DeliveryState | undefined,
    eventId,
    eventType: query.get("eventType") ?? undefined,
    subscriber: own ? (query.get("subscriber") ?? undefined) : request.client,
    after,
  });
  return said(200, { deliveries: found.map(statusItem), next: found.length === 100 ? found.at(-1)!.sequence : null });
}

async function answerPub(asked: Asked): Promise<InProcessAnswer> {
  const { context, room, request, base, own } = asked;
  const [eventType, eventId, more] = asked.segments;
  if (eventType === undefined || more !== undefined) return refusedEvent(refusal("service-unknown"), base);
  if (eventId === undefined) {
    if (request.method !== "POST") return refusedEvent(refusal("service-unknown"), base);
    const body = jsonOf(request);
    if (body === undefined) return refusedEvent(refusal("event-invalid", { reason: "body" }), base);
    const header = (name: string): string | undefined => headerValues(request.headers ?? [], name).at(-1);
    const published = await publish(context, {
      room,
      eventType,
      publisher: request.client,
      body,
      key: header("taroko-event-key"),
      idempotency: header("idempotency-key"),
      purpose: header("taroko-purpose"),
      legalBasis: header("taroko-legal-basis"),
    });
    return published.ok ? said(201, { id: published.value.id }) : refusedEvent(published.error, base);
  }
  const event = isUuid(eventId) ? await context.store.find(room, eventType, eventId) : undefined;
  const visible = event && (own || event.publisher === request.client) ? event : undefined;
  if (!visible) return refusedEvent(refusal("event-unknown"), base);
  if (request.method === "GET") {
    const found = await context.store.deliveries({ rooms: [room], eventId });
    return said(200, { ...eventItem(visible), deliveries: found.map(statusItem) });
  }
  if (request.method !== "DELETE") return refusedEvent(refusal("service-unknown"), base);
  await context.store.cancel(room, eventId, context.clock.now());
  context.logger.info({ room, eventType, event: eventId, by: request.client }, "an event's delivery was ended");
  return none;
}

async function answerPull(asked: Asked): Promise<InProcessAnswer> {
  const { context, room, request, base } = asked;
  const [eventType, eventId, more] = asked.segments;
  const name = { room, eventType: eventType ?? "", subscriber: request.client };
  if (request.method === "GET" && eventType !== undefined && eventId === undefined) {
    const taken = await pull(context, name);
    if (!taken.ok) return refusedEvent(taken.error, base);
    return taken.value ? said(200, eventItem(taken.value)) : refusedEvent(refusal("event-unknown"), base);
  }
  if (request.method === "DELETE" && eventId !== undefined && more === undefined) {
    if (!isUuid(eventId)) return refusedEvent(refusal("event-unknown"), base);
    const messageId = headerValues(request.headers ?? [], "x-road-id").at(-1) ?? "";
    const acknowledged = await acknowledge(context, name, eventId, messageId.slice(0, 200));
    return acknowledged.ok ? none : refusedEvent(acknowledged.error, base);
  }
  return refusedEvent(refusal("service-unknown"), base);
}
