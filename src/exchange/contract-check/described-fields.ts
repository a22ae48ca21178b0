import { checkDescription, isObject, resolved, type JsonObject } from "./description.ts";
import { operationsOf } from "./endpoints.ts";
import { fieldText } from "../fields/field-list.ts";

/** Fields and depth up to which a description is read; what lies deeper belongs to the field above it. */
const most = { fields: 5000, depth: 12 };

/**
 * The fields that a service's answers can have by its description, as a right names them: of rows relative to the row,
 * only the innermost. `undefined` when the description does not say: an answer that succeeds has no schema, or one of
 * anything.
 */
export function describedFields(openapi: object): readonly string[] | undefined {
  const read = checkDescription(openapi);
  if (!read.ok) return undefined;
  const { document } = read.value;
  const fields = new Set<string>();
  for (const { operation } of operationsOf(read.value)) {
    const { responses } = operation;
    if (!isObject(responses)) return undefined;
    for (const [status, response] of Object.entries(responses)) {
      if (!status.startsWith("2") && status !== "default") continue;
      const content = resolved(document, response)?.["content"];
      for (const [type, media] of Object.entries(isObject(content) ? content : {})) {
        if (!/json/i.test(type)) continue;
        const members = membersOf(document, isObject(media) ? media["schema"] : undefined);
        if (members.size === 0) {
          if (status === "default") continue;
          return undefined;
        }
        const rows = members.get("rows");
        for (const [name, schemas] of members) gather(document, [name], schemas, fields);
        for (const [name, schemas] of rows ? membersOfAll(document, rows) : [])
          gather(document, [name], schemas, fields);
      }
    }
  }
  return fields.size === 0 ? undefined : [...fields];
}

type Members = ReadonlyMap<string, readonly unknown[]>;

function gather(document: JsonObject, steps: readonly string[], schemas: readonly unknown[], into: Set<string>): void {
  if (into.size >= most.fields) return;
  const members = steps.length < most.depth ? membersOfAll(document, schemas) : undefined;
  if (!members?.size) return void into.add(fieldText(steps));
  for (const [name, inner] of members) gather(document, [...steps, name], inner, into);
}

function membersOfAll(document: JsonObject, schemas: readonly unknown[]): Members {
  const all = new Map<string, unknown[]>();
  for (const schema of schemas)
    for (const [name, inner] of membersOf(document, schema)) all.set(name, [...(all.get(name) ?? []), ...inner]);
  return all;
}

/** The members of an object, of an array's elements, or of any of the alternatives; nothing where any are allowed. */
function membersOf(document: JsonObject, schema: unknown, hops: number = 0): Members {
  const read = resolved(document, schema);
  const none = new Map<string, readonly unknown[]>();
  if (!read || hops > 10) return none;
  const { properties, items, additionalProperties } = read;
  if (additionalProperties === true || isObject(additionalProperties)) return none;
  const parts = ["allOf", "oneOf", "anyOf"].flatMap((name) =>
    Array.isArray(read[name]) ? (read[name] as unknown[]) : [],
  );
  const all = new Map<string, unknown[]>();
  const take = (members: Members): void => {
    for (const [name, inner] of members) all.set(name, [...(all.get(name) ?? []), ...inner]);
  };
  if (isObject(properties)) take(new Map(Object.entries(properties).map(([name, inner]) => [name, [inner]])));
  for (const part of [...parts, ...(items === undefined ? [] : [items])]) take(membersOf(document, part, hops + 1));
  return all;
}
