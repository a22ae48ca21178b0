import type { TableDescription } from "./describe.ts";
import { compileTests, plainVocabulary } from "./feel/compile.ts";
import { KnownNames } from "./feel/names.ts";
import { equal, order } from "./feel/operate.ts";
import { parseTests } from "./feel/parse.ts";
import { Run } from "./feel/run.ts";
import { SyntaxFault } from "./feel/scanner.ts";
import type { Node, Tests } from "./feel/syntax.ts";
import {
  dateOfEpochDay,
  dateTimeOfLocalNanos,
  daysDuration,
  epochDay,
  localNanos,
  monthsDuration,
  parseTemporal,
} from "./feel/temporal.ts";
import { literalText } from "./feel/text.ts";
import type { DaysDuration, FeelDate, FeelDateTime, MonthsDuration } from "./feel/temporal.ts";
import { isNumber, kindOf, number, parseNumber, type FeelKind, type FeelValue } from "./feel/value.ts";

/**
 * A piece of what one column of a table may be, on which every cell of that column says the same: a single value, the open stretch
 * between two neighbouring values, any other text, some value (where only its absence is asked for), no value at all, or whether a condition that cannot be taken apart holds.
 */
export interface Atom {
  readonly low?: FeelValue;
  readonly high?: FeelValue;
  /** A value in it. */
  readonly sample: FeelValue;
  readonly is: "value" | "between" | "other" | "some" | "none" | "holds" | "fails";
}

/** One axis of the space in which a table's rows are boxes. */
export interface Axis {
  /** Column of the table, from 0. */
  readonly column: number;
  readonly atoms: readonly Atom[];
  /** The condition, where the axis is a condition that cannot be taken apart. */
  readonly condition?: string;
}

/** A set of atoms of one axis, one bit each. */
export type Mask = bigint;
/** One mask for each axis. */
export type Box = readonly Mask[];

/** A table as geometry: every row is the product of the atoms its cells accept. */
export interface TableSpace {
  readonly axes: readonly Axis[];
  readonly rows: readonly Box[];
  /** Columns whose cells are not taken apart, from 0. */
  readonly opaque: readonly number[];
}

/** Thrown when a table would take longer to look over than it may; what asks for findings or pictures says so instead. */
export class TooLarge extends Error {
  readonly code = "table-too-large";
}

/** Cells to be asked for one value of each piece: some seconds at most. */
const mostAsked = 2_000_000;

/** The ordered kinds of which a stretch between two values can be named. */
const ordered: ReadonlySet<FeelKind> = new Set([
  "number",
  "date",
  "date and time",
  "days and time duration",
  "years and months duration",
]);

/**
 * Pure: the axes of a table's columns and its rows as boxes in them. Exact for constants, comparisons and ranges over numbers, dates,
 * durations, texts and booleans; any other cell becomes a condition of its own that holds or does not, whatever the rest is.
 * @param names what cells may refer to, so that names with blanks are read as the engine reads them
 * @throws TooLarge for a table of thousands of rows
 */
