import assert from "node:assert/strict";
import { test } from "node:test";
import { takeTurns } from "./signature-routes.ts";

test("so many run at a time and so many wait; then it is full until one is done", async () => {
  const turns = takeTurns({ most: 2, waiting: 1 });
  const done: (() => void)[] = [];
  const order: number[] = [];
  const work = (name: number) => () =>
    new Promise<void>((resolve) => {
      order.push(name);
      done.push(resolve);
    });
  const [one, two] = [turns.take(work(1)), turns.take(work(2))];
  assert.equal(turns.full(), false);
  const three = turns.take(work(3));
  assert.deepEqual([turns.full(), order], [true, [1, 2]]);
  done[0]!();
  await one;
  assert.equal(turns.full(), false);
  done[1]!();
  await two;
  await new Promise((resolve) => setImmediate(resolve));
  done[2]!();
  await three;
  assert.deepEqual(order, [1, 2, 3]);
});
