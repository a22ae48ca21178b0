import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtIns } from "./built-ins.ts";
import { told } from "./testing.ts";

/**
 * Every built-in function with every way to call it (DMN 1.5 section 10.3.4, tables 70 to 81): by position and by the names of its
 * parameters, which are part of the interface. The two calls must agree.
 */
const calls: Readonly<Record<string, readonly (readonly [parameters: string, args: string, expected: string])[]>> = {
  date: [
    ["from", '"2024-02-29"', "2024-02-29"],
    ["from", '@"2024-02-29T23:00:00-08:00"', "2024-02-29"],
    ["year, month, day", "-4712, 1, 1", "-4712-01-01"],
  ],
  "date and time": [
    ["from", '"2024-02-29T10:00:00.25@Asia/Taipei"', "2024-02-29T10:00:00.25@Asia/Taipei"],
    ["from", '"2024-02-29"', "2024-02-29T00:00:00"],
    ["date, time", '@"2024-02-29", @"10:00:00Z"', "2024-02-29T10:00:00Z"],
    ["date, time, timezone", '@"2024-02-29", @"10:00:00", "Asia/Taipei"', "2024-02-29T10:00:00@Asia/Taipei"],
    ["date, time", '@"2024-02-29T01:00:00", @"10:00:00"', "2024-02-29T10:00:00"],
    ["year, month, day, hour, minute, second", "2024, 2, 29, 1, 2, 3", "2024-02-29T01:02:03"],
    ["year, month, day, hour, minute, second, offset", '2024, 2, 29, 1, 2, 3, @"PT8H"', "2024-02-29T01:02:03+08:00"],
    [
      "year, month, day, hour, minute, second, timezone",
      '2024, 2, 29, 1, 2, 3, "Asia/Taipei"',
      "2024-02-29T01:02:03@Asia/Taipei",
    ],
  ],
  time: [
    ["from", '"23:59:59.5+08:00"', "23:59:59.5+08:00"],
    ["from", '@"2024-02-29T10:00:00Z"', "10:00:00Z"],
    ["from", '@"2024-02-29"', "00:00:00Z"],
    ["hour, minute, second", "1, 2, 3.5", "01:02:03.5"],
    ["hour, minute, second, offset", '1, 2, 3, @"-PT5H"', "01:02:03-05:00"],
    ["hour, minute, second, offset", "1, 2, 3, null", "01:02:03"],
  ],
  number: [["from, grouping separator, decimal separator", '"1.234,56", ".", ","', "1234.56"]],
  string: [["from", "[1.10, null]", '"[1.1, null]"']],
  duration: [["from", '"P1Y14M"', "P2Y2M"]],
  "years and months duration": [
    ["from, to", '@"2011-12-22", @"2013-08-24"', "P1Y8M"],
    ["from, to", '@"2013-08-24", @"2011-12-22"', "-P1Y8M"],
    ["from, to", '@"2014-12-31T23:59:59", @"2019-12-31T12:00:00"', "P5Y"],
    ["from, to", '@"2014-12-31", @"2019-10-01T12:32:59"', "P4Y9M"],
  ],
  range: [["from", '"[1..3)"', "[1..3)"]],
  context: [["entries", '[{key: "a", value: 1}, {key: "b", value: null}]', "{a: 1, b: null}"]],
  not: [["negand", "false", "true"]],
  all: [["list", "[true, true]", "true"]],
  any: [["list", "[]", "false"]],
  substring: [
    ["string, start position", '"foobar", 3', '"obar"'],
    ["string, start position, length", '"foobar", -2, 1', '"a"'],
    ["string, start position, length", '"\\U01F40Eab", 2, 1.9', '"a"'],
  ],
  "string length": [["string", '"\\U01F40Eab"', "3"]],
  "upper case": [["string", '"aß4"', '"ASS4"']],
  "lower case": [["string", '"ABc4"', '"abc4"']],
  "substring before": [
    ["string, match", '"foobar", "bar"', '"foo"'],
    ["string, match", '"foobar", "xyz"', '""'],
  ],
  "substring after": [
    ["string, match", '"foobar", "ob"', '"ar"'],
    ["string, match", '"foobar", ""', '"foobar"'],
  ],
  replace: [
    ["input, pattern, replacement", '"abcd", "b", "$0$0"', '"abbcd"'],
    ["input, pattern, replacement, flags", '"abCD", "c", "x", "i"', '"abxD"'],
  ],
  contains: [["string, match", '"foobar", "oba"', "true"]],
  "starts with": [["string, match", '"foobar", "of"', "false"]],
  "ends with": [["string, match", '"foobar", "r"', "true"]],
  matches: [
    ["input, pattern", '"foobar", "^fo*b"', "true"],
    ["input, pattern, flags", '"foobar", "^FO*B", "i"', "true"],
  ],
  split: [["string, delimiter", '"John Doe", "\\\\s"', '["John", "Doe"]']],
  "string join": [
    ["list", '["a", null, "c"]', '"ac"'],
    ["list, delimiter", '["a", "b"], "_and_"', '"a_and_b"'],
  ],
  "list contains": [["list, element", "[1, null], null", "true"]],
  count: [["list", "[1, [2, 3]]", "2"]],
  min: [["list", '["b", "a"]', '"a"']],
  max: [["list", '[@"PT1H", @"PT61M"]', "PT1H1M"]],
  sum: [["list", "[1, 2.50]", "3.5"]],
  mean: [["list", "[1, 2]", "1.5"]],
  median: [["list", "[8, 2, 5, 3]", "4"]],
  stddev: [["list", "[1, 3]", "1.414213562373095048801688724209698"]],
  mode: [["list", "[6, 1, 9, 6, 1]", "[1, 6]"]],
  product: [["list", "[2, 3, 4]", "24"]],
  sublist: [
    ["list, start position", "[1, 2, 3], -1", "[3]"],
    ["list, start position, length", "[4, 5, 6], 1, 2", "[4, 5]"],
  ],
  append: [["list, item", "[1], [2]", "[1, [2]]"]],
  "insert before": [["list, position, newItem", "[1, 3], 1, 2", "[2, 1, 3]"]],
  remove: [["list, position", "[1, 2, 3], -1", "[1, 2]"]],
  "list replace": [
    ["list, position, newItem", "[2, 4, 7, 8], 3, 6", "[2, 4, 6, 8]"],
    ["list, match, newItem", "[2, 4, 7, 8], function(item, newItem) item < newItem, 5", "[5, 5, 7, 8]"],
  ],
  reverse: [["list", "[1, 2, 3]", "[3, 2, 1]"]],
  "index of": [["list, match", "[1, 2, null, 2], 2", "[2, 4]"]],
  "distinct values": [["list", "[1, 2, 1, null, null]", "[1, 2, null]"]],
  flatten: [["list", "[[1, 2], [[3]], 4]", "[1, 2, 3, 4]"]],
  sort: [["list, precedes", "[3, 1, 4], function(x, y) x > y", "[4, 3, 1]"]],
  decimal: [["n, scale", "1.125, 2", "1.12"]],
  floor: [
    ["n", "-1.5", "-2"],
    ["n, scale", "-1.56, 1", "-1.6"],
  ],
  ceiling: [
    ["n", "-1.5", "-1"],
    ["n, scale", "1.51, 1", "1.6"],
  ],
  "round up": [["n, scale", "1.121, 2", "1.13"]],
  "round down": [["n, scale", "-1.126, 2", "-1.12"]],
  "round half up": [["n, scale", "2.5, 0", "3"]],
  "round half down": [["n, scale", "2.5, 0", "2"]],
  abs: [
    ["n", "-5", "5"],
    ["n", '@"-P1Y"', "P1Y"],
    ["n", '@"-PT1H"', "PT1H"],
  ],
  modulo: [["dividend, divisor", "-12.5, 5", "2.5"]],
  sqrt: [["number", "16", "4"]],
  log: [["number", "1", "0"]],
  exp: [["number", "0", "1"]],
  odd: [["number", "5", "true"]],
  even: [["number", "-4", "true"]],
  now: [["", "", "2026-11-22T17:00:00+08:00"]],
  today: [["", "", "2026-11-22"]],
  "day of year": [["date", '@"2020-12-31"', "366"]],
  "day of week": [["date", '@"2026-11-22T23:59:59Z"', '"Sunday"']],
  "month of year": [["date", '@"2026-11-22"', '"November"']],
  "week of year": [
    ["date", '@"2003-12-29"', "1"],
    ["date", '@"2005-01-01"', "53"],
  ],
  is: [["value1, value2", '@"10:00:00Z", @"10:00:00+00:00"', "true"]],
  "get value": [["m, key", '{"a b": 1}, "a b"', "1"]],
  "get entries": [["m", "{a: 1}", '[{key: "a", value: 1}]']],
  "context put": [
    ["context, key, value", '{a: 1}, "b", 2', "{a: 1, b: 2}"],
    ["context, keys, value", '{a: {b: 1}}, ["a", "b"], 2', "{a: {b: 2}}"],
  ],
  "context merge": [["contexts", "[{a: 1, b: 1}, {b: 2}]", "{a: 1, b: 2}"]],
  before: [
    ["point1, point2", "1, 10", "true"],
    ["point, range", "1, (1..10]", "true"],
    ["range, point", "[1..10), 10", "true"],
    ["range1, range2", "[1..10), [10..15]", "true"],
  ],
  after: [["range1, range2", "[11..20], [1..11)", "true"]],
  meets: [["range1, range2", "[1..5], [5..10]", "true"]],
  "met by": [["range1, range2", "[5..10], [1..5)", "false"]],
  overlaps: [["range1, range2", "[1..5], [5..8]", "true"]],
  "overlaps before": [["range1, range2", "[1..5], [3..8]", "true"]],
  "overlaps after": [["range1, range2", "[3..8], [1..5]", "true"]],
  finishes: [["point, range", "10, [1..10]", "true"]],
  "finished by": [["range, point", "[1..10), 10", "false"]],
  includes: [["range, point", "[1..10], 5", "true"]],
  during: [["point, range", "5, [1..10]", "true"]],
  starts: [["point, range", "1, [1..10]", "true"]],
  "started by": [["range1, range2", "[1..10], [1..5]", "true"]],
  coincides: [["point1, point2", "5, 5", "true"]],
};
/** These take any number of lists and have no named form worth a name. */
const variadic = ["concatenate", "union"];

