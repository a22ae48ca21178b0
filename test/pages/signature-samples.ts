import {
  checkSignaturePage,
  confirmSignaturePage,
  signDocumentPage,
  signedDocumentPage,
  type CheckSignatureView,
} from "#identity/pages";
import { both } from "#ui";
import type { Sample } from "./samples.ts";

const trusted = { issuers: ["Taroko demonstration citizen cards"], stamps: true };
const at = new Date("2026-11-23T03:46:00Z");
const base = { sha256: "0".repeat(64), validatedAt: at, format: "PAdES" } as const;

const pages: Readonly<Record<string, CheckSignatureView>> = {
  "check-signature": trusted,
  "check-signature-empty": {
    ...trusted,
    errors: [{ field: "file", text: both("請選一個檔案。", "Choose a file.") }],
  },
  "check-signature-valid": {
    ...trusted,
    fileName: "核定通知.pdf",
    report: {
      ...base,
      indication: "TOTAL-PASSED",
      signatures: [
        {
          format: "PAdES",
          name: "Seal",
          indication: "TOTAL-PASSED",
          detail: "valid",
          signer: { kind: "seal", name: "示範社會局", issuer: "Taroko demonstration citizen cards", serial: "01" },
          claimedAt: at,
          provenAt: at,
          provenBy: "Taroko demonstration time stamps (simulator)",
          level: "B-T",
          selfContained: true,
          changes: [{ kind: "signature", what: "Applicant" }],
        },
        {
          format: "PAdES",
          name: "Applicant",
          indication: "TOTAL-PASSED",
          detail: "valid",
          signer: { kind: "person", name: "林美華", issuer: "Taroko demonstration citizen cards", serial: "02" },
          level: "B-B",
          changes: [],
        },
      ],
    },
  },
  "check-signature-changed": {
    ...trusted,
    fileName: "decision.pdf",
    report: {
      ...base,
      indication: "TOTAL-FAILED",
      subIndication: "FORMAT_FAILURE",
      signatures: [
        {
          format: "PAdES",
          name: "Seal",
          indication: "TOTAL-FAILED",
          subIndication: "FORMAT_FAILURE",
          detail: "changed after signing: page 1",
          signer: { kind: "seal", name: "示範社會局", issuer: "Taroko demonstration citizen cards", serial: "01" },
          level: "B-T",
          changes: [{ kind: "content", what: "page 1" }],
        },
      ],
    },
  },
};

/** Checking a signature: nothing chosen yet, nothing chosen at all, valid, changed. */
export const signatureSamples: readonly Sample[] = Object.entries(pages).map(([name, view]) => ({
  name,
  render: (lang, chrome) => checkSignaturePage(view, lang, chrome),
}));

const sha256 = "39addd811f6ca5c43bd85bc2f3b4dc6b8ce03e070798b417f134c8497db583e8";
const file = { name: "租約<b>.pdf", size: 81_920, sha256 };

/** Signing a PDF: nothing chosen yet, no PDF, before the card, signed. */
export const signDocumentSamples: readonly Sample[] = [
  { name: "sign-document", render: (lang, chrome) => signDocumentPage([], lang, chrome) },
  {
    name: "sign-document-wrong",
    render: (lang, chrome) =>
      signDocumentPage([{ field: "file", text: both("這不是 PDF。", "This is no PDF.") }], lang, chrome),
  },
  {
    name: "sign-document-confirm",
    render: (lang, chrome) => confirmSignaturePage({ file, readerHref: "https://reader.example/sign" }, lang, chrome),
  },
  {
    name: "sign-document-done",
    render: (lang, chrome) => signedDocumentPage({ id: "x", ...file, expiresAt: at }, lang, chrome),
  },
];
