import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assert as assertProperty, bigInt, constantFrom, integer, property, tuple } from "fast-check";
import { calculate, compareNumbers } from "./number.ts";
import { evaluate } from "./testing.ts";
import { FeelNumber, isNumber, number } from "./value.ts";

/** An independent decimal: coefficient times ten to the exponent, by bigint alone. */
interface Exact {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** To 34 digits, half to even (IEEE 754-2008 decimal128). */
function rounded({ coefficient, exponent }: Exact): Exact {
  const size = coefficient < 0n ? -coefficient : coefficient;
  const extra = size.toString().length - 34;
  if (extra <= 0) return { coefficient, exponent };
  const unit = 10n ** BigInt(extra);
  const [whole, rest] = [size / unit, (size % unit) * 2n];
  const up = rest > unit || (rest === unit && whole % 2n === 1n) ? 1n : 0n;
  // rounding up 99…9 makes a digit more, a zero
  return rounded({ coefficient: (coefficient < 0n ? -1n : 1n) * (whole + up), exponent: exponent + extra });
}

function text({ coefficient, exponent }: Exact): string {
  return `${coefficient}e${exponent}`;
}

function align(a: Exact, b: Exact): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const shift = (x: Exact) => x.coefficient * 10n ** BigInt(x.exponent - exponent);
  return [shift(a), shift(b), exponent];
}

function independent(operator: "+" | "-" | "*" | "/", a: Exact, b: Exact): Exact | undefined {
  const [x, y, exponent] = align(a, b);
  if (operator === "+") return rounded({ coefficient: x + y, exponent });
  if (operator === "-") return rounded({ coefficient: x - y, exponent });
  if (operator === "*")
    return rounded({ coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent });
  if (b.coefficient === 0n) return undefined;
  // enough digits that a last one which is not zero tells of the rest
  const scale = 200n;
  const scaled = a.coefficient * 10n ** scale;
  const quotient = scaled / b.coefficient;
  const sign = a.coefficient < 0n === b.coefficient < 0n ? 1n : -1n;
  const sticky = scaled % b.coefficient === 0n ? 0n : sign;
  return rounded({ coefficient: quotient * 10n + sticky, exponent: a.exponent - b.exponent - Number(scale) - 1 });
}

const limit = 10n ** 34n;
const anyNumber = tuple(
  constantFrom(1n, 10n ** 4n, 10n ** 7n, 10n ** 15n, limit).chain((top) => bigInt({ min: 1n - top, max: top - 1n })),
  integer({ min: -20, max: 20 }),
).map(([coefficient, exponent]): Exact => ({ coefficient, exponent }));

describe("arithmetic agrees with an independent one", () => {
  for (const operator of ["+", "-", "*", "/"] as const) {
    test(`a ${operator} b`, () => {
      assertProperty(
        property(anyNumber, anyNumber, (a, b) => {
          const expected = independent(operator, a, b);
          const actual = calculate(operator, new FeelNumber(text(a)), new FeelNumber(text(b)));
          if (expected === undefined) assert.ok(!actual.isFinite());
          else
            assert.equal(
              actual.toFixed(),
              new FeelNumber(text(expected)).toFixed(),
              `${text(a)} ${operator} ${text(b)}`,
            );
        }),
        { numRuns: 1000 },
      );
    });
  }
  test("the order of numbers", () => {
    assertProperty(
      property(anyNumber, anyNumber, (a, b) => {
        const [x, y] = align(a, b);
        const expected = x < y ? -1 : x > y ? 1 : 0;
        assert.equal(Math.sign(compareNumbers(new FeelNumber(text(a)), new FeelNumber(text(b)))), expected);
        assert.equal(compareNumbers(new FeelNumber(text(a)), new FeelNumber(text(a))), 0);
      }),
      { numRuns: 2000 },
    );
  });
  test("zero has one sign", () => {
    for (const source of ["0 * -5", "-0", "5 - 5", "0 / -3"]) {
      const value = evaluate(`${source} = 0 and string(${source}) = "0"`);
      assert.equal(value, true, source);
    }
  });
});

describe("rounding at the half, and around it", () => {
  const halves = ["2.5", "-2.5", "3.5", "-3.5", "2.4999", "2.5001", "0.5", "-0.5"];
  const expected: Readonly<Record<string, readonly string[]>> = {
    decimal: ["2", "-2", "4", "-4", "2", "3", "0", "0"],
    "round up": ["3", "-3", "4", "-4", "3", "3", "1", "-1"],
    "round down": ["2", "-2", "3", "-3", "2", "2", "0", "0"],
    "round half up": ["3", "-3", "4", "-4", "2", "3", "1", "-1"],
    "round half down": ["2", "-2", "3", "-3", "2", "3", "0", "0"],
    floor: ["2", "-3", "3", "-4", "2", "2", "0", "-1"],
    ceiling: ["3", "-2", "4", "-3", "3", "3", "1", "0"],
  };
  for (const [name, results] of Object.entries(expected)) {
    test(name, () => {
      for (const [index, n] of halves.entries()) {
        const value = evaluate(`${name}(${n}, 0)`);
        assert.ok(isNumber(value) && value.equals(results[index]!), `${name}(${n}, 0)`);
        const cents = evaluate(`${name}(${n} / 100, 2) * 100`);
        assert.ok(isNumber(cents) && cents.equals(results[index]!), `${name} of cents ${n}`);
      }
    });
  }
  test("an amount of money is split without a rest", () => {
    assertProperty(
      property(integer({ min: 0, max: 10_000_000 }), integer({ min: 1, max: 12 }), (amount, parts) => {
        const source = `{share: round down(${amount} / ${parts}, 0), last: ${amount} - share * (${parts} - 1), sum: share * (${parts} - 1) + last}.sum`;
        assert.deepEqual(evaluate(source), number(amount));
      }),
      { numRuns: 200 },
    );
  });
});

test("logic has three values, and what is not boolean is the third", () => {
  const values = ["true", "false", "null", "1", '"x"'];
  const rank = (value: string) => (value === "true" ? 1 : value === "false" ? -1 : 0);
  const named = (value: number) => (value === 1 ? true : value === -1 ? false : null);
  for (const a of values) {
    for (const b of values) {
      assert.equal(evaluate(`${a} and ${b}`), named(Math.min(rank(a), rank(b))), `${a} and ${b}`);
      assert.equal(evaluate(`${a} or ${b}`), named(Math.max(rank(a), rank(b))), `${a} or ${b}`);
    }
    assert.equal(evaluate(`not(${a})`), named(-rank(a) || 0), `not(${a})`);
  }
});
