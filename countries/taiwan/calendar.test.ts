import assert from "node:assert/strict";
import { test } from "node:test";
import { bankingCalendar, daysOff, entryDay, holidays } from "./calendar.ts";

const calendar = bankingCalendar();
const cutOff = { time: "15:30", leadDays: 1 };

test("lunar holidays agree with ICU's Chinese calendar", () => {
  const lunar = new Intl.DateTimeFormat("en-u-ca-chinese", { month: "numeric", day: "numeric", timeZone: "UTC" });
  const expected: Readonly<Record<string, string>> = { 端午節: "5/5", 中秋節: "8/15" };
  let checked = 0;
  for (const { day, name } of holidays) {
    // The new moon of 6 February 2027 falls at 23:56 in Taipei; ICU's approximation puts it past midnight, almanacs do not.
    if (day.startsWith("2027-02")) continue;
    const wanted = expected[name["zh-Hant"]] ?? (name["zh-Hant"] === "春節" ? /^1\/[123]$/ : undefined);
    if (wanted === undefined) continue;
    const shown = lunar.format(new Date(`${day}T00:00:00Z`));
    if (typeof wanted === "string") assert.equal(shown, wanted, day);
    else assert.match(shown, wanted, day);
    checked += 1;
  }
  assert.equal(checked, 7);
});

test("weekdays off, as the law shifts them", () => {
  const weekdays = (year: string): string[] =>
    [...daysOff()].filter((day) => day.startsWith(year) && new Date(day).getUTCDay() % 6 !== 0).sort();
  assert.deepEqual(
    weekdays("2026").map((day) => day.slice(5)),
    "01-01 02-16 02-17 02-18 02-19 02-20 02-27 04-03 04-06 05-01 06-19 09-25 09-28 10-09 10-26 12-25".split(" "),
  );
  assert.deepEqual(
    weekdays("2027").map((day) => day.slice(5)),
    "01-01 02-04 02-05 02-08 02-09 02-10 03-01 04-05 04-06 04-30 06-09 09-15 09-28 10-11 10-25 12-24 12-31".split(" "),
  );
});

const entries: readonly [string, string, string][] = [
  ["an ordinary morning", "2026-01-05T09:30", "2026-01-06"],
  ["one minute before the cut-off", "2026-01-05T15:29", "2026-01-06"],
  ["at the cut-off", "2026-01-05T15:30", "2026-01-07"],
  ["Friday evening", "2026-01-09T18:00", "2026-01-13"],
  ["Sunday", "2026-01-11T10:00", "2026-01-13"],
  ["before the New Year holidays", "2026-02-13T10:00", "2026-02-23"],
  ["in the New Year holidays", "2026-02-18T10:00", "2026-02-24"],
  ["just after midnight in Taipei, still yesterday in UTC", "2026-01-06T00:10", "2026-01-07"],
  ["across the end of the year", "2026-12-31T16:00", "2027-01-05"],
];
for (const [name, local, expected] of entries) {
  test(`entry day: ${name}`, () => assert.equal(entryDay(new Date(`${local}:00+08:00`), cutOff, calendar), expected));
}

test("a typhoon moves the entry day", () => {
  const stormy = bankingCalendar(["2026-07-10"]);
  assert.equal(entryDay(new Date("2026-07-09T10:00:00+08:00"), cutOff, stormy), "2026-07-13");
});

test("beyond the known years it refuses to guess", () => {
  assert.throws(() => calendar.isBankingDay("2028-01-03"), { code: "calendar-ended" });
  assert.throws(() => entryDay(new Date("2027-12-30T16:00:00+08:00"), cutOff, calendar), { code: "calendar-ended" });
});
