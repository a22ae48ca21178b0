import { err, ok, uuidV7, type JsonValue, type Result } from "#kernel";
import { isObject, refusal, type EventRefusal, type EventsContext } from "./context.ts";
import { eventLimits } from "./event.ts";
import { meetsSchema } from "./schema.ts";
import { typeOf } from "./subscription-store.ts";

/** A publication as it came: the body read, the headers that matter taken out. */
export interface Publication {
  readonly room: string;
  readonly eventType: string;
  /** Path form of the caller. */
  readonly publisher: string;
  /** PublishEvent: `{eventType, event}`. */
  readonly body: JsonValue;
  /** `Taroko-Event-Key`. */
  readonly key?: string | undefined;
  /** `Idempotency-Key`. */
  readonly idempotency?: string | undefined;
  readonly purpose?: string | undefined;
  readonly legalBasis?: string | undefined;
}

const headerText = /^[\x20-\x7e]+$/;

/**
 * Publishes an event. The id is answered when the event is durable and owed to all who subscribe; a repeated call with
 * the same `Idempotency-Key` is answered the first one's id.
 */
export async function publish(
  context: EventsContext,
  given: Publication,
): Promise<Result<{ readonly id: string; readonly sequence: number }, EventRefusal>> {
  const type = await typeOf(context.database, given.room, given.eventType);
  if (!type) return err(refusal("event-type-unknown"));
  const { body } = given;
  const event = isObject(body) ? body["event"] : undefined;
  if (!isObject(body) || !isObject(event)) return err(refusal("event-invalid", { reason: "event" }));
  if (body["eventType"] !== given.eventType) return err(refusal("event-invalid", { reason: "eventType" }));
  for (const [name, text] of Object.entries({ key: given.key, idempotency: given.idempotency }))
    if (text !== undefined && (text.length > eventLimits.keyLength || !headerText.test(text)))
      return err(refusal("event-invalid", { reason: `${name}-header` }));
  const payload = JSON.stringify(event);
  if (Buffer.byteLength(payload) > eventLimits.payloadBytes) return err(refusal("event-too-large"));
  if (!payload.isWellFormed() || payload.includes("\\u0000"))
    return err(refusal("event-invalid", { reason: "characters" }));
  const met = meetsSchema(type.schema, event);
  if (!met.ok) return err(refusal("event-invalid", { reason: met.error }));
  const now = context.clock.now();
  const { room, eventType, publisher, key, idempotency, purpose, legalBasis } = given;
  const published = await context.store.publish({
    id: uuidV7(now),
    room,
    eventType,
    publisher,
    key,
    payload,
    purpose,
    legalBasis,
    idempotency,
    publishedAt: now,
  });
  if (!published.ok) return err(refusal("event-key-reused"));
  const { id, sequence } = published.value;
  context.logger.info({ room, eventType, event: id, sequence, publisher }, "an event was published");
  context.wake();
  return ok({ id, sequence });
}
