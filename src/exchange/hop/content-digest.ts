import { err, fromBase64, ok, toBase64, type Result } from "#kernel";
import type { BodyDigest } from "../r1/message-hash.ts";
import { hopRefusal, type HopRefusal } from "./refusals.ts";

const syntax = /^sha-512=:([A-Za-z0-9+/]{86}==):$/;

/** The field value of our profile: exactly one member, `sha-512`, for empty content too (RFC 9530 section 2). */
export function contentDigest(body: BodyDigest): string {
  return `sha-512=:${toBase64(body.sha512)}:`;
}

/** Reads all `Content-Digest` lines of a message. Other or further members are refused, not skipped. */
export function parseContentDigest(lines: readonly string[]): Result<Uint8Array, HopRefusal> {
  const [line] = lines;
  if (line === undefined) return err(hopRefusal("digest-missing", "no Content-Digest"));
  const [, text] = (lines.length === 1 && syntax.exec(line.trim())) || [];
  const digest = text === undefined ? undefined : fromBase64(text);
  return digest === undefined
    ? err(hopRefusal("digest-malformed", "Content-Digest is not exactly one sha-512 member"))
    : ok(digest);
}

/** Compares a received digest with that of the bytes that were read. */
export function checkContentDigest(received: Uint8Array, body: BodyDigest): Result<BodyDigest, HopRefusal> {
  return Buffer.compare(received, body.sha512) === 0
    ? ok(body)
    : err(hopRefusal("digest-mismatch", "the content is not what Content-Digest says"));
}
