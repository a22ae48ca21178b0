import { readFile } from "node:fs/promises";
import { err, ok, readUpTo, type Result } from "#kernel";
import { parse } from "yaml";
import type { FieldType } from "./declaration.ts";
import { fieldName, text, type Seen, type SeenColumn } from "./draft.ts";
import { pointed } from "./rest-operation.ts";

/** Bytes of a description at most, and milliseconds that its server has. */
const largest = 4 * 1024 * 1024;
const patience = 20_000;
/** Steps of `$ref` and `allOf` that are followed: descriptions of trees refer to themselves. */
const deepest = 12;

type Json = Readonly<Record<string, unknown>>;

/** One operation that can be asked, and what a row of its answer is. */
interface Candidate {
  readonly id: string | undefined;
  readonly path: string;
  readonly parameters: readonly Json[];
  /** JSON pointer to the row, or to the list of rows; empty for the whole answer. */
  readonly at: string;
  readonly row: Json;
  readonly answer: Json;
}

/**
 * Looks at a REST service's OpenAPI 3 description, at an address or in a file: which operation finds one row, which one
 * lists rows, and what the fields are. The service itself is not asked.
 * @param operation the `operationId` or path of the look-up, where there are several
 */
export async function lookAtOpenApi(place: string, operation: string | undefined): Promise<Result<Seen, string>> {
  const read = await documentAt(place);
  if (!read.ok) return read;
  const document = read.value;
  const version = String(pointed(document, "/openapi"));
  if (!version.startsWith("3.")) return err(`${place} is no OpenAPI 3 description.`);
  const candidates = candidatesOf(document);
  const lookups = candidates.filter(({ path, list }) => !list && /\/\{[^{}/]+\}$/.test(path));
  const wanted = lookups.filter(({ id, path }) => operation === undefined || operation === id || operation === path);
  const [lookup, ...others] = wanted;
  if (!lookup || others.length > 0) {
    const named = (lookup ? wanted : lookups).map(({ id, path }) => `  ${id ?? path}  GET ${path}`);
    if (named.length === 0) return err(`${place} describes no GET of one record, such as GET /people/{id}.`);
    return err(`Say which look-up, with --operation. There are:\n${named.join("\n")}`);
  }
  const columns = columnsOf(document, lookup.row);
  const key: string[] = [];
  const template = lookup.path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const column = columnCalled(columns, name, lookup.path);
    if (column) key.push(column.name);
    return `{${column ? fieldName(column.name) : name}}`;
  });
  const collection = lookup.path.slice(0, lookup.path.lastIndexOf("/"));
  const list = candidates.find(({ path, list: many }) => many && path === collection);
  const search = list && searchOf(list, columns);
  const name = collection.split("/").findLast((part) => part !== "" && !part.includes("{")) ?? "register";
  return ok({
    source: [
      ...baseOf(document, place),
      `lookup: ${text(`GET ${template}`)}`,
      ...(lookup.at === "" ? [] : [`row: ${text(lookup.at)}`]),
      ...(search?.lines ?? []),
      "# headers: { Authorization: env:SERVICE_TOKEN } # what the service wants to see; values from the environment",
    ],
    name,
    key,
    filters: search?.filters ?? [],
    convert: "name its parts, each with `from: /…`",
    columns,
  });
}

async function documentAt(place: string): Promise<Result<Json, string>> {
  let bytes: Uint8Array | undefined;
  try {
    if (/^https?:\/\//.test(place)) {
      const answer = await fetch(place, { signal: AbortSignal.timeout(patience) });
      if (!answer.ok || !answer.body) return err(`${place} answers ${answer.status}.`);
      bytes = await readUpTo(answer.body, largest);
    } else bytes = await readFile(place);
  } catch (fault) {
    const { code, cause } = fault as { readonly code?: string; readonly cause?: { readonly code?: string } };
    return err(`${place} cannot be read (${cause?.code ?? code ?? "no answer"}).`);
  }
  if (!bytes || bytes.length > largest) return err(`${place} is longer than 4 MiB.`);
  try {
    const document: unknown = parse(Buffer.from(bytes).toString("utf8"), { maxAliasCount: 100 });
    if (typeof document === "object" && document !== null) return ok(document as Json);
  } catch {
    // said below
  }
  return err(`${place} is neither JSON nor YAML.`);
}

