import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exploreLog, formatPolicy, keepFiles, logRoutes, parsePolicy, verifyReceipt, type ReadLogFile } from "#ledger";
import { testDatabase } from "#store/testing";
import { logFilesAt } from "./log-files.ts";
import { listen, running, someEntry, someLog, someWitness } from "./testing.ts";

const database = await testDatabase();
const some = someLog();
const witness = await someWitness("audit.example", some);
const log = await some.open(database, { witnesses: [witness] });
const url = await listen(logRoutes(log));
const policyText = formatPolicy({ logs: [{ vkey: log.vkey, url }], witnesses: [witness], quorum: 1 });
const parsed = await parsePolicy(policyText);
assert.ok(parsed.ok);
const policy = parsed.value;

/** One entry a minute from eight o'clock. */
const start = Date.parse("2026-11-22T08:00:00Z");
const minute = 60_000;
const timeOf = (index: number): Date => new Date(start + index * minute);
await running(log, async () => {
  let last: Awaited<ReturnType<typeof log.append>> | undefined;
  for (let index = 0; index < 600; index += 1) {
    last = await log.append(database, someEntry({ at: `${timeOf(index).toISOString().slice(0, 19)}Z` }));
  }
  assert.equal((await log.wait(last!, "witnessed", 4000)).stage, "witnessed");
});

/** Reads the real log, with `change` in the way of each file. */
function through(change: (path: string, body: Uint8Array) => Uint8Array | undefined): ReadLogFile {
  const read = logFilesAt(url);
  return async (path, limit) => {
    const body = await read(path, limit);
    return body && change(path, Uint8Array.from(body));
  };
}

async function explored(read: ReadLogFile = logFilesAt(url), origin = some.origin) {
  const files = keepFiles(1_000_000);
  const look = await exploreLog({ origin, read, files }).look(policy, new Date());
  return { look, files };
}

test("the policy says where the log is read, and its reader checks everything it hands out", async () => {
  assert.equal(policy.addresses.get(log.vkey), url);
  const { look, files } = await explored();
  assert.ok(look.ok);
  const { size, quorum, witnesses } = look.log;
  assert.deepEqual([size, quorum, witnesses.map(({ name }) => name)], [600, true, ["audit.example"]]);
  assert.equal((await look.log.entries(250, 260)).length, 10);
  assert.deepEqual(await look.log.entries(600, 700), []);
  for (const index of [0, 1, 255, 256, 511, 512, 599]) {
    const { entry, leaf, steps, proof } = await look.log.prove(index);
    assert.deepEqual(entry, (await look.log.entries(index, index + 1))[0]);
    assert.deepEqual([steps[0]?.own.hash, steps[0]?.own.from], [leaf, index]);
    const receipt = { v: 1, entry: Buffer.from(entry).toString("base64"), proof } as const;
    const verdict = await verifyReceipt(receipt, policyText);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.equal(verdict.index, index);
    // Each step begins with what the one before led to, and the last one covers the whole log.
    for (const [at, step] of steps.entries()) {
      const { own, sibling, side } = step;
      assert.equal(side === "left" ? sibling.to : own.to, side === "left" ? own.from : sibling.from);
      const next = steps[at + 1]?.own ?? { from: 0, to: 600 };
      assert.deepEqual([next.from, next.to], [Math.min(own.from, sibling.from), Math.max(own.to, sibling.to)]);
    }
  }
  for (const index of [-1, 600, 1.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN])
    await assert.rejects(look.log.prove(index), RangeError);
  assert.ok(files.bytes > 0);
});

test("the first entry since a moment is found by halving", async () => {
  const { look } = await explored();
  assert.ok(look.ok);
  for (const index of [0, 1, 255, 256, 257, 512, 599]) {
    assert.equal(await look.log.firstSince(timeOf(index)), index);
    assert.equal(await look.log.firstSince(new Date(timeOf(index).getTime() - 1)), index);
  }
  assert.equal(await look.log.firstSince(timeOf(-1000)), 0);
  assert.equal(await look.log.firstSince(timeOf(600)), 600);
});

