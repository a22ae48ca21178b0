import { X509Certificate } from "node:crypto";
import { BitString, type AsnType } from "asn1js";
import { Certificate } from "pkijs";
import { must, Refused, type FindingCode } from "./findings.ts";

/** An authority that may issue certificates for signatures, with what is needed to check them. */
export interface TrustedAuthority {
  readonly name: string;
  readonly top: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  /** Certificates that may answer for revocation beside the issuer's own. */
  readonly responders: readonly X509Certificate[];
  readonly profile: CertificateProfile;
}

/** How a certificate's subject names a member; after X-Road's profile classes. */
export type CertificateProfile = "basic" | "finnish" | "ejbca";

/** A signer whose certificate leads to a trusted authority. */
export interface TrustedSigner {
  readonly authority: TrustedAuthority;
  readonly issuer: X509Certificate;
}

const oid = {
  keyUsage: "2.5.29.15",
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  country: "2.5.4.6",
  organization: "2.5.4.10",
  businessCategory: "2.5.4.15",
} as const;

/** RSA with SHA-2, RSA-PSS, ECDSA with SHA-2, Ed25519. */
const signatureAlgorithms = new Set([
  ...["10", "11", "12", "13"].map((last) => `1.2.840.113549.1.1.${last}`),
  ...["2", "3", "4"].map((last) => `1.2.840.10045.4.3.${last}`),
  "1.3.101.112",
]);

/** @throws the code given */
export function readCertificate(der: Uint8Array, code: FindingCode): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw new Refused(code, "a certificate cannot be read");
  }
}

/** The certificate as pkijs reads it, for what Node does not tell. */
export function parsed(certificate: X509Certificate): Certificate {
  return Certificate.fromBER(new Uint8Array(certificate.raw).buffer);
}

/**
 * Finds the way from a signer's certificate to an approved authority: issued by the top or a listed intermediate, all of it
 * valid at that time, nothing signed with SHA-1, and the signer's key usage non-repudiation.
 * @throws `certificate-…`, `algorithm-refused`
 */
export function trustSigner(
  signer: X509Certificate,
  authorities: readonly TrustedAuthority[],
  at: Date,
): TrustedSigner {
  const found = authorities
    .flatMap((authority) => [authority.top, ...authority.intermediates].map((issuer) => ({ authority, issuer })))
    .find(({ issuer }) => isIssuedBy(signer, issuer));
  must(found, "certificate-untrusted", onLine(signer.subject));
  const { authority, issuer } = found;
  const path = [signer, issuer];
  if (issuer !== authority.top) {
    must(isIssuedBy(issuer, authority.top), "certificate-untrusted", onLine(issuer.subject));
    path.push(authority.top);
  }
  for (const one of path) checkValid(one, at);
  for (const one of path.slice(1)) must(one.ca, "certificate-untrusted", `${onLine(one.subject)} is no authority`);
  must(hasKeyUsage(signer, 1), "certificate-purpose", onLine(signer.subject));
  return { authority, issuer };
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function checkValid(certificate: X509Certificate, at: Date): void {
  const algorithm = parsed(certificate).signatureAlgorithm.algorithmId;
  must(signatureAlgorithms.has(algorithm), "algorithm-refused", `certificate signed with ${algorithm}`);
  const time = at.getTime();
  const within = Date.parse(certificate.validFrom) <= time && time <= Date.parse(certificate.validTo);
  must(within, "certificate-expired", `${onLine(certificate.subject)} at ${at.toISOString()}`);
}

/** Bit 0 is digitalSignature, bit 1 nonRepudiation (RFC 5280 section 4.2.1.3). */
function hasKeyUsage(certificate: X509Certificate, bit: number): boolean {
  const usage: AsnType | undefined = parsed(certificate).extensions?.find(({ extnID }) => extnID === oid.keyUsage)
    ?.parsedValue as AsnType | undefined;
  if (!(usage instanceof BitString)) return false;
  return ((usage.valueBlock.valueHexView[0] ?? 0) & (0x80 >> bit)) !== 0;
}

/** Whom a certificate is for, in path form (`TW/GOV/MOI`), as the authority's profile spells it. */
export function memberOfCertificate(
  certificate: X509Certificate,
  profile: CertificateProfile,
  instance: string,
): string {
  const { subject } = parsed(certificate);
  const named = (type: string): string => {
    const found = subject.typesAndValues.filter((one) => one.type === type);
    must(found.length === 1, "sender-mismatch", `the subject has ${found.length} of ${type}`);
    return found[0]!.value.valueBlock.value;
  };
  switch (profile) {
    case "basic":
      return `${instance}/${named(oid.businessCategory)}/${named(oid.serialNumber)}`;
    case "ejbca":
      return `${named(oid.country)}/${named(oid.organization)}/${named(oid.commonName)}`;
    case "finnish": {
      const [from, , memberClass] = named(oid.serialNumber).split("/");
      return `${from}/${memberClass}/${named(oid.commonName)}`;
    }
  }
}

export function onLine(subject: string): string {
  return subject.replaceAll("\n", ", ");
}
