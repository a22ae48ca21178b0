import type { Sql } from "#store";
import { reservedFields, type FieldType, type RegisterDeclaration } from "./declaration.ts";
import { columnsOf, keyIsUnique, type Column } from "./store.ts";

/** Something in a declaration that its engineer must change, in plain words. */
export interface Finding {
  /** Member of the declaration, for example `fields.birth_date`. */
  readonly where: string;
  readonly message: string;
}

/** PostgreSQL types that a declared type can stand for. */
const fits: Readonly<Record<FieldType, readonly string[]>> = {
  text: ["text", "character varying", "character", "uuid", "name", "citext"],
  integer: ["smallint", "integer"],
  numeric: ["numeric", "bigint", "integer", "smallint", "money"],
  boolean: ["boolean"],
  date: ["date"],
  timestamp: ["timestamp with time zone", "timestamp without time zone"],
  "text-list": ["text[]", "character varying[]"],
};

/** Types whose values are equal only when they are the same text: no padding, no letter case, no number behind it. */
const exactTypes: readonly string[] = ["text", "character varying"];

/** Compares a declaration with the database's catalogue. An empty list means that it can be served. */
export async function checkRegister(declaration: RegisterDeclaration, database: Sql): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say = (where: string, message: string): number => findings.push({ where, message });
  if (!/^[a-zA-Z0-9'()+,\-.=?]+$/.test(declaration.service)) {
    say("service", "A service code consists of letters, digits and ' ( ) + , - . = ?");
  }
  if (Object.keys(declaration.fields).length === 0) say("fields", "Declare at least one field.");
  if (declaration.key.length === 0) say("key", "Name the column, or columns, that identify one row.");
  const pageSize = declaration.pageSize ?? 50;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1000) say("pageSize", "A page has 1 to 1000 rows.");
  const columns = await columnsOf(database, declaration.table);
  if (columns.size === 0) {
    say("table", `There is no table or view ${declaration.table}, or this user may not see it.`);
    return findings;
  }
  for (const [name, field] of Object.entries(declaration.fields)) {
    const type = columns.get(name)?.type;
    if (type === undefined) say(`fields.${name}`, `${declaration.table} has no column ${name}.`);
    else if (!fits[field.type].includes(type)) {
      say(`fields.${name}`, `Column ${name} is of type ${type}, which cannot be published as ${field.type}.`);
    }
    if (reservedFields.includes(name)) say(`fields.${name}`, `The name ${name} is taken by the service's own answers.`);
  }
  const declared = (where: string, name: string): void => {
    const field = declaration.fields[name];
    if (!field) say(where, `${name} is not among the declared fields.`);
    else if (field.type === "text-list") say(where, `${name} is a list; only single values can be compared.`);
  };
  for (const name of declaration.key) declared("key", name);
  for (const name of declaration.filters ?? []) declared("filters", name);
  for (const message of subjectFindings(declaration, columns)) say("subject", message);
  if (findings.length === 0 && !(await keyIsUnique(database, declaration.table, declaration.key))) {
    say(
      "key",
      `Nothing in ${declaration.table} makes ${declaration.key.join(", ")} unique; add a unique index or name the whole key.`,
    );
  }
  return findings;
}

/**
 * What keeps a register from finding exactly the person whose list gets the reading: a search that need not name them, or
 * a column in which one person answers to several spellings.
 */
function subjectFindings(
  { subject, key, filters = [], fields }: RegisterDeclaration,
  columns: ReadonlyMap<string, Column>,
): string[] {
  if (subject === undefined) return [];
  const findings: string[] = [];
  if (![...key, ...filters].includes(subject)) {
    findings.push(`${subject} must be a key column or a filter, so that each call names the person it is about.`);
  } else if (filters.length > 0 && !filters.includes(subject)) {
    findings.push(`${subject} must be among the filters, so that each search names the person it is about.`);
  }
  const column = columns.get(subject);
  if (column === undefined) return findings;
  if (fields[subject]?.type !== "text" || !exactTypes.includes(column.type)) {
    findings.push(
      `Column ${subject} is of type ${column.type}, in which one person can be written in several ways. Use text or ` +
        `character varying and declare it as text, for example with a view that selects ${subject}::text as ${subject}.`,
    );
  } else if (!column.exact) {
    findings.push(
      `Column ${subject} has a collation that takes different texts for equal. Use a deterministic one, for example ` +
        `with a view that selects ${subject} collate "C" as ${subject}.`,
    );
  }
  return findings;
}
