import { createHash, sign, X509Certificate, type KeyObject } from "node:crypto";
import { toBase64 } from "#kernel";
import { ecdsaSha256Uri, exclusiveUri, sha512Uri } from "./algorithms.ts";
import { canonical, elements, onlyChild, withXml } from "./xml.ts";
import { escaped, namespaces } from "./xml-text.ts";

/** A file that a seal covers. */
export interface SealedFile {
  readonly name: string;
  readonly mediaType: string;
  /** Over the content as it stands in the container. */
  readonly sha512: Uint8Array;
}

/** With what a member seals. */
export interface SealIdentity {
  /** P-256. */
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  /** DER. Without it a reader cannot tell whether the certificate was revoked. */
  readonly revocationAnswer?: Uint8Array | undefined;
  /** Has bytes stamped; answers a bare token, DER. Without it a reader has only the signer's word for the time. */
  readonly stamp?: ((content: Uint8Array) => Promise<Uint8Array>) | undefined;
}

/**
 * Makes `META-INF/signatures.xml`: XAdES baseline B over the files, with what is at hand of T (a time stamp) and LT (the
 * revocation answer). ECDSA P-256 with SHA-256, exclusive canonicalization.
 * @param stamped what the time stamp is over: the canonical `ds:SignatureValue`, as the standard has it, or the bare value, as
 *   X-Road has it
 * @see EN 319 132-1 section 6; the names of the parts are those X-Road's own containers use
 */
export async function sealFiles(
  files: readonly SealedFile[],
  identity: SealIdentity,
  now: Date,
  stamped: "element" | "value" = "element",
): Promise<Buffer> {
  const certificate = identity.certificate.raw;
  const digest = (bytes: Uint8Array): string => createHash("sha512").update(bytes).digest("base64");
  const method = `<ds:DigestMethod Algorithm="${sha512Uri}"></ds:DigestMethod>`;
  const properties =
    `<xades:SignedProperties Id="signed-properties"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>${now.toISOString().replace(/\.\d+Z$/, "Z")}</xades:SigningTime>` +
    `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${method}<ds:DigestValue>${digest(certificate)}</ds:DigestValue>` +
    `</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>` +
    `<xades:SignedDataObjectProperties>` +
    files
      .map(
        ({ mediaType }, at) =>
          `<xades:DataObjectFormat ObjectReference="#reference-${at}"><xades:MimeType>${escaped(mediaType)}</xades:MimeType></xades:DataObjectFormat>`,
      )
      .join("") +
    `</xades:SignedDataObjectProperties></xades:SignedProperties>`;
  const references = files
    .map(
      ({ name, sha512 }, at) =>
        `<ds:Reference Id="reference-${at}" URI="/${escaped(name)}">${method}<ds:DigestValue>${toBase64(sha512)}</ds:DigestValue></ds:Reference>`,
    )
    .join("");
  const document = (propertiesDigest: string, value: string, unsigned: string): string =>
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?><asic:XAdESSignatures xmlns:asic="${namespaces.asic}">` +
    `<ds:Signature xmlns:ds="${namespaces.ds}" Id="signature"><ds:SignedInfo>` +
    `<ds:CanonicalizationMethod Algorithm="${exclusiveUri}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${ecdsaSha256Uri}"></ds:SignatureMethod>${references}` +
    `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#signed-properties"><ds:Transforms>` +
    `<ds:Transform Algorithm="${exclusiveUri}"></ds:Transform></ds:Transforms>${method}` +
    `<ds:DigestValue>${propertiesDigest}</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
    `<ds:SignatureValue Id="signature-value">${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${toBase64(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${namespaces.xades}" Target="#signature">${properties}${unsigned}` +
    `</xades:QualifyingProperties></ds:Object></ds:Signature></asic:XAdESSignatures>`;
  const propertiesDigest = digest(partOf(document("AA==", "AA==", ""), "properties"));
  const info = partOf(document(propertiesDigest, "AA==", ""), "info");
  const value = sign("sha256", info, { key: identity.key, dsaEncoding: "ieee-p1363" });
  const element = partOf(document(propertiesDigest, toBase64(value), ""), "value");
  const token = await identity.stamp?.(stamped === "element" ? element : value);
  const stampPart = token
    ? `<xades:SignatureTimeStamp><ds:CanonicalizationMethod Algorithm="${exclusiveUri}"></ds:CanonicalizationMethod>` +
      `<xades:EncapsulatedTimeStamp>${toBase64(token)}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>`
    : "";
  const answered = identity.revocationAnswer
    ? `<xades:RevocationValues><xades:OCSPValues><xades:EncapsulatedOCSPValue>${toBase64(identity.revocationAnswer)}` +
      `</xades:EncapsulatedOCSPValue></xades:OCSPValues></xades:RevocationValues>`
    : "";
  const unsigned =
    stampPart + answered === ""
      ? ""
      : `<xades:UnsignedProperties><xades:UnsignedSignatureProperties>${stampPart}${answered}` +
        `</xades:UnsignedSignatureProperties></xades:UnsignedProperties>`;
  return Buffer.from(document(propertiesDigest, toBase64(value), unsigned), "utf8");
}

/** The canonical form of what is signed, taken from the document itself by the same library that verifies. */
function partOf(document: string, part: "info" | "properties" | "value"): Buffer {
  return withXml(Buffer.from(document, "utf8"), "signatures.xml", (root) => {
    const signature = onlyChild(root, namespaces.ds, "Signature");
    if (part === "value") return canonical(onlyChild(signature, namespaces.ds, "SignatureValue"), "exclusive");
    if (part === "info") return canonical(onlyChild(signature, namespaces.ds, "SignedInfo"), "exclusive");
    const qualifying = elements(onlyChild(signature, namespaces.ds, "Object"))[0]!;
    return canonical(onlyChild(qualifying, namespaces.xades, "SignedProperties"), "exclusive");
  });
}
