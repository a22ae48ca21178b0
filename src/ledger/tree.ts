import { hash } from "node:crypto";
import { concat } from "./bytes.ts";
import { hashesAt, partialTiles, tilePath, tileWidth, type TileName } from "./tile-path.ts";

/** A file of the log, to be stored under its path. */
export interface Resource {
  readonly path: string;
  readonly body: Uint8Array;
}

/**
 * The right edge of a tree: for each level the hashes of its unfinished tile, and the unfinished bundle's entries.
 * It is all that is needed to append, and as small for ten million entries as for ten.
 */
export interface Edge {
  readonly size: bigint;
  /** `levels[l]` holds 0 to 255 hashes of 32 bytes. */
  readonly levels: readonly (readonly Uint8Array[])[];
  /** Entries after the last full bundle, each with its length prefix. */
  readonly bundle: readonly Uint8Array[];
}

export const emptyEdge: Edge = { size: 0n, levels: [], bundle: [] };

const leafPrefix = Uint8Array.of(0);
// Filled anew for every node: hashing one buffer at once is faster than three updates.
const nodeBytes = Uint8Array.of(1, ...new Uint8Array(64));

/** As `leafHash` of the contract, without waiting. */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  return hash("sha256", concat(leafPrefix, entry), "buffer");
}

/** As `nodeHash` of the contract, without waiting. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 33);
  return hash("sha256", nodeBytes, "buffer");
}

/** Root of hashes standing in a row (RFC 6962 section 2.1 from the leaf hashes upward). */
export function rootOfHashes(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return hash("sha256", "", "buffer");
  let row = hashes;
  // Pairing from the left and carrying an odd last hash up unchanged gives the same tree as splitting at powers of two.
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) above.push(hashNode(row[at]!, row[at + 1]!));
    if (row.length % 2 === 1) above.push(row.at(-1)!);
    row = above;
  }
  return row[0]!;
}

/** Root of the whole tree. An unfinished lower level stands to the right of the finished hashes of the one above. */
export function rootOf(edge: Edge): Uint8Array {
  let rest: Uint8Array | undefined;
  for (const level of edge.levels) {
    const row = rest ? [...level, rest] : level;
    if (row.length > 0) rest = rootOfHashes(row);
  }
  return rest ?? rootOfHashes([]);
}

/** An entry as it stands in a bundle: big-endian uint16 length, then the bytes. */
function framed(entry: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry);
}

/** Takes a bundle apart. @throws `ledger-bundle-broken` if lengths and bytes disagree */
export function entriesOfBundle(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length;) {
    const length = bundle.length - at < 2 ? Infinity : bundle[at]! * 256 + bundle[at + 1]!;
    if (at + 2 + length > bundle.length) {
      throw Object.assign(new Error("a bundle of the log is cut off"), { code: "ledger-bundle-broken" });
    }
    entries.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}

export function hashesOfTile(tile: Uint8Array): Uint8Array[] {
  return Array.from({ length: tile.length / 32 }, (_, at) => tile.subarray(at * 32, at * 32 + 32));
}

/**
 * Appends entries: answers the new edge, the files the larger tree adds, and the tiles that are now full (their partial
 * forms are no longer needed).
 */
export function extend(
  edge: Edge,
  entries: readonly Uint8Array[],
): { readonly edge: Edge; readonly resources: readonly Resource[]; readonly filled: readonly TileName[] } {
  const levels = edge.levels.map((level) => [...level]);
  let bundle = [...edge.bundle];
  let size = edge.size;
  const resources: Resource[] = [];
  const filled: TileName[] = [];

  function fill(name: TileName, parts: readonly Uint8Array[]): void {
    filled.push(name);
    resources.push({ path: tilePath(name), body: concat(...parts) });
  }
  function push(level: number, hash: Uint8Array): void {
    const row = (levels[level] ??= []);
    row.push(hash);
    if (row.length < tileWidth) return;
    fill({ level, n: (hashesAt(size, level) >> 8n) - 1n, width: tileWidth }, row);
    levels[level] = [];
    push(level + 1, rootOfHashes(row));
  }
  for (const entry of entries) {
    size += 1n;
    bundle.push(framed(entry));
    if (bundle.length === tileWidth) {
      fill({ level: "entries", n: (size >> 8n) - 1n, width: tileWidth }, bundle);
      bundle = [];
    }
    push(0, hashLeaf(entry));
  }
  for (const name of partialTiles(size)) {
    const parts = name.level === "entries" ? bundle : levels[name.level]!;
    resources.push({ path: tilePath(name), body: concat(...parts) });
  }
  return { edge: { size, levels, bundle }, resources, filled };
}

/** Reads the right edge of a tree of `size` back from its partial tiles. `read` must answer every path asked for. */
export function edgeFrom(size: bigint, read: (path: string) => Uint8Array): Edge {
  const levels: Uint8Array[][] = [];
  let bundle: Uint8Array[] = [];
  for (let level = 0; level < 8 && hashesAt(size, level) > 0n; level += 1) levels.push([]);
  for (const name of partialTiles(size)) {
    const body = read(tilePath(name));
    if (name.level === "entries") bundle = entriesOfBundle(body).map(framed);
    else levels[name.level] = hashesOfTile(body);
  }
  return { size, levels, bundle };
}
