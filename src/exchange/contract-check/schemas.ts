import {
  isObject,
  lookUp,
  pointerStep,
  type Description,
  type DescriptionFault,
  type JsonObject,
} from "./description.ts";
import { formats } from "./formats.ts";
import { compilePattern, PatternError } from "./linear-pattern.ts";

/** Who writes the value: `readOnly` members are not asked of a request, `writeOnly` ones not of a response. */
export type Direction = "request" | "response";

/** The schemas of a description in one direction, as one JSON Schema (2020-12) that refers to nothing outside itself. */
export interface SchemaSet {
  /** Takes a schema in, from a place of the description; gives its name among `definitions`. */
  add(schema: unknown, at: string): string;
  /** Everything taken in so far and all that it refers to. */
  readonly definitions: Readonly<Record<string, object | boolean>>;
  /** What could not be used; the rest of a schema is used all the same. */
  readonly findings: readonly DescriptionFault[];
  /** The JSON types a schema allows as far as it says so, through references. */
  readonly typesOf: (schema: unknown) => ReadonlySet<string>;
}

/** Counts references while a value is checked, so that none takes for ever. */
export const stepKeyword = "x-taroko-step";
/** `uniqueItems` in linear time. */
export const uniqueKeyword = "x-taroko-unique";

const numbers = ["multipleOf", "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"];
const numbers31 = ["maxContains", "minContains"];
const inPlace = ["allOf", "anyOf", "oneOf"];
const inPlaceOne = ["not", "if", "then", "else"];
const maxFindings = 50;

