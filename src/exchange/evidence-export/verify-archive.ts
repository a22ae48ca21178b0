import { createHash } from "node:crypto";
import { openContainer } from "./container.ts";
import { finding, Refused, type Finding } from "./findings.ts";
import { readMessage, type ReadMessage } from "./message.ts";
import { bufferAccess } from "./open-file.ts";
import type { EvidenceVerdict } from "./verdict.ts";
import { verifyContainer, type VerifyOptions } from "./verify.ts";
import { openZip, type RandomAccess, type ZipArchive } from "./zip-read.ts";

/** A container of an archive, and what was found about it. */
export interface ArchivePart extends EvidenceVerdict {
  readonly name: string;
  /** Of a response: the request beside it that it answers, by the hash that its sender sealed. */
  readonly answers?: string;
}

/** The verdict on an archive is the worst of its parts'. */
export interface ArchiveVerdict {
  readonly verdict: EvidenceVerdict["verdict"];
  readonly parts: readonly ArchivePart[];
}

/** Bytes of one container in an archive, which is checked in memory. */
const largest = 256 * 1024 ** 2;

/** The archive, if a file is one as `/asic` answers: nothing but containers. */
export async function asArchive(source: RandomAccess): Promise<ZipArchive | undefined> {
  try {
    const zip = await openZip(source);
    return zip.entries.length > 0 && zip.entries.every(({ name }) => name.endsWith(".asice")) ? zip : undefined;
  } catch (fault) {
    if (fault instanceof Refused) return undefined; // what is wrong with it, the container's verifier says
    throw fault;
  }
}

/** Checks every container of an archive, and that each response answers the request beside it. */
export async function verifyArchive(zip: ZipArchive, o: VerifyOptions): Promise<ArchiveVerdict> {
  const read: (EvidenceVerdict & { readonly name: string; readonly message: MessageOf | undefined })[] = [];
  for (const entry of zip.entries) {
    const bytes = await zip.bytes(entry, largest);
    const verdict = await verifyContainer(bufferAccess(bytes), o);
    const message = verdict.verdict === "invalid" ? undefined : await messageOf(bytes);
    read.push({ ...verdict, name: entry.name, message });
  }
  const requests = read.flatMap(({ name, message }) => (message?.kind === "rest-request" ? [{ name, message }] : []));
  const parts = read.map(({ message, ...part }): ArchivePart => {
    if (message?.kind !== "rest-response") return part;
    const own = requests.filter((one) => sameExchange(one.message, message));
    const answered = own.find((one) => one.message.hash === message.hash);
    if (answered) return { ...part, answers: answered.name };
    return own.length > 0
      ? withFinding(part, finding("binding-broken", own[0]!.name))
      : withFinding(part, finding("response-unmatched", ""));
  });
  const worst = (["invalid", "indeterminate"] as const).find((one) => parts.some(({ verdict }) => verdict === one));
  return { verdict: worst ?? "valid", parts };
}

interface MessageOf extends ReadMessage {
  /** Of a request its own (r1); of a response the one it says it answers. */
  readonly hash: string;
}

async function messageOf(bytes: Buffer): Promise<MessageOf> {
  const container = await openContainer(bufferAccess(bytes));
  const head = await container.bytes("message.xml");
  const message = readMessage(head);
  if (message.kind !== "rest-request") return { ...message, hash: header(message, "x-road-request-hash") };
  const sha512 = (content: Uint8Array): Buffer => createHash("sha512").update(content).digest();
  const parts = container.has("attachment1") ? [sha512(head), await container.digest("attachment1", "sha512")] : [];
  return { ...message, hash: (parts.length > 0 ? sha512(Buffer.concat(parts)) : sha512(head)).toString("base64") };
}

function header({ rest }: ReadMessage, name: string): string {
  return rest?.headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
}

/** One exchange has one request id; without one, who asked whom under which message id must do. */
function sameExchange(request: MessageOf, response: MessageOf): boolean {
  const [asked, answered] = [request, response].map((one) => header(one, "x-road-request-id"));
  return asked && answered
    ? asked === answered
    : [request.id, request.client, request.service].join("\n") ===
        [response.id, response.client, response.service].join("\n");
}

function withFinding(part: Omit<ArchivePart, "answers">, found: Finding): ArchivePart {
  return found.weight === "failed"
    ? { ...part, verdict: "invalid", findings: [found, ...part.findings] }
    : { ...part, notes: [...part.notes, found] };
}