export function tableSpace(table: TableDescription, names: readonly string[] = []): TableSpace {
  const known = new KnownNames([...names, "?"]);
  const axes: Axis[] = [];
  const masks: Mask[][] = table.rows.map(() => []);
  const opaque: number[] = [];
  let asked = 0;
  for (const [column, { typeRef, values }] of table.columns.entries()) {
    const cells = table.rows.map(({ tests }) => readCell(tests[column] ?? "", known));
    const allowed = values === undefined ? undefined : readCell(values, known);
    const whole = cells.filter((cell): cell is Analysed => cell.kind === "analysed");
    const limits = allowed?.kind === "analysed" ? allowed : undefined;
    const constants = [...whole, ...(limits ? [limits] : [])].flatMap((cell) => cell.constants);
    const kinds = new Set(constants.filter((value) => value !== null).map(kindOf));
    const [kind] = kinds;
    const bounded = whole.some((cell) => cell.ordered) || (limits?.ordered ?? false);
    const apart =
      kinds.size <= 1 &&
      (kind === undefined || ordered.has(kind) || (!bounded && (kind === "string" || kind === "boolean")));
    const nulls = whole.some((cell) => cell.negated || cell.constants.includes(null));
    const atoms =
      apart && typeRef !== "list" ? atomsOf(kind ?? kindNamed(typeRef, nulls), constants, nulls, limits) : [];
    const [first] = atoms;
    asked += atoms.length * cells.length;
    if (asked > mostAsked) throw new TooLarge("the table has too many rows");
    if (first) {
      const all = fullMask(atoms.length);
      axes.push({ column, atoms });
      for (const [row, cell] of cells.entries())
        masks[row]!.push(cell.kind === "analysed" ? maskOf(cell.text, atoms) : all);
    }
    // What cannot be taken apart is an axis of its own; a cell and its negation are the two ends of one.
    const conditions = new Map<string, number>();
    for (const [row, cell] of cells.entries()) {
      if (cell.kind === "any" || (cell.kind === "analysed" && first)) continue;
      const { text, negated } = conditionOf(cell.kind === "analysed" ? cell.text : cell.text);
      let at = conditions.get(text);
      if (at === undefined) {
        at =
          axes.push({
            column,
            condition: text,
            atoms: [
              { is: "holds", sample: true },
              { is: "fails", sample: false },
            ],
          }) - 1;
        conditions.set(text, at);
        for (const other of masks) other[at] = 3n;
      }
      masks[row]![at] = negated ? 2n : 1n;
    }
    if (conditions.size > 0) opaque.push(column);
  }
  return { axes, rows: masks, opaque };
}

/** The set of all atoms of an axis with so many. */
export function fullMask(atoms: number): Mask {
  return (1n << BigInt(atoms)) - 1n;
}

/** A set of atoms as FEEL would write it; `-` for all of them, and words only where FEEL has none. */
export function maskText(
  axis: Axis,
  mask: Mask,
): { readonly feel: string; readonly other: boolean; readonly some: boolean; readonly none: boolean } {
  const chosen = axis.atoms.map((_, at) => (mask & (1n << BigInt(at))) !== 0n);
  if (chosen.every(Boolean)) return { feel: "-", other: false, some: false, none: false };
  if (axis.condition !== undefined)
    return { feel: chosen[0] ? axis.condition : `not(${axis.condition})`, other: false, some: false, none: false };
  const parts: string[] = [];
  let other = false;
  let none = false;
  let some = false;
  for (let at = 0; at < axis.atoms.length; at += 1) {
    const atom = axis.atoms[at]!;
    if (!chosen[at]) continue;
    if (atom.is === "other") other = true;
    else if (atom.is === "none") none = true;
    else if (atom.is === "some") some = true;
    else {
      let last = at;
      // Only what lies in an order joins up with its neighbour.
      const joins = (next: number) => chosen[next] && isStretch(axis.atoms, next - 1, next);
      while (joins(last + 1)) last += 1;
      parts.push(stretchText(atom, axis.atoms[last]!));
      at = last;
    }
  }
  return { feel: parts.join(", "), other, some, none };
}

function isStretch(atoms: readonly Atom[], a: number, b: number): boolean {
  return [atoms[a], atoms[b]].some((atom) => atom?.is === "between") || adjacentDays(atoms[a], atoms[b]);
}

function adjacentDays(a: Atom | undefined, b: Atom | undefined): boolean {
  if (a?.is !== "value" || b?.is !== "value") return false;
  if (kindOf(a.sample) !== "date" || kindOf(b.sample) !== "date") return false;
  return epochDay(b.sample as FeelDate) - epochDay(a.sample as FeelDate) === 1;
}

