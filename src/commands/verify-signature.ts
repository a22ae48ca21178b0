import { largestFile, readCertificate, revocationBySettings, validateFile, type SignatureReport } from "#identity";
import { messageOf } from "./answer.ts";
import { readNamed, readPlace } from "./read-place.ts";

export interface VerifySignatureOptions {
  /** PEM file or address. */
  readonly issuers: string;
  readonly timeStampRoots?: string;
  readonly document?: readonly string[];
  readonly ask?: boolean;
  readonly json?: boolean;
}

/** The certificates of a PEM text. @throws when there is none */
function certificatesIn(pem: string) {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/g)];
  if (blocks.length === 0) throw new Error("there is no certificate in it");
  return blocks.map(([, body]) => readCertificate(new Uint8Array(Buffer.from(body!, "base64"))));
}

/**
 * `taroko signature verify`: validates a file's signatures in the words of ETSI EN 319 102-1.
 * @returns the exit status: 0 passed, 1 failed, 2 indeterminate or could not be checked
 */
export async function verifySignature(path: string, options: VerifySignatureOptions): Promise<0 | 1 | 2> {
  try {
    const file = await readNamed(path);
    if (file.length > largestFile) throw new Error(`${path} is larger than ${largestFile / 1_000_000} MB.`);
    const documents = await Promise.all((options.document ?? []).map(readNamed));
    const clock = { now: () => new Date() };
    const report = await validateFile(
      new Uint8Array(file),
      {
        trustedIssuers: certificatesIn(await named("--issuers", options.issuers)),
        timeStampRoots: options.timeStampRoots ? await named("--time-stamp-roots", options.timeStampRoots) : "",
        clock,
        ...(options.ask && { revocation: revocationBySettings({ clock, allowPrivate: true }) }),
      },
      documents.map((bytes) => new Uint8Array(bytes)),
    );
    if (options.json) console.log(JSON.stringify(report, null, 2));
    else {
      console.log([report.indication, report.subIndication].filter(Boolean).join(" "));
      if (report.signatures.length === 0) console.log("  there is no signature in this file");
      for (const one of report.signatures) print(one);
    }
    return { "TOTAL-PASSED": 0, "TOTAL-FAILED": 1, INDETERMINATE: 2 }[report.indication] as 0 | 1 | 2;
  } catch (cause) {
    console.error(messageOf(cause));
    return 2;
  }
}

async function named(option: string, place: string): Promise<string> {
  try {
    return await readPlace(place);
  } catch (cause) {
    throw new Error(`${option}: ${messageOf(cause)}`, { cause });
  }
}

function print(one: SignatureReport): void {
  const line = (label: string, text: string | undefined) => {
    if (text !== undefined) console.log(`  ${label.padEnd(10)} ${text}`);
  };
  const { signer, level, selfContained } = one;
  console.log(`${one.name}: ${[one.indication, one.subIndication].filter(Boolean).join(" ")}, ${one.detail}`);
  line(signer?.kind === "seal" ? "sealed by" : "signed by", signer && `${signer.name}, certified by ${signer.issuer}`);
  line("claimed", one.claimedAt?.toISOString());
  line("proven", one.provenAt && `at the latest ${one.provenAt.toISOString()}, says ${one.provenBy}`);
  line("level", level && `${one.format} ${level}${selfContained ? ", with the evidence of that time" : ""}`);
  line("added", one.changes?.map(({ what }) => what).join(", ") || undefined);
}
