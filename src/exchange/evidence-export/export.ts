import { createHash } from "node:crypto";
import { err, ok, type Clock, type Refusal, type Result } from "#kernel";
import type { Log, Receipt } from "#ledger";
import type { Database } from "#store";
import { acceptConfiguration, contentDigest, type AcceptedConfiguration } from "../configuration/configuration.ts";
import { configurationsFrom, keptConfiguration } from "../configuration/store.ts";
import { openingOf } from "../gateway/evidence.ts";
import { mediaType } from "./container.ts";
import type { KeptMessage, MessageKeeper } from "./keep.ts";
import { nativeFiles as files, type KeyList } from "./native-files.ts";
import type { SealHop, SealMissing } from "./ask-seal.ts";
import {
  closedRecord,
  closedRecords,
  peerSealOf,
  putPeerSeal,
  wantedSeals,
  wantPeerSeal,
  type ClosedRecord,
  type Half,
} from "./store.ts";
import type { SealedFile, SealIdentity } from "./xades-write.ts";
import { manifestOf } from "./xml-text.ts";
import { writeZip, type ZipContent } from "./zip-write.ts";

/** What an export works with: a gateway's, running or not. */
export interface ExportContext {
  readonly database: Database;
  readonly log: Pick<Log, "receipt">;
  readonly clock: Clock;
  readonly instance: string;
  readonly anchor: string;
  /** Path form. */
  readonly member: string;
  readonly keeper: MessageKeeper;
  /** @throws `seal-unavailable` when there is no certificate to seal with */
  seal(): Promise<SealIdentity>;
  /** Where the other ends of exchanges are asked for their seals; without it only those that are here already are used. */
  readonly hop?: SealHop | undefined;
}

export type ExportProblem = "evidence-unknown" | "message-not-kept";

