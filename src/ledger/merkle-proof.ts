import { concat, equalBytes, refused, sha256, type Bytes, type Check } from "./bytes.ts";

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** Leaf hash of RFC 6962 section 2.1: SHA-256(00 ‖ entry). */
export function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256(leafPrefix, entry);
}

/** Node hash of RFC 6962 section 2.1: SHA-256(01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(nodePrefix, left, right));
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function oneBits(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length;
}

function bit(value: bigint, at: number): boolean {
  return ((value >> BigInt(at)) & 1n) === 1n;
}

function allHashes(...hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === 32);
}

/**
 * Checks that `leaf` is entry number `index` of the tree with this size and root.
 * @param proof hashes from the leaf's sibling upward
 * @see RFC 9162 section 2.1.3.2
 */
export async function verifyInclusion(
  index: bigint,
  size: bigint,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): Promise<Check<"proof-malformed" | "index-outside-tree" | "proof-length-wrong" | "root-differs">> {
  if (!allHashes(leaf, root, ...proof)) return refused("proof-malformed", "a hash is not 32 bytes");
  if (index < 0n || index >= size) return refused("index-outside-tree", "the index lies outside the tree");
  const inner = bitLength(index ^ (size - 1n));
  const border = oneBits(index >> BigInt(inner));
  if (proof.length !== inner + border)
    return refused("proof-length-wrong", `the proof needs ${inner + border} hashes, not ${proof.length}`);
  let hash = leaf;
  for (const [at, sibling] of proof.entries()) {
    const siblingIsLeft = at >= inner || bit(index, at);
    hash = siblingIsLeft ? await nodeHash(sibling, hash) : await nodeHash(hash, sibling);
  }
  return equalBytes(hash, root) ? { ok: true } : refused("root-differs", "the proof leads to another root");
}

/**
 * Checks that the tree of size `m` is a prefix of the tree of size `n`. From size 0 everything follows, with an empty
 * proof (the rule of C2SP tlog-witness; some libraries call it an error).
 * @see RFC 9162 section 2.1.4.2
 */
export async function verifyConsistency(
  m: bigint,
  n: bigint,
  proof: readonly Uint8Array[],
  rootM: Uint8Array,
  rootN: Uint8Array,
): Promise<Check> {
  if (!allHashes(rootM, rootN, ...proof)) return refused("proof-malformed", "a hash is not 32 bytes");
  if (m < 0n || m > n) return refused("sizes-reversed", "the older tree is larger than the newer");
  if (m === n || m === 0n) {
    if (proof.length > 0) return refused("proof-length-wrong", "the proof must be empty");
    return m !== n || equalBytes(rootM, rootN) ? { ok: true } : refused("root-differs", "same size, different roots");
  }
  const last = m - 1n;
  const shift = bitLength(m & -m) - 1;
  const inner = bitLength(last ^ (n - 1n)) - shift;
  const border = oneBits(last >> BigInt(inner + shift));
  const powerOfTwo = m === 1n << BigInt(shift);
  const [seed, path] = powerOfTwo ? [rootM, proof] : [proof[0], proof.slice(1)];
  if (!seed || path.length !== inner + border) return refused("proof-length-wrong", "the proof has the wrong length");
  let older: Uint8Array = seed;
  let newer: Uint8Array = seed;
  const mask = last >> BigInt(shift);
  for (const [at, sibling] of path.entries()) {
    if (at >= inner || bit(mask, at)) {
      older = await nodeHash(sibling, older);
      newer = await nodeHash(sibling, newer);
    } else {
      newer = await nodeHash(newer, sibling);
    }
  }
  if (!equalBytes(older, rootM)) return refused("tree-not-contained", "the proof does not contain the older tree");
  return equalBytes(newer, rootN) ? { ok: true } : refused("root-differs", "the proof leads to another root");
}
