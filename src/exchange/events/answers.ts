import type { JsonValue } from "#kernel";
import { problemAnswer } from "../gateway/refusal.ts";
import type { InProcessAnswer } from "../gateway/services.ts";
import type { EventRefusal } from "./context.ts";
import type { DeliveryStatus, StoredEvent, Subscription } from "./event.ts";

/** GovStack's identifier of an application. */
function applicationId(path: string): Record<string, string> {
  const [instanceId = "", memberClass = "", memberCode = "", applicationCode] = path.split("/").map(decodeURIComponent);
  return { instanceId, memberClass, memberCode, ...(applicationCode === undefined ? {} : { applicationCode }) };
}

/** EventItem: what a push carries and a pull answers. */
export function eventItem(event: StoredEvent): Record<string, JsonValue> {
  return {
    id: event.id,
    sequence: event.sequence,
    publisherId: applicationId(event.publisher),
    eventType: event.eventType,
    event: JSON.parse(event.payload) as JsonValue,
  };
}

/** SubscriptionItem; `options` says besides where a push goes. */
export function subscriptionItem(s: Subscription): Record<string, JsonValue> {
  const where = s.delivery === "PUSH" ? { service: s.service, path: s.path } : {};
  const attempts = s.attempts === undefined ? {} : { attempts: s.attempts };
  return {
    id: s.id,
    subscriberId: applicationId(s.subscriber),
    eventType: s.eventType,
    delivery: s.delivery,
    options: { TTL: s.ttlSeconds, FIFO: s.fifo, ...where, ...attempts },
  };
}

export function statusItem(status: DeliveryStatus): Record<string, JsonValue> {
  return {
    eventId: status.eventId,
    sequence: status.sequence,
    eventType: status.eventType,
    subscriberId: applicationId(status.subscriber),
    state: status.state,
    attempts: status.attempts,
    outcome: status.outcome,
    publishedAt: status.publishedAt.toISOString(),
    changedAt: status.changedAt.toISOString(),
    ...(status.state === "ready" ? { nextAt: status.nextAt.toISOString() } : {}),
  };
}

export function said(status: number, value: JsonValue): InProcessAnswer {
  return { status, headers: [["Content-Type", "application/json"]], body: Buffer.from(JSON.stringify(value), "utf8") };
}

export const none: InProcessAnswer = { status: 204, headers: [], body: new Uint8Array() };

export function refusedEvent(refused: EventRefusal, problemBase: string): InProcessAnswer {
  return problemAnswer(refused.code, problemBase, refused.params);
}
