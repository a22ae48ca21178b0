import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { equalBytes, textOf } from "./bytes.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { LogContext } from "./log-context.ts";
import { logFilesAt } from "./log-files.ts";
import { spellings } from "./prove.ts";
import { readFile } from "./read-log.ts";
import { isSignedBy } from "./sign-head.ts";
import * as store from "./store.ts";
import { hashesAt, partialTiles, tileOf, tilePath, tileWidth, type TileName } from "./tile-path.ts";
import { entriesOfBundle } from "./tree.ts";
import { makeFolder, syncFolder, writeDurably } from "./write-durably.ts";

/** What a pass of publishing left in the folder. */
export interface Published {
  /** Entries of the checkpoint that lies there now. */
  readonly size: bigint;
  /** Files written in this pass. */
  readonly written: number;
}

/** The files by which a tree of `size` differs from the one of `old`, in the order they must appear. */
function newFiles(old: bigint, size: bigint): TileName[] {
  const names: TileName[] = [];
  for (const level of ["entries", 0, 1, 2, 3, 4, 5, 6, 7] as const) {
    const height = level === "entries" ? 0 : level;
    for (let n = hashesAt(old, height) >> 8n; ; n += 1n) {
      const name = tileOf(size, level, n);
      if (!name) break;
      names.push(name);
    }
  }
  return names;
}

/** A partial file may have given way to the full one since the head was signed: then its beginning is taken. */
function cut(name: TileName, body: Uint8Array): Uint8Array {
  if (name.level !== "entries") return body.subarray(0, name.width * 32);
  const entries = entriesOfBundle(body).slice(0, name.width);
  return body.subarray(
    0,
    entries.reduce((length, entry) => length + 2 + entry.length, 0),
  );
}

/**
 * Writes what a folder lacks of the log, so that any static file server over it is the log: bundles, then tiles from
 * the leaves upward, then the checkpoint; each durable before the next kind, so a crash leaves the older log whole.
 * What was published must never change: if the folder holds other bytes under a name, or a larger tree than the
 * database, the log freezes.
 * @throws `ledger-published-differs` then
 */
export async function publishTo(context: LogContext, folder: string): Promise<Published> {
  const { database, log, origin, verifier, alarm } = context;
  const there = logFilesAt(folder);

  async function differs(reason: string): Promise<never> {
    await store.freeze(database, log, reason);
    alarm({ kind: "frozen", detail: reason });
    throw Object.assign(new Error(reason), { code: "ledger-published-differs" });
  }

  const served = (await readFile(database, log, "checkpoint"))!.body;
  const head = parseCheckpoint(textOf(served) ?? "");
  if (!head.ok) throw Object.assign(new Error(head.reason), { code: "ledger-head-broken" });
  const { size, root } = head.value;
  const publishedBytes = await there("checkpoint", 1_000_000);
  let old = 0n;
  if (publishedBytes) {
    const text = textOf(publishedBytes) ?? "";
    const published = parseCheckpoint(text);
    if (!published.ok || published.value.origin !== origin || !(await isSignedBy(text, verifier))) {
      return differs("the folder holds a checkpoint that is not this log's");
    }
    if (published.value.size > size)
      return differs(`the folder holds a checkpoint of ${published.value.size} entries, the database one of ${size}`);
    if (published.value.size === size && !equalBytes(published.value.root, root))
      return differs("the folder holds another root for this size");
    old = published.value.size;
  } else {
    await makeFolder(folder);
  }

  let written = 0;
  const changed = new Set<string>();
  async function writeAll(names: readonly TileName[]): Promise<void> {
    for (const name of names) {
      const path = tilePath(name);
      const files = await store.readResources(database, log, spellings(name));
      const stored = spellings(name)
        .map((spelling) => files.get(spelling))
        .find((found) => found !== undefined);
      if (!stored) throw Object.assign(new Error(`${path} is missing`), { code: "ledger-tile-missing" });
      const body = cut(name, stored);
      const present = await there(path, 20_000_000);
      if (present && !equalBytes(present, body)) return differs(`${path} was published with other bytes`);
      if (present) continue;
      const place = join(folder, path);
      for (const above of await makeFolder(dirname(place))) changed.add(above);
      await writeDurably(place, body);
      changed.add(dirname(place));
      written += 1;
    }
    for (const one of changed) await syncFolder(one);
    changed.clear();
  }
  const names = newFiles(old, size);
  await writeAll(names.filter(({ level }) => level === "entries"));
  await writeAll(names.filter(({ level }) => level !== "entries"));
  if (!publishedBytes || !equalBytes(publishedBytes, served)) {
    await writeDurably(join(folder, "checkpoint"), served);
    await syncFolder(folder);
    written += 1;
  }
  // Readers of the old checkpoint find the full files, which begin with the partial ones.
  for (const name of partialTiles(old)) {
    if (tileOf(size, name.level, name.n)?.width !== tileWidth) continue;
    await rm(join(folder, `${tilePath({ ...name, width: tileWidth })}.p`), { recursive: true, force: true });
  }
  return { size, written };
}
