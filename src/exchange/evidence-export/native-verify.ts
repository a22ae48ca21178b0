import { createHash } from "node:crypto";
import { canonicalJson, fromBase64, type JsonValue } from "#kernel";
import { commitSync, entryInstant, verifyReceipt, type Receipt } from "#ledger";
import { acceptConfiguration, type ConfigurationBody, type RegisteredKey } from "../configuration/configuration.ts";
import { pairTag } from "../gateway/evidence.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import type { Container } from "./container.ts";
import { must, Refused } from "./findings.ts";
import { readHead, type RestHead } from "./message.ts";
import { nativeFiles as files, type KeyList } from "./native-files.ts";
import {
  bodyDigestOf,
  checkBinding,
  checkHead,
  checkSigned,
  keyOf,
  readBase,
  type SignatureBase,
} from "./signed-half.ts";
import { checkReceived } from "./check-received.ts";
import { policyFromConfiguration, trustFromConfiguration, type Trust } from "./trust.ts";
import type { Report } from "./verdict.ts";

/** Whom a verifier believes about an exchange. */
export interface NativeTrust {
  /** The authority's anchor, base64url. */
  readonly anchor?: string | undefined;
  /** A C2SP tlog-policy with the member's log and its witnesses; from the configuration in the container unless told. */
  readonly policy?: string | undefined;
  /** The newest configuration known, already accepted: what it revoked counts too. */
  readonly current?: ConfigurationBody | undefined;
  /** Whom to believe about the other member's seal. */
  readonly seals?: Trust | undefined;
  /** For what may not lie in the future. Now unless told. */
  readonly now?: Date | undefined;
}

interface SignatureOfRecord {
  readonly keyid: string;
  readonly sig: string;
  readonly baseDigest: string;
}

/** The members of a record that are compared with the messages; the rest is the member's own account. */
interface ExchangeRecord {
  readonly side: "consumer" | "provider";
  readonly gateway: string;
  readonly configVersion: number;
  readonly exchangeId: string;
  readonly client: string;
  readonly service: string;
  readonly outcome: string;
  readonly pair: string;
  readonly opened: string;
  readonly closed: string;
  readonly forgotten?: true;
  readonly requestHash?: string;
  readonly requestContentDigest?: string;
  readonly requestSignature?: SignatureOfRecord;
  readonly responseContentDigest?: string;
  readonly responseSignature?: SignatureOfRecord;
}

/**
 * Checks what is ours in a container: the record, both members' signatures over request and response, their keys by the signed
 * configuration, and the place of the record in the exporting member's log. What is not there is named, not passed over.
 * @see docs/guides/evidence-of-an-exchange.md
 */
export async function verifyNative(
  container: Container,
  signer: string | undefined,
  configurations: ContainerConfigurations | undefined,
  trust: NativeTrust,
  report: Report,
): Promise<void> {
  const text = (await container.bytes(files.record)).toString("utf8");
  const record = readRecord(text);
  const { facts } = report;
  facts.exchangeId = record.exchangeId;
  facts.client = record.client;
  facts.service = record.service;
  facts.outcome = record.outcome;
  const exporter = record.gateway.split("/").slice(0, 3).join("/");
  must(signer === undefined || signer === exporter, "sender-mismatch", `sealed by ${signer}, recorded by ${exporter}`);
  const [consumer, provider] = [record.client, record.service].map((path) => path.split("/").slice(0, 3).join("/"));
  must(exporter === (record.side === "consumer" ? consumer : provider), "record-mismatch", "side and gateway");

  const { during: body, newest } = configurations ?? {};
  if (!body) report.say("configuration-unchecked");
  const keys = await keysOf(
    container,
    record,
    { body, later: [newest, trust.current].filter((one) => one !== undefined) },
    { consumer: consumer!, provider: provider! },
    report,
  );
  const salt = record.forgotten ? undefined : await checkMessages(container, record, keys, report);
  if (record.forgotten) report.say("record-forgotten");
  const received =
    record.side === "consumer"
      ? ({ sent: "response", sender: provider! } as const)
      : ({ sent: "request", sender: consumer! } as const);
  // A seal that was given before the export may be by an issuer that has been retired since.
  const earlier = body && trustFromConfiguration(body).authorities;
  const seals = trust.seals && { ...trust.seals, authorities: [...trust.seals.authorities, ...(earlier ?? [])] };
  await checkReceived(container, received, seals, report);
  const policy = trust.policy ?? (newest && policyFromConfiguration(newest));
  await checkReceipt(container, { text, record, exporter, salt, policy, now: trust.now ?? new Date() }, report);
}

