import type { Localised } from "./localised.ts";

/** One kind of refusal: its permanent name is the key in the module's table, and the last part of its RFC 9457 `type`. */
export interface ProblemEntry {
  /** HTTP status, 400–599. */
  readonly status: number;
  /** What the person reads first. */
  readonly title: Localised;
  /** What the person can do about it. */
  readonly action: Localised;
  /** For engineers: when exactly this is answered. Plain English. */
  readonly when: string;
}

export type ProblemTable = Readonly<Record<string, ProblemEntry>>;

/**
 * A refusal as a value. `code` names an entry of a module's problem table; `inside` is for the log only and never
 * leaves the process; `params` may be shown (never personal data).
 */
export interface Refusal<Code extends string = string> {
  readonly code: Code;
  readonly inside?: string;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** Declares a module's refusals once; code, RFC 9457 answers and `docs/problems` all come from this table. */
export function problemTable<const Table extends ProblemTable>(table: Table): Table {
  return table;
}
