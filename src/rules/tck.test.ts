import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { loadModel } from "./load-model.ts";
import { readTckFile } from "./tck-case.ts";
import { runCase, runTck, tckLevels, tckRoot } from "./tck.ts";
import { readXml } from "./xml-tree.ts";

const reports = runTck(tckRoot);
for (const level of tckLevels) {
  describe(level, () => {
    for (const { folder, cases } of reports.filter((report) => report.level === level)) {
      describe(folder, () => {
        for (const { id, failure } of cases) test(id, () => assert.equal(failure, undefined));
      });
    }
  });
}

test("every folder and case that was given is there: 28 folders of level 2 and 59 of level 3", () => {
  const counted = tckLevels.map((level) => {
    const here = reports.filter((report) => report.level === level);
    return { folders: here.length, cases: here.reduce((sum, { cases }) => sum + cases.length, 0) };
  });
  assert.deepEqual(counted, [
    { folders: 28, cases: 116 },
    { folders: 59, cases: 1421 },
  ]);
});

test("a wrong expectation fails", () => {
  const folder = new URL("compliance-level-2/0004-simpletable-U/", tckRoot);
  const model = loadModel(readFileSync(new URL("0004-simpletable-U.dmn", folder), "utf8"));
  const xml = readXml(readFileSync(new URL("0004-simpletable-U-test-01.xml", folder), "utf8"));
  const one = xml.ok ? readTckFile(xml.value).cases[0] : undefined;
  assert.ok(model.ok && one);
  const planted = { ...one, results: one.results.map((result) => ({ ...result, expected: "Planted" })) };
  assert.match(runCase(model.value, planted) ?? "", /expected "Planted", got "Approved"/);
});
