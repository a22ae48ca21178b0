import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { loadModel } from "./load-model.ts";
import { readCases, runCase, type TckCase } from "./tck-case.ts";
import { readXml } from "./xml-tree.ts";

const root = new URL("./vectors/dmn-tck/", import.meta.url);

function casesOf(folder: URL, file: string): TckCase[] {
  const xml = readXml(readFileSync(new URL(file, folder), "utf8"));
  assert.ok(xml.ok);
  return readCases(xml.value);
}

let count = 0;
for (const level of ["compliance-level-2", "compliance-level-3"]) {
  describe(level, () => {
    for (const name of readdirSync(new URL(`${level}/`, root))) {
      describe(name, () => {
        const folder = new URL(`${level}/${name}/`, root);
        const files = readdirSync(folder);
        const models = files
          .filter((file) => file.endsWith(".dmn"))
          .map((file) => ({ file, xml: readFileSync(new URL(file, folder), "utf8") }));
        const main = models.find(({ file }) => file === `${name}.dmn`);
        const imports = models.filter((model) => model !== main).map(({ xml }) => xml);
        const model = loadModel(main?.xml ?? "", { imports });
        for (const file of files.filter((one) => one.endsWith(".xml"))) {
          for (const one of casesOf(folder, file)) {
            count += 1;
            test(one.id, () => {
              assert.ok(model.ok, JSON.stringify(model));
              assert.equal(runCase(model.value, one), undefined);
            });
          }
        }
      });
    }
  });
}

test("the cases are there", () => {
  assert.equal(count, 116 + 1421 - 18);
});

test("a wrong expectation fails", () => {
  const folder = new URL("compliance-level-2/0004-simpletable-U/", root);
  const model = loadModel(readFileSync(new URL("0004-simpletable-U.dmn", folder), "utf8"));
  const one = casesOf(folder, "0004-simpletable-U-test-01.xml")[0];
  assert.ok(model.ok && one);
  const planted = { ...one, results: one.results.map((result) => ({ ...result, expected: "Planted" })) };
  assert.match(runCase(model.value, planted) ?? "", /expected "Planted", got "Approved"/);
});
