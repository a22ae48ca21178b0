import type { Localised } from "#kernel";

/** A public holiday on the day the law or the calendar names, before any shift for weekends. */
export interface Holiday {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly name: Localised;
  /** Days of the New Year are made up after the holiday, others on the nearest working day (see `daysOff`). */
  readonly newYear?: true;
}

/**
 * Taiwan's holidays of 2026 and 2027, weekdays or not.
 *
 * Source: 紀念日及節日實施條例 (in force since 30 May 2025), which fixes the days of the solar calendar and names those of
 * the lunar one; the lunar days and the Tomb-Sweeping Day (清明, a solar term) are astronomical, and the test compares the
 * lunar ones with ICU's Chinese calendar. What is decided year by year (typhoon closures, a bank's own closing days) is
 * not here: it is given to `bankingCalendar` as configuration.
 */
export const holidays: readonly Holiday[] = [
  ...yearly(2026),
  ...yearly(2027),
  ...named("小年夜", "Day before Lunar New Year's Eve", ["2026-02-15", "2027-02-04"], true),
  ...named("除夕", "Lunar New Year's Eve", ["2026-02-16", "2027-02-05"], true),
  ...named("春節", "Lunar New Year", ["2026-02-17", "2026-02-18", "2026-02-19"], true),
  ...named("春節", "Lunar New Year", ["2027-02-06", "2027-02-07", "2027-02-08"], true),
  ...named("清明節", "Tomb-Sweeping Day", ["2026-04-05", "2027-04-05"]),
  ...named("端午節", "Dragon Boat Festival", ["2026-06-19", "2027-06-09"]),
  ...named("中秋節", "Mid-Autumn Festival", ["2026-09-25", "2027-09-15"]),
  { day: "2028-01-01", name: { "zh-Hant": "開國紀念日", en: "Founding Day" } },
];

function yearly(year: number): Holiday[] {
  return [
    ...named("開國紀念日", "Founding Day", [`${year}-01-01`]),
    ...named("和平紀念日", "Peace Memorial Day", [`${year}-02-28`]),
    ...named("兒童節", "Children's Day", [`${year}-04-04`]),
    ...named("勞動節", "Labour Day", [`${year}-05-01`]),
    ...named("孔子誕辰紀念日", "Confucius' Birthday", [`${year}-09-28`]),
    ...named("國慶日", "National Day", [`${year}-10-10`]),
    ...named("臺灣光復暨金門古寧頭大捷紀念日", "Retrocession Day", [`${year}-10-25`]),
    ...named("行憲紀念日", "Constitution Day", [`${year}-12-25`]),
  ];
}

function named(zh: string, en: string, days: readonly string[], newYear = false): Holiday[] {
  return days.map((day) => ({ day, name: { "zh-Hant": zh, en }, ...(newYear && { newYear: true as const }) }));
}

/**
 * The days without work: every holiday, and for one on a weekend the day that makes up for it: the working day before
 * for a Saturday, the one after for a Sunday; for the New Year always after. No Saturday is worked in exchange.
 * Children's Day and Tomb-Sweeping Day on neighbouring days push each other along, so shifts are laid out in order.
 */
export function daysOff(list: readonly Holiday[] = holidays): ReadonlySet<string> {
  const off = new Set(list.map((holiday) => holiday.day));
  const onWeekend = list.filter(({ day }) => isWeekend(day)).sort((a, b) => (a.day < b.day ? -1 : 1));
  for (const holiday of onWeekend) {
    const step = weekday(holiday.day) === 6 && !holiday.newYear ? -1 : 1;
    let day = addDays(holiday.day, step);
    while (isWeekend(day) || off.has(day)) day = addDays(day, step);
    off.add(day);
  }
  return off;
}

export interface BankingCalendar {
  /** Is money moved on this day? */
  isBankingDay(day: string): boolean;
  /** The first banking day after `day`. */
  nextBankingDay(day: string): string;
}

/**
 * Banking days: Monday to Friday without days off and without `closed` days (typhoons and the like: configuration).
 * @throws `calendar-ended` for days outside the years whose holidays are known: guessing would pay on a wrong day
 */
export function bankingCalendar(closed: readonly string[] = []): BankingCalendar {
  const off = new Set([...daysOff(), ...closed]);
  const isBankingDay = (day: string): boolean => {
    if (day < "2026-01-01" || day > "2027-12-31") {
      throw Object.assign(new Error(`the holidays of ${day.slice(0, 4)} are not known; extend calendar.ts`), {
        code: "calendar-ended",
      });
    }
    return !isWeekend(day) && !off.has(day);
  };
  return {
    isBankingDay,
    nextBankingDay: (day) => {
      let next = addDays(day, 1);
      while (!isBankingDay(next)) next = addDays(next, 1);
      return next;
    },
  };
}

/** Taipei's time, all the year round. */
export const utcOffset = "+08:00";

/** What a clock in Taipei shows, `YYYY-MM-DDTHH:MM:SS`. */
function taipeiTime(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19);
}

/** The calendar day in Taipei, `YYYY-MM-DD`. */
export function taipeiDay(at: Date): string {
  return taipeiTime(at).slice(0, 10);
}

export interface CutOff {
  /** Local time of day, `HH:MM`: a file made at or after it counts as the next banking day's. */
  readonly time: string;
  /** Banking days between handing in and entry; the clearing house's ACH needs 1. */
  readonly leadDays: number;
}

/** The entry day of a file made at `now`: on Taiwan's clock, after the cut-off, after the lead days. */
export function entryDay(now: Date, cutOff: CutOff, calendar: BankingCalendar): string {
  const local = taipeiTime(now);
  let day = local.slice(0, 10);
  if (!calendar.isBankingDay(day) || local.slice(11, 16) >= cutOff.time) day = calendar.nextBankingDay(day);
  for (let lead = 0; lead < cutOff.leadDays; lead += 1) day = calendar.nextBankingDay(day);
  return day;
}

/** 0 is Sunday. */
function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

function isWeekend(day: string): boolean {
  return weekday(day) % 6 === 0;
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
