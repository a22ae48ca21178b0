import assert from "node:assert/strict";
import { test } from "node:test";
import { bankingCalendar, daysOff, entryDay, handInFor, holidays, payBy, type DayKind } from "./calendar.ts";

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

const kinds: readonly [string, DayKind, DayKind][] = [
  ["2025-01-27", "holiday", "holiday"],
  ["2025-02-08", "make-up-working", "make-up-working"],
  ["2025-02-15", "weekend", "weekend"],
  ["2025-05-01", "working", "bank-closed"],
  ["2026-05-01", "holiday", "holiday"],
  ["2026-04-03", "compensation", "compensation"],
  ["2026-04-04", "holiday", "holiday"],
  ["2026-02-27", "compensation", "compensation"],
  ["2027-12-31", "compensation", "compensation"],
  ["2027-03-01", "compensation", "compensation"],
];
for (const [day, office, bank] of kinds) {
  test(`${day} is ${office} for offices and ${bank} for banks`, () => {
    assert.equal(calendar.kindOf(day, "office"), office);
    assert.equal(calendar.kindOf(day, "bank"), bank);
  });
}

test("weekdays of 2025 without banks, as published", () => {
  const days = Array.from({ length: 365 }, (_, n) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10));
  const closed = days.filter((day) => new Date(day).getUTCDay() % 6 !== 0 && !calendar.isBankingDay(day));
  assert.deepEqual(
    closed.map((day) => day.slice(5)),
    "01-01 01-27 01-28 01-29 01-30 01-31 02-28 04-03 04-04 05-01 05-30 09-29 10-06 10-10 10-24 12-25".split(" "),
  );
  assert.equal(days.filter((day) => calendar.isBankingDay(day)).length, 365 - 104 - closed.length + 1);
});

test("a typhoon: one region's offices and banks, half a day, or the exchange for all", () => {
  const stormy = bankingCalendar([
    { day: "2026-07-09", region: "花蓮縣" },
    { day: "2026-07-10", of: "exchange" },
    { day: "2026-07-13", half: "afternoon" },
    { day: "2026-07-14", of: "offices" },
  ]);
  assert.equal(stormy.isBankingDay("2026-07-09", "花蓮縣"), false);
  assert.equal(stormy.isOfficeDay("2026-07-09", "花蓮縣"), false);
  assert.equal(stormy.isBankingDay("2026-07-09", "臺北市"), true);
  assert.equal(stormy.isBankingDay("2026-07-09"), true);
  assert.equal(stormy.isBankingDay("2026-07-10", "臺北市"), false);
  assert.equal(stormy.isOfficeDay("2026-07-10"), true);
  assert.equal(stormy.isBankingDay("2026-07-13"), true);
  assert.deepEqual([stormy.isOfficeDay("2026-07-14"), stormy.isBankingDay("2026-07-14")], [false, true]);
  assert.equal(entryDay(new Date("2026-07-09T10:00:00+08:00"), cutOff, stormy), "2026-07-13");
});

const promises: readonly [string, string, string, string][] = [
  ["an ordinary Wednesday", "2026-01-07", "2026-01-07", "2026-01-06"],
  ["a Monday", "2026-01-12", "2026-01-12", "2026-01-09"],
  ["a Sunday: the Friday before", "2026-01-11", "2026-01-09", "2026-01-08"],
  ["the first banking day after the New Year", "2026-02-23", "2026-02-23", "2026-02-13"],
  ["New Year's day: before the holidays", "2026-02-17", "2026-02-13", "2026-02-12"],
  ["across the year's end", "2027-01-04", "2027-01-04", "2026-12-31"],
  ["the day after a long weekend in spring", "2026-04-07", "2026-04-07", "2026-04-02"],
];
for (const [name, promised, entry, day] of promises) {
  test(`handed in for a promise: ${name}`, () => {
    assert.deepEqual(handInFor(promised, cutOff, calendar), { entry, day, before: "15:30" });
    const made = new Date(`${day}T15:29:00+08:00`);
    assert.equal(entryDay(made, cutOff, calendar), entry, "a file made a minute before is entered on that day");
  });
}

test("forwards and backwards agree on every day of three years", () => {
  for (
    let day = "2025-01-10";
    day < "2027-12-20";
    day = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
  ) {
    const { entry, day: handIn } = handInFor(day, cutOff, calendar);
    assert.ok(entry <= day && calendar.isBankingDay(entry), day);
    assert.equal(entryDay(new Date(`${handIn}T15:29:59+08:00`), cutOff, calendar), entry, day);
    assert.ok(entryDay(new Date(`${handIn}T15:30:00+08:00`), cutOff, calendar) > entry, day);
  }
});

test("the treasury closes its year: later entries are the new year's, promises come before", () => {
  const closing = { ...cutOff, lastOfYear: "12-29" };
  assert.equal(entryDay(new Date("2026-12-28T10:00:00+08:00"), closing, calendar), "2026-12-29");
  assert.equal(entryDay(new Date("2026-12-29T10:00:00+08:00"), closing, calendar), "2027-01-04");
  assert.deepEqual(handInFor("2026-12-31", closing, calendar), {
    entry: "2026-12-29",
    day: "2026-12-28",
    before: "15:30",
  });
});

test("the payout of 2025: before 18:00 the same day, holidays and evenings the next banking day", () => {
  const payout = { time: "18:00", leadDays: 0 };
  const on = (local: string): string => entryDay(new Date(`${local}:00+08:00`), payout, calendar);
  assert.equal(on("2025-11-12T17:59"), "2025-11-12");
  assert.equal(on("2025-11-12T18:00"), "2025-11-13");
  assert.equal(on("2025-11-14T18:00"), "2025-11-17");
  assert.equal(on("2025-11-16T09:00"), "2025-11-17");
  assert.equal(on("2025-12-25T09:00"), "2025-12-26");
});

const terms: readonly [string, string, Parameters<typeof payBy>[1], string][] = [
  ["a month", "2026-03-10", { months: 1 }, "2026-04-10"],
  ["a month that ends in a shorter one", "2026-01-31", { months: 1 }, "2026-03-02"],
  ["a month that ends on a Saturday", "2026-06-11", { months: 1 }, "2026-07-13"],
  ["two years of months reach no leap day here", "2025-02-28", { months: 12 }, "2026-03-02"],
  ["ten working days", "2026-01-05", { officeDays: 10 }, "2026-01-19"],
  ["ten working days over the New Year", "2026-02-10", { officeDays: 10 }, "2026-03-04"],
  ["no working day", "2026-01-05", { officeDays: 0 }, "2026-01-05"],
];
for (const [name, act, term, expected] of terms) {
  test(`pay by: ${name}`, () => assert.equal(payBy(act, term, calendar), expected));
}

test("pay by in a leap year ends on 29 February", () => {
  const always = { ...calendar, isOfficeDay: () => true };
  assert.equal(payBy("2028-01-31", { months: 1 }, always), "2028-02-29");
  assert.equal(payBy("2027-01-31", { months: 1 }, always), "2027-02-28");
  assert.equal(payBy("2028-02-29", { months: 12 }, always), "2029-02-28");
});
