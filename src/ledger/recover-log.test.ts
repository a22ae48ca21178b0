import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "#kernel";
import { formatPolicy, logRoutes, openMonitor, recoverLog, verifyReceipt, type Log } from "#ledger";
import type { Database } from "#store";
import { testDatabase } from "#store/testing";
import { createIntegrator } from "./integrate.ts";
import { listen, running, someEntry, someLog, someWitness, until } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-recover-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const tables = ["tree", "staged", "placed", "alias", "resource", "head", "cosig"] as const;
const [before, restoredTo] = [await testDatabase(), await testDatabase()];

/** What a restored dump is: the same rows in another database. */
async function copyLedger(from: Database, to: Database): Promise<void> {
  for (const table of tables) {
    const [row] = await from.query<{ all: string | null }>(`select json_agg(t)::text as all from ledger.${table} t`);
    await to.run(
      `insert into ledger.${table} overriding system value
       select * from json_populate_recordset(null::ledger.${table}, $1::json)`,
      [row?.all ?? "[]"],
    );
  }
  await to.query("select setval(pg_get_serial_sequence('ledger.staged', 'id'), 1000000)");
}

async function wipe(database: Database): Promise<void> {
  for (const table of tables) await database.run(`delete from ledger.${table}`);
}

async function append(log: Log, database: Database, count: number): Promise<bigint[]> {
  return running(log, async () => {
    const staged = await Promise.all(Array.from({ length: count }, () => log.append(database, someEntry())));
    for (const id of staged) assert.equal((await log.wait(id, "witnessed", 8000)).stage, "witnessed");
    return staged;
  });
}

/** A witnessed log of `at` entries, its dump restored elsewhere, and `lost` entries more that the dump does not hold. */
async function setBack(at: number, lost: number) {
  await (await someLog().open(restoredTo)).status(); // the schema
  const some = someLog();
  const witness = await someWitness("audit.example", some);
  const witnesses = [witness];
  await wipe(before);
  await wipe(restoredTo);
  const log = await some.open(before, { witnesses });
  await append(log, before, at);
  const waiting = await log.append(before, someEntry()); // staged in the dump, integrated before the loss
  await copyLedger(before, restoredTo);
  await append(log, before, lost - 1);
  await running(log, () => log.wait(waiting, "witnessed", 4000));
  assert.equal((await log.status()).size, BigInt(at + lost));
  const place = join(folder, some.origin.replaceAll("/", "-"));
  await log.publishTo(place);
  const { origin, vkey } = some;
  const recovery = { database: restoredTo, origin, vkey, from: place, witnesses, clock: systemClock };
  return { some, witness, witnesses, log, waiting, place, recovery };
}

await (await someLog().open(before)).status();

for (const [at, lost, meanwhile] of [
  [3, 4, 2],
  [250, 300, 10],
  [256, 1, 0],
] as const) {
  test(`a database set back from ${at + lost} to ${at} entries is whole again, with ${meanwhile} written meanwhile`, async () => {
    const { some, witnesses, log, waiting, recovery, place } = await setBack(at, lost);
    const restored = await some.open(restoredTo, { witnesses });
    const later = await running(restored, async () => {
      const staged = [];
      for (let n = 0; n < meanwhile; n += 1) staged.push(await restored.append(restoredTo, someEntry()));
      await until(async () => (await restored.status()).frozen !== undefined);
      return staged;
    });

    const recovered = await recoverLog(recovery);
    assert.deepEqual([recovered.size, recovered.regained], [BigInt(at + lost), BigInt(lost)]);
    const status = await restored.status();
    assert.equal(status.frozen, undefined);
    // The same head with the log's signature; the witness may have been asked again, a second later.
    const head = (note: string) => note.split("\n").slice(0, 5);
    assert.deepEqual(head(status.checkpoint), head((await log.status()).checkpoint));
    assert.match(status.checkpoint, /^— audit\.example /m);
    assert.deepEqual(await restored.wait(waiting, "witnessed", 0), { stage: "witnessed", index: BigInt(at) });

    // The process that had it open goes on, and nothing written meanwhile is lost.
    await running(restored, async () => {
      const places = await Promise.all(later.map((id) => restored.wait(id, "witnessed", 8000)));
      assert.deepEqual(
        places.map(({ index }) => Number(index)).sort((a, b) => a - b),
        later.map((_, n) => at + lost + n),
      );
    });
    await append(restored, restoredTo, 1);
    const policy = formatPolicy({ logs: [some.vkey], witnesses, quorum: 1 });
    for (const index of [0n, BigInt(at), BigInt(at + lost - 1), BigInt(at + lost + meanwhile)]) {
      assert.equal((await verifyReceipt((await restored.receiptAt(index))!, policy)).ok, true, `receipt ${index}`);
    }
    assert.equal((await restored.publishTo(place)).size, BigInt(at + lost + meanwhile + 1));
    const report = await (await openMonitor({ policy, logs: [place], clock: systemClock })).look();
    assert.deepEqual(report.findings, []);
  });
}

