import assert from "node:assert/strict";
import { test } from "node:test";
import { openHeldLocks } from "#store";
import { testDatabase } from "#store/testing";

const space = 0x7a99;

test("a lock is one process's at a time, goes with its connection, and comes back by itself where it is held for good", async (t) => {
  const database = await testDatabase();
  const first = await openHeldLocks(database.url);
  const second = await openHeldLocks(database.url);
  t.after(() => Promise.all([first.close(), second.close()]));
  let lost = 0;
  first.onLost(() => (lost += 1));
  await first.hold(space, 1);
  assert.equal(await first.tryHold(space, 2), true);
  assert.deepEqual([await second.tryHold(space, 1), await second.tryHold(space, 2)], [false, false]);
  await database.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = ${space} and objid = 1
     and database = (select oid from pg_database where datname = current_database())`,
  );
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 100 && !(await holds()); tries += 1) await new Promise((next) => setTimeout(next, 50));
    assert.ok(await holds());
  };
  await until(async () => lost === 1);
  await until(() => second.tryHold(space, 2)); // what was tried for is anybody's now
  const held = (): Promise<boolean> =>
    database
      .one("select 1 from pg_locks where locktype = 'advisory' and classid = $1 and objid = 1 and granted", [space])
      .then((row) => row !== undefined);
  await until(held);
  assert.equal(await second.tryHold(space, 1), false, "the first has it again");
});
