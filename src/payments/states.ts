/**
 * The life of one payment instruction as a typed graph: state → event → next state. Whoever wants to move an instruction
 * names an event; an event that has no edge does not compile (`EventFrom`), has no entry here, and is refused by a
 * foreign key in PostgreSQL. A state without edges is an end.
 *
 * `corrected-to-…` are reconciliation edges, apart from the ordinary ones: they need a statement line as evidence. One
 * that leads to the same state settles a contradiction between reports.
 * Only `not-received` (the bank confirms in writing that it never got it) lets the same EndToEndId leave again, in a new file.
 * What is asked back keeps its own account (`recovery.ts`): an instruction whose money is claimed stays in `paid`.
 * Cancelling stops at `queued`: from there on the file may be on its way, so the batch must be recalled first.
 */
export const graph = {
  none: { "instruction-drafted": "drafted" },
  drafted: { "checks-passed": "checked", "checks-failed": "held", cancelled: "cancelled" },
  held: { "hold-resolved": "checked", cancelled: "cancelled" },
  checked: { "first-approved": "approved-once", cancelled: "cancelled" },
  "approved-once": { "second-approved": "approved", cancelled: "cancelled" },
  approved: { batched: "queued", "checks-failed": "held", cancelled: "cancelled" },
  queued: { "file-sent": "submitted", "batch-recalled-before-sending": "checked" },
  submitted: {
    "status-accepted": "accepted",
    "status-rejected": "rejected",
    "status-unclear": "unknown",
    "no-status-in-time": "unknown",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
    "corrected-to-returned": "returned",
    "corrected-to-not-received": "not-received",
  },
  accepted: {
    "status-settled": "settled",
    "status-rejected": "rejected",
    "status-unclear": "unknown",
    "no-settlement-in-time": "unknown",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
    "corrected-to-returned": "returned",
    "corrected-to-not-received": "not-received",
  },
  unknown: {
    "found-submitted": "submitted",
    "found-accepted": "accepted",
    "found-settled": "settled",
    "found-rejected": "rejected",
    "found-not-received": "not-received",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
    "corrected-to-returned": "returned",
    "corrected-to-not-received": "not-received",
  },
  "not-received": {
    "resend-approved": "approved",
    cancelled: "cancelled",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
  },
  settled: {
    "money-returned": "returned",
    "recovery-decided": "recovery-open",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
    "corrected-to-returned": "returned",
    "corrected-to-not-received": "not-received",
  },
  rejected: {
    rerouted: "rerouted",
    "person-asked": "waiting-for-person",
    "stopped-for-heirs": "abandoned",
    "time-barred": "abandoned",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
    "corrected-to-returned": "returned",
    "corrected-to-not-received": "not-received",
  },
  returned: {
    rerouted: "rerouted",
    "person-asked": "waiting-for-person",
    "stopped-for-heirs": "abandoned",
    "time-barred": "abandoned",
    "corrected-to-settled": "settled",
    "corrected-to-returned": "returned",
  },
  "waiting-for-person": {
    "account-renewed": "rerouted",
    "stopped-for-heirs": "abandoned",
    "time-barred": "abandoned",
    "corrected-to-settled": "settled",
    "corrected-to-rejected": "rejected",
    "corrected-to-returned": "returned",
  },
  "recovery-open": {
    "money-received": "recovered",
    "write-off-decided": "written-off",
    "recovery-withdrawn": "settled",
  },
  rerouted: {},
  abandoned: {},
  cancelled: {},
  recovered: {},
  "written-off": {},
} as const;

export type Graph = typeof graph;
export type State = keyof Graph;

type EventsOf<From extends State> = From extends State ? keyof Graph[From] : never;

/** Every event there is. */
export type PaymentEvent = EventsOf<State>;

/** The events that may happen to an instruction in state `From`. */
export type EventFrom<From extends State> = keyof Graph[From] & string;

/** Where `event` leads from `From`. */
export type StateAfter<From extends State, Event extends EventFrom<From>> = Graph[From][Event] & State;

export interface Edge {
  readonly from: State;
  readonly event: PaymentEvent;
  readonly to: State;
}

/** The graph as a list, for the database, for drawing and for tests. */
export const edges: readonly Edge[] = Object.entries(graph).flatMap(([from, out]) =>
  Object.entries(out).map(([event, to]) => ({ from: from as State, event: event as PaymentEvent, to: to as State })),
);

/** The accounts of a programme's books. */
export type BookAccount =
  | "treasury"
  | "appropriation"
  | "encumbered"
  | "in-transit"
  | "paid"
  | "returned"
  | "recovery-open"
  | "recovered"
  | "written-off"
  /** Lines of the bank that nothing of ours explains, until a person does; `bank-difference` is their other half. */
  | "suspense"
  | "bank-difference"
  /** Reserved for vouchers that nobody has taken yet. */
  | "vouchers";

/**
 * Where an instruction's money stands while it is in a state: an edge between two accounts books itself, in the statement
 * that writes its event. `appropriation` means that nothing is promised for it.
 */
export const accountOf: Readonly<Record<State, BookAccount>> = {
  none: "appropriation",
  drafted: "appropriation",
  held: "appropriation",
  checked: "appropriation",
  "approved-once": "appropriation",
  approved: "encumbered",
  queued: "encumbered",
  "not-received": "encumbered",
  submitted: "in-transit",
  accepted: "in-transit",
  unknown: "in-transit",
  settled: "paid",
  rejected: "returned",
  returned: "returned",
  "waiting-for-person": "returned",
  "recovery-open": "paid",
  recovered: "paid",
  "written-off": "paid",
  rerouted: "appropriation",
  abandoned: "appropriation",
  cancelled: "appropriation",
};

/** States that nothing leaves. */
export const endStates: readonly State[] = (Object.keys(graph) as State[]).filter(
  (state) => Object.keys(graph[state]).length === 0,
);

/** The state that `event` leads to from `from`, or `undefined` if that may not happen. */
export function stateAfter(from: State, event: PaymentEvent): State | undefined {
  return (graph[from] as Partial<Record<PaymentEvent, State>>)[event];
}

/** The graph in Graphviz' language, reconciliation edges dashed. */
export function drawGraph(): string {
  const lines = edges.map(
    ({ from, event, to }) =>
      `  "${from}" -> "${to}" [label="${event}"${event.startsWith("corrected-") ? ", style=dashed" : ""}];`,
  );
  const ends = endStates.map((state) => `  "${state}" [peripheries=2];`);
  return ["digraph payment {", "  rankdir=LR;", ...ends, ...lines, "}", ""].join("\n");
}
