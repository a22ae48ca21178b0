import { open } from "node:fs/promises";
import type { EvidenceArchiveVerdict, EvidenceFinding, EvidenceVerdict } from "#exchange";
import { messageOf } from "./answer.ts";
import { readNamed, readPlace, unreadable } from "./read-place.ts";

export interface VerifyEvidenceOptions {
  /** X-Road's `shared-params.xml`. */
  readonly trust?: string;
  /** A signed configuration of ours, file or address; needs `anchor`. */
  readonly configuration?: string;
  readonly anchor?: string;
  /** C2SP tlog-policy, file or address; what the configuration implies unless told. */
  readonly policy?: string;
  /** PEM of time-stamp authorities to believe. */
  readonly timeStampRoots?: string;
  readonly json?: boolean;
}

/**
 * `taroko evidence verify`: checks a container offline and says why.
 * @returns the exit status: 0 valid, 1 invalid, 2 indeterminate, or could not be read
 */
export async function verifyEvidence(path: string, options: VerifyEvidenceOptions): Promise<0 | 1 | 2> {
  let checked: EvidenceVerdict | EvidenceArchiveVerdict;
  try {
    const other = await noContainer(path);
    if (other !== undefined) {
      console.error(other);
      return 2;
    }
    // Read only when wanted: other commands need no XML.
    const { verifyEvidenceArchive, verifyEvidenceFile } = await import("#exchange");
    const trust = {
      sharedParams: options.trust === undefined ? undefined : await readNamed(options.trust),
      configuration: options.configuration === undefined ? undefined : await readPlace(options.configuration),
      anchor: options.anchor,
      policy: options.policy === undefined ? undefined : await readPlace(options.policy),
      timeStampAuthorities:
        options.timeStampRoots === undefined ? undefined : (await readNamed(options.timeStampRoots)).toString("utf8"),
    };
    checked = (await verifyEvidenceArchive(path, trust)) ?? (await verifyEvidenceFile(path, trust));
  } catch (cause) {
    console.error(`${path} could not be checked: ${messageOf(cause)}`);
    return 2;
  }
  if (options.json) console.log(JSON.stringify(checked, null, 2));
  else if ("parts" in checked) printArchive(checked);
  else {
    print(checked);
    const { signer, receivedSigner } = checked.facts;
    if (signer && receivedSigner) saySealed(signer, receivedSigner);
  }
  return ({ valid: 0, invalid: 1, indeterminate: 2 } as const)[checked.verdict];
}

/** Why a file is not looked into at all: it cannot be read, or is nothing that was ever packed. */
async function noContainer(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (bytesRead === 2 && buffer.toString("latin1") === "PK") return undefined;
    return `${path} is no container: evidence is an .asice file, which begins as a ZIP file does. Receipts are checked with: npx taroko verify`;
  } catch (fault) {
    return unreadable(path, fault);
  }
}

const verdicts = { valid: "有效", invalid: "無效", indeterminate: "無法判定" } as const;

function printArchive({ verdict, parts }: EvidenceArchiveVerdict): void {
  console.log(`${verdict} ${verdicts[verdict]}`);
  for (const part of parts) {
    console.log(`\n${part.name}`);
    print(part);
    const request = parts.find(({ name }) => name === part.answers)?.facts.signer;
    if (!part.answers) continue;
    console.log(`  answers    ${part.answers}`);
    if (request && part.facts.signer) saySealed(request, part.facts.signer);
  }
}

function saySealed(one: string, other: string): void {
  console.log(`Request and response are each sealed by the agency that sent them: ${one} and ${other}.`);
  console.log(`請求與回應各由送出的機關封章：${one}、${other}。`);
}

function print({ verdict, findings, notes, facts }: EvidenceVerdict): void {
  console.log(`${verdict} ${verdicts[verdict]}`);
  const told: readonly (readonly [string, string | undefined])[] = [
    ["sealed by", facts.signer],
    ["signed at", facts.signedAt],
    ["stamped at", facts.stampedAt && `${facts.stampedAt}, says ${facts.stampedBy}`],
    ["and by", facts.receivedSigner && `${facts.receivedSigner}, what it sent itself, ${facts.receivedSignedAt}`],
    ["exchange", facts.exchangeId],
    ["client", facts.client],
    ["service", facts.service],
    ["outcome", facts.outcome],
    ["log", facts.log && `${facts.log}, entry ${facts.logPosition}`],
    ...(facts.witnesses ?? []).map((witness) => ["witness", witness] as const),
  ];
  for (const [name, value] of told) if (value) console.log(`  ${name.padEnd(11)}${value}`);
  for (const one of findings) say(one.weight === "failed" ? "FAILED" : "unchecked", one);
  for (const one of notes) say("note", one);
}

function say(weight: string, { step, code, words, detail }: EvidenceFinding): void {
  console.log(`${weight}: ${step}: ${code}${detail === "" ? "" : ` (${detail})`}`);
  console.log(`  ${words.en}\n  ${words["zh-Hant"]}`);
}

export interface ExportEvidenceOptions {
  readonly out: string;
  readonly form: "exchange" | "x-road";
  readonly side?: "consumer" | "provider";
}

/** `taroko evidence export`. @returns 0 written, 1 refused, 2 could not */
export async function exportEvidence(
  file: string,
  exchangeId: string,
  options: ExportEvidenceOptions,
): Promise<0 | 1 | 2> {
  try {
    const { exportEvidenceAtSite } = await import("#sites");
    const written = await exportEvidenceAtSite(file, exchangeId, options);
    console.log(JSON.stringify(written));
    return 0;
  } catch (fault) {
    console.error(messageOf(fault));
    const refused = fault instanceof Error && "refused" in fault;
    return refused ? 1 : 2;
  }
}
