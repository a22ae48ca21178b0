/** A thread that asks for files over HTTP as fast as it gets them, on connections that stay open. */
import { parentPort, workerData } from "node:worker_threads";
import { Pool } from "undici";

const { url, paths, connections, total } = workerData as {
  readonly url: string;
  readonly paths: readonly string[];
  readonly connections: number;
  readonly total: number;
};
const pool = new Pool(new URL(url).origin, { connections });
const { pathname } = new URL(url);
let asked = 0;
let bytes = 0;
async function ask(): Promise<void> {
  while (asked < total) {
    const path = `${pathname}${paths[asked++ % paths.length]!}`;
    const { statusCode, body } = await pool.request({ path, method: "GET" });
    const file = await body.bytes();
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
    bytes += file.length;
  }
}
const from = performance.now();
await Promise.all(Array.from({ length: connections }, ask));
const seconds = (performance.now() - from) / 1000;
await pool.close();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window
parentPort!.postMessage({ files: total / seconds, mebibytes: bytes / seconds / 2 ** 20 });
