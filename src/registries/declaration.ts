import type { Localised } from "#kernel";

/**
 * How a column leaves the house: `date` as `YYYY-MM-DD`, `timestamp` as RFC 3339 UTC, `numeric` as decimal text (no
 * rounding on the way), `text-list` as an array.
 */
export type FieldType = "text" | "integer" | "numeric" | "boolean" | "date" | "timestamp" | "text-list";

/** `special` is what the law protects most: health, for example. Shown to those who apply for a right. */
export type Sensitivity = "public" | "internal" | "personal" | "special";

export interface FieldDeclaration {
  readonly title: Localised;
  readonly type: FieldType;
  readonly sensitivity: Sensitivity;
  readonly description?: Localised;
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
 * Only declared fields are ever read; keys and filters travel in request bodies, since paths are logged by the world.
 */
export interface RegisterDeclaration {
  /** Code of the agency's subsystem that provides the service. */
  readonly subsystem: string;
  /** Service code. */
  readonly service: string;
  readonly title: Localised;
  readonly description?: Localised;
  /** `schema.table`, or a view. */
  readonly table: string;
  /** Column or columns that name one row; all of them declared as fields. */
  readonly key: readonly string[];
  /**
   * The field that names the person a row is about, when it is about one: a column of type `text` or `character varying`,
   * in the key or among the filters. Every lookup and every search must give it, since the reading is put on the list of
   * the person it names.
   */
  readonly subject?: string;
  /** Column name → what it is. */
  readonly fields: Readonly<Record<string, FieldDeclaration>>;
  /** Fields that `search` may compare with, by equality. */
  readonly filters?: readonly string[];
  /** Rows of a page; 50 unless told. */
  readonly pageSize?: number;
  readonly purposeRequired?: boolean;
  readonly consent?: "none" | "required";
}

/** Field names that the operations need for themselves. */
export const reservedFields: readonly string[] = ["cursor", "rows", "next"];

/** What a lookup must give: the whole key, and the person. */
export function lookupFields({ key, subject }: RegisterDeclaration): readonly string[] {
  return subject === undefined || key.includes(subject) ? key : [...key, subject];
}
