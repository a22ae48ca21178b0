import type { Sql } from "#store";
import { sourceName, type FieldType, type RegisterDeclaration } from "./declaration.ts";
import type { Condition, Query, QueryValue, RegisterRow } from "./source.ts";

/** A column as PostgreSQL's catalogue has it. */
export interface CatalogueColumn {
  readonly name: string;
  /** As PostgreSQL writes it, without length. */
  readonly type: string;
  /** Whether its collation takes two texts for equal only when they are the same. */
  readonly exact: boolean;
  /** What its owner wrote about it (`comment on column`). */
  readonly comment: string | null;
}

/** What the catalogue knows of a table or view: its columns in their order. Nothing if there is none. */
export async function columnsOf(sql: Sql, table: string): Promise<readonly CatalogueColumn[]> {
  return sql.query<CatalogueColumn>(
    `select attname as name, format_type(atttypid, null) as type, coalesce(c.collisdeterministic, true) as exact,
       col_description(attrelid, attnum) as comment
     from pg_attribute left join pg_collation c on c.oid = attcollation
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [quotedTable(table)],
  );
}

/** Whether some unique index covers exactly these columns, and whether there could be one: a view has none. */
export async function keyIndex(sql: Sql, table: string, key: readonly string[]): Promise<"unique" | "view" | "none"> {
  const row = await sql.one<{ view: boolean; unique: boolean }>(
    `select c.relkind in ('v', 'm', 'f') as view, exists (
       select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null
         and (select array_agg(a.attname::text order by a.attname::text) from pg_attribute a
              where a.attrelid = c.oid and a.attnum = any (i.indkey))
           = (select array_agg(k order by k) from unnest($2::text[]) k)) as unique
     from pg_class c where c.oid = to_regclass($1)`,
    [quotedTable(table), key],
  );
  return row?.unique ? "unique" : row?.view ? "view" : "none";
}

/** What the connection's role may do to a table besides reading it. */
export async function writePrivileges(
  sql: Sql,
  table: string,
): Promise<{ readonly role: string; readonly may: readonly string[] }> {
  const row = await sql.one<{ role: string; may: string[] }>(
    `select current_user::text as role, array(
       select p from unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p
       where has_table_privilege(to_regclass($1), p)) as may`,
    [quotedTable(table)],
  );
  return row ?? { role: "", may: [] };
}

/** Tables and views of the database that the role may read, and the columns of each one's primary key. */
export async function readableTables(
  sql: Sql,
): Promise<readonly { readonly table: string; readonly key: readonly string[]; readonly comment: string | null }[]> {
  return sql.query(
    `select n.nspname || '.' || c.relname as table, obj_description(c.oid, 'pg_class') as comment,
       coalesce((select array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum))
                 from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                 where i.indrelid = c.oid and i.indisprimary), '{}') as key
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and has_table_privilege(c.oid, 'SELECT') order by 1`,
  );
}

/** Up to `most` values of each column as text, to guess from what they are. They must not be shown to anybody. */
export async function sampleValues(
  sql: Sql,
  table: string,
  columns: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await sql.query<Record<string, string | null>>(
    `select ${columns.map((name) => `${quoted(name)}::text as ${quoted(name)}`).join(", ")} from ${quotedTable(table)} limit $1`,
    [most],
  );
  return new Map(columns.map((name) => [name, rows.flatMap((row) => row[name] ?? [])]));
}

/**
 * Rows that satisfy the conditions, from the key `from` on, in the order of the key's text. `total` orders rows of one key
 * by all that is declared, for views, whose keys nobody keeps unique.
 */
export async function selectRows(
  sql: Sql,
  declaration: RegisterDeclaration,
  o: Pick<Query, "conditions" | "fields" | "limit"> & {
    readonly table: string;
    readonly from?: readonly string[] | undefined;
    readonly total: boolean;
  },
): Promise<RegisterRow[]> {
  const parameters: unknown[] = [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const column = (field: string): string => quoted(sourceName(declaration, field));
  const type = (field: string): FieldType => declaration.fields[field]!.type;
  const orderText = (field: string): string => {
    const text = `${outer(column(field), type(field))}::text collate "C"`;
    return o.total ? `coalesce(${text}, '')` : text;
  };
  const conditions = o.conditions.flatMap((one) => conditionSql(one, column(one.field), type(one.field), bind));
  const keys = declaration.key.map(orderText);
  if (o.from) conditions.push(`(${keys.join(", ")}) >= (${o.from.map((value) => `${bind(value)}::text`).join(", ")})`);
  // An empty text and no value are one text in this order; which of them comes first must be settled too.
  const settled = Object.keys(declaration.fields).flatMap((field) => [orderText(field), `${column(field)} is null`]);
  const order = o.total ? [...keys, ...settled] : keys;
  const columns = [...new Set([...o.fields, ...declaration.key])].map(
    (field) => `${outer(column(field), type(field))} as ${quoted(field)}`,
  );
  return sql.query<RegisterRow>(
    `select ${columns.join(", ")} from ${quotedTable(o.table)}
     where ${conditions.join(" and ") || "true"} order by ${[...new Set(order)].join(", ")} limit ${bind(o.limit)}`,
    parameters,
  );
}

function conditionSql(
  condition: Condition,
  column: string,
  type: FieldType,
  bind: (value: unknown) => string,
): readonly string[] {
  if ("prefix" in condition) return [`starts_with(${column}::text, ${bind(condition.prefix)})`];
  const typed = (value: QueryValue): string => `${bind(value)}${castOf(type)}`;
  if (!("equals" in condition)) {
    const { from, to } = condition;
    return [
      ...(from === undefined ? [] : [`${column} >= ${typed(from)}`]),
      ...(to === undefined ? [] : [`${column} <= ${typed(to)}`]),
    ];
  }
  const equal = `${column} = ${typed(condition.equals)}`;
  // The first finds by index; by the column's type alone "A " may equal "A", and "a" too.
  return type === "text" ? [equal, `${column}::text = ${bind(condition.equals)}::text collate "C"`] : [equal];
}

/** The expression that gives a column its outer form. */
export function outer(name: string, type: FieldType): string {
  if (type === "date") return `to_char(${name}, 'YYYY-MM-DD')`;
  if (type === "timestamp") return `to_char(${name}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  if (type === "numeric" || type === "text") return `${name}::text`;
  if (type === "double") return `case when ${name}::float8 - ${name}::float8 = 0 then ${name}::float8 end`;
  if (type === "integer") return `${name}::int`;
  return type === "text-list" ? `${name}::text[]` : name;
}

/** Parameters arrive as text; the column's own type decides how they compare, and its index stays usable. */
export function castOf(type: FieldType): string {
  if (type === "date") return "::date";
  if (type === "timestamp") return "::timestamptz";
  if (type === "numeric") return "::numeric";
  if (type === "double") return "::float8";
  return type === "integer" ? "::int" : "";
}

/** SQL standard quoting of one identifier. Declared names are checked against the catalogue besides. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quotedTable(table: string): string {
  return table.split(".").map(quoted).join(".");
}
