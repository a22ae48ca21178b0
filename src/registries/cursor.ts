import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { canonicalJson, fromBase64Url, toBase64Url } from "#kernel";
import type { RegisterDeclaration } from "./declaration.ts";
import type { Condition, Query } from "./source.ts";

/** Where a page ended, as callers hold it. */
export interface Cursors {
  /** @param position the source's own text; it may hold the key of a row */
  seal(position: string, of: Pick<Query, "conditions">): string;
  /** `undefined` for a text that this register did not seal for this very question. */
  open(cursor: string, of: Pick<Query, "conditions">): string | undefined;
}

/** Whatever is sealed without a key of its own goes with the process. */
const ofThisProcess = randomBytes(32);

const nonceLength = 12;
const tagLength = 16;
/** Lengths are rounded up, so that a cursor's does not tell one key from another. */
const block = 64;

/**
 * Seals a register's cursors (AES-256-GCM). A position is the key of the page's last row, and a right or a consent may
 * keep just that from the caller: who holds a cursor reads nothing in it, can change nothing in it, and can ask nothing
 * else with it. The nonce is random: 2^32 cursors of one key are far from a second use of one (NIST SP 800-38D, 8.3).
 * @param secret 32 bytes, the same in all processes that answer for the register and after a restart
 */
export function openCursors(declaration: RegisterDeclaration, secret: Uint8Array = ofThisProcess): Cursors {
  const key = Buffer.from(hkdfSync("sha256", secret, new Uint8Array(0), "taroko/register-cursor/v1", 32));
  const bound = ({ conditions }: Pick<Query, "conditions">): Buffer => {
    const { subsystem, service } = declaration;
    const text = (one: Condition): string => canonicalJson(one);
    return Buffer.from(canonicalJson([subsystem, service, [...declaration.key], conditions.map(text).sort()]));
  };
  return {
    seal(position, of) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound(of));
      const sealed = Buffer.concat([cipher.update(padded(position)), cipher.final()]);
      return toBase64Url(Buffer.concat([nonce, sealed, cipher.getAuthTag()]));
    },
    open(cursor, of) {
      const bytes = Buffer.from(fromBase64Url(cursor) ?? []);
      if (bytes.length < nonceLength + block + tagLength) return undefined;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceLength), {
        authTagLength: tagLength,
      }).setAAD(bound(of));
      decipher.setAuthTag(bytes.subarray(-tagLength));
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]);
        return text.subarray(4, 4 + text.readUInt32BE(0)).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}

/** Four bytes of length, the text, zeros. */
function padded(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const whole = Buffer.alloc(Math.ceil((4 + bytes.length) / block) * block);
  whole.writeUInt32BE(bytes.length);
  bytes.copy(whole, 4);
  return whole;
}
