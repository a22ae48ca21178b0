import type { Localised } from "#kernel";
import type { RegisterSource } from "./source.ts";

/**
 * How a column leaves the house: `date` as `YYYY-MM-DD`, `timestamp` as RFC 3339 UTC, `numeric` as decimal text (no
 * rounding on the way), `double` as a JSON number, no value where it is none (NaN, infinities), `text-list` as an array.
 */
export type FieldType = "text" | "integer" | "numeric" | "double" | "boolean" | "date" | "timestamp" | "text-list";

/** `special` is what the law protects most: health, for example. Shown to those who apply for a right. */
export type Sensitivity = "public" | "internal" | "personal" | "special";

/**
 * What others may be given a right to do to a register's rows besides reading them, by GovStack's Digital Registries API.
 * Its update-or-create needs both `create` and `update`.
 */
export type WriteOperation = "create" | "update" | "update-entries" | "delete";

export interface FieldDeclaration {
  readonly title: Localised;
  readonly type: FieldType;
  readonly sensitivity: Sensitivity;
  readonly description?: Localised;
  /**
   * What the source calls it, when that is another name: a column, a CSV heading, or of a REST service's row a member or
   * a JSON pointer (RFC 6901).
   */
  readonly from?: string;
  /** Of a `text-list` in a CSV file: what stands between its parts. */
  readonly separator?: string;
}

/**
 * A table or view of the agency's own database, published as a data service:
 * ```ts
 * {
 *   subsystem: "disability", service: "certificate", table: "disability.certificate", key: ["national_id"],
 *   title: { "zh-Hant": "身心障礙證明", en: "Disability certificate" },
 *   subject: "national_id", purposeRequired: true, consent: "required",
 *   fields: { national_id: {…}, severity: {…}, valid_until: {…} },
 * }
 * ```
 * A `source` instead of `table` takes the rows from elsewhere: a CSV or Parquet file, a REST service. The same as a file
 * of ten lines: `read-declaration.ts`. Only declared fields are ever read; keys and filters travel in request bodies,
 * since paths are logged by the world.
 */
export interface RegisterDeclaration {
  /** Code of the agency's subsystem that provides the service. */
  readonly subsystem: string;
  /** Service code. */
  readonly service: string;
  readonly title: Localised;
  readonly description?: Localised;
  /** `schema.table`, or a view, of the database that the register is opened on. Either this or `source`. */
  readonly table?: string;
  readonly source?: RegisterSource;
  /** Column or columns that name one row; all of them declared as fields. */
  readonly key: readonly string[];
  /**
   * The field that names the person a row is about, when it is about one: a column of type `text` or `character varying`,
   * in the key or among the filters. Every lookup and every search must give it, since the reading is put on the list of
   * the person it names.
   */
  readonly subject?: string;
  /** Field name → what it is. */
  readonly fields: Readonly<Record<string, FieldDeclaration>>;
  /** Fields that `search` may compare with, by equality. */
  readonly filters?: readonly string[];
  /** Fields that `search` may also bound: `{"from": …, "to": …}`, both inclusive. Numbers, days and instants. */
  readonly ranges?: readonly string[];
  /** Text fields whose beginning `search` may also give: `{"prefix": …}`. */
  readonly prefixes?: readonly string[];
  /** Rows of a page at most, and unless the caller wants fewer; 50 unless told. */
  readonly pageSize?: number;
  /** Calls a minute that one client may make; no limit unless told. */
  readonly rateLimit?: number;
  /** After how long the source is asked no further; 10 unless told. */
  readonly timeoutSeconds?: number;
  /** Of a table only, never of a view, a file or a REST service; nothing is written unless told. */
  readonly writes?: readonly WriteOperation[];
  readonly purposeRequired?: boolean;
  readonly consent?: "none" | "required";
  /** What is done about calls that break the generated description; `off` unless told. */
  readonly contract?: "off" | "report" | "enforce";
}

/** Field names that the operations need for themselves. */
export const reservedFields: readonly string[] = ["cursor", "rows", "next", "limit", "fields"];

/** Seconds that a source has for one question, unless the declaration says otherwise. */
export const defaultTimeoutSeconds: number = 10;
/** Rows of a page, unless the declaration says otherwise. */
export const defaultPageSize: number = 50;

/** What a lookup must give: the whole key, and the person. */
export function lookupFields({ key, subject }: RegisterDeclaration): readonly string[] {
  return subject === undefined || key.includes(subject) ? key : [...key, subject];
}

/** What a search may give, each once. */
export function searchFields({ filters = [], ranges = [], prefixes = [] }: RegisterDeclaration): readonly string[] {
  return [...new Set([...filters, ...ranges, ...prefixes])];
}

/** What the source calls a field. */
export function sourceName({ fields }: RegisterDeclaration, name: string): string {
  return fields[name]?.from ?? name;
}
