import { createHash } from "node:crypto";
import { err, ok, type Clock, type Refusal, type Result } from "#kernel";
import type { Log, Receipt } from "#ledger";
import type { Database } from "#store";
import { keptConfiguration } from "../configuration/store.ts";
import { acceptConfiguration } from "../configuration/configuration.ts";
import { openingOf } from "../gateway/evidence.ts";
import { mediaType } from "./container.ts";
import type { KeptMessage, MessageKeeper } from "./keep.ts";
import { nativeFiles as files, type KeyList } from "./native-files.ts";
import { closedRecords, type ClosedRecord } from "./store.ts";
import type { SealIdentity } from "./xades-write.ts";
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
  const configuration = await keptConfiguration(context.database, context.instance);
  const contents = await nativeContents(context, record, held, receipt, configuration?.document);
  return ok({ name: `${exchangeId}-${record.side}.asice`, bytes: await sealed(context, contents, "element") });
}

/**
 * Exports the message that this member sent in one exchange, laid out as X-Road's tools read it. The other half carries the
 * other member's name and can be sealed by it only.
 */
export async function exportMessage(
  context: ExportContext,
  record: ClosedRecord,
): Promise<Result<Exported & { readonly half: "request" | "response" }, Refusal<ExportProblem>>> {
  const half = record.side === "consumer" ? "request" : "response";
  const message = (await context.keeper.held(record.recordId))[half];
  if (!message || (message.body === undefined && hasBody(message))) return err({ code: "message-not-kept" });
  const contents = messageFiles(message, "message.xml", "attachment1");
  // X-Road cuts the id at 226 characters and numbers its log records in base 32.
  const number = BigInt(`0x${record.recordId.replaceAll("-", "")}`).toString(32);
  const name = `${fileName(record.messageId)}-${half}-${number}.asice`;
  return ok({ name, half, bytes: await sealed(context, contents, "value") });
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
  context: ExportContext,
  record: ClosedRecord,
  held: Awaited<ReturnType<MessageKeeper["held"]>>,
  receipt: Receipt | undefined,
  configuration: string | undefined,
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
  if (configuration !== undefined) {
    contents.push({
      name: files.configuration,
      mediaType: "application/json",
      content: Buffer.from(configuration, "utf8"),
    });
    if (whole.requestSignature) contents.push(json(files.keys, keyList(context, whole, configuration)));
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

/** The keys that the record names, as the configuration at hand has them. */
function keyList(context: ExportContext, record: RecordedSignatures, configuration: string): KeyList {
  const accepted = acceptConfiguration(configuration, { anchor: context.anchor, now: context.clock.now() });
  const known = accepted.ok ? accepted.value.body.gateways.flatMap(({ signingKeys }) => signingKeys) : [];
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

/** The whole container: `mimetype` first, the files, the seal over them, the list. */
async function sealed(
  context: ExportContext,
  contents: readonly File[],
  stamped: "element" | "value",
): Promise<AsyncIterable<Buffer>> {
  const digested = contents.map(({ name, mediaType: type, content }) => ({
    name,
    mediaType: type,
    sha512: createHash("sha512").update(content).digest(),
  }));
  // Read only when wanted: a gateway that exports nothing needs no XML.
  const { sealFiles } = await import("./xades-write.ts");
  const signatures = await sealFiles(digested, await context.seal(), context.clock.now(), stamped);
  const entries: (readonly [string, ZipContent])[] = [
    ["mimetype", Buffer.from(mediaType, "latin1")],
    ...contents.map(({ name, content }) => [name, content] as const),
    ["META-INF/signatures.xml", signatures],
    ["META-INF/manifest.xml", manifestOf(digested)],
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
