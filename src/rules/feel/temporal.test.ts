import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assert as assertProperty, integer, property } from "fast-check";
import { dateOfEpochDay, epochDay } from "./temporal.ts";
import { evaluate, told } from "./testing.ts";

const groups: Readonly<Record<string, readonly (readonly [source: string, expected: string])[]>> = {
  "adding (DMN 1.5 table 57)": [
    ['@"2024-01-31" + @"P1M"', "2024-02-29"],
    ['@"2024-02-29" + @"P1Y"', "2025-02-28"],
    ['@"P1M" + @"2024-01-31"', "2024-02-29"],
    ['@"2021-01-12" + @"PT36H"', "2021-01-13"],
    ['@"2021-01-12" - @"PT1H"', "2021-01-11"],
    ['@"2021-12-31T23:59:59Z" + @"PT1S"', "2022-01-01T00:00:00Z"],
    ['@"23:00:00" + @"PT2H"', "01:00:00"],
    ['@"01:00:00+08:00" - @"PT2H"', "23:00:00+08:00"],
    ['@"P1Y2M" + @"P11M"', "P2Y1M"],
    ['@"P1D" - @"P2D"', "-P1D"],
    ['@"P1Y" + @"P1D"', "null"],
    ['@"2024-01-01" + @"2024-01-01"', "null"],
    ['@"2024-01-01" + 1', "null"],
    ['@"10:00:00" + @"10:00:00"', "null"],
    ['@"10:00:00" + @"P1M"', "null"],
    ['@"P1D" - @"2024-01-01"', "null"],
  ],
  "subtracting moments": [
    ['@"2024-03-01" - @"2024-02-01"', "P29D"],
    ['@"2024-03-01T00:00:00Z" - @"2024-03-01T00:00:00+08:00"', "PT8H"],
    ['@"2024-03-01T00:00:00" - @"2024-03-01T00:00:00Z"', "null"],
    ['@"2024-03-02" - @"2024-03-01T00:00:00Z"', "P1D"],
    ['@"2024-03-02" - @"2024-03-01T00:00:00"', "null"],
    ['@"10:00:00" - @"12:00:00"', "-PT2H"],
    ['@"10:00:00Z" - @"10:00:00"', "null"],
    ['@"2024-03-02T00:00:00" - @"10:00:00"', "null"],
  ],
  "scaling durations": [
    ['@"P1D" * 1.5', "P1DT12H"],
    ['2 * @"P1Y"', "P2Y"],
    ['@"P1Y" / 5', "P2M"],
    ['@"P1Y" / @"P1M"', "12"],
    ['@"P1D" / @"PT1H"', "24"],
    ['@"P1D" / 0', "null"],
    ['@"P1D" / @"PT0S"', "null"],
    ['@"P1D" / @"P1M"', "null"],
    ['@"P1D" * @"P1D"', "null"],
    ['-@"P1Y1M"', "-P1Y1M"],
  ],
  "zones whose clock changes": [
    ['@"2021-03-28T01:30:00@Europe/Paris" + @"PT1H"', "2021-03-28T03:30:00@Europe/Paris"],
    ['@"2021-03-28T03:30:00@Europe/Paris" - @"PT1H"', "2021-03-28T01:30:00@Europe/Paris"],
    ['@"2021-03-27T12:00:00@Europe/Paris" + @"P1D"', "2021-03-28T13:00:00@Europe/Paris"],
    ['@"2021-10-31T02:30:00@Europe/Paris" = @"2021-10-31T00:30:00Z"', "true"],
    ['@"2021-03-28T03:30:00@Europe/Paris" - @"2021-03-28T01:30:00@Europe/Paris"', "PT1H"],
    ['@"2021-07-01T00:00:00@Asia/Taipei" = @"2021-06-30T16:00:00Z"', "true"],
    ['@"2021-07-01T00:00:00@Europe/Paris".time offset', "PT2H"],
    ['@"2021-01-01T00:00:00@Europe/Paris".time offset', "PT1H"],
    ['@"2021-01-01T00:00:00@Europe/Paris".timezone', '"Europe/Paris"'],
  ],
  "equality and order": [
    ['@"2021-01-01T10:00:00Z" = @"2021-01-01T18:00:00+08:00"', "true"],
    ['@"2021-01-01T10:00:00Z" < @"2021-01-01T18:00:01+08:00"', "true"],
    ['@"10:00:00" < @"11:00:00Z"', "null"],
    ['@"2021-01-01" < @"2021-01-01T10:00:00Z"', "null"],
    ['@"2021-01-01" = @"2021-01-01T00:00:00Z"', "null"],
    ['@"P1Y" = @"P12M"', "true"],
    ['@"P1D" = @"PT24H"', "true"],
    ['@"P1M" < @"P31D"', "null"],
    ['is(@"2021-01-01T10:00:00Z", @"2021-01-01T18:00:00+08:00")', "false"],
    ['@"2024-02-29" between @"2024-02-28" and @"2024-03-01"', "true"],
  ],
  properties: [
    ['@"2024-02-29".weekday', "4"],
    ['@"2024-02-29T10:11:12.5Z".second', "12"],
    ['@"-P1Y3M".months', "-3"],
    ['@"P1DT26H3M4.5S".hours', "2"],
    ['@"P1DT26H3M4.5S".seconds', "4.5"],
    ['@"P1D".years', "null"],
    ['@"2024-02-29".hour', "null"],
    ['@"10:00:00".timezone', "null"],
  ],
  "texts that are no moment": [
    ['@"2023-02-29"', "null"],
    ['@"2024-13-01"', "null"],
    ['@"24-01-01"', "null"],
    ['@"02024-01-01"', "null"],
    ['@"25:00:00"', "null"],
    ['@"10:60:00"', "null"],
    ['@"10:00"', "null"],
    ['@"10:00:00+25:00"', "null"],
    ['@"10:00:00@Mars/Base"', "null"],
    ['@"P"', "null"],
    ['@"PT"', "null"],
    ['@"P1H"', "null"],
    ['@"P1Y1D"', "null"],
    ['@"2024-01-01T25:00:00"', "null"],
    ['date("2024-01-01T00:00:00")', "null"],
  ],
};

for (const [group, cases] of Object.entries(groups)) {
  describe(group, () => {
    for (const [source, expected] of cases) test(source, () => assert.equal(told(source).text, expected));
  });
}

test("days are counted like the platform's own calendar counts them, and back", () => {
  assertProperty(
    property(integer({ min: -90_000_000, max: 90_000_000 }), (day) => {
      const date = dateOfEpochDay(day)!;
      assert.equal(epochDay(date), day);
      const theirs = new Date(day * 86_400_000);
      assert.deepEqual(
        [date.year, date.month, date.day],
        [theirs.getUTCFullYear(), theirs.getUTCMonth() + 1, theirs.getUTCDate()],
      );
    }),
    { numRuns: 1000 },
  );
});

test("a date plus the days between is the other date", () => {
  assertProperty(
    property(integer({ min: -800_000, max: 800_000 }), integer({ min: -800_000, max: 800_000 }), (from, to) => {
      const at = (day: number) =>
        `date(${dateOfEpochDay(day)!.year}, ${dateOfEpochDay(day)!.month}, ${dateOfEpochDay(day)!.day})`;
      assert.equal(evaluate(`${at(from)} + (${at(to)} - ${at(from)}) = ${at(to)}`), true);
    }),
    { numRuns: 200 },
  );
});
