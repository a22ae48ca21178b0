import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { array, assert as assertProperty, constantFrom, property, string } from "fast-check";
import { compileExpression, compileTests, plainVocabulary } from "./compile.ts";
import { Exhausted } from "./run.ts";
import { evaluate, testRun, told } from "./testing.ts";

/** A list whose parts are shared: 2 to the 60 places, made in 60 steps. */
const shared = "for i in 1..60 return if i = 1 then [1, 1] else [partial[-1], partial[-1]]";
const longText = 'for i in 1..16 return if i = 1 then "aaaaaaaa" else partial[-1] + partial[-1]';

describe("what would not end is refused, and soon", () => {
  const hostile: readonly string[] = [
    "for i in 1..1000000000000 return i",
    "count(for a in 1..10000, b in 1..10000 return 1)",
    "{f: function(n) f(n + 1), r: f(0)}.r",
    "{f: function(n) [f(n + 1), f(n + 1)], r: f(0)}.r",
    'for i in 1..60 return if i = 1 then ["x", "x"] else concatenate(flatten(partial), flatten(partial))',
    "for i in 1..40 return if i = 1 then [1, 2] else concatenate(partial[-1], partial[-1])",
    `{l: ${shared}, m: ${shared}, r: l[-1] = m[-1]}.r`,
    `{l: ${shared}, r: string(l[-1])}.r`,
    `{l: ${shared}, r: flatten(l[-1])}.r`,
    `{l: ${shared}, r: l[-1] instance of list<Any>}.r and {l: ${shared}, m: ${shared}, r: list contains(l, m[-1])}.r`,
    "for i in 1..1000000 return 2 ** 0.123456789",
    "for i in 1..1000000 return exp(i / 1000)",
    "for i in 1..1000000 return string(1e6000)",
    `{s: ${longText}, r: for i in 1..1000000 return upper case(s[-1])}.r`,
    `{s: ${longText}, r: matches(s[-1], "(a|a)*b")}.r`,
    `{s: ${longText}, r: matches(s[-1], "a*a*a*b")}.r`,
    `{s: ${longText}, r: split(s[-1], "(a|aa)+b")}.r`,
    `{s: ${longText}, r: replace(s[-1], "(a*)*b", "")}.r`,
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)+$")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a{1,9}){1,9}(a{1,9}){1,9}c")',
    "distinct values(for i in 1..100000 return i)",
    "every x in 1..100000 satisfies (some y in 1..100000 satisfies x = y)",
  ];
  for (const source of hostile) {
    test(source.slice(0, 90), () => {
      const run = testRun({ steps: 200_000, depth: 100 });
      const start = process.cpuUsage().user;
      assert.throws(() => evaluate(source, run), Exhausted);
      assert.ok(process.cpuUsage().user - start < 2_000_000, "more than two seconds");
    });
  }
  test("a text does not grow without end", () => {
    const { text, messages } = told('for i in 1..40 return if i = 1 then "xxxxxxxx" else partial[-1] + partial[-1]');
    assert.ok(text.length < 5_000_000);
    assert.ok(messages.some(({ code }) => code === "too-long"));
    assert.equal(told(`{s: ${longText}, r: string join(for i in 1..10 return s[-1])}.r`).text, "null");
  });
});

describe("numbers too large or too fine are null, and said to be", () => {
  for (const source of [
    "10 ** 6144 * 10",
    "(10 ** 6144) * (10 ** 6144)",
    "10 ** 60000000000",
    "9999999999999999999999999999999999 ** 9999999999",
    'number("1e999999")',
    "1 / 0",
    "0 ** -1",
    "log(0)",
    "sqrt(-1)",
    "date(99999999999, 1, 1)",
    '@"P999999999999999999999Y"',
    'duration("P99999999999D") * 1e30',
    '@"2021-01-01" + @"P999999999Y"',
    "[1, 2, 3][1e30]",
    "remove([1, 2], 1e40)",
    "decimal(1, 1e40)",
  ]) {
    test(source, () => {
      const { text, messages } = told(source);
      assert.equal(text, "null");
      assert.notEqual(messages.length, 0);
    });
  }
});

describe("deep nesting is a syntax error, not a crash", () => {
  for (const [open, inner, close] of [
    ["(", "1", ")"],
    ["[", "", ""],
    ["-", "1", ""],
    ["< ", "1", ""],
    ["{a: ", "1", "}"],
    ["if true then ", "1", " else 2"],
    ["function(a) ", "1", ""],
    ["not(", "true", ")"],
    ["for a in b return ", "1", ""],
    ["1 + (", "1", ")"],
    ["a[", "1", "]"],
    ["a(", "1", ")"],
    ["1..[", "1", "]"],
    ["[1..x", "", ""],
    ["x instance of list<", "Any", ">"],
  ] as const) {
    test(`${open} a hundred thousand times`, () => {
      for (const times of [300, 50_000 / open.length]) {
        const source = open.repeat(times) + inner + close.repeat(times);
        assert.doesNotThrow(() => evaluate(source, testRun({ steps: 100_000, depth: 50 })), source.slice(0, 40));
      }
    });
  }
  test("a hundred parentheses are fine", () => assert.equal(told(`${"(".repeat(100)}1${")".repeat(100)}`).text, "1"));
  test("a chain of a few hundred is fine, one of tens of thousands is refused", () => {
    const chain = (length: number, part: string, sign: string) => Array.from({ length }, () => part).join(sign);
    assert.equal(told(chain(500, "1", " + ")).text, "500");
    assert.equal(told(chain(500, "true", " and ")).text, "true");
    for (const source of [chain(20_000, "1", "+"), chain(20_000, "a", " or "), chain(20_000, "a", ".")])
      assert.equal(told(source).text, "null");
  });
});

const token = constantFrom(
  ...'( ) [ ] { } , : . .. + - * / ** < <= = != in not if then else for some every return satisfies between and or @ " ? item partial a b 1 2.5 null true date today function external instance of list list< context< range< -> > "x" @"P1D" // /* */'.split(
    " ",
  ),
);
const bounded = () => testRun({ steps: 2000, depth: 20 });
/** Runs; a budget that ends is the one thing that may be thrown, to be caught where models are evaluated. */
function survive(work: () => unknown): void {
  try {
    work();
  } catch (fault) {
    assert.ok(fault instanceof Exhausted, String(fault));
  }
}

test("no text makes it throw: tokens in any order, as an expression and as a cell", () => {
  assertProperty(
    property(array(token, { maxLength: 14 }), (tokens) => {
      const source = tokens.join(" ");
      survive(() => evaluate(source, bounded()));
      const tests = compileTests(source, { names: ["?"], parent: undefined }, plainVocabulary);
      survive(() => tests({ values: ["x"], parent: undefined, run: bounded() }));
    }),
    { numRuns: 2000 },
  );
});

test("no text makes it throw: any characters", () => {
  assertProperty(
    property(string({ unit: "binary", maxLength: 40 }), (source) => {
      survive(() =>
        compileExpression(source, undefined, plainVocabulary)({ values: [], parent: undefined, run: bounded() }),
      );
    }),
    { numRuns: 1000 },
  );
});
