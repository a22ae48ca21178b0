import { createHash } from "node:crypto";
import { readDetachedCms, type DetachedCms } from "./cms.ts";
import { judgeSigner, signerOf, type KeptEvidence, type SigningTrust } from "./judge-signer.ts";
import { judgeTime, type ProvenTime } from "./judge-time.ts";
import { readJadesFile } from "./read-jades.ts";
import { readPdf, type PdfFault, type PdfRead, type PdfSignature } from "./read-pdf.ts";
import {
  failed,
  unsure,
  type Indication,
  type Level,
  type Outcome,
  type SignatureReport,
  type ValidationReport,
} from "./report.ts";

/** A file larger than this is not read, in bytes. */
export const largestFile = 10_000_000;

/**
 * Validates the signatures of a file, PDF (PAdES) or JSON (JAdES), in the words of ETSI EN 319 102-1. It never throws on a
 * bad file. What is valid is always "by an authority that `trust` names".
 * @param documents what a detached JAdES signature is over
 */
export async function validateFile(
  file: Uint8Array,
  trust: SigningTrust,
  documents: readonly Uint8Array[] = [],
): Promise<ValidationReport> {
  const sha256 = createHash("sha256").update(file).digest("hex");
  const base = { sha256, validatedAt: trust.clock.now() };
  if (Buffer.from(file.subarray(0, 5)).toString("latin1") === "%PDF-") {
    const { signatures, documentTimeStamps } = await validatePdf(file, trust);
    return { ...base, format: "PAdES", ...worst(signatures), signatures, documentTimeStamps };
  }
  const text = Buffer.from(file).toString("utf8");
  if (!/^\s*\{|^[\w-]+\.[\w-]*\.[\w-]+\s*$/.test(text.slice(0, 100_000)) && !text.startsWith("ey"))
    return { ...base, format: "unknown", ...failed("FORMAT_FAILURE", "neither PDF nor JSON"), signatures: [] };
  const signatures = [await validateJades(text, trust, documents)];
  return { ...base, format: "JAdES", ...worst(signatures), signatures };
}

/** Validates one JAdES signature. */
export async function validateJades(
  text: string,
  trust: SigningTrust,
  documents: readonly Uint8Array[] = [],
): Promise<SignatureReport> {
  const base = { format: "JAdES", name: "signature" } as const;
  const read = readJadesFile(text, documents);
  if ("indication" in read) return { ...base, ...read };
  const proven = await judgeTime(read.timeStamps, read.stamped, trust);
  return {
    ...base,
    ...(await judged(read.certificate, read.kept, proven, trust, true)),
    ...(read.claimedAt && { claimedAt: read.claimedAt }),
  };
}

type Certificate = NonNullable<DetachedCms["certificate"]>;

/** The part that both formats share once the signature itself is found good. */
async function judged(
  certificate: Certificate,
  kept: KeptEvidence,
  proven: ProvenTime,
  trust: SigningTrust,
  baseline: boolean,
): Promise<
  Pick<
    SignatureReport,
    "indication" | "subIndication" | "detail" | "signer" | "provenAt" | "provenBy" | "level" | "selfContained"
  >
> {
  const { outcome, selfContained } = await judgeSigner(certificate, kept, proven.at, trust);
  const level: Level = !baseline ? "no baseline" : proven.at ? "B-T" : "B-B";
  const good: Outcome = {
    indication: "TOTAL-PASSED",
    detail: proven.faults.length > 0 ? `a time stamp does not count: ${proven.faults.join("; ")}` : "valid",
  };
  return {
    ...(outcome ?? good),
    signer: signerOf(certificate),
    ...(proven.at && { provenAt: proven.at, provenBy: proven.by ?? "–" }),
    level,
    selfContained,
  };
}

async function validatePdf(file: Uint8Array, trust: SigningTrust) {
  const read = await readPdf(file);
  if (typeof read === "string") {
    const only: SignatureReport = { format: "PAdES", name: "–", ...failed("FORMAT_FAILURE", read) };
    return { signatures: [only], documentTimeStamps: [] };
  }
  const placed = read.signatures.filter((one): one is PdfSignature => "der" in one);
  const stamps = await Promise.all(
    placed
      .filter(({ kind }) => kind === "time stamp")
      .map(async (one) => ({
        one,
        proven: await judgeTime([one.der], one.signed, trust),
        changes: await read.changesAfter(one),
      })),
  );
  const counted = stamps.filter(({ changes }) => !changes.some(({ kind }) => kind === "content"));
  const signatures: SignatureReport[] = [];
  for (const one of read.signatures) {
    if ("fault" in one) signatures.push(faulty(one));
    else if (one.kind === "signature") {
      const later = counted.filter((stamp) => stamp.one.end > one.end).map(({ proven }) => proven);
      signatures.push(await validateOne(one, read, later, trust));
    }
  }
  return {
    signatures,
    documentTimeStamps: stamps.map(({ proven }) => ({
      ...(proven.at && { at: proven.at, by: proven.by ?? "–" }),
      ...(proven.faults[0] !== undefined && { fault: proven.faults[0] }),
    })),
  };
}

const faulty = ({ name, fault }: PdfFault): SignatureReport => ({
  format: "PAdES",
  name,
  ...failed("FORMAT_FAILURE", fault),
});

async function validateOne(
  one: PdfSignature,
  read: PdfRead,
  documentStamps: readonly ProvenTime[],
  trust: SigningTrust,
): Promise<SignatureReport> {
  const base = {
    format: one.baseline ? "PAdES" : "PKCS#7 in PDF",
    name: one.name,
    ...(one.claimedAt && { claimedAt: one.claimedAt }),
  } as const;
  let cms: DetachedCms;
  try {
    cms = readDetachedCms(new Uint8Array(one.der));
  } catch (fault) {
    return { ...base, ...failed("FORMAT_FAILURE", fault instanceof Error ? fault.message : "not a signature") };
  }
  const { certificate } = cms;
  if (!certificate)
    return { ...base, ...unsure("NO_SIGNING_CERTIFICATE_FOUND", "the signer's certificate did not come along") };
  if (Buffer.compare(createHash(cms.digest).update(one.signed).digest(), cms.messageDigest) !== 0)
    return { ...base, ...failed("HASH_FAILURE", "the file is not the one that was signed") };
  if (!cms.verifies) return { ...base, ...failed("SIG_CRYPTO_FAILURE", "the signature does not verify") };
  if (cms.namesCertificate === "no" || (one.baseline && cms.namesCertificate === "absent"))
    return { ...base, ...failed("FORMAT_FAILURE", "the signature does not name its certificate") };
  const changes = await read.changesAfter(one);
  const content = changes.filter(({ kind }) => kind === "content");
  const stamped = await judgeTime(cms.timeStamps, cms.signature, trust);
  const times = [stamped, ...documentStamps].filter(({ at }) => at !== undefined);
  const [first] = times.toSorted((a, b) => a.at!.getTime() - b.at!.getTime());
  const proven: ProvenTime = first ? { ...first, faults: stamped.faults } : stamped;
  const verdict = await judged(certificate, read, proven, trust, one.baseline);
  const named = content.map(({ what }) => what).join(", ");
  return {
    ...base,
    ...verdict,
    // The signed state is sound, but it is not what this file shows.
    ...(content.length > 0 && failed("FORMAT_FAILURE", `changed after signing: ${named}`)),
    changes,
  };
}

const rank: Readonly<Record<Indication, number>> = { "TOTAL-PASSED": 0, INDETERMINATE: 1, "TOTAL-FAILED": 2 };

function worst(signatures: readonly SignatureReport[]): Pick<ValidationReport, "indication" | "subIndication"> {
  const [first] = signatures.toSorted((a, b) => rank[b.indication] - rank[a.indication]);
  if (!first) return { indication: "INDETERMINATE" };
  const { indication, subIndication } = first;
  return { indication, ...(subIndication && { subIndication }) };
}
