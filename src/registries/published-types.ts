import type { FieldType } from "./declaration.ts";

/** What a PostgreSQL type can be published as; the first is what it is unless told. */
export const publishedTypes: Readonly<Record<string, readonly FieldType[]>> = {
  text: ["text"],
  "character varying": ["text"],
  character: ["text"],
  uuid: ["text"],
  name: ["text"],
  citext: ["text"],
  smallint: ["integer", "numeric"],
  integer: ["integer", "numeric"],
  bigint: ["numeric"],
  numeric: ["numeric"],
  money: ["numeric"],
  real: ["double"],
  "double precision": ["double"],
  boolean: ["boolean"],
  date: ["date"],
  "timestamp with time zone": ["timestamp"],
  "timestamp without time zone": ["timestamp"],
  "text[]": ["text-list"],
  "character varying[]": ["text-list"],
};

const ofParquet: readonly (readonly [RegExp, readonly FieldType[]])[] = [
  [/^(VARCHAR|UUID|ENUM\(.*\))$/s, ["text"]],
  [/^(TINYINT|SMALLINT|INTEGER|UTINYINT|USMALLINT)$/, ["integer", "numeric"]],
  [/^(BIGINT|UBIGINT|UINTEGER|HUGEINT)$/, ["numeric"]],
  // A file's rows are kept with 12 digits behind the point; a longer value before it is refused when it is read.
  [/^DECIMAL\((\d+),\s*([0-9]|1[0-2])\)$/, ["numeric"]],
  [/^(DOUBLE|FLOAT)$/, ["double", "numeric"]],
  [/^BOOLEAN$/, ["boolean"]],
  [/^DATE$/, ["date"]],
  [/^TIMESTAMP/, ["timestamp"]],
  [/^VARCHAR\[\]$/, ["text-list"]],
];

/** What a type of a Parquet file, as DuckDB names it, can be published as. */
export function parquetTypes(type: string): readonly FieldType[] {
  return ofParquet.find(([pattern]) => pattern.test(type))?.[1] ?? [];
}
