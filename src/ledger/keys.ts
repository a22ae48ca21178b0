import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { toBase64 } from "#kernel";
import { concat, uint64 } from "./bytes.ts";
import { formatVkey, keyIdInput, validKeyName } from "./note.ts";
import { logKeyType, signedMessage, witnessKeyType } from "./signature-kind.ts";

type Ed25519Type = typeof logKeyType | typeof witnessKeyType;

/** A key that signs for a log or a witness, wherever it lives: in memory, in a key service, in an HSM. */
export interface LogKey {
  /** The key name; for a log, its origin. */
  readonly name: string;
  /** Ed25519 over `bytes`: 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
}
/** The same shape; never the same key as a log's. */
export type WitnessKey = LogKey;

/** A key in memory that the caller can store. */
export interface SoftwareKey extends LogKey {
  /** PKCS #8 PEM. A secret: never log it. */
  exportPem(): string;
}

function softwareKey(name: string, key: KeyObject): SoftwareKey {
  if (!validKeyName(name)) throw Object.assign(new Error(`${name} cannot be a key name`), { code: "key-name-invalid" });
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    name,
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
    exportPem: () => key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Makes a log's key. @throws `key-name-invalid` for an empty name or one with white space or `+` */
export function generateLogKey(name: string): SoftwareKey {
  return softwareKey(name, generateKeyPairSync("ed25519").privateKey);
}

/** Takes a stored key (PKCS #8 PEM) back into use. @throws `key-type-invalid` if it is not Ed25519 */
export function importLogKey(name: string, pem: string): SoftwareKey {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== "ed25519") {
    throw Object.assign(new Error(`the key of ${name} is not Ed25519`), { code: "key-type-invalid" });
  }
  return softwareKey(name, key);
}

/** Makes a witness's key. */
export function generateWitnessKey(name: string): SoftwareKey {
  return generateLogKey(name);
}

/** As `importLogKey`. */
export function importWitnessKey(name: string, pem: string): SoftwareKey {
  return importLogKey(name, pem);
}

function keyId(key: LogKey, type: Ed25519Type): Uint8Array {
  return createHash("sha256")
    .update(keyIdInput(key.name, type, key.publicKey))
    .digest()
    .subarray(0, 4);
}

/** The verifier key of a log (type 0x01), to be published. */
export function logVkey(key: LogKey): string {
  return formatVkey(key.name, keyId(key, logKeyType), logKeyType, key.publicKey);
}

/** The verifier key of a witness (type 0x04), to be published. */
export function witnessVkey(key: WitnessKey): string {
  return formatVkey(key.name, keyId(key, witnessKeyType), witnessKeyType, key.publicKey);
}

/** A log's signature line under a checkpoint text. */
export function signAsLog(key: LogKey, text: string): string {
  const signature = key.sign(signedMessage(logKeyType, key.name, text)!);
  return `\u2014 ${key.name} ${toBase64(concat(keyId(key, logKeyType), signature))}`;
}

/** A witness's cosignature line: "at this time (POSIX seconds) this was the largest tree I knew". */
export function cosign(key: WitnessKey, text: string, time: bigint): string {
  const signature = key.sign(signedMessage(witnessKeyType, key.name, text, time)!);
  return `\u2014 ${key.name} ${toBase64(concat(keyId(key, witnessKeyType), uint64(time), signature))}`;
}
