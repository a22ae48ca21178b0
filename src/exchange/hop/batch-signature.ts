import { hash, randomBytes } from "node:crypto";
import { signBytes, verifyBytes, type HopAlgorithm } from "./algorithms.ts";
import type { KeyObject } from "node:crypto";

/*
 * One signature for the messages that one key signs in the same moment. A signature costs thirty times a hash; a batch of
 * eight costs one signature, one verification and a few hashes for each message.
 *
 * Leaves are blinded, since a message carries the hashes of its neighbours, which may be for other members:
 *
 *   leaf  = SHA-256(00 ‖ blind ‖ SHA-512(signature base))      blind: 16 random bytes of this message's own
 *   node  = SHA-256(01 ‖ left ‖ right)                         the tree of RFC 9162 section 2.1.1
 *   root signature, by the algorithm of the key, over          "taroko/batch-signature/v1" ‖ 00 ‖ size ‖ root
 *
 * The value in `Signature` (a Byte Sequence as always), integers big-endian:
 *
 *   01 ‖ index, 2 bytes ‖ size, 2 bytes ‖ blind, 16 ‖ path, 32 each, nearest first (RFC 9162 section 2.1.3) ‖ root signature, 64
 *
 * The base is that of a message signed alone, but for two parameters that say what the value is: `alg` is the key's with
 * `taroko-batch-` before it, and `tag` ends in `-batch/1`. So neither form can be taken for the other. Who has the
 * evidence (base digest, value, public key) can check it alone: no other message of the batch is needed.
 */

/** Text before what a root signature covers: no signature base begins so, and no head of a log. */
const context = Buffer.from("taroko/batch-signature/v1\0", "latin1");
const format = 1;
const blindLength = 16;
const headLength = 5 + blindLength;
const signatureLength = 64;

/** A batch may hold so many messages: the path of each is ten hashes at most. */
export const largestBatch = 1024;

/** `alg` of a message in a batch. */
export type BatchAlgorithm = `taroko-batch-${HopAlgorithm}`;

export function batchAlgorithm(alg: HopAlgorithm): BatchAlgorithm {
  return `taroko-batch-${alg}`;
}

/** The digest of a signature base that a batch covers, and that evidence keeps. */
export function baseDigest(base: string): Buffer {
  return hash("sha512", Buffer.from(base, "latin1"), "buffer");
}

/**
 * Signs the bases of messages, of which there are 1 to {@link largestBatch}, together.
 * @param digests of the bases, by {@link baseDigest}
 * @returns the value for each message's `Signature`, in the order given
 */
export function signBatch(digests: readonly Uint8Array[], alg: HopAlgorithm, key: KeyObject): Uint8Array[] {
  const size = digests.length;
  if (size < 1 || size > largestBatch) throw new RangeError(`a batch of ${size} messages`);
  const blinds = randomBytes(blindLength * size);
  const blindOf = (index: number): Buffer => blinds.subarray(index * blindLength, (index + 1) * blindLength);
  const paths: Buffer[][] = digests.map(() => []);
  const root = hashTree(
    digests.map((digest, index) => leafHash(blindOf(index), digest)),
    paths,
    0,
  );
  const signature = signBytes(rootText(size, root), alg, key);
  return digests.map((_, index) => {
    const head = Buffer.alloc(5);
    head[0] = format;
    head.writeUInt16BE(index, 1);
    head.writeUInt16BE(size, 3);
    return Buffer.concat([head, blindOf(index), ...paths[index]!, signature]);
  });
}

/**
 * Whether a value is a batch's signature over the base with this digest. Pure: it needs nothing but its arguments.
 * @param roots signatures over roots that this key was found to have made; those found now are added. Without it every
 * root is verified anew
 */
export function verifyBatchSignature(
  digest: Uint8Array,
  value: Uint8Array,
  alg: HopAlgorithm,
  key: KeyObject,
  roots?: VerifiedRoots,
): boolean {
  if (value.length < headLength + signatureLength || value[0] !== format) return false;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const index = bytes.readUInt16BE(1);
  const size = bytes.readUInt16BE(3);
  const end = bytes.length - signatureLength;
  if (size < 1 || size > largestBatch || index >= size) return false;
  const path = bytes.subarray(headLength, end);
  if (path.length !== 32 * pathLength(index, size)) return false;
  const root = rootFrom(leafHash(bytes.subarray(5, headLength), digest), index, size, path);
  const text = rootText(size, root);
  const signature = bytes.subarray(end);
  const name = `${text.toString("latin1")}${signature.toString("latin1")}`;
  if (roots?.has(key, name)) return true;
  if (!verifyBytes(text, signature, alg, key)) return false;
  roots?.add(key, name);
  return true;
}

/** Remembers root signatures that verified, so that each is verified once and not for each message under it. */
export interface VerifiedRoots {
  has(key: KeyObject, name: string): boolean;
  add(key: KeyObject, name: string): void;
}

/** @param most roots are kept for each key; the oldest go first */
export function rememberRoots(most: number = 256): VerifiedRoots {
  // By the key itself: a configuration that revokes a key and registers it anew starts with nothing.
  const known = new WeakMap<KeyObject, Set<string>>();
  return {
    has: (key, name) => known.get(key)?.has(name) ?? false,
    add(key, name) {
      const names = known.get(key) ?? new Set();
      known.set(key, names);
      names.add(name);
      if (names.size > most) for (const oldest of names) return void names.delete(oldest);
    },
  };
}

function leafHash(blind: Uint8Array, digest: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.of(0), blind, digest]), "buffer");
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.of(1), left, right]), "buffer");
}

function rootText(size: number, root: Uint8Array): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(size);
  return Buffer.concat([context, count, root]);
}

/** The largest power of two below a size of two or more. */
function split(size: number): number {
  return 2 ** (31 - Math.clz32(size - 1));
}

/** The root over leaves that begin at `from` in the batch; puts each one's neighbours into its path. */
function hashTree(leaves: readonly Buffer[], paths: readonly Buffer[][], from: number): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const middle = split(leaves.length);
  const left = hashTree(leaves.slice(0, middle), paths, from);
  const right = hashTree(leaves.slice(middle), paths, from + middle);
  for (let at = 0; at < leaves.length; at += 1) paths[from + at]!.push(at < middle ? right : left);
  return nodeHash(left, right);
}

function pathLength(index: number, size: number): number {
  if (size === 1) return 0;
  const middle = split(size);
  return 1 + (index < middle ? pathLength(index, middle) : pathLength(index - middle, size - middle));
}

function rootFrom(leaf: Buffer, index: number, size: number, path: Buffer): Buffer {
  if (size === 1) return leaf;
  const middle = split(size);
  const rest = path.subarray(0, path.length - 32);
  const last = path.subarray(path.length - 32);
  return index < middle
    ? nodeHash(rootFrom(leaf, index, middle, rest), last)
    : nodeHash(last, rootFrom(leaf, index - middle, size - middle, rest));
}
