import { createHash } from "node:crypto";
import * as asn1 from "asn1js";
import {
  AlgorithmIdentifier,
  BasicConstraints,
  Certificate,
  CertificateChainValidationEngine,
  ContentInfo,
  ExtKeyUsage,
  MessageImprint,
  RelativeDistinguishedNames,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
  type Attribute,
} from "pkijs";
import type { AnchorVerdict } from "../anchor.ts";
import { bytesOf, equalBytes } from "../bytes.ts";

/** Object identifiers of RFC 3161, RFC 5652, RFC 5816, RFC 5280 and NIST. */
const oid = {
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  extendedKeyUsage: "2.5.29.37",
  basicConstraints: "2.5.29.19",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  commonName: "2.5.4.3",
  sha1: "1.3.14.3.2.26",
} as const;
const sha2: Readonly<Record<string, string>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const sha256 = "2.16.840.1.101.3.4.2.1";
/** RSA with SHA-2 (PKCS #1 and PSS), ECDSA with SHA-2. Plain `rsaEncryption` takes the digest algorithm, checked apart. */
const signatures = new Set([
  ...["1", "10", "11", "12", "13"].map((last) => `1.2.840.113549.1.1.${last}`),
  ...["2", "3", "4"].map((last) => `1.2.840.10045.4.3.${last}`),
]);
/** A sender who attaches certificates that sign each other in a ring must not keep us busy. */
const chainLookups = 16;

/** The rule that a time stamp broke, in the order in which they are looked at. */
export type TimeStampStep =
  | "format" // not an RFC 3161 answer, or a token with more or less than one signature
  | "status" // the authority refused
  | "content" // signed content that is no time stamp
  | "imprint" // a stamp of something else
  | "nonce" // an answer to another question
  | "certificate" // the attribute that names the signing certificate does not fit it
  | "purpose" // the certificate may not, or not only, sign time stamps
  | "signature"
  | "chain"; // no way to a configured root, or one was not valid at that time

/** Thrown inside, so that a rule is one line; `verifyTimeStamp` turns it into its verdict. */
class Refused extends Error {
  readonly step: TimeStampStep;
  constructor(step: TimeStampStep, reason: string) {
    super(reason);
    this.step = step;
  }
}

function must(condition: unknown, step: TimeStampStep, reason: string): asserts condition {
  if (!condition) throw new Refused(step, reason);
}

/** Bytes as WebCrypto and ASN.1 take them. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function parse(bytes: Uint8Array, what: string): asn1.AsnType {
  const read = asn1.fromBER(buffer(bytes));
  must(read.offset === bytes.length, "format", `${what} is not one piece of ASN.1`);
  return read.result;
}

function imprintOf(text: string | Uint8Array): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * The question to an authority: a time stamp on a text or bytes, with the certificate in the answer.
 * @param nonce 8 random bytes
 * @see RFC 3161 section 2.4.1
 */
export function timeStampRequest(text: string | Uint8Array, nonce: Uint8Array): Uint8Array {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256, algorithmParams: new asn1.Null() }),
      hashedMessage: new asn1.OctetString({ valueHex: buffer(imprintOf(text)) }),
    }),
    nonce: asn1.Integer.fromBigInt(numberOf(nonce)),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

