import type { Sql } from "#store";
import { sourceName, type RegisterDeclaration } from "../declaration.ts";
import type { QueryValue, RegisterRow } from "../source.ts";
import { castOf, outer, quoted, quotedTable } from "../store.ts";

/** A value to write; `null` for none. */
export type WriteValue = QueryValue | readonly string[] | null;
/** Field → value. */
export type WriteValues = Readonly<Record<string, WriteValue>>;
/** Field → what a row must have to be meant. */
export type RowConditions = Readonly<Record<string, QueryValue>>;

/** What must be known of a column before something is written to it. Privileges are those of the connection's role. */
export interface WriteColumn {
  readonly name: string;
  /** With its length or precision: `character varying(20)`, `numeric(6,2)`. */
  readonly type: string;
  readonly required: boolean;
  /** Whether the database fills it when it is left out. */
  readonly filled: boolean;
  /** Whether nobody but the database may fill it. */
  readonly generated: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly select: boolean;
}

export interface WriteTable {
  readonly role: string;
  /** Ordinary or partitioned: no view, no foreign table. */
  readonly plain: boolean;
  /** Whether the index that keeps the key unique does so at once, and not at the end of a transaction. */
  readonly keptAtOnce: boolean;
  /** What the role may do to whole rows. */
  readonly delete: boolean;
  readonly truncate: boolean;
  readonly columns: readonly WriteColumn[];
}

