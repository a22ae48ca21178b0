import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * The service's checksums: hex(IV 12) ‖ hex(AES-256-GCM(key, ASCII hex of SHA-256(payload)) ‖ tag 16), where the payload is
 * the plain concatenation of the fields in their order, absent ones as empty text.
 *
 * All published clients use an IV of zeros, by which two checksums give the key stream away: where the service takes it,
 * a random one is used. Neither is relied on; the signature is.
 */
export function writeChecksum(key: Uint8Array, fields: readonly (string | undefined)[], iv: "random" | "zero"): string {
  const nonce = iv === "random" ? randomBytes(12) : Buffer.alloc(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([cipher.update(digestOf(fields), "latin1"), cipher.final(), cipher.getAuthTag()]);
  return nonce.toString("hex") + body.toString("hex");
}

/** Whether a checksum is over these fields under this key. False for anything malformed. */
export function checksumFits(key: Uint8Array, fields: readonly (string | undefined)[], checksum: unknown): boolean {
  if (typeof checksum !== "string" || !/^[0-9a-fA-F]{184}$/.test(checksum)) return false;
  const bytes = Buffer.from(checksum, "hex");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return timingSafeEqual(plain, Buffer.from(digestOf(fields), "latin1"));
  } catch {
    return false;
  }
}

function digestOf(fields: readonly (string | undefined)[]): string {
  return createHash("sha256")
    .update(fields.map((field) => field ?? "").join(""), "utf8")
    .digest("hex");
}