/** A container, as a stream of bytes. */
export interface Exported {
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

interface File {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

/**
 * Exports one exchange with both members' signatures, its record and its place in the log. What was not kept is left out; the
 * verifier names it.
 */
export async function exportExchange(
  context: ExportContext,
  exchangeId: string,
  side?: "consumer" | "provider",
): Promise<Result<Exported, Refusal<ExportProblem>>> {
  const all = await closedRecords(context.database, exchangeId);
  const record = all.find((one) => side === undefined || one.side === side);
  if (!record) return err({ code: "evidence-unknown" });
  const held = await context.keeper.held(record.recordId);
  const receipt = await context.log.receipt(record.logEntry);
  const contents = await nativeContents(record, held, receipt, await configurationsOf(context, record));
  const received = held[receivedHalf(record)];
  const seal = received && (await receivedSeal(context, record, received));
  if (seal?.ok) contents.push({ name: files.receivedSeal, mediaType: "application/xml", content: seal.value });
  return ok({ name: `${exchangeId}-${record.side}.asice`, bytes: await sealed(context, contents, "element") });
}

/** One message, sealed by who sent it, in X-Road's layout. */
export interface ExportedMessage extends Exported {
  readonly half: Half;
}

/** Exports the message that this member sent in one exchange, laid out as X-Road's tools read it. */
export async function exportMessage(
  context: ExportContext,
  record: ClosedRecord,
): Promise<Result<ExportedMessage, Refusal<ExportProblem>>> {
  const half = record.side === "consumer" ? "request" : "response";
  const message = (await context.keeper.held(record.recordId))[half];
  if (!isWhole(message)) return err({ code: "message-not-kept" });
  const contents = messageFiles(message, "message.xml", "attachment1");
  return ok({ name: nameOf(record, half), half, bytes: await sealed(context, contents, "value") });
}

/** The other half of the same exchange, under the other member's own seal. */
export async function exportReceived(
  context: ExportContext,
  record: ClosedRecord,
): Promise<Result<ExportedMessage, "message-not-kept" | SealMissing>> {
  const half = receivedHalf(record);
  const message = (await context.keeper.held(record.recordId))[half];
  if (!isWhole(message)) return err("message-not-kept");
  const seal = await receivedSeal(context, record, message);
  if (!seal.ok) return seal;
  const contents = messageFiles(message, "message.xml", "attachment1");
  return ok({ name: nameOf(record, half), half, bytes: packed(digested(contents), contents, seal.value) });
}

/** What the other member sent. */
export function receivedHalf({ side }: ClosedRecord): Half {
  return side === "consumer" ? "response" : "request";
}

/** The other member's seal: the one kept, else that member is asked. If it gives none, the record says that it is wanted, and {@link askAgain} asks later. */
async function receivedSeal(
  context: ExportContext,
  record: ClosedRecord,
  message: KeptMessage,
): Promise<Result<Buffer, SealMissing>> {
  const half = receivedHalf(record);
  const { database, hop, clock } = context;
  const kept = await peerSealOf(database, record.recordId, half);
  if (kept) return ok(Buffer.from(kept));
  // Read only when wanted: a gateway that exports nothing needs no XML.
  const { askSeal } = await import("./ask-seal.ts");
  const asked = hop ? await askSeal(hop, record, message) : err("peer-away" as const);
  if (asked.ok) await putPeerSeal(database, record.recordId, half, asked.value);
  else await wantPeerSeal(database, record.recordId, half, clock.now());
  return asked;
}

/** Exchanges that are asked about at a time; the others have their turn next time. */
const askedAtOnce = 20;

/** Asks again for the seals that were wanted and not to be had. */
export async function askAgain(context: ExportContext): Promise<{ readonly got: number }> {
  let got = 0;
  for (const recordId of await wantedSeals(context.database, askedAtOnce)) {
    const record = await closedRecord(context.database, recordId);
    const message = record && (await context.keeper.held(recordId))[receivedHalf(record)];
    if (message && (await receivedSeal(context, record, message)).ok) got += 1;
  }
  return { got };
}

function isWhole(message: KeptMessage | undefined): message is KeptMessage {
  return message !== undefined && (message.body !== undefined || !hasBody(message));
}

/** X-Road cuts the id at 226 characters and numbers its log records in base 32. */
function nameOf({ recordId, messageId }: ClosedRecord, half: Half): string {
  const number = BigInt(`0x${recordId.replaceAll("-", "")}`).toString(32);
  return `${fileName(messageId)}-${half}-${number}.asice`;
}

function fileName(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 226);
}

const emptyDigest = createHash("sha512").digest("base64");

function hasBody({ base }: KeptMessage): boolean {
  return !base.includes(`"content-digest": sha-512=:${emptyDigest}:`);
}

function messageFiles(message: KeptMessage, head: string, body: string): File[] {
  const attached = message.body && message.body.length > 0;
  return [
    { name: head, mediaType: "text/xml", content: message.head },
    ...(attached ? [{ name: body, mediaType: "application/octet-stream", content: message.body }] : []),
  ];
}

async function nativeContents(
  record: ClosedRecord,
  held: Awaited<ReturnType<MessageKeeper["held"]>>,
  receipt: Receipt | undefined,
  configurations: ExchangeConfigurations | undefined,
): Promise<File[]> {
  const sent = record.side === "consumer" ? "request" : "response";
  const text = (name: string, content: string): File => ({
    name,
    mediaType: name.endsWith(".json") ? "application/json" : "text/plain",
    content: Buffer.from(content, "latin1"),
  });
  const json = (name: string, value: unknown): File => ({
    ...text(name, ""),
    content: Buffer.from(`${JSON.stringify(value, null, 2)}\n`, "utf8"),
  });
  const contents: File[] = [];
  const halves = [
    ["request", files.requestBase],
    ["response", files.responseBase],
  ] as const;
  for (const [half, base] of halves) {
    const message = held[half];
    if (!message) continue;
    const [head, body] = half === sent ? ["message.xml", "attachment1"] : [files.receivedMessage, files.receivedBody];
    contents.push(...messageFiles(message, head, body), text(base, message.base));
  }
  contents.push({ name: files.record, mediaType: "application/json", content: Buffer.from(record.record, "utf8") });
  const whole = JSON.parse(record.record) as RecordedSignatures;
  if (whole.requestSignature) contents.push(text(files.requestSignature, `${whole.requestSignature.sig}\n`));
  if (whole.responseSignature) contents.push(text(files.responseSignature, `${whole.responseSignature.sig}\n`));
  if (configurations) {
    const { during, newest } = configurations;
    const signed = (name: string, content: string): File => ({
      name,
      mediaType: "application/json",
      content: Buffer.from(content, "utf8"),
    });
    contents.push(signed(files.configuration, during.text));
    if (newest.text !== during.text) contents.push(signed(files.newestConfiguration, newest.text));
    if (whole.requestSignature) contents.push(json(files.keys, keyList(whole, during)));
  }
  if (receipt) {
    const { salts } = record;
    const opening = salts.rec
      ? openingOf(
          {
            record: record.record,
            salts: { req: salts.req ?? "", ...salts, rec: salts.rec },
            consentId: whole.consentId,
          },
          { value: "", salt: undefined },
        )
      : undefined;
    contents.push(json(files.receipt, { ...receipt, ...(opening ? { opening } : {}) }));
  }
  return contents;
}

interface RecordedSignatures {
  readonly requestSignature?: { readonly keyid: string; readonly sig: string };
  readonly responseSignature?: { readonly keyid: string; readonly sig: string };
  readonly consentId?: string;
}

/** The keys that the record names, as a configuration has them. */
function keyList(record: RecordedSignatures, { body }: AcceptedConfiguration): KeyList {
  const known = body.gateways.flatMap(({ signingKeys }) => signingKeys);
  const roles = [
    ["request", record.requestSignature],
    ["response", record.responseSignature],
  ] as const;
  return {
    keys: roles.flatMap(([role, named]) => {
      const key = known.find(({ keyid }) => keyid === named?.keyid);
      return key ? [{ role, keyid: key.keyid, alg: key.alg, member: key.member, jwk: key.jwk }] : [];
    }),
  };
}

interface ExchangeConfigurations {
  readonly during: AcceptedConfiguration;
  readonly newest: AcceptedConfiguration;
}

/** Configurations that are looked through for one that knows both keys. */
const mostConfigurations = 20;

/**
 * The configuration that was in force when an exchange took place and registers the keys that signed it, and the newest if that
 * says something else. Of exchanges from before a history was kept, the newest alone.
 */
async function configurationsOf(
  { database, instance, anchor, clock }: ExportContext,
  { record }: ClosedRecord,
): Promise<ExchangeConfigurations | undefined> {
  const accept = (text: string): readonly AcceptedConfiguration[] => {
    const accepted = acceptConfiguration(text, { anchor, now: clock.now() });
    return accepted.ok ? [accepted.value] : [];
  };
  const kept = await keptConfiguration(database, instance);
  const [newest] = kept ? accept(kept.document) : [];
  if (!newest) return undefined;
  const whole = JSON.parse(record) as RecordedSignatures & { readonly configVersion: number; readonly closed: string };
  const of = { version: whole.configVersion, until: new Date(whole.closed), limit: mostConfigurations };
  const past = (await configurationsFrom(database, instance, of)).flatMap(accept);
  const signatures = [whole.requestSignature, whole.responseSignature].filter((one) => one !== undefined);
  const during = past.find((one) => keyList(whole, one).keys.length === signatures.length) ?? past[0] ?? newest;
  return contentDigest(during.body) === contentDigest(newest.body) ? { during, newest: during } : { during, newest };
}

function digested(contents: readonly File[]): readonly SealedFile[] {
  return contents.map(({ name, mediaType: type, content }) => ({
    name,
    mediaType: type,
    sha512: createHash("sha512").update(content).digest(),
  }));
}

async function sealed(
  context: ExportContext,
  contents: readonly File[],
  stamped: "element" | "value",
): Promise<AsyncIterable<Buffer>> {
  const listed = digested(contents);
  // Read only when wanted: a gateway that exports nothing needs no XML.
  const { sealFiles } = await import("./xades-write.ts");
  return packed(listed, contents, await sealFiles(listed, await context.seal(), context.clock.now(), stamped));
}

/** The whole container: `mimetype` first, the files, the seal over them, the list. */
function packed(listed: readonly SealedFile[], contents: readonly File[], signatures: Buffer): AsyncIterable<Buffer> {
  const entries: (readonly [string, ZipContent])[] = [
    ["mimetype", Buffer.from(mediaType, "latin1")],
    ...contents.map(({ name, content }) => [name, content] as const),
    ["META-INF/signatures.xml", signatures],
    ["META-INF/manifest.xml", manifestOf(listed)],
  ];
  return writeZip(
    (async function* () {
      yield* entries;
    })(),
    `mimetype=${mediaType}`,
  );
}

/** A container in memory. */
export async function bytesOf(exported: { readonly bytes: AsyncIterable<Buffer> }): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of exported.bytes) parts.push(part);
  return Buffer.concat(parts);
}
