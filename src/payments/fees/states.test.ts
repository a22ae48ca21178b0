import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeReport } from "./apply-report.ts";
import type { ProviderReport } from "./contract.ts";
import {
  chargeAfter,
  chargeEdges,
  chargeGraph,
  feeAccountOf,
  liveStates,
  openStates,
  publicCharge,
  type ChargeEventFrom,
  type ChargeState,
} from "./states.ts";

const states = Object.keys(chargeGraph) as ChargeState[];

test("every state can be reached, and has a way to where nothing waits", () => {
  const reach = (from: ChargeState): Set<ChargeState> => {
    const found = new Set<ChargeState>([from]);
    for (const state of found) for (const edge of chargeEdges) if (edge.from === state) found.add(edge.to);
    return found;
  };
  assert.deepEqual([...reach("none")].sort(), [...states].sort());
  const atRest: ChargeState[] = ["failed", "cancelled", "expired", "succeeded", "refunded", "repaid"];
  for (const state of states)
    assert.ok(
      atRest.some((end) => reach(state).has(end)),
      `${state} is a trap`,
    );
});

test("money that was taken stays somebody's until it is refunded or repaid", () => {
  for (const { from, event, to } of chargeEdges)
    if (feeAccountOf[from] !== "fee-at-provider" && feeAccountOf[to] === "fee-at-provider")
      assert.equal(event, "refund-confirmed");
  // From nothing, money comes in by what a provider says only.
  for (const { from, event, to } of chargeEdges)
    if (feeAccountOf[from] === "fee-at-provider" && feeAccountOf[to] !== "fee-at-provider")
      assert.match(event, /^(?:reported|late)-/);
});

test("a forbidden step cannot be written", () => {
  const good: ChargeEventFrom<"succeeded"> = "refund-decided";
  // @ts-expect-error a charge that was created has no money to refund: the type check fails if this line ever compiles
  const wrong: ChargeEventFrom<"created"> = "refund-decided";
  assert.equal(chargeAfter("succeeded", good), "refund-due");
  assert.equal(chargeAfter("created", wrong), undefined);
});

test("whatever a provider says in whatever state, the answer is an edge or nothing, and never loses money", () => {
  const reports: ProviderReport[] = [
    { state: "open" },
    { state: "pending" },
    { state: "cancelled" },
    { state: "expired" },
    { state: "unknown-order" },
    { state: "declined", reason: "no" },
    { state: "paid", amount: 1n, currency: "TWD", method: "card" },
  ];
  const [yes, no] = [true, false];
  const circumstances = [yes, no].flatMap((closed) =>
    [yes, no].flatMap((replaced) => [yes, no].map((right) => ({ closed, replaced, right }))),
  );
  for (const state of states.filter((one) => one !== "none"))
    for (const report of reports)
      for (const around of circumstances) {
        const event = judgeReport(state, report, around);
        const where = `${report.state} in ${state}`;
        if (event === "repeated" || event === "contradiction") {
          if (report.state === "paid")
            assert.notEqual(feeAccountOf[state] === "fee-at-provider" && state !== "refunded", yes, where);
          continue;
        }
        const to = chargeAfter(state, event);
        assert.ok(to, `${where}: ${event} is no edge`);
        if (report.state !== "paid") continue;
        const earned = around.right && !around.closed && !around.replaced;
        assert.equal(to, earned ? "succeeded" : "refund-due", where);
      }
});

test("what is open is live, and all that people read has words", () => {
  for (const state of openStates) assert.ok(liveStates.includes(state));
  assert.deepEqual(Object.keys(publicCharge), states);
});
