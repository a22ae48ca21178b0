import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, asyncProperty, constant, integer, nat, record, tuple } from "fast-check";
import { toHex } from "#kernel";
import {
  parseTilePath,
  partialTiles,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  type TileName,
} from "#ledger/contract";
import { consistencyRanges, hashRanges, inclusionRanges, spellings, type Range } from "./prove.ts";
import { naiveRoot } from "./testing.ts";
import { edgeFrom, emptyEdge, entriesOfBundle, extend, hashLeaf, rootOf, type Edge } from "./tree.ts";

function entry(index: number): Uint8Array {
  return Buffer.from(`entry ${index}`);
}

interface Grown {
  readonly files: Map<string, Uint8Array>;
  readonly edge: Edge;
}

/** A store of files in memory, grown in the given steps. */
function grow(sizes: readonly number[], look: (grown: Grown) => void = () => undefined): Grown {
  const files = new Map<string, Uint8Array>();
  let edge = emptyEdge;
  for (const size of sizes) {
    const from = Number(edge.size);
    const next = extend(
      edge,
      Array.from({ length: size - from }, (_, at) => entry(from + at)),
    );
    for (const { path, body } of next.resources) {
      const known = files.get(path);
      assert.ok(known === undefined || Buffer.from(known).equals(body), `${path} changed`);
      files.set(path, body);
    }
    for (const name of next.filled) {
      for (const path of files.keys()) if (path.startsWith(`${tilePath(name)}.p/`)) files.delete(path);
    }
    edge = next.edge;
    look({ files, edge });
  }
  return { files, edge };
}

function reader(files: ReadonlyMap<string, Uint8Array>): (tile: TileName) => Uint8Array {
  return (tile) => spellings(tile).flatMap((path) => files.get(path) ?? [])[0]!;
}

// Full tiles per level, then partial widths per level, as section "Tiles and entry bundles" of tlog-tiles lays them out.
const layouts: [size: number, full: number[], partial: number[]][] = [
  [0, [], []],
  [1, [0], [1]],
  [255, [0], [255]],
  [256, [1, 0], [0, 1]],
  [257, [1, 0], [1, 1]],
  [65_535, [255, 0], [255, 255]],
  [65_536, [256, 1, 0], [0, 0, 1]],
  [65_537, [256, 1, 0], [1, 0, 1]],
  [70_000, [273, 1, 0], [112, 17, 1]],
];

test("trees of 0, 1, 255 … 70,000 entries lie in the tiles the specification names", () => {
  const leaves = Array.from({ length: 70_000 }, (_, index) => hashLeaf(entry(index)));
  const grown = grow(
    layouts.map(([size]) => size),
    ({ files, edge }) => {
      const [size, full, partial] = layouts.find((layout) => layout[0] === Number(edge.size))!;
      const expected = partial.flatMap((width, level) =>
        width > 0 ? [{ level, n: BigInt(full[level]!), width }] : [],
      );
      const edgeTiles = partialTiles(edge.size);
      assert.deepEqual(
        edgeTiles.filter(({ level }) => level !== "entries"),
        expected,
        `size ${size}`,
      );
      assert.equal(edgeTiles.filter(({ level }) => level === "entries").length, size % 256 === 0 ? 0 : 1);
      const stored = [...files.keys()].map((path) => parseTilePath(path)!);
      for (const level of ["entries", ...full.keys()] as const) {
        const tiles = stored.filter((name) => name.level === level && name.width === 256);
        assert.equal(tiles.length, full[level === "entries" ? 0 : level] ?? 0, `size ${size} level ${level}`);
      }
      const back = edgeFrom(edge.size, (path) => files.get(path)!);
      assert.equal(toHex(rootOf(back)), toHex(rootOf(edge)));
      if (size < 1000 || size === 70_000) {
        assert.equal(toHex(rootOf(edge)), toHex(naiveRoot(leaves.slice(0, size))), `size ${size}`);
      }
    },
  );
  const last = entriesOfBundle(grown.files.get("tile/entries/273.p/112")!);
  assert.deepEqual([last.length, Buffer.from(last.at(-1)!).toString()], [112, "entry 69999"]);
});

