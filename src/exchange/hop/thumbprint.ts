import { createHash, type JsonWebKey } from "node:crypto";
import { canonicalJson, toBase64Url } from "#kernel";

/** RFC 7638 section 3.2 and RFC 8037 section 2: the members that count, per key type. */
const requiredMembers: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
};

/** RFC 7638 thumbprint (SHA-256, base64url): the `keyid` of our signatures. Throws on a key type or member it lacks. */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const members = requiredMembers[jwk.kty ?? ""];
  if (members === undefined) throw new TypeError("no thumbprint for this JWK key type");
  const subset: Record<string, string> = {};
  for (const member of members) {
    const value = jwk[member];
    if (typeof value !== "string") throw new TypeError(`JWK lacks ${member}`);
    subset[member] = value;
  }
  return toBase64Url(createHash("sha256").update(canonicalJson(subset)).digest());
}
