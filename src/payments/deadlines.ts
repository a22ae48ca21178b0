import type { State } from "./states.ts";

/** Who must act when a payment stays in a state too long, and what time does by itself. */
export interface Deadline {
  readonly hours: number;
  /** What happens by itself; without one, an incident calls whoever must act. */
  readonly event?: "no-status-in-time" | "no-settlement-in-time" | "time-barred";
}

/**
 * The way out by time of every state that is no end. Time never decides about money that may be out: there it calls a
 * person. It never takes a payment away from somebody who could not know either, before public claims lapse.
 * `settled` is at rest: nothing needs to follow.
 */
export const deadlines: Readonly<Record<Exclude<State, "none" | "settled" | EndState>, Deadline>> = {
  drafted: { hours: 1 },
  held: { hours: 72 },
  checked: { hours: 24 },
  "approved-once": { hours: 240 },
  approved: { hours: 24 },
  queued: { hours: 24 },
  submitted: { hours: 24, event: "no-status-in-time" },
  accepted: { hours: 72, event: "no-settlement-in-time" },
  unknown: { hours: 24 },
  "not-received": { hours: 24 },
  rejected: { hours: 72 },
  returned: { hours: 72 },
  "waiting-for-person": { hours: 87_600, event: "time-barred" },
  "recovery-open": { hours: 8_760 },
};

type EndState = "rerouted" | "abandoned" | "cancelled" | "recovered" | "written-off";
