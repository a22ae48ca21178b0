import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithin, readTimeWindow, timeWindowText } from "./time-window.ts";

/** 2026-11-23 is a Monday. */
const cases: [string, string, boolean][] = [
  ["mon-fri 08:00-18:00 Asia/Taipei", "2026-11-23T00:00:00Z", true],
  ["mon-fri 08:00-18:00 Asia/Taipei", "2026-11-22T23:59:59.999Z", false],
  ["mon-fri 08:00-18:00 Asia/Taipei", "2026-11-23T10:00:00Z", false],
  ["mon-fri 08:00-18:00 Asia/Taipei", "2026-11-22T04:00:00Z", false],
  ["08:00-18:00", "2026-11-22T08:00:00Z", true],
  ["sun 22:00-06:00", "2026-11-22T22:00:00Z", true],
  ["sun 22:00-06:00", "2026-11-23T05:59:00Z", true],
  ["sun 22:00-06:00", "2026-11-23T06:00:00Z", false],
  ["sun 22:00-06:00", "2026-11-23T22:00:00Z", false],
  ["mon 00:00-24:00", "2026-11-23T23:59:00Z", true],
  ["mon 00:00-24:00", "2026-11-24T00:00:00Z", false],
  ["mon,wed 09:00-10:00 Europe/Tallinn", "2026-11-23T07:00:00Z", true],
  ["mon,wed 09:00-10:00 Europe/Tallinn", "2026-07-20T06:00:00Z", true],
];
for (const [text, at, expected] of cases) {
  test(`${at} is ${expected ? "inside" : "outside"} ${text}`, () => {
    const window = readTimeWindow(text);
    assert.ok(window !== "unreadable");
    assert.equal(isWithin(window, new Date(at)), expected);
    assert.deepEqual(readTimeWindow(timeWindowText(window)), window);
  });
}

for (const text of [
  "",
  "monday 08:00-18:00",
  "fri-mon 08:00-18:00",
  "8:00-18:00",
  "08:00-08:00",
  "24:00-08:00",
  "08:00-24:01",
  "08:60-18:00",
  "08:00-18:00 Moon/Base",
  "mon- 08:00-18:00",
]) {
  test(`no window: ${JSON.stringify(text)}`, () => assert.equal(readTimeWindow(text), "unreadable"));
}
