import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { toBase64Url } from "#kernel";
import {
  commitSync,
  formatPolicy,
  generateLogKey,
  logRoutes,
  subjectCommitmentSync,
  verifyReceipt,
  type Alarm,
} from "#ledger";
import { testDatabase } from "#store/testing";
import { parseCheckpoint } from "./checkpoint.ts";
import { running, someEntry, someLog, someWitness, until } from "./testing.ts";

const database = await testDatabase();

test("an entry commits with its transaction, is witnessed, and its receipt verifies and opens", async () => {
  const some = someLog();
  const witnesses = [await someWitness("audit.example", some), await someWitness("uni.example", some)];
  const log = await some.open(database, { witnesses });
  const policy = formatPolicy({ logs: [log.vkey], witnesses, quorum: 2 });
  await running(log, async () => {
    const salt = randomBytes(32);
    const entry = someEntry({ sub: subjectCommitmentSync("A700000001", salt), rec: commitSync("granted", salt) });
    await assert.rejects(
      database.transaction(async (tx) => {
        await log.append(tx, someEntry());
        throw new Error("the business change failed");
      }),
    );
    const staged = await database.transaction((tx) => log.append(tx, entry));
    assert.deepEqual(await log.wait(staged, "witnessed", 4000), { stage: "witnessed", index: 0n });
    const receipt = (await log.receipt(staged))!;
    const verdict = await verifyReceipt(receipt, policy);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.deepEqual([verdict.origin, verdict.index, verdict.size], [some.origin, 0, 1]);
    assert.deepEqual(verdict.entry, entry);
    assert.deepEqual(verdict.witnesses.map(({ name }) => name).sort(), ["audit.example", "uni.example"]);

    const opened = toBase64Url(salt);
    const commitments = { sub: { salt: opened, value: "A700000001" }, rec: { salt: opened, value: "granted" } };
    assert.equal((await verifyReceipt({ ...receipt, opening: { commitments } }, policy)).ok, true);
    const other = { ...commitments, sub: { salt: opened, value: "A700000002" } };
    assert.deepEqual(await verifyReceipt({ ...receipt, opening: { commitments: other } }, policy), {
      ok: false,
      step: "opening",
      code: "opening-differs",
      reason: "sub: the value is not the one the entry commits to",
    });
  });
});

test("the status names each witness's newest cosignature, and leaves out those that gave none", async () => {
  const some = someLog();
  const witnesses = [await someWitness("uni.example", some), await someWitness("audit.example", some)];
  const absent = { ...(await someWitness("absent.example", some)), url: "http://127.0.0.1:1" };
  const log = await some.open(database, { witnesses: [...witnesses, absent], quorum: 2 });
  await running(log, async () => {
    for (let n = 0; n < 3; n += 1) await log.wait(await log.append(database, someEntry()), "witnessed", 4000);
    await until(async () => (await log.status()).witnesses.every(({ size }) => size === 3n));
  });
  assert.deepEqual(
    (await log.status()).witnesses.map(({ name, size }) => [name, size]),
    [
      ["uni.example", 3n],
      ["audit.example", 3n],
    ],
  );
  assert.equal(await log.size(), 3n);
});

