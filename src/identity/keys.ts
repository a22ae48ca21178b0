import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { utf8 } from "#kernel";

/** The module's own keys, derived from the site secret; none of them ever leaves the process. */
export interface IdentityKeys {
  /** Encrypts a text for one row (its id, or one named after it): `01 ‖ IV (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM, bound to `rowId`. */
  seal(text: string, rowId: string): Buffer;
  /** The text again. @throws when the bytes were altered or belong to another row (`code` = `sealed-value-damaged`) */
  open(sealed: Uint8Array, rowId: string): string;
  /** The keyed hash by which an identity number is found. */
  blindIndex(normalised: string): Buffer;
  /** A keyed hash of a browser's description, for telling a person's devices apart. */
  agentHash(agent: string): Buffer;
}

/** Derives one key per use (HKDF-SHA-256, RFC 5869). `siteSecret` is 32 random bytes of the site's key store. */
export function identityKeys(siteSecret: Uint8Array): IdentityKeys {
  if (siteSecret.length !== 32)
    throw Object.assign(new Error("the site secret must be 32 bytes"), { code: "site-secret" });
  // As key objects: given as bytes they cost more than the cipher, each time (bench/README.md).
  const derive = (label: string) =>
    createSecretKey(
      new Uint8Array(hkdfSync("sha256", siteSecret, new Uint8Array(0), utf8(`taroko/identity/${label}/v1`), 32)),
    );
  const sealing = derive("seal");
  const indexing = derive("national-id/index");
  const agents = derive("agent");
  return {
    seal(text, rowId) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealing, iv);
      cipher.setAAD(utf8(rowId));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([1]), iv, body, cipher.getAuthTag()]);
    },
    open(sealed, rowId) {
      try {
        if (sealed[0] !== 1) throw new Error("unknown version");
        const decipher = createDecipheriv("aes-256-gcm", sealing, sealed.subarray(1, 13), { authTagLength: 16 });
        decipher.setAAD(utf8(rowId));
        decipher.setAuthTag(sealed.subarray(-16));
        return Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw Object.assign(new Error("a sealed value cannot be opened", { cause }), { code: "sealed-value-damaged" });
      }
    },
    blindIndex: (normalised) => createHmac("sha256", indexing).update(normalised, "utf8").digest(),
    agentHash: (agent) => createHmac("sha256", agents).update(agent, "utf8").digest(),
  };
}

/** How a handed-out secret is stored: a reader of the database gets no live session. The secrets have 256 random bits. */
export function tokenHash(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
