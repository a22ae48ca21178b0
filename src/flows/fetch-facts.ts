import { consentById, consentCovers } from "#consent";
import { signConsentToken } from "#exchange";
import { meetsDemand, nationalIdOf, type Session } from "#identity";
import { err, ok, uuidV7, type JsonValue, type Refusal, type Result } from "#kernel";
import { act, openCase, type Case, type DataNeed, type Fact, type ServiceProblem } from "#services";
import { servicePath } from "./agreement.ts";
import { callService } from "./call-service.ts";
import { agencyOf } from "./country.ts";
import { mayGoOn, type RepresentRefusal } from "./mandates.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";
import { refusalThrown, undoing } from "./refusal-thrown.ts";

const tokenLifeMs = 60_000;

/** One source and what became of it. */
export interface FetchOutcome {
  readonly need: string;
  readonly result: Result<Fact, Refusal<FlowProblem>>;
}

/**
 * Fetches what the case still lacks, from all sources at once, under the consent in force. What arrives is kept even if
 * another source fails, so a second try asks only for what is missing.
 */
export async function fetchFacts(
  portal: Portal,
  session: Session,
  caseId: string,
): Promise<
  Result<
    { state: Case; outcomes: FetchOutcome[] },
    RepresentRefusal | Refusal<ServiceProblem | "stronger-sign-in-needed">
  >
> {
  const opened = await openCase(portal.database, caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  if (state.applicant.person !== session.person.id) return err({ code: "case-not-yours" });
  const may = mayGoOn(portal, session, state);
  if (!may.ok) return may;
  const consent = state.consentId ? await consentById(portal.database, state.consentId) : undefined;
  const covered = consentCovers(consent, state.principal.person, portal.clock.now());
  if (!covered.ok) return err({ code: "consent-needed" });

  const missing = definition.dataNeeds.filter((need) => !state.facts[need.id]);
  for (const demand of [definition.assurance?.start, ...missing.map((need) => need.assurance)]) {
    const sure = meetsDemand(session, demand, portal.clock.now());
    if (!sure.ok) return sure;
  }
  const outcomes = await Promise.all(
    missing.map(async (need) => ({ need: need.id, result: await fetchFact(portal, state, need, covered.value) })),
  );
  const facts = outcomes.flatMap(({ result }) => (result.ok ? [result.value] : []));
  if (facts.length === 0) return ok({ state, outcomes });
  const saved = await act(portal, {
    caseId,
    event: "facts-added",
    actor: { person: null, name: "Taroko", role: "system" },
    input: { facts },
    idempotencyKey: uuidV7(portal.clock.now()),
    // A consent withdrawn while sources were answering: what came is not kept.
    effects: [
      async (tx) => {
        if ((await consentById(tx, covered.value.id))?.state !== "given") throw undoing({ code: "consent-needed" });
      },
    ],
  }).catch(refusalThrown<"consent-needed">);
  return saved.ok ? ok({ state: saved.value, outcomes }) : saved;
}

async function fetchFact(
  portal: Portal,
  state: Case,
  need: DataNeed,
  consent: { id: string; at: Date; expiresAt: Date },
): Promise<Result<Fact, Refusal<FlowProblem>>> {
  const { country } = portal;
  const service = servicePath(country, need.source);
  const nationalId = await nationalIdOf(
    portal.identity,
    need.subject === "principal" ? state.principal.person : state.applicant.person,
  );
  const token =
    need.lawfulGround === "consent"
      ? await signConsentToken(
          {
            issuer: portal.member,
            consentId: consent.id,
            services: [`SERVICE:${service}`],
            subject: nationalId,
            purpose: need.purpose.code,
            legalBasis: need.legalBasis,
            fields: need.fields.map((field) => field.path),
            notBefore: consent.at,
            // As short as a call needs: after a withdrawal no token is left that a provider would take.
            expires: new Date(Math.min(consent.expiresAt.getTime(), portal.clock.now().getTime() + tokenLifeMs)),
          },
          portal.consentKey,
        )
      : undefined;
  const answer = await callService(portal.gateway, {
    service,
    path: "/v1/lookup",
    body: { [need.key]: nationalId },
    purpose: need.purpose.code,
    legalBasis: need.legalBasis,
    issue: state.number ?? state.id,
    ...(token ? { consentToken: token } : {}),
  });
  if (!answer.ok) return answer;
  // No record is an answer too: the person holds no certificate, say. The rule then says what follows.
  const row = answer.value.body ?? {};
  if (typeof row !== "object" || Array.isArray(row)) {
    return err({ code: "source-unavailable", inside: "the answer is not a row" });
  }
  const values = row as { readonly [field: string]: JsonValue | undefined };
  return ok({
    need: need.id,
    values: Object.fromEntries(need.fields.map(({ path }) => [path, values[path] ?? null])),
    agency: agencyOf(country, need.source.agency).name,
    service,
    fetchedAt: portal.clock.now().toISOString(),
    exchangeId: answer.value.exchangeId,
  });
}
