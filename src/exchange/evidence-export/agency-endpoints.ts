import type { KeyObject } from "node:crypto";
import type { RawHeaders } from "../r1/headers.ts";
import { acceptConfiguration } from "../configuration/configuration.ts";
import { keptConfiguration } from "../configuration/store.ts";
import type { SealMissing } from "./ask-seal.ts";
import { bytesOf, exportMessage, exportReceived, receivedHalf, type ExportContext } from "./export.ts";
import { sharedParamsXml, type StampAuthority } from "./shared-params-write.ts";
import { parseClientPath, parseServicePath, subsystemOf, type ClientId } from "../r1/identifier.ts";
import { recordsOfMessage, type ClosedRecord } from "./store.ts";
import { writeZip, type ZipContent } from "./zip-write.ts";

/** What the two endpoints answer; errors are plain text, as X-Road's are. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

const containerType = "application/vnd.etsi.asic-e+zip";
/** How many exchanges of one message id are looked at. */
const most = 100;
/** Bytes of containers in one answer, which is made in memory. */
const largest = 128 * 1024 ** 2;
/** Questions that a process looks into at a time: each reads through the records. */
const atOnce = 4;
let looking = 0;

function said(status: number, text: string): PlainAnswer {
  return { status, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: Buffer.from(`${text}\n`, "utf8") };
}

interface Asked {
  readonly queryId: string;
  /** Path form, with the subsystem if one is named. */
  readonly client: string;
  readonly only?: "request" | "response";
  readonly unique: boolean;
  readonly force: boolean;
}

/** `GET /asic?queryId=…&xRoadInstance=…&memberClass=…&memberCode=…[&subsystemCode=…]`, parameters as X-Road has them. */
function readQuestion(query: string): Asked | string {
  const parameters = new URLSearchParams(query);
  const values: Record<string, string> = {};
  for (const name of ["queryId", "xRoadInstance", "memberClass", "memberCode"]) {
    const [value, ...more] = parameters.getAll(name);
    if (!value || more.length > 0) return `Must specify '${name}' once`;
    values[name] = value;
  }
  const flag = (name: string): boolean => parameters.has(name);
  if (flag("requestOnly") && flag("responseOnly")) return "Must not specify both 'requestOnly' and 'responseOnly'";
  const only = flag("requestOnly") ? ("request" as const) : flag("responseOnly") ? ("response" as const) : undefined;
  if (flag("unique") && !only) return "'unique' needs 'requestOnly' or 'responseOnly'";
  const subsystem = parameters.get("subsystemCode");
  const { queryId = "", xRoadInstance, memberClass, memberCode } = values;
  return {
    queryId,
    client: [xRoadInstance, memberClass, memberCode, ...(subsystem ? [subsystem] : [])].join("/"),
    ...(only ? { only } : {}),
    unique: flag("unique"),
    force: flag("force"),
  };
}

/** Whether the connection of whoever asks is good for one of the own subsystems, as for its calls. */
export type MayConnect = (own: ClientId) => boolean;

/** The own subsystem that took part in an exchange; its systems' connection is the measure for the exchange's messages. */
function ownEnd({ side, client, service }: ClosedRecord): ClientId {
  const caller = parseClientPath(client);
  const called = parseServicePath(service);
  if (!caller.ok || !called.ok) throw new Error("a record names no subsystem");
  return side === "consumer" ? caller.value : subsystemOf(called.value);
}

/**
 * The signed messages with one id (`x-road-id`), requests and responses, each sealed by who sent it, in a container as X-Road's
 * tools read it. A half that its sender has not sealed yet is named in `Taroko-Evidence-Missing`. The member named is the one whose records are asked for; only this gateway's own are here.
 */
export async function asicAnswer(
  context: ExportContext & { readonly stamped: boolean },
  query: string,
  mayConnect: MayConnect,
): Promise<PlainAnswer> {
  const asked = readQuestion(query);
  if (typeof asked === "string") return said(400, asked);
  // A container without a time stamp is for whoever asks for it in so many words.
  if (!context.stamped && !asked.force) return said(500, "Missing timestamp");
  if (looking >= atOnce) return said(503, "Too many questions at a time");
  looking += 1;
  try {
    return await found(context, asked, mayConnect);
  } finally {
    looking -= 1;
  }
}

