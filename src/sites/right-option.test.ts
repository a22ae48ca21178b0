import assert from "node:assert/strict";
import { test } from "node:test";
import { grantOf, rightOption } from "./right-option.ts";

const least = {
  subsystem: "household",
  serviceCode: "person",
  subject: { memberClass: "GOV", memberCode: "TPE", subsystemCode: "welfare" },
};

test("a right of a gateway's file is the right it says, and nothing it does not say", () => {
  const subject = { instance: "TW", ...least.subject };
  assert.deepEqual(grantOf(rightOption.parse(least), "TW"), { ...least, subject });
  const more = { method: "POST", fields: ["name", "/address/city"], payloadCheck: "enforce", owner: "Households" };
  const hours = { consent: "required", consentUnless: ["tw:law"], sourceGateways: ["TW/GOV/TPE/gw1"] };
  const whole = rightOption.parse({
    ...least,
    ...more,
    ...hours,
    quota: "1000/day+50",
    people: 20,
    timeWindow: "sat 08:00-12:00",
  });
  const timeWindow = { days: ["sat"], from: "08:00", until: "12:00", zone: "UTC" };
  const quota = { requests: 1000, per: "day", burst: 50, subjectsPerDay: 20 };
  assert.deepEqual(grantOf(whole, "TW"), { ...least, ...more, ...hours, subject, quota, timeWindow });
});

test("a right of a gateway's file can be a group's", () => {
  const subject = (written: object): unknown =>
    grantOf(rightOption.parse({ ...least, subject: written }), "TW").subject;
  assert.deepEqual(subject({ localGroup: "cities" }), { kind: "local-group", id: "cities" });
  assert.deepEqual(subject({ globalGroup: "tax" }), { kind: "global-group", id: "tax" });
});

const wrong: object[] = [
  { quota: "many" },
  { quota: "10/hour" },
  { people: 5 },
  { quota: "1/day", people: 0 },
  { consent: "maybe" },
  { timeWindow: "weekdays" },
  { subject: { ...least.subject, memberCode: "" } },
  { subject: { localGroup: "cities", globalGroup: "tax" } },
  { subject: { ...least.subject, localGroup: "cities" } },
  { purpose: ["x"] },
];
for (const change of wrong) {
  test(`refused in a file: ${JSON.stringify(change)}`, () => {
    assert.ok(!rightOption.safeParse({ ...least, ...change }).success);
  });
}
