import { readUpTo, err, ok, type Result } from "#kernel";
import { parse } from "yaml";
import { lookupFields, searchFields, type RegisterDeclaration } from "./declaration.ts";
import { openInside } from "./files/place.ts";
import type { Condition, Finding, Query, RestSource } from "./source.ts";

/** How a REST service is asked. Names in braces are fields, and `limit` and `cursor` of a search. */
export interface Operation {
  readonly method: "GET" | "POST";
  /** For example `/people/{national_id}`. */
  readonly path: string;
  /** Parameter → what stands for it; sent only when all of its names have a value. */
  readonly query: readonly (readonly [name: string, template: string])[];
}

/** The declared operation, or the one whose `operationId` it gives; nothing when the register has no such operation. */
export async function operationOf(
  source: RestSource,
  name: Query["operation"],
  declaration: RegisterDeclaration,
  folder: string,
): Promise<Result<Operation | undefined, Finding>> {
  const text = source[name];
  const where = `source.${name}`;
  const wanted = name === "lookup" || searchFields(declaration).length > 0;
  if (text === undefined) {
    return wanted
      ? err({
          where,
          message: `Say how the service is asked, for example GET /people/{${declaration.key[0] ?? "id"}}.`,
        })
      : ok(undefined);
  }
  if (!wanted) return err({ where, message: "A search needs filters; declare some, or leave it out." });
  const read =
    text.includes(" ") || source.openapi === undefined
      ? declared(text)
      : await described(source.openapi, text, declaration, folder);
  if (!read.ok) return err({ where: read.error.openapi ? "source.openapi" : where, message: read.error.message });
  const allowed = name === "lookup" ? lookupFields(declaration) : [...searchFields(declaration), "limit", "cursor"];
  const strange = namesIn(read.value).find((used) => !allowed.includes(used.replace(/\.(from|to|prefix)$/, "")));
  if (strange !== undefined)
    return err({ where, message: `{${strange}} is nothing that a ${name} asks by: ${allowed.join(", ")}.` });
  const absent = name === "lookup" ? allowed.find((field) => !namesIn(read.value).includes(field)) : undefined;
  // A key that the service never learns would make it answer one row for all.
  if (absent !== undefined && declaration.key.includes(absent))
    return err({ where, message: `It does not say {${absent}}, which is in the key.` });
  return ok(read.value);
}

interface Unusable {
  readonly message: string;
  readonly openapi?: boolean;
}

function declared(text: string): Result<Operation, Unusable> {
  const match = /^(GET|POST) (\/[^\s?#]*)(?:\?([^\s#]*))?$/.exec(text);
  if (!match)
    return err({
      message: "Write method and path, for example GET /people/{id}?limit={limit}; only GET and POST are asked.",
    });
  const query = (match[3] ?? "").split("&").filter((pair) => pair !== "");
  return ok({
    method: match[1] as Operation["method"],
    path: match[2]!,
    query: query.map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  });
}

interface Parameter {
  readonly name?: unknown;
  readonly in?: unknown;
}

/** Finds an operation in an OpenAPI document; its query parameters that are called like a field are given it. */
async function described(
  file: string,
  operationId: string,
  declaration: RegisterDeclaration,
  folder: string,
): Promise<Result<Operation, Unusable>> {
  const opened = await openInside(folder, file);
  if (!opened.ok) return err({ message: opened.error, openapi: true });
  let document: unknown;
  try {
    const bytes = await readUpTo(opened.value.createReadStream(), 4 * 1024 * 1024);
    document = parse(Buffer.from(bytes ?? []).toString("utf8"), { maxAliasCount: 100 });
  } catch {
    return err({ message: `${file} is neither JSON nor YAML.`, openapi: true });
  }
  const paths = pointed(document, "/paths");
  for (const [path, item] of Object.entries(typeof paths === "object" && paths !== null ? paths : {})) {
    for (const method of ["get", "post"] as const) {
      if (pointed(item, `/${method}/operationId`) !== operationId) continue;
      const parameters = [pointed(item, "/parameters"), pointed(item, `/${method}/parameters`)].flatMap((list) =>
        Array.isArray(list) ? (list as Parameter[]) : [],
      );
      const known = [...Object.keys(declaration.fields), "limit", "cursor"];
      const query = parameters.flatMap(({ name, in: place }) =>
        place === "query" && typeof name === "string" && known.includes(name) ? [[name, `{${name}}`] as const] : [],
      );
      return ok({ method: method === "get" ? "GET" : "POST", path, query });
    }
  }
  return err({ message: `${file} has no GET or POST operation with the operationId ${operationId}.` });
}

function namesIn({ path, query }: Operation): readonly string[] {
  return [path, ...query.map(([, template]) => template)].flatMap((text) =>
    [...text.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1]!),
  );
}

/** The address of one call, every value escaped; nothing when a value cannot stand in a path. */
export function targetOf(
  base: string,
  { path, query }: Operation,
  o: { readonly conditions: readonly Condition[]; readonly limit: number; readonly cursor?: string | undefined },
): string | undefined {
  const values = new Map<string, string>([["limit", String(o.limit)]]);
  if (o.cursor !== undefined) values.set("cursor", o.cursor);
  for (const condition of o.conditions) {
    if ("equals" in condition) values.set(condition.field, String(condition.equals));
    else
      for (const [end, value] of Object.entries(condition))
        if (end !== "field") values.set(`${condition.field}.${end}`, String(value));
  }
  const segments = path.split("/").map((segment) => filled(segment, values));
  if (
    segments.some(
      (segment, index) =>
        segment === undefined ||
        segment === "." ||
        segment === ".." ||
        (segment === "" && path.split("/")[index] !== ""),
    )
  ) {
    return undefined;
  }
  const parameters = query.flatMap(([name, template]) => {
    const value = filled(template, values);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return `${base.replace(/\/$/, "")}${segments.join("/")}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`;
}

function filled(template: string, values: ReadonlyMap<string, string>): string | undefined {
  let absent = false;
  const text = template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = values.get(name);
    absent ||= value === undefined;
    return encodeURIComponent(value ?? "");
  });
  return absent ? undefined : text;
}

/** What a JSON pointer (RFC 6901) points at, own members only; nothing where there is none. */
export function pointed(value: unknown, pointer: string): unknown {
  let at = value;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}
