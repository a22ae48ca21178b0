import { toBase64 } from "#kernel";
import type { Sql } from "#store";
import { formatCheckpoint } from "./checkpoint.ts";
import { signAsLog } from "./keys.ts";
import type { LogContext } from "./log-context.ts";
import { signWithMlDsa } from "./ml-dsa-key.ts";
import { formatNote, parseNote, verifyNote, type VerifierKey } from "./note.ts";
import { hashRanges, spellings, tileAmong, tilesFor, type Range } from "./prove.ts";
import * as heads from "./head-store.ts";
import * as store from "./store.ts";
import { type TileName } from "./tile-path.ts";
import { rootOfHashes } from "./tree.ts";

/**
 * Hashes ranges of a tree from its stored tiles, in one query, whatever the size of the log.
 * @throws `ledger-tile-missing` if the store lacks a tile the tree needs
 */
export async function hashesFromTiles(
  sql: Sql,
  log: number,
  size: bigint,
  ranges: readonly Range[],
  alsoRead: readonly TileName[] = [],
): Promise<{ hashes: Uint8Array[]; read: (tile: TileName) => Uint8Array }> {
  const names = [...tilesFor(size, ranges), ...alsoRead];
  const files =
    names.length === 0 ? new Map<string, Uint8Array>() : await store.readResources(sql, log, names.flatMap(spellings));
  const read = (tile: TileName): Uint8Array => tileAmong(files, tile);
  return { hashes: hashRanges(size, ranges, read), read };
}

/** The root (base64) at an earlier size, from the stored tiles of the tree of `treeSize`. @throws as `hashesFromTiles` */
export async function rootFromTiles(sql: Sql, log: number, treeSize: bigint, size: bigint): Promise<string> {
  if (size === 0n) return toBase64(rootOfHashes([]));
  const { hashes } = await hashesFromTiles(sql, log, treeSize, [{ lo: 0n, hi: size }]);
  return toBase64(hashes[0]!);
}

/** True if a note carries a good signature of this key. */
export async function isSignedBy(note: string, verifier: VerifierKey): Promise<boolean> {
  const parsed = parseNote(note);
  const signers = parsed.ok ? await verifyNote(parsed.value, [verifier]) : parsed;
  return signers.ok && signers.value.length > 0;
}

/** Why this tree must not be signed over the newest signed head, or nothing. */
async function objection(
  tx: Sql,
  { log, verifier }: LogContext,
  tree: store.TreeRow,
  published: heads.HeadRow | undefined,
): Promise<string | undefined> {
  const root = toBase64(tree.root);
  // 1. Never smaller, never another root for the same size.
  if (published && tree.size < published.size) return `size ${tree.size} is below the signed size ${published.size}`;
  if (published && tree.size === published.size && root !== toBase64(published.root)) return "another root is signed";
  // 2. The newest head is this log's own.
  if (published) {
    if (!(await isSignedBy(published.note, verifier))) return "the stored head is not signed with this log's key";
    // 3. The tree at that size still has that root: nothing before it was changed.
    if ((await rootFromTiles(tx, log, tree.size, published.size)) !== toBase64(published.root)) {
      return "the tiles no longer lead to the signed root";
    }
  }
  if ((await rootFromTiles(tx, log, tree.size, tree.size)) !== root) return "the tiles do not lead to the tree's root";
  // 4. A witness that reported a tree unknown to us has frozen the log already.
  return undefined;
}

/**
 * Signs the tree as it stands, if it has grown. Only what is durable is signed, the head is durable before its bytes
 * leave the process, and a check that fails freezes the log. Answers the size signed.
 */
export async function signHead(context: LogContext): Promise<bigint | undefined> {
  const { database, log, key, mlDsaKey, origin, clock, alarm } = context;
  const refused = await database.transaction(async (tx) => {
    const tree = await store.lockTree(tx, log);
    if (!tree || tree.frozen !== null) return undefined;
    const published = await heads.newestHead(tx, log);
    if (published && published.size === tree.size) return undefined;
    const reason = await objection(tx, context, tree, published);
    if (reason !== undefined) {
      await store.freeze(tx, log, reason);
      return { reason };
    }
    const text = formatCheckpoint(origin, tree.size, tree.root);
    const lines = [signAsLog(key, text)];
    if (mlDsaKey) lines.push(signWithMlDsa(mlDsaKey, text, BigInt(Math.floor(clock.now().getTime() / 1000))));
    const note = formatNote(text, lines);
    await heads.addHead(tx, log, { size: tree.size, root: tree.root, note }, clock.now());
    if (context.quorum === 0) await heads.countQuorum(tx, log, tree.size, 0, []);
    return { size: tree.size };
  });
  if (refused?.reason !== undefined) alarm({ kind: "frozen", detail: refused.reason });
  return refused?.size;
}