test("every function that is built in is called here", () => {
  assert.deepEqual(
    [...builtIns.keys()].filter((name) => !(name in calls) && !variadic.includes(name)),
    [],
  );
  assert.deepEqual(
    Object.keys(calls).filter((name) => !builtIns.has(name)),
    [],
  );
});

for (const [name, ways] of Object.entries(calls)) {
  describe(name, () => {
    for (const [parameters, args, expected] of ways) {
      test(`(${parameters}) of ${args}`, () => {
        assert.equal(told(`${name}(${args})`).text, expected);
        const names = parameters.split(", ").filter((one) => one !== "");
        // an argument may hold commas of its own, so a context keeps each
        const named = names.map((one, index) => `${one}: list[${index + 1}]`).join(", ");
        const source = `{call: function(list) ${name}(${named}), r: call([${args}])}.r`;
        if (names.length > 0) assert.equal(told(source).text, expected);
      });
    }
    const [first] = ways;
    const refused = {
      "a name that it does not have": `${name}(nothing: 1)`,
      "more than it takes": `${name}(${[...Array.from({ length: 9 }, () => "{a: 1}"), "null"].join(", ")})`,
      ...(first![0] === "" ? { "an argument": `${name}(1)` } : {}),
      // the TCK takes what is left out of `is` as null (0103, named_params_002)
      ...(first![0] === "" || name === "is" ? {} : { nothing: `${name}()` }),
    };
    for (const [what, source] of Object.entries(refused)) {
      test(`refuses ${what}`, () => {
        const { text, messages } = told(source);
        if (!(what === "more than it takes" && ["count", "mode", "append"].includes(name)))
          assert.equal(text, "null", source);
        if (text === "null") assert.notEqual(messages.length, 0, source);
      });
    }
  });
}

