import { rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { startPostgres } from "#store";
import { benchFolder } from "./country.ts";
import { benchAppends } from "./ledger-appends.ts";
import { benchFiles } from "./ledger-files.ts";
import { benchGrowth } from "./ledger-growth.ts";
import { startLog } from "./ledger-log.ts";
import { benchProofs } from "./ledger-proofs.ts";
import { buildTessera } from "./tessera.ts";

function sayLoad(): void {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `Load before it: ${load.join(", ")} on ${availableParallelism()} processors (${cpus()[0]?.model ?? ""}).\n`,
  );
}

/**
 * One log with one witness on loopback, entries of a kilobyte, durable commits (fsync on). `TAROKO_BENCH_PARTS` names the
 * parts to run (appends, proofs, files, growth), `TAROKO_BENCH_ENTRIES` how far the log grows in the last one.
 */
export async function benchLedger(): Promise<void> {
  const wanted = process.env["TAROKO_BENCH_PARTS"]?.split(",") ?? ["appends", "proofs", "files", "growth"];
  const folder = benchFolder();
  const server = await startPostgres({ folder: join(folder, "data", "postgres") });
  const bench = await startLog(server, "log");
  try {
    const tessera = await buildTessera(folder);
    const parts: readonly [string, string, () => Promise<void>][] = [
      ["appends", "Appending", () => benchAppends(bench, tessera)],
      ["files", "Serving files", () => benchFiles(bench, folder, tessera)],
      ["proofs", "Making and checking proofs", () => benchProofs(bench, server)],
      ["growth", "Growing", async () => benchGrowth(await server.database("bench_growth"))],
    ];
    for (const [name, title, run] of parts) {
      if (!wanted.includes(name)) continue;
      console.log(`### ${title}\n`);
      sayLoad();
      await run();
      console.log("");
    }
  } finally {
    await bench.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
