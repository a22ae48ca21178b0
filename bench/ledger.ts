import { rmSync } from "node:fs";
import { join } from "node:path";
import { listen } from "#http";
import { systemClock } from "#kernel";
import {
  commitSync,
  generateLogKey,
  generateWitnessKey,
  openLog,
  openWitness,
  witnessVkey,
  type LogEntry,
} from "#ledger";
import { formatPolicy, verifyReceipt } from "#ledger/contract";
import { openDatabase, startPostgres, type Database } from "#store";
import { benchFolder } from "./country.ts";
import { median, printTable, quantile, sample } from "./figures.ts";

const digest = commitSync("bench", Buffer.alloc(32, 7));

function entry(at: number): LogEntry {
  return {
    v: 1,
    t: "exchange.call",
    at: `${new Date(1_790_000_000_000 + at * 1000).toISOString().slice(0, 19)}Z`,
    role: "provider",
    member: "TW/GOV/BENCH",
    peer: "TW/GOV/PEER",
    service: "TW/GOV/BENCH/sub/service",
    purpose: "bench",
    basis: "bench",
    pair: digest,
    req: digest,
    res: digest,
    sub: digest,
    rec: digest,
    out: "200",
  };
}

/** One log with one witness on loopback, durable commits (fsync on). */
export async function benchLedger(): Promise<void> {
  const folder = benchFolder();
  const server = await startPostgres({ folder: join(folder, "data", "postgres") });
  const database = openDatabase(await server.database("bench_log"), { max: 20 });
  const witnessDatabase = openDatabase(await server.database("bench_witness"), { max: 2 });
  const key = generateLogKey("bench.example/log");
  const witnessKey = generateWitnessKey("bench.example/witness");
  let vkey = "";
  const witness = await openWitness({
    database: witnessDatabase,
    name: "bench.example/witness",
    key: witnessKey,
    clock: systemClock,
    logs: async () => [{ origin: "bench.example/log", vkey }],
  });
  const http = await listen((request) => witness.handle(request), { host: "127.0.0.1", port: 0, option: "" });
  const log = await openLog({
    database,
    origin: "bench.example/log",
    key,
    clock: systemClock,
    witnesses: [{ name: witness.name, vkey: witnessVkey(witnessKey), url: http.url }],
  });
  vkey = log.vkey;
  log.start();

  const rows: (string | number)[][] = [];
  let made = 0;
  const append = (): Promise<bigint> => database.transaction((tx) => log.append(tx, entry(made++)));
  for (const appenders of [1, 16]) {
    const total = appenders === 1 ? 500 : 3000;
    const from = performance.now();
    await Promise.all(
      Array.from({ length: appenders }, async () => {
        for (let done = 0; done < total / appenders; done += 1) await append();
      }),
    );
    rows.push([
      `durable appends a second, ${appenders} at a time, a commit each`,
      (total * 1000) / (performance.now() - from),
    ]);
  }
  const group = 256;
  const grouped = await sample(8, 1, () =>
    database.transaction(async (tx) => {
      for (let done = 0; done < group; done += 1) await log.append(tx, entry(made++));
    }),
  );
  rows.push([`durable appends a second, ${group} in one commit`, (group * 1000) / median(grouped)]);
  const integrated = await sample(60, 5, async () => log.wait(await append(), "integrated", 5000));
  const witnessed = await sample(30, 3, async () => log.wait(await append(), "witnessed", 5000));
  rows.push([
    "to sequenced, p50 / p95 ms",
    `${quantile(integrated, 0.5).toFixed(1)} / ${quantile(integrated, 0.95).toFixed(1)}`,
  ]);
  rows.push([
    "to cosigned, p50 / p95 ms",
    `${quantile(witnessed, 0.5).toFixed(1)} / ${quantile(witnessed, 0.95).toFixed(1)}`,
  ]);
  const staged = await append();
  await log.wait(staged, "witnessed", 5000);
  const receipts = await sample(100, 5, () => log.receipt(staged));
  const receipt = (await log.receipt(staged))!;
  const policy = formatPolicy({
    logs: [log.vkey],
    witnesses: [{ name: witness.name, vkey: witnessVkey(witnessKey) }],
    quorum: 1,
  });
  const checks = await sample(200, 20, async () => {
    if (!(await verifyReceipt(receipt, policy)).ok) throw new Error("the receipt does not verify");
  });
  rows.push(
    ["receipt made, p50 ms", median(receipts)],
    ["receipt checked, p50 ms", median(checks)],
    ["entries in the log", made],
  );
  printTable(["what", "figure"], rows);

  await log.stop();
  await growth(openDatabase(await server.database("bench_growth"), { max: 6 }));
  await http.close();
  await database.close();
  await witnessDatabase.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** What an append, a receipt and a look at the files cost while one log grows from nothing to 200,000 entries. */
async function growth(database: Database): Promise<void> {
  const origin = "bench.example/growth";
  const log = await openLog({ database, origin, key: generateLogKey(origin), clock: systemClock });
  log.start();
  const rows: (string | number)[][] = [];
  const block = 10_000;
  const groupSize = 500;
  let made = 0;
  for (const size of [10_000, 50_000, 100_000, 150_000, 200_000]) {
    const grow = async (count: number): Promise<void> => {
      let last: bigint | undefined;
      for (let group = 0; group < count / groupSize; group += 1) {
        const entries = Array.from({ length: groupSize }, (_, at) => ({
          entry: entry(made + at),
          idem: `${made + at}`,
        }));
        last = (await database.transaction((tx) => log.appendAll(tx, entries))).at(-1);
        made += groupSize;
      }
      const { stage } = last === undefined ? {} : await log.wait(last, "published", 60_000);
      if (stage === "staged") throw new Error("the sequencer does not follow");
    };
    await grow(size - block - made); // up to the block that is measured
    const from = performance.now();
    await grow(block);
    const perAppend = ((performance.now() - from) * 1000) / block;
    let at = 0;
    const receipts = await sample(40, 4, () => log.receiptAt(BigInt((at += 7919) % size)));
    rows.push([size.toLocaleString("en"), perAppend, median(receipts), process.memoryUsage().rss / 2 ** 20]);
  }
  printTable(["entries in the log", "append to published, µs each", "receipt made, p50 ms", "memory, MiB"], rows);
  await log.stop();
  await database.close();
}
