import { stringify } from "yaml";
import { isDate } from "./query.ts";
import type { FieldType } from "./declaration.ts";

/** What is known of a source before anybody declared anything. */
export interface Seen {
  /** The lines of `source`, without indentation. */
  readonly source: readonly string[];
  /** What the register could be called. */
  readonly name: string;
  readonly columns: readonly SeenColumn[];
  /** The key, where the source knows it. */
  readonly key: readonly string[];
  /** What the source can be searched by, where it says so. */
  readonly filters?: readonly string[];
  /** What to do about a column that cannot be published. */
  readonly convert: string;
}

export interface SeenColumn {
  readonly name: string;
  /** Nothing for a column that cannot be published; guessed from the values of a CSV file when `undefined`. */
  readonly types: readonly FieldType[] | undefined;
  /** In the source's own words. */
  readonly type: string;
  readonly comment: string | null;
  /** A sample, to guess from; none of it is written anywhere. */
  readonly values: readonly string[];
}

/** The one spelling of a country's identity number, nothing for a text that is none. */
export type NormalSubject = (text: string) => string | undefined;

/**
 * Writes a first declaration: commented YAML with types, a guess of the key, and the columns that look personal marked.
 * Every field is `personal` until its engineer has judged it.
 */
export function draftDeclaration(
  seen: Seen,
  o: { readonly subsystem: string; readonly normalSubject?: NormalSubject },
): string {
  const columns = seen.columns.map((column) => ({ ...column, field: fieldName(column.name) }));
  const usable = columns.filter(({ types }) => types === undefined || types.length > 0);
  const looks = new Map(usable.map((column) => [column.field, likeness(column, o.normalSubject)]));
  const persons = usable.filter(({ field }) => looks.get(field) === identity);
  const key = seen.key.length > 0 ? seen.key.map(fieldName) : guessedKey(usable);
  const subject = persons.find(({ field }) => key.includes(field)) ?? persons[0];
  const lines = [
    "# A register: which data an agency publishes as a data service, and how it is asked.",
    "# Check it with: npx taroko registry check <this file>",
    `subsystem: ${text(o.subsystem)} # code of your subsystem that provides the service`,
    `service: ${text(serviceCode(seen.name))} # the last part of the service's address`,
    `title: { zh-Hant: ${text(seen.name)}, en: ${text(seen.name)} }`,
    "source:",
    ...seen.source.map((line) => `  ${line}`),
    key.length > 0
      ? `key: [${key.map(text).join(", ")}] # ${seen.key.length > 0 ? (seen.filters ? "what the look-up's address names" : "the primary key") : "a guess: different in every record that was looked at"}`
      : "key: [] # no column differs in every record: name the columns that together do",
    ...(subject
      ? [
          `subject: ${text(subject.field)} # the person a row is about; every call must name them, and the reading is put on their list`,
          "purposeRequired: true # calls say what for, and by which law",
        ]
      : ["# subject: …  # the field that names the person a row is about, if it is about one"]),
    seen.filters?.length
      ? `filters: [${seen.filters.map(fieldName).map(text).join(", ")}] # what a search may compare with`
      : subject && !key.includes(subject.field)
        ? `filters: [${text(subject.field)}] # what a search may compare with`
        : `# filters: [${text((subject ?? usable[0])?.field ?? "…")}] # what a search may compare with${subject ? "; the person must be among them" : ""}`,
    "# ranges: […]   # also from … to …     # prefixes: […]  # also by a text's beginning",
    "pageSize: 50     # rows of a page at most",
    "rateLimit: 600   # calls a minute for each client",
    "timeoutSeconds: 10",
    "# Only the fields that stand here ever leave the house: delete the others.",
    "# sensitivity: public, internal, personal, or special (what the law protects most: health, for example).",
    "fields:",
    ...columns.map((column) => fieldLine(column, looks.get(column.field), seen.convert)),
  ];
  return `${lines.join("\n")}\n`;
}