test("anybody may read the log's files, with the headers the formats ask for", async () => {
  const some = someLog();
  const log = await some.open(database);
  const get = logRoutes(log, "/ledger/");
  const ask = (path: string, method: string = "GET"): Promise<Response> =>
    get(new Request(`http://log.example/ledger/${path}`, { method }));
  const empty = parseCheckpoint(await (await ask("checkpoint")).text());
  assert.equal(empty.ok && empty.value.size, 0n, "a new log publishes the empty tree");
  await running(log, async () => {
    const staged = await Promise.all(Array.from({ length: 300 }, () => log.append(database, someEntry())));
    for (const id of staged) await log.wait(id, "witnessed", 4000);
    const tile = await ask("tile/0/000");
    assert.equal((await tile.bytes()).length, 8192);
    assert.deepEqual(
      ["content-type", "cache-control", "access-control-allow-origin", "x-content-type-options"].map((name) =>
        tile.headers.get(name),
      ),
      ["application/octet-stream", "public, max-age=604800, immutable", "*", "nosniff"],
    );
    assert.equal((await ask("checkpoint")).headers.get("cache-control"), "no-cache");
    for (const path of [
      "tile/1/000.p/1",
      "tile/0/001.p/44",
      "tile/entries/000",
      "tile/entries/001.p/44",
      "proof/299",
    ]) {
      assert.equal((await ask(path)).status, 200, path);
    }
    const partials = await database.query(
      `select path from ledger.resource join ledger.tree using (log)
       where origin = $1 and path like 'tile/%/000.p/%' and path not like 'tile/1/%'`,
      [some.origin],
    );
    assert.deepEqual(partials, [], "partial forms go when the tile is full");
    for (const path of ["proof/300", "proof/01", "tile/0/002", "tile/0/0", "staged", "../store"]) {
      assert.equal((await ask(path)).status, 404, path);
    }
    assert.equal((await ask("checkpoint", "POST")).status, 405);
    const listed = await log.entries(250n, 100);
    assert.deepEqual([listed.length, listed[0]?.index, listed.at(-1)?.index], [50, 250n, 299n]);
    const policy = formatPolicy({ logs: [some.vkey], witnesses: [], quorum: 0 });
    for (const index of [0n, 255n, 256n, 299n]) {
      const verdict = await verifyReceipt((await log.receiptAt(index))!, policy);
      assert.ok(verdict.ok && BigInt(verdict.index) === index, JSON.stringify(verdict));
    }
    const packed = await get(
      new Request("http://log.example/ledger/tile/entries/000", { headers: { "accept-encoding": "gzip, identity" } }),
    );
    assert.equal(packed.headers.get("content-encoding"), "gzip");
    const bundle = await (await ask("tile/entries/000")).bytes();
    assert.deepEqual(gunzipSync(await packed.bytes()), Buffer.from(bundle));
    const receipt = await log.receiptAt(299n);
    assert.equal(receipt && Buffer.from(receipt.entry, "base64").toString(), listed.at(-1)?.entry);
  });
});

test("one idempotency key gives one entry, before and after it is integrated", async () => {
  const some = someLog();
  const log = await some.open(database);
  const first = await log.append(database, someEntry(), { idem: "exchange-1" });
  assert.equal(await log.append(database, someEntry(), { idem: "exchange-1" }), first);
  await running(log, async () => {
    await log.wait(first, "integrated", 4000);
    assert.equal(await log.append(database, someEntry(), { idem: "exchange-1" }), first);
    // What slips past both look-ups while another process integrates: the later one points to the first.
    const late = await database.one<{ id: bigint }>(
      `insert into ledger.staged (log, entry, idem) select log, '{}', 'exchange-1' from ledger.tree
       where origin = $1 returning id`,
      [some.origin],
    );
    assert.equal((await log.wait(late!.id, "integrated", 4000)).index, 0n);
    assert.equal((await log.status()).size, 1n);
  });
});

test("entries nobody waits for are gathered: one head for many of them, and none waits long", async () => {
  const some = someLog();
  const witness = await someWitness("audit.example", some);
  const log = await some.open(database, { witnesses: [witness] });
  await running(log, async () => {
    const from = performance.now();
    for (let made = 0; made < 60; made += 1) await log.append(database, someEntry());
    await until(async () => (await log.status()).size === 60n);
    const took = performance.now() - from;
    const heads = await database.one<{ n: number }>(
      `select count(*)::int as n from ledger.head join ledger.tree using (log) where origin = $1 and head.size > 0`,
      [some.origin],
    );
    assert.ok(heads!.n <= took / 200 + 2, `${heads!.n} heads in ${took} ms`);
  });
});

test("two processes append and sequence one log: every entry has one place, and the tree is one", async () => {
  const some = someLog();
  const alarms: Alarm[] = [];
  const onAlarm = (alarm: Alarm): number => alarms.push(alarm);
  const [a, b] = [await some.open(database, { onAlarm }), await some.open(database, { onAlarm })];
  await running(a, () =>
    running(b, async () => {
      const staged = await Promise.all(
        Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? a : b).append(database, someEntry())),
      );
      const places = await Promise.all(staged.map((id) => b.wait(id, "published", 8000)));
      const indexes = places.map(({ index }) => Number(index)).sort((x, y) => x - y);
      assert.deepEqual(
        indexes,
        Array.from({ length: 400 }, (_, index) => index),
      );
      assert.deepEqual(alarms, []);
    }),
  );
});

test("a log is not opened with another's key, nor on a database that may forget commits", async () => {
  const some = someLog();
  await assert.rejects(some.open(database, { key: generateLogKey("other.example") }), {
    code: "ledger-origin-invalid",
  });
  const forgetful = { ...database, query: async () => [{ name: "fsync" }] as never };
  await some.open(database);
  const renewed = generateLogKey(some.origin);
  await assert.rejects(some.open(database, { key: renewed }), { code: "ledger-key-changed" });
  await assert.rejects(some.open(forgetful), { code: "ledger-not-durable" });
});
