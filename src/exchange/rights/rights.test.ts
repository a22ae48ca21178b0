import assert from "node:assert/strict";
import test from "node:test";
import { evaluate, type AccessRight, type RightsQuestion } from "./rights.ts";

const right: AccessRight = {
  id: "r1",
  version: 1,
  provider: "TW/GOV/moi/household",
  serviceCode: "person",
  subject: "TW/GOV/portal/app",
  method: "POST",
  pathGlob: "/v1/lookup",
  purposes: ["subsidy"],
  legalBases: ["tw:law"],
  consent: "none",
  fields: null,
  validFrom: new Date("2026-01-01T00:00:00Z"),
  validUntil: new Date("2027-01-01T00:00:00Z"),
  state: "active",
};
const question: RightsQuestion = {
  client: "TW/GOV/portal/app",
  method: "POST",
  segments: ["", "v1", "lookup"],
  purpose: "subsidy",
  legalBasis: "tw:law",
  now: new Date("2026-11-22T00:00:00Z"),
  purposeRequired: true,
};

const cases: [string, Partial<AccessRight>, Partial<RightsQuestion>, string][] = [
  ["everything fits", {}, {}, "allow"],
  ["a right of the whole member", { subject: "TW/GOV/portal" }, {}, "allow"],
  ["any method", { method: "*" }, { method: "DELETE" }, "allow"],
  ["no right of this client", {}, { client: "TW/GOV/portal/other" }, "no-right-for-client"],
  ["a code that only begins the same", { subject: "TW/GOV/port" }, {}, "no-right-for-client"],
  ["another method", {}, { method: "GET" }, "method-or-path"],
  ["another path", {}, { segments: ["", "v1", "search"] }, "method-or-path"],
  ["a slash inside a segment", { pathGlob: "/v1/*" }, { segments: ["", "v1", "a/b"] }, "allow"],
  ["suspended", { state: "suspended" }, {}, "not-active"],
  ["revoked", { state: "revoked" }, {}, "not-active"],
  ["before its first day", { validFrom: question.now, validUntil: right.validUntil }, {}, "allow"],
  ["at its last instant", { validUntil: question.now }, {}, "outside-dates"],
  ["no purpose stated", {}, { purpose: undefined }, "purpose-missing"],
  ["no law stated", {}, { legalBasis: undefined }, "purpose-missing"],
  ["a purpose that the right does not name", {}, { purpose: "marketing" }, "purpose"],
  ["a law that the right does not name", {}, { legalBasis: "tw:other" }, "legal-basis"],
  ["a right without purposes on a service that asks", { purposes: [] }, { purpose: undefined }, "purpose-missing"],
  ["neither asks", { purposes: [] }, { purpose: undefined, purposeRequired: false }, "allow"],
];
for (const [name, change, asked, expected] of cases) {
  test(name, () => {
    const decision = evaluate([{ ...right, ...change }], { ...question, ...asked });
    assert.equal(decision.allow ? "allow" : decision.reason, expected);
  });
}

test("the most specific right wins; without one the nearest is named; without any the client has none", () => {
  const wide: AccessRight = { ...right, id: "wide", pathGlob: "/**" };
  const decision = evaluate([wide, right], question);
  assert.ok(decision.allow && decision.right.id === "r1");
  const late = { ...right, id: "late", state: "revoked" as const };
  const foreign = { ...right, id: "foreign", subject: "TW/GOV/other" };
  assert.deepEqual(evaluate([foreign, late], question), { allow: false, reason: "not-active", nearest: "late" });
  assert.deepEqual(evaluate([], question), { allow: false, reason: "no-right-for-client" });
});
