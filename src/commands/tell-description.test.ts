import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, type TestContext } from "node:test";
import { tellDescription } from "./tell-description.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-openapi-"));
after(() => rmSync(folder, { recursive: true, force: true }));
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
const first = file(
  "1.yaml",
  "openapi: 3.0.3\npaths:\n  /people/{id}: { get: { summary: one, responses: { '200': { $ref: '#/components/responses/P' } } } }\n  /old: { get: { responses: {} } }\ncomponents: { responses: { P: { description: a } } }\n",
);
const second = file(
  "2.json",
  JSON.stringify({
    openapi: "3.0.3",
    paths: {
      "/people/{id}": { get: { summary: "other words", responses: { 200: { $ref: "#/components/responses/P" } } } },
      "/a*": {
        post: { requestBody: { content: { "application/json": { schema: { pattern: "(?=x)" } } } }, responses: {} },
      },
    },
    components: { responses: { P: { description: "b", headers: { X: {} } } } },
  }),
);

function told(t: TestContext, name: string, against?: string): readonly [status: number, text: string] {
  const lines: string[] = [];
  t.mock.method(console, "log", (line: string) => void lines.push(line));
  t.mock.method(console, "error", (line: string) => void lines.push(line));
  const status = tellDescription(name, against === undefined ? {} : { against });
  t.mock.restoreAll();
  return [status, lines.join("\n")];
}

test("a usable description: its endpoints, parameters as stars", (t) => {
  assert.deepEqual(told(t, first), [0, "GET     /people/*\nGET     /old"]);
});

test("what a new one would change, also through what it refers to; words for people are no change", (t) => {
  assert.deepEqual(told(t, second, first), [
    1,
    [
      "GET     /people/*",
      "POST    /a\\*",
      "added   POST /a*",
      "removed GET /old",
      "changed GET /people/{id}",
      "not checked: pattern-refused at /paths/~1a*/post/requestBody/content/application~1json/schema/pattern",
    ].join("\n"),
  ]);
  const reworded = file("3.yaml", "openapi: 3.0.3\npaths: { /old: { get: { summary: new, responses: {} } } }\n");
  const old = file("4.yaml", "openapi: 3.0.3\npaths: { /old: { get: { description: x, responses: {} } } }\n");
  assert.deepEqual(told(t, reworded, old), [0, "GET     /old"]);
});

test("what is no description, and what is no file", (t) => {
  assert.equal(told(t, file("5.yaml", "swagger: '2.0'\n"))[0], 1);
  assert.equal(told(t, join(folder, "none.yaml"))[0], 2);
});
