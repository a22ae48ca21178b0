import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fixedClock } from "#kernel";
import {
  formatPolicy,
  logRoutes,
  openMonitor,
  type ConfigurationAccepted,
  type ExchangeCall,
  type Log,
  type MonitorReport,
  type RightChanged,
} from "#ledger";
import { testDatabase } from "#store/testing";
import { checkEntry, entryInstant } from "./entries.ts";
import { listen, running, someDigest, someLog, someWitness, until, type SomeLog } from "./testing.ts";

const database = await testDatabase();
const elsewhere = await testDatabase();
const folder = mkdtempSync(join(tmpdir(), "taroko-monitor-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const hour = 3_600_000;

type Answer = (path: string, log: (path: string) => Promise<Response>) => Promise<Response>;

/** A log with one witness, served on loopback; `answer` may stand between the log and its readers. */
async function servedLog(name: "here" | "there" = "here") {
  const some = someLog();
  const witness = await someWitness(`${name}.audit.example`, some);
  const log = await some.open(database, { witnesses: [witness] });
  const from = logRoutes(log);
  const plain = (path: string): Promise<Response> => from(new Request(`http://log.example/${path}`));
  const served: { answer: Answer } = { answer: (path, ask) => ask(path) };
  const url = await listen((request) => served.answer(new URL(request.url).pathname.slice(1), plain));
  const write = (entry: Parameters<Log["append"]>[1]): Promise<void> =>
    running(log, async () => {
      const { stage } = await log.wait(await log.append(database, entry), "witnessed", 4000);
      assert.equal(stage, "witnessed");
    });
  return { some, log, witness, url, served, write };
}

/** An entry about nobody. */
function someEntry(change: Partial<RightChanged> = {}): RightChanged {
  const parties = { member: "TW/GOV/B", peer: "TW/GOV/A/app", service: "TW/GOV/B/people" };
  const at = "2026-11-22T08:00:00Z";
  return { v: 1, t: "right.changed", at, ...parties, change: "granted", rec: someDigest(), ...change };
}

function call(role: ExchangeCall["role"], change: Partial<ExchangeCall> = {}): ExchangeCall {
  const [member, peer] = role === "consumer" ? ["TW/GOV/A", "TW/GOV/B"] : ["TW/GOV/B", "TW/GOV/A"];
  const parties = { v: 1, t: "exchange.call", at: entryInstant(new Date()), role, member, peer } as const;
  const about = { service: "TW/GOV/B/people", purpose: "aid", basis: "act-7", pair: someDigest() };
  return { ...parties, ...about, req: someDigest(), res: someDigest(), rec: someDigest(), out: "200", ...change };
}

/** The entry of the other end. */
function counterpart(entry: ExchangeCall, change: Partial<ExchangeCall> = {}): ExchangeCall {
  const role = entry.role === "consumer" ? "provider" : "consumer";
  return { ...entry, role, member: entry.peer, peer: entry.member, rec: someDigest(), ...change };
}

function kinds({ findings }: MonitorReport): string[] {
  return findings.map(({ kind }) => kind);
}

test("a monitor pairs what both ends wrote and names who kept silent, also after a restart and from zero", async () => {
  const [here, there] = [await servedLog("here"), await servedLog("there")];
  const witnesses = [here.witness, there.witness].map(({ name, vkey }) => ({ name, vkey }));
  const policy = formatPolicy({ logs: [here.log.vkey, there.log.vkey], witnesses, quorum: 1 });
  const clock = fixedClock(new Date());
  const stateFile = join(folder, "state.json");
  const options = { policy, logs: [here.url, there.url], clock, patienceMs: 0 };
  const look = async (): Promise<MonitorReport> => (await openMonitor({ ...options, stateFile })).look();

  const [sent, alone, served, changed] = [call("consumer"), call("consumer"), call("provider"), call("consumer")];
  await here.write(sent);
  await here.write(alone);
  await here.write(changed);
  await there.write(counterpart(sent));
  await there.write(served);
  const first = await look();
  assert.deepEqual(kinds(first), []);
  assert.deepEqual(first.pairs, { paired: 1, waiting: 3, undelivered: 0 });
  assert.deepEqual(
    first.logs.map(({ origin, size, complete }) => [origin, size, complete]),
    [
      [here.some.origin, 3, true],
      [there.some.origin, 2, true],
    ],
  );

  await there.write(counterpart(changed, { purpose: "curiosity" }));
  const second = await look();
  assert.deepEqual(kinds(second), ["mismatch"]);
  assert.match(second.findings[0]!.detail, /in purpose$/);
  assert.deepEqual(second.pairs, { paired: 1, waiting: 2, undelivered: 0 });

  clock.advance(25 * hour);
  // Nobody is accused by a round in which the accused's log could not be read.
  there.served.answer = async () => new Response("", { status: 503 });
  const unheard = await look();
  assert.deepEqual(kinds(unheard).sort(), ["mismatch", "orphan-provider", "stale", "unavailable"]);
  there.served.answer = (path, ask) => ask(path);

  const late = await look();
  const orphans = late.findings.filter(({ kind }) => kind.startsWith("orphan"));
  assert.deepEqual(
    orphans.map(({ kind, log, index }) => [kind, log, index]),
    [
      ["orphan-consumer", here.some.origin, 1],
      ["orphan-provider", there.some.origin, 1],
    ],
  );
  assert.deepEqual(late.members, [
    { member: "TW/GOV/A", entries: 3, paired: 1, apart: 0, missing: 1 },
    { member: "TW/GOV/B", entries: 3, paired: 1, apart: 0, missing: 1 },
  ]);
  const anew = await (await openMonitor(options)).look();
  assert.deepEqual(
    { ...anew, findings: anew.findings.map(({ kind, log, index }) => [kind, log, index]) },
    { ...late, findings: late.findings.map(({ kind, log, index }) => [kind, log, index]) },
    "from zero it comes to the same",
  );
});

test("no accusation against a member whose log is not followed", async () => {
  const [here, there] = [await servedLog(), await servedLog("there")];
  const witnesses = [here.witness, there.witness].map(({ name, vkey }) => ({ name, vkey }));
  const policy = formatPolicy({ logs: [here.log.vkey, there.log.vkey], witnesses, quorum: 1 });
  const clock = fixedClock(new Date());
  await here.write(call("consumer"));
  await running(there.log, () => until(async () => (await there.log.status()).witnesses.length > 0));
  clock.advance(hour / 2);
  const options = { policy, clock, windowMs: 60_000, patienceMs: 0 };
  assert.deepEqual(kinds(await (await openMonitor({ ...options, logs: [here.url] })).look()), []);
  const both = await openMonitor({ ...options, logs: [here.url, there.url] });
  assert.deepEqual(kinds(await both.look()), ["orphan-consumer"], "the silent log was read: it holds nothing");
});

describe("what a log serves", async () => {
  const served = await servedLog();
  const { log, url, witness } = served;
  const policy = formatPolicy({
    logs: [log.vkey],
    witnesses: [{ name: witness.name, vkey: witness.vkey }],
    quorum: 1,
  });
  const clock = fixedClock(new Date());
  const fresh = () => openMonitor({ policy, logs: [url], clock, patienceMs: 0 });
  await served.write(someEntry());
  await running(log, async () => {
    const staged = await Promise.all(Array.from({ length: 300 }, () => log.append(database, someEntry())));
    for (const id of staged) await log.wait(id, "witnessed", 4000);
  });
  const flip = async (answer: Response, at: number): Promise<Response> => {
    const body = await answer.bytes();
    body[at]! ^= 1;
    return new Response(body);
  };
  const without = (pattern: RegExp) => async (answer: Response) =>
    new Response((await answer.text()).replace(pattern, ""));
  const gone = async (): Promise<Response> => new Response("", { status: 404 });

  const cases: [string, string, (path: string) => boolean, (answer: Response) => Promise<Response>][] = [
    ["no checkpoint", "unavailable", (path) => path === "checkpoint", gone],
    ["a missing tile", "unavailable", (path) => path.startsWith("tile/0/001"), gone],
    ["a missing bundle", "unavailable", (path) => path.startsWith("tile/entries/000"), gone],
    ["a page in its place", "bad-signature", () => true, async () => new Response("<h1>moved</h1>")],
    ["a changed root", "bad-signature", (path) => path === "checkpoint", async (answer) => flip(answer, 40)],
    ["a changed full tile", "broken-file", (path) => path === "tile/0/000", (answer) => flip(answer, 100)],
    ["a changed edge tile", "broken-file", (path) => path === "tile/0/001.p/45", (answer) => flip(answer, 100)],
    ["a changed higher tile", "broken-file", (path) => path.startsWith("tile/1/"), (answer) => flip(answer, 1)],
    ["a changed entry", "broken-file", (path) => path === "tile/entries/000", (answer) => flip(answer, 50)],
    [
      "a bundle cut off",
      "broken-file",
      (path) => path === "tile/entries/001.p/45",
      async (answer) => new Response((await answer.bytes()).subarray(0, -1)),
    ],
    [
      "a bundle without end",
      "broken-file",
      (path) => path === "tile/entries/000",
      async () => new Response(new Uint8Array(17_000_000)),
    ],
    ["no cosignature", "quorum-missing", (path) => path === "checkpoint", without(/\u2014 here.*\n/)],
  ];
  for (const [name, kind, touches, change] of cases) {
    test(`${name} is found as ${kind}`, async () => {
      const monitor = await fresh();
      served.served.answer = async (path, ask) => (touches(path) ? change(await ask(path)) : ask(path));
      const report = await monitor.look();
      assert.deepEqual(kinds(report), [kind], JSON.stringify(report.findings));
      served.served.answer = (path, ask) => ask(path);
      clock.advance(1000);
      const healed = await monitor.look();
      const standing = healed.findings.filter(({ until }) => until === undefined);
      assert.deepEqual([standing, healed.logs[0]?.complete], [[], true], "and gone when the log is whole again");
      assert.deepEqual(kinds(healed), kind === "broken-file" ? [kind] : [], "bad tiles are remembered");
    });
  }

  test("a log that stands still is stale", async () => {
    const monitor = await openMonitor({ policy, logs: [url], clock: fixedClock(new Date(Date.now() + 2 * hour)) });
    assert.deepEqual(kinds(await monitor.look()), ["stale"]);
  });

  test("an older checkpoint than was seen is found as shrunk", async () => {
    const monitor = await fresh();
    const old = await (await fetch(`${url}/checkpoint`)).bytes();
    await served.write(someEntry());
    assert.deepEqual(kinds(await monitor.look()), []);
    served.served.answer = async (path, ask) => (path === "checkpoint" ? new Response(old) : ask(path));
    assert.deepEqual(kinds(await monitor.look()), ["shrunk"]);
    const asking = formatPolicy({ logs: [log.vkey], witnesses: [witness], quorum: 1 });
    const stranger = await openMonitor({ policy: asking, logs: [url], clock, patienceMs: 0 });
    const found = await stranger.look();
    assert.deepEqual(kinds(found), ["shrunk"], "a newcomer learns it from the witness");
    assert.match(found.findings[0]!.detail, /has cosigned 302 entries, the log serves 301/);
    served.served.answer = (path, ask) => ask(path);
    const seen = clock.now().toISOString();
    clock.advance(1000);
    for (const { findings } of [await monitor.look(), await monitor.look()]) {
      assert.deepEqual(
        findings.map(({ kind, until }) => [kind, until]),
        [["shrunk", seen]],
        "remembered when mended",
      );
    }
  });

  test("an entry that is not on the closed list is found, and again in every later report", async () => {
    const monitor = await fresh();
    const where = "from ledger.tree where origin = $1 returning id";
    for (const raw of ['{"v":1,"t":"gossip"}', '{ "v": 1 }', "\u0000"]) {
      const row = await database.one<{ id: bigint }>(`insert into ledger.staged (log, entry) select log, $2 ${where}`, [
        served.some.origin,
        Buffer.from(raw),
      ]);
      await running(log, () => log.wait(row!.id, "witnessed", 4000));
    }
    for (let round = 0; round < 2; round += 1) {
      const report = await monitor.look();
      assert.deepEqual(kinds(report), ["schema", "schema", "schema"]);
      assert.deepEqual(
        report.findings.map(({ index }) => index),
        [302, 303, 304],
      );
    }
  });
});

describe("a fork", () => {
  /** Another history under the same key, as a restored copy would sign it. */
  async function secondHistory(some: SomeLog, size: number): Promise<(path: string) => Promise<Response>> {
    const copy = await some.open(elsewhere);
    await running(copy, async () => {
      const entries = Array.from({ length: size }, () => ({ entry: someEntry(), idem: someDigest() }));
      const staged = await copy.appendAll(elsewhere, entries);
      for (const id of staged) await copy.wait(id, "published", 4000);
    });
    const from = logRoutes(copy);
    return (path) => from(new Request(`http://log.example/${path}`));
  }

  for (const [name, size] of [
    ["of the same size", 2],
    ["that is larger", 3],
  ] as const) {
    test(`${name} is found, with both notes as proof, and stays found when the log turns back`, async () => {
      const { some, log, url, served, write } = await servedLog();
      await write(someEntry());
      await write(someEntry());
      const policy = formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 });
      const monitor = await openMonitor({ policy, logs: [url], clock: fixedClock(new Date()) });
      assert.deepEqual(kinds(await monitor.look()), []);
      const other = await secondHistory(some, size);
      served.answer = (path) => other(path);
      for (let round = 0; round < 2; round += 1) assert.deepEqual(kinds(await monitor.look()), ["fork"]);
      served.answer = (path, ask) => ask(path);
      const [fork] = (await monitor.look()).findings;
      assert.deepEqual(
        fork?.notes?.map((note) => note.split("\n").slice(0, 2)),
        [
          [some.origin, "2"],
          [some.origin, String(size)],
        ],
      );
    });
  }

  test("is kept however many findings came before it", async () => {
    const { some, log, url, served, write } = await servedLog();
    await write(someEntry());
    await database.run(
      `insert into ledger.staged (log, entry) select log, convert_to('rumour ' || n, 'UTF8')
       from ledger.tree, generate_series(1, 1010) as n where origin = $1`,
      [some.origin],
    );
    await write(someEntry());
    const policy = formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 });
    const stateFile = join(folder, "flooded.json");
    const look = async () =>
      (await openMonitor({ policy, logs: [url], clock: fixedClock(new Date()), stateFile })).look();
    const flooded = await look();
    assert.deepEqual([flooded.findings.length, flooded.more], [1000, 10]);
    const other = await secondHistory(some, 1013);
    served.answer = (path) => other(path);
    for (const round of [1, 2]) {
      const report = await look();
      assert.deepEqual(
        kinds(report).filter((kind) => kind !== "schema"),
        ["fork"],
      );
      assert.equal(report.more, 10, `nothing is counted twice in round ${round}`);
    }
  });

  test("shown to a newcomer is found by what a witness cosigned", async () => {
    const { some, log, url, served, write, witness } = await servedLog();
    await write(someEntry());
    const other = await secondHistory(some, 2);
    served.answer = (path) => other(path);
    const policy = formatPolicy({ logs: [log.vkey], witnesses: [witness], quorum: 0 });
    const monitor = await openMonitor({ policy, logs: [url], clock: fixedClock(new Date()) });
    assert.deepEqual(kinds(await monitor.look()), ["fork"]);
  });
});

