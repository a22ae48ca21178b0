import { err, ok, type Result } from "#kernel";
import { callerFault, r1Refusal, type R1Refusal } from "./errors.ts";
import {
  decodePart,
  identifierPath,
  parseClientPath,
  parseServerPath,
  type ClientId,
  type ServerId,
  type ServiceId,
} from "./identifier.ts";
import { parseTarget, type R1Target } from "./request-target.ts";

/** One header line as it came: spelling kept, value a Latin-1 string (Node's `rawHeaders`). */
export type RawHeader = readonly [name: string, value: string];
/** All lines in order. */
export type RawHeaders = readonly RawHeader[];

/** Node's flat `rawHeaders` as pairs. */
export function headerPairs(flat: readonly string[]): RawHeaders {
  const pairs: RawHeader[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index]!, flat[index + 1]!]);
  return pairs;
}

/** The other way: the flat array that Node and undici send in this order and spelling. */
export function flatHeaders(headers: RawHeaders): string[] {
  return headers.flat();
}

/** All values of a header, without case, in order. */
export function headerValues(headers: RawHeaders, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([candidate]) => candidate.toLowerCase() === wanted).map(([, value]) => value);
}

/** Fields that never pass a gateway, in either direction: X-Road's list, and the one old proxies still send. */
const hopByHop: ReadonlySet<string> = new Set(
  (
    "transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection user-agent " +
    "host content-length server expect proxy-connection"
  ).split(" "),
);

/** Whether a field (lower-case name) belongs to one connection only. */
export function isHopByHop(name: string): boolean {
  return hopByHop.has(name);
}

/** Said by gateways to each other; from an information system they would be forged. */
const gatewayToGateway: ReadonlySet<string> = new Set(["taroko-trace", "taroko-error", "taroko-batch"]);

/** Under this prefix an information system's own signature fields cross the hop; nobody else may send it. */
export const carriedPrefix = "taroko-is-";

/**
 * The filter for everything that comes from an information system (request or response): hop-by-hop fields, fields
 * named in `Connection`, and names that only gateways use between each other.
 */
export function filterHeaders(headers: RawHeaders): RawHeaders {
  const named = new Set(
    headerValues(headers, "connection").flatMap((line) => line.split(",").map((token) => token.trim().toLowerCase())),
  );
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !(hopByHop.has(lower) || named.has(lower) || gatewayToGateway.has(lower) || lower.startsWith(carriedPrefix));
  });
}

/** A call as its caller sent it, read once and typed. */
export interface R1Call {
  readonly method: R1Method;
  readonly rawTarget: string;
  readonly target: R1Target;
  readonly client: ClientId;
  /** `X-Road-Id` if the caller set one. */
  readonly messageId: string | undefined;
  /** `X-Road-UserId`: personal data, never logged. */
  readonly userId: string | undefined;
  readonly issue: string | undefined;
  /** `X-Road-Security-Server`: the provider gateway the caller insists on. */
  readonly securityServer: ServerId | undefined;
  readonly representedParty: RepresentedParty | undefined;
  /** What goes on, in order and spelling: filtered, gateway-made fields removed. */
  readonly headers: RawHeaders;
}

export interface RepresentedParty {
  readonly partyClass?: string;
  readonly partyCode: string;
}

export const r1Methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"] as const;
export type R1Method = (typeof r1Methods)[number];

/** Fields only a gateway sets on a request; an information system's own are dropped. */
const gatewayMade: ReadonlySet<string> = new Set(["x-road-request-id", "x-road-request-hash"]);

/** Reads a call from an information system, in the order of checks of the deployed consumer gateways. */
export function parseCall(method: string, rawTarget: string, rawHeaders: RawHeaders): Result<R1Call, R1Refusal> {
  const headers = withoutEmptyMessageId(
    lastClientOnly(filterHeaders(rawHeaders).filter(([name]) => !gatewayMade.has(name.toLowerCase()))),
  );
  return readCall(method, rawTarget, headers);
}

/** A call as it arrived from a consumer gateway: both ids are there. */
export interface RelayedCall extends R1Call {
  readonly messageId: string;
  /** `x-road-request-id`: one UUID per request/response pair. */
  readonly requestId: string;
}

/** Reads a call from another gateway, after the hop fields are removed (`verifyRequest` of the hop does that). */
export function parseRelayedCall(
  method: string,
  rawTarget: string,
  headers: RawHeaders,
): Result<RelayedCall, R1Refusal> {
  const call = readCall(method, rawTarget, headers);
  if (!call.ok) return call;
  const requestId = headerValues(headers, "x-road-request-id")[0];
  const { messageId } = call.value;
  if (requestId === undefined || !uuidSyntax.test(requestId)) {
    return err(callerFault("invalid_request", "x-road-request-id is missing or no UUID"));
  }
  if (messageId === undefined) return err(callerFault("invalid_request", "x-road-id is missing"));
  return ok({ ...call.value, messageId, requestId });
}

