import { acrAtLeast } from "#identity";
import type { CaseEventRule, ServiceDefinition } from "./definition.ts";

/** What is wrong with a definition, as one line an author can act on. */
export interface Finding {
  readonly check: string;
  readonly message: string;
}

/** Checks a definition as a whole before anything runs on it. An empty list means that it may run. */
export function checkDefinition(definition: ServiceDefinition): Finding[] {
  return [
    ...isData(definition),
    ...phasesConnect(definition),
    ...eventsExist(definition),
    ...inputsResolve(definition),
    ...needsAreLawful(definition),
    ...assuranceRises(definition),
    ...paymentNeedsTwo(definition),
    ...feeHolds(definition),
    ...textsAreComplete(definition, definition.id),
  ];
}

function isData(definition: ServiceDefinition): Finding[] {
  const copy: unknown = JSON.parse(JSON.stringify(definition));
  return deepEqual(copy, definition)
    ? []
    : [{ check: "data", message: "the definition holds something JSON cannot carry (a function, a date, undefined)" }];
}

function phasesConnect(definition: ServiceDefinition): Finding[] {
  const findings: Finding[] = [];
  const next = (phase: string): string[] =>
    definition.events.filter((rule) => rule.from.includes(phase) && rule.to).map((rule) => rule.to!);
  const first = definition.events.find((rule) => rule.event === "started")?.to;
  const reached = new Set<string>(first ? [first] : []);
  for (const phase of reached) for (const to of next(phase)) reached.add(to);
  for (const phase of definition.phases) {
    if (!reached.has(phase.id)) findings.push({ check: "reachable", message: `no path reaches phase "${phase.id}"` });
    if (phase.status !== "closed" && next(phase.id).length === 0)
      findings.push({ check: "dead-end", message: `no event leads out of phase "${phase.id}"` });
  }
  return findings;
}

function eventsExist(definition: ServiceDefinition): Finding[] {
  const phases = new Set(definition.phases.map((phase) => phase.id));
  const events = new Set(definition.events.map((rule) => rule.event));
  return definition.events.flatMap((rule: CaseEventRule) => [
    ...[...rule.from, ...(rule.to ? [rule.to] : [])]
      .filter((phase) => !phases.has(phase))
      .map((phase) => ({ check: "phase", message: `event "${rule.event}" names the unknown phase "${phase}"` })),
    ...(rule.differentFrom && !events.has(rule.differentFrom)
      ? [
          {
            check: "second-person",
            message: `event "${rule.event}" must differ from "${rule.differentFrom}", which never happens`,
          },
        ]
      : []),
  ]);
}

function inputsResolve(definition: ServiceDefinition): Finding[] {
  const questions = new Set(definition.questions.map((question) => question.id));
  const fields = new Set(
    definition.dataNeeds.flatMap((need) => need.fields.map((field) => `${need.id}.${field.path}`)),
  );
  const needs = new Set(definition.dataNeeds.map((need) => need.id));
  const findings: Finding[] = [];
  for (const [input, source] of Object.entries(definition.decision.inputs)) {
    const known =
      source.from === "today" ||
      ((source.from === "answer" || source.from === "scheduled-item") && questions.has(source.question)) ||
      ((source.from === "fact" || source.from === "fact-equals") && fields.has(`${source.need}.${source.path}`)) ||
      (source.from === "facts" && needs.has(source.need));
    if (!known)
      findings.push({
        check: "inputs",
        message: `decision input "${input}" reads something that is neither asked nor fetched`,
      });
  }
  for (const question of definition.questions) {
    if (question.kind !== "item-from-schedule") continue;
    const { need, path } = question.amountsRestOn;
    if (!fields.has(`${need}.${path}`)) {
      findings.push({
        check: "inputs",
        message: `question "${question.id}" rests on ${need}.${path}, which is not fetched`,
      });
    }
  }
  const used = JSON.stringify(definition.decision.inputs) + JSON.stringify(definition.payout ?? {});
  for (const question of definition.questions) {
    if (!used.includes(`"${question.id}"`))
      findings.push({ check: "minimal", message: `question "${question.id}" is asked but nothing uses the answer` });
  }
  return findings;
}

