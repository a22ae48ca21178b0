import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, equalBytes, type Bytes } from "../bytes.ts";

/**
 * A verifiable random function: the keeper of the secret computes for each input one value that looks random, and proves
 * to anyone with the public key that it is that input's only value. ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381 section 5,
 * cipher suite 0x03 of section 5.5). Browser-safe.
 */
const suite = Uint8Array.of(3);
const zero = Uint8Array.of(0);
const { Point } = ed25519;
const order = Point.Fn.ORDER;
type Point = InstanceType<typeof Point>;

/** Bytes of a proof: gamma (32), challenge (16), response (32). */
const proofLength = 80;

async function sha512(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", concat(...parts)));
}

function numberOf(littleEndian: Uint8Array): bigint {
  let value = 0n;
  for (const byte of littleEndian.toReversed()) value = value * 256n + BigInt(byte);
  return value;
}

function littleEndian(value: bigint, length: number): Bytes {
  return Uint8Array.from({ length }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

function pointOf(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

/** Section 5.4.1.1: hashes the input to a point, trying until one lies on the curve. */
async function encodeToCurve(publicKey: Uint8Array, alpha: Uint8Array): Promise<Point> {
  for (let attempt = 0; attempt < 256; attempt += 1) {
    const tried = await sha512(suite, Uint8Array.of(1), publicKey, alpha, Uint8Array.of(attempt), zero);
    const point = pointOf(tried.subarray(0, 32))?.clearCofactor();
    if (point && !point.is0()) return point;
  }
  throw Object.assign(new Error("no point was found for an input"), { code: "ledger-vrf-no-point" });
}

/** Section 5.4.3. */
async function challenge(...points: readonly Point[]): Promise<bigint> {
  const digest = await sha512(suite, Uint8Array.of(2), ...points.map((point) => point.toBytes()), zero);
  return numberOf(digest.subarray(0, 16));
}

/** Section 5.2: the value a proof stands for. */
async function valueOf(gamma: Point): Promise<Bytes> {
  return sha512(suite, Uint8Array.of(3), gamma.clearCofactor().toBytes(), zero);
}

/** 32 bytes, from a secret of 32 bytes; as an Ed25519 key's, which must never be the same key. */
export function vrfPublicKey(secret: Uint8Array): Bytes {
  return concat(ed25519.getPublicKey(secret));
}

/** Section 5.1: the value of an input (64 bytes) and the proof of it (80 bytes). */
export async function vrfProve(
  secret: Uint8Array,
  alpha: Uint8Array,
): Promise<{ readonly value: Bytes; readonly proof: Bytes }> {
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(secret);
  const hashed = await encodeToCurve(pointBytes, alpha);
  const gamma = hashed.multiply(scalar);
  const prefix = (await sha512(secret)).subarray(32);
  const nonce = numberOf(await sha512(prefix, hashed.toBytes())) % order;
  const c = await challenge(pointOf(pointBytes)!, hashed, gamma, Point.BASE.multiply(nonce), hashed.multiply(nonce));
  const s = (nonce + c * scalar) % order;
  return { value: await valueOf(gamma), proof: concat(gamma.toBytes(), littleEndian(c, 16), littleEndian(s, 32)) };
}

/** Section 5.3, with the key validation of 5.4.5: the input's value, or nothing if the proof does not show it. */
export async function vrfVerify(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
): Promise<Bytes | undefined> {
  if (publicKey.length !== 32 || proof.length !== proofLength) return undefined;
  const key = pointOf(publicKey);
  const gamma = pointOf(proof.subarray(0, 32));
  const c = numberOf(proof.subarray(32, 48));
  const s = numberOf(proof.subarray(48));
  if (!key || key.clearCofactor().is0() || !gamma || s >= order) return undefined;
  const hashed = await encodeToCurve(publicKey, alpha);
  const u = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(c));
  const v = hashed.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(c));
  const again = littleEndian(await challenge(key, hashed, gamma, u, v), 16);
  return equalBytes(again, proof.subarray(32, 48)) ? valueOf(gamma) : undefined;
}
