import type { Explanation } from "#rules";
import { rulingsBy } from "#services";
import type { Sql } from "#store";

/** Cases that are looked at, at most, and of them at a time. */
const mostCases = 5_000;
const casesAtATime = 500;

/** How often each row of a version's tables applied in the latest cases that were sent. */
export interface RowsApplied {
  readonly cases: number;
  /** Id of the decision → row, from 1 → cases. A row that is not there never applied. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** Counts from the accounts that are stored with the rulings; nothing is judged anew. */
export async function rowsApplied(sql: Sql, hash: string): Promise<RowsApplied> {
  const rows = new Map<string, Map<number, number>>();
  let cases = 0;
  let last: { at: Date; caseId: string } | undefined;
  while (cases < mostCases) {
    const page = await rulingsBy(sql, hash, last, casesAtATime);
    for (const { explanation } of page)
      for (const { id, tables } of (explanation as unknown as Explanation).steps)
        for (const row of new Set(tables.flatMap(({ matched }) => matched))) {
          const counts = rows.get(id) ?? new Map<number, number>();
          counts.set(row, (counts.get(row) ?? 0) + 1);
          rows.set(id, counts);
        }
    cases += page.length;
    last = page.at(-1);
    if (page.length < casesAtATime) break;
  }
  return { cases, rows };
}