function readRecord(text: string): ExchangeRecord {
  try {
    const record = JSON.parse(text) as ExchangeRecord & JsonValue;
    const fits =
      canonicalJson(record) === text &&
      (record.side === "consumer" || record.side === "provider") &&
      [
        record.gateway,
        record.exchangeId,
        record.client,
        record.service,
        record.outcome,
        record.pair,
        record.opened,
      ].every((value) => typeof value === "string") &&
      Number.isInteger(record.configVersion) &&
      !Number.isNaN(Date.parse(record.opened));
    if (fits) return record;
  } catch {
    // Below, as any other text that is no record.
  }
  throw new Refused("evidence-malformed", files.record);
}

async function jsonOf<Value>(container: Container, name: string, limit?: number): Promise<Value> {
  try {
    return JSON.parse((await container.bytes(name, limit)).toString("utf8")) as Value;
  } catch (fault) {
    if (fault instanceof Refused) throw fault;
    throw new Refused("evidence-malformed", name);
  }
}

/** The signed configurations in a container: of the exchange's time, and of the export's. */
export interface ContainerConfigurations {
  readonly during: ConfigurationBody;
  readonly newest: ConfigurationBody;
}

/** Those in the container, if the given anchor signed them; without an anchor their word is not taken. */
export async function configurationOf(
  container: Container,
  trust: NativeTrust,
): Promise<ContainerConfigurations | undefined> {
  const { anchor } = trust;
  must(container.has(files.configuration), "container-incomplete", files.configuration);
  if (anchor === undefined) return undefined;
  const read = async (name: string): Promise<ConfigurationBody> => {
    const text = (await container.bytes(name, 20 * 1024 ** 2)).toString("utf8");
    const accepted = acceptConfiguration(text, { anchor, now: trust.now ?? new Date() });
    must(accepted.ok, "configuration-invalid", accepted.ok ? "" : String(accepted.error.params?.["reason"]));
    return accepted.value.body;
  };
  const during = await read(files.configuration);
  if (!container.has(files.newestConfiguration)) return { during, newest: during };
  const newest = await read(files.newestConfiguration);
  must(newest.version >= during.version, "configuration-invalid", "the one at the export is older");
  return { during, newest };
}

interface MemberKeys {
  readonly request: KeyList["keys"][number];
  readonly response?: KeyList["keys"][number] | undefined;
}

/** The keys that the record names, each registered for its member in a configuration of the exchange's time. */
async function keysOf(
  container: Container,
  record: ExchangeRecord,
  { body, later }: { readonly body: ConfigurationBody | undefined; readonly later: readonly ConfigurationBody[] },
  members: { readonly consumer: string; readonly provider: string },
  report: Report,
): Promise<MemberKeys | undefined> {
  if (body) {
    const opened = Date.parse(record.opened);
    must(opened < Date.parse(body.expires), "configuration-expired", `version ${body.version} ended ${body.expires}`);
    if (body.version < record.configVersion) {
      report.say("configuration-older", `version ${body.version}, the exchange had ${record.configVersion}`);
    }
  }
  if (record.forgotten) return undefined;
  must(container.has(files.keys), "container-incomplete", files.keys);
  const { keys } = await jsonOf<KeyList>(container, files.keys);
  must(Array.isArray(keys) && keys.length <= 2, "evidence-malformed", files.keys);
  const of = (role: "request" | "response", named: SignatureOfRecord | undefined, member: string) => {
    if (!named) return undefined;
    const found = keys.find((key) => key.role === role);
    must(found, "container-incomplete", `the key of the ${role}`);
    const thumbprint = thumbprintOf(found.jwk);
    must(thumbprint === found.keyid && found.keyid === named.keyid, "key-wrong-member", `the key of the ${role}`);
    must(found.member === member, "key-wrong-member", `${found.member} signed the ${role} of ${member}`);
    if (body) checkRegistered([body, ...later], found.keyid, member, report);
    return found;
  };
  const request = of("request", record.requestSignature, members.consumer);
  must(request, "evidence-malformed", "the record names no request signature");
  return { request, response: of("response", record.responseSignature, members.provider) };
}

