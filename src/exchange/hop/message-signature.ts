import { err, ok, toBase64, type Result } from "#kernel";
import {
  isInnerList,
  parseDictionary,
  serializeInnerList,
  serializeItem,
  serializeString,
  Token,
  type BareItem,
  type Dictionary,
  type InnerList,
} from "structured-headers";
import type { RawHeaders } from "../r1/headers.ts";
import { readPlainSignature } from "./plain-signature.ts";
import { hopRefusal, type HopRefusal } from "./refusals.ts";

/** A request as far as a signature can cover it. */
export interface RequestMessage {
  readonly kind: "request";
  readonly method: string;
  readonly scheme: "https" | "http";
  /** Host and port as in the `Host` field. */
  readonly authority: string;
  /** Path and query, raw. */
  readonly rawTarget: string;
  readonly headers: RawHeaders;
}

export interface ResponseMessage {
  readonly kind: "response";
  readonly status: number;
  readonly headers: RawHeaders;
  /** The request that caused it, for `;req`. */
  readonly request?: RequestMessage;
}

/** A covered component (RFC 9421 section 2): a lower-case field name or a derived `@name`, parameters in order. */
export interface Component {
  readonly name: string;
  readonly parameters: readonly ComponentParameter[];
}
export type ComponentParameter = readonly [name: string, value: string | true];

/** One entry of `Signature-Input` with its bytes from `Signature`. */
export interface ReceivedSignature {
  readonly label: string;
  readonly components: readonly Component[];
  /** In the order received: `created`, `keyid`, … */
  readonly parameters: readonly (readonly [name: string, value: string | number | boolean])[];
  /** The member value serialised again, order kept: what stands after `"@signature-params": `. */
  readonly signatureParams: string;
  readonly signature: Uint8Array;
}

/** `"name";key="value";req` as it stands in `Signature-Input` and at the head of a line of the base. */
export function componentIdentifier({ name, parameters }: Component): string {
  const tail = parameters.map(([key, value]) => (value === true ? `;${key}` : `;${key}=${serializeString(value)}`));
  return `"${name}"${tail.join("")}`;
}

/**
 * The signature base (RFC 9421 section 2.5): one line per component, then the parameters, no line end after the last.
 * Unknown components or parameters, absent components, a component twice and values outside ASCII are refused; `sf`
 * and `tr` are not supported, since nothing we send or accept uses them.
 */
export function signatureBase(
  components: readonly Component[],
  signatureParams: string,
  message: RequestMessage | ResponseMessage,
): Result<string, HopRefusal> {
  const values = new ComponentValues(message);
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const component of components) {
    const identifier = componentIdentifier(component);
    if (seen.has(identifier)) return unusable(identifier, "is covered twice");
    seen.add(identifier);
    const value = values.of(component);
    if (typeof value !== "string") return unusable(identifier, value.why);
    if (!printable.test(value)) return unusable(identifier, "has a value outside printable ASCII");
    lines.push(`${identifier}: ${value}`);
  }
  lines.push(`"@signature-params": ${signatureParams}`);
  return ok(lines.join("\n"));
}

const printable = /^[\t\u0020-\u007e]*$/;

function unusable(identifier: string, why: string): Result<never, HopRefusal> {
  return err(hopRefusal("component-unusable", `${identifier} ${why}`));
}

type Value = string | { readonly why: string };
const absent: Value = { why: "is not in the message" };

/** Component values of one message (and, for `;req`, of the request behind it). Header names are indexed once. */
class ComponentValues {
  readonly #message: RequestMessage | ResponseMessage;
  readonly #fields: ReadonlyMap<string, readonly string[]>;
  #request: ComponentValues | undefined;

  constructor(message: RequestMessage | ResponseMessage) {
    this.#message = message;
    this.#fields = fieldIndex(message.headers);
  }

