import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "#store/testing";
import { createIntegrator } from "./integrate.ts";
import { running, someEntry, someLog, until } from "./testing.ts";

const database = await testDatabase();
const ofLog = "log = (select log from ledger.tree where origin = $1)";

test("while the sequencer is behind, what can wait is refused by name and evidence is taken", async () => {
  const some = someLog();
  const log = await some.open(database, { backlogLimit: 3 });
  const append = (canWait: boolean): Promise<bigint> => log.append(database, someEntry(), { canWait });
  for (let n = 0; n < 4; n += 1) await append(false);
  await append(true); // many, but none of them old
  await database.run(`update ledger.staged set staged_at = now() - interval '2 s' where ${ofLog}`, [some.origin]);
  const busy = { code: "log-busy", cause: { code: "log-busy" } };
  await until(async () =>
    append(true).then(
      () => false,
      (fault: unknown) => (assert.deepEqual({ ...(fault as object), cause: (fault as Error).cause }, busy), true),
    ),
  );
  const staged = await append(false);
  await assert.rejects(
    database.transaction(async (tx) => log.append(tx, someEntry(), { canWait: true })),
    { code: "log-busy" },
  );
  await running(log, async () => {
    assert.notEqual((await log.wait(staged, "integrated", 4000)).stage, "staged");
    await until(() =>
      append(true).then(
        () => true,
        () => false,
      ),
    );
  });
});

test("old entries up to the limit refuse nothing", async () => {
  const some = someLog();
  const log = await some.open(database, { backlogLimit: 3 });
  for (let n = 0; n < 3; n += 1) await log.append(database, someEntry());
  await database.run(`update ledger.staged set staged_at = now() - interval '1 h' where ${ofLog}`, [some.origin]);
  await log.append(database, someEntry(), { canWait: true });
});

test("a backlog of any length is sequenced in batches, so memory does not grow with it", async () => {
  const some = someLog();
  const log = await some.open(database);
  await database.run(
    `insert into ledger.staged (log, entry) select log, convert_to(n::text, 'UTF8')
     from ledger.tree, generate_series(1, 10000) as n where origin = $1`,
    [some.origin],
  );
  const row = await database.one<{ log: number }>("select log from ledger.tree where origin = $1", [some.origin]);
  const integrate = createIntegrator({ ...({} as Parameters<typeof createIntegrator>[0]), database, log: row!.log });
  const batches = [await integrate(), await integrate(), await integrate(), await integrate()];
  assert.deepEqual(batches, [4096, 4096, 1808, 0]);
  assert.equal((await log.status()).size, 10_000n);
});
