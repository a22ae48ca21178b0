import { createHash } from "node:crypto";
import { hashOf, isSignatureAlgorithm, verifySignature } from "./algorithms.ts";
import { readCertificate, type CardCertificate } from "./certificate.ts";
import { findIssuer, validAt } from "./trust.ts";

/** Why a token was refused. A closed list: tell the person the matching text and nothing more. */
export type TokenReason =
  | "FORMAT"
  | "CERT_WRONG_PURPOSE"
  | "CERT_POLICY"
  | "CERT_EXPIRED"
  | "CERT_NOT_YET_VALID"
  | "CERT_NOT_TRUSTED"
  | "CERT_REVOKED"
  | "CERT_STATUS_UNKNOWN"
  | "REVOCATION_UNAVAILABLE"
  | "SIGNATURE"
  | "SUBJECT";

/** What is known about a certificate now. Only `good` lets it pass. */
export type RevocationStatus = "good" | "revoked" | "unknown" | "unavailable";

/** A status with what proves it. */
export interface RevocationAnswer {
  readonly status: RevocationStatus;
  /** The responder's answer, DER: kept with a signature; of a sign-in only its hash. */
  readonly evidence?: Uint8Array;
  /** Since when, where a responder said `revoked`. */
  readonly revokedAt?: Date;
}

/** Asks whether `certificate`, issued by the trusted `issuer`, still stands. Must not throw; no answer is `unavailable`. */
export type RevocationCheck = (
  certificate: CardCertificate,
  issuer: CardCertificate,
) => Promise<RevocationStatus | RevocationAnswer>;

export interface TokenPolicy {
  /** Certificates bearing one of these policies are refused. Default: Estonian Mobile-ID. */
  readonly forbiddenPolicies?: readonly string[];
  /** If given, a certificate must bear at least one of these. */
  readonly requiredPolicies?: readonly string[];
  /** Subject countries accepted (ISO 3166-1 alpha-2); absent: any. */
  readonly countries?: readonly string[];
  /** Kinds of number accepted (ETSI EN 319 412-1: `PNO`, `PAS` …); absent: any. */
  readonly types?: readonly string[];
}

export interface TokenToValidate {
  /** The token's JSON text, as it came. */
  readonly token: string;
  /** This site's configured origin, `https://host[:port]` without a slash at the end; never from the request. */
  readonly origin: string;
  /** The challenge as handed out (base64 text), already deleted from the store. */
  readonly challenge: string;
  /** The issuing (intermediate) authorities that are trusted, each by itself. */
  readonly trustedIssuers: readonly CardCertificate[];
  readonly revocation: RevocationCheck;
  readonly clock: { now(): Date };
  readonly policy?: TokenPolicy;
}

/** The person a certificate names: issuing country, kind of number, number. */
export interface SubjectIdentity {
  readonly country: string;
  /** Kind by ETSI EN 319 412-1: `PNO` national number, `PAS` passport, `IDC` identity card. */
  readonly type: string;
  readonly number: string;
}

export type TokenVerdict =
  | {
      readonly valid: true;
      readonly certificate: CardCertificate;
      readonly issuer: CardCertificate;
      readonly identity: SubjectIdentity;
      readonly evidence?: Uint8Array;
    }
  | {
      readonly valid: false;
      readonly reason: TokenReason;
      /** Number of the step that refused: identity reference, "Web eID: token and validation". */
      readonly step: number;
      /** For the log; holds no personal data. */
      readonly detail: string;
      /** Present from step 4 on; for the record of the attempt. */
      readonly certificate?: CardCertificate;
    };

const clientAuth = "1.3.6.1.5.5.7.3.2";
const mobileId = ["", ".1", ".2", ".3"].map((arc) => `1.3.6.1.4.1.10015.1.3${arc}`);

