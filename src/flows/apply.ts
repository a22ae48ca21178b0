import { createHash } from "node:crypto";
import { consentById, consentCovers, giveConsent, type StoredConsent } from "#consent";
import { mandateAllows, mandateTitles, meetsDemand, type Session } from "#identity";
import { canonicalJson, err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import {
  act,
  nextSerial,
  openCase,
  startCase,
  unanswered,
  type Actor,
  type Case,
  type ServiceDefinition,
  type ServiceProblem,
} from "#services";
import { agreementOf } from "./agreement.ts";
import { logStep } from "./log-step.ts";
import { demandFor } from "./settle-fees.ts";
import { mayGoOn, stillRepresents } from "./mandates.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";
import { refusalThrown, undoing } from "./refusal-thrown.ts";
import { ruleOn, statedRuling } from "./rule-on.ts";

export type ApplyRefusal = Refusal<
  FlowProblem | ServiceProblem | "mandate-expired" | "mandate-scope" | "stronger-sign-in-needed"
>;

/** The applicant behind a session: the human who acts, whoever the benefit is for. */
export function applicantOf(session: Session): Actor {
  return { person: session.person.id, name: session.person.name, role: "applicant" };
}

/** Opens the draft of an application for whom the session acts for, or the one that is already open. */
export async function beginApplication(
  portal: Portal,
  session: Session,
  definition: ServiceDefinition,
): Promise<Result<Case, ApplyRefusal>> {
  const sure = meetsDemand(session, definition.assurance?.start, portal.clock.now());
  if (!sure.ok) return sure;
  const acting = session.acting;
  if (acting) {
    const allowed = mandateAllows(acting, { service: definition.id, action: "apply", at: portal.clock.now() });
    if (!allowed.ok) return allowed;
  }
  const principal = acting
    ? { person: acting.personId, name: acting.name }
    : { person: session.person.id, name: session.person.name };
  return ok(
    await startCase(portal, definition, applicantOf(session), {
      principal,
      applicant: { person: session.person.id, name: session.person.name },
      mandate: acting ? { kind: acting.kind, title: mandateTitles[acting.kind], source: acting.source.service } : null,
    }),
  );
}

/**
 * Records the consent and ties it to the case, both or neither. A second click finds the consent that is already in force,
 * also while the first is still being recorded.
 */
export async function agree(
  portal: Portal,
  session: Session,
  caseId: string,
): Promise<Result<StoredConsent, ApplyRefusal>> {
  const opened = await openCase(portal.database, caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  if (state.applicant.person !== session.person.id) return err({ code: "case-not-yours" });
  const may = mayGoOn(portal, session, state);
  if (!may.ok) return may;
  const before = await inForce(portal, state);
  if (before) return ok(before);
  // Consent, log entry and the case's step become durable together: no consent stands without the case it is for.
  const given = await giveConsent(
    portal.consent,
    {
      agreement: agreementOf(portal.country, definition),
      person: state.principal.person,
      givenBy: session.person.id,
      caseId,
      method: session.keySince ? "signed-in session, passkey" : "signed-in session, card",
    },
    async (tx, consent) => {
      const tied = await act(
        { ...portal, database: tx },
        {
          caseId,
          event: "consented",
          actor: applicantOf(session),
          input: { consentId: consent.id },
          idempotencyKey: `consent/${consent.id}`,
          expectedSeq: state.seq,
        },
      );
      if (!tied.ok) throw undoing(tied.error);
    },
  ).then(ok, refusalThrown<ServiceProblem>);
  if (given.ok || given.error.code !== "case-changed") return given;
  const meanwhile = await openCase(portal.database, caseId);
  const other = meanwhile && (await inForce(portal, meanwhile.state));
  return other ? ok(other) : given;
}

/** The consent a case rests on, while calls may be made under it. */
async function inForce(portal: Portal, state: Case): Promise<StoredConsent | undefined> {
  const consent = state.consentId ? await consentById(portal.database, state.consentId) : undefined;
  const covers = consentCovers(consent, state.principal.person, portal.clock.now());
  return covers.ok ? covers.value : undefined;
}

/** What the applicant signs: everything on the page, in canonical form, with the sources of what was not typed. */
export function applicationDocument(state: Case, definition: ServiceDefinition, ruling: JsonValue): JsonValue {
  return {
    type: "taroko-application/1",
    service: { id: definition.id, version: definition.version, definition: state.definition.hash },
    case: state.id,
    principal: state.principal.person,
    applicant: state.applicant.person,
    consent: state.consentId,
    facts: Object.values(state.facts).map((fact) => ({
      need: fact.need,
      values: fact.values,
      service: fact.service,
      exchange: fact.exchangeId,
      at: fact.fetchedAt,
    })),
    answers: state.answers,
    ruling,
    declaration: definition.declaration,
  };
}

/** Whether an application may be signed now: everything answered and fetched, and the mandate still confirmed. */
export async function readyToSign(
  portal: Portal,
  session: Session,
  caseId: string,
): Promise<Result<{ state: Case; definition: ServiceDefinition; document: JsonValue }, ApplyRefusal>> {
  const opened = await openCase(portal.database, caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  if (state.applicant.person !== session.person.id) return err({ code: "case-not-yours" });
  if (state.phase !== "draft") return err({ code: "case-wrong-phase" });
  if (unanswered(definition.questions, state.answers).length > 0) return err({ code: "answers-incomplete" });
  const sure = meetsDemand(session, definition.assurance?.send, portal.clock.now());
  if (!sure.ok) return sure;
  await portal.rules.refresh();
  const ruling = ruleOn(portal, definition, state, portal.clock.now());
  if (!ruling.ok) return ruling;
  if (definition.fee && !ruling.value.eligible) return err({ code: "nothing-to-provide" });
  const confirmed = await stillRepresents(portal, session, state);
  if (!confirmed.ok) return confirmed;
  return ok({
    state,
    definition,
    document: applicationDocument(state, definition, statedRuling(ruling.value) as unknown as JsonValue),
  });
}

/**
 * Sends a signed application: number, due date, event and log entry become durable together. What was signed must be what
 * stands in the draft now (`payloadHash`: base64url SHA-256 of the canonical document), else nothing is sent.
 */
export async function submitApplication(
  portal: Portal,
  session: Session,
  input: { caseId: string; signature: string; payloadHash: string },
): Promise<Result<Case, ApplyRefusal>> {
  const opened = await openCase(portal.database, input.caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  if (state.phase !== "draft")
    return state.applicant.person === session.person.id ? ok(state) : err({ code: "case-not-yours" });
  const confirmed = await stillRepresents(portal, session, state);
  if (!confirmed.ok) return confirmed;
  await portal.rules.refresh();
  const now = portal.clock.now();
  const ruling = ruleOn(portal, definition, state, now);
  if (!ruling.ok) return ruling;
  if (definition.fee && !ruling.value.eligible) return err({ code: "nothing-to-provide" });
  const document = applicationDocument(state, definition, statedRuling(ruling.value) as unknown as JsonValue);
  if (createHash("sha256").update(canonicalJson(document)).digest("base64url") !== input.payloadHash)
    return err({ code: "case-changed" });
  const serial = await nextSerial(portal.database, portal.country.caseSeries(definition.numberPrefix, now));
  return act(portal, {
    caseId: state.id,
    event: "submitted",
    actor: applicantOf(session),
    input: {
      number: portal.country.caseNumber(definition.numberPrefix, serial, now),
      signature: input.signature,
      payloadHash: input.payloadHash,
      ruling: ruling.value,
      dueAt: new Date(now.getTime() + definition.clock.days * 24 * 60 * 60 * 1000).toISOString(),
    },
    idempotencyKey: "submit",
    // An answer changed in another window after the comparison above would otherwise be sent without a signature.
    expectedSeq: state.seq,
    effects: [...(definition.fee ? [demandFor(portal, definition.fee)] : []), logStep(portal, "submitted")],
  }).catch(refusalThrown<ServiceProblem>);
}
