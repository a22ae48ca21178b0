import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Log } from "./log.ts";

const open = { "access-control-allow-origin": "*", "x-content-type-options": "nosniff" };

const gzipped = promisify<Uint8Array, Buffer>(gzip);

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  const all = { ...open, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers };
  return new Response(text, { status, headers: all });
}

/**
 * Serves a log to anybody: `checkpoint`, `tile/…`, `tile/entries/…` (C2SP tlog-tiles) and `proof/<index>`, a
 * tlog-proof to the newest witnessed checkpoint. Read only; browsers of any origin may ask.
 * @param prefix the path the log hangs under, with slashes at both ends
 */
export function logRoutes(log: Log, prefix: string = "/"): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "", { allow: "GET, HEAD" });
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(prefix)) return plain(404, "");
    const path = pathname.slice(prefix.length);
    const [, index] = /^proof\/(0|[1-9]\d{0,18})$/.exec(path) ?? [];
    if (index !== undefined) return proof(log, BigInt(index));
    const file = await log.read(path);
    if (!file) return plain(404, "");
    const headers: Record<string, string> = {
      ...open,
      "content-type": file.contentType,
      "cache-control": file.immutable ? "public, max-age=604800, immutable" : "no-cache",
    };
    if (request.method === "HEAD") return new Response(null, { headers });
    // Bundles are text and shrink to a third; hashes do not shrink.
    if (!path.startsWith("tile/entries/")) return new Response(new Uint8Array(file.body), { headers });
    headers["vary"] = "accept-encoding";
    if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) {
      return new Response(new Uint8Array(file.body), { headers });
    }
    headers["content-encoding"] = "gzip";
    return new Response(new Uint8Array(await gzipped(file.body)), { headers });
  };
}

async function proof(log: Log, index: bigint): Promise<Response> {
  const receipt = await log.receiptAt(index);
  if (receipt) return plain(200, receipt.proof, { "cache-control": "no-cache" });
  return index < (await log.size()) ? plain(202, "", { "retry-after": "1" }) : plain(404, "");
}
