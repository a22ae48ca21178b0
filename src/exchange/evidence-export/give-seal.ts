import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { digestOf, wholeOf, type Content } from "../body/content.ts";
import type { BodyFault } from "../body/receive.ts";
import type { Directory } from "../configuration/directory.ts";
import { problemAnswer, type WholeAnswer } from "../gateway/refusal.ts";
import { checkContentDigest } from "../hop/content-digest.ts";
import { signAlone, unsignedResponse, verifyRequest, type HopKey, type VerifiedRequest } from "../hop/profile.ts";
import type { ExchangeProblem } from "../problems.ts";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { digestBody } from "../r1/message-hash.ts";
import { identifierPath, memberOf, parseClientPath } from "../r1/identifier.ts";
import { fromBase64, type Result } from "#kernel";
import type { ExportContext } from "./export.ts";
import { must, Refused } from "./findings.ts";
import { readHead } from "./message.ts";
import { bodyDigestOf, checkHead, fieldOrder, readBase } from "./signed-half.ts";
import { closedRecords, type ClosedRecord, type Half } from "./store.ts";
import type { SealedFile } from "./xades-write.ts";

/** A question of another gateway, as it came in. */
export interface SealQuestion {
  readonly method: string;
  readonly rawTarget: string;
  readonly rawHeaders: RawHeaders;
  /** SHA-256 of the certificate that its connection showed. */
  readonly fingerprint: string;
  /** The length that the message promises. */
  readonly length: number;
  readonly body: () => Promise<Result<Content, BodyFault>>;
}

/** What giving a seal needs of a gateway, beside what exporting needs. */
export interface SealGiver extends Pick<ExportContext, "database" | "clock" | "keeper" | "seal"> {
  readonly directory: () => Directory | undefined;
  /** `host:port` that the asking signature must be bound to. */
  readonly address: string;
  readonly signingKey: () => HopKey;
  readonly problemBase: string;
}

/** Bytes of a question: a header part and a signature base, in base64. */
export const largestQuestion: number = 1024 * 1024;
/** Seals that are made at a time. */
const atOnce = 4;
let sealing = 0;

/**
 * `POST /evidence/{exchange}:seal`, body `{ head, base }` in base64: the other end of an exchange asks for this member's seal over
 * the half that this member signed. Sealed is only what this gateway's own record says was signed: digest of the signature
 * base, of the body, and a header part that is what the base covers. Whose exchange it is not, learns nothing.
 */
export async function giveSeal(o: SealGiver, question: SealQuestion): Promise<WholeAnswer> {
  const refused = (code: ExchangeProblem): WholeAnswer => problemAnswer(code, o.problemBase);
  const [, exchangeId] = /^\/evidence\/([0-9a-f-]{36}):seal$/.exec(question.rawTarget) ?? [];
  if (exchangeId === undefined || question.method !== "POST") return refused("service-unknown");
  const directory = o.directory();
  const peer = directory?.gatewayByFingerprint(question.fingerprint);
  if (!directory || !peer) return refused("peer-untrusted");
  const { method, rawTarget, rawHeaders: headers } = question;
  const verified = verifyRequest(
    { method, rawTarget, headers, authority: o.address, body: "unread" },
    (keyid) => directory.key(keyid),
    o.clock,
  );
  if (!verified.ok) return refused("call-signature-invalid");
  const asker = parseClientPath(headerValues(verified.value.headers, "x-road-client").join(", "));
  const signer = directory.key(verified.value.keyid);
  const speaks =
    asker.ok &&
    signer?.use === "exchange" &&
    signer.member === identifierPath(memberOf(asker.value)) &&
    peer.clients.includes(identifierPath(asker.value));
  if (!speaks) return refused("peer-untrusted");
  const answer = await answerTo(o, question, verified.value, exchangeId, identifierPath(asker.value));
  const given = typeof answer === "string" ? refused(answer) : { status: 200, headers: xml, body: answer };
  const { status, body } = given;
  const signed = signAlone(
    unsignedResponse({ status, headers: given.headers, body: digestBody(body) }, verified.value.binding),
    o.signingKey(),
    o.clock,
  );
  return { status, headers: signed.headers, body };
}

const xml: RawHeaders = [["content-type", "application/xml"]];

