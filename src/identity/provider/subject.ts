import { createHmac } from "node:crypto";

/**
 * The name under which one organisation knows a person: the same for all its clients, another for every other
 * organisation, so that two of them cannot join what they know.
 * `base64url(HMAC-SHA-256(key, "taroko/sub/v1" ‖ 00 ‖ sector ‖ 00 ‖ person id))`
 */
export function pairwiseSubject(key: Uint8Array, sector: string, personId: string): string {
  return createHmac("sha256", key).update(`taroko/sub/v1\0${sector}\0${personId}`, "utf8").digest("base64url");
}
