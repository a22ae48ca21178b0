import { createHash, verify, type KeyObject } from "node:crypto";
import { readCertificate, type CardCertificate } from "./certificate.ts";
import { children, DerError, expectTag, readDer, readOid, readSerial, tags, type DerNode } from "./der.ts";
import { certificateHashes } from "./trust.ts";

const oids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  rsa: "1.2.840.113549.1.1.1",
  ec: "1.2.840.10045.2.1",
} as const;
const digests: Readonly<Record<string, "sha256" | "sha384" | "sha512">> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The one value of each signed attribute, by identifier (RFC 5652 section 11). */
function readAttributes(node: DerNode): ReadonlyMap<string, DerNode> {
  const found = new Map<string, DerNode>();
  for (const attribute of children(node)) {
    const [type, values] = children(expectTag(attribute, tags.sequence));
    const [value, second] = children(expectTag(values, tags.set));
    const oid = readOid(type);
    if (!value || second || found.has(oid)) throw new DerError(`attribute ${oid}`);
    found.set(oid, value);
  }
  return found;
}

/** What signed, and the bytes it signed. */
function read(der: Uint8Array) {
  const [type, holder] = children(expectTag(readDer(der), tags.sequence));
  if (readOid(type) !== oids.signedData || holder?.tag !== 0xa0) throw new DerError("not signed data");
  const [, , encapsulated, ...rest] = children(expectTag(children(holder)[0], tags.sequence));
  const [contentType, wrapped] = children(expectTag(encapsulated, tags.sequence));
  if (readOid(contentType) !== oids.data || wrapped?.tag !== 0xa0) throw new DerError("no content");
  const content = expectTag(children(wrapped)[0], tags.octetString).content;
  const certificates = rest.filter(({ tag }) => tag === 0xa0).flatMap(children);
  const [signer, second] = children(expectTag(rest.at(-1), tags.set));
  if (!signer || second) throw new DerError("not exactly one signer");
  const [, sid, digest, ...more] = children(expectTag(signer, tags.sequence));
  const attributes = more[0]?.tag === 0xa0 ? more.shift() : undefined;
  const [algorithm, signature] = more;
  const [issuerName, serial] = children(expectTag(sid, tags.sequence));
  const certificate = certificates
    .map(({ bytes }) => readCertificate(bytes))
    .find((one) => same(one.issuerName, issuerName?.bytes ?? new Uint8Array()) && one.serial === readSerial(serial));
  if (!certificate) throw new DerError("the signer's certificate did not come along");
  return {
    content,
    certificate,
    attributes,
    digest: readOid(children(expectTag(digest, tags.sequence))[0]),
    algorithm: readOid(children(expectTag(algorithm, tags.sequence))[0]),
    signature: expectTag(signature, tags.octetString).content,
  };
}

/** The hash of a signature algorithm that may name it or leave it to the digest algorithm, if it fits the key. */
function hashFor(algorithm: string, digest: string, key: KeyObject): "sha256" | "sha384" | "sha512" | undefined {
  const named = certificateHashes[algorithm];
  const expected = digests[digest];
  if (named !== undefined && named !== expected) return undefined;
  if (named === undefined && algorithm !== oids.rsa && algorithm !== oids.ec) return undefined;
  const rsa = algorithm.startsWith("1.2.840.113549.");
  if (key.asymmetricKeyType !== (rsa ? "rsa" : "ec")) return undefined;
  if (rsa && (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return undefined;
  return expected;
}

/**
 * Verifies a CMS signature (PKCS#7, RFC 5652) over exactly this content: one signer, whose certificate came along.
 * Says nothing about the certificate. DER only: a component that writes BER is refused.
 * @returns the signer's certificate, or why the signature does not count
 */
export function verifyCms(
  der: Uint8Array,
  content: Uint8Array,
): { readonly certificate: CardCertificate } | { readonly fault: string } {
  try {
    const cms = read(der);
    if (!same(cms.content, content)) return { fault: "signed over other content" };
    const key = cms.certificate.x509.publicKey;
    const hash = hashFor(cms.algorithm, cms.digest, key);
    if (!hash) return { fault: "algorithm" };
    let signed: Uint8Array = content;
    if (cms.attributes) {
      const attributes = readAttributes(cms.attributes);
      const digest = expectTag(attributes.get(oids.messageDigest), tags.octetString).content;
      if (readOid(attributes.get(oids.contentType)) !== oids.data) return { fault: "content type" };
      if (!same(digest, createHash(hash).update(content).digest())) return { fault: "message digest" };
      // Signed with the tag of a SET (RFC 5652 section 5.4).
      signed = Buffer.concat([Buffer.from([tags.set]), cms.attributes.bytes.subarray(1)]);
    }
    return verify(hash, signed, key, cms.signature)
      ? { certificate: cms.certificate }
      : { fault: "signature does not verify" };
  } catch (fault) {
    return { fault: fault instanceof Error ? fault.message : "fault" };
  }
}