async function answerTo(
  o: SealGiver,
  question: SealQuestion,
  { contentDigest }: VerifiedRequest,
  exchangeId: string,
  asker: string,
): Promise<Buffer | ExchangeProblem> {
  if (question.length > largestQuestion) return "call-malformed";
  if (sealing >= atOnce) return "seal-unavailable";
  sealing += 1;
  try {
    const body = await question.body();
    const bytes = body.ok ? await wholeOf(body.value, largestQuestion) : undefined;
    if (!body.ok || !bytes || !checkContentDigest(contentDigest, digestOf(body.value)).ok) return "call-malformed";
    const records = (await closedRecords(o.database, exchangeId)).filter((one) => otherEnd(one) === asker);
    const halves = records.flatMap((record) => signedHalf(record) ?? []);
    if (halves.length === 0) return "evidence-unknown";
    const files = await filesOf(o, halves, Buffer.from(bytes));
    // Read only when wanted: a gateway that is never asked needs no XML.
    const { sealFiles } = await import("./xades-write.ts");
    return await sealFiles(files, await o.seal(), o.clock.now(), "value");
  } catch (fault) {
    if (fault instanceof Refused) return "seal-not-as-signed";
    if ((fault as { code?: unknown }).code === "seal-unavailable") return "seal-unavailable";
    throw fault;
  } finally {
    sealing -= 1;
  }
}

/** The subsystem at the other end of a recorded exchange, path form. */
export function otherEnd({ side, client, service }: ClosedRecord): string {
  return side === "provider" ? client : service.split("/").slice(0, 4).join("/");
}

interface SignedHalf {
  readonly recordId: string;
  readonly half: Half;
  readonly keyid: string;
  readonly baseDigest: string;
  readonly contentDigest: string;
  /** r1, of a request: over the very bytes of its header part. */
  readonly requestHash: string;
}

type RecordedHalves = {
  readonly [Name in `${Half}Signature`]?: { readonly keyid: string; readonly baseDigest: string };
} & { readonly [Name in `${Half}ContentDigest` | "requestHash"]?: string };

/** What this member signed in an exchange, as its own record says; nothing when it answered without, or a person was forgotten. */
function signedHalf({ recordId, side, record }: ClosedRecord): SignedHalf | undefined {
  const whole = JSON.parse(record) as RecordedHalves;
  const half = side === "consumer" ? "request" : "response";
  const signature = whole[`${half}Signature`];
  const contentDigest = whole[`${half}ContentDigest`];
  if (!signature || contentDigest === undefined || whole.requestHash === undefined) return undefined;
  const { keyid, baseDigest } = signature;
  return { recordId, half, keyid, baseDigest, contentDigest, requestHash: whole.requestHash };
}

const emptyDigest = createHash("sha512").digest("base64");

/** What is to be sealed: proven by the own record. @throws {@link Refused} for anything else */
async function filesOf(o: SealGiver, halves: readonly SignedHalf[], question: Buffer): Promise<readonly SealedFile[]> {
  const { head, base: baseBytes } = readQuestion(question);
  const sha512 = (...parts: readonly Uint8Array[]): Buffer =>
    createHash("sha512").update(Buffer.concat(parts)).digest();
  const baseDigest = sha512(baseBytes).toString("base64");
  const signed = halves.find((one) => one.baseDigest === baseDigest);
  must(signed, "base-mismatch", "not what this member signed");
  const { half } = signed;
  const base = readBase(baseBytes);
  const read = readHead(head, "latin1");
  checkHead(base, read, half);
  must(fieldOrder(read) === fieldOrder(base), "message-not-as-signed", "another order of headers");
  const content = bodyDigestOf(base);
  must(base.keyid === signed.keyid && content === signed.contentDigest, "record-mismatch", half);
  const body = Buffer.from(content, "base64");
  const empty = content === emptyDigest;
  // The base does not cover the words after a status, nor how names are spelled.
  if (half === "response") {
    must(read.second === (STATUS_CODES[Number(read.first)] ?? ""), "message-not-as-signed", "the words of the status");
  } else {
    const hash = empty ? sha512(head) : sha512(sha512(head), body);
    must(hash.toString("base64") === signed.requestHash, "message-not-as-signed", "the request hash");
  }
  const kept = (await o.keeper.held(signed.recordId))[half];
  must(!kept || kept.head.equals(head), "message-not-as-signed", "not the message that was kept");
  return [
    { name: "message.xml", mediaType: "text/xml", sha512: sha512(head) },
    ...(empty ? [] : [{ name: "attachment1", mediaType: "application/octet-stream", sha512: body }]),
  ];
}

function readQuestion(question: Buffer): { readonly head: Buffer; readonly base: Buffer } {
  try {
    const { head, base } = JSON.parse(question.toString("utf8")) as Record<string, unknown>;
    const [headBytes, baseBytes] = [head, base].map((one) => (typeof one === "string" ? fromBase64(one) : undefined));
    if (headBytes && baseBytes) return { head: Buffer.from(headBytes), base: Buffer.from(baseBytes) };
  } catch {
    // Below, as any other question that is none.
  }
  throw new Refused("evidence-malformed", "the question");
}
