import { createHash } from "node:crypto";
import { canonicalJson, fromBase64, fromBase64Url, toBase64, toBase64Url, utf8, type JsonValue } from "#kernel";
import {
  checkCertificate,
  keyFits,
  readCertificate,
  subjectIdentity,
  verifySignature,
  type CardCertificate,
  type RevocationCheck,
  type SubjectIdentity,
  type TokenReason,
} from "./web-eid/index.ts";

/**
 * JAdES baseline B signatures (ETSI TS 119 182-1) over canonical JSON (RFC 8785), as flattened JWS JSON
 * (RFC 7515 section 7.2.2):
 *
 *     {"payload": base64url(canonical JSON), "protected": base64url(header), "signature": base64url(R‖S)}
 *     header = {"alg", "cty", "iat", "x5c": [base64 DER], "x5t#S256": base64url(SHA-256 of the DER)}
 *
 * The card signs the hash of `protected "." payload`, which the server computes: pure functions on both sides of the card.
 */
export type JadesAlgorithm = "ES256" | "ES384";

/** The hash the card is asked for, in Web eID's words. */
export const cardHash: Readonly<Record<JadesAlgorithm, "SHA-256" | "SHA-384">> = { ES256: "SHA-256", ES384: "SHA-384" };

/** Which algorithm this card's signature key makes, or `undefined` for a key we do not sign with. */
export function algorithmFor(certificate: CardCertificate): JadesAlgorithm | undefined {
  return (["ES256", "ES384"] as const).find((algorithm) => keyFits(algorithm, certificate.x509.publicKey));
}

/** The protected header in its transfer form, for the certificate whose key will sign. */
export function protectedHeader(
  certificate: CardCertificate,
  algorithm: JadesAlgorithm,
  signed: { readonly at: Date; readonly contentType: string },
): string {
  return toBase64Url(
    utf8(
      canonicalJson({
        alg: algorithm,
        cty: signed.contentType,
        iat: Math.floor(signed.at.getTime() / 1000),
        x5c: [toBase64(certificate.der)],
        "x5t#S256": toBase64Url(certificate.fingerprint),
      }),
    ),
  );
}

/** What is signed (RFC 7515 section 5.1), both parts in their transfer form. */
export function signingInput(header: string, payload: string): Uint8Array<ArrayBuffer> {
  return utf8(`${header}.${payload}`);
}

/** The hash the card signs. */
export function signingHash(algorithm: JadesAlgorithm, header: string, payload: string): Buffer {
  return createHash(algorithm === "ES256" ? "sha256" : "sha384")
    .update(signingInput(header, payload))
    .digest();
}

/** The whole signature as text, ready to be kept. */
export function assembleJws(header: string, payload: string, signature: Uint8Array): string {
  return canonicalJson({ payload, protected: header, signature: toBase64Url(signature) });
}

/** Sub-indications of ETSI EN 319 102-1: `invalid` is for ever, `indeterminate` may change with more evidence. */
export type InvalidWhy = "FORMAT_FAILURE" | "SIG_CRYPTO_FAILURE";
export type IndeterminateWhy =
  | "NO_CERTIFICATE_CHAIN_FOUND"
  | "CHAIN_CONSTRAINTS_FAILURE"
  | "OUT_OF_BOUNDS_NO_POE"
  | "REVOKED_NO_POE"
  | "TRY_LATER";

/** What the signature itself says, once it verifies. */
export interface JadesContent {
  readonly payload: JsonValue;
  /** SHA-256 of the canonical payload. */
  readonly payloadHash: Uint8Array;
  readonly contentType: string;
  /** When the signer's side claims it was made. No time-stamp stands behind it at level B. */
  readonly claimedAt: Date;
  readonly certificate: CardCertificate;
  readonly signer: SubjectIdentity;
}

export type JadesVerdict =
  | ({ readonly status: "valid" } & JadesContent)
  | { readonly status: "invalid"; readonly why: InvalidWhy; readonly detail: string }
  | {
      readonly status: "indeterminate";
      readonly why: IndeterminateWhy;
      readonly reason: TokenReason;
      readonly content: JadesContent;
    };

/** Who is trusted to have issued the signer's certificate, and how to ask whether it stood. */
export interface JadesAnchors {
  readonly trustedIssuers: readonly CardCertificate[];
  readonly revocation: RevocationCheck;
  /** The instant to judge at: now, or the proven time of the signature (its log entry). */
  readonly clock: { now(): Date };
}