function candidatesOf(document: Json): readonly (Candidate & { readonly list: boolean })[] {
  return Object.entries(json(document["paths"])).flatMap(([path, item]) => {
    const get = json(json(item)["get"]);
    const answer = resolved(document, pointed(answerOf(document, get), "/schema"));
    const row = rowIn(document, answer);
    if (!row) return [];
    const parameters = [json(item)["parameters"], get["parameters"]]
      .flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))
      .map((one) => resolved(document, one));
    const id = typeof get["operationId"] === "string" ? get["operationId"] : undefined;
    return [{ id, path, parameters, answer, ...row }];
  });
}

/** The JSON of an operation's answer 200. */
function answerOf(document: Json, operation: Json): Json {
  const response = resolved(document, pointed(operation, "/responses/200") ?? pointed(operation, "/responses/default"));
  const [, media] = Object.entries(json(response["content"])).find(([type]) => /[/+]json\b/.test(type)) ?? [];
  return json(media);
}

/** Where in an answer its row or its list of rows is: the whole, or its one member that is an object or a list of them. */
function rowIn(
  document: Json,
  answer: Json,
): { readonly at: string; readonly row: Json; readonly list: boolean } | undefined {
  if (typesOf(answer).includes("array")) return { at: "", row: resolved(document, answer["items"]), list: true };
  const members = Object.entries(json(answer["properties"])).map(
    ([name, schema]) => [name, resolved(document, schema)] as const,
  );
  const listed = members.filter(
    ([, schema]) => typesOf(schema).includes("array") && isObject(resolved(document, schema["items"])),
  );
  const [only, ...more] = listed;
  const plain = members.filter(([, schema]) => !isObject(schema) && !typesOf(schema).includes("array"));
  if (only && more.length === 0 && plain.every(([name]) => isPaging(name)))
    return { at: pointerTo(only[0]), row: resolved(document, only[1]["items"]), list: true };
  const [wrapped] = members;
  if (wrapped && members.length === 1 && isObject(wrapped[1]))
    return { at: pointerTo(wrapped[0]), row: wrapped[1], list: false };
  return members.length > 0 ? { at: "", row: answer, list: false } : undefined;
}

const cursorName = /^(next|cursor|after|next_?(cursor|token|page(_?token)?)|page_?token|continuation(_?token)?)$/i;
const limitName = /^(limit|page_?size|per_?page|size|top|max_?results)$/i;

function isPaging(name: string): boolean {
  return (
    cursorName.test(name) ||
    limitName.test(name) ||
    /^(total|count|page|pages|offset|previous|prev|has_?more|total_?\w+)$/i.test(name)
  );
}

/** The search of a list: by what of its query, and how its pages follow each other. Nothing if it needs what no field gives. */
function searchOf(
  { path, parameters, at, answer }: Candidate,
  columns: readonly SeenColumn[],
): { readonly lines: readonly string[]; readonly filters: readonly string[] } | undefined {
  const next = Object.keys(json(answer["properties"])).find((name) => cursorName.test(name));
  const filters: string[] = [];
  const query: string[] = [];
  for (const parameter of parameters.filter((one) => one["in"] === "query")) {
    const name = String(parameter["name"]);
    const column = columns.find((one) => folded(one.name) === folded(name) && one.types?.[0] !== "text-list");
    if (column?.types?.length) {
      filters.push(column.name);
      query.push(`${encodeURIComponent(name)}={${fieldName(column.name)}}`);
    } else if (limitName.test(name)) query.push(`${encodeURIComponent(name)}={limit}`);
    else if (cursorName.test(name) && next !== undefined) query.push(`${encodeURIComponent(name)}={cursor}`);
    else if (parameter["required"] === true) return undefined;
  }
  if (filters.length === 0 || path.includes("{")) return undefined;
  const lines = [
    `search: ${text(`GET ${path}?${query.join("&")}`)}`,
    ...(at === "" ? [] : [`rows: ${text(at)}`]),
    ...(next === undefined || !query.some((one) => one.endsWith("{cursor}")) ? [] : [`next: ${text(pointerTo(next))}`]),
  ];
  return { lines, filters };
}

