import { order } from "../operate.ts";
import { kindOf, type FeelFunction, type FeelRange, type FeelValue } from "../value.ts";
import { builtIn, way } from "./signature.ts";

/**
 * Allen's relations between points and ranges (DMN 1.5 section 10.3.4.9, table 78). A point is the closed range from itself to itself; an end that
 * is missing lies beyond every value.
 */
function asRange(value: FeelValue): FeelRange {
  if (kindOf(value) === "range") return value as FeelRange;
  return { kind: "range", low: value, high: value, lowClosed: true, highClosed: true };
}

/** Thrown and caught here: two ends have no order, so the relation has no answer. */
class NoOrder extends Error {}

function cmp(a: FeelValue, b: FeelValue): number {
  const way = order(a, b);
  if (way === undefined) throw new NoOrder();
  return way;
}

/** Whether `a` ends before `b` begins. */
function endsBefore(a: FeelRange, b: FeelRange): boolean {
  if (a.high === null || b.low === null) return false;
  const way = cmp(a.high, b.low);
  return way < 0 || (way === 0 && !(a.highClosed && b.lowClosed));
}

/** Order of two lower ends; a missing one comes first, a closed one before an open one. */
function byLow(a: FeelRange, b: FeelRange): number {
  if (a.low === null || b.low === null) return a.low === b.low ? 0 : a.low === null ? -1 : 1;
  return cmp(a.low, b.low) || Number(b.lowClosed) - Number(a.lowClosed);
}

function byHigh(a: FeelRange, b: FeelRange): number {
  if (a.high === null || b.high === null) return a.high === b.high ? 0 : a.high === null ? 1 : -1;
  return cmp(a.high, b.high) || Number(a.highClosed) - Number(b.highClosed);
}

function meets(a: FeelRange, b: FeelRange): boolean {
  return a.highClosed && b.lowClosed && a.high !== null && b.low !== null && cmp(a.high, b.low) === 0;
}

function overlaps(a: FeelRange, b: FeelRange): boolean {
  return !endsBefore(a, b) && !endsBefore(b, a);
}

function includes(a: FeelRange, b: FeelRange): boolean {
  return byLow(a, b) <= 0 && byHigh(a, b) >= 0;
}

type Relation = (a: FeelRange, b: FeelRange) => boolean;

function relation(name: string, parameters: readonly (readonly [string, string])[], holds: Relation): FeelFunction {
  return builtIn(
    name,
    ...parameters.map(([first, second]) =>
      way([first, second], ([a, b]) => {
        try {
          // ranges over different kinds have no answer even where the ends at hand would not be compared
          const ends = [a!, b!].flatMap((side) => {
            const range = asRange(side);
            return [range.low, range.high].filter((end) => end !== null);
          });
          for (const end of ends) cmp(ends[0]!, end);
          return holds(asRange(a!), asRange(b!));
        } catch (fault) {
          if (fault instanceof NoOrder) return undefined;
          throw fault;
        }
      }),
    ),
  );
}

const kinds = "number | string | date | time | date and time | days and time duration | years and months duration";
const pointPoint = [`point1: ${kinds}`, `point2: ${kinds}`] as const;
const pointRange = [`point: ${kinds}`, "range: range"] as const;
const rangePoint = ["range: range", `point: ${kinds}`] as const;
const rangeRange = ["range1: range", "range2: range"] as const;

export const rangeFunctions: readonly FeelFunction[] = [
  relation("before", [pointPoint, pointRange, rangePoint, rangeRange], endsBefore),
  relation("after", [pointPoint, pointRange, rangePoint, rangeRange], (a, b) => endsBefore(b, a)),
  relation("meets", [rangeRange], meets),
  relation("met by", [rangeRange], (a, b) => meets(b, a)),
  relation("overlaps", [rangeRange], overlaps),
  relation("overlaps before", [rangeRange], (a, b) => overlaps(a, b) && byLow(a, b) < 0 && byHigh(a, b) <= 0),
  relation("overlaps after", [rangeRange], (a, b) => overlaps(a, b) && byLow(a, b) > 0 && byHigh(a, b) >= 0),
  relation("finishes", [pointRange, rangeRange], (a, b) => byHigh(a, b) === 0 && byLow(a, b) >= 0),
  relation("finished by", [rangePoint, rangeRange], (a, b) => byHigh(a, b) === 0 && byLow(a, b) <= 0),
  relation("includes", [rangePoint, rangeRange], includes),
  relation("during", [pointRange, rangeRange], (a, b) => includes(b, a)),
  relation("starts", [pointRange, rangeRange], (a, b) => byLow(a, b) === 0 && byHigh(a, b) <= 0),
  relation("started by", [rangePoint, rangeRange], (a, b) => byLow(a, b) === 0 && byHigh(a, b) >= 0),
  relation("coincides", [pointPoint, rangeRange], (a, b) => byLow(a, b) === 0 && byHigh(a, b) === 0),
];