function stretchText(first: Atom, last: Atom): string {
  if (first === last && first.is === "value") return literalText(first.sample);
  const low = first.is === "value" ? first.sample : first.low;
  const high = last.is === "value" ? last.sample : last.high;
  const [lowClosed, highClosed] = [first.is === "value", last.is === "value"];
  if (low === undefined && high === undefined) return "-";
  if (low === undefined) return `${highClosed ? "<=" : "<"} ${literalText(high!)}`;
  if (high === undefined) return `${lowClosed ? ">=" : ">"} ${literalText(low)}`;
  return `${lowClosed ? "[" : "("}${literalText(low)}..${literalText(high)}${highClosed ? "]" : ")"}`;
}

interface Analysed {
  readonly kind: "analysed";
  readonly text: string;
  readonly constants: readonly FeelValue[];
  /** Compares, rather than only equals. */
  readonly ordered: boolean;
  readonly negated: boolean;
}
type Cell = { readonly kind: "any" } | Analysed | { readonly kind: "opaque"; readonly text: string };

function readCell(text: string, known: KnownNames): Cell {
  let tests: Tests;
  try {
    tests = parseTests(text, known);
  } catch (fault) {
    if (fault instanceof SyntaxFault) return { kind: "opaque", text };
    throw fault;
  }
  if (tests.kind === "any") return tests;
  const found = tests.tests.map(partsOf);
  if (found.includes(undefined)) return { kind: "opaque", text };
  return {
    kind: "analysed",
    text,
    constants: found.flatMap((one) => one!.constants),
    ordered: found.some((one) => one!.ordered),
    negated: tests.negated,
  };
}

/** The constants of one test, if it is nothing but them. */
function partsOf(node: Node): { constants: FeelValue[]; ordered: boolean } | undefined {
  if (node.kind === "ray") {
    const value = constantOf(node.operand);
    const ordering = node.operator !== "=" && node.operator !== "!=";
    return value === undefined || (value === null && ordering) ? undefined : { constants: [value], ordered: ordering };
  }
  if (node.kind === "range") {
    const [low, high] = [constantOf(node.low), constantOf(node.high)];
    return low === undefined || high === undefined || low === null || high === null
      ? undefined
      : { constants: [low, high], ordered: true };
  }
  const value = constantOf(node);
  return value === undefined ? undefined : { constants: [value], ordered: false };
}

const makers: ReadonlySet<string> = new Set(["date", "date and time", "duration"]);

function constantOf(node: Node): FeelValue | undefined {
  switch (node.kind) {
    case "constant":
      return node.value;
    case "literal":
      if (node.of === "string") return node.text;
      return node.of === "number" ? parseNumber(node.text) : parseTemporal(node.text.replace(/^@?"?|"$/g, ""));
    case "negate": {
      const value = constantOf(node.operand);
      return value !== undefined && isNumber(value) ? value.negated() : undefined;
    }
    case "call": {
      const [given, ...more] = node.args;
      const name = node.callee.kind === "name" ? node.callee.name : "";
      if (!makers.has(name) || more.length > 0 || given?.value.kind !== "literal" || given.value.of !== "string")
        return undefined;
      const value = parseTemporal(given.value.text);
      const kind = value && kindOf(value);
      return kind === name || (name === "duration" && kind?.endsWith("duration")) ? value : undefined;
    }
    default:
      return undefined;
  }
}

/** What a column is whose cells name no value but null. */
function kindNamed(typeRef: string | undefined, nulls: boolean): FeelKind | undefined {
  if (typeRef === "boolean") return "boolean";
  return nulls ? "context" : undefined;
}

