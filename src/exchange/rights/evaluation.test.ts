import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { splitServicePath } from "../r1/glob.ts";
import { explainRefusal, readExplanation, verdictsOf } from "./explanation.ts";
import { operationOf } from "./operation.ts";
import { parseSubject, recordOf, rightOf, subjectText, type AccessRight, type RightSubject } from "./right.ts";
import { isWithin, readTimeWindow, type TimeWindow } from "./time-window.ts";
import { evaluate, globOf, usableRights, type RightsQuestion } from "./rights.ts";
import { extentOf } from "./who-reads.ts";

const plain = { noNullPrototype: true };
const code = fc.constantFrom("a", "b", "c");
const path = fc.constantFrom("/v1/a", "/v1/a", "/v1/a", "/v1/b", "/v1/a/b", "/v1//b", "/", "");
const glob = fc.constantFrom("**", "/**", "/v1/a", "/v1/*", "/v1/**", "/**", "**", "/*", "/v1/*/b", "/v1/\\*");
const subject: fc.Arbitrary<RightSubject> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("subsystem" as const),
      id: fc.constantFrom("TW/GOV/A/a", "TW/GOV/A/b", "TW/GOV/AA/a"),
    },
    plain,
  ),
  fc.record({ kind: fc.constant("member" as const), id: fc.constantFrom("TW/GOV/A", "TW/GOV/AA") }, plain),
  fc.record({ kind: fc.constantFrom("local-group" as const, "global-group" as const), id: code }, plain),
);
const hour = (min: number, max: number): fc.Arbitrary<Date> =>
  fc.integer({ min, max }).map((hours) => new Date(Date.UTC(2026, 10, 22, hours)));
const window = fc.constantFrom(
  ...["08:00-14:00", "sun 22:00-06:00 Asia/Taipei", "mon-fri 00:00-24:00"].map(
    (text) => readTimeWindow(text) as TimeWindow,
  ),
);
const gateways = fc.constantFrom(["TW/GOV/A/gw1"], ["TW/GOV/A/gw1", "TW/GOV/AA/gw1"]);
const codes = fc.constantFrom([], [], ["p"], ["p", "q"], ["r"]);
const said = {
  id: fc.uuid(),
  version: fc.constant(1),
  provider: fc.constant("TW/GOV/REG/people"),
  serviceCode: fc.constant("person"),
  subject,
  method: fc.constantFrom("*", "*", "GET", "POST"),
  pathGlob: glob,
  purposes: codes,
  legalBases: codes,
  consent: fc.constantFrom("none" as const, "required" as const),
  fields: fc.option(fc.subarray(["name", "/address/city", "income"])),
  validFrom: hour(0, 12),
  validUntil: hour(8, 20),
  state: fc.constantFrom(
    "active" as const,
    "active" as const,
    "suspended" as const,
    "revoked" as const,
    "proposed" as const,
  ),
};
const conditions = {
  consentUnless: fc.constantFrom(["p"], ["q", "r"]),
  timeWindow: window,
  sourceGateways: gateways,
};
const right: fc.Arbitrary<AccessRight> = fc.oneof(
  { weight: 3, arbitrary: fc.record(said, plain) },
  {
    weight: 1,
    arbitrary: fc.record(
      { ...said, ...conditions },
      { ...plain, requiredKeys: Object.keys(said) as (keyof typeof said)[] },
    ),
  },
);
const question: fc.Arbitrary<RightsQuestion> = fc.record(
  {
    client: fc.constantFrom("TW/GOV/A/a", "TW/GOV/A/b", "TW/GOV/A", "TW/GOV/AA/a"),
    localGroups: fc.subarray(["a", "b"]).map((all) => new Set(all)),
    globalGroups: fc.subarray(["b", "c"]).map((all) => new Set(all)),
    method: fc.constantFrom("GET", "post", "DELETE"),
    segments: path.map((text) => text.split("/")),
    purpose: fc.option(fc.constantFrom("p", "q"), { nil: undefined }),
    legalBasis: fc.option(fc.constantFrom("p", "q"), { nil: undefined }),
    now: hour(0, 20),
    gateway: fc.option(fc.constantFrom("TW/GOV/A/gw1", "TW/GOV/AA/gw1"), { nil: undefined }),
    purposeRequired: fc.boolean(),
  },
  plain,
);
const consents = fc.record({ service: fc.constantFrom("none" as const, "required" as const), given: fc.boolean() });

/** What a gateway decides before it counts. */
function allowed(
  rights: readonly AccessRight[],
  asked: RightsQuestion,
  consent: { service: "none" | "required"; given: boolean },
) {
  const decision = evaluate(rights, asked);
  return decision.allow && usableRights(decision.covering, { ...consent, legalBasis: asked.legalBasis }).length > 0;
}

