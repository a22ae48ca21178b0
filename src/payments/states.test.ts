import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { deadlines, type Deadline } from "./deadlines.ts";
import {
  drawGraph,
  edges,
  endStates,
  graph,
  stateAfter,
  type EventFrom,
  type PaymentEvent,
  type State,
} from "./states.ts";

const states = Object.keys(graph) as State[];
const events = [...new Set(edges.map((edge) => edge.event))];

test("every state can be reached, and every state that is no end has a way to an end", () => {
  const reach = (from: State): Set<State> => {
    const found = new Set<State>([from]);
    for (const state of found) for (const edge of edges) if (edge.from === state) found.add(edge.to);
    return found;
  };
  assert.deepEqual([...reach("none")].sort(), [...states].sort());
  for (const state of states) {
    assert.ok(endStates.some((end) => reach(state).has(end)) || endStates.includes(state), `${state} is a trap`);
  }
  assert.deepEqual([...endStates].sort(), ["abandoned", "cancelled", "recovered", "rerouted", "written-off"]);
});

test("what a random walk may do: four eyes before sending, and never a second sending while money may be out", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 300 }), (wishes) => {
      let state: State = "none";
      const done: PaymentEvent[] = [];
      for (const wish of wishes) {
        const next = stateAfter(state, wish);
        if (!next) continue;
        done.push(wish);
        if (wish === "batched") assert.ok(sinceLast(done, "second-approved", "batch-recalled-before-sending"));
        if (wish === "resend-approved") assert.equal(state, "not-received");
        if (wish === "file-sent" && done.filter((event) => event === "file-sent").length > 1) {
          assert.ok(sinceLast(done, "resend-approved", "file-sent"), done.join(" "));
        }
        if (wish === "cancelled") assert.ok(nothingIsOut(done), done.join(" "));
        if (wish === "rerouted" || wish === "account-renewed") {
          assert.ok(["rejected", "returned", "waiting-for-person"].includes(state));
        }
        state = next;
      }
    }),
    { numRuns: 2000 },
  );
});

/** Never sent, or the bank said that it never got what was sent. */
function nothingIsOut(done: readonly PaymentEvent[]): boolean {
  const sent = done.lastIndexOf("file-sent");
  return sent < 0 || done.slice(sent).some((event) => event.endsWith("-not-received"));
}

/** Whether `wanted` happened after the last `since` before the newest event. */
function sinceLast(done: readonly PaymentEvent[], wanted: PaymentEvent, since: PaymentEvent): boolean {
  const before = done.slice(0, -1);
  return before.lastIndexOf(wanted) > before.lastIndexOf(since);
}

// Also where a person was asked or the bank denied having it: a bank can be wrong there too, and the statement decides.
const afterSending: readonly State[] = [
  ...(["submitted", "accepted", "unknown", "settled", "rejected"] as const),
  ...(["returned", "waiting-for-person", "not-received"] as const),
];

test("corrections are events of their own and lead only where a statement can prove them", () => {
  for (const edge of edges.filter(({ event }) => event.startsWith("corrected-to-"))) {
    assert.equal(edge.to, edge.event.slice("corrected-to-".length));
    assert.ok(afterSending.includes(edge.from));
    assert.ok(["settled", "rejected", "returned", "not-received"].includes(edge.to));
  }
});

test("every state that is no end has a way out by time: an event where no money can be lost by it, else somebody is called", () => {
  for (const state of states) {
    if (endStates.includes(state) || state === "none" || state === "settled") continue;
    const deadline = (deadlines as Readonly<Record<string, Deadline>>)[state];
    assert.ok(deadline && deadline.hours > 0, state);
    if (deadline.event) assert.ok(stateAfter(state, deadline.event), `${state} ${deadline.event}`);
  }
  const byItself = Object.entries(deadlines).flatMap(([state, { event }]) => (event ? [`${state} ${event}`] : []));
  assert.deepEqual(byItself, [
    "submitted no-status-in-time",
    "accepted no-settlement-in-time",
    "waiting-for-person time-barred",
  ]);
});

test("a forbidden step cannot be written", () => {
  const good: EventFrom<"drafted"> = "checks-passed";
  // @ts-expect-error a drafted payment cannot be settled: the type check fails if this line ever compiles
  const wrong: EventFrom<"drafted"> = "status-settled";
  assert.equal(stateAfter("drafted", good), "checked");
  assert.equal(stateAfter("drafted", wrong), undefined);
});

test("the drawing names every edge", () => {
  const drawing = drawGraph();
  for (const { from, event, to } of edges) assert.ok(drawing.includes(`"${from}" -> "${to}" [label="${event}"`));
});
