import type { JsonValue, Language, Localised } from "#kernel";
import type { CompiledElements } from "./compile-model.ts";
import type { ElementTrace } from "./evaluate.ts";
import { isNumber, type FeelValue } from "./feel/value.ts";
import { toJson } from "./json-value.ts";
import { splitLabel } from "./localised-text.ts";
import { numberText } from "./number-text.ts";
import type { TableTrace } from "./trace.ts";

/** Why a decision is what it is. Plain JSON, so that it can be stored with the case and shown years later. */
export interface Explanation {
  /** Name of the decision that was asked for. */
  readonly decision: string;
  /** Facts it rests on and decisions it needed, each before those that require it; the tree is in `requires`. */
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainedStep {
  readonly id: string;
  readonly name: string;
  readonly kind: "input" | "decision";
  readonly label: Localised;
  /** What the decision answers, in words, where the model says it. */
  readonly question?: Localised;
  readonly value: JsonValue;
  /** The value for people, for scalars. */
  readonly shown?: string;
  /** Ids of the steps it was made from. */
  readonly requires: readonly string[];
  readonly law: readonly LawReference[];
  readonly tables: readonly ExplainedTable[];
}

export interface LawReference {
  readonly name: Localised;
  readonly uri?: string;
}

export interface ExplainedTable {
  readonly id: string;
  readonly hitPolicy: string;
  /** Rows that matched, from 1. */
  readonly matched: readonly number[];
  /** The rows that matched; where none did, or one says no, all rows, so that every failing condition can be seen. */
  readonly rules: readonly ExplainedRule[];
}

export interface ExplainedRule {
  readonly row: number;
  readonly matched: boolean;
  readonly cells: readonly ExplainedCell[];
  readonly outputs?: Readonly<Record<string, JsonValue>>;
  readonly annotation?: Localised;
  readonly law?: Localised;
  readonly shown?: Localised;
}

export interface ExplainedCell {
  readonly label: string;
  /** The test as the model has it; `-` is no condition. */
  readonly test: string;
  readonly value: JsonValue;
  readonly passed: boolean;
}

export function explain(decision: string, traces: readonly ElementTrace[], elements: CompiledElements): Explanation {
  return {
    decision,
    steps: traces.map(({ element, value, label, tables }): ExplainedStep => {
      const { model } = element;
      const shown = scalarText(value);
      return {
        id: model.id,
        name: model.name,
        kind: element.kind === "input" ? "input" : "decision",
        label,
        ...(model.kind === "decision" && model.question ? { question: splitLabel(model.question) } : {}),
        value: toJson(value),
        ...(shown === undefined ? {} : { shown }),
        requires: model.kind === "decision" ? model.requires.map((key) => elements.get(key)!.model.id) : [],
        law: model.kind === "decision" ? lawOf(model.authorities, elements) : [],
        tables: tables.map(explainTable),
      };
    }),
  };
}

function lawOf(authorities: readonly string[], elements: CompiledElements): LawReference[] {
  return authorities.flatMap((key) => {
    const element = elements.get(key);
    if (element?.kind !== "authority") return [];
    const { label, uri } = element.model;
    return [{ name: splitLabel(label), ...(uri === undefined ? {} : { uri }) }];
  });
}

function scalarText(value: FeelValue): string | undefined {
  if (isNumber(value)) return numberText(value);
  const json = toJson(value);
  return typeof json === "string" ? json : undefined;
}

function saysNo(value: JsonValue | undefined): boolean {
  return value === false;
}

function explainTable({ table, facts, rules }: TableTrace): ExplainedTable {
  const explained = rules.map(({ row, cells, outputs, annotation, law, shown }): ExplainedRule => ({
    row,
    matched: outputs !== undefined,
    cells: table.inputs.map(({ label }, index) => ({
      label,
      test: table.rules[row - 1]!.tests[index] || "-",
      value: toJson(facts[index]!),
      passed: cells[index]!,
    })),
    ...(outputs
      ? { outputs: Object.fromEntries(table.outputs.map(({ name }, index) => [name, toJson(outputs[index]!)])) }
      : {}),
    ...(annotation ? { annotation } : {}),
    ...(law ? { law } : {}),
    ...(shown ? { shown } : {}),
  }));
  const matched = explained.filter((rule) => rule.matched);
  const refused = matched.some(({ outputs }) => Object.values(outputs ?? {}).some(saysNo));
  return {
    id: table.id,
    hitPolicy: table.hitPolicy,
    matched: matched.map(({ row }) => row),
    rules: matched.length === 0 || refused ? explained : matched,
  };
}

export interface ExplanationLine {
  readonly label: string;
  readonly value: string;
  /** For conditions: whether it is met. */
  readonly ok?: boolean;
}

const words: Readonly<Record<"none" | "yes" | "no", Localised>> = {
  none: { "zh-Hant": "沒有適用的規則", en: "no rule applies" },
  yes: { "zh-Hant": "是", en: "yes" },
  no: { "zh-Hant": "否", en: "no" },
};

/**
 * The explanation in lines for a caseworker or a citizen, in one language: a line for every annotated rule that matched, for every decision with one
 * plain value, and, where no rule matched, for every condition that failed. A decision whose `label` is the empty text stays out.
 */
export function explainLines(explanation: Explanation, language: Language): ExplanationLine[] {
  return explanation.steps
    .filter(({ kind }) => kind === "decision")
    .flatMap((step) =>
      step.tables.length === 0
        ? valueLine(step, language)
        : step.tables.flatMap((table) => tableLines(step, table, language)),
    );
}

function cellText(value: JsonValue): string {
  if (value === null) return "—";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function valueLine(step: ExplainedStep, language: Language): ExplanationLine[] {
  const label = step.label[language];
  if (label === "") return [];
  if (typeof step.value === "boolean") {
    return [{ label, value: words[step.value ? "yes" : "no"][language], ok: step.value }];
  }
  return step.shown === undefined ? [] : [{ label, value: step.shown }];
}

function tableLines(step: ExplainedStep, table: ExplainedTable, language: Language): ExplanationLine[] {
  if (table.matched.length === 0) {
    const failed = table.rules.flatMap(({ cells }) => cells.filter(({ passed }) => !passed));
    const once = new Map(failed.map((cell) => [`${cell.label}\n${cell.test}`, cell]));
    return [
      { label: step.label[language], value: words.none[language], ok: false },
      ...[...once.values()].map((cell) => ({
        label: `${splitLabel(cell.label)[language]} ${cell.test}`,
        value: cellText(cell.value),
        ok: false,
      })),
    ];
  }
  const matched = table.rules.filter((rule) => rule.matched);
  // in a table with texts, a row without one is not for people; in a table without, the decision's label speaks
  const annotated = matched.some(({ annotation }) => annotation !== undefined);
  return matched.flatMap(({ annotation, outputs, shown }): ExplanationLine[] => {
    const result = Object.values(outputs ?? {});
    const verdict = outputs?.["ok"] ?? (typeof result[0] === "boolean" ? result[0] : undefined);
    const label = annotation?.[language] ?? (annotated ? "" : step.label[language]);
    if (label === "") return [];
    if (typeof verdict === "boolean")
      return [{ label, value: shown?.[language] ?? (verdict ? "✓" : "✗"), ok: verdict }];
    if (annotation === undefined && step.shown === undefined) return [];
    return [{ label, value: shown?.[language] ?? step.shown ?? "" }];
  });
}
