import { Decimal } from "decimal.js";
import { finite, FeelNumber, number, type FeelFunction, type FeelValue } from "../value.ts";
import type { DaysDuration, MonthsDuration } from "../temporal.ts";
import { negate } from "../operate.ts";
import { builtIn, way } from "./signature.ts";

const scaleLimits = { low: -6111, high: 6176 };

/** Rounds to `scale` decimal places (negative: tens, hundreds …); a scale outside decimal128's exponents has no answer. */
function rounded(value: FeelValue, scale: FeelValue, mode: Decimal.Rounding): FeelValue | undefined {
  const places = scale === null ? new FeelNumber(0) : (scale as Decimal).trunc();
  if (places.lessThan(scaleLimits.low) || places.greaterThan(scaleLimits.high)) return undefined;
  const n = value as Decimal;
  const to = places.toNumber();
  if (to >= 0) return n.decimalPlaces() <= to ? n : n.toDecimalPlaces(to, mode);
  const unit = new FeelNumber(10).pow(-to);
  return finite(n.dividedBy(unit).toDecimalPlaces(0, mode).times(unit)) ?? undefined;
}

function rounding(name: string, mode: Decimal.Rounding, scale: boolean): FeelFunction {
  return builtIn(
    name,
    ...(scale ? [] : [way(["n: number"], ([n]) => rounded(n!, null, mode))]),
    way(["n: number", "scale: number"], ([n, places]) => rounded(n!, places!, mode)),
  );
}

function parity(name: string, odd: boolean): FeelFunction {
  return builtIn(
    name,
    way(["number: number"], ([value]) => {
      const n = value as Decimal;
      return n.isInteger() ? n.modulo(2).isZero() !== odd : undefined;
    }),
  );
}

/** Functions computed digit by digit; `cost` is in steps of about a microsecond. */
function mathematical(name: string, cost: number, work: (n: Decimal) => Decimal): FeelFunction {
  return builtIn(
    name,
    way(["number: number"], ([n], run) => {
      run.spend(cost);
      return finite(work(n as Decimal)) ?? undefined;
    }),
  );
}

export const numberFunctions: readonly FeelFunction[] = [
  rounding("decimal", Decimal.ROUND_HALF_EVEN, true),
  rounding("floor", Decimal.ROUND_FLOOR, false),
  rounding("ceiling", Decimal.ROUND_CEIL, false),
  rounding("round up", Decimal.ROUND_UP, true),
  rounding("round down", Decimal.ROUND_DOWN, true),
  rounding("round half up", Decimal.ROUND_HALF_UP, true),
  rounding("round half down", Decimal.ROUND_HALF_DOWN, true),
  builtIn(
    "abs",
    way(["n: number"], ([n]) => (n as Decimal).abs()),
    way(["n: days and time duration"], ([n]) => ((n as DaysDuration).nanos < 0n ? negate(n!) : n)),
    way(["n: years and months duration"], ([n]) => ((n as MonthsDuration).months < 0 ? negate(n!) : n)),
  ),
  builtIn(
    "modulo",
    way(["dividend: number", "divisor: number"], ([dividend, divisor]) => {
      const [a, b] = [dividend as Decimal, divisor as Decimal];
      if (b.isZero()) return undefined;
      const rest = a.modulo(b);
      return rest.isZero() || rest.isNegative() === b.isNegative() ? rest : rest.plus(b);
    }),
  ),
  mathematical("sqrt", 30, (n) => n.sqrt()),
  mathematical("log", 200, (n) => (n.greaterThan(0) ? n.ln() : number("0").dividedBy(0))),
  mathematical("exp", 400, (n) => n.exp()),
  parity("odd", true),
  parity("even", false),
];
