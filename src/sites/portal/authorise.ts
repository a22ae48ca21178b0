import type { Policies, PolicyEntity, PolicyRequest, Session } from "#identity";
import type { Result, Refusal } from "#kernel";
import type { RuleDraft } from "#services";
import type { OpenCase } from "./desk-case.ts";

/** What an officer wishes to do with a case. */
export type CaseAction = "case:view" | "case:decide" | "case:release" | "case:return";

/** A case as policies see it. */
function caseEntity({ state, definition }: OpenCase): PolicyEntity {
  const person = (id: string): PolicyEntity => ({ type: "Person", id });
  const parties = [...new Set([state.principal.person, state.applicant.person])].map(person);
  const decidedBy =
    state.decision?.outcome === "approved" ? state.events.findLast(({ type }) => type === "approved") : undefined;
  return {
    type: "Case",
    id: state.id,
    attributes: {
      agency: { type: "Agency", id: definition.metadata.agency },
      service: definition.id,
      parties,
      decidedBy: decidedBy?.actor.person ? person(decidedBy.actor.person) : undefined,
    },
  };
}

/** A wish as policies judge it, with how surely and how long ago the one who asks proved who they are. */
export async function requestOf(
  policies: Policies,
  session: Session,
  action: string,
  resource: PolicyEntity,
): Promise<PolicyRequest> {
  const { acr, authTime, keySince } = session;
  return {
    principal: await policies.principal(session),
    action,
    resource,
    proof: { acr, authTime, ...(keySince && { keySince }) },
  };
}

/** Judges and records what an officer wishes to do with a case. */
export async function mayWithCase(
  policies: Policies,
  session: Session,
  action: CaseAction,
  opened: OpenCase,
): Promise<Result<unknown, Refusal>> {
  return policies.decide(await requestOf(policies, session, action, caseEntity(opened)), session.person.id);
}

/** Whether a page should offer it: judged without a record. The refusal's code, or `undefined` when it is allowed. */
export async function refusedWithCase(
  policies: Policies,
  session: Session,
  action: CaseAction,
  opened: OpenCase,
): Promise<string | undefined> {
  const judged = policies.may(await requestOf(policies, session, action, caseEntity(opened)));
  return judged.allowed ? undefined : (judged.reason ?? "not-permitted");
}

/** Whether the signed-in person may open their agency's desk. Only a refusal is recorded: each page of the desk asks. */
export async function mayOpenDesk(
  policies: Policies,
  session: Session,
  agency: string,
): Promise<Result<unknown, Refusal>> {
  const request = await requestOf(policies, session, "desk:open", { type: "Agency", id: agency });
  const judged = policies.may(request);
  return judged.allowed ? { ok: true, value: undefined } : policies.decide(request, session.person.id);
}

/** Whether a page should offer the agency's staff to look at, or to change: judged without a record. */
export async function mayOpenStaff(policies: Policies, session: Session): Promise<boolean> {
  return mayAtAgency(policies, session, "staff:open");
}

export async function mayArrangeStaff(policies: Policies, session: Session): Promise<boolean> {
  return mayAtAgency(policies, session, "staff:arrange");
}

async function mayAtAgency(policies: Policies, session: Session, action: string): Promise<boolean> {
  if (!session.officer || session.acting) return false;
  const agency = { type: "Agency", id: session.officer.agency };
  return policies.may(await requestOf(policies, session, action, agency)).allowed;
}

/** Judges and records that somebody wishes to look up who could act for whom. */
export async function mayReadPowers(
  policies: Policies,
  session: Session,
  operator: string,
): Promise<Result<unknown, Refusal>> {
  // Whoever is not on duty has no place in the policies' schema; they read that they are no officer.
  if (!session.officer || session.acting) return { ok: false, error: { code: "not-an-officer" } };
  const resource = { type: "Site", id: "portal", attributes: { agency: { type: "Agency", id: operator } } };
  return policies.decide(await requestOf(policies, session, "powers:read", resource), session.person.id);
}

/** What a rule keeper wishes to do with a draft. */
export type RuleAction = "rules:activate" | "rules:withdraw";

/** Whether a page should offer the changes of the agency's rules: judged without a record. */
export function mayKeepRules(policies: Policies, session: Session): Promise<boolean> {
  return mayAtAgency(policies, session, "rules:open");
}

/** Whether somebody may see the changes of their agency's rules. Only a refusal is recorded: each page of them asks. */
export async function mayOpenRules(policies: Policies, session: Session): Promise<Result<unknown, Refusal>> {
  const agency = { type: "Agency", id: session.officer?.agency ?? "none" };
  const request = await requestOf(policies, session, "rules:open", agency);
  const judged = policies.may(request);
  return judged.allowed ? { ok: true, value: undefined } : policies.decide(request, session.person.id);
}

/** Whether a page should offer the agency's cases: judged without a record. */
export function mayWorkCases(policies: Policies, session: Session): Promise<boolean> {
  return mayAtAgency(policies, session, "desk:open");
}

/** Judges and records that somebody drafts a change of their agency's rules. */
export async function mayDraftRules(policies: Policies, session: Session): Promise<Result<unknown, Refusal>> {
  const agency = { type: "Agency", id: session.officer?.agency ?? "none" };
  return policies.decide(await requestOf(policies, session, "rules:draft", agency), session.person.id);
}

/** Judges and records what somebody wishes to do with a draft of a rule. */
export async function mayActOnRule(
  policies: Policies,
  session: Session,
  action: RuleAction,
  draft: RuleDraft,
): Promise<Result<unknown, Refusal>> {
  return policies.decide(await requestOf(policies, session, action, draftEntity(draft)), session.person.id);
}

/** Whether a page should offer it: judged without a record. The refusal's code, or `undefined` when it is allowed. */
export async function refusedOnRule(
  policies: Policies,
  session: Session,
  action: RuleAction,
  draft: RuleDraft,
): Promise<string | undefined> {
  const judged = policies.may(await requestOf(policies, session, action, draftEntity(draft)));
  return judged.allowed ? undefined : (judged.reason ?? "not-permitted");
}

function draftEntity({ id, agency, drafted }: RuleDraft): PolicyEntity {
  return {
    type: "RuleDraft",
    id,
    attributes: { agency: { type: "Agency", id: agency }, draftedBy: { type: "Person", id: drafted.person } },
  };
}

/** Whether an officer may see what waits for a decision on relying parties. Only a refusal is recorded. */
export async function mayOpenClients(policies: Policies, session: Session): Promise<Result<unknown, Refusal>> {
  const judged = policies.may(await clientRequest(policies, session));
  return judged.allowed ? { ok: true, value: undefined } : mayDecideOnClients(policies, session);
}

/** Judges and records whether an officer may let relying parties sign in real people. */
export async function mayDecideOnClients(policies: Policies, session: Session): Promise<Result<unknown, Refusal>> {
  return policies.decide(await clientRequest(policies, session), session.person.id);
}

function clientRequest(policies: Policies, session: Session): Promise<PolicyRequest> {
  const agency = session.officer?.agency ?? "none";
  return requestOf(policies, session, "client:decide", { type: "Agency", id: agency });
}

/** Whether a decision may be explained to the one who asks. */
export async function mayExplain(
  policies: Policies,
  session: Session,
  concerns: string,
  agency: string | undefined,
): Promise<boolean> {
  const resource: PolicyEntity = {
    type: "Decision",
    id: concerns,
    attributes: {
      concerns: { type: "Person", id: concerns },
      agency: agency === undefined ? undefined : { type: "Agency", id: agency },
    },
  };
  return policies.may(await requestOf(policies, session, "decision:explain", resource)).allowed;
}
