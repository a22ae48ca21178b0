import { base64, bytesOf, bytesOfBase64, concat, refused, sha256, type Bytes, type Parsed } from "./bytes.ts";
import {
  isKeyType,
  mlDsaKeyType,
  signatureKinds,
  signedMessage,
  verifyEd25519,
  verifyMlDsa44,
  type KeyType,
  type VerifyMlDsa44,
} from "./signature-kind.ts";

export { logKeyType, mlDsaKeyType, signedMessage, witnessKeyType, type KeyType } from "./signature-kind.ts";

/** A verifier key, as it is written `name+hex(key id)+base64(type ‖ public key)`. */
export interface VerifierKey {
  readonly name: string;
  /** 4 bytes as 8 lower-case hex digits. */
  readonly id: string;
  readonly type: KeyType;
  /** Raw public key: Ed25519 32 bytes, ML-DSA-44 1312 bytes. */
  readonly publicKey: Bytes;
  readonly vkey: string;
}

/** One line `— name base64(key id ‖ signature)`. */
export interface SignatureLine {
  readonly name: string;
  readonly id: string;
  readonly signature: Bytes;
  /** The line without its newline. */
  readonly line: string;
}

/**
 * A signed note: a text and the signatures under it.
 * @see C2SP signed-note v1.0.0
 */
export interface Note {
  /** The signed text with its last newline. */
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

// Forbidden in a note: control characters other than newline, a carriage return among them.
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0009\u000b-\u001f]/;
const badName = /[\p{White_Space}+]/u;

export function validKeyName(name: string): boolean {
  return name !== "" && name.isWellFormed() && !badName.test(name) && !control.test(name);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes a key id is made of: name ‖ 0x0A ‖ type ‖ public key; the id is the first 4 bytes of their SHA-256. */
export function keyIdInput(name: string, type: KeyType, publicKey: Uint8Array): Bytes {
  return concat(bytesOf(`${name}\n`), Uint8Array.of(type), publicKey);
}

/** Writes a verifier key; `id` is 4 bytes. */
export function formatVkey(name: string, id: Uint8Array, type: KeyType, publicKey: Uint8Array): string {
  return `${name}+${hex(id)}+${base64(concat(Uint8Array.of(type), publicKey))}`;
}

/** Reads a verifier key and recomputes its id. Types other than 0x01, 0x04 and 0x06 are refused by name. */
export async function parseVkey(vkey: string): Promise<Parsed<VerifierKey, "key-malformed">> {
  const [, name, id, encoded] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/su.exec(vkey) ?? [];
  if (name === undefined || id === undefined || encoded === undefined)
    return refused("key-malformed", "not a verifier key");
  if (!validKeyName(name)) return refused("key-malformed", "key name is empty or holds white space");
  const bytes = bytesOfBase64(encoded);
  const type = bytes?.[0];
  if (!bytes || type === undefined) return refused("key-malformed", `key of ${name} is not base64`);
  if (!isKeyType(type)) return refused("key-malformed", `key type ${type} of ${name} is not supported`);
  const publicKey = bytes.slice(1);
  const { publicKey: length } = signatureKinds[type];
  if (publicKey.length !== length) return refused("key-malformed", `key of ${name} is not ${length} bytes`);
  if (type === mlDsaKeyType && bytesOf(name).length > 255)
    return refused("key-malformed", "key name is longer than 255 bytes");
  const expected = hex((await sha256(keyIdInput(name, type, publicKey))).subarray(0, 4));
  if (expected !== id) return refused("key-malformed", `key id of ${name} does not fit its key`);
  return { ok: true, value: { name, id, type, publicKey, vkey } };
}

/** Reads one signature line, without its newline. */
export function parseSignatureLine(line: string): SignatureLine | undefined {
  const [, name, encoded] = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !validKeyName(name)) return undefined;
  const bytes = bytesOfBase64(encoded);
  if (!bytes || bytes.length < 5) return undefined;
  return { name, id: hex(bytes.subarray(0, 4)), signature: bytes.slice(4), line };
}

/** Readers must accept 16 signatures; a bound keeps a hostile note from costing more than its length. */
const signatureLimit = 128;

/** Reads a note. The text may hold blank lines, so it ends at the last one; at least one signature must follow. */
export function parseNote(note: string): Parsed<Note, "note-malformed"> {
  if (!note.isWellFormed() || control.test(note))
    return refused("note-malformed", "a control character stands in the note");
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) return refused("note-malformed", "the note has no signatures");
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > signatureLimit)
    return refused("note-malformed", `the note has more than ${signatureLimit} signatures`);
  const signatures: SignatureLine[] = [];
  for (const line of lines) {
    const parsed = parseSignatureLine(line);
    if (!parsed) return refused("note-malformed", "a signature line of the note is malformed");
    signatures.push(parsed);
  }
  return { ok: true, value: { text: note.slice(0, split + 1), signatures } };
}

export function formatNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** A key of the reader's that signed, with the time it stated (POSIX seconds; not for 0x01). */
export interface Signer {
  readonly key: VerifierKey;
  readonly line: string;
  readonly time?: bigint;
}

/** Times are at most 2^63-1, as all numbers here. */
const latest = 2n ** 63n - 1n;

/**
 * Finds which of the reader's keys signed a note. Lines of unknown keys are ignored; a bad signature of a known key
 * refuses the whole note; a key that signed twice counts once.
 * @param checkMlDsa44 another implementation than the one in JavaScript, where there is a faster one
 */
export async function verifyNote(
  note: Note,
  keys: readonly VerifierKey[],
  checkMlDsa44: VerifyMlDsa44 = verifyMlDsa44,
): Promise<Parsed<Signer[], "signature-wrong">> {
  const signers = new Map<string, Signer>();
  for (const { name, id, signature, line } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id);
    if (!key) continue;
    const { signature: length, timed } = signatureKinds[key.type];
    if (signature.length !== (timed ? 8 + length : length)) {
      return refused("signature-wrong", `the signature of ${name} has the wrong length`);
    }
    const time = timed ? new DataView(signature.buffer).getBigUint64(0) : 0n;
    if (time > latest) return refused("signature-wrong", `the signature of ${name} states no time`);
    const message = signedMessage(key.type, name, note.text, time);
    if (!message) return refused("signature-wrong", `the key of ${name} signs checkpoints only`);
    const check = key.type === mlDsaKeyType ? checkMlDsa44 : verifyEd25519;
    if (!(await check(key.publicKey, message, timed ? signature.slice(8) : signature))) {
      return refused("signature-wrong", `the signature of ${name} is wrong`);
    }
    if (!signers.has(key.vkey)) signers.set(key.vkey, { key, line, ...(timed ? { time } : {}) });
  }
  return { ok: true, value: [...signers.values()] };
}
