import { aggregations, hitPolicies, type TableModel } from "./dmn.ts";
import {
  compileCell,
  compileExpression,
  compileTests,
  type Compiled,
  type Frame,
  type Scope,
  type Vocabulary,
} from "./feel/compile.ts";
import { anything, type Cell, type CellTest } from "./feel/cell.ts";
import { arithmetic, equal, order } from "./feel/operate.ts";
import { allowedValues, coerce } from "./feel/type.ts";
import { typeOf } from "./type-ref.ts";
import type { Run } from "./feel/run.ts";
import { number, type FeelValue } from "./feel/value.ts";
import { localisedText, type CompiledText } from "./localised-text.ts";
import type { RuleTrace, TableTrace } from "./trace.ts";

/** What a table answers when no rule matches and no default output is given. Engines differ for the list policies; ours is one. */
const noMatch: FeelValue = null;

interface CompiledRule {
  readonly cells: readonly Cell[];
  /** The cells that are not `-`, with their columns. */
  readonly tested: readonly { readonly column: number; readonly test: CellTest }[];
  readonly outputs: readonly Compiled[];
  readonly annotation: CompiledText | undefined;
  readonly law: CompiledText | undefined;
  readonly shown: CompiledText | undefined;
}

interface Match {
  readonly row: number;
  readonly values: readonly FeelValue[];
}

/** Compiles a decision table (DMN 1.5 section 8). While a run keeps traces every cell is evaluated, otherwise only as far as needed. */
export function compileTable(table: TableModel, scope: Scope | undefined, vocabulary: Vocabulary): Compiled {
  const flaw = flawOf(table);
  if (flaw !== undefined) {
    vocabulary.fault?.(flaw, table.id, 0);
    return ({ run }) => run.report("bad-table", flaw);
  }
  const ordered = table.hitPolicy === "PRIORITY" || table.hitPolicy === "OUTPUT ORDER";
  const inputs = table.inputs.map((input) => ({
    ...input,
    compiled: compileExpression(input.text, scope, vocabulary),
    type: typeOf(input.typeRef, vocabulary),
    allowed: input.values && compileTests(input.values, { names: ["?"], parent: scope }, vocabulary),
  }));
  const outputs = table.outputs.map((output) => ({
    ...output,
    type: typeOf(output.typeRef, vocabulary),
    order: ordered ? priorities(output, vocabulary) : undefined,
    allowed:
      output.values === undefined
        ? undefined
        : compileTests(output.values, { names: ["?"], parent: scope }, vocabulary),
    otherwise: output.otherwise === undefined ? undefined : compileExpression(output.otherwise, scope, vocabulary),
  }));
  const names = outputs.map(({ name }) => name);
  const cellScope: Scope = { names: ["?"], parent: scope };
  const rules = table.rules.map((rule): CompiledRule => {
    const annotation = (column: string) => rule.annotations[table.annotations.indexOf(column)] ?? "";
    const text = (source: string) => localisedText(source, { names: ["result", ...names], parent: scope }, vocabulary);
    const [zh, en] = [annotation("zh-Hant"), annotation("en")];
    const cells = inputs.map((_, column) => compileCell(rule.tests[column] ?? "", cellScope, vocabulary));
    return {
      cells,
      tested: cells.flatMap((cell, column) => (cell === anything ? [] : [{ column, test: cell.test }])),
      outputs: rule.outputs.map((source) => compileExpression(source, scope, vocabulary)),
      annotation: zh || en ? text(`${zh || en}｜${en || zh}`) : undefined,
      law: annotation("law") ? text(annotation("law")) : undefined,
      shown: annotation("shown") ? text(annotation("shown")) : undefined,
    };
  });

  // a column of constants is tested without a frame for its value
  const framed = inputs.map((_, column) => rules.some(({ cells }) => cells[column]!.needsFrame));

  const compose = (values: readonly FeelValue[]): FeelValue =>
    outputs.length === 1 ? (values[0] ?? null) : new Map(names.map((name, index) => [name, values[index] ?? null]));

  return (frame) => {
    const { run } = frame;
    const trace = run.trace;
    const facts: FeelValue[] = [];
    for (const input of inputs) {
      const value = coerce(input.compiled(frame), input.type, run, input.label);
      if (input.allowed && input.allowed({ values: [value], parent: frame, run }) !== true) {
        return run.report("input-not-allowed", `${input.label} is none of the values it may have`);
      }
      facts.push(value);
    }
    const frames = facts.map((value, column): Frame =>
      framed[column] ? { values: [value], parent: frame, run } : frame,
    );
    const matches: Match[] = [];
    const passed: boolean[][] = [];
    run.spend(rules.length);
    for (let row = 0; row < rules.length; row += 1) {
      const rule = rules[row]!;
      if (trace) {
        const cells = rule.cells.map(({ test }, column) => test(facts[column]!, frames[column]!) === true);
        passed.push(cells);
        if (cells.includes(false)) continue;
      } else if (!allPass(rule.tested, facts, frames)) {
        continue;
      }
      const values = rule.outputs.map((output, index) => {
        const { type, name, allowed } = outputs[index]!;
        const value = coerce(output(frame), type, run, name);
        if (allowed && value !== null && allowed({ values: [value], parent: frame, run }) !== true) {
          return run.report("output-not-allowed", `${name || "the output"} is none of the values it may have`);
        }
        return value;
      });
      matches.push({ row, values });
      if (table.hitPolicy === "FIRST") break;
    }
    const orders = outputs.map((output) => output.order?.(frame) ?? null) as (readonly FeelValue[] | null)[];
    const value =
      matches.length === 0 ? withoutMatch(outputs, frame, compose) : decideHits(table, matches, orders, compose, run);
    if (trace) trace(traceOf(frame, value));
    return value;

    function traceOf(at: Frame, result: FeelValue): TableTrace {
      const chosen = table.hitPolicy === "PRIORITY" ? byPriority(matches, orders).slice(0, 1) : matches;
      const hits = new Map(chosen.map((match) => [match.row, match.values]));
      return {
        table,
        facts,
        result,
        // FIRST looks no further than its match
        rules: rules.slice(0, passed.length).map((rule, row): RuleTrace => {
          const values = hits.get(row);
          const inner: Frame = {
            values: [values ? compose(values) : null, ...(values ?? names.map(() => null))],
            parent: at,
            run,
          };
          return {
            row: row + 1,
            cells: passed[row]!,
            outputs: values,
            annotation: values && rule.annotation?.(inner),
            law: values && rule.law?.(inner),
            shown: values && rule.shown?.(inner),
          };
        }),
      };
    }
  };
}

