import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { callSide, overdueEntries, pairEntry, type CallSide, type WaitingSides } from "./pair-entries.ts";
import { someDigest } from "./testing.ts";

const [req, res, other] = [someDigest(), someDigest(), someDigest()];
const minute = 60_000;
const everybody = (): boolean => true;

function side(role: CallSide["role"], change: Partial<CallSide> = {}): CallSide {
  const [member, peer] = role === "consumer" ? ["TW/GOV/A", "TW/GOV/B"] : ["TW/GOV/B", "TW/GOV/A"];
  const parties = { log: `log.example/${role}`, index: 0, role, member, peer };
  return { ...parties, service: "B/people", purpose: "aid", pair: "p", req, res, out: "200", since: 0, ...change };
}

function pairAll(...sides: readonly CallSide[]): { waiting: WaitingSides; last: ReturnType<typeof pairEntry> } {
  const waiting: WaitingSides = new Map();
  let last: ReturnType<typeof pairEntry>;
  for (const one of sides) last = pairEntry(waiting, one);
  return { waiting, last };
}

function kinds(waiting: WaitingSides, now: number, heard: (member: string) => boolean = everybody): string[] {
  return overdueEntries(waiting, { now, windowMs: minute, heard }).map(({ kind }) => kind);
}

describe("two entries of one exchange", () => {
  for (const order of [["consumer", "provider"] as const, ["provider", "consumer"] as const]) {
    test(`pair, whichever comes first (${order[0]})`, () => {
      const { waiting, last } = pairAll(side(order[0]), side(order[1]));
      assert.ok(last?.kind === "paired" && last.alike);
      assert.equal(last.consumer.role, "consumer");
      assert.equal(waiting.size, 0);
    });
  }

  for (const [field, change] of [
    ["service", { service: "B/other" }],
    ["purpose", { purpose: "curiosity" }],
    ["req", { req: other }],
    ["res", { res: other }],
    ["out", { out: "403" }],
  ] as const) {
    test(`that contradict each other in ${field} are a mismatch`, () => {
      const { last } = pairAll(side("consumer"), side("provider", change));
      assert.ok(last?.kind === "mismatch");
      assert.deepEqual(last.fields, [field]);
    });
  }

  test("pair, not alike, when the answer was lost on the way", () => {
    const { last } = pairAll(side("consumer", { out: "unanswered", res: other }), side("provider"));
    assert.ok(last?.kind === "paired" && !last.alike);
  });

  test("that agree on a failure must commit to the same one", () => {
    const failed = { out: "access-denied" };
    const { last } = pairAll(side("consumer", failed), side("provider", { ...failed, res: other }));
    assert.ok(last?.kind === "mismatch");
  });

  test("pair when one of them has no `res`", () => {
    const { res: _, ...silent } = side("provider");
    assert.equal(pairAll(side("consumer"), silent).last?.kind, "paired");
  });
});

describe("an entry alone", () => {
  test("waits inside the window and is an orphan after it", () => {
    for (const [role, kind] of [
      ["consumer", "orphan-consumer"],
      ["provider", "orphan-provider"],
    ] as const) {
      const { waiting } = pairAll(side(role));
      assert.deepEqual(kinds(waiting, minute - 1), []);
      assert.deepEqual(kinds(waiting, minute), [kind]);
    }
  });

  test("is no orphan while the peer's log cannot be read", () => {
    const { waiting } = pairAll(side("consumer"));
    assert.deepEqual(
      kinds(waiting, minute, (member) => member !== "TW/GOV/B"),
      [],
    );
  });

  test("of a call that failed on the way is undelivered, not an orphan", () => {
    assert.deepEqual(kinds(pairAll(side("consumer", { out: "peer-unreachable" })).waiting, minute), ["undelivered"]);
  });

  test("still pairs when the counterpart comes after the window", () => {
    const { waiting } = pairAll(side("consumer"));
    assert.deepEqual(kinds(waiting, 2 * minute), ["orphan-consumer"]);
    pairEntry(waiting, side("provider"));
    assert.deepEqual(kinds(waiting, 2 * minute), []);
  });

  test("dated into the future does not move the window", () => {
    const entry = { ...side("consumer"), v: 1, t: "exchange.call", basis: "law", rec: other } as const;
    const place = { log: "log.example/a", index: 7, readAt: 1000 };
    assert.equal(callSide({ ...entry, at: "2099-01-01T00:00:00Z" }, place).since, 1000);
    assert.equal(callSide({ ...entry, at: "1970-01-01T00:00:00Z" }, place).since, 0);
  });
});

test("a stranger who copies `pair` is a mismatch and does not take the peer's place", () => {
  const copy = side("provider", { member: "TW/GOV/X" });
  const { waiting, last } = pairAll(side("consumer"), copy, side("provider"));
  assert.equal(last?.kind, "paired");
  assert.deepEqual(kinds(waiting, minute), ["orphan-provider"], "what the stranger wrote stands alone");
  assert.deepEqual(kinds(pairAll(side("consumer"), copy).waiting, minute), ["mismatch", "mismatch"]);
});

test("an entry written twice leaves the second one alone", () => {
  const { waiting } = pairAll(side("consumer"), side("consumer", { index: 1 }), side("provider"));
  assert.deepEqual(kinds(waiting, minute), ["orphan-consumer"]);
});
