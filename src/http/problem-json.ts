import type { Language, ProblemEntry, ProblemTable, Refusal } from "#kernel";

/** RFC 9457 section 3: what a client that asked for JSON gets. Clients branch on `type` only. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly [member: string]: string | number | undefined;
}

/** The document of one refusal. `base` is the address below which the problem pages live; `instance` names this occurrence. */
export function problemJson(
  code: string,
  entry: ProblemEntry,
  options: { base: string; language: Language; instance?: string; params?: Refusal["params"] },
): ProblemDocument {
  return {
    ...options.params,
    type: `${options.base}/problems/${code}`,
    title: entry.title[options.language],
    status: entry.status,
    detail: entry.action[options.language],
    ...(options.instance ? { instance: options.instance } : {}),
  };
}

/** Finds the entry of a refusal among the tables of the modules; a code that no table has is a fault of ours. */
export function refusalOf(refusal: Refusal, tables: readonly ProblemTable[]): ProblemEntry {
  for (const table of tables) {
    const entry = table[refusal.code];
    if (entry) return entry;
  }
  throw Object.assign(new Error(`no problem table has "${refusal.code}"`), { code: "problem-undeclared" });
}
