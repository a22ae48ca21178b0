import { equal } from "../operate.ts";
import { epochDay, weekday, type FeelDate, type FeelDateTime, type Temporal } from "../temporal.ts";
import { kindOf, number, type FeelFunction, type FeelValue } from "../value.ts";
import { builtIn, way } from "./signature.ts";

const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const months = "January February March April May June July August September October November December".split(" ");

function ofDate(name: string, work: (date: FeelDate) => FeelValue): FeelFunction {
  return builtIn(
    name,
    way(["date: date"], ([date]) => work(date as FeelDate)),
    way(["date: date and time"], ([at]) => work((at as FeelDateTime).date)),
  );
}

function dayOfYear(date: FeelDate): number {
  return epochDay(date) - epochDay({ ...date, month: 1, day: 1 }) + 1;
}

/** ISO 8601: the week of the year that holds this week's Thursday. */
function weekOfYear(date: FeelDate): number {
  const thursday = epochDay(date) - weekday(date) + 4;
  for (const year of [date.year + 1, date.year, date.year - 1]) {
    const first = epochDay({ kind: "date", year, month: 1, day: 1 });
    if (thursday >= first) return Math.floor((thursday - first) / 7) + 1;
  }
  return 1;
}

/** `is`: same kind, same value and same zone, where `=` compares only the value. */
function identical(a: FeelValue, b: FeelValue): boolean {
  if (kindOf(a) !== kindOf(b)) return false;
  const kind = kindOf(a);
  if (kind === "time" || kind === "date and time") {
    const zone = (value: FeelValue) => {
      const temporal = value as Exclude<Temporal, FeelDate>;
      return JSON.stringify((temporal.kind === "time" ? temporal : temporal.time).zone ?? null);
    };
    return zone(a) === zone(b) && equal(a, b) === true;
  }
  return equal(a, b) === true;
}

export const temporalFunctions: readonly FeelFunction[] = [
  builtIn(
    "now",
    way([], (_, run) => run.now),
  ),
  builtIn(
    "today",
    way([], (_, run) => run.now?.date),
  ),
  ofDate("day of year", (date) => number(dayOfYear(date))),
  ofDate("day of week", (date) => days[weekday(date) - 1]!),
  ofDate("month of year", (date) => months[date.month - 1]!),
  ofDate("week of year", (date) => number(weekOfYear(date))),
  builtIn(
    "is",
    way(["value1?: any", "value2?: any"], ([a, b]) => identical(a!, b!)),
  ),
];
