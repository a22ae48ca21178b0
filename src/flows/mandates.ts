import { findPrincipal, mandateAllows, mandatesInForce, nationalIdOf, type Mandate, type Session } from "#identity";
import { err, ok, type Clock, type JsonValue, type Refusal, type Result } from "#kernel";
import type { Case } from "#services";
import { callService } from "./call-service.ts";
import { servicePath } from "./agreement.ts";
import { startOfDay, type RepresentationSource } from "./country.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** What asking the register needs of the portal. */
export type RegisterAccess = Pick<Portal, "country" | "clock" | "identity" | "gateway">;

/** Whom a person may act for, and the registers that could not be asked. */
export interface ConfirmedMandates {
  readonly mandates: readonly Mandate[];
  readonly missing: readonly RepresentationSource[];
}

/**
 * Whom a person may act for: under the mandates they were given here, and as the country's registers say now, all asked at
 * the same time. Asked when the person chooses and again when they sign: a mandate that ended in between covers nothing. The
 * registers are asked on a statute's ground, so no consent is needed. One that does not answer takes only its own away.
 */
export async function confirmedMandates(portal: RegisterAccess, personId: string): Promise<ConfirmedMandates> {
  const given = mandatesInForce(portal.identity, personId);
  const sources = portal.country.representation;
  const answers = await Promise.all(sources.map((source) => askSource(portal, source, personId)));
  return {
    mandates: [...(await given), ...answers.flatMap((answer) => (answer.ok ? answer.value : []))],
    missing: sources.filter((_, at) => !answers[at]!.ok),
  };
}

/** The mandates that one register confirms now. */
async function askSource(
  { country, clock, identity, gateway }: RegisterAccess,
  source: RepresentationSource,
  personId: string,
): Promise<Result<Mandate[], Refusal<FlowProblem>>> {
  const service = servicePath(country, source);
  const nationalId = await nationalIdOf(identity, personId);
  const answer = await callService(gateway, {
    service,
    path: "/v1/search",
    body: { [source.key]: nationalId },
    purpose: source.purpose,
    legalBasis: source.legalBasis,
  });
  if (!answer.ok) return answer;
  const now = clock.now();
  const today = country.dayOf(now);
  return ok(
    rowsOf(answer.value.body).flatMap((row) => {
      const said = source.read(row);
      // The register's last day is a day of the country: where it is over, the mandate is, whatever day it still is in UTC.
      if (!said || (said.lastDay !== undefined && said.lastDay < today)) return [];
      const { lastDay, ...mandate } = said;
      const end = lastDay === undefined ? now : startOfDay(country, lastDay);
      return {
        ...mandate,
        representative: { nationalId },
        source: { service, exchangeId: answer.value.exchangeId, at: now.toISOString() },
        validTo: new Date(end.getTime() + dayMs).toISOString(),
      };
    }),
  );
}

export type RepresentRefusal = Refusal<FlowProblem | "mandate-expired" | "mandate-scope">;

/**
 * Whether a session may go on with a case at an instant: it is the person's own, or they act for whom it is about now,
 * under a mandate that covers it. Having begun the draft is no ground, since a mandate may have ended meanwhile.
 */
export function mayGoOn(
  { clock }: { readonly clock: Clock },
  session: Pick<Session, "person" | "acting">,
  state: Pick<Case, "principal" | "service">,
): Result<true, RepresentRefusal> {
  if (state.principal.person === session.person.id) return ok(true);
  const { acting } = session;
  if (acting?.personId !== state.principal.person) return err({ code: "not-confirmed" });
  const allowed = mandateAllows(acting, { service: state.service, action: "apply", at: clock.now() });
  return allowed.ok ? ok(true) : allowed;
}

/** {@link mayGoOn}, and for a case of somebody else's what confirmed it is asked again: the same person, the same mandate, not over. */
export async function stillRepresents(
  portal: RegisterAccess,
  session: Pick<Session, "person" | "acting">,
  state: Pick<Case, "principal" | "service">,
): Promise<Result<true, RepresentRefusal>> {
  const may = mayGoOn(portal, session, state);
  if (!may.ok || state.principal.person === session.person.id) return may;
  const mandates = await mandatesBehind(portal, session);
  if (!mandates.ok) return mandates;
  const wish = { service: state.service, action: "apply", at: portal.clock.now() };
  return mandates.value.some((mandate) => mandateAllows(mandate, wish).ok) ? ok(true) : err({ code: "not-confirmed" });
}

/**
 * A session as it may act now: what confirmed for whom it acts is asked again, and covers what it says now. For what outlives
 * the session, such as a mandate given in a company's name.
 */
export async function confirmActing<Acting extends Pick<Session, "person" | "acting">>(
  portal: RegisterAccess,
  session: Acting,
): Promise<Result<Acting, RepresentRefusal>> {
  const { acting } = session;
  if (!acting) return ok(session);
  const mandates = await mandatesBehind(portal, session);
  if (!mandates.ok) return mandates;
  if (mandates.value.length === 0) return err({ code: "not-confirmed" });
  const scopes = [...new Set(mandates.value.flatMap((mandate) => mandate.scopes))];
  return ok({ ...session, acting: { ...acting, scopes } });
}

/** The mandates that confirm now for whom a session acts, of the same kind and by the same source. */
async function mandatesBehind(
  portal: RegisterAccess,
  { person, acting }: Pick<Session, "person" | "acting">,
): Promise<Result<Mandate[], Refusal<FlowProblem>>> {
  const source = portal.country.representation.find(
    (one) => servicePath(portal.country, one) === acting?.source.service,
  );
  // A given mandate stands or falls here, and one of a register there; no other register need answer.
  const mandates =
    acting?.mandate !== undefined
      ? ok((await mandatesInForce(portal.identity, person.id)).filter(({ mandate }) => mandate === acting.mandate))
      : source
        ? await askSource(portal, source, person.id)
        : ok([]);
  if (!mandates.ok) return mandates;
  const found: Mandate[] = [];
  for (const mandate of mandates.value.filter(({ kind }) => kind === acting?.kind)) {
    // By number, not by name: two people may share one.
    const principal = await findPrincipal(portal.identity, mandate.principal);
    if (principal !== undefined && principal.id === acting?.personId) found.push(mandate);
  }
  return ok(found);
}

function rowsOf(body: JsonValue): { readonly [field: string]: JsonValue | undefined }[] {
  const rows = (body as { rows?: JsonValue } | null)?.rows;
  return Array.isArray(rows) ? (rows as { readonly [field: string]: JsonValue | undefined }[]) : [];
}
