import assert from "node:assert/strict";
import { test } from "node:test";
import { logRoutes, type Alarm } from "#ledger";
import { testDatabase } from "#store/testing";
import { running, someEntry, someLog, someWitness, until } from "./testing.ts";

const database = await testDatabase();
const ofLog = "log = (select log from ledger.tree where origin = $1)";

test("what was staged before a kill is integrated after the next start; nothing acknowledged is lost", async () => {
  const some = someLog();
  const killed = await some.open(database);
  const staged = await killed.append(database, someEntry());
  const next = await some.open(database);
  assert.deepEqual(await next.wait(staged, "witnessed", 0), { stage: "staged" });
  await running(next, async () => {
    assert.deepEqual(await next.wait(staged, "witnessed", 4000), { stage: "witnessed", index: 0n });
  });
});

test("a crash between integrating and signing: the tree is signed after the next start", async () => {
  const some = someLog();
  const witness = await someWitness("audit.example", some);
  // Without an answer of its witness a log integrates and signs nothing: the state such a crash leaves.
  const silent = { ...witness, url: "http://127.0.0.1:1" };
  const before = await some.open(database, { witnesses: [silent] });
  const staged = await before.append(database, someEntry());
  await running(before, async () => {
    assert.equal((await before.wait(staged, "integrated", 4000)).stage, "integrated");
    assert.deepEqual(await before.wait(staged, "published", 600), { stage: "integrated", index: 0n });
    assert.equal(await before.receipt(staged), undefined);
    const response = await logRoutes(before)(new Request("http://log.example/proof/0"));
    assert.deepEqual([response.status, response.headers.get("retry-after")], [202, "1"]);
  });
  const next = await some.open(database, { witnesses: [witness] });
  await running(next, async () => {
    assert.equal((await next.wait(staged, "witnessed", 4000)).stage, "witnessed");
  });
});

test("an integration that fails half-way leaves nothing behind and is repeated", async () => {
  const some = someLog();
  const alarms: Alarm[] = [];
  const log = await some.open(database, { onAlarm: (alarm) => alarms.push(alarm) });
  await database.query("alter table ledger.placed add constraint full_disk check (idx < 0) not valid");
  const staged = await log.append(database, someEntry());
  await running(log, async () => {
    await until(() => alarms.length > 0);
    assert.equal(alarms[0]?.kind, "fault");
    assert.deepEqual(await database.query(`select path from ledger.resource where ${ofLog}`, [some.origin]), []);
    assert.deepEqual(await log.wait(staged, "integrated", 0), { stage: "staged" });
    await database.query("alter table ledger.placed drop constraint full_disk");
    assert.equal((await log.wait(staged, "witnessed", 4000)).index, 0n);
  });
});

test("tiles that no longer lead to the signed root freeze the log: it signs nothing more", async () => {
  const some = someLog();
  const alarms: Alarm[] = [];
  const log = await some.open(database, { onAlarm: (alarm) => alarms.push(alarm) });
  await running(log, async () => {
    await log.wait(await log.append(database, someEntry()), "published", 4000);
  });
  const before = await log.status();
  await database.query(
    `update ledger.resource set body = set_byte(body, 0, get_byte(body, 0) # 1) where path like 'tile/0/%' and ${ofLog}`,
    [some.origin],
  );
  const again = await some.open(database, { onAlarm: (alarm) => alarms.push(alarm) });
  await running(again, async () => {
    const staged = await again.append(database, someEntry());
    await until(() => alarms.length > 0);
    assert.equal(alarms[0]?.kind, "frozen");
    assert.deepEqual(await again.wait(staged, "integrated", 200), { stage: "staged" }, "what is staged stays staged");
  });
  const after = await again.status();
  assert.equal(after.checkpoint, before.checkpoint);
  assert.match(after.frozen ?? "", /another root/);
});

test("a log restored to an earlier moment is frozen by its witness's memory before it signs a second history", async () => {
  const some = someLog();
  const witness = await someWitness("audit.example", some);
  const alarms: Alarm[] = [];
  const log = await some.open(database, { witnesses: [witness] });
  await running(log, async () => {
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await log.wait(await log.append(database, someEntry()), "witnessed", 4000)).stage, "witnessed");
    }
  });
  const yesterday = await testDatabase();
  const restored = await some.open(yesterday, { witnesses: [witness], onAlarm: (alarm) => alarms.push(alarm) });
  await running(restored, async () => {
    const staged = await restored.append(yesterday, someEntry());
    await until(() => alarms.length > 0);
    assert.deepEqual(
      alarms.map(({ kind, witness }) => [kind, witness]),
      [["frozen", "audit.example"]],
    );
    assert.match(alarms[0]!.detail, /has cosigned size 3/);
    assert.notEqual((await restored.wait(staged, "published", 200)).stage, "published");
    await restored.append(yesterday, someEntry()); // still accepted, waiting for the repair
  });
  assert.deepEqual(await yesterday.query("select size from ledger.head"), [{ size: 0n }]);
  const recorded = await witness.database.one<{ size: bigint }>(
    "select size from ledger.witness_head where origin = $1",
    [some.origin],
  );
  assert.equal(recorded?.size, 3n);
});

test("without its quorum a log goes on and gives no receipt; a witness that comes back is caught up", async () => {
  const some = someLog();
  let down = true;
  const slow = await someWitness("uni.example", some, async (request, witness) =>
    down ? new Response("", { status: 503 }) : witness.handle(request),
  );
  const audit = await someWitness("audit.example", some);
  const alarms: Alarm[] = [];
  const log = await some.open(database, { witnesses: [audit, slow], onAlarm: (alarm) => alarms.push(alarm) });
  await running(log, async () => {
    const staged = await log.append(database, someEntry());
    assert.equal((await log.wait(staged, "published", 4000)).stage, "published");
    assert.equal(await log.receipt(staged), undefined);
    await until(() => alarms.length > 0);
    assert.deepEqual(
      alarms.map(({ kind, witness }) => [kind, witness]),
      [["witness-silent", "uni.example"]],
      "one alarm, not one for each try",
    );
    down = false;
    assert.equal((await log.wait(staged, "witnessed", 4000)).stage, "witnessed");
  });
});

test("a line that is not this witness's good signature is not kept", async () => {
  const some = someLog();
  const stranger = await someWitness("uni.example", some);
  const liar = await someWitness("audit.example", some, (request) => stranger.witness.handle(request));
  const alarms: Alarm[] = [];
  const log = await some.open(database, { witnesses: [liar], onAlarm: (alarm) => alarms.push(alarm) });
  await running(log, async () => {
    await until(() => alarms.length > 0);
    assert.match(alarms[0]!.detail, /no good cosignature/);
    assert.deepEqual(await database.query(`select line from ledger.cosig where ${ofLog}`, [some.origin]), []);
  });
});
