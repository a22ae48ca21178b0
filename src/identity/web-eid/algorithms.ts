import { constants, verify, type KeyObject } from "node:crypto";

/** The signature algorithms a card may use (RFC 7518 section 3.1). */
export type SignatureAlgorithm =
  | "ES256"
  | "ES384"
  | "ES512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512";
export type HashName = "sha256" | "sha384" | "sha512";

type KeyDemand = { readonly hash: HashName } & ({ readonly curve: string } | { readonly padding: number });

/** The hash of each algorithm and the key it needs. */
const algorithms: Readonly<Record<SignatureAlgorithm, KeyDemand>> = {
  ES256: { hash: "sha256", curve: "prime256v1" },
  ES384: { hash: "sha384", curve: "secp384r1" },
  ES512: { hash: "sha512", curve: "secp521r1" },
  RS256: { hash: "sha256", padding: constants.RSA_PKCS1_PADDING },
  RS384: { hash: "sha384", padding: constants.RSA_PKCS1_PADDING },
  RS512: { hash: "sha512", padding: constants.RSA_PKCS1_PADDING },
  PS256: { hash: "sha256", padding: constants.RSA_PKCS1_PSS_PADDING },
  PS384: { hash: "sha384", padding: constants.RSA_PKCS1_PSS_PADDING },
  PS512: { hash: "sha512", padding: constants.RSA_PKCS1_PSS_PADDING },
};

export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === "string" && Object.hasOwn(algorithms, name);
}

export function hashOf(algorithm: SignatureAlgorithm): HashName {
  return algorithms[algorithm].hash;
}

/** Whether the key is of the kind and size the algorithm's name promises; RSA keys need 2048 bits. */
export function keyFits(algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  const row = algorithms[algorithm];
  const details = key.asymmetricKeyDetails;
  if ("curve" in row) return key.asymmetricKeyType === "ec" && details?.namedCurve === row.curve;
  return key.asymmetricKeyType === "rsa" && (details?.modulusLength ?? 0) >= 2048;
}

/** Verifies a raw signature (for EC: R‖S, never DER). False, not a fault, for anything malformed. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!keyFits(algorithm, key)) return false;
  const row = algorithms[algorithm];
  try {
    if ("curve" in row) return verify(row.hash, data, { key, dsaEncoding: "ieee-p1363" }, signature);
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    return verify(row.hash, data, { key, padding: row.padding, saltLength }, signature);
  } catch {
    return false;
  }
}
