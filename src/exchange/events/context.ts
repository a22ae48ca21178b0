import type { Clock, JsonValue, Refusal } from "#kernel";
import type { Database } from "#store";
import type { ExchangeProblem } from "../problems.ts";
import type { StoredEvent, Subscription } from "./event.ts";
import type { EventStore } from "./event-store.ts";

/** What a subscriber's service said to a push. */
export type PushAnswer =
  | { readonly kind: "answered"; readonly status: number }
  | { readonly kind: "refused"; readonly problem: ExchangeProblem };

/** An ordinary call of the exchange by a room, as its gateway sends it. */
export interface PushCall {
  readonly subscription: Subscription;
  readonly event: StoredEvent;
  /** `x-road-id`: finds the attempt's evidence. */
  readonly messageId: string;
}

export interface EventLogger {
  info(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}

/** What the verbs of events stand on. */
export interface EventsContext {
  readonly database: Database;
  readonly store: EventStore;
  readonly clock: Clock;
  /** Path forms of the rooms kept here. */
  readonly rooms: readonly string[];
  readonly logger: EventLogger;
  /** Lets the delivery look at once: something is due. */
  wake(): void;
}

/** A refusal of these verbs. */
export type EventRefusal = Refusal<ExchangeProblem>;

export function refusal(code: ExchangeProblem, params?: Refusal["params"]): EventRefusal {
  return params ? { code, params } : { code };
}

/** A JSON object, not a list and not null. */
export function isObject(value: unknown): value is { readonly [member: string]: JsonValue | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
