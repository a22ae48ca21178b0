import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { systemClock } from "#kernel";
import { formatPolicy, generateLogKey, openLog, type ExchangeCall } from "#ledger";
import { testDatabase } from "#store/testing";
import { monitorLogs, type MonitorLogsOptions } from "./monitor-logs.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-monitor-logs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const cli = new URL("../cli.ts", import.meta.url).pathname;

const somePolicy = join(folder, "some-policy.txt");
const someVkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
writeFileSync(somePolicy, formatPolicy({ logs: [someVkey], witnesses: [], quorum: 0 }));

/** What the command says and how it ends, without starting a process for each look. */
async function monitor(options: Partial<MonitorLogsOptions>): Promise<{ status: number; out: string; err: string }> {
  const out = mock.method(console, "log", () => undefined);
  const err = mock.method(console, "error", () => undefined);
  try {
    const defaults = { policy: somePolicy, window: 1440, every: 1, once: true };
    const status = await monitorLogs({ ...defaults, ...options });
    const said = (calls: typeof out): string =>
      calls.mock.calls.map(({ arguments: [text] }) => String(text)).join("\n");
    return { status, out: said(out), err: said(err) };
  } finally {
    mock.restoreAll();
  }
}

const digest = Buffer.alloc(32, 1).toString("base64url");
const alone: ExchangeCall = {
  v: 1,
  t: "exchange.call",
  at: "2026-01-05T08:00:00Z",
  role: "provider",
  member: "TW/GOV/B",
  peer: "TW/GOV/A",
  service: "TW/GOV/B/people",
  purpose: "aid",
  basis: "act-7",
  pair: digest,
  req: digest,
  res: digest,
  rec: digest,
  out: "200",
};

test("`taroko monitor` says in its exit status and in words whether something was found", async () => {
  const origin = "log.example/monitored";
  const database = await testDatabase();
  const log = await openLog({ database, origin, key: generateLogKey(origin), clock: systemClock });
  const published = join(folder, "log");
  const policy = join(folder, "policy.txt");
  writeFileSync(policy, formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 }));
  await log.publishTo(published);
  const state = join(folder, "state.json");
  const look = (more: Partial<MonitorLogsOptions> = {}) => monitor({ policy, log: [published], state, ...more });

  const clean = await look();
  assert.deepEqual([clean.status, clean.err], [0, ""]);
  assert.match(clean.out, /log\.example\/monitored: 0 entries[^]*nothing found/);

  log.start();
  await log.wait(await log.append(database, alone), "published", 4000);
  await log.stop();
  await log.publishTo(published);
  const found = await look();
  assert.equal(found.status, 1);
  assert.match(found.out, /FOUND orphan-provider: data were served, and the side that asked recorded nothing/);
  assert.match(found.out, /TW\/GOV\/A recorded no such exchange of TW\/GOV\/B\/people/);
  const json = JSON.parse((await look({ json: true })).out) as { findings: { kind: string; index: number }[] };
  assert.deepEqual(
    json.findings.filter(({ kind }) => kind === "orphan-provider").map(({ index }) => index),
    [0],
  );
  assert.equal((JSON.parse(readFileSync(state, "utf8")) as { v: number }).v, 1);
});

for (const [name, options, said] of [
  ["no policy", { policy: "/nowhere/policy.txt" }, /Cannot look \(policy \/nowhere/],
  ["no address", {}, /no address of a log/],
  ["nobody there", { log: ["http://127.0.0.1:1"] }, /^$/],
] as const) {
  test(`with ${name} it could not look`, async () => {
    const { status, err } = await monitor(options);
    assert.match(err, said);
    assert.equal(status, 2);
  });
}

test("the command refuses a window of nothing", () => {
  const run = spawnSync(process.execPath, [cli, "monitor", "--window", "0"], { encoding: "utf8" });
  assert.match(run.stderr, /a number of minutes above 0/);
  assert.notEqual(run.status, 0);
});
