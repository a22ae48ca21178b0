import { createHash, createHmac } from "node:crypto";
import { subjectInput } from "./commitment.ts";

/** `commit` of the contract, for servers: base64url(HMAC-SHA-256(salt, value)). */
export function commitSync(value: string | Uint8Array, salt: Uint8Array): string {
  return createHmac("sha256", salt).update(value).digest("base64url");
}

/** `subjectCommitment` of the contract, for servers. */
export function subjectCommitmentSync(id: string, salt: Uint8Array): string {
  return createHash("sha256").update(subjectInput(id, salt)).digest("base64url");
}
