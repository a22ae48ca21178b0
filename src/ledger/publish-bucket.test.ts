import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "#kernel";
import { formatPolicy, openMonitor, type Alarm } from "#ledger";
import { testDatabase } from "#store/testing";
import { bucketTarget } from "./publish-bucket.ts";
import { listen, running, someEntry, someLog, someWitness, until } from "./testing.ts";
import { someBucket, type TestBucket } from "./testing-bucket.ts";

const database = await testDatabase();
const prefix = "logs/moi/";

/** A log with a witness that publishes to a bucket, and readers of that bucket who hold no key. */
async function publishing(bucket: TestBucket) {
  const some = someLog();
  const witness = await someWitness("audit.example", some);
  const alarms: Alarm[] = [];
  const publish = { bucket: bucket.options, contact: "records@moi.example" };
  const options = { witnesses: [witness], publish, onAlarm: (alarm: Alarm) => alarms.push(alarm) };
  const log = await some.open(database, options);
  const url = await listen(async (request) => {
    const found = bucket.objects.get(prefix + new URL(request.url).pathname.slice(1));
    return found ? new Response(new Uint8Array(found.body)) : new Response("", { status: 404 });
  });
  const policy = formatPolicy({ logs: [some.vkey], witnesses: [witness], quorum: 1 });
  const grow = (count: number) =>
    running(log, async () => {
      const staged = await Promise.all(Array.from({ length: count }, () => log.append(database, someEntry())));
      for (const id of staged) await log.wait(id, "witnessed", 4000);
      const size = String(await log.size());
      await until(() => bucket.objects.get(`${prefix}checkpoint`)?.body.toString().split("\n")[1] === size, 6000);
    });
  const look = async () => (await openMonitor({ policy, logs: [url], clock: systemClock })).look();
  return { some, log, alarms, grow, look };
}

test("a log that runs is a bucket's objects: read by anybody, never overwritten, the checkpoint after its tiles", async () => {
  const bucket = await someBucket();
  const { log, grow, look, alarms, some } = await publishing(bucket);
  await grow(300);
  const first = await look();
  assert.deepEqual([first.findings, first.logs[0]?.size, first.logs[0]?.complete], [[], 300, true]);
  await grow(3);
  assert.deepEqual((await look()).findings, []);
  assert.deepEqual(alarms, []);

  const order = bucket.puts.map((name) =>
    name
      .slice(prefix.length)
      .replace(/^tile\/\d.*/, "tile")
      .replace(/^tile\/entries.*/, "bundle"),
  );
  const [bundle, tile, head] = [order.indexOf("bundle"), order.indexOf("tile"), order.lastIndexOf("checkpoint")];
  assert.ok(order.lastIndexOf("tile") < head && tile > bundle, order.join(" "));
  for (const [at, kind] of order.entries()) {
    if (kind === "bundle") assert.notEqual(order[at - 1], "tile", "bundles of a pass come before its tiles");
  }
  const tiles = bucket.puts.filter((name) => name.includes("/tile/"));
  assert.equal(new Set(tiles).size, tiles.length, "no tile is put twice");
  assert.ok(bucket.busiest() <= 8, `${bucket.busiest()} at once`);

  const served = (path: string) => {
    const { contentType, cacheControl } = bucket.objects.get(prefix + path)!;
    return [contentType, cacheControl];
  };
  const immutable = ["application/octet-stream", "public, max-age=604800, immutable"];
  assert.deepEqual(served("tile/entries/000"), immutable);
  assert.deepEqual(served("tile/0/000"), immutable);
  assert.deepEqual(served("checkpoint"), ["text/plain; charset=utf-8", "no-cache"]);
  assert.deepEqual(served("index.html"), ["text/html; charset=utf-8", "no-cache"]);
  const page = bucket.objects.get(`${prefix}index.html`)!.body.toString();
  for (const wanted of [some.origin, log.vkey, "quorum witnesses", "records@moi.example"])
    assert.ok(page.includes(wanted));
});

test("a store that is away alarms once and is caught up when it is back; the log itself goes on", async () => {
  const bucket = await someBucket();
  bucket.status = 503;
  const { log, alarms, look, grow } = await publishing(bucket);
  await running(log, async () => {
    const staged = await log.append(database, someEntry());
    assert.equal((await log.wait(staged, "witnessed", 4000)).stage, "witnessed");
    await until(() => alarms.length > 0);
    bucket.status = undefined;
    await until(() => alarms.some(({ over }) => over), 6000);
  });
  assert.deepEqual(
    alarms.map(({ kind, over }) => [kind, over]),
    [
      ["publish-failed", undefined],
      ["publish-failed", true],
    ],
  );
  assert.match(alarms[0]!.detail, /^records\/logs\/moi\/: GET checkpoint: status 503$/);
  await grow(1);
  assert.deepEqual((await look()).findings, []);
});

for (const [name, path] of [
  ["a tile", "tile/0/000.p/2"],
  ["a bundle", "tile/entries/000.p/2"],
  ["a checkpoint", "checkpoint"],
] as const) {
  test(`${name} with other bytes in the bucket is a fatal alarm, and stays as it was`, async () => {
    const bucket = await someBucket();
    const { log, alarms } = await publishing(bucket);
    const other = Buffer.from("something else");
    bucket.objects.set(prefix + path, { body: other, contentType: undefined, cacheControl: undefined });
    for (let n = 0; n < 2; n += 1) await log.append(database, someEntry());
    await running(log, () => until(() => alarms.length > 0));
    assert.deepEqual(
      alarms.map(({ kind }) => kind),
      ["frozen"],
    );
    assert.match((await log.status()).frozen ?? "", /other bytes|not this log/);
    assert.equal(bucket.objects.get(prefix + path)?.body, other);
    const [, size = "0"] = bucket.objects.get(`${prefix}checkpoint`)?.body.toString().split("\n") ?? [];
    if (path !== "checkpoint") assert.equal(size, "0", "no checkpoint over wrong files");
  });
}

test("the target says what it may not do, and does not replace what another process replaced", async () => {
  const bucket = await someBucket();
  const stranger = bucketTarget({ ...bucket.options, secretAccessKey: "wrong" });
  await assert.rejects(stranger.read("checkpoint", 10), { code: "ledger-bucket-refused", message: /status 403/ });
  await assert.rejects(stranger.putNew("a", Buffer.from("1"), "immutable"), { code: "ledger-bucket-refused" });
  const [one, two] = [bucketTarget(bucket.options), bucketTarget(bucket.options)];
  assert.equal(await one.putNew("a", Buffer.from("1"), "immutable"), true);
  assert.equal(await two.putNew("a", Buffer.from("1"), "immutable"), false);
  assert.equal(await one.replace("checkpoint", Buffer.from("1"), "checkpoint"), true);
  for (const target of [one, two]) assert.equal(Buffer.from((await target.read("checkpoint", 10))!).toString(), "1");
  assert.equal(await one.replace("checkpoint", Buffer.from("2"), "checkpoint"), true);
  assert.equal(await two.replace("checkpoint", Buffer.from("1+"), "checkpoint"), false);
  assert.equal(bucket.objects.get(`${prefix}checkpoint`)?.body.toString(), "2");
  await assert.rejects(one.read("checkpoint", 0), { code: "ledger-file-too-large" });
});
