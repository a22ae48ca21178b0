import { err, ok, type Result } from "#kernel";
import { callerFault, type R1Refusal } from "./errors.ts";

/** An organisation: `TW/GOV/2.16.886.101.20003`. */
export interface MemberId {
  readonly instance: string;
  readonly memberClass: string;
  readonly memberCode: string;
}

/** One information system of a member. */
export interface SubsystemId extends MemberId {
  readonly subsystemCode: string;
}

/** Who calls: a subsystem, or (rarely) the member itself. */
export interface ClientId extends MemberId {
  readonly subsystemCode?: string;
}

/** A data service: the five parts of an r1 request line. */
export interface ServiceId extends SubsystemId {
  readonly serviceCode: string;
}

/** A gateway ("security server"), as `X-Road-Security-Server` names it. */
export interface ServerId extends MemberId {
  readonly serverCode: string;
}

export type R1Identifier = MemberId | ClientId | ServiceId | ServerId;

/** What a code may consist of when it is registered (PR-REST 1.0.3 and later). */
const strictCode = /^[A-Za-z0-9'()+,\-.=?]+$/;
// eslint-disable-next-line no-control-regex -- control characters are exactly what this refuses
const harmfulCode = /[:;/\\%\u0000-\u001f\u007f-\u009f\u200b\ufeff]/;

/**
 * Whether a code may be registered. At call time the alphabet is not checked: an identifier nobody registered is an
 * unknown member or service anyway.
 */
export function isRegistrableCode(code: string, rule: "strict" | "lenient" = "strict"): boolean {
  return rule === "strict" ? strictCode.test(code) : code !== "" && !harmfulCode.test(code);
}

/** RFC 3986 section 3.3: one segment, escapes complete. */
const segmentSyntax = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*$/;

/** Decodes one percent-encoded part; `undefined` for what is not a non-empty RFC 3986 segment in well-formed UTF-8. */
export function decodePart(part: string): string | undefined {
  if (part === "" || !segmentSyntax.test(part)) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Escapes what is not allowed in a segment, and only that: RFC 3986 unreserved, sub-delims, `:` and `@` stay, as deployed
 * gateways write `x-road-client` and `x-road-service`.
 */
function encodePart(part: string): string {
  if (/^[\w.-]*$/.test(part)) return part;
  return encodeURIComponent(part).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
}

function partsOf(identifier: R1Identifier): readonly string[] {
  const { instance, memberClass, memberCode } = identifier;
  const parts = [instance, memberClass, memberCode];
  if ("serverCode" in identifier) return [...parts, identifier.serverCode];
  if ("subsystemCode" in identifier && identifier.subsystemCode !== undefined) parts.push(identifier.subsystemCode);
  if ("serviceCode" in identifier) parts.push(identifier.serviceCode);
  return parts;
}

/**
 * The path form: parts percent-encoded one by one and joined with `/`, as in `X-Road-Client` and `x-road-service`.
 * It is unambiguous for every identifier: use it as a key.
 */
export function identifierPath(identifier: R1Identifier): string {
  return partsOf(identifier).map(encodePart).join("/");
}

/** The text form of messages and the log: `SERVICE:TW/GOV/2.16.886.101.20003/registry/people`. Not escaped: for people. */
export function identifierText(identifier: R1Identifier): string {
  const parts = partsOf(identifier);
  return `${kindOf(identifier, parts.length)}:${parts.join("/")}`;
}

function kindOf(identifier: R1Identifier, parts: number): "MEMBER" | "SUBSYSTEM" | "SERVICE" | "SERVER" {
  if ("serverCode" in identifier) return "SERVER";
  if (parts === 5) return "SERVICE";
  return parts === 4 ? "SUBSYSTEM" : "MEMBER";
}

/** Exact, case-sensitive comparison. */
export function sameIdentifier(left: R1Identifier, right: R1Identifier): boolean {
  return identifierPath(left) === identifierPath(right) && "serverCode" in left === "serverCode" in right;
}

/** The subsystem that offers a service. */
export function subsystemOf(service: ServiceId): SubsystemId {
  const { instance, memberClass, memberCode, subsystemCode } = service;
  return { instance, memberClass, memberCode, subsystemCode };
}

/** The organisation behind any identifier. */
export function memberOf(identifier: R1Identifier): MemberId {
  const { instance, memberClass, memberCode } = identifier;
  return { instance, memberClass, memberCode };
}

function decodeParts(encoded: readonly string[]): readonly string[] | undefined {
  const parts: string[] = [];
  for (const part of encoded) {
    const decoded = decodePart(part);
    if (decoded === undefined) return undefined;
    parts.push(decoded);
  }
  return parts;
}

/** `inst/class/code[/sub]`, each part percent-encoded. */
export function parseClientPath(text: string): Result<ClientId, R1Refusal> {
  const client = clientFromParts(decodeParts(text.split("/")));
  return client === undefined
    ? err(callerFault("internal_error", "Malformed X-Road-Client: 3 or 4 percent-encoded parts expected"))
    : ok(client);
}

function clientFromParts(parts: readonly string[] | undefined): ClientId | undefined {
  if (parts === undefined) return undefined;
  const [instance, memberClass, memberCode, subsystemCode] = parts;
  if (instance === undefined || memberClass === undefined || memberCode === undefined || parts.length > 4) {
    return undefined;
  }
  const member: MemberId = { instance, memberClass, memberCode };
  return subsystemCode === undefined ? member : { ...member, subsystemCode };
}

/** Five encoded parts, as split from a request line or an `x-road-service` header. */
export function serviceFromEncodedParts(encoded: readonly string[]): Result<ServiceId, R1Refusal> {
  const parts = encoded.length === 5 ? decodeParts(encoded) : undefined;
  const service = parts === undefined ? undefined : serviceFromParts(parts);
  return service === undefined
    ? err(callerFault("internal_error", "Malformed service identifier: 5 percent-encoded parts expected"))
    : ok(service);
}

function serviceFromParts(parts: readonly string[]): ServiceId | undefined {
  const [instance, memberClass, memberCode, subsystemCode, serviceCode] = parts;
  if (instance === undefined || memberClass === undefined || memberCode === undefined) return undefined;
  if (subsystemCode === undefined || serviceCode === undefined || parts.length > 5) return undefined;
  return { instance, memberClass, memberCode, subsystemCode, serviceCode };
}

/** `inst/class/code/sub/service`, each part percent-encoded. */
export function parseServicePath(text: string): Result<ServiceId, R1Refusal> {
  return serviceFromEncodedParts(text.split("/"));
}

/** `inst/class/code/serverCode`, exactly four percent-encoded parts. */
export function parseServerPath(text: string): Result<ServerId, R1Refusal> {
  const encoded = text.split("/");
  const [instance, memberClass, memberCode, serverCode] = (encoded.length === 4 && decodeParts(encoded)) || [];
  if (instance === undefined || memberClass === undefined || memberCode === undefined || serverCode === undefined) {
    return err(callerFault("internal_error", "Malformed X-Road-Security-Server: 4 percent-encoded parts expected"));
  }
  return ok({ instance, memberClass, memberCode, serverCode });
}

/** Reads the text form back: `MEMBER:`, `SUBSYSTEM:`, `SERVICE:` or `SERVER:`. `undefined` if it is none of them. */
export function parseIdentifierText(text: string): R1Identifier | undefined {
  const [, kind, rest] = /^(MEMBER|SUBSYSTEM|SERVICE|SERVER):(.+)$/s.exec(text) ?? [];
  if (kind === undefined || rest === undefined) return undefined;
  const parts = rest.split("/");
  if (parts.includes("")) return undefined;
  if (kind === "SERVICE") return serviceFromParts(parts);
  if (parts.length !== (kind === "MEMBER" ? 3 : 4)) return undefined;
  const client = clientFromParts(parts);
  if (kind !== "SERVER" || client === undefined) return client;
  const { subsystemCode: serverCode, ...member } = client;
  return serverCode === undefined ? undefined : { ...member, serverCode };
}
