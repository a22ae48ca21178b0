import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Reads a file of a log by its C2SP path (`checkpoint`, `tile/…`): nothing if it does not exist.
 * @throws if the place cannot be read, or the file is larger than `limit` bytes
 */
export type ReadLogFile = (path: string, limit: number) => Promise<Uint8Array | undefined>;

/** A place that does not answer in this time is not available. */
const timeoutMs = 10_000;

function tooLarge(path: string): Error {
  return Object.assign(new Error(`${path} is too large`), { code: "ledger-file-too-large" });
}

async function fetchFile(base: string, path: string, limit: number): Promise<Uint8Array | undefined> {
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
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > limit) throw tooLarge(path); // leaving the loop closes the connection
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The files of a log under an address (`https://…`) or in a folder, as it was published. */
export function logFilesAt(place: string): ReadLogFile {
  if (/^https?:\/\//.test(place)) {
    const base = place.endsWith("/") ? place : `${place}/`;
    return (path, limit) => fetchFile(base, path, limit);
  }
  return async (path, limit) => {
    let body: Uint8Array;
    try {
      body = await readFile(join(place, path));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw cause;
    }
    if (body.length > limit) throw tooLarge(path);
    return body;
  };
}
