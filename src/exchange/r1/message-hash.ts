import { hash } from "node:crypto";
import { toBase64 } from "#kernel";
import type { RawHeaders } from "./headers.ts";

/** What is known of a body once it has been read: one pass serves Content-Digest and request hash alike. */
export interface BodyDigest {
  /** SHA-512 over the bytes, raw, 64 bytes. */
  readonly sha512: Uint8Array;
  /** Bytes read; 0 counts as no body. */
  readonly length: number;
}

export function digestBody(body: Uint8Array): BodyDigest {
  return { sha512: sha512(body), length: body.length };
}

/**
 * Header part of a request: method, target, then `Name:Value` per header, CR LF after every line. Header values are
 * Latin-1 strings as Node gives them, so that the bytes are those of the wire.
 */
export function requestHeaderPart(method: string, rawTarget: string, headers: RawHeaders): Uint8Array {
  return Buffer.from(`${method}\r\n${rawTarget}\r\n${headerLines(headers)}`, "latin1");
}

/** Header part of a response: status, reason phrase, then the headers. */
export function responseHeaderPart(status: number, reason: string, headers: RawHeaders): Uint8Array {
  return Buffer.from(`${status}\r\n${reason}\r\n${headerLines(headers)}`, "latin1");
}

function headerLines(headers: RawHeaders): string {
  return headers.map(([name, value]) => `${name}:${value}\r\n`).join("");
}

/** `X-Road-Request-Hash`: base64(SHA-512(SHA-512(header part) ‖ SHA-512(body))); without a body base64(SHA-512(header part)). */
export function requestHash(headerPart: Uint8Array, body: BodyDigest): string {
  const head = sha512(headerPart);
  return toBase64(body.length === 0 ? head : sha512(Buffer.concat([head, body.sha512])));
}

function sha512(bytes: Uint8Array): Uint8Array {
  return hash("sha512", bytes, "buffer");
}