export function openSchemas({ document, version }: Description, direction: Direction): SchemaSet {
  const definitions: Record<string, object | boolean> = {};
  const names = new Map<unknown, string>();
  const findings: DescriptionFault[] = [];
  /** Per definition, those it applies to the same value: a circle of these would never end. */
  const applies = new Map<string, Set<string>>();
  const note = (code: DescriptionFault["code"], at: string): void => {
    if (findings.length < maxFindings) findings.push({ code, at });
  };

  function add(schema: unknown, at: string): string {
    const pending: [unknown, string][] = [];
    const first = nameOf(schema, at, pending);
    for (let next = pending.pop(); next; next = pending.pop()) convertInto(next[0], next[1], pending);
    return first;
  }

  function nameOf(schema: unknown, at: string, pending: [unknown, string][]): string {
    const known = typeof schema === "object" ? names.get(schema) : undefined;
    if (known !== undefined) return known;
    const name = `s${names.size}`;
    names.set(typeof schema === "object" ? schema : Symbol(name), name);
    definitions[name] = true;
    if (typeof schema === "boolean") definitions[name] = schema;
    else pending.push([schema, at]);
    return name;
  }

  function convertInto(schema: unknown, at: string, pending: [unknown, string][]): void {
    const name = names.get(schema)!;
    const applied = new Set<string>();
    applies.set(name, applied);
    definitions[name] = convert(schema, at, { applied, pending });
    if (isCircle(name)) {
      definitions[name] = true;
      applied.clear();
      note("reference-circular", at);
    }
  }

  function isCircle(name: string): boolean {
    const seen = new Set<string>();
    const pending = [...(applies.get(name) ?? [])];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next === name) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      pending.push(...(applies.get(next) ?? []));
    }
    return false;
  }

  interface Within {
    /** References found on the same value; nothing when what is converted is a member of it. */
    readonly applied: Set<string> | undefined;
    readonly pending: [unknown, string][];
  }

  function convert(schema: unknown, at: string, within: Within): object | boolean {
    if (typeof schema === "boolean") return schema;
    if (!isObject(schema)) {
      note("schema-malformed", at);
      return true;
    }
    const target = schema["$ref"];
    const reference = typeof target === "string" ? referred(target, at, within) : {};
    if (typeof target === "string" && version === "3.0") return reference; // 3.0: what stands beside `$ref` is ignored
    const inner: Within = { applied: undefined, pending: within.pending };
    const out: Record<string, unknown> = { ...reference };

    for (const name of numbers) copy(name, (value) => typeof value === "number");
    bounds(schema, out);
    for (const [name, value] of Object.entries(schema)) {
      const here = `${at}/${pointerStep(name)}`;
      if (inPlace.includes(name) && Array.isArray(value)) {
        if (value.length > 0) out[name] = value.map((one, index) => convert(one, `${here}/${index}`, within));
      } else if (name === "not" || (version === "3.1" && inPlaceOne.includes(name))) {
        out[name] = convert(value, here, within);
      } else if (name === "properties") out[name] = mapped(value, here, inner);
      else if (name === "patternProperties" && version === "3.1") patterns(value, here, out);
      else if (name === "items" || name === "additionalProperties") out[name] ??= convert(value, here, inner);
    }
    if (version === "3.1") later(schema, at, out, within);
    typed(schema, at, out);
    if (Array.isArray(schema["required"])) {
      const required = schema["required"].filter((name) => typeof name === "string" && !isOthers(schema, name));
      if (required.length > 0) out["required"] = [...new Set(required)];
    }
    if (schema["uniqueItems"] === true) out[uniqueKeyword] = true;
    const { format, pattern } = schema;
    if (typeof format === "string" && (Object.hasOwn(formats, format) || /^int(32|64)$/.test(format)))
      out["format"] = format;
    if (typeof pattern === "string" && usable(pattern, `${at}/pattern`)) out["pattern"] = pattern;
    return version === "3.0" && schema["nullable"] === true && out["type"] === undefined && Object.keys(out).length > 0
      ? { anyOf: [{ type: "null" }, out] }
      : out;

    function copy(name: string, fits: (value: unknown) => boolean): void {
      const value = schema instanceof Object ? (schema as JsonObject)[name] : undefined;
      if (value === undefined) return;
      if (fits(value)) out[name] = value;
      else note("schema-malformed", `${at}/${name}`);
    }

    function patterns(value: unknown, here: string, into: Record<string, unknown>): void {
      if (!isObject(value)) return note("schema-malformed", here);
      const kept = Object.entries(value).filter(([source]) => usable(source, `${here}/${pointerStep(source)}`));
      into["patternProperties"] = Object.fromEntries(
        kept.map(([source, one]) => [source, convert(one, `${here}/${pointerStep(source)}`, inner)]),
      );
      // Without one of its patterns a schema no longer knows which members are additional.
      if (kept.length < Object.keys(value).length) into["additionalProperties"] = true;
    }
  }

  /** What 3.1 has and 3.0 does not. */
  function later(schema: JsonObject, at: string, out: Record<string, unknown>, within: Within): void {
    const inner: Within = { applied: undefined, pending: within.pending };
    for (const name of numbers31) if (typeof schema[name] === "number") out[name] = schema[name];
    if ("const" in schema) out["const"] = schema["const"];
    const { prefixItems, dependentRequired } = schema;
    if (Array.isArray(prefixItems) && prefixItems.length > 0) {
      out["prefixItems"] = prefixItems.map((one, index) => convert(one, `${at}/prefixItems/${index}`, inner));
    }
    for (const name of ["contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties"]) {
      if (name in schema) out[name] = convert(schema[name], `${at}/${name}`, inner);
    }
    if ("dependentSchemas" in schema) out["dependentSchemas"] = mapped(schema["dependentSchemas"], at, within);
    if (isObject(dependentRequired)) {
      out["dependentRequired"] = Object.fromEntries(
        Object.entries(dependentRequired).filter(
          ([, names]) => Array.isArray(names) && names.every((one) => typeof one === "string"),
        ),
      );
    }
  }

  function mapped(value: unknown, at: string, within: Within): object {
    if (!isObject(value)) {
      note("schema-malformed", at);
      return {};
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, convert(one, `${at}/${pointerStep(name)}`, within)]),
    );
  }

  function referred(reference: string, at: string, { applied, pending }: Within): object {
    const schema = lookUp(document, reference);
    if (!isObject(schema) && typeof schema !== "boolean") {
      note("reference-unknown", `${at}/$ref`);
      return {};
    }
    const name = nameOf(schema, reference.slice(1), pending);
    applied?.add(name);
    return { $ref: `#/$defs/${name}`, [stepKeyword]: true };
  }

  function typed(schema: JsonObject, at: string, out: Record<string, unknown>): void {
    const { type, nullable } = schema;
    const types = typeof type === "string" ? [type] : Array.isArray(type) ? type : undefined;
    const known = types?.filter((one): one is string => typeof one === "string" && jsonTypes.has(one)) ?? [];
    if (types && known.length < types.length) note("schema-malformed", `${at}/type`);
    const isNullable = version === "3.0" && nullable === true;
    if (known.length > 0) out["type"] = [...new Set(isNullable ? [...known, "null"] : known)];
    const values = schema["enum"];
    if (Array.isArray(values) && values.length > 0) {
      out["enum"] = isNullable && known.length > 0 && !values.includes(null) ? [...values, null] : values;
    }
  }

  /** Whether a required member is the other side's to give. */
  function isOthers(schema: JsonObject, name: string): boolean {
    const { properties } = schema;
    let property = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isObject(property) && typeof property["$ref"] === "string" && property["readOnly"] === undefined) {
      property = lookUp(document, property["$ref"]);
    }
    return isObject(property) && property[direction === "request" ? "readOnly" : "writeOnly"] === true;
  }

  function usable(pattern: string, at: string): boolean {
    try {
      compilePattern(pattern);
      return true;
    } catch (fault) {
      if (!(fault instanceof PatternError)) throw fault;
      note("pattern-refused", at);
      return false;
    }
  }

  function typesOf(schema: unknown): ReadonlySet<string> {
    const types = new Set<string>();
    const seen = new Set<unknown>();
    const pending = [schema];
    while (pending.length > 0) {
      const next = pending.pop();
      if (!isObject(next) || seen.has(next)) continue;
      seen.add(next);
      const { type, nullable } = next;
      for (const one of Array.isArray(type) ? type : [type]) if (typeof one === "string") types.add(one);
      if (nullable === true) types.add("null");
      if (typeof next["$ref"] === "string") pending.push(lookUp(document, next["$ref"]));
      for (const name of inPlace) if (Array.isArray(next[name])) pending.push(...(next[name] as unknown[]));
    }
    return types;
  }

  return { add, definitions, findings, typesOf };
}

const jsonTypes = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);

/** Minimum and maximum; in 3.0 the exclusive ones are flags beside them. */
function bounds(schema: JsonObject, out: Record<string, unknown>): void {
  for (const [plain, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    const limit = schema[plain];
    const flag = schema[exclusive];
    if (typeof flag === "number") out[exclusive] = flag;
    if (typeof limit === "number") out[flag === true ? exclusive : plain] = limit;
  }
}