/** What makes a table have no meaning at all. */
function flawOf({ hitPolicy, aggregation, inputs, outputs, rules }: TableModel): string | undefined {
  if (!hitPolicies.includes(hitPolicy)) return `no hit policy is called ${hitPolicy}`;
  if (aggregation !== undefined && !aggregations.includes(aggregation))
    return `no aggregation is called ${aggregation}`;
  if (aggregation !== undefined && hitPolicy === "COLLECT" && outputs.length !== 1)
    return `${aggregation} needs a single output`;
  const uneven = rules.findIndex(
    (rule) => rule.tests.length !== inputs.length || rule.outputs.length !== outputs.length,
  );
  return uneven < 0 ? undefined : `row ${uneven + 1} has not as many cells as the table has columns`;
}

/** The order of an output's values: its own, else that of the values its type allows. */
function priorities(
  output: { readonly typeRef?: string; readonly values?: string },
  vocabulary: Vocabulary,
): Compiled | undefined {
  const type = output.typeRef === undefined ? undefined : vocabulary.type(output.typeRef);
  const text = output.values ?? (type && allowedValues(type));
  return text === undefined ? undefined : compileExpression(`[${text}]`, undefined, vocabulary);
}

function allPass(tested: CompiledRule["tested"], facts: readonly FeelValue[], frames: readonly Frame[]): boolean {
  for (const { column, test } of tested) if (test(facts[column]!, frames[column]!) !== true) return false;
  return true;
}

function withoutMatch(
  outputs: readonly { readonly otherwise: Compiled | undefined }[],
  frame: Frame,
  compose: (values: readonly FeelValue[]) => FeelValue,
): FeelValue {
  if (outputs.every(({ otherwise }) => otherwise === undefined)) return noMatch;
  return compose(outputs.map(({ otherwise }) => otherwise?.(frame) ?? null));
}

/** Hit policies (DMN 1.5 section 8.2.10). */
function decideHits(
  table: TableModel,
  matches: readonly Match[],
  orders: readonly (readonly FeelValue[] | null)[],
  compose: (values: readonly FeelValue[]) => FeelValue,
  run: Run,
): FeelValue {
  const first = matches[0]!;
  switch (table.hitPolicy) {
    case "UNIQUE":
      if (matches.length > 1) return run.report("rules-overlap", `rules ${rows(matches)} match together`);
      return compose(first.values);
    case "ANY": {
      const same = matches.every(({ values }) =>
        values.every((value, index) => equal(value, first.values[index]!) === true),
      );
      return same ? compose(first.values) : run.report("rules-disagree", `rules ${rows(matches)} disagree`);
    }
    case "FIRST":
      return compose(first.values);
    case "PRIORITY":
      return compose(byPriority(matches, orders)[0]!.values);
    case "OUTPUT ORDER":
      return byPriority(matches, orders).map(({ values }) => compose(values));
    case "COLLECT":
      if (table.aggregation)
        return aggregate(
          table.aggregation,
          matches.map(({ values }) => compose(values)),
          run,
        );
      return matches.map(({ values }) => compose(values));
    default:
      return matches.map(({ values }) => compose(values));
  }
}

function rows(matches: readonly Match[]): string {
  return matches.map(({ row }) => row + 1).join(" and ");
}

/** Sorted by the order of `outputValues`, column by column from the left; unknown values come last. */
function byPriority(matches: readonly Match[], orders: readonly (readonly FeelValue[] | null)[]): Match[] {
  const rank = (match: Match, column: number) => {
    const at = orders[column]?.findIndex((value) => equal(value, match.values[column]!) === true) ?? 0;
    return at < 0 ? Number.MAX_SAFE_INTEGER : at;
  };
  return matches.toSorted((a, b) => {
    for (const column of orders.keys()) {
      const difference = rank(a, column) - rank(b, column);
      if (difference !== 0) return difference;
    }
    return a.row - b.row;
  });
}

function aggregate(how: "SUM" | "MIN" | "MAX" | "COUNT", values: readonly FeelValue[], run: Run): FeelValue {
  if (how === "COUNT") return number(values.length);
  let result: FeelValue = values[0]!;
  for (const value of values.slice(1)) {
    const next: FeelValue | undefined = how === "SUM" ? arithmetic("+", result, value) : extreme(how, result, value);
    if (next === undefined || next === null) return run.report("not-comparable", `${how} needs numbers`);
    result = next;
  }
  return result;
}

function extreme(how: "MIN" | "MAX", a: FeelValue, b: FeelValue): FeelValue | undefined {
  const direction = order(b, a);
  if (direction === undefined) return undefined;
  return (how === "MIN" ? direction < 0 : direction > 0) ? b : a;
}