/** Cuts a column at its constants. None where there is nothing to cut. */
function atomsOf(
  kind: FeelKind | undefined,
  constants: readonly FeelValue[],
  nulls: boolean,
  limits: Analysed | undefined,
): Atom[] {
  const atoms: Atom[] = [];
  if (kind === "boolean") for (const sample of [true, false]) atoms.push({ is: "value", sample });
  else if (kind === "string") {
    const texts = [...new Set(constants.filter((value) => typeof value === "string"))].toSorted();
    for (const sample of texts) atoms.push({ is: "value", sample });
    let other = "?";
    while (texts.includes(other)) other += "?";
    atoms.push({ is: "other", sample: other });
  } else if (kind === "context") atoms.push({ is: "some", sample: new Map() });
  else if (kind !== undefined) {
    const cuts: FeelValue[] = [];
    const values = constants.filter((value) => value !== null && kindOf(value) === kind);
    for (const value of values.toSorted((a, b) => order(a, b) ?? 0))
      if (cuts.length === 0 || equal(cuts.at(-1)!, value) !== true) cuts.push(value);
    for (const [at, value] of cuts.entries()) {
      const before = cuts[at - 1];
      const sample = before === undefined ? shifted(value, -1) : between(before, value);
      if (sample !== undefined)
        atoms.push({ is: "between", sample, high: value, ...(before === undefined ? {} : { low: before }) });
      atoms.push({ is: "value", sample: value });
    }
    const last = cuts.at(-1);
    const after = last === undefined ? undefined : shifted(last, 1);
    if (last !== undefined && after !== undefined) atoms.push({ is: "between", sample: after, low: last });
  }
  const allowed = limits ? maskOf(limits.text, atoms) : undefined;
  const kept = allowed === undefined ? atoms : atoms.filter((_, at) => (allowed & (1n << BigInt(at))) !== 0n);
  return nulls ? [...kept, { is: "none", sample: null }] : kept;
}

/** Which atoms a cell accepts: the engine itself is asked for one value of each. */
function maskOf(text: string, atoms: readonly Atom[]): Mask {
  const run = new Run();
  const test = compileTests(text, { names: ["?"], parent: undefined }, plainVocabulary);
  let mask = 0n;
  for (const [at, { sample }] of atoms.entries())
    if (test({ values: [sample], parent: undefined, run }) === true) mask |= 1n << BigInt(at);
  return mask;
}

const half = number("0.5");

/** A value strictly between two; none where the kind has none (two days after each other). */
function between(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isNumber(a) && isNumber(b)) return a.plus(b).times(half);
  switch (kindOf(a)) {
    case "date": {
      const [low, high] = [epochDay(a as FeelDate), epochDay(b as FeelDate)];
      return high - low > 1 ? dateOfEpochDay(low + 1) : undefined;
    }
    case "date and time": {
      const [low, high] = [localNanos(a as FeelDateTime), localNanos(b as FeelDateTime)];
      return high - low > 1n ? dateTimeOfLocalNanos((low + high) / 2n, (a as FeelDateTime).time.zone) : undefined;
    }
    case "days and time duration": {
      const [low, high] = [(a as DaysDuration).nanos, (b as DaysDuration).nanos];
      return high - low > 1n ? daysDuration((low + high) / 2n) : undefined;
    }
    case "years and months duration": {
      const [low, high] = [(a as MonthsDuration).months, (b as MonthsDuration).months];
      return high - low > 1 ? monthsDuration(low + 1) : undefined;
    }
    default:
      return undefined;
  }
}

/** A value before or after. */
function shifted(value: FeelValue, by: 1 | -1): FeelValue | undefined {
  if (isNumber(value)) return value.plus(by);
  switch (kindOf(value)) {
    case "date":
      return dateOfEpochDay(epochDay(value as FeelDate) + by);
    case "date and time":
      return dateTimeOfLocalNanos(localNanos(value as FeelDateTime) + BigInt(by), (value as FeelDateTime).time.zone);
    case "days and time duration":
      return daysDuration((value as DaysDuration).nanos + BigInt(by));
    case "years and months duration":
      return monthsDuration((value as MonthsDuration).months + by);
    default:
      return undefined;
  }
}

/** `not(x)` is the other end of `x`. */
function conditionOf(text: string): { text: string; negated: boolean } {
  const inner = /^\s*not\s*\((.*)\)\s*$/s.exec(text)?.[1];
  return inner === undefined ? { text: text.trim(), negated: false } : { text: inner.trim(), negated: true };
}
