import type { CardCertificate } from "./certificate.ts";

/** Signature algorithms accepted on certificates and revocation lists, by object identifier; SHA-1 and MD5 are not here. */
export const certificateHashes: Readonly<Record<string, "sha256" | "sha384" | "sha512">> = {
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
};

export function validAt(certificate: CardCertificate, at: Date): boolean {
  return certificate.notBefore <= at && at <= certificate.notAfter;
}

/**
 * The configured issuing authority that signed `certificate` and is itself valid at `at`, or `undefined`. Trust is by
 * intermediate, never by root, so that a withdrawn intermediate is removed by taking it off the list.
 */
export function findIssuer(
  certificate: CardCertificate,
  trustedIssuers: readonly CardCertificate[],
  at: Date,
): CardCertificate | undefined {
  if (certificate.unprocessedCritical.length > 0 || certificate.x509.ca) return undefined;
  if (!certificateHashes[certificate.x509.signatureAlgorithmOid]) return undefined;
  return trustedIssuers.find(
    (issuer) =>
      issuer.x509.ca &&
      (issuer.keyUsage?.has("keyCertSign") ?? true) &&
      validAt(issuer, at) &&
      Buffer.compare(certificate.issuerName, issuer.subjectName) === 0 &&
      certificate.x509.checkIssued(issuer.x509) &&
      certificate.x509.verify(issuer.x509.publicKey),
  );
}

/**
 * {@link findIssuer} of certificates that come again and again, such as a responder's: that the issuer's key signed exactly
 * these bytes is found out once and remembered, whether both stand now is asked each time.
 */
export function issuedBy(): (certificate: CardCertificate, issuer: CardCertificate, at: Date) => boolean {
  const signed = new WeakMap<CardCertificate, Buffer>();
  return (certificate, issuer, at) => {
    const known = signed.get(issuer);
    if (known && Buffer.compare(known, certificate.der) === 0) return validAt(issuer, at);
    if (!findIssuer(certificate, [issuer], at)) return false;
    signed.set(issuer, Buffer.from(certificate.der));
    return true;
  };
}
