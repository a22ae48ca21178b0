import type { Sql } from "#store";
import type { FieldType, RegisterDeclaration } from "./declaration.ts";

/** A value as it may be compared with a column. */
export type QueryValue = string | number | boolean;
/** One row with declared fields only, already in its outer form. */
export type RegisterRow = Readonly<Record<string, unknown>>;

export interface Column {
  /** As PostgreSQL writes it, without length. */
  readonly type: string;
  /** Whether its collation takes two texts for equal only when they are the same. */
  readonly exact: boolean;
}

/** What the catalogue knows of a table or view: its columns with their PostgreSQL types. Nothing if there is none. */
export async function columnsOf(sql: Sql, table: string): Promise<ReadonlyMap<string, Column>> {
  const rows = await sql.query<Column & { name: string }>(
    `select attname as name, format_type(atttypid, null) as type, coalesce(c.collisdeterministic, true) as exact
     from pg_attribute left join pg_collation c on c.oid = attcollation
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [quotedTable(table)],
  );
  return new Map(rows.map(({ name, type, exact }) => [name, { type, exact }]));
}

/** Whether some unique index covers exactly these columns; views have none and are taken at their word. */
export async function keyIsUnique(sql: Sql, table: string, key: readonly string[]): Promise<boolean> {
  const row = await sql.one<{ unique: boolean }>(
    `select c.relkind in ('v', 'm', 'f') or exists (
       select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null
         and (select array_agg(a.attname::text order by a.attname::text) from pg_attribute a
              where a.attrelid = c.oid and a.attnum = any (i.indkey))
           = (select array_agg(k order by k) from unnest($2::text[]) k)) as unique
     from pg_class c where c.oid = to_regclass($1)`,
    [quotedTable(table), key],
  );
  return row?.unique ?? false;
}

/** Rows that equal `where`, in key order, after the row whose key is `after`. */
export async function selectRows(
  sql: Sql,
  declaration: RegisterDeclaration,
  o: {
    readonly where: Readonly<Record<string, QueryValue>>;
    readonly after?: readonly string[] | undefined;
    readonly limit: number;
  },
): Promise<RegisterRow[]> {
  const parameters: unknown[] = [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = Object.entries(o.where).flatMap(([column, value]) => {
    const type = declaration.fields[column]?.type;
    const equal = `${quoted(column)} = ${bind(value)}${castOf(type)}`;
    // The first finds by index; by the column's type alone "A " may equal "A", and "a" too.
    return type === "text" ? [equal, `${quoted(column)}::text = ${bind(value)}::text collate "C"`] : [equal];
  });
  const keys = declaration.key.map((column) => `${quoted(column)}::text collate "C"`);
  if (o.after) conditions.push(`(${keys.join(", ")}) > (${o.after.map((value) => `${bind(value)}::text`).join(", ")})`);
  const columns = Object.entries(declaration.fields).map(
    ([column, { type }]) => `${outer(column, type)} as ${quoted(column)}`,
  );
  return sql.query<RegisterRow>(
    `select ${columns.join(", ")} from ${quotedTable(declaration.table)}
     where ${conditions.join(" and ") || "true"} order by ${keys.join(", ")} limit ${bind(o.limit)}`,
    parameters,
  );
}

/** The expression that gives a column its outer form. */
function outer(column: string, type: FieldType): string {
  const name = quoted(column);
  if (type === "date") return `to_char(${name}, 'YYYY-MM-DD')`;
  if (type === "timestamp") return `to_char(${name}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  if (type === "numeric" || type === "text") return `${name}::text`;
  if (type === "integer") return `${name}::int`;
  return type === "text-list" ? `${name}::text[]` : name;
}

/** Parameters arrive as text; the column's own type decides how they compare, and its index stays usable. */
function castOf(type: FieldType | undefined): string {
  if (type === "date") return "::date";
  if (type === "timestamp") return "::timestamptz";
  if (type === "numeric") return "::numeric";
  return "";
}

/** SQL standard quoting of one identifier. Declared names are checked against the catalogue besides. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quotedTable(table: string): string {
  return table.split(".").map(quoted).join(".");
}
