/**
 * Public services: what a service is (a definition that is data), and the cases that run under it.
 *
 * A case is an append-only chain of events; its state is a pure reduction of them, and one function (`mayHappen`) says
 * who may cause which event when, for the buttons on the page and for the server alike. The module owns the schema
 * `services`. It knows nothing of exchanges, consents, rules or money: what an event entails elsewhere is given to `act`
 * as effects, which commit with the event or not at all. The journeys through the modules live in `flows`.
 */
import type { Database } from "#store";
import { migrate } from "#store";

export {
  act,
  chainIsWhole,
  definitionHash,
  openCase,
  startCase,
  type Act,
  type Effect,
  type ServicesContext,
} from "./act.ts";
export { readAnswer, unanswered, type AccountCheck, type AnswerFault, type ScheduleItems } from "./answer.ts";
export {
  availableEvents,
  mayHappen,
  reduceCase,
  type Actor,
  type Case,
  type CaseEvent,
  type EventInputs,
  type Fact,
  type Ruling,
  type RulingBasis,
} from "./case.ts";
export { checkDefinition, type Finding } from "./check-definition.ts";
export type {
  CaseEventRule,
  CaseEventType,
  Clock as DecisionClock,
  DataNeed,
  DecisionBinding,
  FactKind,
  InputSource,
  LegalBasis,
  FeeRule,
  Payout,
  Phase,
  Question,
  Role,
  ServiceDefinition,
  ServiceMetadata,
} from "./definition.ts";
export { serviceProblems, type ServiceProblem } from "./problems.ts";
export {
  activatedTexts,
  insertRuleDraft,
  keepRuleText,
  lockRuleDrafts,
  markActivated,
  markEnded,
  publicRuleText,
  ruleChange,
  ruleDraft,
  ruleDraftsOf,
  ruleText,
  type RuleAct,
  type RuleDraft,
  type RuleDraftState,
  type RuleText,
} from "./rule-versions/store.ts";
export {
  changedCases,
  countPastCases,
  pastCases,
  rulingsBy,
  runningWhatIf,
  startWhatIf,
  stepWhatIf,
  whatIfOf,
  type ChangedCase,
  type Outcome,
  type PastCase,
  type WhatIf,
} from "./rule-versions/store-what-if.ts";
export {
  caseByNumber,
  casesInPhase,
  casesOf,
  dropProofs,
  lockCasesOf,
  nextSerial,
  phaseCounts,
  proofsOf,
  queueOf,
  saveProof,
  type CaseOfPerson,
  type CaseProof,
  type CaseSummary,
} from "./store.ts";

/** Brings the module's schema up to date. */
export function migrateServices(database: Database): Promise<{ ran: string[] }> {
  return migrate(database, "services", new URL("./migrations/", import.meta.url));
}
