import type { Fees } from "./open.ts";
import { bookedOfDay, linesOfDay, type SettlementRow, type Unsettled } from "./store-settlement.ts";

/** A day of one provider: what we booked, what it handed over, and what does not fit. */
export interface DailyReport {
  readonly day: string;
  readonly provider: string;
  /** What we booked that day: payments in, refunds out, in the currency's smallest unit. */
  readonly booked: { readonly payments: bigint; readonly refunds: bigint; readonly count: number };
  readonly settled: { readonly payments: bigint; readonly refunds: bigint; readonly count: number };
  /** Booked by us that day, and in no settlement file so far. */
  readonly missing: readonly Unsettled[];
  /** Lines that differ in amount, that fit no charge, or that were not expected. */
  readonly strange: readonly SettlementRow[];
}

/**
 * The day's report for one agency; lines that fit nobody's charge show to every agency, since somebody must look.
 * @param day `YYYY-MM-DD`, from `from` until before `to`
 */
export async function reportDay(
  fees: Fees,
  o: {
    readonly provider: string;
    readonly agency: string;
    readonly day: string;
    readonly from: Date;
    readonly to: Date;
  },
): Promise<DailyReport> {
  const booked = await bookedOfDay(fees.database, o);
  const lines = await linesOfDay(fees.database, o.provider, o.day, o.agency);
  const sum = (rows: readonly { readonly kind: string; readonly amount: bigint }[], kind: string): bigint =>
    rows.filter((row) => row.kind === kind).reduce((total, { amount }) => total + amount, 0n);
  const sums = (rows: readonly { readonly kind: string; readonly amount: bigint }[]) => ({
    payments: sum(rows, "payment"),
    refunds: sum(rows, "refund"),
    count: rows.length,
  });
  return {
    day: o.day,
    provider: o.provider,
    booked: sums(booked),
    settled: sums(lines),
    missing: booked.filter(({ settled }) => !settled),
    strange: lines.filter(({ outcome }) => outcome !== "matched"),
  };
}
