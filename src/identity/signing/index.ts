/**
 * Signatures that outlive the card: PDF (PAdES) and JSON (JAdES) with time stamps and the evidence of their day, and a
 * validation of our own for both, which trusts nobody but those it is told to.
 *
 * `validate.ts` is the way in: it reads (`read-pdf.ts`, `read-jades.ts`, `cms.ts`), judges the time (`judge-time.ts`) and
 * the signer (`judge-signer.ts`), and for a PDF says what was appended later (`compare-revisions.ts`). `sign-pdf.ts`
 * signs, by a key at hand or in two passes with a card. It owns the sealed letters (`store.ts`).
 */
export type { SigningTrust } from "./judge-signer.ts";
export { bytesToStamp, extendJades, type JadesAddition } from "./read-jades.ts";
export type { Change, Indication, Level, SignatureReport, Signer, SubIndication, ValidationReport } from "./report.ts";
export {
  completePdf,
  ecdsaToDer,
  hashToSign,
  preparePdf,
  signPdf,
  type PdfAdditions,
  type PdfPrepared,
  type PdfSigning,
} from "./sign-pdf.ts";
export { sealedLetter, sealPdf, type Seal } from "./seal-letter.ts";
export { trustOf } from "./strengthen.ts";
export {
  finishPdfSignature,
  preparePdfSignature,
  type PdfSignaturePrepared,
  type PdfSigned,
} from "./sign-pdf-by-card.ts";
export { largestFile, validateFile, validateJades } from "./validate.ts";
export { writeLetter, type Letter, type LetterPart } from "./write-letter.ts";
export { handedOut, handOut } from "./hand-out.ts";
