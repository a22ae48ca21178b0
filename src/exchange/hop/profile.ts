import type { KeyObject } from "node:crypto";
import { err, ok, toBase64, type Clock, type Result } from "#kernel";
import { carriedPrefix, headerValues, isHopByHop, type RawHeader, type RawHeaders } from "../r1/headers.ts";
import type { BodyDigest } from "../r1/message-hash.ts";
import { keyFits, signBytes, verifyBytes, type HopAlgorithm } from "./algorithms.ts";
import { baseDigest, batchAlgorithm, rememberRoots, verifyBatchSignature } from "./batch-signature.ts";
import { checkContentDigest, contentDigest, parseContentDigest } from "./content-digest.ts";
import {
  componentIdentifier,
  parseSignatures,
  signatureBase,
  signatureParamsText,
  type Component,
  type ReceivedSignature,
  type RequestMessage,
  type ResponseMessage,
} from "./message-signature.ts";
import { hopRefusal, type HopReason, type HopRefusal } from "./refusals.ts";

/*
 * The profile that RFC 9421 section 1.4 asks an application for.
 *
 *   request   "@method" "@authority" "@path" "@query" "content-digest" + every forwarded header, first appearance first
 *   response  "@status" "content-digest" + every forwarded header + every component of the request with ;req
 *   both      created;expires;keyid;alg;tag, in this order, expires = created + 60
 *
 * Every forwarded header is covered; what is not covered is not handed on. An information system's own Signature,
 * Signature-Input and Content-Digest cross under `taroko-is-` names.
 *
 * Towards a gateway that said `taroko-batch: 1` in a message of its own, several messages may share a signature: then
 * `alg` and `tag` are those of a batch (batch-signature.ts). Everything else of the profile stays as it is.
 */
const requestTag = { plain: "taroko-exchange-req/1", batch: "taroko-exchange-req-batch/1" } as const;
const responseTag = { plain: "taroko-exchange-res/1", batch: "taroko-exchange-res-batch/1" } as const;
type Tags = typeof requestTag | typeof responseTag;
/** Says that who sends it takes signatures of batches. Covered, and not handed on. */
export const takesBatches: RawHeader = ["taroko-batch", "1"];
const label = "gw";
/** Seconds a signature lives, and seconds its clock may be ahead of ours. */
const lifetime = 60;
const skew = 30;

/** A member's key: private for signing, public for verifying. `keyid` is the RFC 7638 thumbprint. */
export interface HopKey {
  readonly keyid: string;
  readonly alg: HopAlgorithm;
  readonly key: KeyObject;
}

/** Looks a key up in the global configuration; `undefined` if unknown, suspended or outside its dates. */
export type FindKey = (keyid: string) => HopKey | undefined;

/** Everything of the request that a response signature covers; keep it until the response is verified or signed. */
export interface RequestBinding {
  readonly message: RequestMessage;
  readonly components: readonly Component[];
}

export interface SignedMessage {
  /** `content-digest`, `signature-input`, `signature`. */
  readonly added: RawHeaders;
  /** The whole list to send, in order: forwarded headers, then `added`. `Host` and framing fields are the sender's. */
  readonly headers: RawHeaders;
  /** For the evidence: the exact text that was signed (ASCII) and the raw signature. */
  readonly base: string;
  readonly signature: Uint8Array;
  /** Of the key that signed; by now another one may be in use. */
  readonly keyid: string;
}
export interface SignedRequest extends SignedMessage {
  readonly binding: RequestBinding;
}

/** A message that lacks nothing but its signature. */
export interface Unsigned<Made> {
  /** What is to be signed, and the parameters that say how: alone, or in a batch. Throws `EXCHANGE_UNSIGNABLE`. */
  readonly prepare: (form: "plain" | "batch", key: HopKey, clock: Clock) => ToSign;
  readonly signed: (prepared: ToSign, signature: Uint8Array) => Made;
}

export interface ToSign {
  readonly params: string;
  readonly base: string;
  readonly keyid: string;
}

export interface VerifiedMessage {
  /** Only covered headers, in order and spelling, `taroko-is-` names restored: the list of the r1 header part. */
  readonly headers: RawHeaders;
  readonly keyid: string;
  /** Unix seconds. */
  readonly created: number;
  /** What Content-Digest promises, 64 bytes; for `checkContentDigest` when the body was still unread. */
  readonly contentDigest: Uint8Array;
  readonly base: string;
  readonly signature: Uint8Array;
  /** Whether its sender takes signatures of batches. */
  readonly takesBatches: boolean;
}
export interface VerifiedRequest extends VerifiedMessage {
  readonly binding: RequestBinding;
}

