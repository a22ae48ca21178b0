import { err, ok, type Result } from "#kernel";
import { lookupFields, sourceName, type FieldType, type RegisterDeclaration } from "../declaration.ts";
import type { QueryRefusal } from "../query.ts";
import { readValue } from "../query.ts";
import type { QueryValue } from "../source.ts";
import type { RowConditions, WriteColumn, WriteValue, WriteValues } from "./store.ts";

/** Characters of a text, and members of a list, that one call may write. */
const longestText = 100_000;
const longestList = 1000;

/** PostgreSQL types whose input is not the text that a reader gets: what was written could not be read again. */
const neverWritten = ["money", "name", "real"];

/** The names of a content, if it is an object of declared fields. */
export function readContent(
  declaration: RegisterDeclaration,
  content: unknown,
): Result<Readonly<Record<string, unknown>>, QueryRefusal> {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return err({ code: "write-invalid" });
  const foreign = Object.keys(content).find((name) => !Object.hasOwn(declaration.fields, name));
  if (foreign !== undefined) return err({ code: "write-invalid", field: foreign.slice(0, 63) });
  return ok(content as Readonly<Record<string, unknown>>);
}

/** Reads `write.content`: every value as its column holds it, to the last digit, or a refusal. */
export function readValues(
  declaration: RegisterDeclaration,
  columns: ReadonlyMap<string, WriteColumn>,
  content: unknown,
): Result<WriteValues, QueryRefusal> {
  const given = readContent(declaration, content);
  if (!given.ok) return given;
  const values: Record<string, WriteValue> = {};
  for (const [field, value] of Object.entries(given.value)) {
    const column = columns.get(sourceName(declaration, field));
    if (!column || column.generated || neverWritten.includes(column.type)) return err({ code: "write-invalid", field });
    if (value === null) {
      if (column.required) return err({ code: "value-missing", field });
      values[field] = null;
      continue;
    }
    const read = writable(declaration.fields[field]!.type, value);
    if (read === undefined || !holds(column.type, read)) return err({ code: "write-invalid", field });
    values[field] = read;
  }
  return ok(values);
}

/**
 * Reads `query.content` of a write: what a lookup must give, and what a search may compare by equality. Rows of a register
 * about people are found with their person only.
 */
export function readConditions(
  declaration: RegisterDeclaration,
  content: unknown,
  { whole }: { readonly whole: boolean },
): Result<RowConditions, QueryRefusal> {
  const given = readContent(declaration, content);
  if (!given.ok) return given;
  const { subject, filters = [] } = declaration;
  if (subject !== undefined && given.value[subject] === undefined)
    return err({ code: "query-without-person", field: subject });
  const needed = lookupFields(declaration);
  const conditions: Record<string, QueryValue> = {};
  for (const [field, value] of Object.entries(given.value)) {
    const read =
      needed.includes(field) || filters.includes(field) ? readValue(typeOf(declaration, field), value) : undefined;
    if (read === undefined) return err({ code: "query-invalid", field });
    conditions[field] = read;
  }
  const absent = whole ? needed.find((field) => conditions[field] === undefined) : undefined;
  if (absent !== undefined) return err({ code: "query-invalid", field: absent });
  return Object.keys(conditions).length === 0 ? err({ code: "query-invalid" }) : ok(conditions);
}

function typeOf({ fields }: RegisterDeclaration, field: string): FieldType | undefined {
  return fields[field]?.type;
}

function writable(type: FieldType, value: unknown): Exclude<WriteValue, null> | undefined {
  if (type !== "text-list") return readValue(type, value, longestText);
  if (!Array.isArray(value) || value.length > longestList) return undefined;
  const parts = value.map((part) => readValue("text", part, longestText));
  return parts.every((part) => typeof part === "string") ? parts : undefined;
}

/** Whether a column of this type keeps the value as it is: nothing cut off, nothing rounded. */
export function holds(type: string, value: Exclude<WriteValue, null>): boolean {
  const [, base = type, first, second] = /^(.*?)\((\d+)(?:,(-?\d+))?\)$/.exec(type) ?? [];
  if (typeof value === "object") return true;
  const text = String(value);
  if (base === "character varying" || base === "character")
    return (first === undefined || codePoints(text) <= Number(first)) && !(base === "character" && text.endsWith(" "));
  if (base === "uuid") return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  const bits = { smallint: 15, integer: 31, bigint: 63 }[base];
  if (bits !== undefined) {
    if (!/^-?\d+$/.test(text)) return false;
    const whole = BigInt(text);
    return whole >= -(2n ** BigInt(bits)) && whole < 2n ** BigInt(bits);
  }
  if (base === "numeric" && first !== undefined) {
    const [, digits = "", decimals = ""] = /^-?0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
    return digits.length <= Number(first) - Number(second ?? 0) && decimals.length <= Number(second ?? 0);
  }
  return true;
}

/** What PostgreSQL counts as characters. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}
