import { PDF } from "@libpdf/core";
import { tags } from "../web-eid/der.ts";
import { writeDer } from "../web-eid/der-write.ts";
import { readCertificate, type CardCertificate } from "../web-eid/index.ts";
import { hashOf, signedAttributes, writeCms, type CmsHash } from "./write-cms.ts";

/** Bytes kept free for the signature: two certificates, a time stamp with its own, and room. */
const roomFor = 12_288;

export interface PdfSigning {
  /** DER of the signer's certificate; its key is P-256 or P-384. */
  readonly certificate: Uint8Array;
  /** Certificates above it, DER. */
  readonly chain: readonly Uint8Array[];
  /** The time that is claimed; it is part of what is signed. */
  readonly at: Date;
  /** Name of the signature's field; two signatures in one file need two. */
  readonly field: string;
}

/** What is put beside a signature once it is made. */
export interface PdfAdditions {
  /** Has bytes stamped by a time-stamp authority; answers the token, DER. Without it the level is B-B. */
  readonly timeStamp?: (content: Uint8Array) => Promise<Uint8Array>;
  /** The responder's answer about the signer's certificate, DER. Kept with a time stamp only, for alone it proves little. */
  readonly ocsp?: Uint8Array;
}

/** A PDF with room for a signature, and what the key is to sign. It can be kept as JSON between the two passes. */
export interface PdfPrepared {
  /** base64. */
  readonly pdf: string;
  /** Where the signature's hexadecimal digits go: their first, and behind their last. */
  readonly gap: readonly [number, number];
  /** DER of the signed attributes, base64. */
  readonly attributes: string;
  readonly hash: CmsHash;
  readonly certificate: string;
  readonly chain: readonly string[];
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** The hash that goes with a key. */
function hashForKey(certificate: CardCertificate): CmsHash | undefined {
  const curve = certificate.x509.publicKey.asymmetricKeyDetails?.namedCurve;
  return curve === "prime256v1" ? "SHA-256" : curve === "secp384r1" ? "SHA-384" : undefined;
}

/** The signature dictionary's numbers, as the library wrote them into the last update. */
function gapOf(pdf: Uint8Array): { readonly gap: readonly [number, number]; readonly signed: Uint8Array } {
  const text = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.length).toString("latin1");
  const last = [...text.matchAll(/\/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)].at(-1);
  const [length, next, rest] = (last ?? []).slice(1).map(Number);
  if (length === undefined || next === undefined || rest === undefined || next + rest !== pdf.length)
    throw Object.assign(new Error("the PDF library left no room for a signature"), { code: "pdf-gap" });
  return { gap: [length + 1, next - 1], signed: Buffer.concat([pdf.subarray(0, length), pdf.subarray(next)]) };
}

/**
 * First pass: writes an update with room for a signature and fixes the bytes that the key signs. The PDF library makes the
 * update; the signature is ours, for the library's own holds a time attribute that EN 319 142-1 section 6.3 forbids.
 * `undefined`: a key that PDFs are not signed with here.
 */
export async function preparePdf(pdf: Uint8Array, how: PdfSigning): Promise<PdfPrepared | undefined> {
  const certificate = readCertificate(how.certificate);
  const hash = hashForKey(certificate);
  if (!hash) return undefined;
  const document = await PDF.load(pdf, { lenient: false });
  const { bytes } = await document.sign({
    signer: {
      certificate: certificate.der,
      keyType: "EC",
      signatureAlgorithm: "ECDSA",
      sign: () => Promise.resolve(new Uint8Array(1)),
    },
    signingTime: how.at,
    fieldName: how.field,
    digestAlgorithm: hash,
    estimatedSize: roomFor,
  });
  const { gap, signed } = gapOf(bytes);
  return {
    pdf: base64(bytes),
    gap,
    attributes: base64(signedAttributes(certificate, hash, hashOf(hash, signed))),
    hash,
    certificate: base64(certificate.der),
    chain: how.chain.map(base64),
  };
}

/** What a card is asked to sign: the hash of the signed attributes. */
export function hashToSign({ attributes, hash }: PdfPrepared): Uint8Array {
  return hashOf(hash, bytesOf(attributes));
}

/**
 * Second pass: puts a signature (ECDSA in DER) into its place, with time stamp and evidence. Whether it is the right one,
 * a validation says.
 */
export async function completePdf(
  prepared: PdfPrepared,
  signature: Uint8Array,
  { timeStamp, ocsp }: PdfAdditions = {},
): Promise<Uint8Array> {
  const pdf = bytesOf(prepared.pdf);
  const cms = writeCms({
    certificate: readCertificate(bytesOf(prepared.certificate)),
    chain: prepared.chain.map(bytesOf),
    hash: prepared.hash,
    attributes: bytesOf(prepared.attributes),
    signature,
    ...(timeStamp && { timeStamp: await timeStamp(signature) }),
  });
  const [from, to] = prepared.gap;
  const digits = Buffer.from(cms)
    .toString("hex")
    .toUpperCase()
    .padEnd(to - from, "0");
  if (digits.length !== to - from)
    throw Object.assign(new Error("the signature needs more room than was kept"), { code: "pdf-room" });
  pdf.set(Buffer.from(digits, "latin1"), from);
  if (!timeStamp || !ocsp) return pdf;
  const document = await PDF.load(pdf, { lenient: false });
  const own = bytesOf(prepared.certificate);
  const { bytes } = await document.addValidationData({
    revocationProvider: {
      getOCSP: (asked) => Promise.resolve(Buffer.compare(asked, own) === 0 ? ocsp : null),
      getCRL: () => Promise.resolve(null),
    },
  });
  return bytes;
}

/** Signs at once, by a key at hand. `sign` makes an ECDSA signature in DER over `data`, which it hashes first. */
export async function signPdf(
  pdf: Uint8Array,
  how: PdfSigning & PdfAdditions,
  sign: (data: Uint8Array, hash: CmsHash) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const prepared = await preparePdf(pdf, how);
  if (!prepared) throw Object.assign(new Error("PDFs are signed with P-256 or P-384"), { code: "signature-key" });
  return completePdf(prepared, await sign(bytesOf(prepared.attributes), prepared.hash), how);
}

/** R‖S, as cards answer, as the SEQUENCE of two INTEGERs that CMS carries (RFC 3279 section 2.2.3). */
export function ecdsaToDer(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const integer = (part: Uint8Array) => {
    const from = part.findIndex((byte) => byte !== 0);
    const short = from < 0 ? part.subarray(-1) : part.subarray(from);
    return writeDer(tags.integer, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
  };
  return writeDer(tags.sequence, integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}
