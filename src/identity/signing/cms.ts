import { constants, createHash, verify, type KeyObject } from "node:crypto";
import { readCertificate, type CardCertificate } from "../web-eid/index.ts";
import {
  children,
  DerError,
  expectTag,
  readDer,
  readOid,
  readSerial,
  readTime,
  tags,
  type DerNode,
} from "../web-eid/der.ts";

const oids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  signatureTimeStamp: "1.2.840.113549.1.9.16.2.14",
  sha256: "2.16.840.1.101.3.4.2.1",
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  ec: "1.2.840.10045.2.1",
} as const;
type Hash = "sha256" | "sha384" | "sha512";
const digests: Readonly<Record<string, Hash>> = {
  [oids.sha256]: "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
/** Signature algorithms that name their hash. */
const named: Readonly<Record<string, Hash>> = {
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
};

/** A detached CMS signature (RFC 5652) with CAdES attributes (ETSI EN 319 122-1), read and not yet believed. */
export interface DetachedCms {
  /** The signer's, if it came along. */
  readonly certificate: CardCertificate | undefined;
  readonly certificates: readonly CardCertificate[];
  readonly digest: Hash;
  readonly messageDigest: Uint8Array;
  /** Whether the signature itself names its certificate by hash: `absent` is no baseline signature. */
  readonly namesCertificate: "yes" | "no" | "absent";
  readonly claimedAt: Date | undefined;
  /** What a signature time stamp is over. */
  readonly signature: Uint8Array;
  /** Time-stamp tokens over it, DER. They stand outside the signature. */
  readonly timeStamps: readonly Uint8Array[];
  /** Whether the certificate's key made the signature over the signed attributes. */
  readonly verifies: boolean;
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** Every value of each attribute, by identifier; a type twice is refused (RFC 5652 section 11). */
function readAttributes(node: DerNode | undefined): ReadonlyMap<string, readonly DerNode[]> {
  const found = new Map<string, readonly DerNode[]>();
  for (const attribute of node ? children(node) : []) {
    const [type, values] = children(expectTag(attribute, tags.sequence));
    const oid = readOid(type);
    if (found.has(oid)) throw new DerError(`attribute ${oid} twice`);
    found.set(oid, children(expectTag(values, tags.set)));
  }
  return found;
}

function one(attributes: ReadonlyMap<string, readonly DerNode[]>, oid: string): DerNode | undefined {
  const values = attributes.get(oid);
  if (values && values.length !== 1) throw new DerError(`attribute ${oid} has not one value`);
  return values?.[0];
}

/** RFC 5035 section 3: the first certificate named is the signer's; SHA-256 where no hash is named. */
function namesCertificate(value: DerNode | undefined, certificate: CardCertificate): "yes" | "no" | "absent" {
  if (!value) return "absent";
  const [list] = children(expectTag(value, tags.sequence));
  const [first] = children(expectTag(list, tags.sequence));
  const parts = children(expectTag(first, tags.sequence));
  const algorithm = parts[0]?.tag === tags.sequence ? readOid(children(parts.shift()!)[0]) : oids.sha256;
  const hash = digests[algorithm];
  const expected = hash && createHash(hash).update(certificate.der).digest();
  return expected && same(expectTag(parts[0], tags.octetString).content, expected) ? "yes" : "no";
}

function verifySigned(
  algorithm: string,
  digest: Hash,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (named[algorithm] !== undefined && named[algorithm] !== digest) return false;
  const known = named[algorithm] !== undefined || [oids.rsa, oids.rsaPss, oids.ec].some((oid) => oid === algorithm);
  const rsa = algorithm.startsWith("1.2.840.113549.");
  if (!known || key.asymmetricKeyType !== (rsa ? "rsa" : "ec")) return false;
  if (rsa && (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return false;
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  try {
    return verify(digest, data, algorithm === oids.rsaPss ? pss : key, signature);
  } catch {
    return false;
  }
}

/**
 * Reads a detached CMS signature: one signer, DER. Whether it is over some content is for the caller to compare by
 * `messageDigest`; whether the certificate may be believed, too.
 * @throws {DerError} for anything else
 */
export function readDetachedCms(der: Uint8Array): DetachedCms {
  const [type, holder] = children(expectTag(readDer(der), tags.sequence));
  if (readOid(type) !== oids.signedData || holder?.tag !== 0xa0) throw new DerError("not signed data");
  const [, , encapsulated, ...rest] = children(expectTag(children(holder)[0], tags.sequence));
  const [contentType, content] = children(expectTag(encapsulated, tags.sequence));
  if (readOid(contentType) !== oids.data || content) throw new DerError("not a detached signature over data");
  const certificates = rest.filter(({ tag }) => tag === 0xa0).flatMap((list) => children(list).flatMap(readable));
  const [signer, second] = children(expectTag(rest.at(-1), tags.set));
  if (!signer || second) throw new DerError("not exactly one signer");
  const [, sid, digestNode, signedNode, algorithmNode, signatureNode, unsignedNode] = children(
    expectTag(signer, tags.sequence),
  );
  if (signedNode?.tag !== 0xa0) throw new DerError("no signed attributes");
  const digest = digests[readOid(children(expectTag(digestNode, tags.sequence))[0])];
  if (!digest) throw new DerError("hash not accepted");
  const signed = readAttributes(signedNode);
  if (readOid(one(signed, oids.contentType)) !== oids.data) throw new DerError("signed as another content type");
  const [issuerName, serial] = sid?.tag === tags.sequence ? children(sid) : [];
  const certificate =
    issuerName && certificates.find((it) => same(it.issuerName, issuerName.bytes) && it.serial === readSerial(serial));
  const signature = expectTag(signatureNode, tags.octetString).content;
  const signingTime = one(signed, oids.signingTime);
  const unsigned = unsignedNode?.tag === 0xa1 ? readAttributes(unsignedNode) : new Map<string, readonly DerNode[]>();
  // Signed with the tag of a SET (RFC 5652 section 5.4).
  const signedBytes = Buffer.concat([Buffer.from([tags.set]), signedNode.bytes.subarray(1)]);
  const algorithm = readOid(children(expectTag(algorithmNode, tags.sequence))[0]);
  return {
    certificate,
    certificates,
    digest,
    messageDigest: expectTag(one(signed, oids.messageDigest), tags.octetString).content,
    namesCertificate: certificate ? namesCertificate(one(signed, oids.signingCertificateV2), certificate) : "absent",
    claimedAt: signingTime && readTime(signingTime),
    signature,
    timeStamps: (unsigned.get(oids.signatureTimeStamp) ?? []).map(({ bytes }) => bytes),
    verifies:
      certificate !== undefined && verifySigned(algorithm, digest, certificate.x509.publicKey, signedBytes, signature),
  };
}

/** A certificate that cannot be read is of no use to anybody, but does not spoil the signature. */
function readable({ bytes }: DerNode): CardCertificate[] {
  try {
    return [readCertificate(new Uint8Array(bytes))];
  } catch {
    return [];
  }
}
