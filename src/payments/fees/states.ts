import type { PublicCharge } from "./contract.ts";

/**
 * The life of one charge (one attempt to pay a fee) as a typed graph: state → event → next state. As with instructions
 * (`../states.ts`), an event without an edge does not compile, has no entry here and is refused by a foreign key in
 * PostgreSQL. A provider that is silent leads to `unknown`, never to `failed`. Money may arrive after we believed that
 * none would, so `failed`, `cancelled` and `expired` are no ends: it is booked if the fee is still owed, else owed back.
 */
export const chargeGraph = {
  none: { "charge-created": "created" },
  created: {
    "provider-began": "started",
    "provider-refused": "failed",
    "time-ran-out": "expired",
    "reported-paid": "succeeded",
    "reported-paid-owed-back": "refund-due",
    "reported-other-amount": "refund-due",
    "reported-declined": "failed",
    "reported-cancelled": "cancelled",
    "reported-expired": "expired",
  },
  started: {
    "reported-pending": "submitted",
    "provider-silent": "unknown",
    "reported-paid": "succeeded",
    "reported-paid-owed-back": "refund-due",
    "reported-other-amount": "refund-due",
    "reported-declined": "failed",
    "reported-cancelled": "cancelled",
    "reported-expired": "expired",
  },
  submitted: {
    "provider-silent": "unknown",
    "reported-paid": "succeeded",
    "reported-paid-owed-back": "refund-due",
    "reported-other-amount": "refund-due",
    "reported-declined": "failed",
    "reported-cancelled": "cancelled",
    "reported-expired": "expired",
  },
  unknown: {
    "reported-open": "started",
    "reported-pending": "submitted",
    "reported-paid": "succeeded",
    "reported-paid-owed-back": "refund-due",
    "reported-other-amount": "refund-due",
    "reported-declined": "failed",
    "reported-cancelled": "cancelled",
    "reported-expired": "expired",
  },
  failed: {
    "late-payment-booked": "succeeded",
    "late-payment-owed-back": "refund-due",
    "late-other-amount": "refund-due",
  },
  cancelled: {
    "late-payment-booked": "succeeded",
    "late-payment-owed-back": "refund-due",
    "late-other-amount": "refund-due",
  },
  expired: {
    "late-payment-booked": "succeeded",
    "late-payment-owed-back": "refund-due",
    "late-other-amount": "refund-due",
  },
  succeeded: { "refund-proposed": "refund-proposed", "refund-decided": "refund-due" },
  "refund-proposed": { "refund-decided": "refund-due", "refund-not-agreed": "succeeded" },
  "refund-due": { "refund-requested": "refund-requested" },
  "refund-requested": { "refund-confirmed": "refunded", "refund-refused": "refund-failed" },
  "refund-failed": { "refund-tried-again": "refund-due", "repaid-by-transfer": "repaid" },
  refunded: {},
  repaid: {},
} as const;

export type ChargeGraph = typeof chargeGraph;
export type ChargeState = keyof ChargeGraph;

type EventsOf<From extends ChargeState> = From extends ChargeState ? keyof ChargeGraph[From] : never;

/** Every event there is. */
export type ChargeEvent = EventsOf<ChargeState>;

/** The events that may happen to a charge in state `From`. */
export type ChargeEventFrom<From extends ChargeState> = keyof ChargeGraph[From] & string;

/** The accounts of a fee programme's books. What is earned or owed stands below zero, the money it came as above. */
export type FeeAccount = "fee-at-provider" | "fee-banked" | "fee-income" | "fee-owed-back";

/**
 * Whose a charge's money is in a state; `fee-at-provider` stands for "nobody's: no money". An edge from account A to
 * account B posts from B to A, so that money taken raises what the provider owes us and lowers income (earned).
 */
export const feeAccountOf: Readonly<Record<ChargeState, FeeAccount>> = {
  none: "fee-at-provider",
  created: "fee-at-provider",
  started: "fee-at-provider",
  submitted: "fee-at-provider",
  unknown: "fee-at-provider",
  failed: "fee-at-provider",
  cancelled: "fee-at-provider",
  expired: "fee-at-provider",
  succeeded: "fee-income",
  "refund-proposed": "fee-income",
  "refund-due": "fee-owed-back",
  "refund-requested": "fee-owed-back",
  "refund-failed": "fee-owed-back",
  refunded: "fee-at-provider",
  repaid: "fee-banked",
};

/** States in which a charge holds its fee, so that no second one can be begun; the database's index has the same. */
export const liveStates: readonly ChargeState[] = [
  "none",
  "created",
  "started",
  "submitted",
  "unknown",
  "succeeded",
  "refund-proposed",
];

/** States in which the provider is asked from time to time. */
export const openStates: readonly OpenState[] = ["created", "started", "submitted", "unknown"];
export type OpenState = "created" | "started" | "submitted" | "unknown";

export interface ChargeEdge {
  readonly from: ChargeState;
  readonly event: ChargeEvent;
  readonly to: ChargeState;
}

/** The graph as a list, for the database, for drawing and for tests. */
export const chargeEdges: readonly ChargeEdge[] = Object.entries(chargeGraph).flatMap(([from, out]) =>
  Object.entries(out).map(([event, to]) => ({
    from: from as ChargeState,
    event: event as ChargeEvent,
    to: to as ChargeState,
  })),
);

/** The state that `event` leads to from `from`, or `undefined` if that may not happen. */
export function chargeAfter(from: ChargeState, event: ChargeEvent): ChargeState | undefined {
  return (chargeGraph[from] as Partial<Record<ChargeEvent, ChargeState>>)[event];
}

/** What the payer and the officer are told; fifteen states become eight words. */
export const publicCharge: Readonly<Record<ChargeState, PublicCharge>> = {
  none: "open",
  created: "open",
  started: "open",
  submitted: "pending",
  unknown: "checking",
  failed: "not-paid",
  cancelled: "stopped",
  expired: "stopped",
  succeeded: "paid",
  "refund-proposed": "paid",
  "refund-due": "being-refunded",
  "refund-requested": "being-refunded",
  "refund-failed": "being-refunded",
  refunded: "refunded",
  repaid: "refunded",
};
