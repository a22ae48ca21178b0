import { randomBytes, randomUUID } from "node:crypto";

/** A random UUID, lower case (RFC 9562 section 5.4). */
export function uuidV4(): string {
  return randomUUID();
}

/** A UUID that sorts by time (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits. */
export function uuidV7(now: Date = new Date()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Whether a text is a UUID in its usual form, of any version: what a database column of that type takes. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** An unguessable token in base64url; 32 bytes give 43 characters. */
export function randomToken(bytes: number = 32): string {
  return randomBytes(bytes).toString("base64url");
}
