import { createHash, createHmac, hash } from "node:crypto";
import { subjectInput } from "./commitment.ts";

/** Bytes of a block of SHA-256. */
const block = 64;

/**
 * `commit` of the contract, for servers: base64url(HMAC-SHA-256(salt, value)). Three for each end of a call: RFC 2104
 * written out over one-shot hashes takes a quarter of what `createHmac` does, which makes a key object for each.
 */
export function commitSync(value: string | Uint8Array, salt: Uint8Array): string {
  if (salt.length > block) return createHmac("sha256", salt).update(value).digest("base64url");
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  const inner = new Uint8Array(block + bytes.length);
  const outer = new Uint8Array(block + 32);
  inner.fill(0x36, 0, block);
  outer.fill(0x5c, 0, block);
  for (let at = 0; at < salt.length; at += 1) {
    inner[at]! ^= salt[at]!;
    outer[at]! ^= salt[at]!;
  }
  inner.set(bytes, block);
  outer.set(hash("sha256", inner, "buffer"), block);
  return hash("sha256", outer, "base64url");
}

/** `subjectCommitment` of the contract, for servers. */
export function subjectCommitmentSync(id: string, salt: Uint8Array): string {
  return createHash("sha256").update(subjectInput(id, salt)).digest("base64url");
}
