import { utf8 } from "#kernel";
import type { Sql } from "#store";
import { anchorFile } from "./anchor-files.ts";
import { inclusionRanges, spellings, tileAmong } from "./prove.ts";
import { hashesFromTiles } from "./sign-head.ts";
import * as heads from "./head-store.ts";
import * as store from "./store.ts";
import { parseTilePath, tileOf } from "./tile-path.ts";
import { formatTlogProof } from "./tlog-proof.ts";
import { entriesOfBundle } from "./tree.ts";

/** A file of the log as it is served. */
export interface LogFile {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** True for tiles and bundles, which never change; false for the checkpoint. */
  readonly immutable: boolean;
}

/** Reads a file by its C2SP path. Nothing is computed: what is not stored does not exist. */
export async function readFile(sql: Sql, log: number, path: string): Promise<LogFile | undefined> {
  if (path === "checkpoint") {
    const head = await heads.newestHead(sql, log);
    if (!head) return undefined;
    const lines = await heads.cosignaturesOf(sql, log, head.size);
    const body = utf8(head.note + lines.map((line) => `${line}\n`).join(""));
    return { body, contentType: "text/plain; charset=utf-8", immutable: false };
  }
  if (path.startsWith("anchors/")) return anchorFile(sql, log, path);
  if (!parseTilePath(path)) return undefined;
  const body = (await store.readResources(sql, log, [path])).get(path);
  return body && { body, contentType: "application/octet-stream", immutable: true };
}

/** An entry and the tlog-proof that leads from it to the newest witnessed checkpoint: two queries, at any size. */
export async function receiptAt(
  sql: Sql,
  log: number,
  index: bigint,
): Promise<{ readonly entry: Uint8Array; readonly proof: string } | undefined> {
  const head = await heads.witnessedHead(sql, log);
  if (!head || index < 0n || index >= head.size) return undefined;
  const bundle = tileOf(head.size, "entries", index >> 8n)!;
  const { hashes, read } = await hashesFromTiles(sql, log, head.size, inclusionRanges(index, head.size), [bundle]);
  const entry = entriesOfBundle(read(bundle))[Number(index & 255n)]!;
  const note = head.note + head.lines.map((line) => `${line}\n`).join("");
  return { entry, proof: formatTlogProof(index, hashes, note) };
}

/** Entries `from` to `from + count - 1`, as far as the tree reaches. */
export async function entriesAt(
  sql: Sql,
  log: number,
  from: bigint,
  count: number,
): Promise<{ readonly index: bigint; readonly entry: string }[]> {
  const { size } = await store.treeOf(sql, log);
  const to = from + BigInt(count) < size ? from + BigInt(count) : size;
  const found: { index: bigint; entry: string }[] = [];
  for (let n = from >> 8n; n * 256n < to; n += 1n) {
    const bundle = tileOf(size, "entries", n)!;
    const body = tileAmong(await store.readResources(sql, log, spellings(bundle)), bundle);
    for (const [at, entry] of entriesOfBundle(body).entries()) {
      const index = n * 256n + BigInt(at);
      if (index >= from && index < to) found.push({ index, entry: new TextDecoder().decode(entry) });
    }
  }
  return found;
}