const whyOf: Readonly<Record<TokenReason, IndeterminateWhy>> = {
  FORMAT: "CHAIN_CONSTRAINTS_FAILURE",
  SIGNATURE: "CHAIN_CONSTRAINTS_FAILURE",
  SUBJECT: "CHAIN_CONSTRAINTS_FAILURE",
  CERT_WRONG_PURPOSE: "CHAIN_CONSTRAINTS_FAILURE",
  CERT_POLICY: "CHAIN_CONSTRAINTS_FAILURE",
  CERT_NOT_TRUSTED: "NO_CERTIFICATE_CHAIN_FOUND",
  CERT_EXPIRED: "OUT_OF_BOUNDS_NO_POE",
  CERT_NOT_YET_VALID: "OUT_OF_BOUNDS_NO_POE",
  CERT_REVOKED: "REVOKED_NO_POE",
  CERT_STATUS_UNKNOWN: "NO_CERTIFICATE_CHAIN_FOUND",
  REVOCATION_UNAVAILABLE: "TRY_LATER",
};

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function decodeText(part: unknown): string | undefined {
  const bytes = typeof part === "string" ? fromBase64Url(part) : undefined;
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads and checks everything that needs no authority: form, canonical payload, header, certificate reference, signature. */
function readJades(jws: string): JadesContent | { readonly why: InvalidWhy; readonly detail: string } {
  const format = (detail: string) => ({ why: "FORMAT_FAILURE", detail }) as const;
  const parts = parseObject(jws);
  const header = parseObject(decodeText(parts?.["protected"]));
  const text = decodeText(parts?.["payload"]);
  const signature = typeof parts?.["signature"] === "string" ? fromBase64Url(parts["signature"]) : undefined;
  if (!parts || !header || text === undefined || !signature) return format("not a flattened JWS");
  // Nothing critical is understood here, and an unprotected header could contradict the signed one: only what was added
  // after signing, such as a time stamp, may stand there.
  const beside = parts["header"];
  const onlyAdded = beside === undefined || (isObject(beside) && Object.keys(beside).every((name) => name === "etsiU"));
  if ("crit" in header || "b64" in header || !onlyAdded) return format("header member not understood");
  const { alg, cty, iat, x5c } = header;
  if (alg !== "ES256" && alg !== "ES384") return format("alg");
  if (typeof cty !== "string" || !Number.isSafeInteger(iat) || !Array.isArray(x5c)) return format("cty, iat, x5c");
  const der = typeof x5c[0] === "string" ? fromBase64(x5c[0]) : undefined;
  let certificate: CardCertificate;
  let payload: JsonValue;
  try {
    certificate = readCertificate(der ?? new Uint8Array());
    payload = JSON.parse(text) as JsonValue;
    if (canonicalJson(payload) !== text) return format("payload is not canonical JSON");
  } catch {
    return format("certificate or payload cannot be read");
  }
  if (header["x5t#S256"] !== toBase64Url(certificate.fingerprint)) return format("x5t#S256 names another certificate");
  const signer = subjectIdentity(certificate);
  if (!signer) return format("the certificate names no person");
  const input = signingInput(parts["protected"] as string, parts["payload"] as string);
  if (!verifySignature(alg, certificate.x509.publicKey, input, signature))
    return { why: "SIG_CRYPTO_FAILURE", detail: "the signature does not verify" };
  return {
    payload,
    payloadHash: new Uint8Array(createHash("sha256").update(text, "utf8").digest()),
    contentType: cty,
    claimedAt: new Date(Number(iat) * 1000),
    certificate,
    signer,
  };
}

/**
 * Verifies a JAdES signature against issuing authorities. `valid` means: this person's signature key, certified for
 * signatures by a trusted authority and not revoked, signed exactly this payload.
 */
export async function verifyJades(jws: string, anchors: JadesAnchors): Promise<JadesVerdict> {
  const read = readJades(jws);
  if ("why" in read) return { status: "invalid", ...read };
  const checked = await checkCertificate(read.certificate, { ...anchors, purpose: "signature" });
  if (!checked.valid)
    return { status: "indeterminate", why: whyOf[checked.reason], reason: checked.reason, content: read };
  return { status: "valid", ...read };
}
