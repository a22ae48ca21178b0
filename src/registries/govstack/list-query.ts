import { err, ok, type Result } from "#kernel";
import { defaultPageSize, type RegisterDeclaration } from "../declaration.ts";

/** What a list asks for, in the register's own words. */
export interface ListQuery {
  /** The conditions of a search. */
  readonly conditions: Readonly<Record<string, unknown>>;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  readonly descending: boolean;
}

/**
 * Reads `query.<field>=`, `search=` with `filter=<field>`, `ordering`, `page` and `pageSize` (or `page_size`). Of
 * regular expressions only those are understood that say how a text begins (`^Lin`, `Lin.*`), for fields declared so: a
 * register answers what an index can find, and nobody's expression runs in the agency's database.
 */
export function readListQuery(declaration: RegisterDeclaration, rawQuery: string): Result<ListQuery, string> {
  const query = new URLSearchParams(rawQuery);
  const conditions: Record<string, unknown> = {};
  const wanted = [...query].flatMap(([name, value]): [string, string][] =>
    name.startsWith("query.") ? [[name.slice(6), value]] : [],
  );
  const [search, filter] = [query.get("search"), query.get("filter")];
  if (search !== null) {
    if (filter === null) return err("search needs filter, the field to search in");
    wanted.push([filter, search]);
  }
  for (const [name, text] of wanted) {
    if (Object.hasOwn(conditions, name)) return err(`${name.slice(0, 63)} is given twice`);
    const condition = conditionOf(declaration, name, text);
    if (condition === undefined) return err(`${name.slice(0, 63)} cannot be asked for so`);
    conditions[name] = condition;
  }
  if (wanted.length === 0) return err("give at least one query.<field>: a registry is not handed out as a whole");
  const most = declaration.pageSize ?? defaultPageSize;
  const page = Number(query.get("page") ?? 1);
  const pageSize = Number(query.get("pageSize") ?? query.get("page_size") ?? most);
  if (!Number.isInteger(page) || page < 1) return err("page counts from 1");
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > most) return err(`pageSize is at most ${most}`);
  return ok({ conditions, page, pageSize, descending: /^desc/i.test(query.get("ordering") ?? "") });
}

/** The value of a query parameter as the field's type has it, or the beginning of a text. */
function conditionOf(declaration: RegisterDeclaration, name: string, text: string): unknown {
  const type = Object.hasOwn(declaration.fields, name) ? declaration.fields[name]?.type : undefined;
  if (type === "integer") return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
  if (type === "double") return /^-?\d{1,25}(\.\d{1,25})?(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : undefined;
  if (!/[\\^$*+?()[\]{}|]/.test(text)) return type === undefined ? undefined : text;
  const [, begins] = /^\^?([^\\^$.*+?()[\]{}|]+)(?:\.\*)?$/.exec(text) ?? [];
  return begins !== undefined && declaration.prefixes?.includes(name) ? { prefix: begins } : undefined;
}
