import { createHash, sign, verify, type KeyObject, type X509Certificate } from "node:crypto";
import * as asn1 from "asn1js";
import {
  AlgorithmIdentifier,
  BasicOCSPResponse,
  CertID,
  OCSPResponse,
  ResponseBytes,
  ResponseData,
  SingleResponse,
  type Certificate,
} from "pkijs";
import { parsed, readCertificate } from "./certificates.ts";
import { must, Refused } from "./findings.ts";

/** Object identifiers of RFC 6960, RFC 5280, RFC 5758 and NIST. */
const oid = {
  basic: "1.3.6.1.5.5.7.48.1.1",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;
/** Here the hash only names the issuer, whose key is known already; X-Road and most responders use SHA-1 for it. */
const namingHashes: Readonly<Record<string, string>> = { [oid.sha1]: "sha1", [oid.sha256]: "sha256" };
const signatureHashes: Readonly<Record<string, "sha256" | "sha384" | "sha512">> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
};

const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** What a good answer says. */
export interface GoodAnswer {
  readonly thisUpdate: Date;
  readonly producedAt: Date;
}

/**
 * Checks an embedded OCSP answer: about this certificate, signed by its issuer, by a responder that is listed or that the issuer
 * made for it; good; and young enough at the time that counts. A revocation after that time is no reason.
 * @throws `ocsp-invalid`, `ocsp-stale`, `certificate-revoked`
 * @see RFC 6960 sections 3.2, 4.2
 */
export function checkOcsp(
  der: Uint8Array,
  o: {
    readonly certificate: X509Certificate;
    readonly issuer: X509Certificate;
    readonly responders: readonly X509Certificate[];
    readonly at: Date;
    /** How old an answer may be. */
    readonly freshSeconds: number;
  },
): GoodAnswer {
  const response = readBasic(der);
  const { tbsResponseData: data } = response;
  checkSignature(response, o);
  const wanted = parsed(o.certificate);
  const about = data.responses.filter(({ certID }) => isAbout(certID, wanted, parsed(o.issuer)));
  must(about.length === 1, "ocsp-invalid", "the answer is about another certificate");
  const { thisUpdate, nextUpdate, certStatus } = about[0]!;
  const at = o.at.getTime();
  const age = at - thisUpdate.getTime();
  must(age <= o.freshSeconds * 1000 && age >= -o.freshSeconds * 1000, "ocsp-stale", `of ${thisUpdate.toISOString()}`);
  must(!nextUpdate || nextUpdate.getTime() >= at, "ocsp-stale", `until ${nextUpdate?.toISOString()}`);
  const tag = (certStatus as asn1.AsnType).idBlock.tagNumber;
  if (tag === 1) {
    const [when] = (certStatus as asn1.Constructed).valueBlock.value;
    const revoked = when instanceof asn1.GeneralizedTime ? when.toDate() : new Date(0);
    must(revoked.getTime() > at, "certificate-revoked", `at ${revoked.toISOString()}`);
  }
  must(tag !== 2, "ocsp-invalid", "the responder does not know the certificate");
  return { thisUpdate, producedAt: data.producedAt };
}

function readBasic(der: Uint8Array): BasicOCSPResponse {
  try {
    const outer = asn1.fromBER(buffer(der));
    must(outer.offset === der.length, "ocsp-invalid", "not one piece of ASN.1");
    const response = new OCSPResponse({ schema: outer.result });
    const status = response.responseStatus.valueBlock.valueDec;
    must(status === 0 && response.responseBytes, "ocsp-invalid", `the responder answered status ${status}`);
    must(response.responseBytes.responseType === oid.basic, "ocsp-invalid", "an answer of an unknown kind");
    return BasicOCSPResponse.fromBER(buffer(response.responseBytes.response.valueBlock.valueHexView));
  } catch (fault) {
    if (fault instanceof Refused) throw fault;
    throw new Refused("ocsp-invalid", "the answer cannot be read");
  }
}

