import { createHash, X509Certificate } from "node:crypto";
import {
  children,
  DerError,
  expectTag,
  readBitOctets,
  readBits,
  readBoolean,
  readDer,
  readOid,
  readSerial,
  readText,
  readTime,
  tags,
  type DerNode,
} from "./der.ts";

/** Names of the key-usage bits (RFC 5280 section 4.2.1.3), in the order of the bits. */
const keyUsageNames = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsageNames)[number];

/** The subject's attributes that name a person; each is absent when the certificate has none. */
export interface CertificateSubject {
  readonly commonName?: string;
  readonly surname?: string;
  readonly givenName?: string;
  /** As printed: `PNOTW-A700000001` (ETSI EN 319 412-1 section 5.1.3) or a plain number. */
  readonly serialNumber?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly organization?: string;
  /** Of an organisation's seal: `NTRTW-00000000` (ETSI EN 319 412-1 section 5.1.4). */
  readonly organizationIdentifier?: string;
}

/** A certificate, read once and strictly. Reading says nothing about trust. */
export interface CardCertificate {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  /** SHA-256 of the DER. */
  readonly fingerprint: Uint8Array;
  /** Lower-case hexadecimal; unique per issuer only. */
  readonly serial: string;
  /** The issuer's name, DER; compared byte by byte. */
  readonly issuerName: Uint8Array;
  readonly subjectName: Uint8Array;
  readonly subject: CertificateSubject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `undefined` when the extension is absent. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsage: readonly string[];
  readonly policies: readonly string[];
  /** The http(s) addresses of its CRL distribution points. */
  readonly crlUrls: readonly string[];
  /** The http(s) addresses at which its issuer's responder answers (RFC 5280 section 4.2.2.1). */
  readonly ocspUrls: readonly string[];
  /** Text values of its subject directory attributes (RFC 5280 section 4.2.1.8), by identifier. */
  readonly directoryAttributes: ReadonlyMap<string, string>;
  /** The bits of its public key, as RFC 6960 section 4.1.1 hashes them. */
  readonly keyBits: Uint8Array;
  /** Critical extensions this reader does not process: such a certificate must not be trusted (RFC 5280 section 4.2). */
  readonly unprocessedCritical: readonly string[];
}

const textTags: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16, 0x1e]);

const attributeOids = {
  commonName: "2.5.4.3",
  surname: "2.5.4.4",
  givenName: "2.5.4.42",
  serialNumber: "2.5.4.5",
  country: "2.5.4.6",
  organization: "2.5.4.10",
  organizationIdentifier: "2.5.4.97",
} as const;

const processed = new Set([
  "2.5.29.14", // subject key identifier
  "2.5.29.15", // key usage
  "2.5.29.17", // subject alternative name: not used to find the person
  "2.5.29.19", // basic constraints, through X509Certificate.ca
  "2.5.29.31", // CRL distribution points
  "2.5.29.32", // certificate policies
  "2.5.29.35", // authority key identifier, through X509Certificate.checkIssued
  "2.5.29.37", // extended key usage
  "1.3.6.1.5.5.7.1.1", // authority information access
  "1.3.6.1.5.5.7.1.3", // qualified certificate statements
]);

