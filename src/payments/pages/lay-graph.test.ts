import assert from "node:assert/strict";
import { test } from "node:test";
import { edges, endStates, type State } from "../states.ts";
import { layGraph } from "./lay-graph.ts";
import { accountTitle, eventTitle, reasonClasses, reasonTask, stateTag } from "./words.ts";
import { accountOf } from "../states.ts";

const placed = layGraph(edges);

test("every state has a place of its own, and every edge an arrow", () => {
  const states = new Set(edges.flatMap(({ from, to }) => [from, to]));
  assert.deepEqual(new Set(placed.nodes.map(({ state }) => state)), states);
  assert.equal(new Set(placed.nodes.map(({ x, y }) => `${x}/${y}`)).size, states.size);
  assert.deepEqual(placed.lines.flatMap((line) => line.edges).length, edges.length);
  for (const { x, y } of placed.nodes) assert.ok(x >= 0 && y >= 0 && x < placed.width && y < placed.height);
});

test("the straight way leads downwards, and corrections alone are dashed", () => {
  const y = (state: State) => placed.nodes.find((node) => node.state === state)!.y;
  const way: readonly State[] = [
    "none",
    "drafted",
    "checked",
    "approved",
    "submitted",
    "accepted",
    "settled",
    "returned",
  ];
  for (const [at, state] of way.entries()) if (at > 0) assert.ok(y(state) > y(way[at - 1]!), state);
  for (const { dashed, edges: together } of placed.lines)
    assert.equal(
      dashed,
      together.every(({ event }) => event.startsWith("corrected-")),
    );
});

test("every state, event, account and class of reasons has words in both languages", () => {
  const texts = [
    ...[...new Set(edges.flatMap(({ from, to }) => [from, to]))].map((state) => [state, stateTag(state).text] as const),
    ...edges.map(({ event }) => [event, eventTitle(event)] as const),
    ...Object.values(accountOf).map((account) => [account, accountTitle(account)] as const),
    ...reasonClasses.map((one) => [one, reasonTask(one)] as const),
  ];
  const mute = texts.filter(
    ([code, text]) => typeof text === "string" || Object.values(text).some((one) => one === code || one === ""),
  );
  assert.deepEqual(mute, []);
  assert.ok(endStates.length > 3);
});