const uuidSyntax = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function readCall(method: string, rawTarget: string, headers: RawHeaders): Result<R1Call, R1Refusal> {
  const known = r1Methods.find((candidate) => candidate === method);
  if (known === undefined) return err(callerFault("internal_error", "Unsupported HTTP method"));
  const target = parseTarget(rawTarget);
  if (!target.ok) return target;
  const repeated = repeatedRoadHeader(headers);
  if (repeated !== undefined) return err(callerFault("internal_error", `Header ${repeated} is repeated`));
  const one = (name: string): string | undefined => headerValues(headers, name)[0];

  const server = one("x-road-security-server");
  const securityServer = server === undefined ? undefined : parseServerPath(server);
  if (securityServer?.ok === false) return securityServer;
  const party = one("x-road-represented-party");
  const representedParty = party === undefined ? undefined : parseRepresentedParty(party);
  if (representedParty?.ok === false) return representedParty;

  const clientPath = one("x-road-client");
  if (clientPath === undefined) {
    return err(callerFault("invalid_client_identifier", "Header X-Road-Client is missing"));
  }
  const client = parseClientPath(clientPath);
  if (!client.ok) return client;
  return ok({
    method: known,
    rawTarget,
    target: target.value,
    client: client.value,
    messageId: one("x-road-id"),
    userId: one("x-road-userid"),
    issue: one("x-road-issue"),
    securityServer: securityServer?.value,
    representedParty: representedParty?.value,
    headers,
  });
}

/** Of several `X-Road-Client` lines the last one counts, so the others must not travel on. */
function lastClientOnly(headers: RawHeaders): RawHeaders {
  const last = headers.findLastIndex(([name]) => name.toLowerCase() === "x-road-client");
  return headers.filter(([name], index) => index === last || name.toLowerCase() !== "x-road-client");
}

/** An empty `X-Road-Id` is none; left in place, the one the gateway makes would be the second. */
function withoutEmptyMessageId(headers: RawHeaders): RawHeaders {
  return headers.filter(([name, value]) => value.trim() !== "" || name.toLowerCase() !== "x-road-id");
}

function repeatedRoadHeader(headers: RawHeaders): string | undefined {
  const seen = new Set<string>();
  for (const [name] of headers) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("x-road-")) continue;
    if (seen.has(lower)) return lower;
    seen.add(lower);
  }
  return undefined;
}

function parseRepresentedParty(text: string): Result<RepresentedParty, R1Refusal> {
  const parts = text.split("/").map(decodePart);
  const [first, second] = parts;
  if (first === undefined || parts.length > 2 || (parts.length === 2 && second === undefined)) {
    return err(callerFault("internal_error", "Malformed X-Road-Represented-Party: [class/]code expected"));
  }
  return ok(second === undefined ? { partyCode: first } : { partyClass: first, partyCode: second });
}

/**
 * Gives a call its ids: `x-road-request-id` appended always, `x-road-id` only if the caller set none
 * (`{instance}-{uuid}`). Both UUIDs are version 4 and come from the caller of this function.
 */
export function withGatewayIds(
  call: R1Call,
  ids: { readonly instance: string; readonly requestId: string; readonly messageUuid: string },
): RelayedCall {
  const messageId = call.messageId ?? `${ids.instance}-${ids.messageUuid}`;
  const headers: RawHeader[] = [...call.headers, ["x-road-request-id", ids.requestId]];
  if (call.messageId === undefined) headers.push(["x-road-id", messageId]);
  return { ...call, messageId, requestId: ids.requestId, headers };
}

/** Fields of a provider's answer that only a gateway may say; a forged one would be believed by the consumer. */
const gatewaySaid: ReadonlySet<string> = new Set(
  "x-road-id x-road-request-hash x-road-client x-road-request-id x-road-service x-road-error".split(" "),
);

/** What a response says about the call it answers. */
export interface AnsweredCall {
  readonly messageId: string;
  readonly requestId: string;
  readonly client: ClientId;
  readonly service: ServiceId;
  /** Base64, of `requestHash`. */
  readonly requestHash: string;
}

/** The headers the provider gateway sends: the provider's own, filtered, then the five of r1 in their fixed order. */
export function answerHeaders(providerHeaders: RawHeaders, call: AnsweredCall): RawHeaders {
  return [
    ...filterHeaders(providerHeaders).filter(([name]) => !gatewaySaid.has(name.toLowerCase())),
    ["x-road-id", call.messageId],
    ["x-road-client", identifierPath(call.client)],
    ["x-road-service", identifierPath(call.service)],
    ["x-road-request-id", call.requestId],
    ["x-road-request-hash", call.requestHash],
  ];
}

/** The consumer gateway's check of an answer against its own copy of the call; any difference is `inconsistent_response`. */
export function checkAnswer(headers: RawHeaders, call: AnsweredCall): Result<AnsweredCall, R1Refusal> {
  const expected: readonly RawHeader[] = [
    ["x-road-id", call.messageId],
    ["x-road-client", identifierPath(call.client)],
    ["x-road-service", identifierPath(call.service)],
    ["x-road-request-id", call.requestId],
    ["x-road-request-hash", call.requestHash],
  ];
  for (const [name, value] of expected) {
    const values = headerValues(headers, name);
    if (values.length !== 1 || values[0] !== value) {
      return err(r1Refusal("inconsistent_response", `Response from the provider gateway has another ${name}`));
    }
  }
  return ok(call);
}

/** What the consumer's information system gets: hop-by-hop fields gone, exactly one `Date` (the first). */
export function releasedHeaders(headers: RawHeaders): RawHeaders {
  const date = headers.findIndex(([name]) => name.toLowerCase() === "date");
  return filterHeaders(headers).filter((header) => header[0].toLowerCase() !== "date" || header === headers[date]);
}