test("an entry that was kept back is found by its own time", async () => {
  const { log, url, write } = await servedLog();
  const policy = formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 });
  const clock = fixedClock(new Date());
  const monitor = await openMonitor({ policy, logs: [url], clock });
  const minutesAgo = (minutes: number): Date => new Date(clock.now().getTime() - minutes * 60_000);
  await write(someEntry({ at: entryInstant(minutesAgo(90)) }));
  assert.deepEqual(kinds(await monitor.look()), [], "before the first look nothing is known");
  await write(someEntry({ at: entryInstant(clock.now()) }));
  await write(someEntry({ at: entryInstant(minutesAgo(10)) }));
  clock.advance(2 * 60_000);
  const report = await monitor.look();
  assert.deepEqual(
    report.findings.map(({ kind, index }) => [kind, index]),
    [["merge-delay", 2]],
  );
});

describe("the index of persons", async () => {
  const served = await servedLog();
  const { log, url, write } = served;
  const policy = formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 });
  const clock = fixedClock(new Date());
  const [vrf, other] = [someDigest(), someDigest()];
  /** Writes a root as a dishonest keeper would, who has the database: nobody else can. */
  async function writeRoot(upto: number, key: string = vrf, on: typeof served = served): Promise<void> {
    const at = entryInstant(clock.now());
    const entry = checkEntry({ v: 1, t: "index.root", at, from: "0", upto: String(upto), vrf: key, dig: someDigest() });
    assert.ok(entry.ok);
    const row = await database.one<{ id: bigint }>(
      "insert into ledger.staged (log, entry) select log, $2 from ledger.tree where origin = $1 returning id",
      [on.some.origin, entry.value],
    );
    await running(on.log, () => on.log.wait(row!.id, "witnessed", 4000));
  }
  const stateFile = join(folder, "index.json");
  const look = async () => (await openMonitor({ policy, logs: [url], clock, stateFile })).look();
  const found = async (): Promise<[string, number | undefined][]> =>
    (await look()).findings.filter(({ kind }) => kind !== "stale").map(({ kind, index }) => [kind, index]);

  test("must cover entries about persons in time", async () => {
    await write(call("provider", { at: entryInstant(clock.now()), sub: someDigest() }));
    await write(call("provider", { at: entryInstant(clock.now()), sub: someDigest() }));
    assert.deepEqual(await found(), []);
    clock.advance(11 * 60_000);
    assert.deepEqual(await found(), [], "a log that never had an index claims nothing");
    await writeRoot(0);
    assert.deepEqual(await found(), [["index-missing", 0]]);
    await writeRoot(1);
    assert.deepEqual(await found(), [["index-missing", 1]], "the second one still waits");
    await writeRoot(4);
    assert.deepEqual(await found(), []);
  });

  test("keeps its key and never goes back or ahead; it is told once of each", async () => {
    await writeRoot(2);
    assert.deepEqual(await found(), [["index-went-back", undefined]]);
    await writeRoot(7);
    const report = await look();
    assert.deepEqual(kinds(report), ["index-went-back"]);
    assert.match(report.findings[0]!.detail, /at entry 5 covers 2 entries; the one before covered 4/);
    await writeRoot(5, other);
    assert.deepEqual(await found(), [
      ["index-went-back", undefined],
      ["index-key-changed", undefined],
    ]);
  });

  test("that claims entries after itself is found", async () => {
    const ahead = await servedLog("there");
    await writeRoot(1, vrf, ahead);
    const followed = formatPolicy({ logs: [ahead.log.vkey], witnesses: [], quorum: 0 });
    const report = await (await openMonitor({ policy: followed, logs: [ahead.url], clock })).look();
    assert.deepEqual(
      kinds(report).filter((kind) => kind !== "stale"),
      ["index-went-back"],
    );
  });
});

