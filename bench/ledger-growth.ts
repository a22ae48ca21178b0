import { systemClock, uuidV7 } from "#kernel";
import { generateLogKey, openLog } from "#ledger";
import { openDatabase } from "#store";
import { median, printTable, sample } from "./figures.ts";
import { entryOf } from "./ledger-entry.ts";

const groupSize = 512;
/** Each figure is measured over so many entries, the last ones up to a size. */
const block = 10_000;

/**
 * What an append, a receipt and a look at a file cost while one log grows from nothing: at 10,000 entries and from there
 * on up to `TAROKO_BENCH_ENTRIES` (200,000 if not set). Keys are new for each entry, as gateways give them.
 */
export async function benchGrowth(url: string): Promise<void> {
  const largest = Number(process.env["TAROKO_BENCH_ENTRIES"] ?? 200_000);
  const sizes = [10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000].filter(
    (size) => size <= largest,
  );
  const database = openDatabase(url, { max: 6 });
  const origin = "bench.example/growth";
  const log = await openLog({ database, origin, key: generateLogKey(origin), clock: systemClock });
  log.start();
  const rows: (string | number)[][] = [];
  const started = performance.now();
  let made = 0;

  /** What PostgreSQL has written to its own log, and how many of its blocks it has looked at: counts, whatever the load. */
  async function counted(): Promise<{ wal: number; blocks: number }> {
    const row = await database.one<{ wal: string; blocks: bigint }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal, blks_hit + blks_read as blocks
       from pg_stat_database where datname = current_database()`,
    );
    return { wal: Number(row!.wal), blocks: Number(row!.blocks) };
  }

  /** Adds up to a size, in groups, no further ahead of the sequencer than it may be in service. */
  async function growTo(size: number): Promise<void> {
    let last: bigint | undefined;
    while (made < size) {
      for (let group = 0; group < 16 && made < size; group += 1) {
        const entries = Array.from({ length: Math.min(groupSize, size - made) }, (_, at) => ({
          entry: entryOf(made + at),
          idem: uuidV7(),
        }));
        last = (await database.transaction((tx) => log.appendAll(tx, entries))).at(-1);
        made += entries.length;
      }
      const { stage } = await log.wait(last!, made === size ? "published" : "integrated", 60_000);
      if (stage === "staged") throw new Error("the sequencer does not follow");
    }
  }

  for (const size of sizes) {
    await growTo(size - block);
    const before = await counted();
    const from = performance.now();
    const cpu = process.cpuUsage();
    await growTo(size);
    const took = performance.now() - from;
    const after = await counted();
    const { user, system } = process.cpuUsage(cpu);
    let at = 0;
    const receipts = await sample(100, 10, () => log.receiptAt(BigInt((at += 7_919_317) % size)));
    const disk = await database.one<{ bytes: bigint }>("select pg_database_size(current_database()) as bytes");
    rows.push([
      size.toLocaleString("en"),
      (took * 1000) / block,
      (user + system) / block,
      (after.wal - before.wal) / block / 1024,
      (after.blocks - before.blocks) / block,
      median(receipts),
      process.memoryUsage().rss / 2 ** 20,
      Number(disk!.bytes) / 2 ** 20,
      (performance.now() - started) / 1000,
    ]);
    // A large log takes a while, and whoever stops it early has what was measured.
    console.error(
      `  ${size.toLocaleString("en")} entries: ${((took * 1000) / block).toFixed(0)} µs each, receipt ${median(receipts).toFixed(1)} ms, ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
  }
  printTable(
    [
      "entries in the log",
      "append to published, µs each",
      "of it Node's processor time, µs",
      "written to PostgreSQL's log, KiB each",
      "PostgreSQL's blocks looked at, each",
      "receipt made, p50 ms",
      "Node's memory, MiB",
      "database, MiB",
      "built after, s",
    ],
    rows,
  );
  await log.stop();
  await database.close();
}
