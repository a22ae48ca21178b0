import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { listen } from "#http";
import { logRoutes } from "#ledger";
import { median, printTable } from "./figures.ts";
import { fill, type BenchLog } from "./ledger-log.ts";
import type { Tessera } from "./tessera.ts";

const runs = 3;
const connections = 32;

interface Served {
  readonly files: number;
  readonly mebibytes: number;
}

async function askFor(url: string, paths: readonly string[], total: number): Promise<Served> {
  const worker = new Worker(new URL("./ask-files.ts", import.meta.url), {
    workerData: { url, paths, connections, total },
  });
  const [served] = (await once(worker, "message")) as [Served];
  await worker.terminate();
  return served;
}

/** What a plain static file server does: looks for the file, says its length, streams it. */
async function serveFolder(folder: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url!, "http://localhost").pathname);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": stat.size, "content-type": "application/octet-stream" });
    createReadStream(path).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Files of the log a second over HTTP: by the log itself, and by static file servers over the folder it publishes to. */
export async function benchFiles(bench: BenchLog, folder: string, tessera: Tessera | undefined): Promise<void> {
  const { log } = bench;
  await fill(bench, 32 * 256);
  const published = join(folder, "published");
  await log.publishTo(published);
  const routes = logRoutes(log);
  const servers: [string, { readonly url: string; close(): Promise<void> }][] = [
    ["the log itself (PostgreSQL, Node)", await listen(routes, { host: "127.0.0.1", port: 0, option: "" })],
    ["a static file server in Node over the published folder", await serveFolder(published)],
  ];
  if (tessera) servers.push(["Go's file server over the published folder", await tessera.serve(published)]);
  const kinds = [
    ["tile/0", 6000],
    ["tile/entries", 1000],
  ] as const;
  const rows: string[][] = [];
  const measured = new Map(servers.map(([name]) => [name, kinds.map((): Served[] => [])]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, { url }] of servers) {
      for (const [at, [kind, total]] of kinds.entries()) {
        const paths = Array.from({ length: 32 }, (_, n) => `${kind}/${String(n).padStart(3, "0")}`);
        const root = url.endsWith("/") ? url : `${url}/`;
        measured.get(name)![at]!.push(await askFor(root, paths, total));
      }
    }
  }
  for (const [name, [tiles, bundles]] of measured) {
    rows.push([
      name,
      median(tiles!.map(({ files }) => files)).toFixed(0),
      median(bundles!.map(({ files }) => files)).toFixed(0),
      median(bundles!.map(({ mebibytes }) => mebibytes)).toFixed(0),
    ]);
  }
  printTable(
    ["served by", "tiles of 8 KiB a second", "bundles of 256 entries a second", "MiB of bundles a second"],
    rows,
  );
  for (const [, server] of servers) await server.close();
}
