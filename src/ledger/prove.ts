import { hashesOfTile, rootOfHashes, hashNode } from "./tree.ts";
import { tileOf, tilePath, tileWidth, type TileName } from "./tile-path.ts";

/** The leaves `lo` to `hi`-1. Its hash is the root over them. */
export interface Range {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** The largest power of two below `n`, for n > 1: where RFC 6962 splits a tree of n leaves. */
function splitOf(n: bigint): bigint {
  return 1n << BigInt((n - 1n).toString(2).length - 1);
}

/** The ranges whose hashes prove leaf `index` in a tree of `size`, from the leaf upward (RFC 9162 section 2.1.3.1). */
export function inclusionRanges(index: bigint, size: bigint): Range[] {
  const ranges: Range[] = [];
  let [lo, hi] = [0n, size];
  while (hi - lo > 1n) {
    const middle = lo + splitOf(hi - lo);
    if (index < middle) {
      ranges.push({ lo: middle, hi });
      hi = middle;
    } else {
      ranges.push({ lo, hi: middle });
      lo = middle;
    }
  }
  return ranges.reverse();
}

/** The ranges whose hashes prove that size `m` is a prefix of size `n` (RFC 9162 section 2.1.4.1). */
export function consistencyRanges(m: bigint, n: bigint): Range[] {
  if (m === 0n || m === n) return [];
  function prove(lo: bigint, hi: bigint, whole: boolean): Range[] {
    if (m === hi) return whole ? [] : [{ lo, hi }];
    const middle = lo + splitOf(hi - lo);
    return m <= middle
      ? [...prove(lo, middle, whole), { lo: middle, hi }]
      : [...prove(middle, hi, false), { lo, hi: middle }];
  }
  return prove(0n, n, true);
}

/** Splits a range into subtrees that lie on the grid: `height` and position `j` at that height, left to right. */
function gridNodes({ lo, hi }: Range): { height: number; j: bigint }[] {
  const length = hi - lo;
  const height = length.toString(2).length - 1;
  if (length === 1n << BigInt(height) && lo % length === 0n) return [{ height, j: lo >> BigInt(height) }];
  const middle = lo + splitOf(length);
  return [...gridNodes({ lo, hi: middle }), ...gridNodes({ lo: middle, hi })];
}

/** The tile that holds a node, and where in it: `count` hashes from `from` on fold to the node. */
function placeOf(height: number, j: bigint): { level: number; n: bigint; from: number; count: number } {
  const level = Math.floor(height / 8);
  const count = 2 ** (height % 8);
  const first = j * BigInt(count);
  return { level, n: first >> 8n, from: Number(first & 255n), count };
}

/** The tiles of the tree of `size` needed to hash these ranges. */
export function tilesFor(size: bigint, ranges: readonly Range[]): TileName[] {
  const names = new Map<string, TileName>();
  for (const { height, j } of ranges.flatMap(gridNodes)) {
    const { level, n } = placeOf(height, j);
    const name = tileOf(size, level, n)!;
    names.set(tilePath(name), name);
  }
  return [...names.values()];
}

/**
 * The hash of each range. `read` answers the stored bytes of a tile of the tree of `size`; they may be longer than the
 * name says, because a tile only grows.
 */
export function hashRanges(size: bigint, ranges: readonly Range[], read: (tile: TileName) => Uint8Array): Uint8Array[] {
  function hash(range: Range): Uint8Array {
    const nodes = gridNodes(range).map(({ height, j }) => {
      const { level, n, from, count } = placeOf(height, j);
      const tile = read(tileOf(size, level, n)!);
      return rootOfHashes(hashesOfTile(tile.subarray(from * 32, (from + count) * 32)));
    });
    return nodes.reduceRight((right, left) => hashNode(left, right));
  }
  return ranges.map(hash);
}

/**
 * A tile among the files that were read for it under both spellings.
 * @throws `ledger-tile-missing` if the store lacks a tile the tree needs
 */
export function tileAmong<Body extends Uint8Array>(files: ReadonlyMap<string, Body>, name: TileName): Body {
  for (const path of spellings(name)) {
    const body = files.get(path);
    if (body) return body;
  }
  throw Object.assign(new Error(`${tilePath(name)} is missing`), { code: "ledger-tile-missing" });
}

/** Both spellings under which a tile may be stored: a partial one may have given way to the full one. */
export function spellings(name: TileName): string[] {
  const full = tilePath({ ...name, width: tileWidth });
  return name.width === tileWidth ? [full] : [tilePath(name), full];
}