const identity = "looks like this country's identity numbers";

function fieldLine(column: SeenColumn & { readonly field: string }, look: string | undefined, convert: string): string {
  const { field, name, types, values, type, comment } = column;
  if (types?.length === 0) return `  # ${text(name)} is of type ${type}, which cannot be published; ${convert}`;
  const from = field === name ? "" : `from: ${text(name)}, `;
  const title = comment ? `title: ${text(comment.split("\n")[0]!)}, ` : "";
  const zeros =
    types === undefined && values.some((value) => /^0\d/.test(value))
      ? "leading zeros: a text, not a number"
      : undefined;
  const notes = [look, zeros].filter((note) => note !== undefined).join("; ");
  return `  ${text(field)}: { ${title}${from}type: ${types?.[0] ?? guessedType(values)}, sensitivity: personal }${notes ? ` # ${notes}` : ""}`;
}

/** What a column seems to say about a person, by its values first and then by its name. */
function likeness({ name, values }: SeenColumn, normalSubject: NormalSubject | undefined): string | undefined {
  const share = (matches: (value: string) => boolean): number =>
    values.filter(matches).length / Math.max(values.length, 1);
  if (normalSubject && share((value) => normalSubject(value) !== undefined) > 0.8) {
    return share((value) => normalSubject(value) === value) === 1
      ? identity
      : `${identity}, some in another spelling: those are never found`;
  }
  if (share((value) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value)) > 0.5) return "looks like e-mail addresses";
  const named: readonly (readonly [RegExp, string])[] = [
    [/birth|born|生日|出生/i, "looks like dates of birth"],
    [/phone|mobile|電話|手機/i, "looks like telephone numbers"],
    [/address|street|地址|住址/i, "looks like addresses"],
    [/(^|_)name|姓名|名字/i, "looks like names"],
    [/illness|diagnos|disab|health|病|障礙|健康/i, "looks like health: perhaps special"],
  ];
  return named.find(([pattern]) => pattern.test(name))?.[1];
}

function guessedKey(columns: readonly (SeenColumn & { readonly field: string })[]): readonly string[] {
  const most = Math.max(0, ...columns.map(({ values }) => values.length));
  const key = columns.find(({ values }) => values.length === most && most > 0 && new Set(values).size === most);
  return key ? [key.field] : [];
}

function guessedType(values: readonly string[]): FieldType {
  const all = (matches: (value: string) => boolean): boolean => values.length > 0 && values.every(matches);
  if (all((value) => /^-?(0|[1-9]\d{0,8})$/.test(value))) return "integer";
  if (all((value) => /^-?(0|[1-9]\d{0,24})(\.\d{1,12})?$/.test(value))) return "numeric";
  if (all((value) => /^-?\d{1,25}(\.\d{1,25})?(e[+-]?\d{1,3})?$/i.test(value)) && values.some((one) => /e/i.test(one)))
    return "double";
  if (all((value) => isDate(value.replaceAll("/", "-")))) return "date";
  if (all((value) => /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?$/.test(value)))
    return "timestamp";
  return all((value) => /^(true|false)$/i.test(value)) ? "boolean" : "text";
}

/** A name that may be a field's: letters, digits, - and _. */
export function fieldName(name: string): string {
  const plain = name
    .normalize("NFC")
    .trim()
    .replaceAll(/[^\p{L}\p{M}\p{N}_-]+/gu, "_")
    .replace(/^[^\p{L}]+/u, "")
    .slice(0, 60);
  return plain === "" || ["cursor", "rows", "next", "limit", "fields"].includes(plain) ? `f_${plain}` : plain;
}

function serviceCode(name: string): string {
  return (
    name
      .replaceAll("_", "-")
      .replaceAll(/[^A-Za-z0-9.-]/g, "")
      .replace(/^[.-]+/, "") || "register"
  );
}

/** A value of YAML on one line. */
export function text(value: string): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}
