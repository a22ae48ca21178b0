import { createHash, verify } from "node:crypto";
import { readCertificate, type CardCertificate } from "./certificate.ts";
import {
  children,
  DerError,
  expectTag,
  readBitOctets,
  readBoolean,
  readDer,
  readOid,
  readSerial,
  readTime,
  tags,
  type DerNode,
} from "./der.ts";
import { writeDer, writeOid, writeSerial } from "./der-write.ts";
import { certificateHashes, issuedBy, validAt } from "./trust.ts";

const oids = {
  sha1: "1.3.14.3.2.26",
  basic: "1.3.6.1.5.5.7.48.1.1",
  nonce: "1.3.6.1.5.5.7.48.1.2",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
} as const;
const enumerated = 0x0a;
const null_ = new Uint8Array([0x05, 0x00]);

/** How one issuer's responder is asked and believed. Everything has a default that refuses rather than trusts. */
export interface OcspSettings {
  /** Ask here instead of at the address in the certificate. A configured address may be private. */
  readonly url?: string;
  /** The designated responder: its certificate alone may answer. Absent: a delegate certified by the issuer itself. */
  readonly responder?: CardCertificate;
  /** How old an answer may be; two minutes unless told. Responders that work from lists need more. */
  readonly maxAgeMs?: number;
  /** False for a responder known not to repeat the nonce. */
  readonly nonce?: boolean;
}

/** RFC 6960 section 4.1.1: which certificate is meant. SHA-1 is a name here, no protection. */
export function certificateId(certificate: CardCertificate, issuer: CardCertificate): Uint8Array {
  const sha1 = (bytes: Uint8Array) =>
    writeDer(tags.octetString, new Uint8Array(createHash("sha1").update(bytes).digest()));
  return writeDer(
    tags.sequence,
    writeDer(tags.sequence, writeOid(oids.sha1), null_),
    sha1(certificate.issuerName),
    sha1(issuer.keyBits),
    writeSerial(certificate.serial),
  );
}

/** A request for one certificate. `nonce` absent: none is sent. */
export function writeOcspRequest(certId: Uint8Array, nonce: Uint8Array | undefined): Uint8Array {
  const list = writeDer(tags.sequence, writeDer(tags.sequence, certId));
  // The value is an OCTET STRING in the extension's own OCTET STRING (RFC 8954 section 2.1).
  const extension =
    nonce &&
    writeDer(tags.sequence, writeOid(oids.nonce), writeDer(tags.octetString, writeDer(tags.octetString, nonce)));
  const extensions = extension ? [writeDer(0xa2, writeDer(tags.sequence, extension))] : [];
  return writeDer(tags.sequence, writeDer(tags.sequence, list, ...extensions));
}

type CertStatus = "good" | "revoked" | "unknown";

/** An answer as it was read; nothing in it is believed before {@link ocspFault} found no fault. */
export interface OcspResponse {
  readonly responses: readonly {
    readonly certId: Uint8Array;
    readonly status: CertStatus;
    /** Since when, if revoked. */
    readonly revokedAt: Date | undefined;
    readonly thisUpdate: Date;
    readonly nextUpdate: Date | undefined;
  }[];
  /** Content of the nonce extension's outer OCTET STRING. */
  readonly nonce: Uint8Array | undefined;
  readonly signed: Uint8Array;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
  /** First of the certificates that came along. */
  readonly responder: CardCertificate | undefined;
}

/** Extensions by identifier. A critical one other than the nonce makes the answer unusable. */
function readExtensions(holder: DerNode | undefined): ReadonlyMap<string, Uint8Array> {
  if (holder && holder.tag !== 0xa1) throw new DerError("extensions");
  const found = new Map<string, Uint8Array>();
  for (const extension of holder ? children(expectTag(children(holder)[0], tags.sequence)) : []) {
    const parts = children(expectTag(extension, tags.sequence));
    const oid = readOid(parts[0]);
    if (found.has(oid)) throw new DerError(`extension ${oid} twice`);
    if (parts.length === 3 && readBoolean(parts[1]) && oid !== oids.nonce) throw new DerError(`critical ${oid}`);
    found.set(oid, expectTag(parts.at(-1), tags.octetString).content);
  }
  return found;
}

function readCertStatus(node: DerNode | undefined): CertStatus {
  if (node?.tag === 0x80) return "good";
  if (node?.tag === 0xa1) return "revoked";
  if (node?.tag === 0x82) return "unknown";
  throw new DerError("certificate status");
}

