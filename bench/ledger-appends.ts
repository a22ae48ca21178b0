import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "#ledger";
import { median, printTable, quantile } from "./figures.ts";
import { entryOf } from "./ledger-entry.ts";
import type { BenchLog } from "./ledger-log.ts";
import type { Tessera } from "./tessera.ts";

const runs = 3;
const rateSeconds = 5;

/** `total` entries by so many appenders, each with one under way: durable a second, and published a second. */
async function appendAll({ log }: BenchLog, appenders: number, total: number): Promise<[number, number]> {
  let made = 0;
  let last = 0n;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: appenders }, async () => {
      while (made < total) {
        const staged = await log.add(entryOf(made++));
        if (staged > last) last = staged;
      }
    }),
  );
  const durable = performance.now() - from;
  const { stage } = await log.wait(last, "published", 120_000);
  if (stage === "staged" || stage === "integrated") throw new Error("the sequencer does not follow");
  return [(total * 1000) / durable, (total * 1000) / (performance.now() - from)];
}

/**
 * Entries at a fixed rate, however long each takes, so that a stall is felt by all that come meanwhile. Each is waited
 * for: milliseconds until it was durable, and until it came to `stage`.
 */
async function appendAtRate(
  { log }: BenchLog,
  rate: number,
  stage: Exclude<Stage, "staged">,
): Promise<{ durable: number[]; reached: number[] }> {
  const durable: number[] = [];
  const reached: number[] = [];
  const under: Promise<void>[] = [];
  const total = rate * rateSeconds;
  const from = performance.now();
  async function one(at: number): Promise<void> {
    const due = from + (at * 1000) / rate;
    const staged = await log.add(entryOf(at));
    durable.push(performance.now() - due);
    await log.wait(staged, stage, 30_000); // on a machine too slow for the rate, the time-out is its figure
    reached.push(performance.now() - due);
  }
  for (let at = 0; at < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - from) * rate) / 1000) + 1);
    for (; at < due; at += 1) under.push(one(at));
    await sleep(1);
  }
  await Promise.all(under);
  return { durable, reached };
}

const times = (samples: readonly number[]): string =>
  `${quantile(samples, 0.5).toFixed(1)} / ${quantile(samples, 0.95).toFixed(1)} / ${quantile(samples, 0.99).toFixed(1)}`;
const figure = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 });
const spread = (values: readonly number[]): string =>
  `${figure(median(values))} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;

/** Durable appends a second, and how long an entry takes to its place and to a cosigned head. */
export async function benchAppends(bench: BenchLog, tessera: Tessera | undefined): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const [appenders, total] of [
    [1, 500],
    [16, 8000],
    [256, 30_000],
  ] as const) {
    const ours: [number, number][] = [];
    const theirs: number[] = [];
    // In turn, so that a busy moment of the machine meets both.
    for (let run = 0; run < runs; run += 1) {
      ours.push(await appendAll(bench, appenders, total));
      const beside = await tessera?.append({ appenders, total: appenders === 256 ? total : appenders * 30 });
      if (beside) theirs.push(beside.integrated);
    }
    const published = ours.map(([, value]) => value);
    rows.push([
      appenders,
      spread(ours.map(([value]) => value)),
      spread(published),
      tessera ? spread(theirs) : "skipped",
      tessera ? (median(published) / median(theirs)).toFixed(2) : "",
    ]);
  }
  printTable(
    [
      "appenders at a time",
      "durable a second, median (lowest–highest)",
      "in the tree a second, backlog worked off",
      "Tessera: in the tree a second",
      "ours / Tessera",
    ],
    rows,
  );
  console.log("");

  // What follows runs as in a database that has worked for a while: files of its own log are used again, not made anew.
  await bench.database.run("checkpoint");
  const latency: string[][] = [];
  for (const [rate, stage] of [
    [20, "integrated"],
    [20, "witnessed"],
    [1000, "integrated"],
    [1000, "witnessed"],
    [5000, "integrated"],
    [5000, "witnessed"],
  ] as const) {
    const ours: { durable: number[]; reached: number[] }[] = [];
    for (let run = 0; run < (rate === 5000 ? runs : 1); run += 1) ours.push(await appendAtRate(bench, rate, stage));
    const middle = ours.toSorted((a, b) => quantile(a.reached, 0.95) - quantile(b.reached, 0.95))[ours.length >> 1]!;
    const beside = stage === "integrated" ? await tessera?.append({ rate, total: rate * rateSeconds }) : undefined;
    latency.push([
      figure(rate),
      times(middle.durable),
      stage === "integrated" ? "sequenced" : "cosigned",
      times(middle.reached),
      beside ? `${beside.p50.toFixed(1)} / ${beside.p95.toFixed(1)}` : "",
    ]);
  }
  printTable(
    [
      "entries a second",
      "to durable, ms p50 / p95 / p99",
      "and to",
      "ms p50 / p95 / p99",
      "Tessera: to sequenced, ms p50 / p95",
    ],
    latency,
  );
}
