import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { systemClock, toBase64 } from "#kernel";
import { generateLogKey, importLogKey, openLog, type SoftwareKey } from "#ledger";
import { openDatabase, type Database } from "#store";
import { testDatabase } from "#store/testing";
import { someEntry } from "./testing.ts";
import { emptyEdge, extend, rootOf } from "./tree.ts";

const origin = "log.example/killed";

interface Work {
  readonly url: string;
  readonly pem: string;
  /** Ends by itself after so many; without it, it has to be killed. */
  readonly count?: number;
}

/** The process that is killed: appends as fast as it can and prints each id once its transaction has committed. */
async function appendMany({ url, pem, count = Infinity }: Work): Promise<void> {
  const database = openDatabase(url);
  const log = await openLog({ database, origin, key: importLogKey(origin, pem), clock: systemClock });
  log.start();
  for (let done = 0; done < count; done += 8) {
    const ids = await Promise.all(Array.from({ length: 8 }, () => log.append(database, someEntry())));
    process.stdout.write(ids.map((id) => `${id}\n`).join(""));
  }
  await log.stop();
  await database.close();
}

const child = process.env["TAROKO_LEDGER_KILL"];
if (child !== undefined) {
  await appendMany(JSON.parse(child) as Work);
  process.exit(0);
}

function start(work: Work): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [import.meta.filename], {
    env: { ...process.env, TAROKO_LEDGER_KILL: JSON.stringify(work) },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Collects what a process acknowledges, and kills it after so many. */
async function acknowledgedBy(process: ReturnType<typeof start>, killAfter = Infinity): Promise<bigint[]> {
  const ids: bigint[] = [];
  for await (const line of createInterface({ input: process.stdout })) {
    ids.push(BigInt(line));
    if (ids.length === killAfter) process.kill("SIGKILL");
  }
  if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
  return ids;
}

/** Every acknowledged entry stands once in the log, and the stored files are those of one tree over these entries. */
async function checkWhole(database: Database, key: SoftwareKey, acknowledged: readonly bigint[]): Promise<void> {
  const log = await openLog({ database, origin, key, clock: systemClock });
  log.start();
  try {
    const places = await Promise.all(acknowledged.map((id) => log.wait(id, "published", 5000)));
    assert.ok(places.every(({ stage }) => stage === "witnessed"));
    assert.equal(new Set(places.map(({ index }) => index)).size, acknowledged.length, "each has a place of its own");
  } finally {
    await log.stop();
  }
  const { size, root, frozen } = await log.status();
  assert.equal(frozen, undefined);
  assert.ok(size >= acknowledged.length);
  const entries = (await log.entries(0n, Number(size))).map(({ entry }) => entry);
  assert.equal(new Set(entries).size, entries.length, "none stands there twice");
  const whole = extend(
    emptyEdge,
    entries.map((entry) => Buffer.from(entry)),
  );
  assert.equal(toBase64(rootOf(whole.edge)), root);
  for (const { path, body } of whole.resources) {
    assert.deepEqual(Buffer.from((await log.read(path))?.body ?? []), Buffer.from(body), path);
  }
}

test("a process killed with -9 while it appends, integrates and signs loses nothing it acknowledged", async () => {
  const database = await testDatabase();
  const key = generateLogKey(origin);
  const acknowledged: bigint[] = [];
  for (const lines of [1, 60, 150]) {
    const killed = start({ url: database.url, pem: key.exportPem() });
    const ids = await acknowledgedBy(killed, lines);
    assert.equal(killed.signalCode, "SIGKILL", "it was killed, and did not end by itself");
    assert.ok(ids.length >= lines, `it acknowledged ${lines} before it was killed`);
    acknowledged.push(...ids);
  }
  await checkWhole(database, key, acknowledged);
});

test("several processes append to one log and would sequence it, one of them is killed: one tree, none lost, none twice", async () => {
  const database = await testDatabase();
  const key = generateLogKey(origin);
  await openLog({ database, origin, key, clock: systemClock });
  const work = { url: database.url, pem: key.exportPem() };
  const killed = start(work);
  const others = [start({ ...work, count: 400 }), start({ ...work, count: 400 })];
  const ids = await Promise.all([acknowledgedBy(killed, 200), ...others.map((other) => acknowledgedBy(other))]);
  assert.equal(killed.signalCode, "SIGKILL");
  assert.deepEqual(
    others.map(({ exitCode }) => exitCode),
    [0, 0],
  );
  assert.deepEqual(
    ids.slice(1).map(({ length }) => length),
    [400, 400],
  );
  await checkWhole(database, key, ids.flat());
});
