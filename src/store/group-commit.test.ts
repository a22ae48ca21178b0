import assert from "node:assert/strict";
import test from "node:test";
import { groupCommit } from "./group-commit.ts";

/** A store that writes when told to, and remembers what it was given together. */
function slowStore(): {
  groups: string[][];
  write: (items: readonly string[]) => Promise<string[]>;
  finish: () => Promise<void>;
} {
  const groups: string[][] = [];
  const under: (() => void)[] = [];
  return {
    groups,
    write: async (items) => {
      groups.push([...items]);
      await new Promise<void>((done) => under.push(done));
      if (items.includes("bad")) throw new Error(`refused ${items.join()}`);
      return items.map((item) => `${item} is durable`);
    },
    finish: async () => {
      for (const done of under.splice(0)) done();
      for (let turn = 0; turn < 3; turn += 1) await new Promise((next) => setImmediate(next));
    },
  };
}

test("items of one turn are written together; what comes meanwhile makes up the next write", async () => {
  const { groups, write, finish } = slowStore();
  const commit = groupCommit(write, 3);
  const first = [commit("a"), commit("b")];
  await finish();
  assert.deepEqual(groups, [["a", "b"]]);
  const answered: string[] = [];
  const later = ["c", "d", "e", "f"].map(async (item) => answered.push(await commit(item)));
  assert.deepEqual([groups.length, answered], [1, []], "one write at a time, and nobody is answered before it");
  await finish();
  assert.deepEqual(await Promise.all(first), ["a is durable", "b is durable"]);
  assert.deepEqual(groups.slice(1), [["c", "d", "e"]], "no larger than told");
  await finish();
  await finish();
  await Promise.all(later);
  assert.deepEqual(groups.slice(2), [["f"]]);
  assert.deepEqual(
    answered,
    ["c", "d", "e", "f"].map((item) => `${item} is durable`),
  );
});

test("an item that cannot be written fails alone", async () => {
  const { groups, write, finish } = slowStore();
  const commit = groupCommit(write);
  const all = Promise.allSettled([commit("a"), commit("bad"), commit("b")]);
  for (let turn = 0; turn < 3; turn += 1) await finish();
  assert.deepEqual(groups, [["a", "bad", "b"], ["a"], ["bad"], ["b"]]);
  assert.deepEqual(
    (await all).map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});
