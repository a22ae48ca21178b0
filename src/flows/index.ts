/**
 * Flows: journeys that cross modules. An application's way from "may I act for her?" over consent, facts, rule,
 * signature, decision and payment to "who used her data" is written down here, one step per file; every rule and every
 * table belongs to a module below. A `Country` is everything that makes the platform one country's.
 */
export { confirmPerson } from "./confirm-person.ts";
export { agreementOf, servicePath } from "./agreement.ts";
export { agree, applicantOf, applicationDocument, beginApplication, readyToSign, submitApplication } from "./apply.ts";
export { callService, type GatewayAccess, type ServiceAnswer, type ServiceCall } from "./call-service.ts";
export {
  agencyOf,
  memberPath,
  startOfDay,
  type Agency,
  type Country,
  type LifeEvent,
  type Purpose,
  type RepresentationSource,
  type ScheduleItem,
} from "./country.ts";
export { dataUseReads, refreshDataUse, renewDataUse, usageList, usageReceipt, type DataUseAccess } from "./data-use.ts";
export { approve, formKey, refuse, release, sendBack, type DeskCommand } from "./decide.ts";
export { fetchAttributes } from "./fetch-attributes.ts";
export { fetchFacts, type FetchOutcome } from "./fetch-facts.ts";
export { forgetPerson, type ForgottenPerson } from "./forget-person.ts";
export { logStep, stepReceipt, type LoggedStep } from "./log-step.ts";
export { confirmActing, confirmedMandates, mayGoOn, type ConfirmedMandates, type RegisterAccess } from "./mandates.ts";
export type { Portal } from "./portal.ts";
export { flowProblems, type FlowProblem } from "./problems.ts";
export {
  activateRule,
  discardRule,
  draftRule,
  largestModel,
  servicesBy,
  unfitFor,
  withdrawRule,
  type RuleChange,
} from "./draft-rule.ts";
export { replayCase, replayRuling, type Replay } from "./replay.ts";
export { openRuleBook, versionFor, type RuleBook } from "./rule-book.ts";
export { rowsApplied, type RowsApplied } from "./rows-applied.ts";
export { judge, quoteItems, ruleOn, rulingHash, scheduleOf } from "./rule-on.ts";
export { carryOnWhatIf, counted, emptyTally, tryCase, type Tally, type Tried } from "./what-if.ts";
export { feeOfCase, settleDayBefore, settleFees, withdrawApplication } from "./settle-fees.ts";
export { settle, watchPayments } from "./settle.ts";
export { accountToChange } from "./check-account.ts";
