/**
 * The exchange: agencies call each other's data services, signed, judged by rights, and recorded on both sides.
 *
 * Two kinds of site live here. The **authority** (`authority/`) registers members, decides what they ask (`membership/`),
 * vouches for their gateways' keys and certificates, and signs one configuration (`configuration/`) that everybody verifies
 * by its anchor and the chain of roots from it; no call passes through it. A **gateway** (`gateway/`) stands at each agency:
 * towards the agency's own systems it speaks the X-Road REST message protocol r1 (`r1/`), towards other gateways TLS 1.3
 * with HTTP message signatures (`hop/`).
 *
 * One call, read along the files: `gateway/servers.ts` takes it; `gateway/consume.ts` checks, signs and records "sent";
 * the peer's `gateway/provide.ts` takes it in, `gateway/authenticate.ts` proves whose it is, `gateway/judge.ts` decides by
 * `rights/`, `gateway/record-received.ts` records "received", `gateway/call-service.ts` calls, compares with the service's
 * description (`contract-check/`) and keeps to the fields allowed (`fields/`); both sides close their record and write one
 * ledger entry (`gateway/evidence.ts`) before anything is released. Bodies above 1 MiB pass through a file (`body/`). What
 * is refused, and in which words: `problems.ts`, with those of contracts, rights, membership and events beside each.
 *
 * On top of calls: `events/` (published once, delivered by signed calls), `govstack/` (the same under GovStack's names),
 * `evidence-export/` (one exchange in a sealed container, and its check). For those who run a site: `operators/` (who they
 * are), `acts/` (what they did), `operation/` (what passed, how it is now, what is wrong).
 *
 * It owns the PostgreSQL schema `exchange`. At the authority: members, requests, roots, configurations. At a gateway: the
 * kept configuration, rights, evidence, kept messages, events, operational records and sums. At both: operators and acts.
 */
