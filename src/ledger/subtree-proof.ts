import { equalBytes, refused, sha256, type Check } from "./bytes.ts";
import { nodeHash, verifyInclusion } from "./merkle-proof.ts";

/**
 * A subtree holds the leaves `start` to `end`-1. It is one if `start` is a multiple of the smallest power of two that
 * is not below its length; then it is a node of every larger tree or a run of them.
 * @see draft-ietf-plants-merkle-tree-certs section 4.1
 */
function isSubtree(start: bigint, end: bigint): boolean {
  if (start < 0n || end < start) return false;
  const length = end - start;
  return length === 0n || start % (1n << BigInt(length === 1n ? 0 : (length - 1n).toString(2).length)) === 0n;
}

/** Checks that `leaf` is entry number `index` of the log, inside a subtree with this root. */
export async function verifySubtreeInclusion(
  index: bigint,
  start: bigint,
  end: bigint,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): Promise<Check> {
  if (!isSubtree(start, end)) return refused("range-not-subtree", "the range is not a subtree");
  return verifyInclusion(index - start, end - start, leaf, proof, root);
}

/**
 * Checks that a subtree with root `subtreeRoot` is part of the tree with this size and root. The empty subtree is part
 * of every tree, with an empty proof.
 * @see draft-ietf-plants-merkle-tree-certs section 4.4.3
 */
export async function verifySubtreeConsistency(
  start: bigint,
  end: bigint,
  size: bigint,
  proof: readonly Uint8Array[],
  subtreeRoot: Uint8Array,
  root: Uint8Array,
): Promise<Check> {
  if ([subtreeRoot, root, ...proof].some((hash) => hash.length !== 32))
    return refused("proof-malformed", "a hash is not 32 bytes");
  if (!isSubtree(start, end) || end > size)
    return refused("range-not-subtree", "the range is not a subtree of this tree");
  if (start === end) {
    if (proof.length > 0) return refused("proof-length-wrong", "the proof must be empty");
    return equalBytes(subtreeRoot, await sha256())
      ? { ok: true }
      : refused("root-differs", "not the root of the empty tree");
  }
  // As in the draft: where the subtree begins and ends, and where the tree ends, at the height reached.
  let [first, last, edge] = [start, end - 1n, size - 1n];
  while (first !== last && (last === edge || last % 2n === 1n)) {
    [first, last, edge] = [first >> 1n, last >> 1n, edge >> 1n];
  }
  let path = proof;
  let inner: Uint8Array = subtreeRoot;
  if (first !== last) {
    const [seed, ...others] = proof;
    if (!seed) return refused("proof-length-wrong", "the proof has the wrong length");
    inner = seed;
    path = others;
  }
  let outer = inner;
  for (const hash of path) {
    if (edge === 0n) return refused("proof-length-wrong", "the proof has the wrong length");
    if (last % 2n === 1n || last === edge) {
      if (first < last) inner = await nodeHash(hash, inner);
      outer = await nodeHash(hash, outer);
      while (last % 2n === 0n && last > 0n) {
        [first, last, edge] = [first >> 1n, last >> 1n, edge >> 1n];
      }
    } else {
      outer = await nodeHash(outer, hash);
    }
    [first, last, edge] = [first >> 1n, last >> 1n, edge >> 1n];
  }
  if (edge !== 0n) return refused("proof-length-wrong", "the proof has the wrong length");
  if (!equalBytes(inner, subtreeRoot)) return refused("tree-not-contained", "the proof does not contain the subtree");
  return equalBytes(outer, root) ? { ok: true } : refused("root-differs", "the proof leads to another root");
}
