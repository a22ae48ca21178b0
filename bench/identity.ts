import { rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { startPostgres } from "#store";
import { benchFolder } from "./country.ts";
import { printTable, quantile } from "./figures.ts";
import { checkSession, registerMany, signInOnce, startIdentity, type BenchIdentity } from "./identity-cards.ts";

/** What a part did: how often a second, how long each took, and the processor time of this process for each. */
interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly cpu: number;
}

/** Runs `work` by so many callers for a while; the first tenth does not count. */
async function drive(callers: number, seconds: number, work: (at: number) => Promise<unknown>): Promise<Figures> {
  const from = performance.now();
  const [counts, ends] = [from + seconds * 100, from + seconds * 1100];
  const times: number[] = [];
  let at = 0;
  let cpu: NodeJS.CpuUsage | undefined;
  const caller = async (): Promise<void> => {
    for (let now = performance.now(); now < ends; now = performance.now()) {
      at += 1;
      await work(at);
      if (now < counts) continue;
      cpu ??= process.cpuUsage();
      times.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const used = process.cpuUsage(cpu);
  return {
    perSecond: times.length / ((performance.now() - counts) / 1000),
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    cpu: (used.user + used.system) / 1000 / times.length,
  };
}

/**
 * The identity module of a portal on a PostgreSQL of its own, with `fsync` on: complete card sign-ins and session checks, with
 * a thousand registered persons and with a million. `TAROKO_BENCH_PERSONS` names other numbers, `TAROKO_BENCH_SECONDS` how
 * long each figure is taken.
 */
export async function benchIdentity(): Promise<void> {
  const sizes = (process.env["TAROKO_BENCH_PERSONS"] ?? "1000,100000,1000000").split(",").map(Number);
  const seconds = Number(process.env["TAROKO_BENCH_SECONDS"] ?? 5);
  const folder = benchFolder();
  const server = await startPostgres({ folder: join(folder, "data", "postgres") });
  const bench = await startIdentity(server, { folder, count: 50 });
  try {
    const load = loadavg().map((value) => value.toFixed(1));
    console.log(
      `Load before it: ${load.join(", ")} on ${availableParallelism()} processors (${cpus()[0]?.model ?? ""}).\n`,
    );
    const rows: (string | number)[][] = [];
    let registered = 0;
    for (const size of sizes) {
      await registerMany(bench, registered, size);
      registered = size;
      for (const [what, callers, work] of parts(bench)) {
        const { perSecond, p50, p95, cpu } = await drive(callers, seconds, await work());
        rows.push([size, what, callers, perSecond, p50, p95, cpu]);
      }
    }
    printTable(["persons", "what", "callers", "a second", "p50, ms", "p95, ms", "CPU of Node each, ms"], rows);
  } finally {
    await bench.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Part = readonly [what: string, callers: number, work: () => Promise<(at: number) => Promise<unknown>>];

function parts(bench: BenchIdentity): readonly Part[] {
  const sessions = async () => {
    const tokens: string[] = [];
    for (let at = 0; at < 100; at += 1) tokens.push(await signInOnce(bench, bench.identity, at));
    return (at: number) => checkSession(bench, tokens[at % tokens.length]!);
  };
  const signIns = async () => (at: number) => signInOnce(bench, bench.identity, at);
  const asking = async () => (at: number) => signInOnce(bench, bench.byResponder, at);
  return [
    ["complete card sign-in", 1, signIns],
    ["complete card sign-in", 16, signIns],
    ["the same, asking a responder in this process", 16, asking],
    ["session check", 1, sessions],
    ["session check", 16, sessions],
  ];
}
