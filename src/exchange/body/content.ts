import { Readable } from "node:stream";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { digestBody, type BodyDigest } from "../r1/message-hash.ts";

/** A body too long for memory: it lies in a spool file, and was digested while it was written there. */
export interface SpooledBody {
  readonly digest: BodyDigest;
  /** Its bytes from the beginning; as often as it is asked for, until its call has ended. */
  read(): AsyncIterable<Uint8Array>;
}

/** A message's content, whole: what is digested, signed and recorded is exactly what is sent on. */
export type Content = Uint8Array | SpooledBody;

export function inMemory(content: Content): content is Uint8Array {
  return content instanceof Uint8Array;
}

export function digestOf(content: Content): BodyDigest {
  return inMemory(content) ? digestBody(content) : content.digest;
}

/** Bytes. */
export function lengthOf(content: Content): number {
  return inMemory(content) ? content.length : content.digest.length;
}

/** Content as a client sends it: nothing, bytes, or a stream at the pace of its reader. */
export function sendable(content: Content): Uint8Array | Readable | null {
  if (!inMemory(content)) return Readable.from(content.read(), { objectMode: false });
  return content.length > 0 ? content : null;
}

/** The bytes of content that somebody must look into; `undefined` when there are more than `limit`. */
export async function wholeOf(content: Content, limit: number): Promise<Uint8Array | undefined> {
  if (lengthOf(content) > limit) return undefined;
  if (inMemory(content)) return content;
  const parts: Uint8Array[] = [];
  for await (const part of content.read()) parts.push(part);
  return Buffer.concat(parts);
}

/** Headers with the length of what follows them; short content is framed by whoever sends it. */
export function framed(headers: RawHeaders, content: Content): RawHeaders {
  return inMemory(content) ? headers : [...headers, ["content-length", String(lengthOf(content))]];
}

/** The length that a message's headers promise. */
export function saidLength(headers: RawHeaders): number | undefined {
  const [length] = headerValues(headers, "content-length");
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
