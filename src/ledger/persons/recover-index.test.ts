import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "#kernel";
import { openMonitor, recoverLog, type Log } from "#ledger";
import { formatPolicy } from "#ledger/contract";
import { verifyPersonList, type ListVerdict } from "#ledger/lists";
import type { Database } from "#store";
import { testDatabase } from "#store/testing";
import { running, someDigest, someEntry, someLog, someWitness, until } from "../testing.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-recover-index-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const [before, restored] = [await testDatabase(), await testDatabase()];
const topic = "readings";
const [ann, cy] = ["A700000001", "A700000003"];
const tables = ["tree", "staged", "placed", "resource", "head", "cosig", "person", "position", "map_node", "map_root"];

async function record(log: Log, database: Database, subject: string): Promise<bigint> {
  return database.transaction(async (tx) => {
    const rec = someDigest();
    const { sub, label } = await log.trace(tx, { subject, topic }, rec);
    return log.append(tx, someEntry({ sub, rec }), { label });
  });
}

for (const meanwhile of [false, true]) {
  test(`after a restored back-up lists claim only what is known again${meanwhile ? ", though the log ran meanwhile" : ""}`, async () => {
    const some = someLog();
    const witness = await someWitness(`witness.example/recover-${meanwhile}`, some);
    const personSecret = randomBytes(32);
    const place = join(folder, String(meanwhile));
    const open = (database: Database) => some.open(database, { witnesses: [witness], personSecret });
    const policy = formatPolicy({ logs: [some.vkey], witnesses: [witness], quorum: 1 });
    const listOf = async (log: Log, subject: string, ok: (list: ListVerdict & { ok: true }) => boolean) => {
      let found: (ListVerdict & { ok: true }) | undefined;
      await until(async () => {
        const list = await log.personList({ subject, topic });
        const verdict = list && (await verifyPersonList(list, { subject, topic, origin: some.origin }, policy));
        assert.ok(verdict === undefined || verdict.ok, JSON.stringify(verdict));
        found = verdict?.ok ? verdict : undefined;
        return found !== undefined && ok(found);
      }, 8000);
      return found!;
    };

    const log = await open(before);
    await someLog().open(restored); // the schema
    for (const table of tables) await restored.run(`delete from ledger.${table}`);
    await record(log, before, ann);
    await running(log, () => listOf(log, ann, ({ positions }) => positions.length === 1));
    for (const table of tables) {
      const [row] = await before.query<{ all: string | null }>(
        `select json_agg(t)::text as all from ledger.${table} t`,
      );
      await restored.run(
        `insert into ledger.${table} overriding system value
         select * from json_populate_recordset(null::ledger.${table}, $1::json)`,
        [row?.all ?? "[]"],
      );
    }
    await restored.query("select setval(pg_get_serial_sequence('ledger.staged', 'id'), 1000000)");
    for (const subject of [ann, cy]) await record(log, before, subject);
    const whole = await running(log, () => listOf(log, ann, ({ positions }) => positions.length === 2));
    assert.equal(whole.from, 0);
    const lost = await log.size();
    await log.publishTo(place);

    const back = await open(restored);
    if (meanwhile) {
      await record(back, restored, ann);
      await running(back, () => until(async () => (await back.status()).frozen !== undefined, 8000));
    }
    const { origin, vkey } = some;
    await recoverLog({ database: restored, origin, vkey, from: place, witnesses: [witness], clock: systemClock });
    await running(back, async () => {
      if (!meanwhile) await record(back, restored, ann);
      const list = await listOf(back, ann, ({ positions }) => positions.some((position) => position >= Number(lost)));
      assert.equal(list.from, Number(lost), "what was regained is not claimed");
      const stranger = await listOf(back, cy, ({ upto }) => upto >= list.upto);
      assert.deepEqual([stranger.positions, stranger.from], [[], Number(lost)]);
    });
    // Whoever reads the log from outside finds no root that goes back.
    await back.publishTo(place);
    const { findings } = await (await openMonitor({ policy, logs: [place], clock: systemClock })).look();
    assert.deepEqual(findings, []);
  });
}