function strictBase64(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const bytes = Buffer.from(value, "base64");
  return bytes.toString("base64") === value ? new Uint8Array(bytes) : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes a card signs: `h(origin) ‖ h(challenge)`, the challenge as its base64 text. The signature hashes them again. */
export function authenticationBytes(hash: string, origin: string, challenge: string): Uint8Array<ArrayBuffer> {
  const digest = (text: string) => createHash(hash).update(text, "utf8").digest();
  return new Uint8Array(Buffer.concat([digest(origin), digest(challenge)]));
}

/** `PNOTW-A700000001` → country, type, number; a plain number takes the subject's country and counts as `PNO`. */
export function subjectIdentity(certificate: CardCertificate): SubjectIdentity | undefined {
  const text = certificate.subject.serialNumber?.trim() ?? "";
  const country = certificate.subject.country?.toUpperCase();
  const etsi = /^([A-Z]{3})([A-Z]{2})-(.+)$/.exec(text);
  if (etsi) return { type: etsi[1]!, country: etsi[2]!, number: etsi[3]! };
  return text !== "" && country !== undefined && /^[A-Z]{2}$/.test(country)
    ? { type: "PNO", country, number: text }
    : undefined;
}

/** Steps 4 to 8 for a certificate alone, whatever it is used for; signing uses them with another purpose. */
export async function checkCertificate(
  certificate: CardCertificate,
  input: Pick<TokenToValidate, "trustedIssuers" | "revocation" | "clock" | "policy"> & {
    readonly purpose: "authentication" | "signature";
  },
): Promise<
  | { readonly valid: true; readonly issuer: CardCertificate; readonly evidence?: Uint8Array }
  | { readonly valid: false; readonly reason: TokenReason; readonly step: number; readonly detail: string }
> {
  const no = (step: number, reason: TokenReason, detail: string) => ({ valid: false, step, reason, detail }) as const;
  const { keyUsage, extendedKeyUsage, policies } = certificate;

  // 4 purpose
  if (input.purpose === "authentication") {
    if (!keyUsage?.has("digitalSignature")) return no(4, "CERT_WRONG_PURPOSE", "key usage lacks digitalSignature");
    if (extendedKeyUsage.length > 0 && !extendedKeyUsage.includes(clientAuth))
      return no(4, "CERT_WRONG_PURPOSE", "extended key usage lacks clientAuth");
  } else if (!keyUsage?.has("nonRepudiation")) {
    return no(4, "CERT_WRONG_PURPOSE", "key usage lacks nonRepudiation");
  }

  // 5 policies
  const forbidden = input.policy?.forbiddenPolicies ?? mobileId;
  if (policies.some((oid) => forbidden.includes(oid))) return no(5, "CERT_POLICY", "a forbidden policy");
  const required = input.policy?.requiredPolicies;
  if (required && !policies.some((oid) => required.includes(oid))) return no(5, "CERT_POLICY", "no required policy");

  // 6 validity
  const now = input.clock.now();
  if (now < certificate.notBefore) return no(6, "CERT_NOT_YET_VALID", "before notBefore");
  if (!validAt(certificate, now)) return no(6, "CERT_EXPIRED", "after notAfter");

  // 7 trust
  const issuer = findIssuer(certificate, input.trustedIssuers, now);
  if (!issuer) return no(7, "CERT_NOT_TRUSTED", "no configured issuer signed it");

  // 8 revocation: no answer is a refusal
  const answer = await input.revocation(certificate, issuer);
  const { status, evidence } = typeof answer === "string" ? { status: answer, evidence: undefined } : answer;
  if (status === "good") return { valid: true, issuer, ...(evidence && { evidence }) };
  if (status === "revoked") return no(8, "CERT_REVOKED", "revoked");
  if (status === "unknown") return no(8, "CERT_STATUS_UNKNOWN", "unknown to its issuer");
  return no(8, "REVOCATION_UNAVAILABLE", "no usable revocation information");
}

/**
 * Validates a Web eID authentication token (format `web-eid:1`), in the order of the reference library. A good signature
 * proves origin and challenge, for both are in the signed bytes and in no field of the token.
 * @see https://github.com/web-eid/web-eid-system-architecture-doc
 */
export async function validateAuthToken(input: TokenToValidate): Promise<TokenVerdict> {
  const no = (step: number, reason: TokenReason, detail: string, certificate?: CardCertificate): TokenVerdict => ({
    valid: false,
    reason,
    step,
    detail,
    ...(certificate && { certificate }),
  });

  // 1 length
  if (input.token.length < 100 || input.token.length > 10_000) return no(1, "FORMAT", "length");

  // 2 JSON and format
  const token = parseObject(input.token);
  if (!token) return no(2, "FORMAT", "not a JSON object");
  const { format, algorithm, unverifiedCertificate } = token;
  if (typeof format !== "string" || !/^web-eid:1(\.|$)/.test(format)) return no(2, "FORMAT", "format");
  if (!isSignatureAlgorithm(algorithm)) return no(2, "FORMAT", "algorithm");
  const signature = strictBase64(token["signature"]);
  if (!signature) return no(2, "FORMAT", "signature is not base64");

  // 3 certificate
  const der = strictBase64(unverifiedCertificate);
  if (!der) return no(3, "FORMAT", "certificate is not base64");
  let certificate: CardCertificate;
  try {
    certificate = readCertificate(der);
  } catch {
    return no(3, "FORMAT", "certificate cannot be read");
  }

  // 4–8
  const checked = await checkCertificate(certificate, { ...input, purpose: "authentication" });
  if (!checked.valid) return no(checked.step, checked.reason, checked.detail, certificate);

  // 9 signature
  const signed = authenticationBytes(hashOf(algorithm), input.origin, input.challenge);
  if (!verifySignature(algorithm, certificate.x509.publicKey, signed, signature))
    return no(9, "SIGNATURE", "does not verify over this origin and challenge", certificate);

  // 10 subject
  const identity = subjectIdentity(certificate);
  if (!identity) return no(10, "SUBJECT", "no usable serialNumber", certificate);
  const countries = input.policy?.countries;
  if (countries && !countries.includes(identity.country)) return no(10, "SUBJECT", "country not accepted", certificate);
  const types = input.policy?.types;
  if (types && !types.includes(identity.type)) return no(10, "SUBJECT", "kind of number not accepted", certificate);
  const { issuer, evidence } = checked;
  return { valid: true, certificate, issuer, identity, ...(evidence && { evidence }) };
}
