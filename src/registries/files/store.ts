import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { FieldType } from "../declaration.ts";
import type { Condition, QueryValue } from "../source.ts";
import type { Dialect } from "./csv-text.ts";

/** A field as the files' engine sees it: the column of the file, what it becomes, and how a CSV writes a list. */
export interface FileField {
  readonly name: string;
  /** Place of the column in the file, from 0. */
  readonly at: number;
  readonly type: FieldType;
  readonly separator?: string | undefined;
}

/** Records are counted from 1 after the headings; values are never told. */
export interface BadValues {
  readonly field: string;
  readonly count: number;
  readonly record: number;
}

/** An embedded engine over one private folder: it reaches no other file and no network, and keeps to a size. */
export interface FileStore {
  readonly instance: DuckDBInstance;
  close(): void;
}

/** Opens an engine in `folder`, which must be empty, private and the caller's to remove. DuckDB is loaded here only. */
export async function openFileStore(folder: string, memoryMiB: number): Promise<FileStore> {
  const { DuckDBInstance: Engine } = await import("@duckdb/node-api");
  const instance = await Engine.create(`${folder}/register.duckdb`, {
    threads: "2",
    memory_limit: `${memoryMiB}MiB`,
    temp_directory: `${folder}/spill`,
    max_temp_directory_size: "8GiB",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  for (const setting of [
    `allowed_directories = [${literal(`${folder}/`)}]`,
    "TimeZone = 'UTC'",
    "enable_external_access = false",
    "lock_configuration = true",
  ]) {
    await connection.run(`set global ${setting}`);
  }
  connection.closeSync();
  return { instance, close: () => instance.closeSync() };
}

/** The columns of a Parquet file and their types. @throws when it is none */
export async function parquetColumns(
  connection: DuckDBConnection,
  file: string,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  const read = await connection.runAndReadAll(`describe select * from read_parquet(${literal(file)})`);
  return read.getRowsJson().map(([name, type]) => ({ name: name as string, type: type as string }));
}

/** Up to `most` values of each column of a Parquet file as text, to guess from what they are. */
export async function sampleParquet(
  connection: DuckDBConnection,
  file: string,
  columns: readonly string[],
  most: number,
): Promise<readonly (readonly string[])[]> {
  const texts = columns.map((name) => `cast("${name.replaceAll('"', '""')}" as varchar)`).join(", ");
  const read = await connection.runAndReadAll(`select ${texts} from read_parquet(${literal(file)}) limit ${most}`);
  const rows = read.getRowsJson();
  return columns.map((_, index) => rows.flatMap((row) => (typeof row[index] === "string" ? [row[index]] : [])));
}

/** Takes the declared columns of a CSV file as text, each record with its number. @throws with the record's number only */
export async function stageCsv(
  connection: DuckDBConnection,
  file: string,
  o: Dialect & { readonly null: string; readonly columns: number; readonly fields: readonly FileField[] },
): Promise<void> {
  const columns = Array.from({ length: o.columns }, (_, at) => `'c${at}': 'VARCHAR'`).join(", ");
  await connection.run(
    `create table staged as select row_number() over () as record, ${wanted(o.fields, (at) => `c${at}`)}
     from read_csv(${literal(file)}, auto_detect = false, header = true, columns = {${columns}},
       delim = ${literal(o.delimiter)}, quote = ${literal(o.quote)}, escape = ${literal(o.quote)}, nullstr = ${literal(o.null)},
       allow_quoted_nulls = false, strict_mode = true, null_padding = false, ignore_errors = false, parallel = false,
       max_line_size = 2097152)`,
  );
}

/** Takes the declared columns of a Parquet file as they are, each record with its number. */
export async function stageParquet(
  connection: DuckDBConnection,
  file: string,
  o: { readonly columns: readonly string[]; readonly fields: readonly FileField[] },
): Promise<void> {
  await connection.run(
    `create table staged as select row_number() over () as record,
     ${wanted(o.fields, (at) => `"${o.columns[at]!.replaceAll('"', '""')}"`)} from read_parquet(${literal(file)})`,
  );
}

function wanted(fields: readonly FileField[], column: (at: number) => string): string {
  return fields.map(({ at }, index) => `${column(at)} as f${index}`).join(", ");
}

/** Values that are not of their declared type. */
export async function badValues(
  connection: DuckDBConnection,
  fields: readonly FileField[],
  csv: boolean,
): Promise<BadValues[]> {
  const bad = fields.map(
    (field, index) =>
      `count(*) filter (${wrong(field, `f${index}`, csv)}), min(record) filter (${wrong(field, `f${index}`, csv)})`,
  );
  const read = await connection.runAndReadAll(`select ${bad.join(", ")} from staged`);
  const [row = []] = read.getRowsJson();
  return fields.flatMap(({ name }, index) => {
    const count = Number(row[2 * index] ?? 0);
    return count === 0 ? [] : [{ field: name, count, record: Number(row[2 * index + 1]) }];
  });
}

/** The first records that lack a part of their key, or share it with one before. */
export async function badKeys(
  connection: DuckDBConnection,
  key: readonly number[],
): Promise<{ readonly absent?: number; readonly twice?: readonly [number, number]; readonly shared: number }> {
  const columns = key.map((index) => `f${index}`).join(", ");
  const nothing = await connection.runAndReadAll(
    `select min(record) from staged where ${key.map((index) => `f${index} is null`).join(" or ")}`,
  );
  const absent = nothing.getRowsJson()[0]?.[0];
  const same = await connection.runAndReadAll(
    `select min(record), max(record), count(*) over () from staged group by ${columns} having count(*) > 1 order by 1 limit 1`,
  );
  const [twice] = same.getRowsJson();
  return {
    ...(absent === null || absent === undefined ? {} : { absent: Number(absent) }),
    ...(twice ? { twice: [Number(twice[0]), Number(twice[1])] as const } : {}),
    shared: Number(twice?.[2] ?? 0),
  };
}

/** Makes the register's table of what was staged: typed, and in the order of its key, so that a lookup reads little. */
export async function settle(
  connection: DuckDBConnection,
  o: { readonly fields: readonly FileField[]; readonly key: readonly number[]; readonly csv: boolean },
): Promise<number> {
  const columns = o.fields.map((field, index) => `${typed(field, `f${index}`, o.csv)} as f${index}`).join(", ");
  const order = o.key.map((index) => `cast(f${index} as varchar)`).join(", ");
  await connection.run(`create table register as select ${columns} from staged order by ${order}`);
  await connection.run("drop table staged");
  await connection.run("checkpoint");
  const read = await connection.runAndReadAll("select count(*) from register");
  return Number(read.getRowsJson()[0]?.[0] ?? 0);
}

/** Rows of the register: declared fields by their place, conditions and order by name of the declaration's fields. */
export async function selectRows(
  connection: DuckDBConnection,
  o: {
    readonly fields: readonly FileField[];
    readonly wanted: readonly string[];
    readonly key: readonly string[];
    readonly conditions: readonly Condition[];
    readonly from?: readonly string[] | undefined;
    readonly limit: number;
  },
): Promise<Record<string, unknown>[]> {
  const parameters: string[] = [];
  const bind = (value: QueryValue): string => `$${parameters.push(String(value))}`;
  const column = (name: string): string => `f${o.fields.findIndex((field) => field.name === name)}`;
  const type = (name: string): FieldType => o.fields.find((field) => field.name === name)!.type;
  const conditions = o.conditions.flatMap((one) => conditionSql(one, column(one.field), type(one.field), bind));
  const keys = o.key.map((name) => `cast(${outer(column(name), type(name))} as varchar)`);
  if (o.from) conditions.push(`row(${keys.join(", ")}) >= row(${o.from.map(bind).join(", ")})`);
  const columns = o.wanted.map((name) => outer(column(name), type(name)));
  const read = await connection.runAndReadAll(
    `select ${columns.join(", ")} from register where ${conditions.join(" and ") || "true"}
     order by ${keys.join(", ")} limit ${o.limit}`,
    parameters,
  );
  return read.getRowsJson().map((row) => Object.fromEntries(o.wanted.map((name, index) => [name, row[index]])));
}

function conditionSql(
  condition: Condition,
  column: string,
  type: FieldType,
  bind: (value: QueryValue) => string,
): readonly string[] {
  if ("prefix" in condition) return [`starts_with(${column}, ${bind(condition.prefix)})`];
  const left = type === "numeric" ? `cast(${column} as ${decimal})` : column;
  if ("equals" in condition) {
    // One that has more digits than any stored number equals none; `try_cast` would round it.
    if (type === "numeric" && !decimalText.test(String(condition.equals))) return ["false"];
    return [`${left} = cast(${bind(condition.equals)} as ${storedAs[type]})`];
  }
  const bound = (value: QueryValue): string =>
    `cast(${bind(type === "numeric" ? clamped(String(value)) : value)} as ${storedAs[type]})`;
  return [
    ...(condition.from === undefined ? [] : [`${left} >= ${bound(condition.from)}`]),
    ...(condition.to === undefined ? [] : [`${left} <= ${bound(condition.to)}`]),
  ];
}

const decimal = "decimal(38, 12)";
const decimalText = /^-?\d{1,25}(\.\d{1,12})?$/;
const storedAs: Readonly<Record<FieldType, string>> = {
  text: "varchar",
  integer: "integer",
  numeric: decimal,
  double: "double",
  boolean: "boolean",
  date: "date",
  timestamp: "timestamptz",
  "text-list": "varchar[]",
};

/** A bound beyond every stored number bounds the same as the farthest one. */
function clamped(value: string): string {
  if (decimalText.test(value)) return value;
  const [, sign = "", whole = "", part = ""] = /^(-?)0*(\d*)(?:\.(\d*))?$/.exec(value) ?? [];
  return whole.length > 25
    ? `${sign}${"9".repeat(25)}.${"9".repeat(12)}`
    : `${sign}${whole || "0"}.${part.slice(0, 12) || "0"}`;
}

function outer(column: string, type: FieldType): string {
  if (type === "date") return `cast(${column} as varchar)`;
  if (type === "timestamp") return `strftime(${column} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`;
  return column;
}

const csvPatterns: Readonly<Partial<Record<FieldType, string>>> = {
  integer: "-?(0|[1-9][0-9]{0,9})",
  numeric: "-?[0-9]{1,25}(\\.[0-9]{1,12})?",
  double: "-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?",
  boolean: "(?i)true|false|t|f|yes|no|y|n|1|0",
  date: "[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{2}/[0-9]{2}",
  timestamp:
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?",
};

/** The `where` of values that are there and not of the type. Quotes around nothing mean no value, except in a text. */
function wrong(field: FileField, column: string, csv: boolean): string {
  if (field.type === "text-list" || field.type === "text") return "where false";
  const value = csv ? `nullif(${column}, '')` : field.type === "numeric" ? `cast(${column} as varchar)` : column;
  const pattern = csv || field.type === "numeric" ? csvPatterns[field.type] : undefined;
  const misspelt = pattern === undefined ? "false" : `not regexp_full_match(${value}, ${literal(pattern)})`;
  const before =
    field.type === "date" || field.type === "timestamp"
      ? `or year(${converted(field, column, csv)}) not between 1 and 9999`
      : "";
  return `where ${value} is not null and (${misspelt} or ${converted(field, column, csv)} is null ${before})`;
}

function typed(field: FileField, column: string, csv: boolean): string {
  if (field.type === "text") return `cast(${column} as varchar)`;
  if (field.type === "numeric") return csv ? `nullif(${column}, '')` : `cast(${column} as varchar)`;
  if (field.type === "double") {
    const value = converted(field, column, csv);
    return `case when isfinite(${value}) then ${value} end`;
  }
  if (field.type !== "text-list") return converted(field, column, csv);
  if (!csv) return `cast(${column} as varchar[])`;
  return `case when ${column} is null then null when ${column} = '' then [] else string_split(${column}, ${literal(field.separator ?? ";")}) end`;
}

/** A value of its type, or null where it is none. */
function converted({ type }: FileField, column: string, csv: boolean): string {
  if (!csv) return `try_cast(${column} as ${storedAs[type]})`;
  const text = `nullif(${column}, '')`;
  if (type === "boolean")
    return `case when lower(${text}) in ('true', 't', 'yes', 'y', '1') then true when ${text} is not null then false end`;
  return `try_cast(${type === "date" ? `replace(${text}, '/', '-')` : text} as ${storedAs[type]})`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
