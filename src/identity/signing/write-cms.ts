import { createHash } from "node:crypto";
import { children, readDer, tags } from "../web-eid/der.ts";
import { writeDer, writeOid, writeSerial } from "../web-eid/der-write.ts";
import type { CardCertificate } from "../web-eid/index.ts";

const oids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  signatureTimeStamp: "1.2.840.113549.1.9.16.2.14",
} as const;

/** ECDSA with its hash, by the hash's name in Web eID's words. */
export type CmsHash = "SHA-256" | "SHA-384";
const algorithms: Readonly<Record<CmsHash, { readonly digest: string; readonly signature: string }>> = {
  "SHA-256": { digest: "2.16.840.1.101.3.4.2.1", signature: "1.2.840.10045.4.3.2" },
  "SHA-384": { digest: "2.16.840.1.101.3.4.2.2", signature: "1.2.840.10045.4.3.3" },
};

const sequence = (...parts: readonly Uint8Array[]) => writeDer(tags.sequence, ...parts);
const octets = (bytes: Uint8Array) => writeDer(tags.octetString, bytes);
const version1 = writeDer(tags.integer, Buffer.from([1]));

/** A SET OF in DER: its members in the order of their bytes (ITU-T X.690 section 11.6). */
const setOf = (tag: number, members: readonly Uint8Array[]) =>
  writeDer(tag, ...members.toSorted((a, b) => Buffer.compare(a, b)));
const attribute = (oid: string, value: Uint8Array) => sequence(writeOid(oid), writeDer(tags.set, value));

/** The hash of some bytes, named as here. */
export function hashOf(hash: CmsHash, bytes: Uint8Array): Uint8Array {
  return createHash(hash.replace("-", "")).update(bytes).digest();
}

/**
 * The signed attributes, DER of a SET: what the key signs. Of the certificate they hold the hash, and of the time nothing,
 * for EN 319 142-1 section 6.3 wants that in the PDF's own dictionary.
 */
export function signedAttributes(certificate: CardCertificate, hash: CmsHash, digest: Uint8Array): Uint8Array {
  const { digest: algorithm } = algorithms[hash];
  const certHash = octets(hashOf(hash, certificate.der));
  // RFC 5035 section 4: SHA-256 is the default and must then be left out.
  const named = hash === "SHA-256" ? sequence(certHash) : sequence(sequence(writeOid(algorithm)), certHash);
  return setOf(tags.set, [
    attribute(oids.contentType, writeOid(oids.data)),
    attribute(oids.messageDigest, octets(digest)),
    attribute(oids.signingCertificateV2, sequence(sequence(named))),
  ]);
}

/** A whole detached signature (RFC 5652 section 5.1). `signature`: ECDSA in DER. */
export function writeCms(given: {
  readonly certificate: CardCertificate;
  readonly chain: readonly Uint8Array[];
  readonly hash: CmsHash;
  readonly attributes: Uint8Array;
  readonly signature: Uint8Array;
  readonly timeStamp?: Uint8Array;
}): Uint8Array {
  const { certificate, hash, timeStamp } = given;
  const digest = sequence(writeOid(algorithms[hash].digest));
  const signer = sequence(
    version1,
    sequence(certificate.issuerName, writeSerial(certificate.serial)),
    digest,
    writeDer(0xa0, ...children(readDer(given.attributes)).map(({ bytes }) => bytes)),
    sequence(writeOid(algorithms[hash].signature)),
    octets(given.signature),
    ...(timeStamp ? [writeDer(0xa1, attribute(oids.signatureTimeStamp, timeStamp))] : []),
  );
  const signedData = sequence(
    version1,
    writeDer(tags.set, digest),
    sequence(writeOid(oids.data)),
    setOf(0xa0, [certificate.der, ...given.chain]),
    writeDer(tags.set, signer),
  );
  return sequence(writeOid(oids.signedData), writeDer(0xa0, signedData));
}
