import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { readUpTo } from "#kernel";

/**
 * Reads a file of a log by its C2SP path (`checkpoint`, `tile/…`): nothing if it does not exist.
 * @throws if the place cannot be read, or the file is larger than `limit` bytes
 */
export type ReadLogFile = (path: string, limit: number) => Promise<Uint8Array | undefined>;

/** A place that does not answer in this time is not available, unless told otherwise. Milliseconds. */
const usualTimeout = 10_000;

function tooLarge(path: string): Error {
  return Object.assign(new Error(`${path} is too large`), { code: "ledger-file-too-large" });
}

async function fetchFile(
  base: string,
  path: string,
  limit: number,
  timeoutMs: number,
): Promise<Uint8Array | undefined> {
  const response = await fetch(base + path, {
    headers: { "accept-encoding": "gzip, identity" },
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw Object.assign(new Error(`${path}: status ${response.status}`), { code: "ledger-file-unavailable" });
  }
  const body = await readUpTo(response.body, limit);
  if (!body) throw tooLarge(path);
  return body;
}

/** Where a witness serves what it last cosigned of a log. @see C2SP tlog-witness v1.0.0 */
export function witnessedPath(origin: string): string {
  return `${createHash("sha256").update(origin).digest("hex")}/checkpoint`;
}

/** The files of a log under an address (`https://…`) or in a folder, as it was published. */
export function logFilesAt(place: string, timeoutMs: number = usualTimeout): ReadLogFile {
  if (/^https?:\/\//.test(place)) {
    const base = place.endsWith("/") ? place : `${place}/`;
    return (path, limit) => fetchFile(base, path, limit, timeoutMs);
  }
  return async (path, limit) => {
    let body: Uint8Array | undefined;
    try {
      body = await readUpTo(createReadStream(join(place, path)), limit);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw cause;
    }
    if (!body) throw tooLarge(path);
    return body;
  };
}