describe("functions of a list take its items too, and refuse null and other kinds", () => {
  const cases: readonly [source: string, expected: string][] = [
    ["count(1, 2, 3)", "3"],
    ["count(1)", "1"],
    ["sum(1, 2)", "3"],
    ["min(1, 2)", "1"],
    ["max(1)", "1"],
    ["mean(1, 2)", "1.5"],
    ["all(true, false)", "false"],
    ["any(false, true)", "true"],
    ["product(2, 3)", "6"],
    ["median(1, 2, 9)", "2"],
    ["mode(1, 1, 2)", "[1]"],
    ["concatenate([1], [2, 3], [])", "[1, 2, 3]"],
    ["concatenate([1], 2)", "[1, 2]"],
    ["union([1, 2], [2, 3])", "[1, 2, 3]"],
    ["append([1], 2, 3)", "[1, 2, 3]"],
    ["sum([])", "null"],
    ["min([])", "null"],
    ["mean([])", "null"],
    ["mode([])", "[]"],
    ["count([])", "0"],
    ["all([])", "true"],
    ["any([])", "false"],
    ["all([true, null])", "null"],
    ["all([false, null])", "false"],
    ["any([true, null])", "true"],
    ["any([false, 1])", "null"],
    ["count(null)", "null"],
    ["sum(null)", "null"],
    ["sum([1, null])", "null"],
    ['sum(1, "2")', "null"],
    ['max(1, "2")', "null"],
    ["max([true, false])", "null"],
    ["product([])", "null"],
    ["stddev([1])", "null"],
    ["list contains(null, 1)", "null"],
    ["list contains(1, 1)", "true"],
    ["append(null, 1)", "null"],
    ["concatenate(null, [1])", "null"],
    ["sublist([1, 2, 3], 0)", "null"],
    ["sublist([1, 2, 3], 4)", "null"],
    ["sublist([1, 2, 3], 2, 3)", "null"],
    ["insert before([1], 3, 2)", "null"],
    ["list replace([1, 2], 3, 0)", "null"],
    ["list replace([1, 2], 0, 0)", "null"],
    ["list replace([1, 2], -1, 0)", "[1, 0]"],
    ["list replace([1, 2], function(a) true, 0)", "null"],
    ["list replace([1, 2], function(a, b) 1, 0)", "null"],
    ["list replace(1, 1, null)", "[null]"],
    ["sort([2, 1])", "[1, 2]"],
    ['sort([2, "a"])', "null"],
    ["sort([2, 1], function(a) true)", "null"],
    ["get value({a: 1}, null)", "null"],
    ['get value({a: 1}, "b")', "null"],
    ["date and time(date(2017, 1, 1))", "null"],
    ['context([{key: "a"}])', "null"],
    ['context([{key: "a", value: 1}, {key: "a", value: 2}])', "null"],
    ["context([{key: 1, value: 1}])", "null"],
    ["context([])", "{}"],
    ['context({key: "a", value: 1})', "{a: 1}"],
    ["context merge([{a: 1}, null])", "null"],
    ["context merge({a: 1})", "{a: 1}"],
    ['context put({a: 1}, ["b", "c"], 2)', "null"],
    ["context put({a: 1}, [], 2)", "null"],
    ['string join(["a", 1])', "null"],
    ["string(null)", "null"],
    ['number("1,000", ",", ",")', "null"],
    ['number("1 000.5", " ", ".")', "1000.5"],
    ['number("x")', "null"],
    ['date("2023-02-29")', "null"],
    ["date(2023, 2, 29)", "null"],
    ["date(2023, 2.5, 1)", "null"],
    ['date("2024-2-1")', "null"],
    ['time("24:00:00")', "null"],
    ['date and time("2024-12-31T24:00:00")', "2025-01-01T00:00:00"],
    ['date and time("2024-01-01T10:00:00+01:00@Europe/Paris")', "null"],
    ['date and time("2024-01-01T10:00:00@europe/paris")', "null"],
    ["odd(1.5)", "null"],
    ["modulo(1, 0)", "null"],
    ["log(0)", "null"],
    ["before(1, [2..3], 4)", "null"],
    ['before(1, "a")', "null"],
    ["meets([1..2], 2)", "null"],
    ["overlaps([1..5), [5..8])", "false"],
    ["during([2..3], (1..3])", "true"],
    ["includes((1..5], [1..5])", "false"],
  ];
  for (const [source, expected] of cases) {
    test(source, () => {
      const { text, messages } = told(source);
      assert.equal(text, expected);
      if (text === "null" && source !== "string(null)") assert.notEqual(messages.length, 0);
    });
  }
});

test("a null that is the answer is not reported", () => {
  for (const source of ['get value({a: null}, "a")', "string(null)", "list replace([1], 1, null)[1]"])
    assert.deepEqual(told(source), { text: "null", messages: [] });
});
