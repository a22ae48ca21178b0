import type { XmlElement } from "libxml2-wasm";
import { checkTimeStampToken } from "#ledger";
import { digestName, hasher } from "./algorithms.ts";
import { checkSigner } from "./check-seal.ts";
import { openContainer, type Container } from "./container.ts";
import { must, Refused } from "./findings.ts";
import { walkHashChain, type ChainFiles } from "./hash-chain.ts";
import { readMessage, senderOf } from "./message.ts";
import { configurationOf, verifyNative, type NativeTrust } from "./native-verify.ts";
import { trustFromConfiguration, type Trust } from "./trust.ts";
import { Report, type EvidenceVerdict } from "./verdict.ts";
import { readSignature, type ReadSignature } from "./xades-read.ts";
import { attribute, base64Of, elements, isNamed, namespaces, onlyChild, withXml } from "./xml.ts";
import type { RandomAccess } from "./zip-read.ts";

const files = {
  message: "message.xml",
  signatures: "META-INF/signatures.xml",
  manifest: "META-INF/manifest.xml",
  stampManifest: "META-INF/ASiCManifest.xml",
  stamp: "META-INF/timestamp.tst",
  chainResult: "sig-hashchainresult.xml",
  record: "evidence/record.json",
} as const;

export interface VerifyOptions {
  /**
   * Whom to believe about the seal; for a container of ours the configuration in it, once the anchor vouches for that. With
   * neither the seal is checked, and its signer is only a name.
   */
  readonly trust?: Trust | undefined;
  /** Whom to believe about an exchange of ours. */
  readonly native?: NativeTrust | undefined;
  /** PEM of time-stamp authorities to believe beside those of `trust`. */
  readonly timeStampAuthorities?: string | undefined;
}

/**
 * Checks a container of evidence without asking anybody: an X-Road one (one message) or one of ours (an exchange with both
 * members' signatures, its record and its place in the log). Answers; throws only when the file cannot be read.
 * @see EN 319 162-1 (ASiC-E), EN 319 132-1 (XAdES)
 */
export async function verifyContainer(source: RandomAccess, o: VerifyOptions): Promise<EvidenceVerdict> {
  const report = new Report();
  try {
    await check(source, o, report);
    return report.verdict();
  } catch (fault) {
    if (fault instanceof Refused) return report.verdict(fault);
    throw fault;
  }
}

async function check(source: RandomAccess, o: VerifyOptions, report: Report): Promise<void> {
  const container = await openContainer(source);
  const native = container.has(files.record);
  report.facts.form = native ? "taroko" : "x-road";
  must(container.has(files.signatures), "container-incomplete", files.signatures);
  must(native || container.has(files.message), "container-incomplete", files.message);
  const signature = readSignature(await container.bytes(files.signatures));
  report.facts.signedAt = signature.signingTime.toISOString();
  const covered = new Set(["mimetype", files.signatures]);
  await checkFiles(container, signature, covered, report);
  const known = native ? await configurationOf(container, o.native ?? {}) : undefined;
  const trust = withStamps(o.trust ?? (known && trustFromConfiguration(known.newest)), o.timeStampAuthorities);
  const stampedAt = await checkTime(container, signature, covered, trust, report, native);
  await checkManifest(container, covered);
  for (const name of container.names) must(covered.has(name), "entry-uncovered", name);
  if (!trust) report.say("trust-missing");
  const signer = trust && checkSigner(signature, stampedAt ?? signature.signingTime, trust, report);
  if (signer !== undefined) report.facts.signer = signer;
  if (container.has(files.message)) await checkSender(container, signer, native, report);
  if (native) await verifyNative(container, signer, known, { ...o.native, seals: trust }, report);
}

function withStamps(trust: Trust | undefined, more: string | undefined): Trust | undefined {
  if (!trust || more === undefined) return trust;
  return { ...trust, timeStampAuthorities: `${trust.timeStampAuthorities}\n${more}` };
}

/** Every reference of the signature, and what hash chains lead to. */
async function checkFiles(
  container: Container,
  signature: ReadSignature,
  covered: Set<string>,
  report: Report,
): Promise<void> {
  for (const { name, digestUri, digest } of signature.files) {
    must(container.has(name), "container-incomplete", `${name} was signed and is not here`);
    const own = await container.digest(name, digestName(digestUri));
    must(own.equals(digest), "digest-mismatch", name);
    covered.add(name);
  }
  const direct = new Set(covered);
  if (direct.has(files.chainResult)) {
    const required = [...container.names].filter((name) => isContent(name) && !direct.has(name));
    await cover(container, files.chainResult, required, covered, report);
  }
  must(!container.has(files.message) || covered.has(files.message), "message-not-covered", files.message);
}

function isContent(name: string): boolean {
  return name === files.message || /^attachment\d+$/.test(name) || name.startsWith("evidence/");
}

async function cover(
  container: Container,
  result: string,
  required: readonly string[],
  covered: Set<string>,
  report: Report,
): Promise<void> {
  const reach: ChainFiles = {
    has: (name) => container.has(name),
    xml: (name) => container.bytes(name),
    digest: (name, hash) => container.digest(name, hash),
  };
  const walked = await walkHashChain(await container.bytes(result), reach, required);
  for (const name of walked.used) covered.add(name);
  for (const name of walked.absent) report.say("attachment-missing", name);
}

