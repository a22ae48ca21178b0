import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import { running, someEntry, someLog } from "./testing.ts";

const database = await testDatabase();

test("entries added at the same time share transactions, and each caller gets its own entry's id", async () => {
  const some = someLog();
  const log = await some.open(database);
  const entries = Array.from({ length: 300 }, () => someEntry());
  const staged = await Promise.all(
    entries.map((entry, at) => log.add(entry, at % 3 === 0 ? { idem: `key ${at}` } : {})),
  );
  assert.equal(new Set(staged).size, 300);
  const transactions = await database.one<{ count: bigint }>(
    "select count(distinct s.xmin::text) from ledger.staged s join ledger.tree using (log) where origin = $1",
    [some.origin],
  );
  assert.equal(transactions?.count, 1n);
  await running(log, async () => {
    for (const [at, id] of staged.entries()) {
      const { index } = await log.wait(id, "integrated", 4000);
      const [found] = await log.entries(index!, 1);
      assert.deepEqual(JSON.parse(found!.entry), entries[at]);
    }
  });
  assert.equal(await log.size(), 300n);
  assert.equal(await log.add(entries[0]!, { idem: "key 0" }), staged[0], "a key is known after its entry has a place");
});

test("a key is taken once, whoever adds it at the same time, and next to entries without a key", async () => {
  const some = someLog();
  const [one, two] = [await some.open(database), await some.open(database)];
  const same = { idem: "the same" };
  const staged = await Promise.all(
    Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? one : two).add(someEntry(), at % 3 === 0 ? same : {})),
  );
  assert.equal(new Set(staged.filter((_, at) => at % 3 === 0)).size, 1);
  assert.equal(new Set(staged).size, 41);
});

test("what a log does not take is refused alone, before it meets others", async () => {
  const log = await someLog().open(database);
  const added = await Promise.allSettled([
    log.add(someEntry()),
    log.add(someEntry({ member: "a name with spaces" })),
    log.add(someEntry()),
  ]);
  assert.deepEqual(
    added.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("without its database nothing is added, everybody is told, and the next entry is taken again", async () => {
  const own = openDatabase(database.url, { max: 2 });
  const some = someLog();
  const log = await some.open(own);
  await database.run("alter table ledger.staged rename to staged_away");
  const failed = await Promise.allSettled([
    log.add(someEntry()),
    log.add(someEntry(), { idem: "a" }),
    log.add(someEntry()),
  ]);
  await database.run("alter table ledger.staged_away rename to staged");
  assert.deepEqual(
    failed.map(({ status }) => status),
    ["rejected", "rejected", "rejected"],
  );
  const staged = await log.add(someEntry());
  await running(log, async () => {
    assert.equal((await log.wait(staged, "integrated", 4000)).index, 0n);
  });
  await own.close();
});
