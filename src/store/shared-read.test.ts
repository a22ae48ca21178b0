import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { sharedRead } from "./shared-read.ts";

/** A store with one value for each name; each read takes a while and sees the value of the moment at which it began. */
function slowStore(): { values: Map<string, number>; reads: string[]; ask: (name: string) => Promise<number> } {
  const values = new Map<string, number>();
  const reads: string[] = [];
  const ask = sharedRead(
    (name: string) => name,
    async (name) => {
      reads.push(name);
      const seen = values.get(name) ?? 0;
      await sleep(5);
      if (seen < 0) throw new Error("unreadable");
      return seen;
    },
  );
  return { values, reads, ask };
}

test("those who ask at the same time share a read, of each name apart", async () => {
  const { reads, ask } = slowStore();
  assert.deepEqual(await Promise.all([ask("a"), ask("a"), ask("b"), ask("a")]), [0, 0, 0, 0]);
  assert.deepEqual(reads, ["a", "b"]);
});

test("who asks while a read is under way gets a later one: no answer is older than its question", async () => {
  const { values, reads, ask } = slowStore();
  const early = ask("a");
  await sleep(2);
  values.set("a", 1);
  const late = [ask("a"), ask("a")];
  assert.equal(await early, 0);
  assert.deepEqual(await Promise.all(late), [1, 1]);
  assert.equal(reads.length, 2);
});

test("under constant asking and changing nobody reads what was replaced before they asked", async () => {
  const { values, reads, ask } = slowStore();
  let version = 0;
  const asked: Promise<void>[] = [];
  for (let round = 0; round < 200; round += 1) {
    if (round % 7 === 0) values.set("a", ++version);
    const least = version;
    asked.push(ask("a").then((seen) => assert.ok(seen >= least, `read ${seen}, stood ${least}`)));
    if (round % 3 === 0) await sleep(1);
  }
  await Promise.all(asked);
  assert.ok(reads.length < 60, `${reads.length} reads for 200 questions`);
});

test("a read that fails fails those who share it and nobody after them", async () => {
  const { values, ask } = slowStore();
  values.set("a", -1);
  const failed = await Promise.allSettled([ask("a"), ask("a")]);
  assert.deepEqual(
    failed.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  values.set("a", 2);
  assert.equal(await ask("a"), 2);
});
