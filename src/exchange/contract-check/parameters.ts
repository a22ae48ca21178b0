import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { isObject, resolved, type JsonObject } from "./description.ts";

/** One parameter of an operation, resolved. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required: boolean;
  readonly schema: unknown;
  readonly style: string;
  readonly explode: boolean;
  /** Said with `content`: the value is JSON text. */
  readonly isJson: boolean;
}

/** Headers that a description may not speak of as parameters (OpenAPI 3, Parameter Object). */
const notParameters = new Set(["accept", "content-type", "authorization"]);

/** Parameters of path item and operation; the operation's own win. */
export function parametersOf(document: JsonObject, item: JsonObject, operation: JsonObject): readonly Parameter[] {
  const found = new Map<string, Parameter>();
  for (const list of [item["parameters"], operation["parameters"]]) {
    if (!Array.isArray(list)) continue;
    for (const entry of list) {
      const parameter = readParameter(resolved(document, entry));
      if (parameter) found.set(`${parameter.in} ${parameter.name.toLowerCase()}`, parameter);
    }
  }
  return [...found.values()].filter((one) => one.in !== "header" || !notParameters.has(one.name.toLowerCase()));
}

function readParameter(given: JsonObject | undefined): Parameter | undefined {
  const place = given?.["in"];
  const name = given?.["name"];
  if (given === undefined || typeof name !== "string") return undefined;
  if (place !== "path" && place !== "query" && place !== "header" && place !== "cookie") return undefined;
  const usual = place === "query" || place === "cookie" ? "form" : "simple";
  const style = typeof given["style"] === "string" ? given["style"] : usual;
  const explode = typeof given["explode"] === "boolean" ? given["explode"] : style === "form";
  const content = given["content"];
  const [media] = isObject(content) ? Object.values(content) : [];
  return {
    name,
    in: place,
    required: place === "path" || given["required"] === true,
    schema: (isObject(media) ? media["schema"] : given["schema"]) ?? true,
    style,
    explode,
    isJson: media !== undefined,
  };
}

/** Names and values of a query or form, decoded; `undefined` for a broken escape. */
export function readPairs(text: string): readonly (readonly [name: string, value: string])[] | undefined {
  if (text === "") return [];
  const pairs: [string, string][] = [];
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const mark = pair.indexOf("=");
    const name = decoded(mark === -1 ? pair : pair.slice(0, mark));
    const value = decoded(mark === -1 ? "" : pair.slice(mark + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Where the texts of parameters are looked up. */
export interface ParameterTexts {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: RawHeaders;
}

/** What stands in the place of a value: none, no JSON where JSON should be, or several where one should be. */
type NoValue = "absent" | "not-json" | "repeated";

/**
 * The value a parameter has in a call, as the schema's types want it: texts become numbers and booleans where they are
 * written so. One that is there twice and is no list has none: of the two some servers take the first, some the last.
 */
export function parameterValue(
  parameter: Parameter,
  texts: ParameterTexts,
  typesOf: (schema: unknown) => ReadonlySet<string>,
): { readonly value: unknown } | NoValue {
  const { schema, style, explode, isJson } = parameter;
  const types = typesOf(schema);
  if (style === "deepObject") return deepObject(parameter, texts, typesOf);
  const given = textsOf(parameter, texts);
  const [first] = given;
  if (first === undefined) {
    return parameter.in === "query" && types.has("object") && style === "form" && explode
      ? exploded(schema, texts, typesOf)
      : "absent";
  }
  const isList = types.has("array") && !isJson;
  if (given.length > 1 && !isList) return "repeated";
  if (isJson) {
    try {
      return { value: JSON.parse(first) };
    } catch {
      return "not-json";
    }
  }
  if (isList && (given.length > 1 || !types.has("string"))) {
    const separator = style === "spaceDelimited" ? " " : style === "pipeDelimited" ? "|" : ",";
    const repeats = explode && parameter.in === "query" && style === "form";
    const parts = repeats ? given : given.flatMap((text) => (text === "" ? [] : text.split(separator)));
    const items = typesOf(isObject(schema) ? schema["items"] : undefined);
    return { value: parts.map((part) => typed(parameter.in === "header" ? part.trim() : part, items)) };
  }
  return { value: typed(first, types) };
}

function textsOf(parameter: Parameter, { path, query, headers }: ParameterTexts): readonly string[] {
  const { name } = parameter;
  switch (parameter.in) {
    case "path":
      return Object.hasOwn(path, name) ? [path[name]!] : [];
    case "query":
      return query.filter(([given]) => given === name || given === `${name}[]`).map(([, value]) => value);
    case "header":
      return headerValues(headers, name);
    case "cookie":
      return headerValues(headers, "cookie").flatMap((line) =>
        line.split(";").flatMap((pair) => {
          const [given, ...value] = pair.trim().split("=");
          return given === name ? [value.join("=")] : [];
        }),
      );
  }
}

/** `filter[name]=x`: the members of an object, each under its own name. */
function deepObject(
  { name, schema }: Parameter,
  { query }: ParameterTexts,
  typesOf: (schema: unknown) => ReadonlySet<string>,
): { readonly value: unknown } | NoValue {
  const members: [string, unknown][] = [];
  for (const [given, value] of query) {
    const key = given.startsWith(`${name}[`) && given.endsWith("]") ? given.slice(name.length + 1, -1) : undefined;
    if (key !== undefined) members.push([key, typed(value, typesOf(propertyOf(schema, key)))]);
  }
  return objectOf(members);
}

function objectOf(members: readonly (readonly [string, unknown])[]): { readonly value: unknown } | NoValue {
  if (new Set(members.map(([name]) => name)).size < members.length) return "repeated";
  return members.length === 0 ? "absent" : { value: Object.fromEntries(members) };
}

/** An object whose members stand in the query by their own names. */
function exploded(
  schema: unknown,
  { query }: ParameterTexts,
  typesOf: (schema: unknown) => ReadonlySet<string>,
): { readonly value: unknown } | NoValue {
  const members = query.flatMap(([name, value]) => {
    const property = propertyOf(schema, name);
    return property === undefined ? [] : [[name, typed(value, typesOf(property))] as const];
  });
  return objectOf(members);
}

export function propertyOf(schema: unknown, name: string): unknown {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  return isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** A text as the type that its schema asks for, when it is written as one. */
export function typed(text: string, types: ReadonlySet<string>): unknown {
  const isNumeric = types.has("integer") || types.has("number");
  if (isNumeric && /^-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/.test(text)) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  if (types.has("null") && !types.has("string") && text === "") return null;
  return text;
}
