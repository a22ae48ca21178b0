/**
 * Rules decides: eligibility and amounts are DMN models (OMG Decision Model and Notation 1.5) that a lawyer can edit in any DMN
 * editor, and this module is the engine that reads them, evaluates their FEEL in decimal arithmetic, and says why in both languages.
 * It owns the language, the engine and the explanation; the models themselves belong to a country or a service. It is pure and
 * synchronous, has no clock, no storage and no network, and runs no text of a model as code.
 */
export {
  analyseModel,
  analyseTable,
  conditionsOf,
  namesOf,
  type Condition,
  type Finding,
  type FindingKind,
} from "./analyse.ts";
export { compareModels, type ModelChange } from "./compare.ts";
export {
  describeModel,
  describeTables,
  type ElementDescription,
  type ModelDescription,
  type TableDescription,
} from "./describe.ts";
export { explainLines } from "./explain.ts";
export type {
  ExplainedCell,
  ExplainedRule,
  ExplainedStep,
  ExplainedTable,
  Explanation,
  ExplanationLine,
  LawReference,
} from "./explain.ts";
export type { FeelInput } from "./json-value.ts";
export type { ModelFault } from "./compile-model.ts";
export { loadModel, type Decided, type DecideOptions, type DecisionModel, type LoadOptions } from "./load-model.ts";
export { rulesProblems, type RulesProblem, type RulesRefusal } from "./problems.ts";
export type { Limits, Message } from "./feel/run.ts";
export {
  engineVersion,
  modelFamily,
  readValidity,
  versionOn,
  withValidity,
  type ModelFamily,
  type ModelVersion,
  type Validity,
} from "./versions.ts";