export interface OutgoingRequest {
  readonly method: string;
  /** Host and port as sent in `Host`. */
  readonly authority: string;
  readonly rawTarget: string;
  /** The list of the r1 header part: filtered, with ids. */
  readonly headers: RawHeaders;
  readonly body: BodyDigest;
}
export interface IncomingRequest extends Omit<OutgoingRequest, "authority" | "body"> {
  /** The gateway's own registered address, not the `Host` that was received: that is what binds a message to it. */
  readonly authority: string;
  /** `unread`: the caller compares `contentDigest` itself once the body has been read. */
  readonly body: BodyDigest | "unread";
}
export interface OutgoingResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: BodyDigest;
}
export interface IncomingResponse extends Omit<OutgoingResponse, "body"> {
  readonly body: BodyDigest | "unread";
}

/** Signs a call for the provider gateway. Throws (`code: "EXCHANGE_UNSIGNABLE"`) only on a message that was never filtered. */
export function signRequest(request: OutgoingRequest, key: HopKey, clock: Clock): SignedRequest {
  return signAlone(unsignedRequest(request), key, clock);
}

/** Signs an answer (or a gateway's refusal) and binds it to the request it answers. */
export function signResponse(
  response: OutgoingResponse,
  request: RequestBinding,
  key: HopKey,
  clock: Clock,
): SignedMessage {
  return signAlone(unsignedResponse(response, request), key, clock);
}

export function signAlone<Made>(unsigned: Unsigned<Made>, key: HopKey, clock: Clock): Made {
  const prepared = unsigned.prepare("plain", key, clock);
  return unsigned.signed(prepared, signBytes(Buffer.from(prepared.base, "latin1"), key.alg, key.key));
}

/** A call for the provider gateway; `openSigner` signs it. */
export function unsignedRequest(request: OutgoingRequest): Unsigned<SignedRequest> {
  const { method, authority, rawTarget } = request;
  const digest: RawHeader = ["content-digest", contentDigest(request.body)];
  const carried = carryOver(request.headers);
  const headers = [...carried, digest];
  const message: RequestMessage = { kind: "request", scheme: "https", method, authority, rawTarget, headers };
  const components = [...requestLead, ...fieldComponents(carried)];
  const { prepare, signed } = unsigned(message, carried, digest, components, requestTag);
  return { prepare, signed: (...made) => ({ ...signed(...made), binding: { message, components } }) };
}

/** An answer (or a gateway's refusal), bound to the request it answers. */
export function unsignedResponse(response: OutgoingResponse, request: RequestBinding): Unsigned<SignedMessage> {
  const digest: RawHeader = ["content-digest", contentDigest(response.body)];
  const carried = carryOver(response.headers);
  const message: ResponseMessage = {
    kind: "response",
    status: response.status,
    headers: [...carried, digest],
    request: request.message,
  };
  const components = [...responseLead, ...fieldComponents(carried), ...boundComponents(request)];
  return unsigned(message, carried, digest, components, responseTag);
}

/** Verifies a call of another gateway. Replay, and whose key and address it is, are for the caller to check. */
export function verifyRequest(
  request: IncomingRequest,
  findKey: FindKey,
  clock: Clock,
): Result<VerifiedRequest, HopRefusal> {
  const { method, authority, rawTarget, headers } = request;
  const message: RequestMessage = { kind: "request", scheme: "https", method, authority, rawTarget, headers };
  const signature = chooseSignature(headers, requestTag);
  if (!signature.ok) return signature;
  const { components } = signature.value;
  const fields = fieldsBetween(components, requestLead, []);
  if (fields === undefined) return refuse("components-wrong", "the components of a request are not all in place");
  for (const name of ["x-road-client", "x-road-request-id"]) {
    if (!fields.includes(name)) return refuse("components-wrong", `${name} is not covered`);
  }
  const verified = verify(message, signature.value, fields, request.body, findKey, clock);
  return verified.ok ? ok({ ...verified.value, binding: { message, components } }) : verified;
}

