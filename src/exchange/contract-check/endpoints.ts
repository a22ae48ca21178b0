import type { Endpoint } from "../r1/metaservices.ts";
import { isObject, lookUp, resolved, type Description, type JsonObject } from "./description.ts";

/** The methods that a path item of OpenAPI 3 can have. */
export const operationMethods: readonly string[] = [
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
  "trace",
];

/** One operation of a description. */
export interface Operation {
  readonly method: string;
  /** As the description writes it: `/people/{id}`. */
  readonly path: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
}

/** All operations, in the order of the description. */
export function operationsOf({ document }: Description): readonly Operation[] {
  const paths = document["paths"];
  if (!isObject(paths)) return [];
  return Object.entries(paths).flatMap(([path, entry]) => {
    const item = resolved(document, entry);
    if (!path.startsWith("/") || !item) return [];
    return operationMethods.flatMap((method) => {
      const operation = item[method];
      return isObject(operation) ? [{ method: method.toUpperCase(), path, item, operation }] : [];
    });
  });
}

/** The endpoints of a description as rights see them: `/people/{id}` is `/people/*`; a literal star is escaped. */
export function endpointsOf(description: Description): readonly Endpoint[] {
  const endpoints = operationsOf(description).map(({ method, path }) => ({ method, path: globOf(path) }));
  const seen = new Set<string>();
  return endpoints.filter(({ method, path }) => {
    const key = `${method} ${path}`;
    return !seen.has(key) && Boolean(seen.add(key));
  });
}

function globOf(path: string): string {
  return path
    .split("/")
    .map((segment) => (/\{[^}]*\}/.test(segment) ? "*" : segment.replace(/[\\*]/g, "\\$&")))
    .join("/");
}

/** What a new description would change. Endpoints as `METHOD path`. */
export interface DescriptionChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Endpoints that stay, whose parameters, bodies or answers are written differently. */
  readonly changed: readonly string[];
}

/** Compares two descriptions of one service, before the newer one is taken. */
export function compareDescriptions(before: Description, after: Description): DescriptionChange {
  const [old, fresh] = [before, after].map(
    (description) =>
      new Map(operationsOf(description).map((one) => [`${one.method} ${one.path}`, textOf(description, one)])),
  ) as [Map<string, string>, Map<string, string>];
  return {
    added: [...fresh.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !fresh.has(name)),
    changed: [...fresh].filter(([name, text]) => old.has(name) && old.get(name) !== text).map(([name]) => name),
  };
}

/** An operation with everything it refers to, once each, so that a change of a shared schema shows at its users. */
function textOf({ document }: Description, { item, operation }: Operation): string {
  const said: unknown[] = [item["parameters"], operation];
  const seen = new Set<string>();
  const pending: unknown[] = [...said];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    pending.push(...Object.values(value));
    const reference = (value as JsonObject)["$ref"];
    if (typeof reference !== "string" || seen.has(reference)) continue;
    seen.add(reference);
    const target = lookUp(document, reference);
    said.push([reference, target]);
    pending.push(target);
  }
  return JSON.stringify(said, (_, value: unknown) => (isObject(value) ? inOrder(value) : value));
}

/** Members by name, without words for people, which change without changing what is exchanged. */
function inOrder(value: JsonObject): object {
  const words = ([name, member]: [string, unknown]): boolean =>
    (name === "description" || name === "summary") && typeof member === "string";
  const members = Object.entries(value).filter((member) => !words(member));
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
