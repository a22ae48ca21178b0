import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileTests, plainVocabulary } from "./compile.ts";
import { Run } from "./run.ts";
import { evaluate } from "./testing.ts";
import { literalText } from "./text.ts";
import { number, type FeelValue } from "./value.ts";

describe("what the TCK leaves to the standard", () => {
  const cases: readonly [source: string, expected: string][] = [
    ["0.1 + 0.2 = 0.3", "true"],
    ["1/3", "0.3333333333333333333333333333333333"],
    ["9999999999999999999999999999999999 + 1", "10000000000000000000000000000000000"],
    ["0.5 + 1e-40", "0.5"],
    ["decimal(2.5, 0)", "2"],
    ["decimal(3.5, 0)", "4"],
    ["round half up(166.5, 0)", "167"],
    ["round half up(-166.5, 0)", "-167"],
    ["round half down(166.5, 0)", "166"],
    ["modulo(-12, 5)", "3"],
    ["modulo(12, -5)", "-3"],
    ["3 ** 4 ** 5", "3486784401"],
    ["-3 ** 2", "9"],
    ["10+20/-5-3", "3"],
    ["sqrt(-1)", "null"],
    ["1 / 0", "null"],
    ["null + 1", "null"],
    ["false and null", "false"],
    ["true or null", "true"],
    ["true and 123", "null"],
    ['if null then "a" else "b"', '"b"'],
    ['"𠮷野家" = "𠮷" + "野家"', "true"],
    ['string length("𠮷野家")', "3"],
    ['substring("𠮷野家", 2, 1)', '"野"'],
    ['"\\uD83D\\uDC0E" = "🐎"', "true"],
    ["100[1]", "100"],
    ["100[false]", "[]"],
    ["[1, 2, 3, 4][item > 2]", "[3, 4]"],
    ["[1, 2, 3][-1]", "3"],
    ["[1, 2, 3][0]", "null"],
    ["[{x: 1}, {y: 2}].y", "[null, 2]"],
    ["[{item: 1}, {item: 2}][item > 1]", "[{item: 2}]"],
    ["{a: 1, b: a + 1}.b", "2"],
    ["{a: 1, a: 2}", "null"],
    ["{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(20)}.r", "2432902008176640000"],
    ["for i in 3..1 return i", "[3, 2, 1]"],
    ["for i in 1..5 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24, 120]"],
    ["for i in [1..4) return i", "[1, 2, 3]"],
    ["some x in [1, 2], y in [2, 3] satisfies x = y", "true"],
    ["every x in [] satisfies x", "true"],
    ["5 in (> 3, < 2)", "true"],
    ["5 in [1..5)", "false"],
    ['date("2024-01-31") + duration("P1M")', "2024-02-29"],
    ['date("2023-02-29")', "null"],
    ['@"2026-03-31" - @"2026-03-01"', "P30D"],
    ['date and time("2026-11-22T09:00:00Z") = date and time("2026-11-22T17:00:00+08:00")', "true"],
    ['is(@"2026-11-22T09:00:00Z", @"2026-11-22T17:00:00+08:00")', "false"],
    ['date and time("2026-11-22T17:00:00@Asia/Taipei") = date and time("2026-11-22T09:00:00Z")', "true"],
    ['time("10:00:00@Nowhere/Land")', "null"],
    ['duration("P1D") = duration("PT24H")', "true"],
    ['duration("P1Y") = duration("P12M")', "true"],
    ['years and months duration(date("2011-12-22"), date("2013-08-24"))', "P1Y8M"],
    ["now()", "2026-11-22T17:00:00+08:00"],
    ['day of week(date("2026-11-22"))', '"Sunday"'],
    ['week of year(date("2005-01-01"))', "53"],
    ["mode([])", "[]"],
    ["stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"],
    ["sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]"],
    ["union([1, 2], [2, 3])", "[1, 2, 3]"],
    ["list replace([2, 4, 7], function(item, newItem) item < newItem, 5)", "[5, 5, 7]"],
    ['context put({x: {y: 1}}, ["x", "y"], 2)', "{x: {y: 2}}"],
    ['replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', '"[1=ab][2=]cd"'],
    ['matches("12", "[0-9-[5-9]]+")', "true"],
    ['matches("a", "(?=a)")', "null"],
    ['split("John Doe", "\\\\s")', '["John", "Doe"]'],
    ['(function(a: number) external {java: {class: "java.lang.Math"}})(1)', "null"],
    ["before(1, [5..8])", "true"],
    ["string(1.10)", '"1.1"'],
    ["/* a comment */ 1 // and another", "1"],
  ];
  for (const [source, expected] of cases) {
    test(source, () => assert.equal(literalText(evaluate(source)), expected));
  }
});

test("every null that is no value is reported, with its place", () => {
  for (const source of [
    "1 +",
    "no such name",
    'date("x")',
    "1 < null",
    "{}.a",
    'substring("a")',
    '1 = "1"',
    '"a"()',
    '@"x"',
  ]) {
    const run = new Run();
    assert.equal(evaluate(source, run), null, source);
    assert.notEqual(run.messages.length, 0, source);
  }
  const run = new Run();
  evaluate("1 + * 2", run);
  assert.deepEqual(run.messages, [{ code: "syntax", text: "an expression is expected", position: 4 }]);
});

describe("unary tests", () => {
  const cases: readonly [tests: string, value: FeelValue, expected: boolean | null][] = [
    ["-", null, true],
    ["", null, true],
    ["1, 2", number(2), true],
    ["not(1, 2)", number(2), false],
    ["not(1, 2)", number(3), true],
    ["< 5", number(4), true],
    ["< 5", null, null],
    ["[1..5)", number(5), false],
    ["? > 3 and ? < 5", number(4), true],
    ["[1, 2, 3]", number(3), true],
    ["null", null, true],
    ["not(null)", null, false],
    ['"a"', number(1), null],
    ["-5", number(-5), true],
  ];
  for (const [tests, value, expected] of cases) {
    test(`${literalText(value)} : ${tests}`, () => {
      const compiled = compileTests(tests, { names: ["?"], parent: undefined }, plainVocabulary);
      assert.equal(compiled({ values: [value], parent: undefined, run: new Run() }), expected);
    });
  }
});
