import { err, ok, type Result } from "#kernel";
import {
  defaultPageSize,
  lookupFields,
  searchFields,
  type FieldType,
  type RegisterDeclaration,
} from "./declaration.ts";
import type { RegisterProblem } from "./problems.ts";
import type { Condition, Query, QueryValue } from "./source.ts";

/** Why a body is no question to this register. */
export interface QueryRefusal {
  readonly code: RegisterProblem;
  readonly field?: string;
}

/** Reads a lookup's body: the whole key and the person, perhaps `fields`, nothing else. */
export function readLookup(declaration: RegisterDeclaration, body: Uint8Array): Result<Query, QueryRefusal> {
  const asked = lookupFields(declaration);
  const read = readBody(declaration, body, (name, value) =>
    asked.includes(name) ? equal(declaration, name, value) : undefined,
  );
  if (!read.ok) return read;
  const { conditions, fields, cursor, limit } = read.value;
  const absent = asked.find((name) => !conditions.some(({ field }) => field === name));
  const foreign = cursor === undefined ? (limit === undefined ? undefined : "limit") : "cursor";
  if (absent !== undefined || foreign) return err({ code: "query-invalid", field: absent ?? foreign! });
  return ok({ operation: "lookup", conditions, fields, limit: 1 });
}

/** Reads a search's body: at least one declared condition, the person among them if there is one. */
export function readSearch(declaration: RegisterDeclaration, body: Uint8Array): Result<Query, QueryRefusal> {
  const asked = searchFields(declaration);
  const read = readBody(declaration, body, (name, value) =>
    asked.includes(name) ? searched(declaration, name, value) : undefined,
  );
  if (!read.ok) return read;
  const { conditions, fields, cursor, limit } = read.value;
  // Without a condition a search would hand out the whole register, page by page.
  if (conditions.length === 0) return err({ code: "query-invalid" });
  return ok({
    operation: "search",
    conditions,
    fields,
    cursor,
    limit: limit ?? declaration.pageSize ?? defaultPageSize,
  });
}

interface ReadBody {
  readonly conditions: readonly Condition[];
  readonly fields: readonly string[];
  readonly cursor?: string;
  readonly limit?: number;
}

function readBody(
  declaration: RegisterDeclaration,
  body: Uint8Array,
  condition: (name: string, value: unknown) => Condition | undefined,
): Result<ReadBody, QueryRefusal> {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return err({ code: "query-invalid" });
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return err({ code: "query-invalid" });
  const { subject, pageSize = defaultPageSize } = declaration;
  if (subject !== undefined && !Object.hasOwn(given, subject)) {
    return err({ code: "query-without-person", field: subject });
  }
  const conditions: Condition[] = [];
  let read: Omit<ReadBody, "conditions"> = { fields: Object.keys(declaration.fields) };
  for (const [name, value] of Object.entries(given)) {
    const wrong = err({ code: "query-invalid", field: name.slice(0, 63) } as const);
    if (name === "cursor") {
      if (typeof value !== "string" || value.length > 4000) return wrong;
      read = { ...read, cursor: value };
    } else if (name === "limit") {
      if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > pageSize) return wrong;
      read = { ...read, limit: value };
    } else if (name === "fields") {
      const fields = readFields(declaration, value);
      if (!fields) return wrong;
      read = { ...read, fields };
    } else {
      const one = condition(name, value);
      if (!one) return wrong;
      conditions.push(one);
    }
  }
  return ok({ ...read, conditions });
}

function readFields(declaration: RegisterDeclaration, value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const wanted = new Set<unknown>(value);
  const known = Object.keys(declaration.fields).filter((name) => wanted.has(name));
  return known.length === value.length ? known : undefined;
}

function equal(declaration: RegisterDeclaration, field: string, value: unknown): Condition | undefined {
  const equals = readValue(declaration.fields[field]?.type, value);
  return equals === undefined ? undefined : { field, equals };
}

function searched(declaration: RegisterDeclaration, field: string, value: unknown): Condition | undefined {
  const { filters = [], ranges = [], prefixes = [] } = declaration;
  if (typeof value !== "object" || value === null) {
    return filters.includes(field) ? equal(declaration, field, value) : undefined;
  }
  const members = Object.keys(value);
  if (members.length === 0) return undefined;
  if (prefixes.includes(field) && members.every((name) => name === "prefix")) {
    const prefix = readValue("text", (value as { prefix: unknown }).prefix);
    return typeof prefix === "string" && prefix !== "" ? { field, prefix } : undefined;
  }
  if (!ranges.includes(field) || !members.every((name) => name === "from" || name === "to")) return undefined;
  const type = declaration.fields[field]?.type;
  const ends = Object.entries(value).map(([name, end]) => [name, readValue(type, end)] as const);
  return ends.some(([, end]) => end === undefined) ? undefined : { field, ...(Object.fromEntries(ends) as object) };
}

/** A value of a declared type as JSON has it, or nothing. Lists are not compared. */
export function readValue(type: FieldType | undefined, value: unknown, longest: number = 1000): QueryValue | undefined {
  if (type === undefined || type === "text-list") return undefined;
  if (type === "double") return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  if (type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (type === "integer") {
    return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : undefined;
  }
  if (typeof value !== "string" || value.length > longest || value.includes("\0") || !value.isWellFormed())
    return undefined;
  if (type === "numeric") return /^-?\d{1,100}(\.\d{1,100})?$/.test(value) ? value : undefined;
  if (type === "date") return isDate(value) ? value : undefined;
  if (type === "timestamp") return isInstant(value) ? value : undefined;
  return value;
}

/** A day of the calendar as PostgreSQL has it: there is no year 0. */
export function isDate(text: string): boolean {
  const at = /^(?!0000)\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return at !== undefined && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** An instant as RFC 3339 writes it, with or without its offset. */
export function isInstant(text: string): boolean {
  return isDate(text.slice(0, 10)) && text[10] === "T" && !Number.isNaN(Date.parse(text));
}
