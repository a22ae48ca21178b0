/**
 * Strict encodings. Node's own decoders skip what they do not understand; these answer `undefined` for anything that
 * does not encode back to the same text, so that two spellings of one value cannot both be accepted.
 */
type Encoding = "base64" | "base64url" | "hex";

function strict(text: string, encoding: Encoding): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? new Uint8Array(bytes) : undefined;
}

function encode(bytes: Uint8Array, encoding: Encoding): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
}

/** RFC 4648 section 4: standard alphabet, padded. */
export function toBase64(bytes: Uint8Array): string {
  return encode(bytes, "base64");
}
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return strict(text, "base64");
}

/** RFC 4648 section 5: URL-safe alphabet, no padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return encode(bytes, "base64url");
}
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return strict(text, "base64url");
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return encode(bytes, "hex");
}
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  return strict(text, "hex");
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