/** Verifies an answer against the request as it was sent. */
export function verifyResponse(
  response: IncomingResponse,
  request: RequestBinding,
  findKey: FindKey,
  clock: Clock,
): Result<VerifiedMessage, HopRefusal> {
  const { status, headers } = response;
  const message: ResponseMessage = { kind: "response", status, headers, request: request.message };
  const signature = chooseSignature(headers, responseTag);
  if (!signature.ok) return signature;
  const fields = fieldsBetween(signature.value.components, responseLead, boundComponents(request));
  if (fields === undefined) {
    return refuse("components-wrong", "the components of a response, or those of its request, are not all in place");
  }
  return verify(message, signature.value, fields, response.body, findKey, clock);
}

const requestLead: readonly Component[] = ["@method", "@authority", "@path", "@query", "content-digest"].map(plain);
const responseLead: readonly Component[] = ["@status", "content-digest"].map(plain);

function plain(name: string): Component {
  return { name, parameters: [] };
}

function boundComponents(request: RequestBinding): readonly Component[] {
  return request.components.map(({ name, parameters }) => ({ name, parameters: [...parameters, ["req", true]] }));
}

/**
 * Each field once, in order of first appearance; `;bs` where joining or ASCII would lose something. Control characters
 * and text that is no Latin-1 cannot have come from a wire: they stay plain, and the base refuses them.
 */
function fieldComponents(headers: RawHeaders): readonly Component[] {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    values.set(lower, (values.get(lower) ?? "") + value);
  }
  return [...values].map(([name, text]) => {
    const binary =
      /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text) && (name === "set-cookie" || /[\u0080-\u00ff]/.test(text));
    return { name, parameters: binary ? [["bs", true]] : [] };
  });
}

/** Fields that an information system may use itself and that the hop needs under their own names. */
const carriedFields: ReadonlySet<string> = new Set(["signature", "signature-input", "content-digest"]);

const betweenGateways: ReadonlySet<string> = new Set(["taroko-trace", takesBatches[0]]);

function carryOver(headers: RawHeaders): RawHeaders {
  return headers.map(([name, value]) =>
    carriedFields.has(name.toLowerCase()) ? [`${carriedPrefix}${name}`, value] : [name, value],
  );
}

/** Undoes {@link carryOver} for exactly its three fields; any other name with the prefix is dropped. */
function restore(headers: RawHeaders): RawHeaders {
  return headers.flatMap(([name, value]): RawHeader[] => {
    if (!name.toLowerCase().startsWith(carriedPrefix)) return [[name, value]];
    const own = name.slice(carriedPrefix.length);
    return carriedFields.has(own.toLowerCase()) ? [[own, value]] : [];
  });
}

function unsigned(
  message: RequestMessage | ResponseMessage,
  carried: RawHeaders,
  digest: RawHeader,
  components: readonly Component[],
  tags: Tags,
): Unsigned<SignedMessage> {
  return {
    prepare: (form, { keyid, alg }, clock) => {
      const created = unixSeconds(clock);
      const params = signatureParamsText(components, [
        ["created", created],
        ["expires", created + lifetime],
        ["keyid", keyid],
        ["alg", form === "batch" ? batchAlgorithm(alg) : alg],
        ["tag", tags[form]],
      ]);
      const base = signatureBase(components, params, message);
      if (!base.ok) throw Object.assign(new Error(base.error.inside), { code: "EXCHANGE_UNSIGNABLE" });
      return { params, base: base.value, keyid };
    },
    signed: ({ params, base, keyid }, signature) => {
      const added: RawHeaders = [
        digest,
        ["signature-input", `${label}=${params}`],
        ["signature", `${label}=:${toBase64(signature)}:`],
      ];
      return { added, headers: [...carried, ...added], base, signature, keyid };
    },
  };
}

function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now().getTime() / 1000);
}

function refuse(code: HopReason, inside: string): Result<never, HopRefusal> {
  return err(hopRefusal(code, inside));
}

/** Other signatures are none of our business (RFC 9421 section 7.2.6); two of ours are one too many. */
function chooseSignature(headers: RawHeaders, tags: Tags): Result<ReceivedSignature, HopRefusal> {
  const received = parseSignatures(headers);
  if (!received.ok) return received;
  const ours = received.value.filter(({ parameters }) =>
    parameters.some(([key, value]) => key === "tag" && (value === tags.plain || value === tags.batch)),
  );
  const [only] = ours;
  if (only === undefined) return refuse("signature-missing", `no signature with tag ${tags.plain}`);
  return ours.length === 1 ? ok(only) : refuse("signature-malformed", `several signatures with tag ${tags.plain}`);
}

