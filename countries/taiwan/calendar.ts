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

/**
 * 2025, the last year with a Saturday worked in exchange, as the Directorate-General of Personnel Administration published
 * its office calendar (114年政府行政機關辦公日曆表) and as the law of 30 May 2025 changed it from then on: laid out by day,
 * because it followed the older rules.
 */
const year2025 = {
  off: [
    "01-01 01-27 01-28 01-29 01-30 01-31 02-28 04-03 04-04 05-30 09-29 10-06 10-10 10-24 12-25",
    // Workers' day only until the law of 2025: banks were closed, offices were not.
    "05-01",
  ],
  worked: ["2025-02-08"],
} as const;

/** What a day is, for offices or for banks. */
export type DayKind =
  | "working"
  | "weekend"
  | "holiday"
  /** A weekday off for a holiday that fell on a weekend. */
  | "compensation"
  | "make-up-working"
  /** A closing day of banks only, or of the treasury at the end of its year. */
  | "bank-closed"
  | "typhoon";

/** A day on which work was called off for a region or for all, as its government announced it. */
export interface Closure {
  readonly day: string;
  /** The county or city; every region where it is absent. */
  readonly region?: string;
  /** Work stops for half a day: money still moves unless banks are named. */
  readonly half?: "morning" | "afternoon";
  /** Who is closed; both unless told. `exchange`: the clearing house shifts its exchange, which stops every region's. */
  readonly of?: "offices" | "banks" | "exchange";
}

export interface BankingCalendar {
  /** Is money moved on this day? A closure of one region stops only that region's banks, unless the exchange stops. */
  isBankingDay(day: string, region?: string): boolean;
  /** Do offices work on this day, half days included? */
  isOfficeDay(day: string, region?: string): boolean;
  kindOf(day: string, of: "office" | "bank", region?: string): DayKind;
  /** The first banking day after `day`. */
  nextBankingDay(day: string): string;
  /** The last banking day before `day`. */
  previousBankingDay(day: string): string;
}

/**
 * Office days and banking days: Monday to Friday without days off, with the Saturdays of 2025 that were worked, without
 * closures.
 * @param closures whole days without money (`YYYY-MM-DD`), or what was announced
 * @throws `calendar-ended` for days outside the years whose holidays are known: guessing would pay on a wrong day
 */
export function bankingCalendar(closures: readonly (string | Closure)[] = []): BankingCalendar {
  const named = new Set([...holidays.map(({ day }) => day), ...year2025.off[0].split(" ").map((day) => `2025-${day}`)]);
  const off = new Set([...daysOff(), ...named]);
  const worked = new Set<string>(year2025.worked);
  const announced = Map.groupBy(
    closures.map((one): Closure => (typeof one === "string" ? { day: one } : one)),
    ({ day }) => day,
  );
  const kindOf: BankingCalendar["kindOf"] = (day, of, region) => {
    if (day < "2025-01-01" || day > "2027-12-31") {
      throw Object.assign(new Error(`the holidays of ${day.slice(0, 4)} are not known; extend calendar.ts`), {
        code: "calendar-ended",
      });
    }
    const stops = (closure: Closure): boolean => {
      if (closure.of === "exchange") return of === "bank";
      const here = closure.region === undefined || closure.region === region;
      const meant = closure.of === undefined || closure.of === (of === "bank" ? "banks" : "offices");
      return here && meant && closure.half === undefined;
    };
    if (announced.get(day)?.some(stops)) return "typhoon";
    if (worked.has(day)) return "make-up-working";
    if (of === "bank" && day === `2025-${year2025.off[1]}`) return "bank-closed";
    if (named.has(day)) return "holiday";
    if (isWeekend(day)) return "weekend";
    return off.has(day) ? "compensation" : "working";
  };
  const works = (day: string, of: "office" | "bank", region?: string): boolean =>
    ["working", "make-up-working"].includes(kindOf(day, of, region));
  const step = (day: string, days: 1 | -1): string => {
    let next = addDays(day, days);
    while (!works(next, "bank")) next = addDays(next, days);
    return next;
  };
  return {
    kindOf,
    isBankingDay: (day, region) => works(day, "bank", region),
    isOfficeDay: (day, region) => works(day, "office", region),
    nextBankingDay: (day) => step(day, 1),
    previousBankingDay: (day) => step(day, -1),
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
  /** The treasury's last entry day of a year, `MM-DD`; what comes later is entered in the new year. */
  readonly lastOfYear?: string;
}

/** The entry day of a file made at `now`: on Taiwan's clock, after the cut-off, after the lead days. */
export function entryDay(now: Date, cutOff: CutOff, calendar: BankingCalendar): string {
  const local = taipeiTime(now);
  let day = local.slice(0, 10);
  if (!calendar.isBankingDay(day) || local.slice(11, 16) >= cutOff.time) day = calendar.nextBankingDay(day);
  for (let lead = 0; lead < cutOff.leadDays; lead += 1) day = calendar.nextBankingDay(day);
  const { lastOfYear } = cutOff;
  if (lastOfYear === undefined || day.slice(5) <= lastOfYear) return day;
  return calendar.nextBankingDay(`${day.slice(0, 4)}-12-31`);
}

/** Backwards from a promise: by when a file must be handed in so that money is there on the promised day or before. */
export interface HandIn {
  /** ReqdExctnDt: the promised day, or the banking day before where money does not move on it. */
  readonly entry: string;
  readonly day: string;
  /** Local time, `HH:MM`, before which the file is handed in. */
  readonly before: string;
}

export function handInFor(promised: string, cutOff: CutOff, calendar: BankingCalendar): HandIn {
  const { lastOfYear } = cutOff;
  const closed = lastOfYear !== undefined && promised.slice(5) > lastOfYear;
  const latest = closed ? `${promised.slice(0, 4)}-${lastOfYear}` : promised;
  const entry = calendar.isBankingDay(latest) ? latest : calendar.previousBankingDay(latest);
  let day = entry;
  for (let lead = 0; lead < cutOff.leadDays; lead += 1) day = calendar.previousBankingDay(day);
  return { entry, day, before: cutOff.time };
}

/**
 * Forwards from an act: the last day on which the law is kept. The day of the act does not count; months end on the same
 * day of the month, or on its last; a last day without work moves to the next working day (行政程序法 §48).
 */
export function payBy(
  act: string,
  term: { readonly months: number } | { readonly officeDays: number },
  calendar: BankingCalendar,
): string {
  if ("officeDays" in term) {
    let day = act;
    for (let left = term.officeDays; left > 0;) {
      day = addDays(day, 1);
      if (calendar.isOfficeDay(day)) left -= 1;
    }
    return day;
  }
  let last = addMonths(act, term.months);
  while (!calendar.isOfficeDay(last)) last = addDays(last, 1);
  return last;
}

/** The same day of a later month, or that month's last day: 31 January and a month is 28 or 29 February. */
function addMonths(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastDate))).toISOString().slice(0, 10);
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
