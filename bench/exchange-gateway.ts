/**
 * One gateway in a process of its own, as `taroko run` starts it, before the benchmark's service:
 * `node bench/exchange-gateway.ts OPTIONS.json`.
 */
import { readFileSync } from "node:fs";
import { pino } from "pino";
import { startGatewaySite, type GatewaySiteOptions } from "#sites";
import { systemClock } from "#kernel";

const options = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Omit<GatewaySiteOptions, "clock" | "logger">;
const site = await startGatewaySite({ ...options, clock: systemClock, logger: pino() });
console.log(JSON.stringify({ running: site.name, agency: site.url }));
await new Promise<void>((stop) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
});
await site.close();
process.exit(0);
