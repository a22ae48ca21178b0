import "reflect-metadata";
import { createHash, createPrivateKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import { ecdsa, newSerial } from "./authority-keys.ts";

/**
 * A simulator of a time-stamp authority (RFC 3161): its clock is this machine's, and its certificate says that it is a
 * simulator. It proves to nobody outside a demonstration when anything was signed.
 */
export interface TimeStamps {
  /** PEM of its root: what a site trusts. */
  readonly roots: string;
  /** Answers a request; `undefined` for what is none. */
  answer(request: Uint8Array): Promise<Uint8Array | undefined>;
}

const day = 86_400_000;
const curve = { name: "ECDSA", namedCurve: "P-256" };
const oids = {
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  sha256: "2.16.840.1.101.3.4.2.1",
} as const;
const accepted: Readonly<Record<string, number>> = {
  [oids.sha256]: 32,
  "2.16.840.1.101.3.4.2.2": 48,
  "2.16.840.1.101.3.4.2.3": 64,
};
/** Under the arc that ITU-T X.660 keeps for examples. */
const policy = "2.999.886.9";

const nameOf = (commonName: string) =>
  new Name([
    { C: [{ printableString: "TW" }] },
    { O: [{ utf8String: "Taroko demonstration" }] },
    { CN: [{ utf8String: commonName }] },
  ]);

async function make(now: Date): Promise<Readonly<Record<"root" | "certificate" | "key", string>>> {
  const rootKeys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const keys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const validity = { notBefore: new Date(now.getTime() - 365 * day), notAfter: new Date(now.getTime() + 3650 * day) };
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: nameOf("Taroko demonstration time-stamp root (simulator)"),
    ...validity,
    keys: rootKeys,
    signingAlgorithm: ecdsa("SHA-256"),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: nameOf("Taroko demonstration time stamps (simulator)"),
    issuer: root.subjectName,
    ...validity,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ecdsa("SHA-256"),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      // RFC 3161 section 2.3: critical, and nothing else in it.
      new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.8"], true),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return {
    root: root.toString("pem"),
    certificate: certificate.toString("pem"),
    key: String(key.export({ format: "pem", type: "pkcs8" })),
  };
}

const octets = (bytes: Uint8Array) => new asn1js.OctetString({ valueHex: new Uint8Array(bytes).buffer });
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Opens the simulator; its keys are made at the first start, readable by this user only. */
export async function openTimeStamps(folder: string, clock: { now(): Date }): Promise<TimeStamps> {
  const file = join(folder, "time-stamps.json");
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, JSON.stringify(await make(clock.now())), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  const set = JSON.parse(await readFile(file, "utf8")) as Awaited<ReturnType<typeof make>>;
  const pkcs8 = createPrivateKey(set.key).export({ format: "der", type: "pkcs8" });
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, curve, false, ["sign"]);
  const der = new Uint8Array(new X509Certificate(set.certificate).rawData);
  const certificate = pkijs.Certificate.fromBER(der);

  function infoFor(request: pkijs.TimeStampReq): Uint8Array {
    const now = clock.now();
    const info = new pkijs.TSTInfo({
      version: 1,
      policy,
      messageImprint: request.messageImprint,
      serialNumber: new asn1js.Integer({ valueHex: Buffer.from(newSerial(), "hex") }),
      genTime: new Date(Math.floor(now.getTime() / 1000) * 1000),
      accuracy: new pkijs.Accuracy({ seconds: 1 }),
      ...(request.nonce && { nonce: request.nonce }),
    });
    return new Uint8Array(info.toSchema().toBER());
  }

  async function sign(content: Uint8Array): Promise<pkijs.ContentInfo> {
    // RFC 5816 section 2.2.1: the certificate is named by its SHA-256, which is the default and so left out.
    const named = new asn1js.Sequence({
      value: [new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [octets(digest(der))] })] })],
    });
    const attributes = [
      new pkijs.Attribute({ type: oids.contentType, values: [new asn1js.ObjectIdentifier({ value: oids.tstInfo })] }),
      new pkijs.Attribute({ type: oids.messageDigest, values: [octets(digest(content))] }),
      new pkijs.Attribute({ type: oids.signingCertificateV2, values: [named] }),
    ];
    const signed = new pkijs.SignedData({
      version: 3,
      encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: oids.tstInfo, eContent: octets(content) }),
      certificates: [certificate],
      signerInfos: [
        new pkijs.SignerInfo({
          version: 1,
          sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
          signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
        }),
      ],
    });
    await signed.sign(key, 0, "SHA-256");
    return new pkijs.ContentInfo({ contentType: pkijs.ContentInfo.SIGNED_DATA, content: signed.toSchema(true) });
  }

  return {
    roots: set.root,
    async answer(bytes) {
      let request: pkijs.TimeStampReq;
      try {
        request = pkijs.TimeStampReq.fromBER(new Uint8Array(bytes));
      } catch {
        return undefined;
      }
      const { hashAlgorithm, hashedMessage } = request.messageImprint;
      const good = accepted[hashAlgorithm.algorithmId] === hashedMessage.valueBlock.valueHexView.length;
      const answer = new pkijs.TimeStampResp({
        status: new pkijs.PKIStatusInfo({ status: good ? 0 : 2 }),
        ...(good && { timeStampToken: await sign(infoFor(request)) }),
      });
      return new Uint8Array(answer.toSchema().toBER());
    },
  };
}
