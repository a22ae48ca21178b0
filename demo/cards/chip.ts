import { createECDH, createPrivateKey, randomBytes, sign } from "node:crypto";
import { toBase64 } from "#kernel";

/**
 * What the chip of a card computes. A simulator: the real one keeps its key to itself and runs in constant time.
 */
export type Curve = "P-256" | "P-384";

interface ChipCurve {
  readonly node: string;
  readonly algorithm: "ES256" | "ES384";
  readonly hash: "sha256" | "sha384";
  /** Bytes of a coordinate, and of each half of a signature. */
  readonly size: number;
  /** Order of the group (SEC 2 sections 2.4.2 and 2.5.1). */
  readonly order: bigint;
}

const curves: Readonly<Record<Curve, ChipCurve>> = {
  "P-256": {
    node: "prime256v1",
    algorithm: "ES256",
    hash: "sha256",
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  "P-384": {
    node: "secp384r1",
    algorithm: "ES384",
    hash: "sha384",
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
};

function chipOf(pem: string): ChipCurve & { readonly jwkD: string } {
  const jwk = createPrivateKey(pem).export({ format: "jwk" });
  const curve = jwk.crv === "P-256" || jwk.crv === "P-384" ? curves[jwk.crv] : undefined;
  if (!curve || jwk.d === undefined) throw Object.assign(new Error("no key of a card"), { code: "card-key" });
  return { ...curve, jwkD: jwk.d };
}

/** Signs a message with the hash of the key's curve: raw R‖S, base64, with its JWS algorithm name. */
export function signMessage(
  pem: string,
  messageFor: (hash: "sha256" | "sha384") => Uint8Array,
): {
  readonly algorithm: "ES256" | "ES384";
  readonly signature: string;
} {
  const { hash, algorithm } = chipOf(pem);
  const signature = sign(hash, messageFor(hash), { key: pem, dsaEncoding: "ieee-p1363" });
  return { algorithm, signature: toBase64(signature) };
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 0n) {
    const quotient = b / a;
    [b, a, y, x] = [a, b % a, x, y - quotient * x];
  }
  return ((y % modulus) + modulus) % modulus;
}

/**
 * Signs a hash that was computed elsewhere, as Web eID's `sign` asks of a card: raw R‖S.
 * `node:crypto` hashes whatever it signs, so the last step of ECDSA (FIPS 186-5 section 6.4.1) is done here, with the
 * point multiplication left to its ECDH. `hash` must be as long as the curve's order.
 */
export function signHash(pem: string, hash: Uint8Array): Buffer {
  const { node, size, order, jwkD } = chipOf(pem);
  if (hash.length !== size) throw Object.assign(new Error("hash of another length"), { code: "hash-length" });
  const d = toNumber(Buffer.from(jwkD, "base64url"));
  for (;;) {
    const k = toNumber(randomBytes(size));
    if (k === 0n || k >= order) continue;
    const point = createECDH(node);
    point.setPrivateKey(Buffer.from(k.toString(16).padStart(size * 2, "0"), "hex"));
    const r = toNumber(point.getPublicKey().subarray(1, 1 + size)) % order;
    const s = (inverse(k, order) * ((toNumber(hash) + r * d) % order)) % order;
    if (r === 0n || s === 0n) continue;
    return Buffer.from(r.toString(16).padStart(size * 2, "0") + s.toString(16).padStart(size * 2, "0"), "hex");
  }
}

/** The only hash a card with this key signs. */
export function hashFunctionOf(pem: string): "SHA-256" | "SHA-384" {
  return chipOf(pem).hash === "sha256" ? "SHA-256" : "SHA-384";
}
