/** Days of the week in ISO's order. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * Hours of the day, on some days of the week, by the clocks of a time zone. When `until` is not after `from` the hours
 * go on past midnight and belong to the day on which they begin.
 */
export interface TimeWindow {
  readonly days: readonly Weekday[];
  /** `08:30`. */
  readonly from: string;
  /** The first minute outside; `24:00` is the day's end. */
  readonly until: string;
  /** Name of the IANA time zone data, or `UTC`. */
  readonly zone: string;
}

const hours = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/** Whether a window can be kept as it is. */
export function isTimeWindow({ days, from, until, zone }: TimeWindow): boolean {
  const inOrder = days.every((day, at) => weekdays.includes(day) && !days.includes(day, at + 1));
  if (days.length === 0 || !inOrder || !hours.test(from) || !hours.test(until)) return false;
  return from !== "24:00" && from !== until && clockOf(zone) !== undefined;
}

/** Whether an instant lies inside. */
export function isWithin({ days, from, until, zone }: TimeWindow, at: Date): boolean {
  const local = clockOf(zone)?.(at);
  if (!local) return false;
  const today = days.includes(weekdays[local.day]!);
  const [start, end] = [minuteOf(from), minuteOf(until)];
  if (start < end) return today && local.minute >= start && local.minute < end;
  const yesterday = days.includes(weekdays[(local.day + 6) % 7]!);
  return (today && local.minute >= start) || (yesterday && local.minute < end);
}

/**
 * Reads a window as people write it: `mon-fri 08:00-18:00 Asia/Taipei`. Days are a span or a list (`mon,wed`), every day
 * when left out; the zone is UTC when left out.
 */
export function readTimeWindow(text: string): TimeWindow | "unreadable" {
  const read = /^(?:([a-z,-]{3,40})\s+)?(\d\d:\d\d)\s*-\s*(\d\d:\d\d)(?:\s+([A-Za-z0-9_+\-/]{1,60}))?$/.exec(
    text.trim(),
  );
  if (!read) return "unreadable";
  const days = read[1] === undefined ? weekdays : readDays(read[1]);
  if (!days) return "unreadable";
  const window: TimeWindow = { days, from: read[2]!, until: read[3]!, zone: read[4] ?? "UTC" };
  return isTimeWindow(window) ? window : "unreadable";
}

/** A window as `readTimeWindow` reads it. */
export function timeWindowText({ days, from, until, zone }: TimeWindow): string {
  const at = days.map((day) => weekdays.indexOf(day));
  const isSpan = at.length > 2 && at.every((day, index) => index === 0 || day === at[index - 1]! + 1);
  const written = days.length === 7 ? "" : isSpan ? `${days[0]!}-${days.at(-1)!} ` : `${days.join(",")} `;
  return `${written}${from}-${until} ${zone}`;
}

function readDays(text: string): readonly Weekday[] | undefined {
  const parts = text.split(",").map((part) => {
    const [first = "", last = first, ...more] = part.split("-");
    const [start, end] = [weekdays.indexOf(first as Weekday), weekdays.indexOf(last as Weekday)];
    return start < 0 || end < start || more.length > 0 ? undefined : weekdays.slice(start, end + 1);
  });
  const named = parts.flatMap((part) => part ?? []);
  return parts.includes(undefined) ? undefined : weekdays.filter((day) => named.includes(day));
}

function minuteOf(text: string): number {
  const [hour, minute] = text.split(":").map(Number);
  return hour! * 60 + minute!;
}

/** What the clocks of one zone show: the day counted from Monday, and the minute of it. */
type Clocks = (at: Date) => { readonly day: number; readonly minute: number };
const clocks = new Map<string, Clocks | undefined>();

/** Made once for each zone; `undefined` for one that nobody knows. */
function clockOf(zone: string): Clocks | undefined {
  if (!clocks.has(zone)) {
    if (clocks.size > 1000) clocks.clear();
    clocks.set(zone, makeClock(zone));
  }
  return clocks.get(zone);
}

function makeClock(timeZone: string): Clocks | undefined {
  let format: Intl.DateTimeFormat;
  try {
    const shown = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat("en-US", { ...shown, timeZone });
  } catch {
    return undefined;
  }
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const day = weekdays.indexOf((parts.get("weekday") ?? "").toLowerCase() as Weekday);
    return { day, minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
  };
}