test("a gateway that works by a configuration the authority's log does not name is found, and no other", async () => {
  const [authority, gateway] = [await servedLog("here"), await servedLog("there")];
  const policy = formatPolicy({ logs: [authority.log.vkey, gateway.log.vkey], witnesses: [], quorum: 0 });
  const clock = fixedClock(new Date());
  const at = entryInstant(clock.now());
  const [first, second, forged] = [someDigest(), someDigest(), someDigest()];
  const issued = (ver: string, dig: string) => ({ v: 1, t: "configuration.issued", at, ver, dig }) as const;
  const accepted = (ver: string, cnt: string): ConfigurationAccepted => {
    return { v: 1, t: "configuration.accepted", at, member: "TW/GOV/A", ver, dig: someDigest(), cnt };
  };
  const stateFile = join(folder, "configurations.json");
  const splits = async (logs: readonly string[] = [authority.url, gateway.url]): Promise<(number | undefined)[]> => {
    const { findings } = await (await openMonitor({ policy, logs, clock, stateFile })).look();
    return findings.filter(({ kind }) => kind === "configuration-split").map(({ index }) => index);
  };
  await authority.write(issued("1", first));
  await authority.write(issued("9", second));
  for (const entry of [
    accepted("1", first),
    accepted("4", first), // only the times were renewed
    accepted("9", second),
    accepted("10", first), // an older content under a newer version
    accepted("11", forged),
    issued("11", forged), // nobody vouches for oneself
    accepted("12", forged), // the authority's entry comes late
  ])
    await gateway.write(entry);
  assert.deepEqual(await splits(), [], "inside the window nobody is accused");
  clock.advance(25 * hour);
  authority.served.answer = async () => new Response("", { status: 503 });
  assert.deepEqual(await splits(), [], "nor while the authority's log cannot be read");
  authority.served.answer = (path, ask) => ask(path);
  assert.deepEqual(await splits(), [3, 4, 6]);
  await authority.write(issued("12", forged));
  assert.deepEqual(await splits(), [3, 4]);
  const alone = await (await openMonitor({ policy, logs: [gateway.url], clock })).look();
  assert.deepEqual(
    kinds(alone).filter((kind) => kind === "configuration-split"),
    [],
    "without the authority's log",
  );
});

test("a monitor says when it cannot begin", async () => {
  const clock = fixedClock(new Date());
  const { vkey } = someLog();
  const policy = formatPolicy({ logs: [vkey], witnesses: [], quorum: 0 });
  await assert.rejects(openMonitor({ policy: "rubbish", logs: [], clock }), { code: "monitor-policy-invalid" });
  await assert.rejects(openMonitor({ policy, clock }), { code: "monitor-no-logs" });
  const stateFile = join(folder, "broken.json");
  writeFileSync(stateFile, '{"v":1,"logs":');
  await assert.rejects(openMonitor({ policy, logs: ["http://127.0.0.1:1"], clock, stateFile }), {
    code: "monitor-state-unreadable",
  });
  assert.equal(await readFile(stateFile, "utf8"), '{"v":1,"logs":', "a state it cannot read is not overwritten");
  const listed = `log ${vkey} http://127.0.0.1:1\nquorum none\n`;
  assert.deepEqual(kinds(await (await openMonitor({ policy: listed, clock })).look()), ["unavailable"]);
});
