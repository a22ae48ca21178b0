import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { loadModel } from "./load-model.ts";
import { modelFamily, readValidity, versionOn, withValidity } from "./versions.ts";

const real = readFileSync(
  new URL("../../countries/taiwan/rules/assistive-device-subsidy.dmn", import.meta.url),
  "utf8",
);

function model(version: string, validity: string, id: string = "m", value: string = "1"): string {
  return `<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="${id}" name="${id}" namespace="n">
  <extensionElements><x:version xmlns:x="x">${version}</x:version>${validity}</extensionElements>
  <decision id="d" name="d"><variable name="d"/><literalExpression><text>${value}</text></literalExpression></decision>
</definitions>`;
}
const from = (day: string, until?: string) =>
  `<x:validity xmlns:x="x" from="${day}"${until ? ` until="${until}"` : ""}/>`;

test("the version of a day is the one that began last, for ever", () => {
  const family = modelFamily("m", [model("2", from("2027-01-01")), model("1", from("2026-01-01"))]);
  assert.ok(family.ok);
  const on = (day: string) => versionOn(family.value, day)?.model.version;
  assert.deepEqual(["2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01", "2050-01-01"].map(on), [
    undefined,
    "1",
    "1",
    "2",
    "2",
  ]);
  assert.deepEqual(
    family.value.versions.map(({ until }) => until),
    ["2026-12-31", undefined],
  );
});

test("a law that ends has no version afterwards", () => {
  const family = modelFamily("m", [model("1", from("2026-01-01", "2026-06-30"))]);
  assert.ok(family.ok);
  assert.equal(versionOn(family.value, "2026-06-30")?.model.version, "1");
  assert.equal(versionOn(family.value, "2026-07-01"), undefined);
});

describe("versions that do not fit together are refused", () => {
  const cases: readonly [string, readonly string[], string][] = [
    ["two from one day", [model("1", from("2026-01-01")), model("2", from("2026-01-01"))], "rules-versions-overlap"],
    [
      "one begins before the other ends",
      [model("1", from("2026-01-01", "2026-12-31")), model("2", from("2026-12-31"))],
      "rules-versions-overlap",
    ],
    ["one version twice", [model("1", from("2026-01-01")), model("1", from("2027-01-01"))], "rules-versions-overlap"],
    [
      "one version again, after another",
      [model("1", from("2026-01-01")), model("2", from("2027-01-01")), model("1", from("2028-01-01"))],
      "rules-versions-overlap",
    ],
    [
      "days between",
      [model("1", from("2026-01-01", "2026-12-30")), model("2", from("2027-01-01"))],
      "rules-versions-gap",
    ],
    ["no first day", [model("1", "")], "rules-validity-invalid"],
    ["a day that is none", [model("1", from("2026-02-30"))], "rules-validity-invalid"],
    ["a last day before the first", [model("1", from("2026-02-02", "2026-02-01"))], "rules-validity-invalid"],
    ["no version", [model("", from("2026-01-01"))], "rules-validity-invalid"],
    ["another model", [model("1", from("2026-01-01"), "other")], "rules-validity-invalid"],
    ["not DMN", ["<html/>"], "rules-model-unreadable"],
  ];
  for (const [name, texts, code] of cases)
    test(name, () => {
      const family = modelFamily("m", texts);
      assert.equal(family.ok ? "accepted" : family.error.code, code);
    });
  test("next to each other is no gap", () =>
    assert.ok(modelFamily("m", [model("1", from("2026-01-01", "2026-12-31")), model("2", from("2027-01-01"))]).ok));
});

describe("a text gets another first day and version, and stays the same rules", () => {
  const texts: readonly [string, string][] = [
    ["the country's model", real],
    ["with a last day", model("1", from("2026-01-01", "2026-12-31"))],
    ["without validity", model("1", "")],
    ["without extension elements", model("1", "").replace(/<extensionElements>.*<\/extensionElements>/, "")],
    [
      "with empty extension elements",
      model("1", "").replace(/<extensionElements>.*<\/extensionElements>/, "<extensionElements/>"),
    ],
    [
      "every element prefixed",
      model("1", from("2026-01-01"))
        .replaceAll(/<(\/?)(definitions|extensionElements|decision|variable|literalExpression|text)/g, "<$1dmn:$2")
        .replace("xmlns=", "xmlns:dmn="),
    ],
  ];
  for (const [name, xml] of texts)
    test(name, () => {
      const made = withValidity(xml, { from: "2027-03-01", version: "9.9" });
      assert.ok(made.ok, JSON.stringify(made));
      assert.deepEqual(readValidity(made.value), { ok: true, value: { from: "2027-03-01" } });
      const [before, after] = [loadModel(xml), loadModel(made.value)];
      assert.ok(before.ok && after.ok);
      assert.equal(after.value.version, "9.9");
      assert.deepEqual(after.value.decisions, before.value.decisions);
      assert.deepEqual(withValidity(made.value, { from: "2027-03-01", version: "9.9" }), made, "twice is once");
    });
  test("a day that is none is refused", () => assert.ok(!withValidity(real, { from: "2027-02-29", version: "2" }).ok));
});

test("what an editor writes otherwise without a change keeps the hash", () => {
  const saved = real
    .replaceAll(' hitPolicy="UNIQUE"', "")
    .replaceAll(/>\s+</g, ">\n<")
    .replace(/(id="assistive-device-subsidy") (name="[^"]+") (label="[^"]+")/, "$3 $1 $2");
  const [before, after] = [loadModel(real), loadModel(saved)];
  assert.ok(before.ok && after.ok && saved !== real);
  assert.equal(after.value.hash, before.value.hash);
});