function checkSignature(
  response: BasicOCSPResponse,
  o: { readonly issuer: X509Certificate; readonly responders: readonly X509Certificate[]; readonly at: Date },
): void {
  const algorithm = response.signatureAlgorithm.algorithmId;
  const hash = signatureHashes[algorithm];
  must(hash, "algorithm-refused", `revocation answer signed with ${algorithm}`);
  const embedded = (response.certs ?? [])
    .slice(0, 5)
    .map((one) => readCertificate(new Uint8Array(one.toSchema().toBER()), "ocsp-invalid"))
    .filter((one) => isDelegated(one, o.issuer, o.at));
  const signed = response.tbsResponseData.tbsView;
  const value = response.signature.valueBlock.valueHexView;
  const by = [...o.responders, o.issuer, ...embedded].some((one) => verifies(hash, signed, one.publicKey, value));
  must(by, "ocsp-invalid", "not signed by a responder of the authority");
}

function verifies(hash: string, signed: Uint8Array, key: KeyObject, value: Uint8Array): boolean {
  try {
    return verify(hash, signed, key, value);
  } catch {
    return false; // a key of another kind
  }
}

/** RFC 6960 section 4.2.2.2: a responder that the issuer made for this, and nothing else. */
function isDelegated(certificate: X509Certificate, issuer: X509Certificate, at: Date): boolean {
  return (
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey) &&
    (certificate.keyUsage ?? []).includes(oid.ocspSigning) &&
    Date.parse(certificate.validFrom) <= at.getTime() &&
    at.getTime() <= Date.parse(certificate.validTo)
  );
}

function isAbout(
  { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: CertID,
  one: Certificate,
  issuer: Certificate,
): boolean {
  const hash = namingHashes[hashAlgorithm.algorithmId];
  if (!hash) return false;
  const [name, key] = issuerHashes(issuer, hash);
  return (
    name.equals(issuerNameHash.valueBlock.valueHexView) &&
    key.equals(issuerKeyHash.valueBlock.valueHexView) &&
    serialNumber.isEqual(one.serialNumber)
  );
}

function issuerHashes(issuer: Certificate, hash: string): readonly [name: Buffer, key: Buffer] {
  const name = Buffer.from(issuer.subject.toSchema().toBER());
  const key = issuer.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  return [createHash(hash).update(name).digest(), createHash(hash).update(key).digest()];
}

/**
 * Makes the answer about one certificate, signed by its issuer itself (ECDSA P-256), for an hour.
 * @see RFC 6960 section 4.2.2.2
 */
export function makeOcspAnswer(o: {
  readonly certificate: X509Certificate;
  readonly issuer: X509Certificate;
  readonly issuerKey: KeyObject;
  readonly now: Date;
  readonly revokedAt?: Date | undefined;
}): Uint8Array {
  const issuer = parsed(o.issuer);
  const [name, key] = issuerHashes(issuer, "sha1");
  const now = new Date(Math.floor(o.now.getTime() / 1000) * 1000);
  const certStatus = o.revokedAt
    ? new asn1.Constructed({
        idBlock: { tagClass: 3, tagNumber: 1 },
        value: [new asn1.GeneralizedTime({ valueDate: new Date(Math.floor(o.revokedAt.getTime() / 1000) * 1000) })],
      })
    : new asn1.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } });
  const data = new ResponseData({
    responderID: issuer.subject,
    producedAt: now,
    responses: [
      new SingleResponse({
        certID: new CertID({
          // The hash only finds the issuer; readers of X-Road look for SHA-1 here.
          hashAlgorithm: new AlgorithmIdentifier({ algorithmId: oid.sha1, algorithmParams: new asn1.Null() }),
          issuerNameHash: new asn1.OctetString({ valueHex: buffer(name) }),
          issuerKeyHash: new asn1.OctetString({ valueHex: buffer(key) }),
          serialNumber: parsed(o.certificate).serialNumber,
        }),
        certStatus,
        thisUpdate: now,
        nextUpdate: new Date(now.getTime() + 3_600_000),
      }),
    ],
  });
  const tbs = Buffer.from(data.toSchema(true).toBER());
  data.tbsView = new Uint8Array(tbs);
  const basic = new BasicOCSPResponse({
    tbsResponseData: data,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithmId: oid.ecdsaWithSha256 }),
    signature: new asn1.BitString({ valueHex: buffer(sign("sha256", tbs, o.issuerKey)) }),
  });
  const response = new OCSPResponse({
    responseStatus: new asn1.Enumerated({ value: 0 }),
    responseBytes: new ResponseBytes({
      responseType: oid.basic,
      response: new asn1.OctetString({ valueHex: basic.toSchema().toBER() }),
    }),
  });
  return new Uint8Array(response.toSchema().toBER());
}
