import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { importsOf, readImports, structureFindings, type ModuleMap } from "./structure.ts";

const map = JSON.parse(readFileSync("docs/modules.json", "utf8")) as ModuleMap;
const packageJson = JSON.parse(readFileSync("package.json", "utf8")) as { imports: Record<string, string> };

describe("the house", () => {
  test("is built as docs/modules.json says, both ways", () => {
    const imports = readImports();
    assert.ok(imports.length > 200, "the scan found hardly any import: it is broken");
    assert.deepEqual(structureFindings(map, imports), []);
  });

  test("has one door per module, and every door leads somewhere", () => {
    const rooms = readdirSync("src", { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    assert.deepEqual(rooms.sort(), Object.keys(map).sort());
    for (const name of rooms) assert.equal(packageJson.imports[`#${name}`], `./src/${name}/index.ts`);
    for (const target of Object.values(packageJson.imports)) assert.ok(existsSync(target), target);
  });

  test("keeps SQL in store files and migrations", () => {
    const sql = /\b(?:select\s+.+\s+from|insert\s+into|delete\s+from|update\s+\w+\.\w+\s+set)\b/i;
    const loose = globSync("src/!(store)/**/*.ts").filter(
      (file) =>
        !/(?:^|\/)(?:[a-z-]*store[a-z-]*|[a-z-]*sql[a-z-]*)\.ts$|\/store\/|\.test\.ts$/.test(file) &&
        sql.test(code(file)),
    );
    assert.deepEqual(loose, []);
    assert.match("select a from b.c", sql);
  });

  test("numbers the migrations of a module once each, so that their order is plain", () => {
    const numbers = globSync("src/**/migrations/*.sql").map((file) => file.replace(/-[^/]*$/, ""));
    assert.ok(numbers.length > 20, "the scan found hardly any migration: it is broken");
    assert.deepEqual(
      numbers.filter((one, at) => numbers.indexOf(one) !== at),
      [],
    );
  });

  test("has files a person can read", () => {
    const long = globSync("{src,web,countries,demo,scripts,bench}/**/*.ts")
      .map((file) => [file, readFileSync(file, "utf8").split("\n").length] as const)
      .filter(([, lines]) => lines > 600);
    assert.deepEqual(long, []);
  });

  test("keeps Taiwan out of the core", () => {
    const core = globSync("src/!(ui)/**/*.ts").filter(
      (file) => !file.endsWith(".test.ts") && !file.includes("/pages/"),
    );
    const leaks = core.filter(
      (file) => /countries\/taiwan|#countries/.test(readFileSync(file, "utf8")) && file !== "src/cli.ts",
    );
    assert.deepEqual(leaks, []);
  });
});

describe("the test of the house can fail", () => {
  const plan: ModuleMap = { low: { owns: "", imports: [] }, high: { owns: "", imports: ["low"] } };
  const good = [{ file: "src/high/a.ts", specifier: "#low" }];
  const planted: [string, { file: string; specifier: string }][] = [
    ["an upward import", { file: "src/low/a.ts", specifier: "#high" }],
    ["a way past the door", { file: "src/high/a.ts", specifier: "#low/secret" }],
    ["a relative path into another room", { file: "src/high/a.ts", specifier: "../low/secret.ts" }],
    ["a module nobody declared", { file: "src/shadow/a.ts", specifier: "#low" }],
    ["its own door", { file: "src/low/a.ts", specifier: "#low" }],
  ];
  test("a clean plan has no finding", () => assert.deepEqual(structureFindings(plan, good), []));
  for (const [name, line] of planted)
    test(`on ${name}`, () => assert.notDeepEqual(structureFindings(plan, [...good, line]), []));
  test("on an entry nobody uses", () => assert.equal(structureFindings(plan, []).length, 1));
  test("on a cycle", () =>
    assert.notDeepEqual(
      structureFindings({ a: { owns: "", imports: ["b"] }, b: { owns: "", imports: ["a"] } }, [
        { file: "src/a/x.ts", specifier: "#b" },
        { file: "src/b/x.ts", specifier: "#a" },
      ]),
      [],
    ));
  test("imports are found in every form", () => {
    assert.deepEqual(
      importsOf('import a from "x";\nexport { b } from "#y";\nimport "z";\nawait import("w"); // import "no"'),
      ["x", "#y", "z", "w"],
    );
  });
});

function code(file: string): string {
  return readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}
