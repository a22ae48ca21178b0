import type { ReadLogFile } from "./log-files.ts";

/** Files that were read from logs and never change, the least recently used of them forgotten first. */
export interface KeptFiles {
  /** Reads through: what is kept is not asked for again, and one file is asked for once at a time. */
  reading(origin: string, read: ReadLogFile): ReadLogFile;
  /** Forgets a log's files, after one of them proved to be wrong. */
  forget(origin: string): void;
  readonly bytes: number;
}

/** So many files of one log are asked for at a time; a log that is slow must not fill the memory with questions. */
const atATime = 32;

/** Keeps tiles and bundles in memory, up to `limit` bytes over all logs. Checkpoints change and are never kept. */
export function keepFiles(limit: number): KeptFiles {
  // A Map keeps the order of insertion: what is used is put at the end again.
  const kept = new Map<string, Uint8Array>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  }

  function keep(key: string, body: Uint8Array): void {
    drop(key);
    kept.set(key, body);
    bytes += body.length;
    for (const oldest of kept.keys()) {
      if (bytes <= limit) break;
      drop(oldest);
    }
  }

  return {
    get bytes() {
      return bytes;
    },
    forget(origin) {
      for (const key of kept.keys()) if (key.startsWith(`${origin} `)) drop(key);
    },
    reading(origin, read) {
      const asked = new Map<string, Promise<Uint8Array | undefined>>();
      async function ask(key: string, path: string, most: number): Promise<Uint8Array | undefined> {
        const body = await read(path, most);
        if (body && path.startsWith("tile/")) keep(key, body);
        return body;
      }
      return async (path, most) => {
        const key = `${origin} ${path}`;
        const known = kept.get(key);
        if (known) {
          kept.delete(key);
          kept.set(key, known);
          return known;
        }
        const already = asked.get(path);
        if (already) return already;
        if (asked.size >= atATime) {
          throw Object.assign(new Error(`${origin} answers too slowly`), { code: "ledger-file-unavailable" });
        }
        const asking = ask(key, path, most).finally(() => asked.delete(path));
        asked.set(path, asking);
        return asking;
      };
    },
  };
}