function thumbprintOf(jwk: Readonly<Record<string, string>>): string {
  try {
    return jwkThumbprint(jwk);
  } catch {
    throw new Refused("evidence-malformed", files.keys);
  }
}

function checkRegistered(known: readonly ConfigurationBody[], keyid: string, member: string, report: Report): void {
  if (known.some(({ revokedKeys }) => revokedKeys.includes(keyid))) {
    report.say("key-revoked", keyid);
    return;
  }
  const registered = known
    .flatMap(({ gateways }) => gateways)
    .flatMap((gateway): readonly RegisteredKey[] => gateway.signingKeys)
    .find((key) => key.keyid === keyid);
  must(registered?.use === "exchange" && registered.member === member, "key-wrong-member", `${keyid} for ${member}`);
}

/** Both halves; answers the salt of the shared commitments, if the request's base was there to give it. */
async function checkMessages(
  container: Container,
  record: ExchangeRecord,
  keys: MemberKeys | undefined,
  report: Report,
): Promise<string | undefined> {
  const sent = record.side === "consumer" ? "request" : "response";
  const place = (half: "request" | "response") =>
    half === sent
      ? { message: "message.xml", body: "attachment1" }
      : { message: files.receivedMessage, body: files.receivedBody };
  report.facts.requestKey = keys?.request.keyid ?? "";
  const request = await halfOf(container, "request", record.requestSignature, keys?.request, report);
  if (request) {
    const head = await headOf(container, place("request").message, request, "request");
    const digest = bodyDigestOf(request);
    must(digest === record.requestContentDigest, "record-mismatch", "digest of the request's body");
    const length = await checkBody(container, place("request").body, digest, report);
    await checkRequestHash(container, place("request").message, digest, length, record);
    const named = request.lines.get('"x-road-client"');
    must(named === record.client && head.headers.length > 0, "record-mismatch", "client");
  }
  if (record.responseSignature) {
    report.facts.responseKey = keys?.response?.keyid ?? "";
    const response = await halfOf(container, "response", record.responseSignature, keys?.response, report);
    if (response) {
      const head = await headOf(container, place("response").message, response, "response");
      must(head.first === record.outcome, "record-mismatch", "status");
      const digest = bodyDigestOf(response);
      must(digest === record.responseContentDigest, "record-mismatch", "digest of the response's body");
      await checkBody(container, place("response").body, digest, report);
      must(response.lines.get('"x-road-request-hash"') === record.requestHash, "binding-broken", "x-road-request-hash");
      if (request) checkBinding(request, response);
    }
  } else report.say("no-signed-response", record.outcome);
  const signature = Buffer.from(record.requestSignature?.sig ?? "", "base64");
  must(pairTag(record.exchangeId, signature) === record.pair, "pair-mismatch", "of the record");
  return request?.lines.get('"taroko-salt"');
}

async function halfOf(
  container: Container,
  half: "request" | "response",
  named: SignatureOfRecord | undefined,
  key: KeyList["keys"][number] | undefined,
  report: Report,
): Promise<SignatureBase | undefined> {
  const [baseFile, signatureFile] =
    half === "request" ? [files.requestBase, files.requestSignature] : [files.responseBase, files.responseSignature];
  must(container.has(signatureFile), "container-incomplete", signatureFile);
  const written = (await container.bytes(signatureFile, 1000)).toString("latin1").trim();
  const signature = fromBase64(written);
  must(signature && written === named?.sig, "record-mismatch", signatureFile);
  if (!container.has(baseFile)) {
    report.say(half === "request" ? "request-not-kept" : "response-not-kept");
    return undefined;
  }
  const base = readBase(await container.bytes(baseFile));
  must(key && base.keyid === key.keyid, "key-wrong-member", `the key of the ${half}`);
  const tag = half === "request" ? "taroko-exchange-req/1" : "taroko-exchange-res/1";
  checkSigned(base, { signature: Buffer.from(signature), baseDigest: named.baseDigest, tag, key: keyOf(key.jwk) });
  return base;
}

