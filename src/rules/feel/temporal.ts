/**
 * FEEL's dates, times and durations (DMN 1.5 section 10.3.2.3.4–9): the proleptic Gregorian calendar over years −999,999,999 to
 * 999,999,999, which JavaScript's own dates do not reach. Instants are nanoseconds since 1970 as bigint.
 */
export interface FeelDate {
  readonly kind: "date";
  readonly year: number;
  readonly month: number;
  readonly day: number;
}
/** Seconds east of UTC, or an IANA zone whose offset depends on the instant. */
export type Zone = { readonly offset: number } | { readonly name: string };
export interface FeelTime {
  readonly kind: "time";
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nano: number;
  /** Without a zone the time is local, not UTC. */
  readonly zone: Zone | undefined;
}
export interface FeelDateTime {
  readonly kind: "date and time";
  readonly date: FeelDate;
  readonly time: FeelTime;
}
export interface DaysDuration {
  readonly kind: "days and time duration";
  readonly nanos: bigint;
}
export interface MonthsDuration {
  readonly kind: "years and months duration";
  readonly months: number;
}
export type Temporal = FeelDate | FeelTime | FeelDateTime;

const yearLimit = 999_999_999;
export const nanosPerSecond = 1_000_000_000n;
export const nanosPerDay: bigint = 86_400n * nanosPerSecond;
const durationLimit = nanosPerDay * 366n * 2_000_000_000n;

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

export function makeDate(year: number, month: number, day: number): FeelDate | undefined {
  if (![year, month, day].every(Number.isSafeInteger) || Math.abs(year) > yearLimit) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return { kind: "date", year, month, day };
}

export function makeTime(
  hour: number,
  minute: number,
  second: number,
  nano: number,
  zone?: Zone,
): FeelTime | undefined {
  const inRange = (value: number, top: number) => Number.isSafeInteger(value) && value >= 0 && value <= top;
  if (!inRange(hour, 23) || !inRange(minute, 59) || !inRange(second, 59) || !inRange(nano, 999_999_999))
    return undefined;
  if (zone !== undefined && "offset" in zone && Math.abs(zone.offset) > 18 * 3600) return undefined;
  return { kind: "time", hour, minute, second, nano, zone };
}

/** Days since 1970-01-01, by counting 400-year eras (146,097 days) of years that begin in March. */
export function epochDay({ year, month, day }: FeelDate): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

export function dateOfEpochDay(days: number): FeelDate | undefined {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  return makeDate(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day);
}

/** 1 is Monday, 7 is Sunday. */
export function weekday(date: FeelDate): number {
  return ((((epochDay(date) + 3) % 7) + 7) % 7) + 1;
}

export function dayNanos(time: FeelTime): bigint {
  return BigInt(time.hour * 3600 + time.minute * 60 + time.second) * nanosPerSecond + BigInt(time.nano);
}

export function timeOfDayNanos(nanos: bigint, zone: Zone | undefined): FeelTime {
  const seconds = Number(nanos / nanosPerSecond);
  return {
    kind: "time",
    hour: Math.floor(seconds / 3600),
    minute: Math.floor((seconds % 3600) / 60),
    second: seconds % 60,
    nano: Number(nanos % nanosPerSecond),
    zone,
  };
}

const formats = new Map<string, Intl.DateTimeFormat | undefined>();
function zoneFormat(name: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(name)) {
    let format: Intl.DateTimeFormat | undefined;
    try {
      // Intl takes any case, the time zone database does not
      if (/^[A-Z][\w+-]*(?:\/[A-Z][\w+-]*)*$/.test(name)) {
        format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
      }
    } catch {
      format = undefined; // Intl knows no such zone
    }
    if (formats.size < 1000) formats.set(name, format);
    return format;
  }
  return formats.get(name);
}

const offsets = new WeakMap<Intl.DateTimeFormat, Map<number, number>>();

/** Intl takes some microseconds to tell an offset; they change on the half minute at most. */
function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  let known = offsets.get(format);
  if (!known || known.size > 5000) offsets.set(format, (known = new Map<number, number>()));
  const slot = Math.floor(epochSeconds / 30);
  const before = known.get(slot);
  if (before !== undefined) return before;
  const offset = askOffset(format, epochSeconds);
  known.set(slot, offset);
  return offset;
}

function askOffset(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const milliseconds = Math.max(-8.64e15, Math.min(8.64e15, epochSeconds * 1000));
  const name = format.formatToParts(milliseconds).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const parts = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (parts?.[1] === undefined) return 0;
  const seconds = Number(parts[2]) * 3600 + Number(parts[3]) * 60 + Number(parts[4] ?? 0);
  return parts[1] === "-" ? -seconds : seconds;
}

