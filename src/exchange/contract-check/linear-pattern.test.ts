import assert from "node:assert/strict";
import test from "node:test";
import { array, assert as checkProperty, constantFrom, oneof, property, string, tuple } from "fast-check";
import { compilePattern, PatternError } from "./linear-pattern.ts";

const patterns = [
  "^[A-Z][0-9]{9}$",
  "abc",
  "^$",
  "a|b|",
  "^(?:ab|cd)+$",
  "(?<y>\\d{4})-\\d\\d",
  "^\\p{Script=Han}+$",
  "\\bword\\b",
  "\\Bx",
  "^[^\\d\\s]{2,3}$",
  "^\\u53f0|\\u{1F600}$",
  "^.$",
  "^.{0,4}$",
  "[\\w.-]+@[\\w-]+",
  "^(a*)*$",
  "^a{2,}$",
  "\\x41\\t\\0\\cA",
  "^[\\]\\-a]+$",
  "^[a-]$",
  "(a|ab)(c|bcd)(d*)",
  "^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$",
  "\\/\\.\\*",
  "^(x{2}){3}$",
  "a+?b",
  "[]",
  "[^]",
];
const texts = [
  "",
  ["A1", "23456789"].join(""), // in two parts: no file here holds a number that a person could have
  "xabcx",
  "b",
  "abcdab",
  "2026-11",
  "林小明",
  "a word.",
  "xx",
  "ab",
  "台",
  "😀",
  "\n",
  "𠮷",
  "a@b-c",
  "aaaa",
];
for (const pattern of patterns) {
  test(`pattern ${pattern}`, () => {
    const native = new RegExp(pattern, "u");
    const linear = compilePattern(pattern);
    for (const text of [...texts, "A\t\u0000\u0001", "]-a", "-", "abcd", "-0.5", "01", "/.*", "xxxxxx"]) {
      assert.equal(linear.test(text), native.test(text), JSON.stringify(text));
    }
  });
}

test("it finds what the runtime's own expressions find", () => {
  const atom = constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\d", "^", "$", "\\b");
  const repeat = constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?");
  const piece = tuple(atom, repeat).map(([one, times]) => (/^(\^|\$|\\b)$/.test(one) ? one : one + times));
  const sequence = array(
    oneof(
      piece,
      tuple(piece, piece).map(([left, right]) => `(${left}|${right})*`),
    ),
    { maxLength: 5 },
  );
  checkProperty(
    property(sequence, string({ unit: constantFrom("a", "b", "1", " "), maxLength: 8 }), (parts, text) => {
      const pattern = parts.join("");
      assert.equal(compilePattern(pattern).test(text), new RegExp(pattern, "u").test(text), `${pattern} on ${text}`);
    }),
    { numRuns: 1000 },
  );
});

test("patterns that stop others are read in no time", () => {
  const long = `${"a".repeat(20_000)}!`;
  const started = performance.now();
  for (const bad of ["^(a+)+$", "^(a|a)*$", "^(.*a){12}$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"]) {
    assert.equal(compilePattern(bad).test(long), false, bad);
  }
  assert.ok(performance.now() - started < 4000);
});

const refused: readonly (readonly [pattern: string, fault: string])[] = [
  ["^(?=.*[A-Z]).+$", "unsupported"],
  ["(?<!a)b", "unsupported"],
  ["(a)\\1", "unsupported"],
  ["\\k<a>", "unsupported"],
  ["(a", "malformed"],
  ["a)", "malformed"],
  ["[a", "malformed"],
  ["*a", "malformed"],
  ["a**", "malformed"],
  ["a{2,1}", "malformed"],
  ["[b-a]", "malformed"],
  ["\\y", "malformed"],
  ["\\p{Nonsense}", "malformed"],
  ["(((a{30}){30}){30}){30}", "too-large"],
  ["a{1000000000}", "too-large"],
  ["(){1000000000}", "too-large"],
  ["(".repeat(5000), "too-large"],
];
for (const [pattern, fault] of refused) {
  test(`no pattern: ${pattern.slice(0, 30)}`, () => {
    assert.throws(
      () => compilePattern(pattern),
      (thrown) => thrown instanceof PatternError && thrown.fault === fault,
    );
  });
}