async function headOf(
  container: Container,
  name: string,
  base: SignatureBase,
  half: "request" | "response",
): Promise<RestHead> {
  must(container.has(name), "container-incomplete", name);
  const head = readHead(await container.bytes(name), "latin1");
  checkHead(base, head, half);
  return head;
}

const emptyDigest = createHash("sha512").digest("base64");

/** Answers the body's length, or nothing when it was not kept. */
async function checkBody(
  container: Container,
  name: string,
  digest: string,
  report: Report,
): Promise<number | undefined> {
  if (container.has(name)) {
    const own = (await container.digest(name, "sha512")).toString("base64");
    must(own === digest, "body-mismatch", name);
    return container.size(name);
  }
  if (digest === emptyDigest) return 0;
  report.say("body-not-kept", name);
  return undefined;
}

/** The r1 request hash over header part and body digest: it needs no body, only whether there was one. */
async function checkRequestHash(
  container: Container,
  message: string,
  digest: string,
  length: number | undefined,
  record: ExchangeRecord,
): Promise<void> {
  const sha = (bytes: Uint8Array): Buffer => createHash("sha512").update(bytes).digest();
  const head = sha(await container.bytes(message));
  const hash = length === 0 ? head : sha(Buffer.concat([head, Buffer.from(digest, "base64")]));
  must(hash.toString("base64") === record.requestHash, "record-mismatch", "request hash");
}

async function checkReceipt(
  container: Container,
  o: {
    readonly text: string;
    readonly record: ExchangeRecord;
    readonly exporter: string;
    readonly salt: string | undefined;
    readonly policy: string | undefined;
    readonly now: Date;
  },
  report: Report,
): Promise<void> {
  const { text, record, exporter, salt } = o;
  const unstamped = (): void => {
    // Without a witnessed log nobody but the exporter says when this was.
    if (report.timeStamp !== "checked") {
      report.say(report.timeStamp === "none" ? "time-stamp-missing" : "time-stamp-unchecked");
    }
  };
  if (!container.has(files.receipt)) {
    report.say("receipt-missing");
    return unstamped();
  }
  const receipt = await jsonOf<Receipt>(container, files.receipt);
  if (o.policy === undefined) {
    report.say("receipt-unchecked");
    return unstamped();
  }
  const verdict = await verifyReceipt(receipt, o.policy, o.now);
  must(verdict.ok, "receipt-invalid", verdict.ok ? "" : `${verdict.step}: ${verdict.reason}`);
  const { entry } = verdict;
  const opened = receipt.opening?.["commitments"] as Record<string, { value?: unknown }> | undefined;
  const same =
    entry["t"] === "exchange.call" &&
    entry["role"] === record.side &&
    entry["member"] === exporter &&
    entry["service"] === record.service &&
    entry["pair"] === record.pair &&
    entry["out"] === record.outcome &&
    entry["at"] === entryInstant(new Date(record.closed));
  must(same, "receipt-of-another", "the entry");
  if (!record.forgotten) {
    must(opened?.["rec"]?.value === text, "receipt-of-another", "the entry's commitment to the record");
    if (salt !== undefined && record.requestHash !== undefined) {
      const committed = commitSync(record.requestHash, Buffer.from(salt, "base64url"));
      must(entry["req"] === committed, "receipt-of-another", "the entry's commitment to the request");
    }
  }
  report.facts.log = verdict.origin;
  report.facts.logPosition = verdict.index;
  report.facts.witnesses = verdict.witnesses.map(({ name, time }) => `${name}, ${new Date(time * 1000).toISOString()}`);
  if (verdict.witnesses.length === 0) unstamped();
  else if (report.timeStamp === "unchecked") report.say("time-stamp-not-needed");
}
