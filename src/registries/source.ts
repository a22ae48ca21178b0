import type { Result } from "#kernel";
import type { Writer } from "./writing/writer.ts";
import type { FieldType, RegisterDeclaration } from "./declaration.ts";

/** Where a register's rows come from. Paths are relative to the declaration's folder and must not leave it. */
export type RegisterSource = TableSource | CsvSource | ParquetSource | RestSource;

export interface TableSource {
  /** `schema.table`, or a view. */
  readonly table: string;
  /** `postgres://…`; a declaration in a file may say `env:NAME`. Without it the database is given by whoever opens it. */
  readonly database?: string;
  /** The same database under the role that may write, where the declaration has `writes`; also `env:NAME`. */
  readonly writer?: string;
}

export interface CsvSource {
  readonly csv: string;
  /** By the byte order mark, else UTF-8, unless told. */
  readonly encoding?: Encoding;
  /** `,` unless told. */
  readonly delimiter?: string;
  /** `"` unless told; doubled inside a quoted value. */
  readonly quote?: string;
  /** What stands for "no value" when it is not quoted; nothing at all unless told. `""` in quotes is an empty text. */
  readonly null?: string;
  /** MiB that reading and asking may take; 256 unless told. */
  readonly memory?: number;
}

export interface ParquetSource {
  readonly parquet: string;
  readonly memory?: number;
}

/** A service that is there already. `{name}` in a target is the field's value, escaped; of a search also `{limit}`, `{cursor}`. */
export interface RestSource {
  /** Base address, `http` or `https`, without a query. */
  readonly rest: string;
  /** The service's OpenAPI document (JSON or YAML file), when operations are given by their `operationId`. */
  readonly openapi?: string;
  /** `GET /people/{national_id}`, or an `operationId`. */
  readonly lookup?: string;
  /** `GET /people?village={village}`, or an `operationId`. */
  readonly search?: string;
  /** JSON pointer to the row in a lookup's answer; the whole answer unless told. */
  readonly row?: string;
  /** JSON pointer to the list in a search's answer; the whole answer unless told. */
  readonly rows?: string;
  /** JSON pointer to the cursor of the next page; without it the answer is taken to be whole. */
  readonly next?: string;
  /** Headers to send; a value `env:NAME` is taken from the environment. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Encoding = "utf-8" | "big5" | "utf-16le" | "utf-16be";

/** Something in a declaration that its engineer must change, in plain words. */
export interface Finding {
  /** Member of the declaration, for example `fields.birth_date`. */
  readonly where: string;
  readonly message: string;
  /** Line of the declaration's file, from 1, when it came from one. */
  readonly line?: number;
}

/** A column as the source has it. */
export interface Column {
  /** In the source's own words. */
  readonly type: string;
  /** Declared types that it can stand for. */
  readonly fits: readonly FieldType[];
  /** Whether its values are equal only when they are the same text; if not, what makes them so. */
  readonly spelling: "exact" | "type" | "collation";
}

/** A value as it may be compared with a column. */
export type QueryValue = string | number | boolean;

/** What a row must satisfy; values are of the field's declared type. */
export type Condition =
  | { readonly field: string; readonly equals: QueryValue }
  | { readonly field: string; readonly from?: QueryValue; readonly to?: QueryValue }
  | { readonly field: string; readonly prefix: string };

export interface Query {
  readonly operation: "lookup" | "search";
  readonly conditions: readonly Condition[];
  /** Fields to answer. Rows may hold more: the key. */
  readonly fields: readonly string[];
  /** A position that this source gave as `next` before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** One row with declared fields only, already in its outer form. */
export type RegisterRow = Readonly<Record<string, unknown>>;

export interface Page {
  readonly rows: readonly RegisterRow[];
  /** Where the next page begins, in the source's own words. */
  readonly next: string | null;
}

/** Why a source gave no page. `inside` is for the log and holds no value of anybody. */
export interface SourceRefusal {
  readonly code: "query-invalid" | "register-unavailable" | "register-slow" | "register-answer-invalid";
  readonly field?: string;
  readonly inside?: string;
}

/** How a source stands, for its operator. */
export interface SourceState {
  readonly rows?: number;
  /** When the data in use were read. */
  readonly loadedAt?: Date;
  /** Why newer data are not in use. */
  readonly problem?: string;
}

/** A source that answers by one declaration. Rows come in an order of their own and each once over all pages. */
export interface Reader {
  find(query: Query): Promise<Result<Page, SourceRefusal>>;
  state(): SourceState;
  /** Of a declaration with `writes`. */
  readonly writer?: Writer;
}

/**
 * Where rows come from, before anything was asked. `columns` and `prepare` refuse with what the engineer must change;
 * `columns` answers `undefined` when the source cannot tell.
 */
export interface Source {
  /** For messages, for example `table household.person`. */
  readonly what: string;
  columns(): Promise<Result<ReadonlyMap<string, Column> | undefined, readonly Finding[]>>;
  prepare(declaration: RegisterDeclaration, secret?: Uint8Array): Promise<Result<Reader, readonly Finding[]>>;
  /** What works and should yet be otherwise. */
  advice(declaration: RegisterDeclaration): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

/** Ends an open register or source with all that is wrong. */
export function declarationFault(what: string, findings: readonly Finding[]): Error {
  const text = findings.map(({ where, message, line }) => `${line ? `line ${line}, ` : ""}${where}: ${message}`);
  return Object.assign(new Error(`${what} cannot be served\n${text.join("\n")}`), {
    code: "register-declaration",
    findings,
  });
}