function readSingle(node: DerNode): OcspResponse["responses"][number] {
  const [certId, status, thisUpdate, ...rest] = children(expectTag(node, tags.sequence));
  const [algorithm, nameHash, keyHash, serial] = children(expectTag(certId, tags.sequence));
  // Written anew: some responders leave the NULL of the hash's parameters out.
  const spelled = writeDer(
    tags.sequence,
    writeDer(tags.sequence, writeOid(readOid(children(expectTag(algorithm, tags.sequence))[0])), null_),
    expectTag(nameHash, tags.octetString).bytes,
    expectTag(keyHash, tags.octetString).bytes,
    writeSerial(readSerial(serial)),
  );
  readExtensions(rest.find(({ tag }) => tag === 0xa1));
  const next = rest.find((part) => part.tag === 0xa0);
  return {
    certId: spelled,
    status: readCertStatus(status),
    revokedAt: status?.tag === 0xa1 ? readTime(children(status)[0]) : undefined,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: next && readTime(children(next)[0]),
  };
}

/** Reads a successful answer (RFC 6960 section 4.2.1). @throws {DerError} for anything else, also for an error status */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  const [status, holder] = children(expectTag(readDer(der), tags.sequence));
  const code = expectTag(status, enumerated).content;
  if (code.length !== 1 || code[0] !== 0) throw new DerError(`response status ${code[0]}`);
  if (holder?.tag !== 0xa0) throw new DerError("no response bytes");
  const [type, octets] = children(expectTag(children(holder)[0], tags.sequence));
  if (readOid(type) !== oids.basic) throw new DerError("response type");
  const [tbs, algorithm, signature, certificates] = children(
    expectTag(readDer(expectTag(octets, tags.octetString).content), tags.sequence),
  );
  const fields = children(expectTag(tbs, tags.sequence));
  if (fields[0]?.tag === 0xa0) throw new DerError("version");
  const [, , responses, extensions] = fields;
  const [first] = certificates?.tag === 0xa0 ? children(expectTag(children(certificates)[0], tags.sequence)) : [];
  return {
    responses: children(expectTag(responses, tags.sequence)).map(readSingle),
    nonce: readExtensions(extensions).get(oids.nonce),
    signed: expectTag(tbs, tags.sequence).bytes,
    signatureOid: readOid(children(expectTag(algorithm, tags.sequence))[0]),
    signature: readBitOctets(signature),
    responder: first && readCertificate(first.bytes),
  };
}

const delegated = issuedBy();
const skewMs = 15 * 60_000;
const twoMinutes = 2 * 60_000;
const same = (a: Uint8Array, b: Uint8Array | undefined) => b !== undefined && Buffer.compare(a, b) === 0;

/** Why an answer must not be believed, or `undefined` when its one status may. */
export function ocspFault(
  response: OcspResponse,
  asked: {
    readonly certId: Uint8Array;
    readonly issuer: CardCertificate;
    /** As it was sent; `undefined` where none was. */
    readonly nonce: Uint8Array | undefined;
    readonly now: Date;
    readonly settings?: OcspSettings;
  },
): string | undefined {
  const { issuer, settings = {} } = asked;
  const now = asked.now.getTime();
  const [single, second] = response.responses;
  if (!single || second) return "not exactly one response";
  if (!same(asked.certId, single.certId)) return "about another certificate";
  const { responder } = response;
  if (!responder) return "no responder certificate";
  const hash = certificateHashes[response.signatureOid];
  if (!hash || !verify(hash, response.signed, responder.x509.publicKey, response.signature))
    return "signature does not verify";
  if (settings.responder) {
    if (!same(settings.responder.der, responder.der)) return "not the designated responder";
  } else {
    if (!responder.extendedKeyUsage.includes(oids.ocspSigning)) return "responder may not sign answers";
    if (!validAt(responder, asked.now)) return "responder certificate is not valid now";
    if (!delegated(responder, issuer, asked.now)) return "responder is of another authority";
  }
  if (single.thisUpdate.getTime() > now + skewMs) return "answer is from the future";
  if (single.thisUpdate.getTime() < now - (settings.maxAgeMs ?? twoMinutes)) return "answer is too old";
  if (single.nextUpdate) {
    if (single.nextUpdate < single.thisUpdate) return "next update before this one";
    if (single.nextUpdate.getTime() < now - skewMs) return "answer is out of date";
  }
  const expected = asked.nonce && writeDer(tags.octetString, asked.nonce);
  if (expected && !same(expected, response.nonce)) return "another nonce";
  return undefined;
}