/** What the catalogue knows of a table as somebody who writes must know it. */
export async function writeTable(sql: Sql, table: string, key: readonly string[]): Promise<WriteTable | undefined> {
  const name = quotedTable(table);
  const about = await sql.one<Omit<WriteTable, "columns">>(
    `select current_user::text as role, relkind in ('r', 'p') as plain,
       has_table_privilege(oid, 'DELETE') as delete, has_table_privilege(oid, 'TRUNCATE') as truncate,
       exists (select 1 from pg_index i where i.indrelid = oid and i.indisunique and i.indimmediate and i.indpred is null
         and i.indexprs is null
         and (select array_agg(a.attname::text order by a.attname::text) from pg_attribute a
              where a.attrelid = i.indrelid and a.attnum = any (i.indkey))
           = (select array_agg(k order by k) from unnest($2::text[]) k)) as "keptAtOnce"
     from pg_class where oid = to_regclass($1)`,
    [name, key],
  );
  if (!about) return undefined;
  const columns = await sql.query<WriteColumn>(
    `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
       atthasdef or attidentity <> '' as filled, attgenerated <> '' or attidentity = 'a' as generated,
       has_column_privilege(attrelid, attnum, 'INSERT') as insert,
       has_column_privilege(attrelid, attnum, 'UPDATE') as update,
       has_column_privilege(attrelid, attnum, 'SELECT') as select
     from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [name],
  );
  return { ...about, columns };
}

/** The columns that a constraint or a unique index of this table is about; none for one of another table. */
export async function constraintColumns(sql: Sql, table: string, constraint: string): Promise<readonly string[]> {
  const row = await sql.one<{ columns: string[] }>(
    `select array(select attname::text from pg_attribute
                  where attrelid = to_regclass($1) and attnum = any (about.numbers)) as columns
     from (select conkey as numbers from pg_constraint where conrelid = to_regclass($1) and conname = $2
           union all
           select i.indkey::int2[] from pg_index i join pg_class c on c.oid = i.indexrelid
           where i.indrelid = to_regclass($1) and c.relname = $2) about limit 1`,
    [quotedTable(table), constraint],
  );
  return row?.columns ?? [];
}

/** Inserts a row unless one of its key is there; answers it as it stands then. */
export function insertRow(
  sql: Sql,
  declaration: RegisterDeclaration,
  table: string,
  values: WriteValues,
): Promise<RegisterRow | undefined> {
  const names = Object.keys(values);
  const given = names.map((name, at) => `$${at + 1}${castFor(declaration, name)}`);
  const columns = names.map((name) => column(declaration, name));
  const key = declaration.key.map((name) => column(declaration, name));
  return sql.one<RegisterRow>(
    `insert into ${quotedTable(table)} (${columns.join(", ")}) values (${given.join(", ")})
     on conflict (${key.join(", ")}) do nothing returning ${outerRow(declaration)}`,
    names.map((name) => values[name]),
  );
}

/** The one row that satisfies the conditions; with `lock` it is this transaction's until its end. */
export function rowFor(
  sql: Sql,
  declaration: RegisterDeclaration,
  table: string,
  conditions: RowConditions,
  o: { readonly lock: boolean },
): Promise<RegisterRow | undefined> {
  const { where, parameters } = whereOf(declaration, conditions, []);
  return sql.one<RegisterRow>(
    `select ${outerRow(declaration)} from ${quotedTable(table)} where ${where}${o.lock ? " for update" : ""}`,
    parameters,
  );
}

/** Locks at most `most` of the rows that satisfy the conditions, in the order of their keys; answers how many there are. */
export async function lockRows(
  sql: Sql,
  declaration: RegisterDeclaration,
  table: string,
  conditions: RowConditions,
  most: number,
): Promise<number> {
  const { where, parameters } = whereOf(declaration, conditions, []);
  const order = declaration.key.map((name) => column(declaration, name)).join(", ");
  const rows = await sql.query(
    `select 1 from ${quotedTable(table)} where ${where} order by ${order} limit ${most} for update`,
    parameters,
  );
  return rows.length;
}

/** Sets values in all rows that satisfy the conditions; answers them as they stand then. */
export function updateRows(
  sql: Sql,
  declaration: RegisterDeclaration,
  table: string,
  conditions: RowConditions,
  values: WriteValues,
): Promise<RegisterRow[]> {
  const names = Object.keys(values);
  const sets = names.map((name, at) => `${column(declaration, name)} = $${at + 1}${castFor(declaration, name)}`);
  const { where, parameters } = whereOf(
    declaration,
    conditions,
    names.map((name) => values[name]),
  );
  return sql.query<RegisterRow>(
    `update ${quotedTable(table)} set ${sets.join(", ")} where ${where} returning ${outerRow(declaration)}`,
    parameters,
  );
}

/** Deletes the row that satisfies the conditions; answers it as it stood. */
export function deleteRow(
  sql: Sql,
  declaration: RegisterDeclaration,
  table: string,
  conditions: RowConditions,
): Promise<RegisterRow | undefined> {
  const { where, parameters } = whereOf(declaration, conditions, []);
  return sql.one<RegisterRow>(
    `delete from ${quotedTable(table)} where ${where} returning ${outerRow(declaration)}`,
    parameters,
  );
}

function whereOf(
  declaration: RegisterDeclaration,
  conditions: RowConditions,
  before: readonly unknown[],
): { readonly where: string; readonly parameters: readonly unknown[] } {
  const parameters = [...before];
  const parts = Object.entries(conditions).flatMap(([name, value]) => {
    const equal = `${column(declaration, name)} = $${parameters.push(value)}${castFor(declaration, name)}`;
    if (declaration.fields[name]?.type !== "text") return [equal];
    // As in reading: by the column's type alone "A " may equal "A", and "a" too.
    return [equal, `${column(declaration, name)}::text = $${parameters.push(value)}::text collate "C"`];
  });
  return { where: parts.join(" and "), parameters };
}

function outerRow(declaration: RegisterDeclaration): string {
  return Object.entries(declaration.fields)
    .map(([name, { type }]) => `${outer(column(declaration, name), type)} as ${quoted(name)}`)
    .join(", ");
}

function column(declaration: RegisterDeclaration, name: string): string {
  return quoted(sourceName(declaration, name));
}

function castFor(declaration: RegisterDeclaration, name: string): string {
  return castOf(declaration.fields[name]!.type);
}
