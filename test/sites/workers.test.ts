import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "#kernel";
import { openLog } from "#ledger";
import { openDatabase, type Database } from "#store";
import { openSiteKeys } from "../../src/sites/keys.ts";
import { openLogKey } from "../../src/sites/log-key.ts";
import { askUsage, testSites } from "./test-sites.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

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
  for (let tries = 0; tries < 1200 && !holds(); tries += 1) await sleep(50);
  assert.ok(holds());
}

async function untilClosed(database: Database): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await database.one("select 1 from exchange.evidence where done_at is null limit 1");
    if (open === undefined) return;
    await sleep(50);
  }
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
  const sites = await testSites();
  const runs: Run[] = [];
  t.after(async () => {
    for (const { process } of runs) process.kill("SIGTERM");
    await Promise.all(runs.map(({ process }) => ended(process)));
  });

  async function gateway(memberCode: "REG" | "APP"): Promise<{ run: Run; agency: string; database: Database }> {
    const { path, agency, databaseUrl } = await sites.gatewayFile(memberCode);
    const run = await running(path);
    runs.push(run);
    const database = openDatabase(databaseUrl, { max: 2 });
    after(() => database.close());
    return { run, agency, database };
  }
  const [provider, consumer] = await Promise.all([gateway("REG"), gateway("APP")]);
  await until(() => pids(provider.run).length === 2 && pids(consumer.run).length === 2);

  const answered: string[] = [];
  let failed = 0;
  const failures = new Map<string, number>();
  let stopAt = Infinity;
  const caller = async (): Promise<void> => {
    while (performance.now() < stopAt) {
      try {
        const answer = await askUsage(consumer.agency, { signal: AbortSignal.timeout(8000) });
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
  assert.equal((await askUsage(consumer.agency)).status, 200);
  const callers = Array.from({ length: 6 }, caller);
  await until(() => answered.length > 20);
  for (const { run } of [provider, consumer]) {
    const before = answered.length;
    process.kill(pids(run)[0]!, "SIGKILL"); // the first, which leads
    await until(() => run.lines.some((line) => line["signal"] === "SIGKILL") && answered.length > before + 20);
  }
  stopAt = performance.now();
  await Promise.all(callers);
  await until(() => pids(provider.run).length === 2 && pids(consumer.run).length === 2);
  assert.ok(answered.length > 60, `${answered.length} answers`);
  assert.ok(failed <= 24, `${failed} calls failed of ${answered.length + failed}: ${JSON.stringify([...failures])}`);
  // What was left open is closed by whoever leads now.
  for (const { database } of [provider, consumer]) await untilClosed(database);
  for (const { process } of runs) process.kill("SIGTERM");
  const statuses = await Promise.all(runs.map(({ process }) => ended(process)));
  assert.deepEqual(statuses, [0, 0], "they end cleanly");

  const pairs: Set<string>[] = [];
  for (const [side, code, database] of [
    ["provider", "REG", provider.database],
    ["consumer", "APP", consumer.database],
  ] as const) {
    const rows = await database.query<{ id: string; outcome: string | null; rec: string }>(
      "select exchange_id as id, outcome, coalesce(record::json, draft) ->> 'pair' as rec from exchange.evidence where side = $1",
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
    const personSecret = openSiteKeys(join(sites.folder, code)).secret("persons");
    const key = openLogKey(join(sites.folder, code), origin);
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
