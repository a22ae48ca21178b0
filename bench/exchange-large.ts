import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { AddressInfo } from "node:net";
import { startBenchCountry, servicePath } from "./exchange-sites.ts";

const gibibyte = 1024 ** 3;
const part = Buffer.alloc(256 * 1024, "taroko ");

function* parts(length: number): Generator<Buffer> {
  for (let at = 0; at < length; at += part.length) yield part.subarray(0, Math.min(part.length, length - at));
}

/** Largest memory a process has had since the last reset, MiB (Linux: VmHWM). */
function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

interface Passed {
  readonly status: number;
  readonly bytes: number;
  readonly sha512: string;
  readonly seconds: number;
}

async function pass(url: string, headers: Readonly<Record<string, string>>, up: number): Promise<Passed> {
  const began = performance.now();
  return new Promise((done, fail) => {
    const asking = request(url, {
      method: "POST",
      agent: false,
      headers: { ...headers, "content-type": "application/octet-stream", "content-length": up },
    });
    asking.on("error", fail);
    asking.on("response", (answer: IncomingMessage) => {
      const hash = createHash("sha512");
      let bytes = 0;
      answer.on("error", fail);
      answer.on("data", (got: Buffer) => {
        bytes += got.length;
        hash.update(got);
      });
      answer.on("end", () => {
        const seconds = (performance.now() - began) / 1000;
        done({ status: answer.statusCode ?? 0, bytes, sha512: hash.digest("hex"), seconds });
      });
    });
    Readable.from(parts(up)).pipe(asking);
  });
}

/** 1 GiB to a service and 1 GiB from it, over two gateways: time, and the largest memory of each gateway. Linux. */
export async function benchExchangeLarge(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "taroko-large-"));
  let read = createHash("sha512");
  const system = createServer((incoming, outgoing) => {
    read = createHash("sha512");
    incoming.on("data", (got: Buffer) => read.update(got));
    incoming.on("end", () => {
      const length = Number(/(\d+)$/.exec(incoming.url ?? "")?.[1] ?? 0);
      outgoing.writeHead(200, { "content-type": "application/octet-stream", "content-length": length });
      Readable.from(parts(length)).pipe(outgoing);
    });
  });
  await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
  const country = await startBenchCountry(folder, (system.address() as AddressInfo).port);
  try {
    const whole = createHash("sha512");
    for (const one of parts(gibibyte)) whole.update(one);
    const expected = whole.digest("hex");
    const url = (bytes: number): string => `${country.url}${servicePath}/${bytes}`;
    await pass(url(4), country.headers, 4);
    const pids = [country.groups.consumer[0]!, country.groups.provider[0]!] as const;
    const at = (): string => pids.map((pid) => `${peakOf(pid).toFixed(0)} MiB`).join(" | ");
    console.log("| 1 GiB | seconds | MB/s | same bytes | largest memory: consumer's gateway | provider's |");
    console.log("|---|---|---|---|---|---|");
    console.log(`| before | | | | ${at()} |`);
    for (const [way, up, down] of [
      ["up", gibibyte, 4],
      ["down", 4, gibibyte],
    ] as const) {
      const passed = await pass(url(down), country.headers, up);
      const same = passed.status === 200 && (way === "up" ? read.digest("hex") : passed.sha512) === expected;
      const rate = gibibyte / 1e6 / passed.seconds;
      console.log(`| ${way} | ${passed.seconds.toFixed(1)} | ${rate.toFixed(0)} | ${same ? "yes" : "NO"} | ${at()} |`);
      if (!same) process.exitCode = 1;
    }
  } finally {
    await country.close();
    system.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
