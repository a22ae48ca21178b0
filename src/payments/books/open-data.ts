import { localInstant, type Payments } from "../open.ts";
import { reasonClass, type ReasonClass } from "../bank/reasons.ts";
import { publishedRows } from "./store-daily.ts";

/** One published cell. `payments` and `sum` are `null` where so few people are in it that it could tell of one. */
export interface PublishedCell {
  readonly programme: string;
  /** `YYYY-MM` in the country's time. */
  readonly month: string;
  readonly outcome: "paid" | "returned" | "refused";
  /** Why; absent for what was paid. The bank's codes are not published. */
  readonly reason?: ReasonClass;
  readonly payments: number | null;
  /** In the currency's smallest unit, as a decimal text. */
  readonly sum: string | null;
}

/**
 * Counts and sums of what was paid, refused and returned, by programme, month and class of reason, for anybody. Cells
 * of fewer than `least` payments are suppressed; where only one of a month's cells would be, the next smallest is too, so
 * that a published total does not give it away.
 * @param months `YYYY-MM`, the first and the last
 */
export async function publishedPayments(
  payments: Payments,
  months: { readonly from: string; readonly to: string },
  least = 5,
): Promise<readonly PublishedCell[]> {
  const { utcOffset } = payments.banking;
  const from = localInstant(`${months.from}-01`, utcOffset);
  const [year = 0, month = 0] = months.to.split("-").map(Number);
  const next = new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
  const to = localInstant(next, utcOffset);
  const minutes = (Date.parse(`${months.from}-01T00:00:00Z`) - from.getTime()) / 60_000;

  const cells = new Map<string, PublishedCell & { payments: number; total: bigint }>();
  for (const row of await publishedRows(payments.database, from, to, minutes)) {
    const reason = row.outcome === "paid" ? undefined : reasonClass(row.reason ?? undefined);
    const key = JSON.stringify([row.programme, row.month, row.outcome, reason]);
    const before = cells.get(key);
    const total = (before?.total ?? 0n) + row.sum;
    cells.set(key, {
      programme: row.programme,
      month: row.month,
      outcome: row.outcome,
      ...(reason !== undefined && { reason }),
      payments: (before?.payments ?? 0) + row.payments,
      sum: String(total),
      total,
    });
  }
  return [...Map.groupBy(cells.values(), (cell) => `${cell.programme} ${cell.month}`).values()].flatMap((group) => {
    const bySize = group.toSorted((a, b) => a.payments - b.payments);
    const small = bySize.filter((cell) => cell.payments < least).length;
    const hidden = new Set(bySize.slice(0, small === 1 ? 2 : small));
    return group.map((cell): PublishedCell => {
      const { total: _total, ...shown } = cell;
      return hidden.has(cell) ? { ...shown, payments: null, sum: null } : shown;
    });
  });
}
