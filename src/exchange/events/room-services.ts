import { err, isUuid, ok, type JsonValue, type Result } from "#kernel";
import type { InProcessAnswer, InProcessRequest, ServiceDeclaration } from "../gateway/services.ts";
import { headerValues } from "../r1/headers.ts";
import { decodePart } from "../r1/identifier.ts";
import { eventItem, none, refusedEvent, said, statusItem, subscriptionItem } from "./answers.ts";
import { refusal, type EventRefusal, type EventsContext } from "./context.ts";
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
}

type Answered = Result<InProcessAnswer, EventRefusal>;
type Answering = (asked: Asked) => Promise<Answered>;

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
        const own = request.client.startsWith(`${o.room.slice(0, o.room.lastIndexOf("/"))}/`);
        const answered = segments
          ? await answer({ context: context(), room: o.room, request, segments, own })
          : err(refusal("service-unknown"));
        return answered.ok ? answered.value : refusedEvent(answered.error, o.problemBase);
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

async function answerApi(asked: Asked): Promise<Answered> {
  const [collection, eventType, operation] = asked.segments;
  if (collection === "eventType" && operation === undefined) return eventTypes(asked, eventType);
  if (collection === "subs") return subs(asked, eventType, operation);
  if (collection === "deliveries" && eventType === undefined && asked.request.method === "GET") {
    return deliveries(asked);
  }
  return err(refusal("service-unknown"));
}

async function eventTypes(asked: Asked, eventType: string | undefined): Promise<Answered> {
  const { context, room, request } = asked;
  const operation = `${request.method} ${eventType === undefined ? "all" : "one"}`;
  if (operation === "GET all") {
    const names = (await typesOf(context.database, room)).map((type) => type.eventType);
    return ok(names.length === 0 ? none : said(200, names));
  }
  if (operation === "GET one") {
    const type = await typeOf(context.database, room, eventType ?? "");
    return ok(type ? said(200, { eventType: type.eventType, schema: type.schema }) : none);
  }
  if (operation !== "POST all" && operation !== "DELETE one") return err(refusal("service-unknown"));
  if (!asked.own) return err(refusal("access-denied", { reason: "room-of-another-member" }));
  if (operation === "DELETE one") {
    const removed = await removeType(context, room, eventType ?? "", request.client);
    return removed.ok ? ok(none) : removed;
  }
  const body = jsonOf(request);
  if (body === undefined) return err(refusal("event-type-invalid", { reason: "body" }));
  const made = await makeType(context, room, body, request.client);
  return made.ok ? ok(said(200, { eventType: made.value.eventType })) : made;
}

async function subs(asked: Asked, eventType: string | undefined, operation: string | undefined): Promise<Answered> {
  const { context, room, request } = asked;
  const subscriber = request.client;
  if (eventType === undefined) {
    if (request.method !== "GET") return err(refusal("service-unknown"));
    const mine = await subscriptions(context.database, { rooms: [room], subscriber });
    return mine.length === 0 ? err(refusal("subscription-unknown")) : ok(said(200, mine.map(subscriptionItem)));
  }
  const name = { room, eventType, subscriber };
  if (request.method === "GET" && operation === undefined) {
    const mine = await subscriptionOf(context, name);
    return mine ? ok(said(200, subscriptionItem(mine))) : err(refusal("subscription-unknown"));
  }
  if (request.method === "DELETE" && operation === undefined) {
    const ended = await unsubscribe(context, name);
    return ended.ok ? ok(none) : ended;
  }
  const body = jsonOf(request);
  const action = `${request.method} ${operation ?? ""}`;
  if (body === undefined && ["POST ", "PATCH ", "POST replay"].includes(action))
    return err(refusal("subscription-invalid", { reason: "body" }));
  if (action === "POST ") {
    const made = await subscribe(context, name, body ?? null);
    return made.ok ? ok(said(200, subscriptionItem(made.value))) : made;
  }
  if (action === "PATCH ") {
    const changed = await changeTerms(context, name, body ?? null);
    return changed.ok ? ok(said(201, subscriptionItem(changed.value))) : changed;
  }
  if (action === "POST replay") {
    const again = await replayFrom(context, name, body ?? null);
    return again.ok ? ok(said(200, again.value)) : again;
  }
  return err(refusal("service-unknown"));
}

const states = new Set<string>(["ready", "blocked", "held", "done", "dead", "discarded", "cancelled"]);

/** What became of events: a subscriber sees its own, the room's member all. */
async function deliveries({ context, room, request, own }: Asked): Promise<Answered> {
  const query = new URLSearchParams(request.query ?? "");
  const state = query.get("state") ?? undefined;
  const eventId = query.get("eventId") ?? undefined;
  const after = Number(query.get("after") ?? -1);
  if (
    (state !== undefined && !states.has(state)) ||
    (eventId !== undefined && !isUuid(eventId)) ||
    !Number.isSafeInteger(after)
  )
    return err(refusal("call-malformed", { reason: "state, eventId or after" }));
  const found = await context.store.deliveries({
    rooms: [room],
    state: state as DeliveryState | undefined,
    eventId,
    eventType: query.get("eventType") ?? undefined,
    subscriber: own ? (query.get("subscriber") ?? undefined) : request.client,
    after,
  });
  return ok(
    said(200, { deliveries: found.map(statusItem), next: found.length === 100 ? found.at(-1)!.sequence : null }),
  );
}

async function answerPub(asked: Asked): Promise<Answered> {
  const { context, room, request, own } = asked;
  const [eventType, eventId, more] = asked.segments;
  if (eventType === undefined || more !== undefined) return err(refusal("service-unknown"));
  if (eventId === undefined) {
    if (request.method !== "POST") return err(refusal("service-unknown"));
    const body = jsonOf(request);
    if (body === undefined) return err(refusal("event-invalid", { reason: "body" }));
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
    return published.ok ? ok(said(201, { id: published.value.id })) : published;
  }
  const event = isUuid(eventId) ? await context.store.find(room, eventType, eventId) : undefined;
  const visible = event && (own || event.publisher === request.client) ? event : undefined;
  if (!visible) return err(refusal("event-unknown"));
  if (request.method === "GET") {
    const found = await context.store.deliveries({ rooms: [room], eventId });
    return ok(said(200, { ...eventItem(visible), deliveries: found.map(statusItem) }));
  }
  if (request.method !== "DELETE") return err(refusal("service-unknown"));
  await context.store.cancel(room, eventId, context.clock.now());
  context.logger.info({ room, eventType, event: eventId, by: request.client }, "an event's delivery was ended");
  return ok(none);
}

async function answerPull(asked: Asked): Promise<Answered> {
  const { context, room, request } = asked;
  const [eventType, eventId, more] = asked.segments;
  const name = { room, eventType: eventType ?? "", subscriber: request.client };
  if (request.method === "GET" && eventType !== undefined && eventId === undefined) {
    const taken = await pull(context, name);
    if (!taken.ok) return taken;
    return taken.value ? ok(said(200, eventItem(taken.value))) : err(refusal("event-unknown"));
  }
  if (request.method === "DELETE" && eventId !== undefined && more === undefined) {
    if (!isUuid(eventId)) return err(refusal("event-unknown"));
    const messageId = headerValues(request.headers ?? [], "x-road-id").at(-1) ?? "";
    const acknowledged = await acknowledge(context, name, eventId, messageId.slice(0, 200));
    return acknowledged.ok ? ok(none) : acknowledged;
  }
  return err(refusal("service-unknown"));
}
