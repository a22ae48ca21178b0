import { err, ok, type Result } from "#kernel";
import { parse as parseYaml } from "yaml";

/** Any JSON object; a description is read by asking, member by member. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** An OpenAPI description as far as it is safe to work with: 3.0 or 3.1, of bounded size and depth, nothing remote in it. */
export interface Description {
  readonly version: "3.0" | "3.1";
  readonly document: JsonObject;
}

/** Why a description is not used, and where (a JSON pointer). */
export interface DescriptionFault {
  readonly code:
    | "too-large"
    | "not-readable"
    | "not-openapi-3"
    | "too-deep"
    | "remote-reference"
    | "reference-unknown"
    | "reference-circular"
    | "pattern-refused"
    | "schema-malformed";
  readonly at: string;
}

/** Bytes of the text; descriptions of whole ministries stay below. */
export const maxDescription: number = 4 * 1024 * 1024;
const maxDepth = 100;
const maxNodes = 200_000;

/** Reads JSON or YAML; YAML only without aliases, of which a few lines can make gigabytes. */
export function readDescription(text: string): Result<Description, DescriptionFault> {
  if (text.length > maxDescription) return err({ code: "too-large", at: "" });
  let document: unknown;
  try {
    document = /^\s*\{/.test(text)
      ? JSON.parse(text)
      : parseYaml(text, { maxAliasCount: 0, uniqueKeys: true, merge: false, version: "1.2", schema: "core" });
  } catch {
    return err({ code: "not-readable", at: "" });
  }
  return checkDescription(document);
}

/** The same for a description that is an object already. */
export function checkDescription(document: unknown): Result<Description, DescriptionFault> {
  const fault = boundsFault(document);
  if (fault) return err(fault);
  const version = isObject(document) ? /^3\.([01])(?:\.|$)/.exec(String(document["openapi"]))?.[1] : undefined;
  if (!isObject(document) || version === undefined) return err({ code: "not-openapi-3", at: "/openapi" });
  return ok({ version: version === "0" ? "3.0" : "3.1", document });
}

/** Walks everything once, without recursion: a description must not end the process that reads it. */
function boundsFault(document: unknown): DescriptionFault | undefined {
  const pending: { value: unknown; at: string; depth: number }[] = [{ value: document, at: "", depth: 0 }];
  let nodes = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, at, depth } = next;
    nodes += 1;
    if (nodes > maxNodes) return { code: "too-large", at: "" };
    if (depth > maxDepth) return { code: "too-deep", at };
    if (typeof value !== "object" || value === null) continue;
    const reference = (value as JsonObject)["$ref"];
    if (typeof reference === "string" && !reference.startsWith("#")) return { code: "remote-reference", at };
    for (const [name, member] of Object.entries(value)) {
      pending.push({ value: member, at: `${at}/${pointerStep(name)}`, depth: depth + 1 });
    }
  }
  return undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One step of a JSON pointer (RFC 6901). */
export function pointerStep(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** What a local reference (`#/components/…`) names; `undefined` when nothing stands there. */
export function lookUp(document: JsonObject, reference: string): unknown {
  let value: unknown = document;
  for (const step of reference.split("/").slice(1)) {
    const name = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/** Percent-decoded; what cannot be decoded stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Follows `$ref` of a parameter, body, response, header or path item; circles and gaps give `undefined`. */
export function resolved(document: JsonObject, value: unknown): JsonObject | undefined {
  let current = value;
  for (let hops = 0; hops < 20; hops += 1) {
    if (!isObject(current)) return undefined;
    const reference = current["$ref"];
    if (typeof reference !== "string") return current;
    current = lookUp(document, reference);
  }
  return undefined;
}
