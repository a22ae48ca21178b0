/**
 * Load from a process of its own. `node bench/exchange-load.ts '{"url":…}'` keeps so many calls under way, or starts so
 * many a second however long each takes, and prints one line of JSON. `wrk` costs a tenth of it and is used for the first
 * where the machine has it (`load` below).
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Pool } from "undici";
import { quantile } from "./figures.ts";

const run = promisify(execFile);

/** What is sent, again and again: a POST with a JSON body. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** So many spaces follow the body, which JSON allows: a large one need not stand on a command line. */
  readonly padding?: number;
}

export interface LoadOptions extends Target {
  readonly connections: number;
  readonly seconds: number;
  /** Calls a second; as many as come through, if left out. */
  readonly rate?: number;
}

/** Milliseconds, and calls a second. */
export interface LoadFigures {
  readonly calls: number;
  readonly failed: number;
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

let withWrk: boolean | undefined;

/** Whether closed loops are driven by `wrk`. */
export async function hasWrk(): Promise<boolean> {
  withWrk ??= await run("wrk", ["-v"]).then(
    () => true,
    (fault: { code?: unknown }) => fault.code === 1, // it says its version and ends with 1
  );
  return withWrk;
}

/** Runs a load in a process of its own and reads what it measured. */
export async function load(folder: string, o: LoadOptions): Promise<LoadFigures> {
  if (o.rate === undefined && (await hasWrk())) return loadWithWrk(folder, o);
  const { stdout } = await run(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(o)], longest(o));
  return JSON.parse(stdout) as LoadFigures;
}

/** A load that does not end is ended, and fails. */
const longest = ({ seconds }: LoadOptions): { readonly timeout: number } => ({ timeout: (seconds + 30) * 1000 });

async function loadWithWrk(folder: string, o: LoadOptions): Promise<LoadFigures> {
  const script = join(folder, "load.lua");
  const text = (value: string): string => JSON.stringify(value); // ASCII without escapes: Lua reads it alike
  writeFileSync(
    script,
    `wrk.method = "POST"
wrk.body = ${text(o.body)} .. string.rep(" ", ${o.padding ?? 0})
${Object.entries(o.headers)
  .map(([name, value]) => `wrk.headers[${text(name)}] = ${text(value)}`)
  .join("\n")}
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"calls":%d,"failed":%d,"rate":%f,"p50":%f,"p95":%f,"p99":%f}\\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.requests * 1e6 / summary.duration,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
`,
  );
  const args = ["-t1", `-c${o.connections}`, `-d${Math.ceil(o.seconds)}s`, "--timeout", "30s", "-s", script, o.url];
  const { stdout } = await run("wrk", args, longest(o));
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as LoadFigures;
}

async function drive(o: LoadOptions): Promise<LoadFigures> {
  const { origin, pathname } = new URL(o.url);
  const pool = new Pool(origin, { connections: o.connections, pipelining: 1 });
  const body = Buffer.from(o.body + " ".repeat(o.padding ?? 0));
  const latencies: number[] = [];
  let failed = 0;
  const from = performance.now();
  const end = from + o.seconds * 1000;
  const call = async (due: number): Promise<void> => {
    try {
      const answer = await pool.request({ path: pathname, method: "POST", headers: { ...o.headers }, body });
      await answer.body.dump({ limit: 1 << 30 });
      if (answer.statusCode !== 200) failed += 1;
    } catch {
      failed += 1;
    }
    latencies.push(performance.now() - due);
  };
  if (o.rate === undefined) {
    await Promise.all(
      Array.from({ length: o.connections }, async () => {
        while (performance.now() < end) await call(performance.now());
      }),
    );
  } else {
    const under: Promise<void>[] = [];
    for (let started = 0; performance.now() < end; await sleep(1)) {
      // Latency counts from the moment a call was due, so that a stall is felt by all that come meanwhile.
      const due = Math.floor(((performance.now() - from) * o.rate) / 1000);
      for (; started <= due; started += 1) under.push(call(from + (started * 1000) / o.rate));
    }
    await Promise.all(under);
  }
  const seconds = (performance.now() - from) / 1000;
  await pool.close();
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(latencies, share));
  return { calls: latencies.length, failed, rate: latencies.length / seconds, p50: p50!, p95: p95!, p99: p99! };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await drive(JSON.parse(process.argv[2]!) as LoadOptions)));
}
