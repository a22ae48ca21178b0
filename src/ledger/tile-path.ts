/** Names of the immutable files of a log. @see C2SP tlog-tiles v0.1.0 */

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256;

/** A full tile (`width` 256) or a partial one (1 to 255). `level` "entries" is a bundle of entries. */
export interface TileName {
  readonly level: number | "entries";
  readonly n: bigint;
  readonly width: number;
}

/** `x001/x234/067` for 1234067. */
export function tileIndexPath(n: bigint): string {
  const digits = n.toString();
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/.{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
}

export function tilePath({ level, n, width }: TileName): string {
  return `tile/${level}/${tileIndexPath(n)}${width === tileWidth ? "" : `.p/${width}`}`;
}

/** Reads a path; answers nothing for any other spelling than the one `tilePath` writes. */
export function parseTilePath(path: string): TileName | undefined {
  const [, level, index, width] =
    /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,6}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? [];
  if (level === undefined || index === undefined) return undefined;
  const name: TileName = {
    level: level === "entries" ? level : Number(level),
    n: BigInt(index.replaceAll(/[x/]/g, "")),
    width: width === undefined ? tileWidth : Number(width),
  };
  const fits = (name.level === "entries" || name.level < 64) && name.width > 0 && name.width <= tileWidth;
  return fits && tilePath(name) === path ? name : undefined;
}

/** How many hashes of `level` a tree of `size` has. */
export function hashesAt(size: bigint, level: number): bigint {
  return size >> BigInt(8 * level);
}

/** The name of tile `n` of a level in a tree of `size`, full or partial; nothing if the tree does not reach it. */
export function tileOf(size: bigint, level: number | "entries", n: bigint): TileName | undefined {
  const rest = hashesAt(size, level === "entries" ? 0 : level) - n * 256n;
  if (rest <= 0n) return undefined;
  return { level, n, width: rest >= 256n ? tileWidth : Number(rest) };
}

/** The files by which a tree of `size` differs from the one of `old`: bundles, then tiles from the leaves upward. */
export function newTiles(old: bigint, size: bigint): TileName[] {
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

/** The partial tiles and the partial bundle of a tree of `size`: its right edge. Empty ones do not exist. */
export function partialTiles(size: bigint): TileName[] {
  const names: TileName[] = [];
  for (let level = 0; level < 8 && hashesAt(size, level) > 0n; level += 1) {
    const width = Number(hashesAt(size, level) % 256n);
    if (width === 0) continue;
    const n = hashesAt(size, level) >> 8n;
    if (level === 0) names.push({ level: "entries", n, width });
    names.push({ level, n, width });
  }
  return names;
}
