import type { Language } from "#kernel";
import { html, type Html } from "./html.ts";

// What is still Taiwan's in the core: this file's time zone, years of the Republic and currency. Another country changes it here.
const timeZone = "Asia/Taipei";

const english = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

const partsIn = new Intl.DateTimeFormat("en-GB", {
  timeZone,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

function parts(at: Date): { year: number; month: number; day: number; clock: string; iso: string } {
  const found = Object.fromEntries(partsIn.formatToParts(at).map(({ type, value }) => [type, value]));
  const [year, month, day] = [found["year"]!, found["month"]!, found["day"]!];
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    clock: `${found["hour"]}:${found["minute"]}`,
    iso: `${year}-${month}-${day}`,
  };
}

/** 115 年 12 月 2 日（2026-12-02）; 2 December 2026. Years of the Republic of China are Gregorian − 1911. */
export function formatDate(at: Date, lang: Language): string {
  const { year, month, day, iso } = parts(at);
  return lang === "en" ? `${day} ${english[month - 1]} ${year}` : `${year - 1911} 年 ${month} 月 ${day} 日（${iso}）`;
}

/** The date where the Gregorian one would only be in the way: 115 年 12 月 2 日; 2 Dec 2026. */
export function formatShortDate(at: Date, lang: Language): string {
  const { year, month, day } = parts(at);
  return lang === "en"
    ? `${day} ${english[month - 1]!.slice(0, 3)} ${year}`
    : `${year - 1911} 年 ${month} 月 ${day} 日`;
}

/** 14:05. */
export function formatTime(at: Date): string {
  return parts(at).clock;
}

/** Date and time: 115 年 11 月 22 日 14:05; 22 Nov 2026, 14:05. */
export function formatDateTime(at: Date, lang: Language): string {
  return `${formatShortDate(at, lang)}${lang === "en" ? ", " : " "}${parts(at).clock}`;
}

/** 2,250 元; NT$2,250. Whole dollars show no decimals. */
export function formatMoney(amount: number, lang: Language): string {
  const digits = amount.toLocaleString("en-US", { maximumFractionDigits: 2 });
  return lang === "en" ? `NT$${digits}` : `${digits} 元`;
}

/** A count with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `<time>` with the machine's reading beside the person's. */
export function timeOf(at: Date, lang: Language, as: (at: Date, lang: Language) => string = formatDateTime): Html {
  return html`<time datetime="${at.toISOString()}">${as(at, lang)}</time>`;
}

/** An identity number as screens show it: first and last characters only, A7*****001. */
export function maskIdentityNumber(number: string): string {
  return number.length < 6 ? "*".repeat(number.length) : `${number.slice(0, 2)}*****${number.slice(-3)}`;
}
