import { createHash } from "node:crypto";
import {
  checkCertificate,
  rejected,
  verifyCms,
  type AuthenticationContext,
  type CardCertificate,
  type Rejected,
  type Verified,
} from "#identity";

/** Subject directory attribute of a citizen's certificate: the last four characters of the identity number. */
const lastFourOid = "2.16.886.1.100.2.51";

/** The bytes a citizen certificate signs here: base64url of both hashes, so that no client's URL encoding changes them. */
export function toBeSigned(context: Pick<AuthenticationContext, "origin" | "challenge">): string {
  const hash = (text: string) => createHash("sha256").update(text, "utf8").digest();
  return Buffer.concat([hash(context.origin), hash(context.challenge)]).toString("base64url");
}

/**
 * Judges a PKCS#7 signature over {@link toBeSigned} by a citizen certificate (MOICA): the signature, its one signer, then
 * purpose, policies, validity, trust and revocation of the certificate.
 */
export async function verifyCitizen(
  context: AuthenticationContext,
  trustedIssuers: readonly CardCertificate[],
  signature: string,
): Promise<Verified | Rejected> {
  const der = Buffer.from(signature, "base64");
  if (signature === "" || der.toString("base64") !== signature) return rejected("FORMAT", "signature is not base64");
  const cms = verifyCms(der, Buffer.from(toBeSigned(context), "latin1"));
  if ("fault" in cms) return rejected("SIGNATURE", cms.fault);
  const { certificate } = cms;
  const { clock, revocation } = context;
  const checked = await checkCertificate(certificate, { trustedIssuers, clock, revocation, purpose: "authentication" });
  if (!checked.valid) return rejected(checked.reason, `step ${checked.step}: ${checked.detail}`);
  const last4 = certificate.directoryAttributes.get(lastFourOid);
  const name = certificate.subject.commonName;
  if (!name || !last4 || !/^\d{4}$/.test(last4)) return rejected("SUBJECT", "no name or no last four digits");
  return {
    status: "verified",
    certificate,
    issuer: checked.issuer,
    claims: { country: "TW", type: "PNO", last4, name },
    ...(checked.evidence && { evidence: checked.evidence }),
  };
}
