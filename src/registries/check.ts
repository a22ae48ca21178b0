import { err, type Result } from "#kernel";
import type { Sql } from "#store";
import { reservedFields, sourceName, type RegisterDeclaration } from "./declaration.ts";
import type { Column, Finding, Reader, Source } from "./source.ts";
import { tableSource } from "./table-source.ts";

/** Compares a declaration with the database's catalogue. An empty list means that it can be served. */
export async function checkRegister(declaration: RegisterDeclaration, database: Sql): Promise<Finding[]> {
  return checkAgainst(declaration, tableSource(declaration.table ?? "", database));
}

/** Compares a declaration with its source; a source that must be read to know (a file) is read whole. */
export async function checkAgainst(declaration: RegisterDeclaration, source: Source): Promise<Finding[]> {
  const prepared = await prepareChecked(declaration, source);
  return prepared.ok ? [] : [...prepared.error];
}

/** A source that is ready to answer by a declaration, or all that keeps it from that. */
export async function prepareChecked(
  declaration: RegisterDeclaration,
  source: Source,
): Promise<Result<Reader, readonly Finding[]>> {
  const findings = checkAlone(declaration);
  const columns = await source.columns();
  if (!columns.ok) return err([...findings, ...columns.error]);
  findings.push(...checkColumns(declaration, columns.value, source.what));
  return findings.length > 0 ? err(findings) : source.prepare(declaration);
}

/** What is wrong with a declaration whatever its source. */
export function checkAlone(declaration: RegisterDeclaration): Finding[] {
  const findings: Finding[] = [];
  const say = (where: string, message: string): number => findings.push({ where, message });
  for (const member of ["service", "subsystem"] as const) {
    if (/^[a-zA-Z0-9'()+,\-.=?]+$/.test(declaration[member])) continue;
    say(member, `A ${member} code consists of letters, digits and ' ( ) + , - . = ?`);
  }
  if (Object.keys(declaration.fields).length === 0) say("fields", "Declare at least one field.");
  if (declaration.key.length === 0) say("key", "Name the column, or columns, that identify one row.");
  const { pageSize = 50, rateLimit = 1, timeoutSeconds = 1 } = declaration;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1000) say("pageSize", "A page has 1 to 1000 rows.");
  if (!(rateLimit >= 1 && rateLimit <= 1_000_000)) say("rateLimit", "A client makes 1 to 1000000 calls a minute.");
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 300)) say("timeoutSeconds", "A source is asked for up to 300 seconds.");
  for (const name of Object.keys(declaration.fields)) {
    if (reservedFields.includes(name)) say(`fields.${name}`, `The name ${name} is taken by the service's own answers.`);
    else if (!/^\p{L}[\p{L}\p{M}\p{N}_-]{0,62}$/u.test(name)) {
      say(`fields.${name}`, "A field's name begins with a letter and has up to 63 letters, digits, - and _.");
    }
  }
  const fieldOf = (where: string, name: string): RegisterDeclaration["fields"][string] | undefined => {
    const field = Object.hasOwn(declaration.fields, name) ? declaration.fields[name] : undefined;
    if (!field) say(where, `${name} is not among the declared fields.`);
    return field;
  };
  for (const where of ["key", "filters"] as const) {
    for (const name of declaration[where] ?? []) {
      if (fieldOf(where, name)?.type !== "text-list") continue;
      say(where, `${name} is a list; only single values can be compared.`);
    }
  }
  for (const name of declaration.key) {
    if (Object.hasOwn(declaration.fields, name) && declaration.fields[name]?.type === "double")
      say("key", `${name} is a double, which has no one spelling; a key is a text, a whole number or a day.`);
  }
  for (const name of declaration.ranges ?? []) {
    const type = fieldOf("ranges", name)?.type;
    if (type === undefined || ["integer", "numeric", "double", "date", "timestamp"].includes(type)) continue;
    say("ranges", `${name} is of type ${type}; from and to are for numbers, days and instants.`);
  }
  for (const name of declaration.prefixes ?? []) {
    const type = fieldOf("prefixes", name)?.type;
    if (type !== undefined && type !== "text")
      say("prefixes", `${name} is of type ${type}; only a text has a beginning.`);
  }
  if (declaration.writes?.length && declaration.source && !("table" in declaration.source))
    say("writes", "Only a table of a database can be written; this source is read.");
  for (const message of subjectAsked(declaration)) say("subject", message);
  return findings;
}

/** What does not fit between a declaration and the columns of its source. */
export function checkColumns(
  declaration: RegisterDeclaration,
  columns: ReadonlyMap<string, Column> | undefined,
  what: string,
): Finding[] {
  if (!columns) return [];
  const findings: Finding[] = [];
  const thing = what.replace(/^table /, "");
  for (const [name, field] of Object.entries(declaration.fields)) {
    const from = sourceName(declaration, name);
    const column = columns.get(from);
    if (column === undefined) {
      findings.push({ where: `fields.${name}`, message: `${thing} has no column ${from}.${nearest(from, columns)}` });
    } else if (!column.fits.includes(field.type)) {
      const message = `Column ${from} is of type ${column.type}, which cannot be published as ${field.type}.`;
      findings.push({ where: `fields.${name}`, message });
    }
  }
  const message = subjectSpelling(declaration, columns);
  return message === undefined ? findings : [...findings, { where: "subject", message }];
}

/** A call that need not name the person could be put on nobody's list. */
function subjectAsked({
  subject,
  key,
  filters = [],
  ranges = [],
  prefixes = [],
}: RegisterDeclaration): readonly string[] {
  if (subject === undefined) return [];
  const findings: string[] = [];
  const searched = [...filters, ...ranges, ...prefixes];
  if (![...key, ...filters].includes(subject)) {
    findings.push(`${subject} must be a key column or a filter, so that each call names the person it is about.`);
  } else if (searched.length > 0 && !filters.includes(subject)) {
    findings.push(`${subject} must be among the filters, so that each search names the person it is about.`);
  }
  if (ranges.includes(subject) || prefixes.includes(subject)) {
    findings.push(`${subject} names one person; it can be no range and no prefix.`);
  }
  return findings;
}

/** What keeps a register from finding exactly the person whose list gets the reading: several spellings for one of them. */
function subjectSpelling(declaration: RegisterDeclaration, columns: ReadonlyMap<string, Column>): string | undefined {
  const { subject, fields } = declaration;
  const from = subject === undefined ? undefined : sourceName(declaration, subject);
  const column = from === undefined ? undefined : columns.get(from);
  if (subject === undefined || column === undefined) return undefined;
  if (fields[subject]?.type !== "text" || column.spelling === "type") {
    return (
      `Column ${from} is of type ${column.type}, in which one person can be written in several ways. Use text or ` +
      `character varying and declare it as text, for example with a view that selects ${from}::text as ${from}.`
    );
  }
  if (column.spelling === "exact") return undefined;
  return (
    `Column ${from} has a collation that takes different texts for equal. Use a deterministic one, for example ` +
    `with a view that selects ${from} collate "C" as ${from}.`
  );
}

/** A column that was perhaps meant: the same but for case and white space, as headings of files often are. */
function nearest(name: string, columns: ReadonlyMap<string, Column>): string {
  const plain = (text: string): string =>
    text
      .normalize("NFKC")
      .replaceAll(/[\s_-]/g, "")
      .toLowerCase();
  const meant = [...columns.keys()].find((column) => plain(column) === plain(name));
  if (meant !== undefined) return ` Is ${JSON.stringify(meant)} meant?`;
  return columns.size <= 40 ? ` It has: ${[...columns.keys()].join(", ")}.` : "";
}
