import assert from "node:assert/strict";
import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "#kernel";
import { formatPolicy, openMonitor, type Alarm, type Log } from "#ledger";
import { testDatabase } from "#store/testing";
import { running, someEntry, someLog, someWitness, type SomeLog } from "./testing.ts";

const database = await testDatabase();
const root = mkdtempSync(join(tmpdir(), "taroko-publish-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A server that knows nothing of logs. */
const server = createServer((request, response) => {
  createReadStream(join(root, request.url ?? ""))
    .on("error", () => response.writeHead(404).end())
    .pipe(response);
});
await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
after(() => server.close());
const address = server.address();
const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;

async function grow(log: Log, count: number): Promise<void> {
  await running(log, async () => {
    const staged = await Promise.all(Array.from({ length: count }, () => log.append(database, someEntry())));
    for (const id of staged) assert.equal((await log.wait(id, "witnessed", 8000)).stage, "witnessed");
  });
}

async function findings(some: SomeLog, place: string, witness?: { name: string; vkey: string }): Promise<string[]> {
  const witnesses = witness ? [{ name: witness.name, vkey: witness.vkey }] : [];
  const policy = formatPolicy({ logs: [some.vkey], witnesses, quorum: witnesses.length });
  const report = await (await openMonitor({ policy, logs: [place], clock: systemClock, patienceMs: 0 })).look();
  assert.equal(report.logs[0]?.complete, report.findings.length === 0);
  return report.findings.map(({ kind }) => kind);
}

test("a plain file server over the folder is the log, at every size it is published at", async () => {
  const some = someLog();
  const witness = await someWitness("audit.example", some);
  const log = await some.open(database, { witnesses: [witness] });
  const folder = join(root, "whole");
  assert.deepEqual(await log.publishTo(folder), { size: 0n, written: 1 }, "the empty tree has only a checkpoint");
  for (const [count, size, edge] of [
    [3, 3n, "tile/0/000.p/3"],
    [253, 256n, "tile/1/000.p/1"],
    [44, 300n, "tile/0/001.p/44"],
  ] as const) {
    await grow(log, count);
    assert.equal((await log.publishTo(folder)).size, size);
    assert.ok(existsSync(join(folder, edge)));
    assert.deepEqual(await findings(some, `${base}/whole`, witness), [], `over HTTP at ${size}`);
    assert.deepEqual(await findings(some, folder, witness), [], `as a folder at ${size}`);
  }
  assert.deepEqual(await log.publishTo(folder), { size: 300n, written: 0 });
  assert.ok(!existsSync(join(folder, "tile/0/000.p")), "partial forms of full tiles are gone");
  const left = readdirSync(folder, { recursive: true }).filter((name) => /(^|\/)\./.test(String(name)));
  assert.deepEqual(left, [], "nothing half-written lies about");
});

for (const [name, touch] of [
  ["a bundle", (folder: string) => flip(join(folder, "tile/entries/000.p/3"))],
  ["a tile", (folder: string) => flip(join(folder, "tile/0/000.p/3"))],
  ["a checkpoint of another log", (folder: string) => flip(join(folder, "checkpoint"))],
] as const) {
  test(`${name} with other bytes in the folder freezes the log`, async () => {
    const some = someLog();
    const alarms: Alarm[] = [];
    const log = await some.open(database, { onAlarm: (alarm) => alarms.push(alarm) });
    const folder = join(root, some.origin.replaceAll("/", "-"));
    await grow(log, 3);
    await log.publishTo(folder);
    if (name !== "a checkpoint of another log") {
      // As after a crash before the checkpoint: the files lie there, and the next pass compares them.
      rmSync(join(folder, "checkpoint"));
    }
    touch(folder);
    await assert.rejects(log.publishTo(folder), { code: "ledger-published-differs" });
    assert.deepEqual(
      alarms.map(({ kind }) => kind),
      ["frozen"],
    );
    assert.match((await log.status()).frozen ?? "", /other bytes|not this log/);
  });
}

test("a folder that holds more than the database freezes the log: the database was set back", async () => {
  const some = someLog();
  const folder = join(root, "ahead");
  const log = await some.open(database);
  await grow(log, 3);
  await log.publishTo(folder);
  const restored = await some.open(await testDatabase());
  await assert.rejects(restored.publishTo(folder), { code: "ledger-published-differs", message: /of 3 entries/ });
  assert.ok((await restored.status()).frozen);
});

test("a crash at any file leaves the older log whole, and the next pass ends the work", async () => {
  const some = someLog();
  const folder = join(root, "crash");
  const log = await some.open(database);
  await grow(log, 2);
  await log.publishTo(folder);
  const before = readFileSync(join(folder, "checkpoint"));
  await grow(log, 2);
  await log.publishTo(folder);
  writeFileSync(join(folder, "checkpoint"), before);
  assert.deepEqual(await findings(some, folder), [], "all files of the new tree, none of its checkpoint");
  assert.deepEqual(await log.publishTo(folder), { size: 4n, written: 1 });
  assert.deepEqual(await findings(some, folder), []);
});

function flip(path: string): void {
  const body = readFileSync(path);
  body[body.length >> 1]! ^= 1;
  writeFileSync(path, body);
}