/**
 * All time stamps there are; the earliest is the time that counts. The record of an exchange of ours has its time from the
 * log's witnesses: there the seal's own time decides nothing, and `verifyNative` says what is missing.
 */
async function checkTime(
  container: Container,
  signature: ReadSignature,
  covered: Set<string>,
  trust: Trust | undefined,
  report: Report,
  native: boolean,
): Promise<Date | undefined> {
  const stamps: { token: Buffer; contents: Buffer[] }[] = signature.timeStamps.map(({ token, stamped }) => ({
    token,
    contents: [signature.value, stamped],
  }));
  if (container.has(files.stamp)) {
    const stamped = await readStampManifest(container);
    await cover(container, stamped, [files.signatures], covered, report);
    for (const name of [files.stamp, files.stampManifest, stamped]) covered.add(name);
    stamps.push({ token: await container.bytes(files.stamp), contents: [await container.bytes(stamped)] });
  }
  if (stamps.length === 0) {
    if (!native) report.say("time-stamp-missing");
    return undefined;
  }
  if (!trust || trust.timeStampAuthorities.trim() === "") {
    report.timeStamp = "unchecked";
    if (!native) report.say("time-stamp-unchecked");
    return undefined;
  }
  const times: Date[] = [];
  for (const { token, contents } of stamps) {
    let reason = "";
    for (const content of contents) {
      const verdict = await checkTimeStampToken(token, content, trust.timeStampAuthorities);
      if (verdict.ok) {
        times.push(verdict.at);
        report.facts.stampedBy = verdict.by;
        reason = "";
        break;
      }
      reason ||= `${verdict.step}: ${verdict.reason}`;
    }
    must(reason === "", "time-stamp-invalid", reason);
  }
  const at = new Date(Math.min(...times.map((time) => time.getTime())));
  report.timeStamp = "checked";
  report.facts.stampedAt = at.toISOString();
  return at;
}

/** As X-Road writes it, and as the standard has it. */
const stampTypes: readonly string[] = ["vnd.etsi.timestamp-token", "application/vnd.etsi.timestamp-token"];

/** The file that the detached stamp is over, its digest checked; X-Road's namespace lacks a digit. */
async function readStampManifest(container: Container): Promise<string> {
  must(container.has(files.stampManifest), "container-incomplete", files.stampManifest);
  const { name, method, digest } = withXml(await container.bytes(files.stampManifest), files.stampManifest, (root) => {
    const space = [namespaces.asic, namespaces.asicShort].find((one) => isNamed(root, one, "ASiCManifest"));
    must(space, "time-stamp-invalid", root.name);
    const [reference, over] = elements(root);
    const shaped = reference && over && elements(root).length === 2;
    must(shaped, "time-stamp-invalid", "the manifest of the stamp");
    const typed = (element: XmlElement, name: string, types: readonly string[]): boolean =>
      isNamed(element, space, name) &&
      element.attrs.every((one) => one.name === "URI" || (one.name === "MimeType" && types.includes(one.value)));
    const stamp = attribute(reference, "URI");
    const stamped = typed(reference, "SigReference", stampTypes) && stamp === files.stamp;
    must(stamped, "time-stamp-invalid", `a stamp in ${stamp}`);
    must(typed(over, "DataObjectReference", ["text/xml"]), "time-stamp-invalid", "what is stamped");
    return {
      name: (attribute(over, "URI") ?? "").replace(/^\//, ""),
      method: attribute(onlyChild(over, namespaces.ds, "DigestMethod", "time-stamp-invalid"), "Algorithm"),
      digest: base64Of(onlyChild(over, namespaces.ds, "DigestValue", "time-stamp-invalid"), "time-stamp-invalid"),
    };
  });
  must(container.has(name), "container-incomplete", name);
  must(
    hasher(method)
      .update(await container.bytes(name))
      .digest()
      .equals(digest),
    "digest-mismatch",
    name,
  );
  return name;
}

/** The list of files is covered by nothing and decides nothing; it must not tell of files that are not there. */
async function checkManifest(container: Container, covered: Set<string>): Promise<void> {
  if (!container.has(files.manifest)) return;
  covered.add(files.manifest);
  withXml(await container.bytes(files.manifest), files.manifest, (root) => {
    must(isNamed(root, namespaces.manifest, "manifest"), "container-incomplete", files.manifest);
    for (const entry of elements(root)) {
      const path = entry.attrs.find(({ name }) => name === "full-path")?.value ?? "";
      const known = isNamed(entry, namespaces.manifest, "file-entry") && (path === "/" || container.has(path));
      must(known, "container-incomplete", `the manifest names ${path}`);
    }
  });
}

async function checkSender(
  container: Container,
  signer: string | undefined,
  native: boolean,
  report: Report,
): Promise<void> {
  const message = readMessage(await container.bytes(files.message));
  report.facts.client = message.client;
  report.facts.service = message.service;
  if (signer === undefined) return;
  const sender = senderOf(message);
  must(sender === signer, "sender-mismatch", `sealed by ${signer}, sent by ${sender}${native ? " as it says" : ""}`);
}
