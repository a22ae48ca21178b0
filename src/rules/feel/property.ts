import type { Run } from "./run.ts";
import {
  daysDuration,
  nanosPerSecond,
  offsetOf,
  weekday,
  type DaysDuration,
  type FeelDate,
  type FeelTime,
  type MonthsDuration,
} from "./temporal.ts";
import { isContext, isList, kindOf, number, type FeelRange, type FeelValue } from "./value.ts";

/** `value.name` (DMN 1.5 tables 54, 65): entries of contexts, parts of dates, times, durations and ranges; a list maps it. */
export function property(value: FeelValue, name: string, run: Run, at: number): FeelValue {
  if (isContext(value)) {
    const entry = value.get(name);
    return entry === undefined ? run.report("no-such-entry", `the context has no entry ${name}`, at) : entry;
  }
  if (isList(value)) {
    run.spend(value.length);
    return value.map((item) => property(item, name, run, at));
  }
  const found = part(value, name);
  return found === undefined ? run.report("no-such-property", `a ${kindOf(value)} has no property ${name}`, at) : found;
}

function part(value: FeelValue, name: string): FeelValue | undefined {
  switch (kindOf(value)) {
    case "date":
      return datePart(value as FeelDate, name);
    case "time":
      return timePart(value as FeelTime, { kind: "date", year: 1970, month: 1, day: 1 }, name);
    case "date and time": {
      const { date, time } = value as { date: FeelDate; time: FeelTime };
      return datePart(date, name) ?? timePart(time, date, name);
    }
    case "days and time duration":
      return daysPart(value as DaysDuration, name);
    case "years and months duration": {
      const { months } = value as MonthsDuration;
      if (name === "years") return number(Math.trunc(months / 12) + 0);
      return name === "months" ? number((months % 12) + 0) : undefined;
    }
    case "range": {
      const range = value as FeelRange;
      if (name === "start") return range.low;
      if (name === "end") return range.high;
      if (name === "start included") return range.lowClosed;
      return name === "end included" ? range.highClosed : undefined;
    }
    default:
      return undefined;
  }
}

function datePart(date: FeelDate, name: string): FeelValue | undefined {
  if (name === "year" || name === "month" || name === "day") return number(date[name]);
  return name === "weekday" ? number(weekday(date)) : undefined;
}

function timePart(time: FeelTime, date: FeelDate, name: string): FeelValue | undefined {
  if (name === "hour" || name === "minute") return number(time[name]);
  if (name === "second") return number(time.second);
  if (name === "timezone") return time.zone && "name" in time.zone ? time.zone.name : null;
  if (name !== "time offset") return undefined;
  const offset = offsetOf({ kind: "date and time", date, time });
  return offset === undefined ? null : (daysDuration(BigInt(offset) * nanosPerSecond) ?? null);
}

function daysPart({ nanos }: DaysDuration, name: string): FeelValue | undefined {
  const seconds = nanos / nanosPerSecond;
  if (name === "days") return number(seconds / 86_400n);
  if (name === "hours") return number((seconds % 86_400n) / 3600n);
  if (name === "minutes") return number((seconds % 3600n) / 60n);
  return name === "seconds" ? number(nanos % (60n * nanosPerSecond)).dividedBy(1e9) : undefined;
}
