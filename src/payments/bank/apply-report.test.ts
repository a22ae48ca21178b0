import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { resolveReport, statusStep, type OurLine } from "./apply-report.ts";
import { readStatusReport } from "./read-status-report.ts";
import { edges, graph, stateAfter, type State } from "../states.ts";
import { reportXml } from "../testing.ts";

const ours: readonly OurLine[] = ["a", "b", "c"].map((id) => ({
  endToEndId: id,
  uetr: `uetr-${id}`,
  amount: 100n,
  group: id === "c" ? "F-2" : "F-1",
}));

/** What a report says about our three lines, as `a=ACSC b=RJCT/AC04`. */
function said(...report: Parameters<typeof reportXml>): string {
  const read = readStatusReport(reportXml(...report));
  assert.ok(read.ok, read.ok ? "" : read.error);
  return resolveReport(read.value, ours, 0)
    .map((line) => {
      const name = line.endToEndId ?? `?${line.reported}`;
      return `${name}=${line.code}${line.reason ? `/${line.reason}` : ""}${line.amountDiffers ? "!" : ""}`;
    })
    .sort()
    .join(" ");
}

const inheritance: readonly [string, Parameters<typeof reportXml>, string][] = [
  ["the file's status covers all", ["F", "ACSP"], "a=ACSP b=ACSP c=ACSP"],
  ["and its reason", ["F", "RJCT", [], { fileReason: "AM04" }], "a=RJCT/AM04 b=RJCT/AM04 c=RJCT/AM04"],
  ["the group's covers the group", ["F", "", [], { group: "F-1", groupStatus: "ACSC" }], "a=ACSC b=ACSC"],
  [
    "PART says nothing about lines not listed",
    [
      "F",
      "PART",
      [
        { id: "a", code: "ACSC" },
        { id: "b", code: "RJCT", reason: "AC04" },
      ],
      { group: "F-1" },
    ],
    "a=ACSC b=RJCT/AC04",
  ],
  [
    "a listed line that differs makes the others unknown",
    ["F", "ACSC", [{ id: "a", code: "RJCT", reason: "AC01" }]],
    "a=RJCT/AC01",
  ],
  ["a listed line without status inherits", ["F", "ACSC", [{ id: "a" }]], "a=ACSC b=ACSC c=ACSC"],
  ["but not PART", ["F", "PART", [{ id: "a" }]], "a="],
  ["a line that is not ours", ["F", "PART", [{ id: "zz", code: "ACSC" }]], "?zz=ACSC"],
  ["another amount", ["F", "PART", [{ id: "a", code: "ACSC", amount: "101" }]], "a=ACSC!"],
  ["the same amount with decimals", ["F", "PART", [{ id: "a", code: "ACSC", amount: "100.00" }]], "a=ACSC"],
];
for (const [name, report, expected] of inheritance)
  test(`inheritance: ${name}`, () => assert.equal(said(...report), expected));

test("the bank's transaction is found by UETR where the EndToEndId is missing", () => {
  const xml = reportXml("F", "PART", [{ id: "a", code: "ACSC" }]).replace(
    "<OrgnlEndToEndId>a</OrgnlEndToEndId>",
    "<OrgnlUETR>5d1e7d43-6d1f-4f0e-8f35-000000000002</OrgnlUETR>",
  );
  const read = readStatusReport(xml);
  assert.ok(read.ok);
  const lines = [{ ...ours[1]!, uetr: "5d1e7d43-6d1f-4f0e-8f35-000000000002" }];
  assert.equal(resolveReport(read.value, lines, 0)[0]?.endToEndId, "b");
});

const steps: readonly [State, string, string | undefined, string][] = [
  ["submitted", "RCVD", undefined, "noted"],
  ["submitted", "ACTC", undefined, "status-accepted"],
  ["submitted", "ACCC", undefined, "status-accepted status-settled"],
  ["submitted", "RJCT", "AC04", "status-rejected"],
  ["submitted", "RJCT", "AM05", "status-unclear"],
  ["accepted", "RJCT", "DUPL", "status-unclear"],
  ["accepted", "ACSP", undefined, "repeated"],
  ["accepted", "ACSC", undefined, "status-settled"],
  ["unknown", "ACCC", undefined, "found-settled"],
  ["unknown", "RJCT", "AC01", "found-rejected"],
  ["settled", "ACSC", undefined, "repeated"],
  ["settled", "ACTC", undefined, "repeated"],
  ["settled", "RJCT", "AC04", "contradiction"],
  ["settled", "RJCT", "DUPL", "contradiction"],
  ["rejected", "ACCC", undefined, "contradiction"],
  ["rerouted", "ACCC", undefined, "contradiction"],
  ["rejected", "RJCT", "AC04", "repeated"],
  ["approved", "ACCC", undefined, "contradiction"],
  ["accepted", "ZZZZ", undefined, "unmapped"],
];
for (const [state, code, reason, expected] of steps) {
  test(`a ${state} payment hears ${code}${reason ? ` ${reason}` : ""}: ${expected}`, () => {
    const { outcome, events } = statusStep(state, code, reason);
    assert.equal(outcome === "applied" ? events.join(" ") : outcome, expected);
  });
}

test("any reports in any order stay on the graph, and a settled payment is never called refused by one", () => {
  const code = fc.constantFrom("RCVD", "ACTC", "ACSP", "ACSC", "ACCC", "RJCT", "CANC", "QQQQ");
  const reason = fc.option(fc.constantFrom("AC04", "AM05", "BE01", "XX99"), { nil: undefined });
  const start = fc.constantFrom(...(Object.keys(graph) as State[]));
  fc.assert(
    fc.property(start, fc.array(fc.tuple(code, reason), { maxLength: 12 }), (from, reports) => {
      let state = from;
      for (const [oneCode, oneReason] of reports) {
        for (const event of statusStep(state, oneCode, oneReason).events) {
          const next = stateAfter(state, event);
          assert.ok(next, `${event} from ${state}`);
          if (state === "settled") assert.fail("a report moved a settled payment");
          state = next;
        }
      }
    }),
  );
  assert.ok(edges.some((edge) => edge.from === "settled" && edge.event === "corrected-to-rejected"));
});

const hostile: readonly [string, string][] = [
  ["a document type", `<!DOCTYPE x [<!ENTITY a "b">]>${reportXml("F", "ACSC")}`],
  ["another message", reportXml("F", "ACSC").replaceAll("pain.002.001.14", "pain.002.001.03")],
  ["a status of five letters", reportXml("F", "ACSCX")],
  ["no reference to a file", reportXml("F", "ACSC").replace(/<OrgnlMsgId>.*?<\/OrgnlMsgId>/, "")],
  ["HTML", "<!doctype html><p>Service unavailable"],
  ["nothing", ""],
];
for (const [name, xml] of hostile) test(`not read: ${name}`, () => assert.equal(readStatusReport(xml).ok, false));
