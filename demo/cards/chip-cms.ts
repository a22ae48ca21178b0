import { createPrivateKey, createPublicKey } from "node:crypto";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";

function curveOf(pem: string): { readonly name: "ECDSA"; readonly namedCurve: string } {
  return { name: "ECDSA", namedCurve: createPrivateKey(pem).export({ format: "jwk" }).crv ?? "P-256" };
}

/** The public half of a chip's key. */
export function publicKeyOf(pem: string): Promise<CryptoKey> {
  const spki = createPublicKey(createPrivateKey(pem)).export({ format: "der", type: "spki" });
  return crypto.subtle.importKey("spki", spki, curveOf(pem), true, ["verify"]);
}

/** A CMS signature (PKCS#7) over a text, with the signer's certificate and signed attributes, as components make it. */
export async function signCms(pem: string, certificate: Uint8Array, text: string): Promise<Uint8Array> {
  const pkcs8 = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, curveOf(pem), false, ["sign"]);
  const signer = pkijs.Certificate.fromBER(new Uint8Array(certificate));
  const content = Buffer.from(text, "utf8");
  const digest = await crypto.subtle.digest("SHA-256", content);
  const attribute = (type: string, value: asn1js.AsnType) => new pkijs.Attribute({ type, values: [value] });
  const data = "1.2.840.113549.1.7.1";
  const signed = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: data }),
    certificates: [signer],
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: signer.issuer, serialNumber: signer.serialNumber }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            attribute("1.2.840.113549.1.9.3", new asn1js.ObjectIdentifier({ value: data })),
            attribute("1.2.840.113549.1.9.4", new asn1js.OctetString({ valueHex: digest })),
          ],
        }),
      }),
    ],
  });
  // Set by hand: the library cuts content given to its constructor into pieces, which DER does not know.
  signed.encapContentInfo.eContent = new asn1js.OctetString({ valueHex: new Uint8Array(content) });
  await signed.sign(key, 0, "SHA-256");
  const whole = new pkijs.ContentInfo({ contentType: "1.2.840.113549.1.7.2", content: signed.toSchema(true) });
  return new Uint8Array(whole.toSchema().toBER());
}
