import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { utf8 } from "#kernel";

/** Keeps what names payees out of reach of whoever reads the database. Derived from the site's secret. */
export interface Sealing {
  /** `01 ‖ IV (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM, bound to the row it belongs to. */
  seal(value: object, row: string): Buffer;
  /** @throws `sealed-value-damaged` when it was altered or belongs to another row */
  open(sealed: Uint8Array, row: string): unknown;
  /** The keyed hash by which texts of one kind are found again. */
  index(kind: string, ...texts: readonly string[]): Buffer;
}

/** One key per use (HKDF-SHA-256, RFC 5869). @param secret 32 random bytes of the site's key store */
export function openSealing(secret: Uint8Array): Sealing {
  if (secret.length !== 32) throw Object.assign(new Error("the secret must be 32 bytes"), { code: "site-secret" });
  const derive = (label: string): KeyObject =>
    createSecretKey(
      new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), utf8(`taroko/payments/${label}/v1`), 32)),
    );
  const sealing = derive("seal");
  const indexing = derive("index");
  return {
    seal(value, row) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealing, iv).setAAD(utf8(row));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([1]), iv, body, cipher.getAuthTag()]);
    },
    open(sealed, row) {
      try {
        if (sealed[0] !== 1) throw new Error("unknown version");
        const decipher = createDecipheriv("aes-256-gcm", sealing, sealed.subarray(1, 13), { authTagLength: 16 });
        decipher.setAAD(utf8(row)).setAuthTag(sealed.subarray(-16));
        const text = Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]).toString("utf8");
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw Object.assign(new Error("a sealed value cannot be opened", { cause }), { code: "sealed-value-damaged" });
      }
    },
    // Lengths keep ("ab", "c") and ("a", "bc") apart.
    index: (kind, ...texts) =>
      createHmac("sha256", indexing)
        .update(JSON.stringify([kind, ...texts]), "utf8")
        .digest(),
  };
}
