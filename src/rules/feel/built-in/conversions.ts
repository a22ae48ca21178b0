import type { Decimal } from "decimal.js";
import { compileRangeText } from "../range-text.ts";
import { feelText } from "../text.ts";
import {
  makeDate,
  makeTime,
  monthsDuration,
  nanosPerSecond,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  parseZone,
  type DaysDuration,
  type FeelDate,
  type FeelDateTime,
  type FeelTime,
  type Zone,
} from "../temporal.ts";
import { asInteger, parseNumber, type FeelFunction, type FeelValue } from "../value.ts";
import { builtIn, way } from "./signature.ts";

function clock(hour: FeelValue, minute: FeelValue, second: FeelValue, zone: Zone | undefined): FeelTime | undefined {
  const [h, m] = [asInteger(hour), asInteger(minute)];
  const exact = second as Decimal;
  if (h === undefined || m === undefined || exact.isNegative() || exact.greaterThanOrEqualTo(60)) return undefined;
  const whole = exact.floor();
  return makeTime(h, m, whole.toNumber(), exact.minus(whole).times(1e9).floor().toNumber(), zone);
}

function offsetZone(offset: FeelValue): Zone | undefined {
  if (offset === null) return undefined;
  const { nanos } = offset as DaysDuration;
  return nanos % nanosPerSecond === 0n ? { offset: Number(nanos / nanosPerSecond) } : undefined;
}

/** `number("1 000,50", " ", ",")`: the separators must be what they may be, and differ (DMN 1.5 table 70). */
function readNumber([from, group, decimal]: FeelValue[]): FeelValue | undefined {
  if (group !== null && ![" ", ",", "."].includes(group as string)) return undefined;
  if (decimal !== null && ![",", "."].includes(decimal as string)) return undefined;
  if (group !== null && group === decimal) return undefined;
  let text = from as string;
  if (group !== null) text = text.replaceAll(group as string, "");
  if (decimal === ",") {
    if (text.includes(".")) return undefined;
    text = text.replace(",", ".");
  }
  return parseNumber(text);
}

/** Whole months between two days; the last one counts when its day has come. The time of day does not count. */
function monthsBetween(from: FeelValue, to: FeelValue): FeelValue | undefined {
  const day = (value: FeelValue) =>
    ((value as FeelDate | FeelDateTime).kind === "date" ? value : (value as FeelDateTime).date) as FeelDate;
  const [a, b] = [day(from), day(to)];
  const months = (b.year - a.year) * 12 + b.month - a.month;
  const rest = b.day - a.day;
  if (months > 0 && rest < 0) return monthsDuration(months - 1);
  return monthsDuration(months < 0 && rest > 0 ? months + 1 : months);
}

export const conversionFunctions: readonly FeelFunction[] = [
  builtIn(
    "date",
    way(["from: string"], ([from]) => parseDate(from as string)),
    way(["from: date | date and time"], ([from]) =>
      (from as { kind: string }).kind === "date" ? from : (from as FeelDateTime).date,
    ),
    way(["year: number", "month: number", "day: number"], ([y, m, d]) => {
      const [year, month, day] = [asInteger(y!), asInteger(m!), asInteger(d!)];
      return makeDate(year ?? Number.NaN, month ?? Number.NaN, day ?? Number.NaN);
    }),
  ),
  builtIn(
    "date and time",
    way(["from: string"], ([from]) => parseDateTime(from as string)),
    way(["date: date | date and time", "time: time"], ([on, time]) => ({
      kind: "date and time",
      date: (on as FeelDate | FeelDateTime).kind === "date" ? (on as FeelDate) : (on as FeelDateTime).date,
      time: time as FeelTime,
    })),
    way(["date: date | date and time", "time: time", "timezone: string"], ([on, time, name]) => {
      const zone = parseZone(`@${name as string}`);
      const date = (on as FeelDate | FeelDateTime).kind === "date" ? (on as FeelDate) : (on as FeelDateTime).date;
      return zone && { kind: "date and time", date, time: { ...(time as FeelTime), zone } };
    }),
    way(
      [
        "year: number",
        "month: number",
        "day: number",
        "hour: number",
        "minute: number",
        "second: number",
        "offset?: days and time duration",
      ],
      ([y, mo, d, h, mi, s, offset]) => {
        const date = makeDate(asInteger(y!) ?? Number.NaN, asInteger(mo!) ?? Number.NaN, asInteger(d!) ?? Number.NaN);
        const time = clock(h!, mi!, s!, offsetZone(offset!));
        return date && time && { kind: "date and time", date, time };
      },
    ),
    way(
      [
        "year: number",
        "month: number",
        "day: number",
        "hour: number",
        "minute: number",
        "second: number",
        "timezone: string",
      ],
      ([y, mo, d, h, mi, s, name]) => {
        const date = makeDate(asInteger(y!) ?? Number.NaN, asInteger(mo!) ?? Number.NaN, asInteger(d!) ?? Number.NaN);
        const zone = parseZone(`@${name as string}`);
        const time = zone && clock(h!, mi!, s!, zone);
        return date && time && { kind: "date and time", date, time };
      },
    ),
  ),
  builtIn(
    "time",
    way(["from: string"], ([from]) => parseTime(from as string)),
    way(["from: time"], ([from]) => from),
    way(["from: date and time"], ([from]) => {
      return (from as FeelDateTime).time;
    }),
    way(["hour: number", "minute: number", "second: number", "offset?: days and time duration"], ([h, m, s, offset]) =>
      clock(h!, m!, s!, offsetZone(offset!)),
    ),
  ),
  builtIn(
    "number",
    way(["from: string"], ([from]) => readNumber([from!, null, null])),
    way(["from: number"], ([from]) => from),
    way(["from: string", "grouping separator: string | null", "decimal separator: string | null"], (args) =>
      readNumber(args),
    ),
  ),
  builtIn(
    "string",
    way(["from"], ([from]) => (from === null ? null : feelText(from!))),
  ),
  builtIn(
    "duration",
    way(["from: string"], ([from]) => parseDuration(from as string)),
    way(["from: days and time duration | years and months duration"], ([from]) => from),
  ),
  builtIn(
    "years and months duration",
    way(["from: date | date and time", "to: date | date and time"], ([from, to]) => monthsBetween(from!, to!)),
  ),
  builtIn(
    "range",
    way(["from: string"], ([from], run) => compileRangeText(from as string, run)),
  ),
];
