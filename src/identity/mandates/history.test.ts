import assert from "node:assert/strict";
import { test } from "node:test";
import { timesOf } from "./history.ts";
import type { MandateStepName } from "./store.ts";

const dayMs = 86_400_000;

test("the times of a mandate follow from its steps", () => {
  const day = (n: number) => new Date(n * dayMs);
  const row = {
    id: "m",
    kind: "attorney" as const,
    scopes: [],
    valid_from: day(0),
    valid_to: day(700),
    representative_id: "r",
    representative_name: "R",
  };
  const times = (...steps: [MandateStepName, number][]) =>
    timesOf(
      row,
      steps.map(([what, at]) => ({ what, at: day(at) })),
    ).map(({ from, until }) => [from.getTime() / dayMs, until.getTime() / dayMs]);
  assert.deepEqual(times(["given", 1]), []);
  assert.deepEqual(times(["given", 1], ["accepted", 2]), [[2, 368]]);
  assert.deepEqual(times(["accepted", 2], ["confirmed", 300]), [[2, 666]]);
  assert.deepEqual(times(["accepted", 2], ["confirmed", 400]), [
    [2, 368],
    [400, 700],
  ]);
  assert.deepEqual(times(["accepted", 2], ["suspended", 5], ["resumed", 9], ["revoked", 12]), [
    [2, 5],
    [9, 12],
  ]);
});
