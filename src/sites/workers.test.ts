import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "#kernel";
import { openLog } from "#ledger";
import { inviteMember, runSite } from "#sites";
import type { Database } from "#store";
import { testDatabase } from "#store/testing";
import { openSiteKeys } from "./keys.ts";
import { openLogKey } from "./log-key.ts";

const country = fileURLToPath(new URL("../../countries/taiwan/index.ts", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "taroko-workers-"));

function written(name: string, file: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ country, ...file }));
  return path;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

const listen = async () => ({ host: "127.0.0.1", port: await freePort() });

/** A gateway run by the command with two workers, and what it says. */
interface Run {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly lines: Record<string, unknown>[];
}

async function running(file: string): Promise<Run> {
  const command = spawn(process.execPath, ["src/cli.ts", "run", file, "--workers", "2"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: command.stdout }).on("line", (line) => lines.push(JSON.parse(line) as Run["lines"][number]));
  await until(() => lines.some((line) => line["running"]));
  return { process: command, lines };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries += 1) await sleep(50);
  assert.ok(holds());
}

async function ended(command: Run["process"]): Promise<number | null> {
  if (command.exitCode === null && command.signalCode === null) await once(command, "exit");
  return command.exitCode;
}

const pids = ({ lines }: Run): number[] => {
  const ended = new Set(lines.filter((line) => "ended" in line).map((line) => line["pid"]));
  return lines.flatMap((line) => ("worker" in line && !ended.has(line["pid"]) ? [line["pid"] as number] : []));
};

test("any process killed with -9 under load: every answer is in both logs once, and the process is replaced", async (t) => {
  const authorityFile = written("authority.json", {
    site: "authority",
    database: (await testDatabase()).url,
    keys: join(folder, "authority"),
    listen: await listen(),
    instance: "TW",
    logOrigin: "authority.example/log",
    members: ["REG", "APP"].map((memberCode) => ({
      memberClass: "GOV",
      memberCode,
      name: { "zh-Hant": memberCode, en: memberCode },
      subsystems: [{ code: "sys", name: { "zh-Hant": "系統", en: "System" } }],
    })),
  });
  const authority = await runSite(authorityFile);
  const runs: Run[] = [];
  t.after(async () => {
    for (const { process } of runs) process.kill("SIGTERM");
    await Promise.all(runs.map(({ process }) => ended(process)));
    await authority.site.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function gateway(memberCode: string): Promise<{ run: Run; agency: string; database: Database }> {
    const database = await testDatabase();
    const [agency, peer, log] = [await listen(), await listen(), await listen()];
    const { invitation } = await inviteMember(authorityFile, `TW/GOV/${memberCode}`);
    const file = written(`${memberCode}.json`, {
      site: "gateway",
      database: database.url,
      keys: join(folder, memberCode),
      instance: "TW",
      member: { memberClass: "GOV", memberCode },
      subsystems: ["sys"],
      authority: { url: authority.facts["url"], anchor: authority.facts["anchor"] },
      invitation,
      agency,
      peer: { ...peer, publicAddress: `127.0.0.1:${peer.port}` },
      public: log,
      logOrigin: `log.example/${memberCode}`,
      rights: [
        {
          subsystem: "sys",
          serviceCode: "findUsage",
          subject: { memberClass: "GOV", memberCode: "APP", subsystemCode: "sys" },
        },
      ],
    });
    const run = await running(file);
    runs.push(run);
    return { run, agency: `http://127.0.0.1:${agency.port}`, database };
  }
  const provider = await gateway("REG");
  const consumer = await gateway("APP");
  await until(() => pids(provider.run).length === 2 && pids(consumer.run).length === 2);

  const answered: string[] = [];
  let failed = 0;
  const failures = new Map<string, number>();
  let stopAt = Infinity;
  const caller = async (): Promise<void> => {
    while (performance.now() < stopAt) {
      try {
        const answer = await fetch(`${consumer.agency}/r1/TW/GOV/REG/sys/findUsage/v1/search`, {
          method: "POST",
          headers: { "x-road-client": "TW/GOV/APP/sys", "content-type": "application/json", connection: "close" },
          body: '{"subject":"A700000001"}',
          signal: AbortSignal.timeout(8000),
        });
        const said = await answer.text();
        if (answer.status === 200) answered.push(answer.headers.get("x-road-request-id")!);
        else {
          failed += 1;
          const why = (JSON.parse(said) as { problem?: string; reason?: string }).problem + "";
          failures.set(why, (failures.get(why) ?? 0) + 1);
        }
      } catch (cause) {
        failed += 1;
        const why = String((cause as Error).cause ?? cause);
        failures.set(why, (failures.get(why) ?? 0) + 1);
      }
    }
  };
  const callers = Array.from({ length: 12 }, caller);
  await until(() => answered.length > 20);
  for (const { run } of [provider, consumer]) {
    const before = answered.length;
    process.kill(pids(run)[0]!, "SIGKILL"); // the first, which leads
    await until(() => run.lines.some((line) => line["signal"] === "SIGKILL") && answered.length > before + 20);
  }
  await until(() => pids(provider.run).length === 2 && pids(consumer.run).length === 2);
  stopAt = performance.now() + 300;
  await Promise.all(callers);
  assert.ok(answered.length > 60, `${answered.length} answers`);
  assert.ok(failed <= 48, `${failed} calls failed of ${answered.length + failed}: ${JSON.stringify([...failures])}`);
  await sleep(3000); // what was left open is closed by whoever leads now
  for (const { process } of runs) process.kill("SIGTERM");
  const statuses = await Promise.all(runs.map(({ process }) => ended(process)));
  assert.deepEqual(statuses, [0, 0], "they end cleanly");

  const pairs: Set<string>[] = [];
  for (const [side, code, database] of [
    ["provider", "REG", provider.database],
    ["consumer", "APP", consumer.database],
  ] as const) {
    const rows = await database.query<{ id: string; outcome: string | null; rec: string }>(
      "select exchange_id as id, outcome, draft ->> 'pair' as rec from exchange.evidence where side = $1",
      [side],
    );
    const byId = Map.groupBy(rows, ({ id }) => id);
    for (const id of answered)
      assert.deepEqual(
        byId.get(id)?.map(({ outcome }) => outcome),
        ["200"],
        `${side} ${id}`,
      );
    assert.equal(rows.filter(({ outcome }) => outcome === null).length, 0, "nothing stays open");
    // The log's own words: one entry for each record.
    const origin = `log.example/${code}`;
    const personSecret = openSiteKeys(join(folder, code)).secret("persons");
    const key = openLogKey(join(folder, code), origin);
    const log = await openLog({ database, origin, key, clock: systemClock, personSecret });
    log.start();
    const wanted = new Set(rows.map(({ rec }) => rec));
    let logged: string[] = [];
    for (let tries = 0; tries < 100 && logged.length < rows.length; tries += 1) {
      await sleep(50);
      logged = [];
      for (let from = 0n, size = await log.size(); from < size; from += 1000n) {
        for (const { entry } of await log.entries(from, 1000)) {
          const said = JSON.parse(entry) as Record<string, string>;
          if (said["t"] === "exchange.call" && said["role"] === side) logged.push(said["pair"]!);
        }
      }
    }
    await log.stop();
    assert.equal(logged.length, rows.length);
    assert.deepEqual(new Set(logged), wanted, "each once");
    pairs.push(new Set(rows.filter(({ id }) => answered.includes(id)).map(({ rec }) => rec)));
  }
  assert.deepEqual(pairs[0], pairs[1], "both sides hold the same pairs");
});