  of({ name, parameters }: Component): Value {
    const rest = parameters.filter(([key]) => key !== "req");
    if (rest.length < parameters.length) {
      if (this.#message.kind === "request") return { why: "has ;req in a request" };
      if (this.#message.request === undefined) return absent;
      this.#request ??= new ComponentValues(this.#message.request);
      return this.#request.of({ name, parameters: rest });
    }
    if (!name.startsWith("@")) return this.#field(name, rest);
    if (name === "@query-param") return this.#queryParameter(rest);
    if (rest.length > 0) return { why: "has an unknown parameter" };
    return this.#message.kind === "request"
      ? derivedFromRequest(name, this.#message)
      : derivedFromResponse(name, this.#message);
  }

  #field(name: string, parameters: readonly ComponentParameter[]): Value {
    const lines = this.#fields.get(name);
    if (lines === undefined) return absent;
    const [first, second] = parameters;
    if (second !== undefined) return { why: "has parameters that do not go together" };
    if (first === undefined) return lines.join(", ");
    const [key, value] = first;
    if (key === "bs" && value === true) {
      return lines.map((line) => `:${toBase64(Buffer.from(line, "latin1"))}:`).join(", ");
    }
    if (key === "key" && typeof value === "string") return dictionaryMember(lines.join(", "), value);
    return { why: "has an unknown parameter" };
  }

  #queryParameter(parameters: readonly ComponentParameter[]): Value {
    const [key, name] = parameters[0] ?? [];
    if (this.#message.kind !== "request" || key !== "name" || typeof name !== "string" || parameters.length > 1) {
      return { why: "is no query parameter of a request" };
    }
    const { query } = splitTarget(this.#message.rawTarget);
    const found = [...new URLSearchParams(query)].filter(([candidate]) => encodeForm(candidate) === name);
    const [only] = found;
    if (only === undefined) return absent;
    return found.length === 1 ? encodeForm(only[1]) : { why: "is repeated in the query" };
  }
}

/** A list of headers is looked into when its signature is read, for its base, and again for the answer's `;req`. */
const indexes = new WeakMap<RawHeaders, ReadonlyMap<string, readonly string[]>>();

/** Lower-case name → lines in order, trimmed, line folds made one space (section 2.1). */
function fieldIndex(headers: RawHeaders): ReadonlyMap<string, readonly string[]> {
  const known = indexes.get(headers);
  if (known !== undefined) return known;
  const index = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const line = /^[ \t]|[\n \t]$|\n/.test(value)
      ? value.replace(/[ \t]*\r?\n[ \t]+/g, " ").replace(/^[ \t]+|[ \t]+$/g, "")
      : value;
    const lines = index.get(lower);
    if (lines === undefined) index.set(lower, [line]);
    else lines.push(line);
  }
  indexes.set(headers, index);
  return index;
}

function splitTarget(rawTarget: string): { readonly path: string; readonly query: string } {
  const mark = rawTarget.indexOf("?");
  return mark === -1
    ? { path: rawTarget, query: "" }
    : { path: rawTarget.slice(0, mark), query: rawTarget.slice(mark + 1) };
}

function derivedFromRequest(name: string, request: RequestMessage): Value {
  switch (name) {
    case "@method":
      return request.method;
    case "@authority":
      return normalAuthority(request);
    case "@scheme":
      return request.scheme;
    case "@path":
      return splitTarget(request.rawTarget).path || "/";
    case "@query":
      return `?${splitTarget(request.rawTarget).query}`;
    case "@request-target":
      return request.rawTarget;
    case "@target-uri":
      return `${request.scheme}://${normalAuthority(request)}${request.rawTarget}`;
    default:
      return { why: "is no component of a request" };
  }
}

function derivedFromResponse(name: string, response: ResponseMessage): Value {
  return name === "@status" ? String(response.status).padStart(3, "0") : { why: "is no component of a response" };
}

/** Lower case, without the port that the scheme implies (section 2.2.3). */
function normalAuthority({ authority, scheme }: RequestMessage): string {
  return authority.toLowerCase().replace(scheme === "https" ? /:443$/ : /:80$/, "");
}

/** Section 2.2.8: the form-urlencoded percent-encode set, but a space is `%20`. */
function encodeForm(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function dictionaryMember(field: string, key: string): Value {
  const member = dictionaryOf(field)?.get(key);
  if (member === undefined) return absent;
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
}

function dictionaryOf(field: string): Dictionary | undefined {
  try {
    return parseDictionary(field);
  } catch {
    return undefined;
  }
}

/**
 * Reads `Signature-Input` and `Signature` (RFC 9421 section 4). RFC 9651 lets the last of duplicate keys win; labels
 * must be unique, so duplicates are refused here, and a label in one field only.
 */
export function parseSignatures(headers: RawHeaders): Result<readonly ReceivedSignature[], HopRefusal> {
  const index = fieldIndex(headers);
  const inputField = index.get("signature-input")?.join(", ");
  const signatureField = index.get("signature")?.join(", ");
  if (inputField === undefined && signatureField === undefined) return ok([]);
  const plain = readPlainSignature(inputField ?? "", signatureField ?? "");
  if (plain !== undefined) return ok([plain]);
  const inputs = uniqueDictionary(inputField ?? "");
  const signatures = uniqueDictionary(signatureField ?? "");
  if (inputs === undefined || signatures === undefined) return malformed("a field does not parse or repeats a label");
  if (inputs.size !== signatures.size) return malformed("Signature-Input and Signature have different labels");

  const received: ReceivedSignature[] = [];
  for (const [label, member] of inputs) {
    const [bytes] = signatures.get(label) ?? [];
    if (!(bytes instanceof ArrayBuffer)) return malformed(`no signature bytes for label ${label}`);
    const entry = isInnerList(member) ? readInput(label, member, new Uint8Array(bytes)) : undefined;
    if (entry === undefined) return malformed(`Signature-Input of label ${label} is no list of components`);
    received.push(entry);
  }
  return ok(received);
}

function malformed(inside: string): Result<never, HopRefusal> {
  return err(hopRefusal("signature-malformed", inside));
}

function uniqueDictionary(field: string): Dictionary | undefined {
  const dictionary = dictionaryOf(field);
  return dictionary !== undefined && dictionary.size === countMembers(field) ? dictionary : undefined;
}

/**
 * Members of a dictionary that is known to parse: commas outside strings separate them. Display strings (`%"…"`) go
 * first, since a backslash escapes nothing in them.
 */
function countMembers(field: string): number {
  const outside = field.replace(/%"[^"]*"|"(?:[^"\\]|\\.)*"/g, "");
  return outside.trim() === "" ? 0 : outside.split(",").length;
}

const fieldName = /^(?:@[a-z][a-z-]*|[!#$%&'*+\-.^_`|~0-9a-z]+)$/;

function readInput(label: string, list: InnerList, signature: Uint8Array): ReceivedSignature | undefined {
  const [items, listParameters] = list;
  const components: Component[] = [];
  for (const [name, itemParameters] of items) {
    if (typeof name !== "string" || !fieldName.test(name)) return undefined;
    const parameters: ComponentParameter[] = [];
    for (const [key, value] of itemParameters) {
      if (typeof value !== "string" && value !== true) return undefined;
      parameters.push([key, value]);
    }
    components.push({ name, parameters });
  }
  const parameters: [string, string | number | boolean][] = [];
  for (const [key, value] of listParameters) {
    if (!isPlain(value)) return undefined;
    parameters.push([key, value]);
  }
  return { label, components, parameters, signatureParams: serializeInnerList(list), signature };
}

function isPlain(value: BareItem): value is string | number | boolean {
  return !(value instanceof Token) && ["string", "number", "boolean"].includes(typeof value);
}

/** The text after `"@signature-params": `, for a signature of our own. */
export function signatureParamsText(
  components: readonly Component[],
  parameters: readonly (readonly [name: string, value: string | number])[],
): string {
  const tail = parameters.map(([key, value]) =>
    typeof value === "number" ? `;${key}=${value}` : `;${key}=${serializeString(value)}`,
  );
  return `(${components.map(componentIdentifier).join(" ")})${tail.join("")}`;
}
