import assert from "node:assert/strict";
import test from "node:test";
import type { AccessRight, RightState, RightSubject } from "./right.ts";
import { evaluate, isUsable, type RightsQuestion } from "./rights.ts";
import { readTimeWindow, type TimeWindow } from "./time-window.ts";

const right: AccessRight = {
  id: "r1",
  version: 1,
  provider: "TW/GOV/moi/household",
  serviceCode: "person",
  subject: { kind: "subsystem", id: "TW/GOV/portal/app" },
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
  localGroups: new Set(["cities"]),
  globalGroups: new Set(["tax"]),
  method: "POST",
  segments: ["", "v1", "lookup"],
  purpose: "subsidy",
  legalBasis: "tw:law",
  now: new Date("2026-11-22T00:00:00Z"),
  gateway: undefined,
  purposeRequired: true,
};
const subject = (kind: RightSubject["kind"], id: string): Partial<AccessRight> => ({ subject: { kind, id } });
const noLaw = { purpose: "subsidy", legalBasis: undefined };

const open = { purposes: [], legalBases: [] };
const bare = { purpose: undefined, legalBasis: undefined, purposeRequired: false };
const hours = (text: string): TimeWindow => readTimeWindow(text) as TimeWindow;

const cases: [string, Partial<AccessRight>, Partial<RightsQuestion>, string][] = [
  ["everything fits", {}, {}, "allow"],
  ["a right of the whole member", subject("member", "TW/GOV/portal"), {}, "allow"],
  ["the member itself calls", subject("member", "TW/GOV/portal"), { client: "TW/GOV/portal" }, "allow"],
  ["any method", { method: "*" }, { method: "DELETE" }, "allow"],
  ["a local group the client is in", subject("local-group", "cities"), {}, "allow"],
  ["a global group the client is in", subject("global-group", "tax"), {}, "allow"],
  ["a local group it is not in", subject("local-group", "counties"), {}, "no-right-for-client"],
  ["a local group of a global one's name", subject("local-group", "tax"), {}, "no-right-for-client"],
  ["a global group of a local one's name", subject("global-group", "cities"), {}, "no-right-for-client"],
  ["a group named like the client", subject("local-group", "TW/GOV/portal/app"), {}, "no-right-for-client"],
  ["a client named like a group", subject("local-group", "counties"), { client: "counties" }, "no-right-for-client"],
  ["a group's text as a client", subject("subsystem", "LOCALGROUP:cities"), {}, "no-right-for-client"],
  ["no right of this client", {}, { client: "TW/GOV/portal/other" }, "no-right-for-client"],
  ["a subsystem's right, and its member calls", {}, { client: "TW/GOV/portal" }, "no-right-for-client"],
  ["a code that only begins the same", subject("member", "TW/GOV/port"), {}, "no-right-for-client"],
  ["another method", {}, { method: "GET" }, "method-or-path"],
  ["another path", {}, { segments: ["", "v1", "search"] }, "method-or-path"],
  ["a slash inside a segment", { pathGlob: "/v1/*" }, { segments: ["", "v1", "a/b"] }, "allow"],
  ["at its first instant", { validFrom: question.now }, {}, "allow"],
  ["an instant before", { validFrom: new Date(question.now.getTime() + 1) }, {}, "outside-dates"],
  ["an instant before its end", { validUntil: new Date(question.now.getTime() + 1) }, {}, "allow"],
  ["at its end", { validUntil: question.now }, {}, "outside-dates"],
  ["in its hours", { timeWindow: hours("sun 08:00-09:00 Asia/Taipei") }, {}, "allow"],
  ["outside its hours", { timeWindow: hours("mon-fri 08:00-09:00 Asia/Taipei") }, {}, "time-window"],
  ["outside its hours, without a purpose asked", { ...open, timeWindow: hours("09:00-10:00") }, bare, "time-window"],
  ["through its gateway", { sourceGateways: ["TW/GOV/portal/gw1"] }, { gateway: "TW/GOV/portal/gw1" }, "allow"],
  ["through another", { sourceGateways: ["TW/GOV/portal/gw1"] }, { gateway: "TW/GOV/portal/gw2" }, "source-gateway"],
  ["through one that is not known", { sourceGateways: ["TW/GOV/portal/gw1"] }, {}, "source-gateway"],
  ["no purpose stated", {}, { purpose: undefined }, "purpose-missing"],
  ["no law stated", {}, noLaw, "purpose-missing"],
  ["only a law is asked for, none stated", { purposes: [] }, { ...noLaw, purposeRequired: false }, "purpose-missing"],
  ["a purpose that the right does not name", {}, { purpose: "marketing" }, "purpose"],
  ["a law that the right does not name", {}, { legalBasis: "tw:other" }, "legal-basis"],
  ["a right without purposes on a service that asks", { purposes: [] }, { purpose: undefined }, "purpose-missing"],
  [
    "neither asks",
    { purposes: [], legalBases: [] },
    { purpose: undefined, legalBasis: undefined, purposeRequired: false },
    "allow",
  ],
  ...(["draft", "proposed", "approved", "suspended", "expired", "revoked"] satisfies RightState[]).map(
    (state): [string, Partial<AccessRight>, Partial<RightsQuestion>, string] => [state, { state }, {}, "not-active"],
  ),
];
for (const [name, change, asked, expected] of cases) {
  test(name, () => {
    const decision = evaluate([{ ...right, ...change }], { ...question, ...asked });
    assert.equal(decision.allow ? "allow" : decision.reason, expected);
  });
}

test("the most specific right wins; without one the nearest is named; without any the client has none", () => {
  const wide: AccessRight = { ...right, id: "wide", pathGlob: "/**" };
  const middle: AccessRight = { ...right, id: "middle", pathGlob: "/v1/*" };
  const decision = evaluate([wide, middle, right], question);
  assert.ok(decision.allow && decision.right.id === "r1");
  assert.deepEqual(
    decision.covering.map(({ id }) => id),
    ["r1", "middle", "wide"],
  );
  const late = { ...right, id: "late", state: "revoked" as const };
  const foreign = { ...right, id: "foreign", subject: { kind: "member", id: "TW/GOV/other" } } as const;
  assert.deepEqual(evaluate([foreign, late], question), { allow: false, reason: "not-active", nearest: "late" });
  assert.deepEqual(evaluate([], question), { allow: false, reason: "no-right-for-client" });
});

const consents: [string, Partial<AccessRight>, Partial<Parameters<typeof isUsable>[1]>, boolean][] = [
  ["none is asked", {}, {}, true],
  ["none is given", { consent: "required" }, {}, false],
  ["it is given", { consent: "required" }, { given: true }, true],
  ["the statute stands in", { consent: "required", consentUnless: ["tw:law"] }, {}, true],
  ["another statute is stated", { consent: "required", consentUnless: ["tw:other"] }, {}, false],
  ["no statute is stated", { consent: "required", consentUnless: ["tw:law"] }, { legalBasis: undefined }, false],
  ["the service asks all the same", { consent: "required", consentUnless: ["tw:law"] }, { service: "required" }, false],
];
for (const [what, change, state, expected] of consents) {
  test(`consent, ${what}: ${expected ? "usable" : "not usable"}`, () => {
    const all = { service: "none", given: false, legalBasis: "tw:law", ...state } as const;
    assert.equal(isUsable({ ...right, ...change }, all), expected);
  });
}