function needsAreLawful(definition: ServiceDefinition): Finding[] {
  const laws = new Set(definition.metadata.legalBasis.map((basis) => basis.code));
  return definition.dataNeeds.flatMap((need) => [
    ...(laws.has(need.legalBasis)
      ? []
      : [
          {
            check: "lawful",
            message: `data need "${need.id}" cites "${need.legalBasis}", which the service does not list`,
          },
        ]),
    ...(need.fields.length > 0 ? [] : [{ check: "lawful", message: `data need "${need.id}" names no field` }]),
  ]);
}

/** A demand that nobody can meet, or that falls on the way, is a mistake of its author. */
function assuranceRises({ assurance, dataNeeds }: ServiceDefinition): Finding[] {
  const demands = [assurance?.start, assurance?.send, ...dataNeeds.map((need) => need.assurance)];
  const findings: Finding[] = [];
  for (const demand of demands)
    if (demand && (!acrAtLeast(demand.acr, demand.acr) || (demand.maxAgeMinutes ?? 1) <= 0))
      findings.push({ check: "assurance", message: "a demand names no level of ours, or an age that no proof has" });
  if (assurance && !acrAtLeast(assurance.send.acr, assurance.start.acr))
    findings.push({ check: "assurance", message: "sending demands less than starting" });
  return findings;
}

function paymentNeedsTwo(definition: ServiceDefinition): Finding[] {
  if (!definition.payout) return [];
  const findings: Finding[] = [];
  const question = definition.questions.find((candidate) => candidate.id === definition.payout?.account);
  if (question?.kind !== "bank-account")
    findings.push({ check: "payout", message: "the payout names no bank-account question" });
  const release = definition.events.find((rule) => rule.event === "released");
  if (release?.differentFrom !== "approved")
    findings.push({
      check: "second-person",
      message: "a payment needs a release by another person than the approver of the decision",
    });
  return findings;
}

/** A fee leads somewhere whether it is paid, waived or left unpaid, and no person decides whether it was paid. */
function feeHolds({ fee, payout, events, dataNeeds }: ServiceDefinition): Finding[] {
  if (!fee) return [];
  const finding = (message: string): Finding => ({ check: "fee", message });
  const sent = events.find((rule) => rule.event === "submitted")?.to;
  const findings = (["fee-paid", "fee-waived", "fee-lapsed"] as const)
    .filter((event) => {
      const rule = events.find((candidate) => candidate.event === event);
      return !rule?.to || rule.from.join() !== sent || rule.by.join() !== "system";
    })
    .map((event) => finding(`"${event}" must lead on from where sending leads, by the system alone`));
  if (payout) findings.push(finding("a service pays out or takes a fee, not both by one amount"));
  if (!/^fee-[a-z0-9-]{1,36}$/.test(fee.programme)) findings.push(finding("the programme must be fee-… in kebab-case"));
  if (fee.dueDays < 1) findings.push(finding("a fee needs at least a day to be paid in"));
  if (!dataNeeds.some((need) => need.id === fee.provides.need))
    findings.push(finding("it provides data it does not fetch"));
  return findings;
}

function textsAreComplete(value: unknown, path: string): Finding[] {
  if (typeof value !== "object" || value === null) return [];
  const keys = Object.keys(value);
  if (keys.includes("en") || keys.includes("zh-Hant")) {
    const texts = value as Record<string, unknown>;
    return ["en", "zh-Hant"]
      .filter((language) => typeof texts[language] !== "string" || texts[language] === "")
      .map((language) => ({ check: "texts", message: `${path} has no text in ${language}` }));
  }
  return Object.entries(value).flatMap(([key, inner]) => textsAreComplete(inner, `${path}.${key}`));
}

function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) =>
    deepEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  );
}