/** The fields of a row; those of an object in it each by its pointer. */
function columnsOf(document: Json, row: Json, before = ""): readonly SeenColumn[] {
  return Object.entries(json(row["properties"])).flatMap(([name, given]): readonly SeenColumn[] => {
    const schema = resolved(document, given);
    const parts = before === "" && isObject(schema) ? columnsOf(document, schema, pointerTo(name)) : [];
    if (parts.length > 0) return parts;
    const types = fieldTypes(document, schema);
    const about = schema["title"] ?? schema["description"];
    return [
      {
        name: before === "" && !name.startsWith("/") ? name : `${before}${pointerTo(name)}`,
        types,
        type: typesOf(schema).join(" or ") || "no one type",
        comment: typeof about === "string" ? about.slice(0, 200) : null,
        values: [],
      },
    ];
  });
}

function fieldTypes(document: Json, schema: Json): readonly FieldType[] {
  const [type, ...others] = typesOf(schema).filter((one) => one !== "null");
  if (others.length > 0) return [];
  const { format } = schema;
  if (type === "string") return [format === "date" ? "date" : format === "date-time" ? "timestamp" : "text"];
  if (type === "integer") return [format === "int64" ? "numeric" : "integer"];
  if (type === "number") return ["double"];
  if (type === "boolean") return ["boolean"];
  return type === "array" && typesOf(resolved(document, schema["items"])).join() === "string" ? ["text-list"] : [];
}

/** The column that a parameter of a path means: of its name, or `id` for `{personId}` of `/persons/{personId}`. */
function columnCalled(columns: readonly SeenColumn[], name: string, path: string): SeenColumn | undefined {
  const same = columns.find((one) => folded(one.name) === folded(name));
  if (same || !path.endsWith(`{${name}}`)) return same;
  return columns.find((one) => folded(name).endsWith(folded(one.name)) && /^(id|code|number|no|uuid)$/i.test(one.name));
}

function baseOf(document: Json, place: string): readonly string[] {
  const given = pointed(document, "/servers/0/url");
  const from = /^https?:/.test(place) ? place : undefined;
  const url = typeof given === "string" && given !== "" ? given : "/";
  if (!url.includes("{") && URL.canParse(url, from)) {
    const { origin, pathname } = new URL(url, from);
    return [`rest: ${text(`${origin}${pathname.replace(/\/$/, "")}`)}`];
  }
  return ["rest: https://service.invalid # the description does not say where the service is"];
}

/** A schema, parameter or answer behind its `$ref`, with the members of its `allOf`. */
function resolved(document: Json, given: unknown, depth = 0): Json {
  const value = json(given);
  if (depth > deepest) return {};
  const { $ref: reference } = value;
  if (typeof reference === "string")
    return reference.startsWith("#/")
      ? resolved(document, pointed(document, decodeURI(reference.slice(1))), depth + 1)
      : {};
  const all = value["allOf"];
  if (!Array.isArray(all)) return value;
  const parts = [...(all as readonly unknown[]).map((part) => resolved(document, part, depth + 1)), value];
  const properties = Object.assign({}, ...parts.map((part) => json(part["properties"]))) as Json;
  return { ...(Object.assign({}, ...parts) as Json), type: "object", properties };
}

function typesOf({ type, properties }: Json): readonly string[] {
  if (type === undefined) return properties === undefined ? [] : ["object"];
  return [type].flat().map(String);
}

function isObject(schema: Json): boolean {
  return typesOf(schema).includes("object") && Object.keys(json(schema["properties"])).length > 0;
}

function json(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function pointerTo(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function folded(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
