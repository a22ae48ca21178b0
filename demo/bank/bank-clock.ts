import type { Clock } from "#kernel";
import { bankingCalendar } from "#countries/taiwan";
import type { Database } from "#store";
import { aheadMs, setAhead } from "./store.ts";

/** The bank's own clock: the real one, and as far ahead as a test has moved it. It only ever goes forward. */
export interface BankClock {
  now(): Promise<Date>;
  /** Moves it forward by whole banking days. */
  advanceBankingDays(days: number): Promise<Date>;
}

export function bankClock(database: Database, clock: Clock): BankClock {
  const now = async (): Promise<Date> => new Date(clock.now().getTime() + Number(await aheadMs(database)));
  return {
    now,
    advanceBankingDays: async (days) => {
      const from = await now();
      const to = afterBankingDays(from, days);
      await setAhead(database, to.getTime() - clock.now().getTime());
      return to;
    },
  };
}

const day = 86_400_000;
const offset = 8 * 3_600_000;

/** The same time of day so many banking days later. */
export function afterBankingDays(from: Date, days: number): Date {
  let at = from.getTime();
  for (let left = days; left > 0;) {
    at += day;
    if (isBankingDay(localDay(new Date(at)))) left -= 1;
  }
  return new Date(at);
}

/** `YYYY-MM-DD` in Taipei. */
export function localDay(at: Date): string {
  return new Date(at.getTime() + offset).toISOString().slice(0, 10);
}

const calendar = bankingCalendar();

/** Monday to Friday in years whose holidays are not known: a simulator may guess where a bank may not. */
function isBankingDay(text: string): boolean {
  try {
    return calendar.isBankingDay(text);
  } catch {
    return new Date(`${text}T00:00:00Z`).getUTCDay() % 6 !== 0;
  }
}
