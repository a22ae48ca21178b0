import assert from "node:assert/strict";
import { test } from "node:test";
import { askedService, passedOn } from "./open-api.ts";

const asked: readonly (readonly [query: string | undefined, code: string | undefined])[] = [
  [undefined, undefined],
  ["", undefined],
  ["serviceCode=", undefined],
  ["servicecode=a%20b", "a b"],
  ["SERVICECODE=a&serviceCode=b", "b"],
];
for (const [query, code] of asked) test(`asked by ${query}: ${code}`, () => assert.equal(askedService(query), code));

const yaml =
  "openapi: 3.0.1 # a comment\nservers:\n  - url: http://10.0.0.5:8080/api/v1?x=1\n  - { url: 'https://{host}/v1' }\n  - url: /v2\n";
const json = '{ "openapi": "3.0.1", "servers": [ { "url": "//10.0.0.5" } ] }';
const yamlOut = "openapi: 3.0.1\nservers:\n  - url: /api/v1\n  - url: https://{host}/v1\n  - url: /v2\n";
const jsonOut = '{"openapi":"3.0.1","servers":[{"url":""}]}';

const passed: readonly (readonly [
  what: string,
  text: string,
  type: string | undefined,
  path: string,
  outType: string,
  out: string,
])[] = [
  ["JSON by its type", json, "application/json; charset=x", "/d.yaml", "application/json; charset=x", jsonOut],
  ["YAML by its type", yaml, "application/x-yaml", "/d.json", "application/x-yaml", yamlOut],
  ["JSON by the ending", json, "text/html", "/d.json", "text/html", jsonOut],
  ["YAML otherwise", yaml, undefined, "/d", "text/plain", yamlOut],
];
for (const [what, text, type, path, contentType, body] of passed) {
  test(`passed on: ${what}`, () => {
    assert.deepEqual(passedOn(text, type, path), { ok: true, value: { contentType, body } });
  });
}

test("no internal host is in what is passed on, nor in what is refused", () => {
  for (const text of [yaml, json, "{", "openapi: '2'"]) {
    assert.doesNotMatch(JSON.stringify(passedOn(text, "application/x-yaml", "/d")), /10\.0\.0\.5/);
  }
});

test("what is no description of version 3, or cannot be read, is refused in the deployed servers' words", () => {
  const refused = (text: string): string | true => {
    const given = passedOn(text, "application/json", "/d.json");
    return given.ok || given.error;
  };
  assert.equal(refused("{"), "Failed overwriting origin URL for the openapi servers for /d.json");
  assert.match(String(refused('{"openapi":2}')), /^Incompatible openapi version\. .* of version 2$/);
  assert.equal(refused('{"other":1}'), true, "a description that does not say its version passes");
});