function readSubject(name: DerNode): CertificateSubject {
  const found = new Map<string, string>();
  for (const set of children(expectTag(name, tags.sequence))) {
    for (const attribute of children(expectTag(set, tags.set))) {
      const [type, value] = children(expectTag(attribute, tags.sequence));
      const oid = readOid(type);
      if (!value || !(Object.values(attributeOids) as string[]).includes(oid)) continue;
      // Two serial numbers would let two readers see two persons.
      if (found.has(oid)) throw new DerError(`attribute ${oid} twice`);
      found.set(oid, readText(value));
    }
  }
  const entries = Object.entries(attributeOids).map(([key, oid]) => [key, found.get(oid)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function readExtensions(holder: DerNode | undefined): Map<string, { critical: boolean; value: DerNode }> {
  const found = new Map<string, { critical: boolean; value: DerNode }>();
  if (!holder) return found;
  const [list] = children(holder);
  for (const extension of children(expectTag(list, tags.sequence))) {
    const parts = children(expectTag(extension, tags.sequence));
    const oid = readOid(parts[0]);
    const critical = parts.length === 3 && readBoolean(parts[1]);
    if (found.has(oid)) throw new DerError(`extension ${oid} twice`);
    found.set(oid, { critical, value: readDer(expectTag(parts.at(-1), tags.octetString).content) });
  }
  return found;
}

const httpUri = (general: DerNode): string[] => {
  const uri = general.tag === 0x86 ? Buffer.from(general.content).toString("latin1") : "";
  return /^https?:\/\//.test(uri) ? [uri] : [];
};

/** RFC 5280 section 4.2.2.1: the addresses of method id-ad-ocsp. */
function readOcspUrls(access: DerNode | undefined): string[] {
  return (access ? children(access) : []).flatMap((description) => {
    const [method, location] = children(expectTag(description, tags.sequence));
    return location && readOid(method) === "1.3.6.1.5.5.7.48.1" ? httpUri(location) : [];
  });
}

/** RFC 5280 section 4.2.1.8; values that are no text are left out. */
function readDirectoryAttributes(list: DerNode | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const attribute of list ? children(list) : []) {
    const [type, values] = children(expectTag(attribute, tags.sequence));
    const [value] = children(expectTag(values, tags.set));
    const oid = readOid(type);
    if (found.has(oid)) throw new DerError(`attribute ${oid} twice`);
    if (value && textTags.has(value.tag)) found.set(oid, readText(value));
  }
  return found;
}

/** RFC 5280 section 4.2.1.13: only full names that are URIs; others need a directory this platform does not have. */
function readCrlUrls(points: DerNode | undefined): string[] {
  const urls: string[] = [];
  for (const point of points ? children(points) : []) {
    const name = children(point).find((part) => part.tag === 0xa0);
    const fullName = name && children(name).find((part) => part.tag === 0xa0);
    urls.push(...(fullName ? children(fullName) : []).flatMap(httpUri));
  }
  return urls;
}

/** Reads one DER certificate. @throws {DerError} or a fault of `node:crypto` when it is anything else */
export function readCertificate(der: Uint8Array): CardCertificate {
  const [tbs] = children(expectTag(readDer(der), tags.sequence));
  const fields = children(expectTag(tbs, tags.sequence));
  if (fields[0]?.tag !== 0xa0) throw new DerError("not a version 3 certificate");
  const [, serial, , issuer, validity, subject, keyInfo] = fields;
  const [notBefore, notAfter] = children(expectTag(validity, tags.sequence));
  const extensions = readExtensions(fields.find((field) => field.tag === 0xa3));
  const value = (oid: string) => extensions.get(oid)?.value;
  const usage = value("2.5.29.15");
  const bits = usage && readBits(usage);
  const purposes = value("2.5.29.37");
  const policies = value("2.5.29.32");
  const x509 = new X509Certificate(der);
  return {
    der,
    x509,
    fingerprint: new Uint8Array(createHash("sha256").update(der).digest()),
    serial: readSerial(serial),
    issuerName: expectTag(issuer, tags.sequence).bytes,
    subjectName: expectTag(subject, tags.sequence).bytes,
    subject: readSubject(expectTag(subject, tags.sequence)),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    keyUsage: bits && new Set(keyUsageNames.filter((_, bit) => bits.has(bit))),
    extendedKeyUsage: purposes ? children(purposes).map(readOid) : [],
    policies: policies ? children(policies).map((policy) => readOid(children(policy)[0])) : [],
    crlUrls: readCrlUrls(value("2.5.29.31")),
    ocspUrls: readOcspUrls(value("1.3.6.1.5.5.7.1.1")),
    directoryAttributes: readDirectoryAttributes(value("2.5.29.9")),
    keyBits: readBitOctets(children(expectTag(keyInfo, tags.sequence))[1]),
    unprocessedCritical: [...extensions].filter(([oid, it]) => it.critical && !processed.has(oid)).map(([oid]) => oid),
  };
}
