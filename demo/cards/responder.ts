import "reflect-metadata";
import { X509Certificate } from "@peculiar/x509";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";

/** What the responder may be told to answer wrongly, for personas and tests. */
export const responderFaults = ["revoked", "unknown", "stale", "wrong-nonce", "two-responses", "down"] as const;
export type ResponderFault = (typeof responderFaults)[number];

export interface OcspQuestion {
  /** Serial asked about, lower-case hexadecimal of whole octets. */
  readonly serial: string;
  readonly request: pkijs.OCSPRequest;
}

const nonceOid = "1.3.6.1.5.5.7.48.1.2";
const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/^(?:00)+(?=..)/, "");

/** Reads a request for one certificate; `undefined` for anything else. */
export function readQuestion(bytes: Uint8Array): OcspQuestion | undefined {
  try {
    const request = pkijs.OCSPRequest.fromBER(new Uint8Array(bytes));
    const [one, second] = request.tbsRequest.requestList;
    return one && !second ? { request, serial: hex(one.reqCert.serialNumber.valueBlock.valueHexView) } : undefined;
  } catch {
    return undefined;
  }
}

/** When and why a certificate was taken back; `standing`, or not issued here. */
export type KnownStatus = { readonly revokedAt: Date; readonly suspended: boolean } | "standing" | "unknown";

function certStatus(known: KnownStatus): asn1js.AsnType {
  if (known === "standing") return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } });
  if (known === "unknown") return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 2 } });
  return new asn1js.Constructed({
    idBlock: { tagClass: 3, tagNumber: 1 },
    value: [
      new asn1js.GeneralizedTime({ valueDate: known.revokedAt }),
      new asn1js.Constructed({
        idBlock: { tagClass: 3, tagNumber: 0 },
        value: [new asn1js.Enumerated({ value: known.suspended ? 6 : 0 })], // certificateHold, unspecified
      }),
    ],
  });
}

/** DER has no fractions of a second here (RFC 5280 section 4.1.2.5.2). */
const wholeSecond = (at: Date) => new Date(Math.floor(at.getTime() / 1000) * 1000);

/**
 * A signed answer (RFC 6960 section 4.2) in the name of the authority's delegate, with the question's nonce.
 * @param fault answers wrongly on purpose
 */
export async function writeAnswer(
  question: OcspQuestion,
  given: {
    readonly known: KnownStatus;
    readonly now: Date;
    readonly delegate: X509Certificate;
    readonly key: CryptoKey;
    readonly fault?: ResponderFault;
  },
): Promise<Uint8Array> {
  const { fault, now } = given;
  const known: KnownStatus =
    fault === "revoked" ? { revokedAt: now, suspended: false } : fault === "unknown" ? "unknown" : given.known;
  const single = new pkijs.SingleResponse({
    certID: question.request.tbsRequest.requestList[0]!.reqCert,
    certStatus: certStatus(typeof known === "object" ? { ...known, revokedAt: wholeSecond(known.revokedAt) } : known),
    thisUpdate: wholeSecond(fault === "stale" ? new Date(now.getTime() - 3_600_000) : now),
  });
  const certificate = pkijs.Certificate.fromBER(given.delegate.rawData);
  const basic = new pkijs.BasicOCSPResponse({ certs: [certificate] });
  const data = basic.tbsResponseData;
  data.responderID = certificate.subject;
  data.producedAt = wholeSecond(now);
  data.responses = fault === "two-responses" ? [single, single] : [single];
  const nonce = question.request.tbsRequest.requestExtensions?.find(({ extnID }) => extnID === nonceOid);
  if (nonce) {
    const value = new Uint8Array(nonce.extnValue.valueBlock.valueHexView);
    if (fault === "wrong-nonce") value[value.length - 1]! ^= 1;
    data.responseExtensions = [new pkijs.Extension({ extnID: nonceOid, extnValue: value.buffer })];
  }
  await basic.sign(given.key, "SHA-384");
  const response = new pkijs.OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: 0 }),
    responseBytes: new pkijs.ResponseBytes({
      responseType: "1.3.6.1.5.5.7.48.1.1",
      response: new asn1js.OctetString({ valueHex: basic.toSchema().toBER() }),
    }),
  });
  return new Uint8Array(response.toSchema().toBER());
}