function numberOf(nonce: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(nonce).toString("hex")}`);
}

/**
 * Reads the certificates of a PEM file.
 * @throws `anchor-roots-invalid` if there is none, or one cannot be read
 */
export function readRoots(pem: string): Certificate[] {
  try {
    const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/g)];
    if (blocks.length === 0) throw new Error("no certificate in it");
    return blocks.map(([, body]) => Certificate.fromBER(buffer(Buffer.from(body!, "base64"))));
  } catch (cause) {
    throw Object.assign(new Error("the roots of a time-stamp authority must be PEM certificates", { cause }), {
      code: "anchor-roots-invalid",
    });
  }
}

/**
 * Checks an RFC 3161 answer over a text, by every rule that keeps a stamp of something else, by somebody else or for
 * another purpose out. Revocation is not asked: nobody could ask it offline years later. Use two authorities.
 * @param response the whole `TimeStampResp`, as it was sent
 * @param expect `nonce` while the answer is fresh; a record read later is checked without
 * @see RFC 3161 sections 2.3, 2.4.2; RFC 5816
 */
export async function verifyTimeStamp(
  response: Uint8Array,
  text: string,
  roots: readonly Certificate[],
  expect: { readonly nonce?: Uint8Array } = {},
): Promise<AnchorVerdict> {
  try {
    const token = readToken(response);
    const { info, time } = readInfo(token);
    checkInfo(info, text, expect.nonce);
    const certificate = signerOf(token);
    checkNamedCertificate(token, certificate);
    checkPurpose(certificate);
    await checkSignature(token, bytesOf(text));
    await checkChain(token, certificate, roots, time);
    return { ok: true, at: new Date(time.getTime() + inaccuracy(info)), by: nameOf(certificate) };
  } catch (fault) {
    // Libraries throw on bytes they cannot read: that is a format too.
    if (fault instanceof Refused) return { ok: false, step: fault.step, reason: fault.message };
    return { ok: false, step: "format", reason: fault instanceof Error ? fault.message : "cannot be read" };
  }
}

/**
 * Checks a bare token (as signatures and containers embed it) over some bytes, by the same rules as {@link verifyTimeStamp}; its
 * imprint may be of any SHA-2 hash. A trusted certificate is a root, or the authority's own certificate, which then must
 * have been valid at the time of the stamp.
 */
export async function verifyTimeStampToken(
  der: Uint8Array,
  content: Uint8Array,
  trusted: readonly Certificate[],
): Promise<AnchorVerdict> {
  try {
    const token = signedDataOf(new ContentInfo({ schema: parse(der, "the token") }));
    const { info, time } = readInfo(token);
    checkImprint(info, content, Object.keys(sha2));
    const certificate = signerOf(token);
    checkNamedCertificate(token, certificate);
    checkPurpose(certificate);
    await checkSignature(token, content);
    const own = Buffer.from(certificate.toSchema().toBER());
    if (trusted.some((one) => own.equals(Buffer.from(one.toSchema().toBER())))) {
      const within = certificate.notBefore.value <= time && time <= certificate.notAfter.value;
      must(within, "chain", "the authority's certificate was not valid at that time");
    } else await checkChain(token, certificate, trusted, time);
    return { ok: true, at: new Date(time.getTime() + inaccuracy(info)), by: nameOf(certificate) };
  } catch (fault) {
    if (fault instanceof Refused) return { ok: false, step: fault.step, reason: fault.message };
    return { ok: false, step: "format", reason: fault instanceof Error ? fault.message : "cannot be read" };
  }
}

/** The bare token of an answer, DER. @throws when there is none */
export function tokenOf(response: Uint8Array): Uint8Array {
  const token = new TimeStampResp({ schema: parse(response, "the answer") }).timeStampToken;
  must(token, "format", "there is no token in the answer");
  return new Uint8Array(token.toSchema().toBER());
}

function readToken(response: Uint8Array): SignedData {
  const answer = new TimeStampResp({ schema: parse(response, "the answer") });
  const status: number = answer.status.status;
  must(status === 0 || status === 1, "status", `the authority answered status ${status}`);
  const token = answer.timeStampToken;
  must(token, "format", "there is no token in the answer");
  return signedDataOf(token);
}

function signedDataOf(token: ContentInfo): SignedData {
  must(token.contentType === oid.signedData, "format", "the token is not signed data");
  const signed = new SignedData({ schema: token.content });
  // RFC 3161 section 2.4.2: no signature but the authority's.
  must(signed.signerInfos.length === 1, "format", "the token has not exactly one signature");
  return signed;
}

function readInfo(token: SignedData): { info: TSTInfo; time: Date } {
  const { eContentType, eContent } = token.encapContentInfo;
  must(eContentType === oid.tstInfo && eContent, "content", "the signed content is no time stamp");
  const schema = parse(new Uint8Array(eContent.getValue()), "the time stamp");
  const info = new TSTInfo({ schema });
  must(info.version === 1, "content", `time stamps of version ${info.version} are unknown`);
  const time = (schema as asn1.Sequence).valueBlock.value[4];
  const written = Buffer.from((time as asn1.GeneralizedTime).valueBlock.valueHexView).toString("latin1");
  must(/^\d{14}(\.\d+)?Z$/.test(written), "content", "the time is not in UTC with seconds");
  return { info, time: info.genTime };
}

function checkInfo(info: TSTInfo, text: string, asked: Uint8Array | undefined): void {
  checkImprint(info, bytesOf(text), [sha256]);
  const { nonce } = info;
  if (asked) must(nonce && nonce.toBigInt() === numberOf(asked), "nonce", "the answer is to another question");
}

function checkImprint({ messageImprint }: TSTInfo, content: Uint8Array, allowed: readonly string[]): void {
  const { hashAlgorithm, hashedMessage } = messageImprint;
  const hash = allowed.includes(hashAlgorithm.algorithmId) ? sha2[hashAlgorithm.algorithmId] : undefined;
  must(hash, "imprint", "the stamp is not over an accepted hash");
  const same = equalBytes(hashedMessage.valueBlock.valueHexView, createHash(hash).update(content).digest());
  must(same, "imprint", "the stamp is over another text");
}

/** Milliseconds by which the authority may be wrong, rounded up. */
function inaccuracy({ accuracy }: TSTInfo): number {
  return (accuracy?.seconds ?? 0) * 1000 + (accuracy?.millis ?? 0) + Math.ceil((accuracy?.micros ?? 0) / 1000);
}

function signerOf(token: SignedData): Certificate {
  const { sid } = token.signerInfos[0]!;
  const certificates = certificatesOf(token);
  must(sid?.issuer instanceof RelativeDistinguishedNames, "format", "the signer is not named by issuer and number");
  const found = certificates.find(
    (one) => one.issuer.isEqual(sid.issuer as RelativeDistinguishedNames) && one.serialNumber.isEqual(sid.serialNumber),
  );
  must(found, "certificate", "the signing certificate is not in the token");
  return found;
}

function certificatesOf({ certificates = [] }: SignedData): Certificate[] {
  return certificates.filter((one) => one instanceof Certificate);
}

/** The one signed attribute of a type; nothing if there is none. */
function attribute(token: SignedData, type: string): asn1.AsnType | undefined {
  const attributes: readonly Attribute[] = token.signerInfos[0]!.signedAttrs?.attributes ?? [];
  const found = attributes.filter((one) => one.type === type);
  must(found.length <= 1, "format", `the signed attribute ${type} is there twice`);
  if (!found[0]) return undefined;
  const values: readonly unknown[] = found[0].values;
  must(values.length === 1, "format", `the signed attribute ${type} has not one value`);
  return values[0] as asn1.AsnType;
}

/**
 * The signer's certificate must be the one that the signature itself names: without that another certificate with the
 * same key, made for another purpose, could be put in its place. Version 1 hashes with SHA-1; where both stand, both
 * must fit.
 * @see RFC 2634 section 5.4, RFC 5035 section 4, RFC 5816 section 2.2.1
 */
function checkNamedCertificate(token: SignedData, certificate: Certificate): void {
  const v2 = attribute(token, oid.signingCertificateV2);
  const v1 = attribute(token, oid.signingCertificate);
  must(v1 ?? v2, "certificate", "the signature does not name its certificate");
  const der = Buffer.from(certificate.toSchema().toBER());
  for (const [value, version] of [
    [v1, 1],
    [v2, 2],
  ] as const) {
    if (!value) continue;
    const first = parts(parts(value)[0])[0];
    const [one, two, three] = parts(first);
    const named = version === 2 && one instanceof asn1.Sequence ? new AlgorithmIdentifier({ schema: one }) : undefined;
    const [hash, issuerSerial] = named ? [two, three] : [one, two];
    const algorithm = version === 1 ? "sha1" : named ? sha2[named.algorithmId] : "sha256";
    must(algorithm && hash instanceof asn1.OctetString, "certificate", "the certificate is named by an unknown hash");
    const expected = createHash(algorithm).update(der).digest();
    const fits = equalBytes(hash.valueBlock.valueHexView, expected);
    must(fits, "certificate", "the signature names another certificate");
    if (issuerSerial) checkIssuerSerial(issuerSerial, certificate);
  }
}

/** IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber }, the issuer as one directoryName [4]. */
function checkIssuerSerial(value: asn1.AsnType, certificate: Certificate): void {
  const [names, number] = parts(value);
  const [directoryName] = parts(names);
  const issuer = new RelativeDistinguishedNames({ schema: parts(directoryName)[0]! });
  const same =
    issuer.isEqual(certificate.issuer) && number instanceof asn1.Integer && number.isEqual(certificate.serialNumber);
  must(same, "certificate", "the signature names the certificate of another issuer");
}

function parts(value: asn1.AsnType | undefined): asn1.AsnType[] {
  must(value instanceof asn1.Constructed, "format", "a signed attribute is not as its standard says");
  return value.valueBlock.value;
}

/** RFC 3161 section 2.3: the extended key usage is critical and names time stamping, and nothing else. */
function checkPurpose({ extensions = [] }: Certificate): void {
  const usages = extensions.filter(({ extnID }) => extnID === oid.extendedKeyUsage);
  const [usage] = usages;
  must(usages.length === 1 && usage, "purpose", "the certificate does not say what it is for");
  must(usage.critical, "purpose", "the certificate's purpose is not critical");
  const purposes = usage.parsedValue instanceof ExtKeyUsage ? usage.parsedValue.keyPurposes : [];
  const only = purposes.length === 1 && purposes[0] === oid.timeStamping;
  must(only, "purpose", "the certificate is not for time stamps only");
}

async function checkSignature(token: SignedData, content: Uint8Array): Promise<void> {
  const { digestAlgorithm, signatureAlgorithm } = token.signerInfos[0]!;
  must(sha2[digestAlgorithm.algorithmId], "signature", "the signature does not use SHA-2");
  must(signatures.has(signatureAlgorithm.algorithmId), "signature", "the signature is of an unknown kind");
  const contentType = attribute(token, oid.contentType);
  const named = contentType instanceof asn1.ObjectIdentifier && contentType.valueBlock.toString() === oid.tstInfo;
  must(named && attribute(token, oid.messageDigest), "content", "the signature is not over a time stamp");
  let good: boolean | null | undefined;
  try {
    good = (await token.verify({ signer: 0, data: buffer(content), extendedMode: true })).signatureVerified;
  } catch {
    good = false;
  }
  must(good, "signature", "the signature is not good");
}

async function checkChain(
  token: SignedData,
  signer: Certificate,
  roots: readonly Certificate[],
  time: Date,
): Promise<void> {
  let lookups = 0;
  // The certificate to check stands last.
  const certs = [...certificatesOf(token).filter((one) => one !== signer), signer];
  const engine = new CertificateChainValidationEngine({
    trustedCerts: [...roots],
    certs,
    checkDate: time,
    findIssuer: async (certificate, validation) => {
      lookups += 1;
      return lookups > chainLookups ? [] : validation.defaultFindIssuer(certificate, validation);
    },
  });
  const checked = await engine.verify();
  must(checked.result, "chain", checked.resultMessage || "no way to a configured root");
  for (const [at, { extensions = [] }] of (checked.certificatePath ?? []).entries()) {
    const limits = extensions.find(({ extnID }) => extnID === oid.basicConstraints)?.parsedValue;
    const longest = limits instanceof BasicConstraints ? limits.pathLenConstraint : undefined;
    // RFC 5280 section 4.2.1.9: how many authorities may stand between this one and the signer.
    must(typeof longest !== "number" || at - 1 <= longest, "chain", "the way to the root is longer than it allows");
  }
}

/** The common name. */
function nameOf({ subject }: Certificate): string {
  const found = subject.typesAndValues.find(({ type }) => type === oid.commonName);
  return found ? found.value.valueBlock.value : "an authority without a name";
}