test("a second copy that was dropped for its key follows the first one to its new place and is not logged twice", async () => {
  const { some, witnesses, recovery } = await setBack(3, 2);
  const restored = await some.open(restoredTo, { witnesses });
  const first = await restored.append(restoredTo, someEntry(), { idem: "one key" });
  const { log } = (await restoredTo.one<{ log: number }>("select log from ledger.tree"))!;
  await createIntegrator({ ...({} as Parameters<typeof createIntegrator>[0]), database: restoredTo, log })();
  // As the integrator leaves it when two appends with one key slipped past each other.
  const copy = 999_999n;
  await restoredTo.run(
    "insert into ledger.placed (log, staged_id, idx) select log, $1, idx from ledger.placed where staged_id = $2",
    [copy, first],
  );
  await restoredTo.run("update ledger.tree set frozen = 'a witness has seen more'");
  assert.equal((await recoverLog(recovery)).restaged, 2, "this one, and the one that waited in the dump");
  await running(restored, async () => {
    const place = { stage: "witnessed", index: 5n };
    assert.deepEqual(await restored.wait(first, "witnessed", 4000), place);
    assert.deepEqual(await restored.wait(copy, "witnessed", 4000), place);
  });
  assert.equal(await restored.size(), 6n);
  assert.equal(await restored.append(restoredTo, someEntry(), { idem: "one key" }), first);
});

test("a log is rebuilt over HTTP, into an empty database, and twice over", async () => {
  const { some, log, witnesses, recovery } = await setBack(3, 4);
  await wipe(restoredTo);
  const from = await listen(logRoutes(log));
  assert.deepEqual(await recoverLog({ ...recovery, from }), { size: 7n, regained: 7n, restaged: 0 });
  assert.deepEqual(await recoverLog({ ...recovery, from }), { size: 7n, regained: 0n, restaged: 0 });
  await append(await some.open(restoredTo, { witnesses }), restoredTo, 1);
});

test("what cannot be recovered leaves the log frozen or as it was, and says why", async () => {
  const { some, witness, recovery, place, log } = await setBack(3, 4);
  const silent = { ...witness, url: "http://127.0.0.1:1" };
  await assert.rejects(recoverLog({ ...recovery, witnesses: [silent] }), { code: "ledger-witnesses-silent" });
  await assert.rejects(recoverLog({ ...recovery, from: join(folder, "nowhere") }), {
    code: "ledger-published-incomplete",
  });
  await assert.rejects(recoverLog({ ...recovery, vkey: someLog().vkey }), { code: "ledger-published-incomplete" });
  // The witness saw one entry more than was ever published: the origin is finished.
  await append(log, before, 1);
  await assert.rejects(recoverLog(recovery), { code: "ledger-published-incomplete", message: /^the 8 entries/ });
  await assert.rejects(recoverLog({ ...recovery, database: before }), { code: "ledger-published-incomplete" });
  await assert.rejects(recoverLog({ ...recovery, database: before, witnesses: [] }), {
    code: "ledger-not-rolled-back",
  });
  await log.publishTo(place);
  // A second history under the same key, signed by a copy that asked no witness.
  await wipe(restoredTo);
  const copy = await some.open(restoredTo);
  await append(copy, restoredTo, 2);
  await assert.rejects(recoverLog(recovery), { code: "ledger-forked" });
  assert.equal((await copy.status()).size, 2n, "untouched");
});
