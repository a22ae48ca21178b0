import { checkSignaturePage, type CheckSignatureView } from "#identity/pages";
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