export { listActs, recordAct, type Act, type RecordedAct } from "./acts/store.ts";
export {
  openAuthority,
  type Admission,
  type Authority,
  type AuthorityOptions,
  type MemberRegistration,
} from "./authority/authority.ts";
export { authorityRoutes } from "./authority/routes.ts";
export { newAuthorityKey } from "./authority/keys.ts";
export { addSignature, type RootPlan } from "./authority/roots.ts";
export { type GatewayRow, type InvitationRow, type IssuedRow } from "./authority/store.ts";
export { openOwnMembership, type OwnMembership } from "./membership/own-membership.ts";
export { type AskRefusal } from "./membership/send.ts";
export { applicationStatus, applyForMembership, type Applicant } from "./membership/apply-for-membership.ts";
export { rollGatewayKey } from "./gateway/roll-key.ts";
export { type Membership } from "./membership/membership.ts";
export { requestKinds, type RequestContent, type RequestKind } from "./membership/request.ts";
export { type AskedRow, type RequestRow, type RequestState, type SentRequest } from "./membership/store.ts";
export { compareConfigurations, type ConfigurationChange } from "./configuration/compare.ts";
export { type ConfigurationStatus } from "./configuration/follow.ts";
export { publicText, type RootBody, type SignedRoot } from "./configuration/root.ts";
export { type PublicJwk } from "./authority/statement.ts";
export {
  acceptConfiguration,
  configurationState,
  type AcceptedConfiguration,
  type ConfigurationBody,
  type ConfigurationState,
  type GlobalGroup,
  type Purpose,
  type RegisteredGateway,
  type RegisteredLog,
  type RegisteredKey,
  type RegisteredMember,
  type SignedConfiguration,
  type WitnessEntry,
} from "./configuration/configuration.ts";
export { compileContract, type Contract, type ContractMode } from "./contract-check/contract.ts";
export { readDescription, type Description, type DescriptionFault } from "./contract-check/description.ts";
export { compareDescriptions, endpointsOf, type DescriptionChange } from "./contract-check/endpoints.ts";
export { fieldList } from "./fields/field-list.ts";
export { fieldNames, keepFields } from "./fields/keep-fields.ts";
export {
  keptMessages,
  openEvidenceAt,
  verifyEvidenceArchive,
  verifyEvidenceFile,
  type VerifyFileOptions,
} from "./evidence-export/evidence-files.ts";
export { type EvidenceDesk } from "./evidence-export/evidence-desk.ts";
export { type Finding as EvidenceFinding } from "./evidence-export/findings.ts";
export { type EvidenceVerdict } from "./evidence-export/verdict.ts";
export { type ArchiveVerdict as EvidenceArchiveVerdict } from "./evidence-export/verify-archive.ts";
export { type GatewayLogger } from "./gateway/context.ts";
export { gatewayKeys, keptLookupKey, publicJwkOf } from "./gateway/enrol.ts";
export { openEventDesk, type EventDesk } from "./events/desk.ts";
export { type DeliveryStatus, type EventType, type Subscription } from "./events/event.ts";
export { type Backlog } from "./events/event-store.ts";
export { type EventsOptions } from "./events/open-events.ts";
export { openGovStackAdapter, type GovStackAdapter } from "./govstack/adapter.ts";
export { govStackSettings, type GovStackSettings } from "./govstack/settings.ts";
export { forgetSubject, type Forgotten, type ForgetOptions } from "./gateway/forget.ts";
export { openGateway, type Gateway, type GatewayOptions } from "./gateway/gateway.ts";
export {
  type InProcessAnswer,
  type InProcessRequest,
  type ServiceDeclaration,
  type ServiceTarget,
  type SubjectRule,
} from "./gateway/services.ts";
export { type EvidenceRow } from "./gateway/store.ts";
export { readingsTopic, type UsageAnswer, type UsageRecord } from "./gateway/usage.ts";
export { jwkThumbprint } from "./hop/thumbprint.ts";
export { openOperators, operatorFormIsOwn, type Operators } from "./operators/operators.ts";
export { type OperatorSession } from "./operators/store.ts";
export { type Check, type Diagnosis } from "./operation/diagnose.ts";
export { type Operation, type RecordsQuestion } from "./operation/operation.ts";
export { callerPath, servicePath, type OperationalRecord } from "./operation/record.ts";
export { type Flow, type Slice, type Traffic } from "./operation/traffic.ts";
export { exchangeProblems, type ExchangeProblem } from "./problems.ts";
export {
  identifierPath,
  identifierText,
  isRegistrableCode,
  parseClientPath,
  parseServicePath,
  type ClientId,
  type MemberId,
  type ServiceId,
  type SubsystemId,
} from "./r1/identifier.ts";
export { type Endpoint } from "./r1/metaservices.ts";
export {
  checkConsentToken,
  signConsentToken,
  type ConsentClaims,
  type ConsentGrant,
  type ConsentKey,
  type ConsentQuestion,
  type ConsentRefusal,
} from "./rights/consent-token.ts";
export { type ExplainedExchange, type Judgement, type SupposedCall } from "./rights/explain.ts";
export { authorsOf } from "./rights/approve.ts";
export { advice, allSteps, type JudgedStep, type RightVerdict } from "./rights/explanation.ts";
export { type LocalGroup } from "./rights/group-store.ts";
export { keptDirectory } from "./rights/kept-directory.ts";
export { possibleActs, samePerson, type RightAct } from "./rights/lifecycle.ts";
export { openRights, type Rights } from "./rights/open-rights.ts";
export { quotaText, readDate, readGrant, readQuota, writtenOf, type WrittenGrant } from "./rights/read-grant.ts";
export { type DueRight } from "./rights/review.ts";
export {
  subjectText,
  type AccessRight,
  type PayloadCheck,
  type Quota,
  type RightState,
  type RightSubject,
} from "./rights/right.ts";
export { type ChangedDecision, type Simulation, type SupposedChange } from "./rights/simulate.ts";
export { type RightChange } from "./rights/store.ts";
export { readTimeWindow, timeWindowText, type TimeWindow } from "./rights/time-window.ts";
export { globWarnings, type RightGrant } from "./rights/terms.ts";
export { type PublishedTerms, type TrafficKind } from "./rights/traffic-store.ts";
export { type FieldReader } from "./rights/who-reads.ts";
