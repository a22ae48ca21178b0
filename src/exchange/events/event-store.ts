import type { Result } from "#kernel";
import type { Sql } from "#store";
import type { DeliveryState, DeliveryStatus, NewEvent, StoredEvent, Subscription } from "./event.ts";

/** One event on its way to one subscriber, held by the caller until `held` + lease. */
export interface Held {
  readonly subscription: Subscription;
  readonly event: StoredEvent;
  /** Counts from 1. */
  readonly attempt: number;
  readonly expiresAt: Date;
  /** Names this hold: settling with a hold that has run out changes nothing. */
  readonly hold: string;
}

/** How an attempt ended. */
export interface Settlement {
  readonly held: Held;
  readonly end: { readonly kind: "done" } | { readonly kind: "again"; readonly at: Date } | { readonly kind: "dead" };
  /** HTTP status or problem code. */
  readonly outcome: string;
  /** `x-road-id` of the exchange that was the attempt. */
  readonly messageId: string;
  readonly now: Date;
}

export interface Backlog {
  readonly subscription: Subscription;
  readonly waiting: number;
  readonly held: number;
  readonly dead: number;
  readonly done: number;
  /** Publication of the oldest that waits. */
  readonly oldest: Date | null;
  readonly failing: number;
}

/** Which deliveries to list; `after` is the last sequence of the page before. */
export interface DeliveryQuery {
  readonly rooms: readonly string[];
  readonly eventType?: string | undefined;
  readonly eventId?: string | undefined;
  readonly subscriber?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** All dead letters of a subscription, or one of them. */
export interface DeadLetters {
  readonly subscriptionId: string;
  readonly sequence?: number | undefined;
}

/** Writes down what was done to so many dead letters. */
export type Note = (tx: Sql, count: number) => Promise<void>;

/**
 * Where events are kept and what is owed to whom. An implementer keeps three promises: what `publish` answered is not
 * lost; an event is held by at most one process at a time, until its lease ends; a later event of the same lane (same
 * key, or any where the subscription is FIFO) is not handed out before the earlier is done, dead or cancelled.
 */
export interface EventStore {
  publish(event: NewEvent): Promise<Result<{ readonly id: string; readonly sequence: number }, "key-reused">>;
  find(room: string, eventType: string, id: string): Promise<StoredEvent | undefined>;
  /** Ends delivery of one event to everybody who has not taken it. False when there is none. */
  cancel(room: string, id: string, now: Date): Promise<boolean>;
  /** A subscription was made or changed: from now on events are owed to it. */
  subscribed(subscription: Subscription): Promise<void>;
  unsubscribed(subscription: Subscription): Promise<void>;
  /** Up to `limit` events to push now. */
  claim(o: { readonly now: Date; readonly limit: number }): Promise<readonly Held[]>;
  /** The next event for a subscriber that pulls. */
  claimNext(subscription: Subscription, now: Date): Promise<Held | undefined>;
  /** The event a subscriber that pulls has in hand. */
  inHand(subscription: Subscription, eventId: string): Promise<Held | "done" | "not-held" | undefined>;
  /** Puts the end of leases off. */
  renew(held: readonly Held[], now: Date): Promise<void>;
  settle(settlement: Settlement): Promise<{ readonly settled: boolean }>;
  /** Owes the subscriber again what was published from this sequence on. Answers how many. */
  replay(subscription: Subscription, from: number, now: Date): Promise<number>;
  deliveries(query: DeliveryQuery): Promise<readonly DeliveryStatus[]>;
  /** Puts dead letters back into delivery. Answers how many; `note` writes the act down with it, in one transaction. */
  replayDead(letters: DeadLetters, now: Date, note: Note): Promise<number>;
  discardDead(letters: DeadLetters, now: Date, note: Note): Promise<number>;
  backlog(rooms: readonly string[]): Promise<readonly Backlog[]>;
  /** Removes events published before, unless still owed; dead letters only when older than `dead`. */
  purge(before: { readonly settled: Date; readonly dead: Date }): Promise<number>;
  close(): Promise<void>;
}

/** How long what is claimed stays with who claimed it, without a sign of life; a pull: without an acknowledgement. */
export interface Leases {
  readonly pushMs: number;
  readonly pullMs: number;
}

export const leases: Leases = { pushMs: 30_000, pullMs: 60_000 };