/**
 * Seconds east of UTC at that local date and time; `undefined` when it has no zone. An hour that the clock shows twice is the first of
 * the two; one that it skips counts from before the change.
 */
export function offsetOf({ date, time }: FeelDateTime): number | undefined {
  if (time.zone === undefined) return undefined;
  if ("offset" in time.zone) return time.zone.offset;
  const format = zoneFormat(time.zone.name)!;
  const local = epochDay(date) * 86_400 + time.hour * 3600 + time.minute * 60 + time.second;
  const before = offsetAt(format, local - 86_400);
  const after = offsetAt(format, local + 86_400);
  if (before === after || offsetAt(format, local - before) === before) return before;
  return offsetAt(format, local - after) === after ? after : before;
}

export function localNanos({ date, time }: FeelDateTime): bigint {
  return BigInt(epochDay(date)) * nanosPerDay + dayNanos(time);
}

/** The instant in nanoseconds since 1970 UTC; `undefined` for a local date and time. */
export function instant(value: FeelDateTime): bigint | undefined {
  const offset = offsetOf(value);
  return offset === undefined ? undefined : localNanos(value) - BigInt(offset) * nanosPerSecond;
}

export function dateTimeOfLocalNanos(nanos: bigint, zone: Zone | undefined): FeelDateTime | undefined {
  let days = nanos / nanosPerDay;
  let rest = nanos % nanosPerDay;
  if (rest < 0n) {
    rest += nanosPerDay;
    days -= 1n;
  }
  const date = dateOfEpochDay(Number(days));
  return date && { kind: "date and time", date, time: timeOfDayNanos(rest, zone) };
}

/** Moves by elapsed time: in a named zone the clock jumps where its offset changes. */
export function plusElapsed(value: FeelDateTime, nanos: bigint): FeelDateTime | undefined {
  const { zone } = value.time;
  const at = zone !== undefined && "name" in zone ? instant(value) : undefined;
  if (at === undefined) return dateTimeOfLocalNanos(localNanos(value) + nanos, zone);
  const seconds = Number((at + nanos) / nanosPerSecond);
  const offset = offsetAt(zoneFormat((zone as { name: string }).name)!, seconds);
  return dateTimeOfLocalNanos(at + nanos + BigInt(offset) * nanosPerSecond, zone);
}

export function atMidnight(date: FeelDate, zone?: Zone): FeelDateTime {
  return { kind: "date and time", date, time: timeOfDayNanos(0n, zone) };
}

/** Moves by whole months; the day clamps to the end of the month. */
export function plusMonths(date: FeelDate, months: number): FeelDate | undefined {
  const total = date.year * 12 + (date.month - 1) + months;
  const year = Math.floor(total / 12);
  const month = total - year * 12 + 1;
  return makeDate(year, month, Math.min(date.day, daysInMonth(year, month)));
}

export function parseDate(text: string): FeelDate | undefined {
  const parts = /^(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)$/.exec(text);
  return parts ? makeDate(Number(parts[1]), Number(parts[2]), Number(parts[3])) : undefined;
}

export function parseZone(text: string): Zone | undefined {
  if (text === "Z" || text === "z") return { offset: 0 };
  if (text.startsWith("@")) return zoneFormat(text.slice(1)) ? { name: text.slice(1) } : undefined;
  const parts = /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!parts || Number(parts[3]) > 59 || Number(parts[4] ?? 0) > 59) return undefined;
  const seconds = Number(parts[2]) * 3600 + Number(parts[3]) * 60 + Number(parts[4] ?? 0);
  return { offset: parts[1] === "-" ? -seconds : seconds };
}

export function parseTime(text: string): FeelTime | undefined {
  const parts = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|z|[+-][\d:]+|@.+)?$/.exec(text);
  if (!parts) return undefined;
  const zone = parts[5] === undefined ? undefined : parseZone(parts[5]);
  if (parts[5] !== undefined && zone === undefined) return undefined;
  const nano = Number((parts[4] ?? "").slice(0, 9).padEnd(9, "0"));
  return makeTime(Number(parts[1]), Number(parts[2]), Number(parts[3]), nano, zone);
}

export function parseDateTime(text: string): FeelDateTime | undefined {
  const split = text.indexOf("T");
  if (split < 0) {
    const date = parseDate(text);
    return date && atMidnight(date);
  }
  const date = parseDate(text.slice(0, split));
  const midnight = /^24:00:00(?:\.0+)?/.exec(text.slice(split + 1));
  const time = parseTime(midnight ? text.slice(split + 1).replace("24:", "00:") : text.slice(split + 1));
  if (!date || !time) return undefined;
  const value: FeelDateTime = { kind: "date and time", date, time };
  return midnight ? dateTimeOfLocalNanos(localNanos(value) + nanosPerDay, time.zone) : value;
}

