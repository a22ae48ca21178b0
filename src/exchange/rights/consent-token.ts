import { createHash, timingSafeEqual, type KeyObject } from "node:crypto";
import { compactVerify, CompactSign, decodeProtectedHeader } from "jose";
import { err, fromBase64Url, ok, randomToken, type Refusal, type Result } from "#kernel";
import { z } from "zod";

const type = "taroko-consent+jwt";

const claimsSchema: z.ZodType<ConsentClaims> = z.object({
  iss: z.string(),
  jti: z.string().min(1).max(100),
  aud: z.array(z.string()).min(1).max(50),
  sub_salt: z.string(),
  sub_hash: z.string(),
  purpose: z.string().max(100),
  basis: z.string().max(200),
  fields: z.array(z.string()).max(200).optional(),
  nbf: z.number().int(),
  exp: z.number().int(),
});

/**
 * A person's consent as it travels with a call (header `Taroko-Consent`): compact JWS, ES256. The person is named only by
 * a salted hash, so that a copy in some log tells nothing.
 */
export interface ConsentClaims {
  /** Member that recorded the consent, path form. */
  readonly iss: string;
  /** The consent's id. */
  readonly jti: string;
  /** Services it may be used for, text form (`SERVICE:TW/GOV/…`). */
  readonly aud: readonly string[];
  /** 16 random bytes, base64url. */
  readonly sub_salt: string;
  /** base64url(SHA-256(salt ‖ identifier)). */
  readonly sub_hash: string;
  readonly purpose: string;
  readonly basis: string;
  /** Top-level members the person agreed to; absent = all the right allows. */
  readonly fields?: readonly string[] | undefined;
  /** Unix seconds. */
  readonly nbf: number;
  readonly exp: number;
}

/** The consent a provider will look for; what `signConsentToken` puts into claims. */
export interface ConsentGrant {
  readonly issuer: string;
  readonly consentId: string;
  readonly services: readonly string[];
  /** The person's identifier in the country's normal form. It does not leave this function. */
  readonly subject: string;
  readonly purpose: string;
  readonly legalBasis: string;
  readonly fields?: readonly string[];
  readonly notBefore: Date;
  readonly expires: Date;
}

/** Signs a consent token with a consent key of the issuing member (ES256; `keyid` = RFC 7638 thumbprint). */
export async function signConsentToken(
  grant: ConsentGrant,
  key: { readonly keyid: string; readonly privateKey: KeyObject },
): Promise<string> {
  const salt = randomToken(16);
  const claims: ConsentClaims = {
    iss: grant.issuer,
    jti: grant.consentId,
    aud: grant.services,
    sub_salt: salt,
    sub_hash: hashOf(salt, grant.subject).toString("base64url"),
    purpose: grant.purpose,
    basis: grant.legalBasis,
    ...(grant.fields ? { fields: grant.fields } : {}),
    nbf: Math.floor(grant.notBefore.getTime() / 1000),
    exp: Math.floor(grant.expires.getTime() / 1000),
  };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "ES256", kid: key.keyid, typ: type })
    .sign(key.privateKey);
}

/** A key that may sign consent tokens, and whose it is. */
export interface ConsentKey {
  readonly key: KeyObject;
  readonly member: string;
}

/** What the call is, for the comparison with the token. */
export interface ConsentQuestion {
  /** Text form. */
  readonly service: string;
  /** Found by the service's subject rule; `undefined` when the call names nobody, which no consent covers. */
  readonly subject: string | undefined;
  readonly purpose: string | undefined;
  readonly legalBasis: string | undefined;
  readonly now: Date;
}

export type ConsentRefusal = Refusal<"consent-invalid" | "consent-expired" | "consent-mismatch">;

/** Checks a token against the call it came with. `findKey` answers only keys of members trusted to record consents. */
export async function checkConsentToken(
  token: string,
  question: ConsentQuestion,
  findKey: (keyid: string) => ConsentKey | undefined,
): Promise<Result<ConsentClaims, ConsentRefusal>> {
  const invalid = (reason: string) => err({ code: "consent-invalid", params: { reason } } as const);
  const mismatch = (reason: string) => err({ code: "consent-mismatch", params: { reason } } as const);
  let claims: ConsentClaims;
  try {
    const header = decodeProtectedHeader(token);
    if (header.typ !== type || header.alg !== "ES256") return invalid("format");
    const signer = findKey(header.kid ?? "");
    if (!signer) return invalid("signer-unknown");
    const { payload } = await compactVerify(token, signer.key, { algorithms: ["ES256"] });
    claims = claimsSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
    if (claims.iss !== signer.member) return invalid("issuer");
  } catch {
    return invalid("signature-or-format");
  }
  const seconds = question.now.getTime() / 1000;
  if (seconds < claims.nbf - 30 || seconds >= claims.exp) {
    return err({ code: "consent-expired", params: { reason: seconds < claims.nbf ? "not-yet" : "expired" } });
  }
  if (!claims.aud.includes(question.service)) return mismatch("service");
  if (claims.purpose !== question.purpose) return mismatch("purpose");
  if (claims.basis !== question.legalBasis) return mismatch("legal-basis");
  const expected = fromBase64Url(claims.sub_hash);
  if (question.subject === undefined || expected?.length !== 32) return mismatch("person");
  if (!timingSafeEqual(expected, hashOf(claims.sub_salt, question.subject))) return mismatch("person");
  return ok(claims);
}

function hashOf(salt: string, subject: string): Buffer {
  return createHash("sha256").update(Buffer.from(salt, "base64url")).update(subject, "utf8").digest();
}
