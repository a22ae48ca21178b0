import type { RefusalCode } from "./refusal-codes.ts";

/** Bytes that WebCrypto takes without a copy. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The outcome of reading something that came from outside: the value, or why it is not one. */
export type Parsed<Value, Code extends RefusalCode = RefusalCode> =
  | { readonly ok: true; readonly value: Value }
  | Refused<Code>;

/** `code` stays the same for ever; `reason` is English, for whoever looks into it, and may change. */
export interface Refused<Code extends string = RefusalCode> {
  readonly ok: false;
  readonly code: Code;
  readonly reason: string;
}

/** The outcome of checking a proof or a signature. */
export type Check<Code extends RefusalCode = RefusalCode> = { readonly ok: true } | Refused<Code>;

export function refused<Code extends RefusalCode>(code: Code, reason: string): Refused<Code> {
  return { ok: false, code, reason };
}

const encoder = new TextEncoder();

/** UTF-8 of a text. */
export function bytesOf(text: string): Bytes {
  return encoder.encode(text);
}

/** Decodes UTF-8 strictly; a byte order mark is content, not decoration. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** RFC 4648 section 4: standard alphabet, padded. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Reads base64; answers nothing for a text that would not be written the same way again. */
export function bytesOfBase64(text: string): Bytes | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return base64(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 4648 section 5 without padding. */
export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Reads unpadded base64url; as strict as `bytesOfBase64`. */
export function bytesOfBase64url(text: string): Bytes | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  return bytesOfBase64(standard + "=".repeat((4 - (standard.length % 4)) % 4));
}

/** An unsigned 64-bit number, big-endian. */
export function uint64(value: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

const largest = 2n ** 63n - 1n;

/** A size, index or time: ASCII decimal without sign or leading zero, at most 2^63-1. */
export function decimal(text: string): bigint | undefined {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= largest ? value : undefined;
}

/** SHA-256 by WebCrypto, so that the same code runs in a browser. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}
