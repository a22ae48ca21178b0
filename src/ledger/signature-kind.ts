import { bytesOf, concat, uint64, type Bytes } from "./bytes.ts";
import { parseCheckpointText } from "./checkpoint-text.ts";

/**
 * What a key may sign: 0x01 a text (Ed25519; a log's tree heads), 0x04 a tree head with the time (Ed25519; a witness's
 * cosignature), 0x06 the same with ML-DSA-44, for witnesses and beside a log's 0x01.
 * @see C2SP signed-note v1.0.0, tlog-cosignature v1.1.0-rc.1
 */
export type KeyType = 0x01 | 0x04 | 0x06;

export const logKeyType = 0x01;
export const witnessKeyType = 0x04;
export const mlDsaKeyType = 0x06;

/** Lengths in bytes. A timed signature begins with the time, 8 bytes more. */
export interface SignatureKind {
  readonly publicKey: number;
  readonly signature: number;
  readonly timed: boolean;
}

export const signatureKinds: Readonly<Record<KeyType, SignatureKind>> = {
  0x01: { publicKey: 32, signature: 64, timed: false },
  0x04: { publicKey: 32, signature: 64, timed: true },
  0x06: { publicKey: 1312, signature: 2420, timed: true },
};

export function isKeyType(type: number): type is KeyType {
  return Object.hasOwn(signatureKinds, type);
}

/** A text with its length in one byte before it; nothing if it does not fit. */
function short(text: string): Bytes | undefined {
  const bytes = bytesOf(text);
  return bytes.length > 0 && bytes.length <= 255 ? concat(Uint8Array.of(bytes.length), bytes) : undefined;
}

/**
 * The bytes a signature of this type covers. An ML-DSA message names cosigner and tree instead of quoting the text, so
 * there is none for a text that is no checkpoint.
 * @param time POSIX seconds; 0 under ML-DSA means "no claim that this was the largest tree"
 */
export function signedMessage(type: KeyType, name: string, text: string, time: bigint = 0n): Bytes | undefined {
  if (type === logKeyType) return bytesOf(text);
  if (type === witnessKeyType) return bytesOf(`cosignature/v1\ntime ${time}\n${text}`);
  const head = parseCheckpointText(text);
  if (!head.ok) return undefined;
  const { origin, size, root } = head.value;
  const [cosigner, log] = [short(name), short(origin)];
  if (!cosigner || !log) return undefined;
  return concat(bytesOf("subtree/v1\n\0"), cosigner, uint64(time), log, uint64(0n), uint64(size), root);
}

/** Checks a bare ML-DSA-44 signature (FIPS 204, pure, empty context). Lengths are right already. */
export type VerifyMlDsa44 = (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean | Promise<boolean>;

/** In plain JavaScript, fetched at first use: most readers never meet such a key, and browsers have nothing of their own. */
export const verifyMlDsa44: VerifyMlDsa44 = async (publicKey, message, signature) => {
  const { ml_dsa44 } = await import("@noble/post-quantum/ml-dsa.js");
  return ml_dsa44.verify(signature, message, publicKey);
};

/** Ed25519 (RFC 8032) by WebCrypto. */
export async function verifyEd25519(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature, message);
}
