import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as checkProperty, constantFrom, property } from "fast-check";
import { compileGlob, splitServicePath } from "./glob.ts";

function matches(glob: string, path: string): boolean {
  const split = splitServicePath(path);
  assert.ok(split.ok, path);
  return compileGlob(glob).matches(split.value.segments);
}

/** The reference's table, row by row, column "ours". */
const table: readonly (readonly [glob: string, path: string, expected: boolean])[] = [
  ["/people/*", "/people/7", true],
  ["/people/*", "/people/", true],
  ["/people/*", "/people", false],
  ["/people/*", "/people/7/history", false],
  ["/people/*/history", "/people/7/history", true],
  ["/people/**", "/people/7/history", true],
  ["/people/**", "/people", false],
  ["/a*/b", "/abc/b", true],
  ["/x/*/y", "/x//y", true],
  ["/x/*-*", "/x/1-2", true],
  ["/v1/**/doc", "/v1/doc", false],
  ["/v1/**/doc", "/v1//doc", true],
  ["/v1**", "/v1x/y", true],
  ["/a\\*b", "/a*b", true],
  ["/a\\*b", "/axb", false],
  ["/Land", "/land", false],
  ["/land/*", "/land/A%2FB", true],
  ["/files/*.pdf", "/files/a.pdf", true],
  ["/q?", "/q", false],
  ["/v1.0/*", "/v1x0/a", false],
  // Not in the table: the whole service, the empty path, literal backslashes, three stars.
  ["**", "", true],
  ["**", "/a/b", true],
  ["", "", true],
  ["", "/", false],
  ["/a\\\\b", "/a%5Cb", true],
  ["/a\\b", "/a%5Cb", true],
  ["/a***b", "/a/x/b", true],
  ["/land/A/B", "/land/A%2FB", false],
  ["/臺/*", "/%E8%87%BA/1", true],
];
for (const [glob, path, expected] of table) {
  test(`glob ${glob} ${expected ? "matches" : "does not match"} ${JSON.stringify(path)}`, () => {
    assert.equal(matches(glob, path), expected);
  });
}

/** Obviously right and slow: tries every length of every wildcard. Segments joined by a character that tests never use. */
function naive(glob: string, path: string): boolean {
  if (glob === "") return path === "";
  if (glob.startsWith("\\*")) return path.startsWith("*") && naive(glob.slice(2), path.slice(1));
  if (!glob.startsWith("*")) return path !== "" && path[0] === glob[0] && naive(glob.slice(1), path.slice(1));
  const [stars] = /^\*+/.exec(glob) ?? [""];
  for (let taken = 0; taken <= path.length; taken += 1) {
    if (stars.length === 1 && path.slice(0, taken).includes("/")) return false;
    if (naive(glob.slice(stars.length), path.slice(taken))) return true;
  }
  return false;
}

test("matching agrees with trying everything", () => {
  const glob = array(constantFrom("a", "b", "/", "*", "**", "\\*"), { maxLength: 8 }).map((parts) => parts.join(""));
  const path = array(constantFrom("a", "b", "/", "*"), { maxLength: 10 }).map((parts) => parts.join(""));
  checkProperty(
    property(glob, path, (text, candidate) => {
      assert.equal(compileGlob(text).matches(candidate.split("/")), naive(text, candidate));
    }),
    { numRuns: 1000 },
  );
});

test("a glob made to be slow is not", () => {
  const glob = compileGlob(`/${"*a**".repeat(40)}b`);
  const started = performance.now();
  assert.equal(glob.matches(["", "a".repeat(4000)]), false);
  assert.ok(performance.now() - started < 2000);
});

test("entry warns where deployed servers would decide otherwise", () => {
  const warnings = [
    ["/files/*.pdf", ["star-before-literal"]],
    ["/q?", ["question-mark"]],
    ["/a//b", ["double-slash"]],
    ["/%41", ["escape-in-glob"]],
    ["/people/*/history/**", []],
    ["/a\\*b", []],
  ] as const;
  for (const [glob, expected] of warnings) assert.deepEqual(compileGlob(glob).warnings, expected, glob);
});

test("the more specific glob comes first", () => {
  const globs = ["**", "/people/**", "/people/*", "/people/*/history", "/people/7/history"];
  const bySpecificity = globs.toSorted((left, right) => compileGlob(right).specificity - compileGlob(left).specificity);
  assert.deepEqual(bySpecificity, globs.toReversed());
});

const refused = [
  ["/..", "/a/../b", "/%2e%2E", "/.", "/a/%2e/b", "/..;x=1/b", "/.;", "/%2e%2e%3Bx"],
  ["/%00", "/a%0Ab", "/%7f", "/%C2%85"],
  ["/%c0%ae", "/%ff", "/%ed%a0%80", "/%", "/%4", "/%zz"],
  ["/%252e", "/%252F", "/%255c", "/%25252e", "/a%25%32e", "/a\\b"],
].flat();
for (const path of refused) {
  test(`path refused: ${path}`, () => {
    const split = splitServicePath(path);
    assert.equal(split.ok ? "accepted" : split.error.code, "access_denied");
  });
}

test("paths that only look odd are read as they are", () => {
  const paths = [
    ["", [""]],
    ["/", ["", ""]],
    ["/a//b/", ["", "a", "", "b", ""]],
    ["/...", ["", "..."]],
    ["/a%2Fb%5C/%E8%87%BA", ["", "a/b\\", "臺"]],
    ["/100%25", ["", "100%"]],
    ["/a+b;v=1", ["", "a+b;v=1"]],
  ] as const;
  for (const [raw, segments] of paths) assert.deepEqual(splitServicePath(raw), { ok: true, value: { raw, segments } });
});

test("a service may refuse escaped slashes", () => {
  for (const path of ["/a%2Fb", "/a%5Cb"]) assert.ok(!splitServicePath(path, { rejectEncodedSlash: true }).ok);
  assert.ok(splitServicePath("/a/b", { rejectEncodedSlash: true }).ok);
});
