import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fixedClock, systemClock, writeDurably } from "#kernel";
import { formatPolicy, openMonitor, openWitness, verifyReceipt, type Alarm } from "#ledger";
import { testDatabase } from "#store/testing";
import { createBell } from "./bell.ts";
import { createPublisher } from "./keep-published.ts";
import { generateWitnessKey } from "./keys.ts";
import type { LogContext } from "./log-context.ts";
import { parseVkey } from "./note.ts";
import { folderTarget } from "./publish-folder.ts";
import { listen, running, someEntry, someLog, someWitness, until } from "./testing.ts";

const database = await testDatabase();
const root = mkdtempSync(join(tmpdir(), "taroko-outage-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("a quorum that cannot be reached is an alarm that names who is missing, and one more when it is over", async () => {
  const some = someLog();
  let away = true;
  const [audit, uni, court] = [
    await someWitness("audit.example", some),
    { ...(await someWitness("uni.example", some)), url: "http://127.0.0.1:1" },
    await someWitness("court.example", some, async (request, witness) =>
      away ? new Response("", { status: 503 }) : witness.handle(request),
    ),
  ];
  const alarms: Alarm[] = [];
  const log = await some.open(database, {
    witnesses: [audit, uni, court],
    quorum: 2,
    quorumPatienceMs: 400,
    onAlarm: (alarm) => void (alarm.kind === "quorum-missing" && alarms.push(alarm)),
  });
  await running(log, async () => {
    const staged = await log.append(database, someEntry());
    await until(() => alarms.length > 0);
    assert.deepEqual(alarms, [
      {
        kind: "quorum-missing",
        origin: some.origin,
        detail: "2 cosignatures are needed; missing: uni.example, court.example",
      },
    ]);
    const { unwitnessed } = await log.status();
    assert.deepEqual(unwitnessed?.missing, ["uni.example", "court.example"]);
    assert.notEqual((await log.wait(staged, "witnessed", 0)).stage, "witnessed");
    away = false;
    assert.equal((await log.wait(staged, "witnessed", 4000)).stage, "witnessed");
    await until(() => alarms.length > 1);
    assert.deepEqual([alarms.length, alarms[1]?.over], [2, true]);
    assert.equal((await log.status()).unwitnessed, undefined);
  });
});

test("a full disk where the log is published: one alarm, nothing half-written, and on it goes when there is room", async () => {
  const some = someLog();
  const alarms: Pick<Alarm, "kind" | "over" | "detail">[] = [];
  const folder = join(root, "full");
  const log = await some.open(database);
  let room = 3;
  function* untilFull(): Generator<Uint8Array> {
    yield Buffer.from("half of a fi");
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  }
  const write: typeof writeDurably = async (path, body) => {
    if (room <= 0) await writeDurably(path, untilFull() as unknown as string);
    room -= 1;
    await writeDurably(path, body);
  };
  const verifier = await parseVkey(some.vkey);
  assert.ok(verifier.ok);
  const row = await database.one<{ log: number }>("select log from ledger.tree where origin = $1", [some.origin]);
  const { origin, vkey, key } = some;
  const context: LogContext = {
    database,
    clock: systemClock,
    key,
    origin,
    vkey,
    verifier: verifier.value,
    log: row!.log,
    witnesses: [],
    quorum: 0,
    alarm: (alarm) => alarms.push(alarm),
  };
  const publish = createPublisher(context, folderTarget(folder, write), undefined, createBell());
  const policy = formatPolicy({ logs: [vkey], witnesses: [], quorum: 0 });
  const look = async () => (await openMonitor({ policy, logs: [folder], clock: systemClock, patienceMs: 0 })).look();
  const halves = () => readdirSync(folder, { recursive: true }).filter((name) => /(^|\/)\./.test(String(name)));
  const stop = new AbortController();
  const publishing = (async () => {
    while (!stop.signal.aborted) await publish(stop.signal);
  })();
  try {
    await until(() => existsSync(join(folder, "index.html")));
    await running(log, async () => {
      for (let n = 0; n < 3; n += 1) await log.wait(await log.append(database, someEntry()), "published", 4000);
    });
    await until(() => alarms.length > 0);
    assert.match(alarms[0]!.detail, /full: no space left/);
    assert.deepEqual(halves(), []);
    const during = await look();
    assert.deepEqual([during.findings, during.logs[0]?.size], [[], 0], "the older log is whole");
    room = 1000;
    await until(() => alarms.length > 1, 6000);
    assert.deepEqual(
      alarms.map(({ kind, over }) => [kind, over]),
      [
        ["publish-failed", undefined],
        ["publish-failed", true],
      ],
    );
    const later = await look();
    assert.deepEqual([later.findings, later.logs[0]?.size, halves()], [[], 3, []]);
  } finally {
    stop.abort();
    await publishing;
  }
});

test("clocks that jump back and forward: the log goes on, and no witness's time goes back", async () => {
  const some = someLog();
  const clock = fixedClock("2026-10-22T08:00:00Z");
  const name = "audit.example";
  const witness = await openWitness({
    database: await testDatabase(),
    name,
    key: generateWitnessKey(name),
    clock,
    logs: [some],
  });
  const witnesses = [{ name, vkey: witness.vkey, url: await listen((request) => witness.handle(request)) }];
  const alarms: Alarm[] = [];
  const log = await some.open(database, { witnesses, clock, onAlarm: (alarm) => alarms.push(alarm) });
  const policy = formatPolicy({ logs: [log.vkey], witnesses, quorum: 1 });
  const times: string[] = [];
  const day = 86_400_000;
  await running(log, async () => {
    for (const jump of [0, -day, 3 * day, -day]) {
      clock.advance(jump);
      const staged = await log.append(database, someEntry());
      assert.equal((await log.wait(staged, "witnessed", 4000)).stage, "witnessed");
      const verdict = await verifyReceipt((await log.receipt(staged))!, policy);
      assert.ok(verdict.ok);
      times.push(new Date(verdict.witnesses[0]!.time * 1000).toISOString().slice(0, 10));
    }
  });
  assert.deepEqual(times, ["2026-10-22", "2026-10-22", "2026-10-24", "2026-10-24"]);
  assert.deepEqual(alarms, []);
});
