import type { JsonValue } from "#kernel";

/** How a subscriber gets its events: by a call to a service of its own, or by asking for them. */
export type DeliveryMode = "PUSH" | "PULL";

/** A kind of event that a room knows, with the JSON Schema (draft-07) its events must meet. */
export interface EventType {
  /** Path form of the room, which is a subsystem. */
  readonly room: string;
  readonly eventType: string;
  readonly schema: { readonly [member: string]: JsonValue | undefined };
}

/** An event as a publisher's call gives it, not yet numbered. */
export interface NewEvent {
  readonly id: string;
  readonly room: string;
  readonly eventType: string;
  /** Path form. */
  readonly publisher: string;
  /** Events with the same key reach each subscriber one after the other. */
  readonly key?: string | undefined;
  /** The event as JSON text, byte for byte as it was checked. */
  readonly payload: string;
  /** Why the publisher says it; a push says the same. */
  readonly purpose?: string | undefined;
  readonly legalBasis?: string | undefined;
  /** A second publication under the same one is the first again. */
  readonly idempotency?: string | undefined;
  readonly publishedAt: Date;
}

export interface StoredEvent extends Omit<NewEvent, "idempotency"> {
  /** Counts up within the room, without gaps at publication. */
  readonly sequence: number;
}

export interface Subscription {
  readonly id: string;
  readonly room: string;
  readonly eventType: string;
  /** Path form. */
  readonly subscriber: string;
  readonly delivery: DeliveryMode;
  /** Seconds after publication until which delivery is tried. */
  readonly ttlSeconds: number;
  /** All events of the type one after the other, not only those with the same key. */
  readonly fifo: boolean;
  /** Where a push goes: service code and path of the subscriber. */
  readonly service: string;
  readonly path: string;
  /** Attempts after which an event is a dead letter; by time alone when absent. */
  readonly attempts?: number | undefined;
}

/** `ready` waits for its time, `blocked` for an earlier event of its key, `held` is under way. */
export type DeliveryState = "ready" | "blocked" | "held" | "done" | "dead" | "discarded" | "cancelled";

/** Where one event stands with one subscriber; without what it says. */
export interface DeliveryStatus {
  readonly subscriptionId: string;
  readonly room: string;
  readonly eventType: string;
  readonly eventId: string;
  readonly sequence: number;
  readonly subscriber: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** What the last attempt met: an HTTP status, a problem code, `expired`. */
  readonly outcome: string | null;
  readonly publishedAt: Date;
  readonly nextAt: Date;
  readonly changedAt: Date;
}

/** The longest a room takes, in bytes and characters. */
export interface EventLimits {
  readonly payloadBytes: number;
  readonly schemaBytes: number;
  readonly keyLength: number;
}

export const eventLimits: EventLimits = { payloadBytes: 256 * 1024, schemaBytes: 64 * 1024, keyLength: 200 };

/** Seconds: the reference's default, and a month as the longest. */
export const ttl: { readonly standard: number; readonly longest: number } = { standard: 3600, longest: 30 * 86_400 };

const typeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Whether a text can name an event type: it stands in paths and in subjects of a message broker. */
export function isEventTypeName(text: string): boolean {
  return typeName.test(text) && !text.includes("..") && !text.endsWith(".");
}
