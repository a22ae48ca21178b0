import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { PDF } from "@libpdf/core";
import {
  readCertificate,
  signPdf,
  validateFile,
  type PdfAdditions,
  type PdfSigning,
  type SigningTrust,
  type ValidationReport,
} from "#identity";
import { timeStampToken } from "#ledger";
import { cardCountry, type CardCountry } from "./testing.ts";

/** A country with an organisation that seals PDFs, for tests. */
export interface SealCountry extends CardCountry {
  readonly trust: SigningTrust;
  readonly seal: { readonly certificate: Uint8Array; readonly key: KeyObject };
  readonly stamp: (content: Uint8Array) => Promise<Uint8Array>;
  /** The responder's answer about a certificate, as of now. */
  readonly ocspFor: (certificate: Uint8Array) => Promise<Uint8Array>;
  readonly sealed: (pdf: Uint8Array, how?: Partial<PdfSigning & PdfAdditions>) => Promise<Uint8Array>;
  /** With stamp and evidence. */
  readonly sealedWhole: (pdf: Uint8Array, how?: Partial<PdfSigning>) => Promise<Uint8Array>;
  readonly validated: (file: Uint8Array, change?: Partial<SigningTrust>) => Promise<ValidationReport>;
}

/** A page that says something, and beside it what an attacker may have put there before it was signed. */
export async function somePdf(planted: boolean = false): Promise<Uint8Array> {
  const pdf = PDF.create();
  pdf.setTitle("A decision");
  pdf.addPage({ size: "a4" }).drawText("Pay 100 to Lin Mei-hua", { x: 50, y: 700 });
  if (planted) pdf.addPage({ size: "a4" }).drawText("Pay 900 to Mallory", { x: 50, y: 700 });
  return pdf.save();
}

/** Opens one; it is gone when the test file is done. */
export async function sealCountry(): Promise<SealCountry> {
  const country = await cardCountry({ responder: true });
  const { authority, identity, clock } = country;
  const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
  const certificate = await authority.certifySeal({ name: "示範社會局", identifier: "NTRTW-00000000" }, spki, "P-256");
  const trust: SigningTrust = {
    trustedIssuers: identity.trustedIssuers,
    timeStampRoots: country.timeStamps.roots,
    revocation: identity.revocation,
    clock,
  };
  const tsa = { name: "simulator", url: `${country.readerUrl}/authority/time-stamps`, roots: country.timeStamps.roots };
  const stamp = (content: Uint8Array) => timeStampToken(tsa, content);
  const ocspFor = async (der: Uint8Array) => {
    const answer = await identity.revocation(readCertificate(der), identity.trustedIssuers[0]!);
    if (typeof answer === "string" || !answer.evidence) throw new Error("no answer");
    return answer.evidence;
  };
  const sealed: SealCountry["sealed"] = (pdf, how = {}) =>
    signPdf(pdf, { certificate, chain: [authority.issuer], at: clock.now(), field: "Seal", ...how }, (data, hash) =>
      Promise.resolve(sign(hash.replace("-", ""), data, key)),
    );
  return {
    ...country,
    trust,
    seal: { certificate, key },
    stamp,
    ocspFor,
    sealed,
    sealedWhole: async (pdf, how) => sealed(pdf, { timeStamp: stamp, ocsp: await ocspFor(certificate), ...how }),
    validated: (file, change) => validateFile(file, { ...trust, ...change }),
  };
}
