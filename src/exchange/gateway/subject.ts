import { err, ok, type Result } from "#kernel";
import type { SubjectRule } from "./services.ts";

/** The one spelling of a person's identifier; `undefined` for a text that is none. */
export type NormalSubject = (text: string) => string | undefined;

/** Why a call names nobody for certain; leaves the house as `reason`. */
export type SubjectFault =
  | "subject-missing"
  | "subject-repeated"
  | "subject-not-text"
  | "subject-not-normal"
  | "subject-not-readable";

/** What of a request can name a person. */
export interface SubjectRequest {
  /** As `splitServicePath` gives them. */
  readonly segments: readonly string[];
  /** Raw, without the question mark. */
  readonly query: string | undefined;
  readonly body: Uint8Array;
  /** The lines of these two headers, for a body. */
  readonly contentType: readonly string[];
  readonly contentEncoding: readonly string[];
}

/** The normal form where a country gives none: NFC, 1 to 200 characters, no white space, nothing invisible. */
export function plainSubject(text: string): string | undefined {
  const normal = text.normalize("NFC");
  const spoilt = /[\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\ufffd]/u.test(normal) || !normal.isWellFormed();
  return spoilt || normal.length < 1 || normal.length > 200 ? undefined : normal;
}

/**
 * Finds the person a call is about. What the service answers stands on the list of the person found here, so a call that
 * another server could read as one about somebody else is no call: a name said twice, a second spelling of an identifier,
 * a body or query that two parsers take apart in two ways.
 */
export function subjectOf(
  rule: SubjectRule,
  request: SubjectRequest,
  normalSubject: NormalSubject,
): Result<string, SubjectFault> {
  const found = rawSubject(rule, request);
  if (!found.ok) return found;
  const text = found.value;
  // What no country may loosen comes first.
  return plainSubject(text) === text && normalSubject(text) === text ? found : err("subject-not-normal");
}

function rawSubject(rule: SubjectRule, request: SubjectRequest): Result<string, SubjectFault> {
  switch (rule.from) {
    case "path":
      return fromPath(rule.segment, request.segments);
    case "query":
      return fromQuery(rule.name, request.query ?? "");
    case "body":
      return fromBody(rule.also === undefined ? [rule.pointer] : [rule.pointer, rule.also], request);
  }
}

/** Punctuation that some servers cut off, split at or decode once more: no part of an identifier in an address. */
const ambiguousInAddress = /[^\p{L}\p{M}\p{N}\-._~:@]/u;

function fromPath(segment: number, segments: readonly string[]): Result<string, SubjectFault> {
  const text = segments[segment + 1];
  // Some servers take `//` for `/`: what stands behind it is counted in two ways.
  if (!text || segments.slice(1, segment + 1).includes("")) return err("subject-missing");
  return ambiguousInAddress.test(text) ? err("subject-not-normal") : ok(text);
}

function fromQuery(name: string, query: string): Result<string, SubjectFault> {
  // Older servers separate parameters by semicolons too.
  if (query.includes(";")) return err("subject-not-readable");
  const values: string[] = [];
  let exact = true;
  for (const pair of query.split("&")) {
    const [given = "", ...value] = pair.split("=");
    const [read, text] = [decoded(given), decoded(value.join("="))];
    if (read === undefined || text === undefined) return err("subject-not-readable");
    // `id[]` and `ID` are `id` to some servers.
    if (folded(read.replace(/\[.*$/s, "")) !== folded(name)) continue;
    values.push(text);
    exact &&= read === name;
  }
  const [text, ...more] = values;
  if (more.length > 0) return err("subject-repeated");
  if (!text || !exact) return err("subject-missing");
  return ambiguousInAddress.test(text) ? err("subject-not-normal") : ok(text);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

const jsonType = /^application\/(?:json|[a-z0-9.!#$&^_-]+\+json)\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

function fromBody(pointers: readonly string[], request: SubjectRequest): Result<string, SubjectFault> {
  const { contentType, contentEncoding } = request;
  const isJson = contentType.length <= 1 && contentType.every((type) => jsonType.test(type.trim()));
  if (!isJson || contentEncoding.length > 0) return err("subject-not-readable");
  let json: string;
  let value: unknown;
  try {
    json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(request.body);
    value = JSON.parse(json);
  } catch {
    return err("subject-not-readable");
  }
  let named: Result<string, SubjectFault> = err("subject-missing");
  for (const pointer of pointers) {
    const found = atPointer(json, value, pointer);
    if (!found.ok && found.error !== "subject-missing") return found;
    if (found.ok && named.ok && found.value !== named.value) return err("subject-repeated");
    if (found.ok) named = found;
  }
  return named;
}

/** The text at one pointer of a body that parses to `value`. */
function atPointer(json: string, value: unknown, pointer: string): Result<string, SubjectFault> {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (isRepeated(json, steps)) return err("subject-repeated");
  for (const step of steps) {
    if (typeof value !== "object" || value === null) return err("subject-missing");
    if (Array.isArray(value)) return err("subject-not-text");
    if (!Object.hasOwn(value, step)) return err("subject-missing");
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  if (typeof value !== "string") return err("subject-not-text");
  return value === "" ? err("subject-missing") : ok(value);
}

/**
 * Whether a step of the way to the subject is there twice, also in other letters: of two members of one name some parsers
 * keep the first and some the last, and some tell `id` from `ID` and some do not.
 * @param json a text that parses
 */
function isRepeated(json: string, steps: readonly string[]): boolean {
  const wanted = steps.map(folded);
  const seen = new Set<number>();
  /** For each container that is open: how many steps of the way led into it; -1 beside the way. */
  const open: number[] = [];
  let next = 0;
  let text = "";
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '"') {
      const start = at;
      for (at += 1; json[at] !== '"'; at += 1) if (json[at] === "\\") at += 1;
      text = json.slice(start, at + 1);
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? next : -1);
      next = -1;
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === ":") {
      const step = open.at(-1) ?? -1;
      const onTheWay = step >= 0 && step < wanted.length && folded(JSON.parse(text) as string) === wanted[step];
      if (onTheWay && seen.has(step)) return true;
      if (onTheWay) seen.add(step);
      next = onTheWay ? step + 1 : -1;
    }
  }
  return false;
}

function folded(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase();
}