export function daysDuration(nanos: bigint): DaysDuration | undefined {
  return nanos > durationLimit || nanos < -durationLimit ? undefined : { kind: "days and time duration", nanos };
}
export function monthsDuration(months: number): MonthsDuration | undefined {
  return Number.isSafeInteger(months) ? { kind: "years and months duration", months: months + 0 } : undefined;
}

export function parseDuration(text: string): DaysDuration | MonthsDuration | undefined {
  const ym = /^(-)?P(?=\d)(?:(\d{1,16})Y)?(?:(\d{1,16})M)?$/.exec(text);
  if (ym) {
    const months = Number(ym[2] ?? 0) * 12 + Number(ym[3] ?? 0);
    return monthsDuration(ym[1] && months !== 0 ? -months : months);
  }
  const dt =
    /^(-)?P(?=[\dT])(?:(\d{1,18})D)?(?:T(?=\d)(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d*))?S)?)?$/.exec(
      text,
    );
  if (!dt) return undefined;
  const part = (at: number) => BigInt(dt[at] ?? 0);
  const seconds = part(2) * 86_400n + part(3) * 3600n + part(4) * 60n + part(5);
  const nanos = seconds * nanosPerSecond + BigInt((dt[6] ?? "").slice(0, 9).padEnd(9, "0"));
  return daysDuration(dt[1] ? -nanos : nanos);
}

/** What `@"…"` may hold. */
export function parseTemporal(text: string): Temporal | DaysDuration | MonthsDuration | undefined {
  if (/^-?P/.test(text)) return parseDuration(text);
  if (text.includes("T")) return parseDateTime(text);
  return text.indexOf("-", 1) > 0 && !text.includes(":") ? parseDate(text) : parseTime(text);
}

const pad = (value: number, digits: number) => String(value).padStart(digits, "0");

function zoneText(zone: Zone | undefined): string {
  if (zone === undefined) return "";
  if ("name" in zone) return `@${zone.name}`;
  if (zone.offset === 0) return "Z";
  const size = Math.abs(zone.offset);
  const seconds = size % 60 === 0 ? "" : `:${pad(size % 60, 2)}`;
  return `${zone.offset < 0 ? "-" : "+"}${pad(Math.floor(size / 3600), 2)}:${pad(Math.floor((size % 3600) / 60), 2)}${seconds}`;
}

function fraction(nano: number): string {
  return nano === 0 ? "" : `.${pad(nano, 9).replace(/0+$/, "")}`;
}

function durationText(value: DaysDuration | MonthsDuration): string {
  if (value.kind === "years and months duration") {
    const size = Math.abs(value.months);
    const years = Math.floor(size / 12);
    const months = size % 12;
    const body = `${years ? `${years}Y` : ""}${months || !years ? `${months}M` : ""}`;
    return `${value.months < 0 ? "-" : ""}P${body}`;
  }
  const size = value.nanos < 0n ? -value.nanos : value.nanos;
  const seconds = (size % nanosPerDay) / nanosPerSecond;
  const days = size / nanosPerDay;
  const rest = `${seconds % 60n}${fraction(Number(size % nanosPerSecond))}`;
  const clock = [
    seconds / 3600n ? `${seconds / 3600n}H` : "",
    (seconds % 3600n) / 60n ? `${(seconds % 3600n) / 60n}M` : "",
    rest === "0" ? "" : `${rest}S`,
  ].join("");
  const body = `${days ? `${days}D` : ""}${clock ? `T${clock}` : ""}`;
  return `${value.nanos < 0n ? "-" : ""}P${body || "T0S"}`;
}

/** The canonical ISO 8601 form, zones kept as they were written. */
export function temporalText(value: Temporal | DaysDuration | MonthsDuration): string {
  switch (value.kind) {
    case "date": {
      const year = pad(Math.abs(value.year), 4);
      return `${value.year < 0 ? "-" : ""}${year}-${pad(value.month, 2)}-${pad(value.day, 2)}`;
    }
    case "time":
      return `${pad(value.hour, 2)}:${pad(value.minute, 2)}:${pad(value.second, 2)}${fraction(value.nano)}${zoneText(value.zone)}`;
    case "date and time":
      return `${temporalText(value.date)}T${temporalText(value.time)}`;
    default:
      return durationText(value);
  }
}
