import { constants, createHash, verify, type Hash, type KeyObject } from "node:crypto";
import { must } from "./findings.ts";
import type { Canonicalization } from "./xml.ts";

const xmlenc = "http://www.w3.org/2001/04/xmlenc#";
const more = "http://www.w3.org/2001/04/xmldsig-more#";

/** XML names of the hashes that are accepted; MD5 and SHA-1 are not among them. */
const digests: Readonly<Record<string, "sha256" | "sha384" | "sha512">> = {
  [`${xmlenc}sha256`]: "sha256",
  [`${more}sha384`]: "sha384",
  [`${xmlenc}sha512`]: "sha512",
};

export const sha512Uri: string = `${xmlenc}sha512`;
export const ecdsaSha256Uri: string = `${more}ecdsa-sha256`;
export const exclusiveUri: string = "http://www.w3.org/2001/10/xml-exc-c14n#";

/** @throws `algorithm-refused` */
export function digestName(uri: string | undefined): "sha256" | "sha384" | "sha512" {
  const name = digests[uri ?? ""];
  must(name, "algorithm-refused", `digest ${uri ?? "not named"}`);
  return name;
}

export function hasher(uri: string | undefined): Hash {
  return createHash(digestName(uri));
}

interface SignatureKind {
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly kind: "rsa" | "rsa-pss" | "ec";
}

const pss = "http://www.w3.org/2007/05/xmldsig-more#";
const signatures: Readonly<Record<string, SignatureKind>> = Object.fromEntries(
  (["sha256", "sha384", "sha512"] as const).flatMap((hash) => [
    [`${more}rsa-${hash}`, { hash, kind: "rsa" }],
    [`${more}ecdsa-${hash}`, { hash, kind: "ec" }],
    [`${pss}${hash}-rsa-MGF1`, { hash, kind: "rsa-pss" }],
  ]),
);
const curves = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** Verifies an XML signature value. @throws `algorithm-refused`, `signature-invalid` */
export function checkSignatureValue(
  uri: string | undefined,
  key: KeyObject,
  data: Uint8Array,
  value: Uint8Array,
): void {
  const method = signatures[uri ?? ""];
  must(method, "algorithm-refused", `signature ${uri ?? "not named"}`);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const fits =
    method.kind === "ec"
      ? type === "ec" && curves.has(details?.namedCurve ?? "")
      : type === "rsa" && (details?.modulusLength ?? 0) >= 2048;
  must(fits, "algorithm-refused", `the key does not fit ${uri}, or is too short`);
  const how =
    method.kind === "ec"
      ? { key, dsaEncoding: "ieee-p1363" as const }
      : method.kind === "rsa"
        ? { key, padding: constants.RSA_PKCS1_PADDING }
        : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  must(verify(method.hash, data, how, value), "signature-invalid", "the signature value");
}

const canonicalizations: Readonly<Record<string, Canonicalization>> = {
  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": "inclusive",
  "http://www.w3.org/2006/12/xml-c14n11": "inclusive-1.1",
  [exclusiveUri]: "exclusive",
};

/** Nothing named means canonical XML 1.0, as XMLDSig section 4.4.3.2 has it for a part of the same document. */
export function canonicalizationOf(uri: string | undefined): Canonicalization {
  if (uri === undefined) return "inclusive";
  const kind = canonicalizations[uri];
  must(kind, "algorithm-refused", `canonicalization ${uri}`);
  return kind;
}