describe("a log that serves something else is told on", () => {
  const flip = (at: number) => (body: Uint8Array) => {
    body[at % body.length]! ^= 1;
    return body;
  };
  for (const [name, kind, change] of [
    ["no checkpoint", "unavailable", (path, body) => (path === "checkpoint" ? undefined : body)],
    ["garbage", "bad-signature", (path, body) => (path === "checkpoint" ? Buffer.from("<html>") : body)],
    [
      "another root",
      "bad-signature",
      (path, body) => (path === "checkpoint" ? flip(some.origin.length + 8)(body) : body),
    ],
    ["a forged edge", "broken-file", (path, body) => (path.startsWith("tile/0/") ? flip(40)(body) : body)],
    ["a cut edge", "broken-file", (path, body) => (path.startsWith("tile/0/") ? body.subarray(1) : body)],
    ["no edge", "unavailable", (path, body) => (path.startsWith("tile/0/") ? undefined : body)],
  ] satisfies [string, string, Parameters<typeof through>[0]][]) {
    test(name, async () => {
      const { look } = await explored(through(change));
      assert.ok(!look.ok);
      assert.equal(look.finding.kind, kind, look.finding.detail);
    });
  }

  test("another log's files", async () => {
    const { look } = await explored(logFilesAt(url), "log.example/other");
    assert.ok(!look.ok && look.finding.kind === "bad-signature");
  });

  test("a forged entry is refused and forgotten, so that the true one is read the next time", async () => {
    let forging = true;
    const read = through((path, body) => (forging && path.startsWith("tile/entries/") ? flip(30)(body) : body));
    const { look } = await explored(read);
    assert.ok(look.ok);
    await assert.rejects(look.log.prove(3), { code: "ledger-file-broken" });
    forging = false;
    assert.equal((await look.log.prove(3)).steps.length > 0, true);
  });

  test("fewer entries than before, and another past", async () => {
    const files = keepFiles(1_000_000);
    const elsewhere = await testDatabase();
    const forked = await some.open(elsewhere);
    await running(forked, async () => {
      let last: Awaited<ReturnType<typeof forked.append>> | undefined;
      for (let index = 0; index < 10; index += 1) last = await forked.append(elsewhere, someEntry());
      await forked.wait(last!, "published", 4000);
    });
    const short: ReadLogFile = async (path) => (await forked.read(path))?.body;
    let from = logFilesAt(url);
    const explorer = exploreLog({ origin: some.origin, read: (path, limit) => from(path, limit), files });
    assert.ok((await explorer.look(policy, new Date())).ok);
    from = short;
    const shrunk = await explorer.look(policy, new Date());
    assert.ok(!shrunk.ok && shrunk.finding.kind === "shrunk");

    const late = exploreLog({
      origin: some.origin,
      read: (path, limit) => from(path, limit),
      files: keepFiles(1_000_000),
    });
    assert.ok((await late.look(policy, new Date())).ok);
    from = logFilesAt(url);
    const fork = await late.look(policy, new Date());
    assert.ok(!fork.ok && fork.finding.kind === "fork");
  });
});

test("files are kept within the bound, asked for once at a time, and a slow log is not asked without end", async () => {
  const files = keepFiles(1000);
  let asked = 0;
  const read = files.reading("log.example/x", async (path) => {
    asked += 1;
    return path === "none" ? undefined : new Uint8Array(400);
  });
  await Promise.all(["tile/0/000", "tile/0/000"].map((path) => read(path, 1000)));
  await read("tile/0/000", 1000);
  assert.equal(asked, 1);
  for (const path of ["tile/0/001", "tile/0/000", "tile/0/002", "tile/0/000"]) await read(path, 1000);
  assert.deepEqual([asked, files.bytes], [3, 800]);
  await read("checkpoint", 1000);
  await read("checkpoint", 1000);
  assert.deepEqual([asked, files.bytes], [5, 800]);
  files.forget("log.example/x");
  assert.equal(files.bytes, 0);

  const never = files.reading("log.example/y", () => new Promise(() => undefined));
  for (let n = 0; n < 32; n += 1) void never(`tile/0/${n}`, 1000);
  await assert.rejects(never("tile/0/x", 1000), { code: "ledger-file-unavailable" });
});
