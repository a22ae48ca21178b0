import { createHash } from "node:crypto";
import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import { explainLines, type DecisionModel, type FeelInput } from "#rules";
import {
  unanswered,
  type Case,
  type InputSource,
  type Ruling,
  type ServiceDefinition,
  type ServiceProblem,
} from "#services";
import type { Country, ScheduleItem } from "./country.ts";

export interface RulingContext {
  readonly country: Country;
  readonly models: ReadonlyMap<string, DecisionModel>;
}

/**
 * What the rule says about a case as it stands: eligible or not, the amount, and each line of the reason.
 * Pure: the same case, model and day give the same ruling for ever.
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

  const model = context.models.get(definition.decision.model);
  if (!model)
    throw Object.assign(new Error(`no decision model "${definition.decision.model}"`), { code: "model-missing" });
  const day = context.country.dayOf(now);
  const inputs = Object.fromEntries(
    Object.entries(definition.decision.inputs).map(([name, source]) => [
      name,
      inputValue(context.country, definition, state, answers, day, source),
    ]),
  );
  const decided = model.decide(definition.decision.decision, inputs, { now });
  if (decided.messages.some((message) => message.code === "rules-budget-exhausted")) {
    throw Object.assign(new Error("the rule used up its budget"), { code: "rules-budget-exhausted" });
  }
  const value = decided.value as { eligible?: unknown; amount?: unknown } | null;
  const amount = Number(value?.amount ?? 0);
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw Object.assign(new Error("the rule gave an amount that is not whole"), { code: "amount-not-whole" });
  const zh = explainLines(decided.explanation, "zh-Hant");
  const en = explainLines(decided.explanation, "en");
  return ok({
    eligible: value?.eligible === true,
    amount: value?.eligible === true ? amount : 0,
    lines: zh.map((line, at) => ({
      label: { "zh-Hant": line.label, en: en[at]?.label ?? line.label },
      value: { "zh-Hant": line.value, en: en[at]?.value ?? line.value },
      ...(line.ok === undefined ? {} : { ok: line.ok }),
    })),
    model: { id: model.id, version: model.version, hash: model.hash, name: model.name },
  });
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
    .update(JSON.stringify([state.facts, state.answers, ruling]))
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
): FeelInput {
  switch (source.from) {
    case "today":
      return day;
    case "answer":
      return answers[source.question] ?? null;
    case "fact":
      return state.facts[source.need]?.values[source.path] ?? null;
    case "facts":
      return state.facts[source.need]?.values ?? null;
    case "fact-equals":
      return state.facts[source.need]?.values[source.path] === source.value;
    case "scheduled-item": {
      const question = definition.questions.find((candidate) => candidate.id === source.question);
      const schedule = question?.kind === "item-from-schedule" ? scheduleOf(country, question.schedule) : [];
      const item = schedule.find((candidate) => candidate.id === answers[source.question]);
      return item ? { id: item.id, "item number": item.number, cap: item.cap, name: item.name } : null;
    }
  }
}