async function found(context: ExportContext, asked: Asked, mayConnect: MayConnect): Promise<PlainAnswer> {
  const records = await recordsOfMessage(context.database, {
    messageId: asked.queryId,
    client: asked.client,
    limit: most,
  });
  const allowed = records.filter((record) => mayConnect(ownEnd(record)));
  if (records.length > 0 && allowed.length === 0) return said(401, "Not over this connection");
  const files: (readonly [name: string, content: Buffer])[] = [];
  const missing: Missing[] = [];
  let bytes = 0;
  for (const record of allowed) {
    const received = receivedHalf(record);
    for (const half of ["request", "response"] as const) {
      if (asked.only && asked.only !== half) continue;
      const exported = await (half === received ? exportReceived : exportMessage)(context, record);
      if (!exported.ok) {
        const { exchangeId } = record;
        if (typeof exported.error === "string" && exported.error !== "message-not-kept")
          missing.push({ exchangeId, half, from: otherMember(record), why: exported.error });
        continue;
      }
      const container = await bytesOf(exported.value);
      files.push([exported.value.name, container]);
      bytes += container.length;
      if (bytes > largest) return said(400, "Too much for one answer: export the exchanges one by one");
    }
  }
  const lacks: RawHeaders = missing.map((one) => ["Taroko-Evidence-Missing", nameMissing(one)]);
  const [first] = files;
  if (!first && missing[0]) {
    const { half, from, exchangeId, why } = missing[0];
    const answer = said(503, `The ${half} of ${exchangeId} has no seal of ${from} yet: ${words[why]}`);
    return { ...answer, headers: [...answer.headers, ["Retry-After", "600"], ...lacks] };
  }
  if (!first) return said(404, "No signed documents found");
  if (asked.unique) {
    if (files.length > 1) return said(400, "More than one document is found");
    return file(containerType, first[0], first[1], lacks);
  }
  const name = `${asked.queryId.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 226)}${asked.only ? `-${asked.only}` : ""}.zip`;
  return file("application/zip", name, await zipOf(files), lacks);
}

/** A half that was kept and that the member who sent it has not sealed for us. */
interface Missing {
  readonly exchangeId: string;
  readonly half: "request" | "response";
  readonly from: string;
  readonly why: SealMissing;
}

const words: Readonly<Record<SealMissing, string>> = {
  "peer-away": "its gateway is away and is asked again",
  "peer-refused": "its gateway refuses",
  "seal-wrong": "what its gateway gave does not seal this message",
};

/** A member of a structured list (RFC 9651): `"71e6…";half=response;why=peer-away`. */
function nameMissing({ exchangeId, half, why }: Missing): string {
  return `"${exchangeId}";half=${half};why=${why}`;
}

function otherMember({ side, client, service }: ClosedRecord): string {
  return (side === "consumer" ? service : client).split("/").slice(0, 3).join("/");
}

/** `GET /verificationconf`: what a verifier must trust, in X-Road's shape; also when the configuration has expired. */
export async function verificationConfiguration(
  context: ExportContext,
  o: { readonly stamps: readonly StampAuthority[]; readonly authorityUrl: string; readonly key: KeyObject },
): Promise<PlainAnswer> {
  const kept = await keptConfiguration(context.database, context.instance);
  const accepted = kept && acceptConfiguration(kept.document, { anchor: context.anchor, now: context.clock.now() });
  if (!accepted?.ok) return said(500, "Global configuration is not available");
  const { body, root } = accepted.value;
  const { member } = context;
  const { sourceOf } = await import("./source-certificates.ts");
  const source = await sourceOf(root, { ...o, member, until: new Date(body.expires) });
  // Every member of X-Road's own metadata; its reader takes no other.
  const metadata = {
    contentIdentifier: "SHARED-PARAMETERS",
    instanceIdentifier: body.instance,
    expirationDate: body.expires,
    contentFileName: "shared-params.xml",
    contentLocation: "/verificationconf",
    configurationVersion: "5",
  };
  const folder = `verificationconf/${body.instance}`;
  const files = [
    ["verificationconf/instance-identifier", Buffer.from(body.instance, "utf8")],
    [`${folder}/shared-params.xml`, Buffer.from(sharedParamsXml(body, o.stamps, source), "utf8")],
    [`${folder}/shared-params.xml.metadata`, Buffer.from(JSON.stringify(metadata), "utf8")],
  ] as const;
  return file("application/zip", "verificationconf.zip", await zipOf(files));
}

function file(type: string, name: string, body: Buffer, more: RawHeaders = []): PlainAnswer {
  const headers: RawHeaders = [
    ["Content-Type", type],
    ["Content-Disposition", `attachment; filename="${name}"`],
    ...more,
  ];
  return { status: 200, headers, body };
}

async function zipOf(files: readonly (readonly [string, ZipContent])[]): Promise<Buffer> {
  const entries = (async function* () {
    yield* files;
  })();
  return bytesOf({ bytes: writeZip(entries, "") });
}