test("nothing is allowed without a right, and taking one away never allows more", () => {
  let [yes, no] = [0, 0];
  fc.assert(
    fc.property(fc.array(right, { maxLength: 12, size: "max" }), question, consents, (rights, asked, consent) => {
      assert.equal(allowed([], asked, consent), false);
      const whole = allowed(rights, asked, consent);
      if (whole) yes += 1;
      else no += 1;
      for (const gone of rights) {
        const fewer = rights.filter((one) => one !== gone);
        if (allowed(fewer, asked, consent)) assert.ok(whole);
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
  assert.ok(yes > 30 && no > 30, `the property saw both outcomes: ${yes}, ${no}`);
});

test("what is allowed was allowed by a right that says all of it", () => {
  fc.assert(
    fc.property(fc.array(right, { maxLength: 6 }), question, (rights, asked) => {
      const decision = evaluate(rights, asked);
      if (!decision.allow) return;
      for (const one of decision.covering) {
        assert.equal(one.state, "active");
        assert.ok(one.validFrom <= asked.now && asked.now < one.validUntil);
        assert.ok(globOf(one.pathGlob).matches(asked.segments));
        assert.ok(one.purposes.length === 0 || one.purposes.includes(asked.purpose ?? ""));
        assert.ok(!asked.purposeRequired || (asked.purpose !== undefined && asked.legalBasis !== undefined));
        if (one.timeWindow) assert.ok(isWithin(one.timeWindow, asked.now));
        if (one.sourceGateways) assert.ok(one.sourceGateways.includes(asked.gateway ?? ""));
        const { kind, id } = one.subject;
        if (kind === "member") assert.ok(`${asked.client}/`.startsWith(`${id}/`));
        if (kind === "subsystem") assert.equal(asked.client, id);
        if (kind === "local-group") assert.ok(asked.localGroups.has(id));
        if (kind === "global-group") assert.ok(asked.globalGroups.has(id));
      }
      const order = decision.covering.map((one) => globOf(one.pathGlob).specificity);
      assert.deepEqual(
        order,
        order.toSorted((one, other) => other - one),
      );
    }),
    { numRuns: 3000, seed: 7 },
  );
});

test("a refusal is explained to holders of some right only, and speaks of no right but theirs", () => {
  const own = (rights: readonly AccessRight[], asked: RightsQuestion) =>
    verdictsOf(rights, asked, { service: "none", given: true, legalBasis: undefined })
      .filter(({ reason }) => reason !== "no-right-for-client")
      .map((one) => one.right.id);
  fc.assert(
    fc.property(fc.array(right, { maxLength: 6 }), question, (rights, asked) => {
      const decision = evaluate(rights, asked);
      if (decision.allow) return;
      const told = explainRefusal(rights, asked, { failure: decision.reason, right: decision.nearest, service: "S" });
      const mine = own(rights, asked);
      assert.equal(told === undefined, mine.length === 0);
      if (!told) return;
      assert.ok(mine.includes(told.right));
      const text = JSON.stringify(told);
      for (const other of rights) if (!mine.includes(other.id)) assert.ok(!text.includes(other.id));
      assert.deepEqual(readExplanation(JSON.parse(text)), told, "the other gateway reads it back");
    }),
    { numRuns: 2000, seed: 7 },
  );
});

test("globs: `**` matches every path, a literal only itself, `*` never a slash, for any text", () => {
  const segment = fc.string({ unit: "binary", minLength: 1, maxLength: 8 });
  const literal = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("*", "\\*");
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segment, (parts, other) => {
      const segments = ["", ...parts.map((part) => part.replaceAll("/", "_"))];
      assert.ok(globOf("**").matches(segments));
      assert.ok(globOf("/**").matches(segments));
      const exact = globOf(segments.map(literal).join("/"));
      assert.ok(exact.matches(segments));
      assert.ok(!exact.matches([...segments, other]));
      const starred = globOf([...segments.slice(0, -1).map(literal), "*"].join("/"));
      assert.ok(starred.matches(segments));
      assert.ok(!starred.matches([...segments, other]));
      assert.ok(starred.specificity <= exact.specificity);
    }),
    { numRuns: 500, seed: 7 },
  );
});

test("an endpoint found for a call matches it, and is not the call's own path where it has a star", () => {
  const endpoints = [
    { method: "GET", path: "/v1/people/*" },
    { method: "GET", path: "/v1/people/search" },
    { method: "*", path: "/v1/**" },
  ];
  const found = (method: string, raw: string): string | undefined => {
    const split = splitServicePath(raw, {});
    return split.ok ? operationOf(endpoints, method, split.value.segments) : undefined;
  };
  assert.equal(found("GET", "/v1/people/A700000001"), "/v1/people/*");
  assert.equal(found("get", "/v1/people/search"), "/v1/people/search");
  assert.equal(found("PUT", "/v1/people/A700000001"), "/v1/**");
  assert.equal(found("GET", "/v2/people"), undefined);
});

test("a right survives being written down; a subject is read back as what it was", () => {
  fc.assert(
    fc.property(right, (one) => {
      assert.deepEqual(rightOf(JSON.stringify(recordOf(one))), one);
      assert.deepEqual(parseSubject(subjectText(one.subject)), one.subject);
    }),
    { numRuns: 300, seed: 7 },
  );
  const old = JSON.stringify({ ...recordOf(fc.sample(right, { numRuns: 1, seed: 1 })[0]!), subject: "TW/GOV/A/a" });
  assert.deepEqual(rightOf(old).subject, { kind: "subsystem", id: "TW/GOV/A/a" }, "written before groups were");
  for (const text of ["", "TW", "TW/GOV", "LOCALGROUP:", "LOCALGROUP:a/b", "GROUP:a", "TW/GOV/A/b/c", "TW//A"]) {
    assert.equal(parseSubject(text), undefined, text);
  }
});

const extents: [string[] | null, string, "whole" | "part" | undefined][] = [
  [null, "income", "whole"],
  [["name"], "income", undefined],
  [["name"], "/name", "whole"],
  [["/name"], "name", "whole"],
  [["/address"], "/address/city", "whole"],
  [["/address/city"], "address", "part"],
  [["/address/city"], "/address/street", undefined],
  [["/address/city"], "/address/cit", undefined],
  [["/a~1b"], "a/b", "whole"],
  [[], "name", undefined],
];
for (const [fields, field, expected] of extents) {
  test(`who reads ${field} by ${JSON.stringify(fields)}: ${expected ?? "nobody"}`, () => {
    assert.equal(extentOf(fields, field), expected);
  });
}
