import { base64url, bytesOf, concat, sha256 } from "./bytes.ts";

const zero = Uint8Array.of(0);

/** What a subject commitment hashes: "taroko-subject/1" ‖ 00 ‖ salt ‖ 00 ‖ identifier. */
export function subjectInput(id: string, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(bytesOf("taroko-subject/1"), zero, salt, zero, bytesOf(id));
}

/**
 * Commits to a value without showing it: base64url(HMAC-SHA-256(salt, value)).
 * @param salt 32 random bytes, used for this one value and kept outside the log; destroying it unlinks the entry
 */
export async function commit(value: string | Uint8Array, salt: Uint8Array): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", concat(salt), algorithm, false, ["sign"]);
  const bytes = typeof value === "string" ? bytesOf(value) : concat(value);
  return base64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)));
}

/** Commits to the person an entry is about, by their identifier in the country's normal form. Salt as in `commit`. */
export async function subjectCommitment(id: string, salt: Uint8Array): Promise<string> {
  return base64url(await sha256(subjectInput(id, salt)));
}
