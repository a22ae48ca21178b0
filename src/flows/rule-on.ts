import { createHash } from "node:crypto";
import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import { engineVersion, explainLines, type Decided, type DecisionModel, type Explanation } from "#rules";
import {
  unanswered,
  type Case,
  type InputSource,
  type Ruling,
  type ServiceDefinition,
  type ServiceProblem,
} from "#services";
import type { Country, ScheduleItem } from "./country.ts";
import { versionFor, type RuleBook } from "./rule-book.ts";

export interface RulingContext {
  readonly country: Country;
  readonly rules: Pick<RuleBook, "families">;
}

/**
 * What the rule says about a case as it stands, by the version in force on the day of `now`: eligible or not, the amount, and
 * each line of the reason. Pure: the same case, model and day give the same ruling for ever.
 * @param answers answers to judge by instead of the case's own, for "what if I chose this one?"
 */
export function ruleOn(
  context: RulingContext,
  definition: ServiceDefinition,
  state: Pick<Case, "facts" | "answers">,
  now: Date,
  answers: Readonly<Record<string, JsonValue>> = state.answers,
): Result<Ruling, Refusal<ServiceProblem>> {
  if (definition.dataNeeds.some((need) => !state.facts[need.id])) return err({ code: "answers-incomplete" });
  const used = new Set(
    Object.values(definition.decision.inputs).flatMap((source) => ("question" in source ? [source.question] : [])),
  );
  if (unanswered(definition.questions, answers).some((question) => used.has(question.id)))
    return err({ code: "answers-incomplete" });

  const day = context.country.dayOf(now);
  const { model } = versionFor(context.rules, definition.decision.model, day);
  return ok(judge(model, context.country, definition, { ...state, answers }, now));
}

/**
 * What one model says about a case. @throws when the rule spent its budget (`rules-budget-exhausted`) or gave an amount that is
 * not whole (`amount-not-whole`): neither may become a decision
 */
export function judge(
  model: DecisionModel,
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "facts" | "answers">,
  now: Date,
): Ruling {
  const { decision } = definition.decision;
  const inputs = inputsOf(country, definition, state, now);
  const { decided, eligible, amount } = decideCase(model, decision, inputs, now, true);
  return {
    eligible,
    amount,
    lines: rulingLines(decided.explanation),
    model: { id: model.id, version: model.version, hash: model.hash, name: model.name },
    basis: {
      engine: engineVersion,
      decision,
      at: now.toISOString(),
      inputs,
      value: decided.value,
      explanation: decided.explanation as unknown as JsonValue,
    },
  };
}

/** Only what one model says about a case, without the account of why; a third of the work of `judge`. Throws as it does. */
export function outcomeBy(
  model: DecisionModel,
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "facts" | "answers">,
  now: Date,
): { readonly eligible: boolean; readonly amount: number; readonly value: JsonValue } {
  const inputs = inputsOf(country, definition, state, now);
  const { decided, eligible, amount } = decideCase(model, definition.decision.decision, inputs, now, false);
  return { eligible, amount, value: decided.value };
}

function decideCase(
  model: DecisionModel,
  decision: string,
  inputs: Readonly<Record<string, JsonValue>>,
  now: Date,
  explain: boolean,
): { decided: Decided; eligible: boolean; amount: number } {
  const decided = model.decide(decision, inputs, { now, explain });
  if (decided.messages.some((message) => message.code === "rules-budget-exhausted")) {
    throw Object.assign(new Error("the rule used up its budget"), { code: "rules-budget-exhausted" });
  }
  const { eligible, amount } = outcomeOf(decided);
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw Object.assign(new Error("the rule gave an amount that is not whole"), { code: "amount-not-whole" });
  return { decided, eligible, amount };
}

function inputsOf(
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "facts" | "answers">,
  now: Date,
): Record<string, JsonValue> {
  const day = country.dayOf(now);
  return Object.fromEntries(
    Object.entries(definition.decision.inputs).map(([name, source]) => [
      name,
      inputValue(country, definition, state, state.answers, day, source),
    ]),
  );
}

/** Eligible, and how much, of what a decision came to; nothing is paid to who is not. */
export function outcomeOf(decided: Pick<Decided, "value">): { eligible: boolean; amount: number } {
  const value = decided.value as { eligible?: unknown; amount?: unknown } | null;
  const eligible = value?.eligible === true;
  const amount = Number(value?.amount ?? 0);
  return { eligible, amount: eligible || !Number.isSafeInteger(amount) || amount < 0 ? amount : 0 };
}

/** The reasons, line by line, in both languages. */
export function rulingLines(explanation: Explanation): Ruling["lines"] {
  const zh = explainLines(explanation, "zh-Hant");
  const en = explainLines(explanation, "en");
  return zh.map((line, at) => ({
    label: { "zh-Hant": line.label, en: en[at]?.label ?? line.label },
    value: { "zh-Hant": line.value, en: en[at]?.value ?? line.value },
    ...(line.ok === undefined ? {} : { ok: line.ok }),
  }));
}

/** A ruling as it is signed and cited: what it says, without the whole account of how it came about. */
export function statedRuling({ basis: _basis, ...ruling }: Ruling): Ruling {
  return ruling;
}

/** The ruling each item of a schedule would get, for the page on which one is chosen. */
export function quoteItems(
  context: RulingContext,
  definition: ServiceDefinition,
  state: Pick<Case, "facts" | "answers">,
  question: { id: string; schedule: string },
  now: Date,
): { item: ScheduleItem; ruling: Ruling | undefined }[] {
  const assumed: Record<string, JsonValue> = {
    ...Object.fromEntries(
      definition.questions.filter((other) => other.kind === "yes-no").map((other) => [other.id, false]),
    ),
    ...state.answers,
  };
  return scheduleOf(context.country, question.schedule).map((item) => {
    const ruling = ruleOn(context, definition, state, now, { ...assumed, [question.id]: item.id });
    return { item, ruling: ruling.ok ? ruling.value : undefined };
  });
}

/** SHA-256 of what a ruling rests on, hexadecimal: facts, answers, model. */
export function rulingHash(state: Pick<Case, "facts" | "answers">, ruling: Ruling): string {
  return createHash("sha256")
    .update(JSON.stringify([state.facts, state.answers, statedRuling(ruling)]))
    .digest("hex");
}

export function scheduleOf(country: Country, name: string): readonly ScheduleItem[] {
  return country.schedules[name] ?? [];
}

function inputValue(
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "facts">,
  answers: Readonly<Record<string, JsonValue>>,
  day: string,
  source: InputSource,
): JsonValue {
  switch (source.from) {
    case "today":
      return day;
    case "answer":
      return answers[source.question] ?? null;
    case "fact":
      return state.facts[source.need]?.values[source.path] ?? null;
    case "facts":
      return (state.facts[source.need]?.values as JsonValue | undefined) ?? null;
    case "fact-equals":
      return state.facts[source.need]?.values[source.path] === source.value;
    case "scheduled-item": {
      const question = definition.questions.find((candidate) => candidate.id === source.question);
      const schedule = question?.kind === "item-from-schedule" ? scheduleOf(country, question.schedule) : [];
      const item = schedule.find((candidate) => candidate.id === answers[source.question]);
      return item ? { id: item.id, "item number": item.number, cap: item.cap, name: { ...item.name } } : null;
    }
  }
}
