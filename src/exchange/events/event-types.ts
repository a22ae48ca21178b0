import { err, ok, type JsonValue, type Result } from "#kernel";
import { recordAct } from "../acts/store.ts";
import { isObject, refusal, type EventRefusal, type EventsContext } from "./context.ts";
import { isEventTypeName, type EventType } from "./event.ts";
import { checkSchema } from "./schema.ts";
import { dropType, putRoom, putType, subscriptions } from "./subscription-store.ts";

/** Makes an event type of a room. `by` is whoever manages the room. */
export async function makeType(
  context: EventsContext,
  room: string,
  given: JsonValue,
  by: string,
): Promise<Result<EventType, EventRefusal>> {
  const eventType = isObject(given) ? given["eventType"] : undefined;
  const schema = isObject(given) ? given["schema"] : undefined;
  if (typeof eventType !== "string" || !isEventTypeName(eventType))
    return err(refusal("event-type-invalid", { reason: "eventType" }));
  if (!isObject(schema)) return err(refusal("event-type-invalid", { reason: "schema" }));
  const usable = checkSchema(schema);
  if (!usable.ok) return err(refusal("event-type-invalid", { reason: usable.error }));
  const now = context.clock.now();
  const type = { room, eventType, schema };
  const made = await context.database.transaction(async (tx) => {
    await putRoom(tx, room);
    if (!(await putType(tx, type, now))) return false;
    await recordAct(tx, { by, act: "event-type.made", about: `${room}/${eventType}`, now });
    return true;
  });
  return made ? ok(type) : err(refusal("event-type-exists"));
}

/** Removes an event type; its subscriptions end, and nothing of it is delivered any more. */
export async function removeType(
  context: EventsContext,
  room: string,
  eventType: string,
  by: string,
): Promise<Result<{ readonly subscriptions: number }, EventRefusal>> {
  const ended = await subscriptions(context.database, { rooms: [room], eventType });
  const removed = await context.database.transaction(async (tx) => {
    if (!(await dropType(tx, room, eventType))) return false;
    const detail = { subscriptions: ended.length };
    await recordAct(tx, {
      by,
      act: "event-type.removed",
      about: `${room}/${eventType}`,
      detail,
      now: context.clock.now(),
    });
    return true;
  });
  if (!removed) return err(refusal("event-type-unknown"));
  for (const one of ended) await context.store.unsubscribed(one);
  return ok({ subscriptions: ended.length });
}