test("paths have one spelling", () => {
  for (const bad of [
    "tile/0/1",
    "tile/00/001",
    "tile/64/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/x000/001",
    "tile/0/x001",
    "tile/entries/../checkpoint",
  ]) {
    assert.equal(parseTilePath(bad), undefined, bad);
  }
});

const grown = grow([3, 255, 256, 300, 512, 600]);
const leaves = Array.from({ length: 600 }, (_, index) => hashLeaf(entry(index)));
const small = new Map<number, Grown>();
function treeOfSize(size: number): Grown {
  if (!small.has(size)) small.set(size, grow([size]));
  return small.get(size)!;
}

function proof(size: number, ranges: readonly Range[]): Uint8Array[] {
  return hashRanges(BigInt(size), ranges, reader(treeOfSize(size).files));
}

function flip(hash: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(hash);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

test("grown in steps or at once, the tree is the naive tree", () => {
  assert.equal(toHex(rootOf(grown.edge)), toHex(naiveRoot(leaves)));
});

test("every inclusion proof verifies, and no proof with one bit changed, one hash more or one less", async () => {
  const cases = integer({ min: 1, max: 600 }).chain((size) =>
    record({
      size: constant(size),
      index: integer({ min: 0, max: size - 1 }),
      at: nat(),
      bit: integer({ min: 0, max: 255 }),
    }),
  );
  await holds(
    asyncProperty(cases, async ({ size, index, at, bit }) => {
      const hashes = proof(size, inclusionRanges(BigInt(index), BigInt(size)));
      const root = naiveRoot(leaves.slice(0, size));
      const check = async (i: number, path: Uint8Array[], leaf: Uint8Array = leaves[index]!): Promise<boolean> =>
        (await verifyInclusion(BigInt(i), BigInt(size), leaf, path, root)).ok;
      assert.ok(await check(index, hashes));
      assert.ok(!(await check(index, hashes, flip(leaves[index]!, bit))));
      assert.ok(!(await check(index, [...hashes, root])));
      assert.ok(!(await check(index + 1, hashes)));
      if (hashes.length === 0) return;
      assert.ok(!(await check(index, hashes.slice(1))));
      const broken = at % hashes.length;
      assert.ok(
        !(await check(
          index,
          hashes.map((hash, n) => (n === broken ? flip(hash, bit) : hash)),
        )),
      );
    }),
    { numRuns: 100 },
  );
});

test("every consistency proof verifies, and none with one bit changed", async () => {
  const cases = tuple(
    integer({ min: 0, max: 600 }),
    integer({ min: 0, max: 600 }),
    nat(),
    integer({ min: 0, max: 255 }),
  ).map(([a, b, at, bit]) => ({ m: Math.min(a, b), n: Math.max(a, b), at, bit }));
  await holds(
    asyncProperty(cases, async ({ m, n, at, bit }) => {
      const hashes = proof(n, consistencyRanges(BigInt(m), BigInt(n)));
      const [older, newer] = [naiveRoot(leaves.slice(0, m)), naiveRoot(leaves.slice(0, n))];
      const check = async (path: Uint8Array[], a: Uint8Array = older, b: Uint8Array = newer): Promise<boolean> =>
        (await verifyConsistency(BigInt(m), BigInt(n), path, a, b)).ok;
      assert.ok(await check(hashes));
      assert.ok(!(await check([...hashes, newer])));
      if (m > 0) assert.ok(!(await check(hashes, flip(older, bit))));
      if (m > 0) assert.ok(!(await check(hashes, older, flip(newer, bit))));
      if (hashes.length === 0) return;
      const broken = at % hashes.length;
      assert.ok(!(await check(hashes.map((hash, k) => (k === broken ? flip(hash, bit) : hash)))));
    }),
    { numRuns: 100 },
  );
});