/** The names of the fields between a required head and a required tail; `undefined` if anything else is there. */
function fieldsBetween(
  components: readonly Component[],
  head: readonly Component[],
  tail: readonly Component[],
): readonly string[] | undefined {
  const end = components.length - tail.length;
  if (end < head.length || !sameComponents(components.slice(0, head.length), head)) return undefined;
  if (!sameComponents(components.slice(end), tail)) return undefined;
  const fields = components.slice(head.length, end);
  const allowed = fields.every(
    ({ name, parameters }) =>
      !name.startsWith("@") && (parameters.length === 0 || (parameters.length === 1 && parameters[0]![0] === "bs")),
  );
  return allowed ? fields.map(({ name }) => name) : undefined;
}

function sameComponents(left: readonly Component[], right: readonly Component[]): boolean {
  return (
    left.length === right.length &&
    left.every((component, index) => componentIdentifier(component) === componentIdentifier(right[index]!))
  );
}

/** The steps of RFC 9421 section 3.2 that requests and responses share, cheap ones first. */
function verify(
  message: RequestMessage | ResponseMessage,
  received: ReceivedSignature,
  fields: readonly string[],
  body: BodyDigest | "unread",
  findKey: FindKey,
  clock: Clock,
): Result<VerifiedMessage, HopRefusal> {
  const parameters = readParameters(received);
  if (parameters === undefined) return refuse("parameters-wrong", received.signatureParams.replace(/^.*\)/s, ""));
  const { created, keyid, alg, tag } = parameters;
  const inBatch = tag === requestTag.batch || tag === responseTag.batch;
  const age = unixSeconds(clock) - created;
  if (age < -skew) return refuse("signature-premature", `created ${-age} s ahead of our clock`);
  if (age > lifetime) return refuse("signature-expired", `created ${age} s ago`);
  const repeated = repeatedRoadField(message.headers);
  if (repeated !== undefined) return refuse("header-repeated", repeated);
  const digest = parseContentDigest(headerValues(message.headers, "content-digest"));
  if (!digest.ok) return digest;

  const key = findKey(keyid);
  if (key === undefined) return refuse("key-unknown", `keyid ${keyid}`);
  if (alg !== (inBatch ? batchAlgorithm(key.alg) : key.alg) || !keyFits(key.key, key.alg))
    return refuse("algorithm-refused", `alg ${alg} for a key of ${key.alg}`);
  const base = signatureBase(received.components, received.signatureParams, message);
  if (!base.ok) return base;
  const { signature } = received;
  const valid = inBatch
    ? verifyBatchSignature(baseDigest(base.value), signature, key.alg, key.key, roots)
    : verifyBytes(Buffer.from(base.value, "latin1"), signature, key.alg, key.key);
  if (!valid) return refuse("signature-invalid", `keyid ${keyid}`);
  if (body !== "unread") {
    const content = checkContentDigest(digest.value, body);
    if (!content.ok) return content;
  }
  return ok({
    headers: handedOn(message.headers, fields),
    keyid,
    created,
    contentDigest: digest.value,
    base: base.value,
    signature,
    takesBatches:
      headerValues(message.headers, takesBatches[0]).includes(takesBatches[1]) && fields.includes(takesBatches[0]),
  });
}

/** Of the batches that came: the signature over a root is verified once. */
const roots = rememberRoots();

interface SignatureParameters {
  readonly created: number;
  readonly keyid: string;
  readonly alg: string;
  readonly tag: string;
}

function readParameters({ parameters }: ReceivedSignature): SignatureParameters | undefined {
  if (parameters.map(([key]) => key).join(";") !== "created;expires;keyid;alg;tag") return undefined;
  const [created, expires, keyid, alg, tag] = parameters.map(([, value]) => value);
  if (typeof created !== "number" || !Number.isSafeInteger(created) || expires !== created + lifetime) return undefined;
  if (typeof keyid !== "string" || typeof alg !== "string" || typeof tag !== "string") return undefined;
  return { created, keyid, alg, tag };
}

function repeatedRoadField(headers: RawHeaders): string | undefined {
  const names = headers.map(([name]) => name.toLowerCase()).filter((name) => name.startsWith("x-road-"));
  return names.find((name, index) => names.indexOf(name) !== index);
}

function handedOn(headers: RawHeaders, fields: readonly string[]): RawHeaders {
  const covered = new Set(fields);
  const kept = headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return covered.has(lower) && !carriedFields.has(lower) && !betweenGateways.has(lower) && !isHopByHop(lower);
  });
  return restore(kept);
}
