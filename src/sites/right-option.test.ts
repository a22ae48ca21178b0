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
  const whole = rightOption.parse({ ...least, ...more, quota: "1000/day+50", people: 20 });
  const quota = { requests: 1000, per: "day", burst: 50, subjectsPerDay: 20 };
  assert.deepEqual(grantOf(whole, "TW"), { ...least, ...more, subject, quota });
});

const wrong: object[] = [
  { quota: "many" },
  { quota: "10/hour" },
  { people: 5 },
  { quota: "1/day", people: 0 },
  { consent: "maybe" },
  { subject: { ...least.subject, memberCode: "" } },
  { purpose: ["x"] },
];
for (const change of wrong) {
  test(`refused in a file: ${JSON.stringify(change)}`, () => {
    assert.ok(!rightOption.safeParse({ ...least, ...change }).success);
  });
}
