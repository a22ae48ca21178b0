import { equalBytes } from "./bytes.ts";
import type { ReadLogFile } from "./log-files.ts";
import { hashRanges, spellings, tilesFor, type Range } from "./prove.ts";
import { hashesAt, partialTiles, tileOf, tilePath, tileWidth, type TileName } from "./tile-path.ts";
import { entriesOfBundle, hashesOfTile, hashLeaf, rootOfHashes, type Edge } from "./tree.ts";

/** A tree read from files that nobody has to trust: each is checked against the root before it is used. */
export interface VerifiedTree {
  readonly size: bigint;
  /**
   * The root this tree had when it held `size` entries; equal to what a log signed then, if it only grew.
   * @throws as `openTree`
   */
  rootAt(size: bigint): Promise<Uint8Array>;
  /** The hash over each range of leaves, as a proof needs them. @throws as `openTree` */
  hashes(ranges: readonly Range[]): Promise<Uint8Array[]>;
  /** What it takes to append to this tree as it was at a size that ends a bundle. @throws as `openTree` */
  edgeAt(size: bigint): Promise<Edge>;
  /** The entries of bundle `n`, 256 in each but the last. @throws as `openTree` */
  bundle(n: bigint): Promise<Uint8Array[]>;
}

const tileBytes = tileWidth * 32;
/** 256 entries of the largest size with their length prefixes. */
const bundleLimit = tileWidth * 65_537;

function missing(path: string): Error {
  return Object.assign(new Error(`${path} is missing`), { code: "ledger-file-missing" });
}

function broken(path: string, why: string): Error {
  return Object.assign(new Error(`${path} ${why}`), { code: "ledger-file-broken" });
}

/**
 * Opens the tree of a checkpoint by its right edge, whose hashes lead to the root; every further tile must fold to the
 * hash recorded for it one level up.
 * @throws `ledger-file-missing`, `ledger-file-broken`; whatever `read` throws
 * @see C2SP tlog-tiles v0.1.0
 */
export async function openTree(
  head: { readonly size: bigint; readonly root: Uint8Array },
  read: ReadLogFile,
): Promise<VerifiedTree> {
  const { size, root } = head;
  // Verified tiles: the right edge, and full ones above the leaves (one for each 65,536 entries).
  const kept = new Map<string, Uint8Array>();

  /** A partial file may have given way to the full one, of which it is the beginning. */
  async function readEither(name: TileName, limit: number): Promise<{ path: string; body: Uint8Array; full: boolean }> {
    for (const path of spellings(name)) {
      const body = await read(path, limit);
      if (body) return { path, body, full: name.width === tileWidth || !path.includes(".p/") };
    }
    throw missing(tilePath(name));
  }

  async function readTile(name: TileName): Promise<Uint8Array> {
    const { path, body, full } = await readEither(name, tileBytes);
    if (body.length !== (full ? tileBytes : name.width * 32)) throw broken(path, "has the wrong length");
    return body.subarray(0, name.width * 32);
  }

  async function tile(level: number, n: bigint): Promise<Uint8Array> {
    const name = tileOf(size, level, n)!;
    const known = kept.get(tilePath(name));
    if (known) return known;
    const above = await tile(level + 1, n >> 8n);
    const body = await readTile(name);
    const at = Number(n & 255n) * 32;
    if (!equalBytes(rootOfHashes(hashesOfTile(body)), above.subarray(at, at + 32))) {
      throw broken(tilePath(name), "does not lead to the root");
    }
    if (level > 0) kept.set(tilePath(name), body);
    return body;
  }

  async function hashes(ranges: readonly Range[]): Promise<Uint8Array[]> {
    const tiles = new Map<string, Uint8Array>();
    for (const name of tilesFor(size, ranges)) {
      if (name.level !== "entries") tiles.set(tilePath(name), await tile(name.level, name.n));
    }
    return hashRanges(size, ranges, (name) => tiles.get(tilePath(name))!);
  }

  async function rootAt(earlier: bigint): Promise<Uint8Array> {
    return earlier === 0n ? rootOfHashes([]) : (await hashes([{ lo: 0n, hi: earlier }]))[0]!;
  }

  for (const name of partialTiles(size)) if (name.level !== "entries") kept.set(tilePath(name), await readTile(name));
  if (!equalBytes(await rootAt(size), root)) throw broken("the right edge", "does not lead to the root");
  return {
    size,
    rootAt,
    hashes,
    edgeAt: async (earlier) => {
      const levels: Uint8Array[][] = [];
      for (let level = 0; hashesAt(earlier, level) > 0n; level += 1) {
        const hashes = hashesAt(earlier, level);
        const width = Number(hashes & 255n);
        levels.push(width === 0 ? [] : hashesOfTile(await tile(level, hashes >> 8n)).slice(0, width));
      }
      return { size: earlier, levels, bundle: [] };
    },
    bundle: async (n) => {
      const name = tileOf(size, "entries", n)!;
      const { path, body, full } = await readEither(name, bundleLimit);
      let entries: Uint8Array[];
      try {
        entries = entriesOfBundle(body);
      } catch {
        throw broken(path, "is cut off");
      }
      if (entries.length !== (full ? tileWidth : name.width)) throw broken(path, "holds another number of entries");
      const leaves = hashesOfTile(await tile(0, n));
      const wanted = entries.slice(0, name.width);
      const wrong = wanted.findIndex((entry, at) => !equalBytes(hashLeaf(entry), leaves[at]!));
      if (wrong >= 0) throw broken(path, `holds another entry ${n * 256n + BigInt(wrong)} than its tile`);
      return wanted;
    },
  };
}
