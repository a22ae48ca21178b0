import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/**
 * A site's secrets: made at first start, each in a file that only the site's user may read, never in the database and
 * never in a back-up of it.
 */
export interface SiteKeys {
  /** 32 random bytes, the root of keyed hashes and encryption; its own for each name. */
  secret(name: string): Uint8Array;
  /** A text made once by `make` and kept. */
  text(name: string, make: () => string): string;
  /** A P-256 private key. */
  signingKey(name: string): KeyObject;
}

export function openSiteKeys(folder: string): SiteKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text: SiteKeys["text"] = (name, make) => {
    const path = join(folder, name);
    if (existsSync(path)) return readFileSync(path, "utf8");
    const made = make();
    // Written aside, synced and given its name: a killed start leaves a whole key or none, and of two processes that
    // start together both go on with the key of the one that was first.
    const aside = `${path}.${randomBytes(8).toString("hex")}.new`;
    const file = openSync(aside, "wx", 0o600);
    writeSync(file, made);
    fsyncSync(file);
    closeSync(file);
    try {
      linkSync(aside, path);
    } catch (fault) {
      if ((fault as { readonly code?: unknown }).code !== "EEXIST") throw fault;
    } finally {
      unlinkSync(aside);
    }
    return readFileSync(path, "utf8");
  };
  return {
    text,
    secret: (name) =>
      new Uint8Array(
        Buffer.from(
          text(`${name}.secret`, () => randomBytes(32).toString("hex")),
          "hex",
        ),
      ),
    signingKey: (name) =>
      createPrivateKey(
        text(
          `${name}.pem`,
          () =>
            generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
              type: "pkcs8",
              format: "pem",
            }) as string,
        ),
      ),
  };
}
