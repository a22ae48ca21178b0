import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { array, assert as assertProperty, constantFrom, property, tuple } from "fast-check";
import { compilePattern } from "./pattern.ts";
import { compileFinder } from "./pattern-run.ts";
import { testRun, told } from "./testing.ts";

describe("patterns as XPath and XQuery write them (F&O 3.1 section 5.6)", () => {
  const cases: readonly [source: string, expected: string][] = [
    ['matches("abracadabra", "bra")', "true"],
    ['matches("abracadabra", "^a.*a$")', "true"],
    ['matches("abracadabra", "^bra")', "false"],
    ['matches("a\\nb", "a.b")', "false"],
    ['matches("a\\nb", "a.b", "s")', "true"],
    ['matches("a\\nb", "^b$")', "false"],
    ['matches("a\\nb", "^b$", "m")', "true"],
    ['matches("helloworld", "hello world", "x")', "true"],
    ['matches("helloworld", "hello[ ]world", "x")', "false"],
    ['matches("ABC", "abc", "i")', "true"],
    ['matches("abc", "b", "g")', "null"],
    ['matches("Q", "[A-Z-[OI]]")', "true"],
    ['matches("O", "[A-Z-[OI]]")', "false"],
    ['matches("x", "\\\\p{IsBasicLatin}")', "true"],
    ['matches("里", "\\\\p{IsCJKUnifiedIdeographs}")', "true"],
    ['matches("x", "\\\\p{IsNothing}")', "null"],
    ['matches("_a:b", "^\\\\i\\\\c*$")', "true"],
    ['matches("abab", "(ab)\\\\1")', "true"],
    ['matches("aa", "(a\\\\1)")', "null"],
    ['matches("a", "(?=a)")', "null"],
    ['matches("a", "a{2,1}")', "null"],
    ['matches("a", "[")', "null"],
    ['matches("a", "*")', "null"],
    ['matches("𠮷", "^.$")', "true"],
    ['replace("abracadabra", "a(.)", "a$1$1")', '"abbraccaddabbra"'],
    ['replace("abracadabra", "bra", "*")', '"a*cada*"'],
    ['replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', '"[1=ab][2=]cd"'],
    ['replace("a.b", "\\\\.", "\\\\$")', '"a$b"'],
    ['replace("abc", "b", "$")', "null"],
    ['replace("abc", "x*", "-")', "null"],
    ['replace("aaa", "a{2}", "$0$0")', '"aaaaa"'],
    ['split("a;b;;c", ";")', '["a", "b", "", "c"]'],
    ['split("a1b22c", "\\\\d+")', '["a", "b", "c"]'],
    ['split("a(b)c", "[()]")', '["a", "b", "c"]'],
    ['split("axbxc", "(x)")', '["a", "b", "c"]'],
    ['split("ab12ab3", "([0-9]+)+")', '["ab", "ab", ""]'],
    ['replace("ab12ab3", "(([0-9])+)+", "<$1>")', '"ab<12>ab<3>"'],
  ];
  for (const [source, expected] of cases) test(source, () => assert.equal(told(source).text, expected));
});

test("the matcher that pays for its work finds what JavaScript's own finds", () => {
  const atom = constantFrom(
    "a",
    "b",
    "[ab]",
    "[^a]",
    "\\p{L}",
    ".",
    "(a)",
    "(?:b)",
    "(a|b)",
    "(ab|a)",
    "(a*)",
    "(b+a)",
  );
  const times = constantFrom("", "", "*", "+", "?", "{1,2}", "{2}", "{2,}", "*?", "+?", "??");
  const term = tuple(atom, times).map(([one, count]) => one + count);
  const pattern = array(
    constantFrom("^", "$", "|").chain((sign) => term.map((one) => [one, one, sign])),
    {
      minLength: 1,
      maxLength: 3,
    },
  ).map((parts) => parts.flat().join(""));
  const input = array(constantFrom("a", "b", "c"), { maxLength: 9 }).map((parts) => parts.join(""));
  assertProperty(
    property(pattern, input, (source, text) => {
      const theirs = new RegExp(source, "v").exec(text);
      const ours = compileFinder(source, "")(Array.from(text), 0, testRun());
      assert.deepEqual(ours && [ours.start, ours.groups[0]], theirs ? [theirs.index, theirs[0]] : undefined, source);
    }),
    { numRuns: 2000 },
  );
});

test("a pattern is no longer than it may be", () => assert.equal(compilePattern("a".repeat(2001), ""), undefined));
