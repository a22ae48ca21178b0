import { canonicalJson, err, ok, type JsonValue, type Result } from "#kernel";
import type { Sql } from "#store";
import { sha256Hex } from "../binding.ts";
import { logDay } from "../log-act.ts";
import { localInstant, today, type Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import {
  bankLinesTaken,
  closedDay,
  closedDays,
  daysOfAccounts,
  insertClosedDay,
  lastClosedDay,
  stuckInTransit,
  suspenseAt,
  unprovedSettlements,
  type ClosedDay,
} from "./store-daily.ts";

/** Something that does not come out at nothing; each needs an explanation before the next day is closed. */
export interface Difference {
  readonly what:
    | "accounts-do-not-add-up"
    | "movements-do-not-add-up"
    | "opening-is-not-yesterdays-closing"
    | "suspense-is-not-its-lines"
    | "suspense-overdue"
    | "in-transit-too-long"
    | "settled-without-a-line";
  readonly programme: string;
  readonly account?: string;
  /** In the currency's smallest unit. */
  readonly amount: string;
}

/** One day of all programmes. Amounts are decimal texts in the currency's smallest unit; no names, no accounts of payees. */
export interface DayReport {
  readonly v: 1;
  readonly day: string;
  readonly currency: string;
  /** SHA-256 of the report before this one, or `null` for the first. */
  readonly previous: string | null;
  readonly programmes: readonly {
    readonly programme: string;
    readonly accounts: readonly {
      readonly account: string;
      readonly opening: string;
      readonly in: string;
      readonly out: string;
      readonly closing: string;
    }[];
  }[];
  readonly bank: readonly {
    readonly direction: string;
    readonly outcome: string;
    readonly lines: number;
    readonly sum: string;
  }[];
  readonly suspense: readonly {
    readonly id: string;
    readonly programme: string;
    readonly amount: string;
    readonly why: string;
    readonly owner: string;
    readonly dueOn: string;
  }[];
  readonly differences: readonly Difference[];
}

/** Money sent and not settled for so many days is a difference. */
const horizonDays = 10;

/** What a day's report would say, at any time: for a page, before the day is closed. */
export function dayReport(
  payments: Payments,
  day: string,
): Promise<Result<DayReport, PaymentsRefusal<"report-invalid">>> {
  return payments.database.transaction((tx) => reportOn(payments, tx, day));
}

/**
 * Closes a day that is over: its report is signed, kept, and committed to in the portal's log. A closed day stays as it is;
 * closing it again answers what was closed.
 */
export async function closeDay(
  payments: Payments,
  { day, by }: { readonly day: string; readonly by: string },
): Promise<Result<ClosedDay, PaymentsRefusal<"report-invalid">>> {
  if (!isDay(day) || day >= today(payments)) return err({ code: "report-invalid" });
  return payments.database.transaction(async (tx) => {
    const before = await closedDay(tx, day);
    if (before) return ok(before);
    const report = await reportOn(payments, tx, day);
    if (!report.ok) return report;
    const content = canonicalJson(report.value as unknown as JsonValue);
    const row: ClosedDay = {
      day,
      sha256: sha256Hex(content),
      content,
      signature: (await payments.signReport?.(content)) ?? null,
      closedAt: payments.clock.now(),
      closedBy: by,
    };
    if (!(await insertClosedDay(tx, row))) return ok((await closedDay(tx, day))!);
    await logDay(payments, tx, row);
    return ok(row);
  });
}

/** Closes the day that is over, once money has been promised at all. For a clock; `undefined` while there is nothing to say. */
export async function closeYesterday(payments: Payments, by: string): Promise<ClosedDay | undefined> {
  const day = dayBefore(today(payments));
  const before = await closedDay(payments.database, day);
  if (before) return before;
  const report = await dayReport(payments, day);
  if (!report.ok || report.value.programmes.length === 0) return undefined;
  const closed = await closeDay(payments, { day, by });
  return closed.ok ? closed.value : undefined;
}

/** Closed days, newest first. */
export function listClosedDays(payments: Payments, limit = 31, offset = 0): Promise<readonly ClosedDay[]> {
  return closedDays(payments.database, limit, offset);
}

async function reportOn(
  payments: Payments,
  tx: Sql,
  day: string,
): Promise<Result<DayReport, PaymentsRefusal<"report-invalid">>> {
  if (!isDay(day) || day > today(payments)) return err({ code: "report-invalid" });
  const start = localInstant(day, payments.banking.utcOffset);
  const end = new Date(start.getTime() + 86_400_000);
  const accounts = await daysOfAccounts(tx, start, end);
  const open = await suspenseAt(tx, end);
  const previous = await lastClosedDay(tx, day);
  const differences: Difference[] = [];
  const differ = (what: Difference["what"], programme: string, amount: bigint, account?: string): void => {
    if (amount !== 0n)
      differences.push({ what, programme, ...(account !== undefined && { account }), amount: String(amount) });
  };
  const yesterday = previous && dayBefore(day) === previous.day ? closingsOf(previous) : undefined;
  const byProgramme = Map.groupBy(accounts, ({ programme }) => programme);
  for (const [programme, rows] of byProgramme) {
    differ("accounts-do-not-add-up", programme, sum(rows.map(({ closing }) => closing)));
    for (const row of rows) {
      differ("movements-do-not-add-up", programme, row.opening + row.in - row.out - row.closing, row.account);
      const closing = yesterday?.get(`${programme} ${row.account}`) ?? 0n;
      if (yesterday) differ("opening-is-not-yesterdays-closing", programme, row.opening - closing, row.account);
    }
    const own = open.filter((one) => one.programme === programme);
    const held = rows.find(({ account }) => account === "suspense")?.closing ?? 0n;
    differ("suspense-is-not-its-lines", programme, held - sum(own.map(({ amount }) => amount)));
    for (const { amount, dueOn } of own) if (dueOn < day) differ("suspense-overdue", programme, amount);
  }
  const horizon = new Date(end.getTime() - horizonDays * 86_400_000);
  for (const stuck of await stuckInTransit(tx, horizon)) differ("in-transit-too-long", stuck.programme, stuck.sum);
  for (const bare of await unprovedSettlements(tx)) differ("settled-without-a-line", bare.programme, bare.sum);
  return ok({
    v: 1,
    day,
    currency: payments.banking.currency.code,
    previous: previous?.sha256 ?? null,
    programmes: [...byProgramme].map(([programme, rows]) => ({
      programme,
      accounts: rows.map((row) => ({
        account: row.account,
        opening: String(row.opening),
        in: String(row.in),
        out: String(row.out),
        closing: String(row.closing),
      })),
    })),
    bank: (await bankLinesTaken(tx, start, end)).map((row) => ({ ...row, sum: String(row.sum) })),
    suspense: open.map((row) => ({ ...row, amount: String(row.amount) })),
    differences,
  });
}

function closingsOf({ content }: ClosedDay): Map<string, bigint> {
  const report = JSON.parse(content) as DayReport;
  return new Map(
    report.programmes.flatMap(({ programme, accounts }) =>
      accounts.map(({ account, closing }) => [`${programme} ${account}`, BigInt(closing)] as const),
    ),
  );
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function isDay(text: string): boolean {
  const instant = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
