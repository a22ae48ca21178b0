import {
  findPerson,
  mandateAllows,
  mandatesInForce,
  nationalIdOf,
  type Mandate,
  type MandateKind,
  type Session,
} from "#identity";
import { asText, err, ok, type Clock, type JsonValue, type Refusal, type Result } from "#kernel";
import type { Case } from "#services";
import { callService } from "./call-service.ts";
import { servicePath } from "./agreement.ts";
import { startOfDay } from "./country.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** What asking the register needs of the portal. */
export type RegisterAccess = Pick<Portal, "country" | "clock" | "identity" | "gateway">;

/**
 * Whom a person may act for: under the mandates they were given here, and as the household register says now. Asked when the
 * person chooses and again when they sign: a mandate that ended in between covers nothing. The register is asked on a
 * statute's ground, so no consent is needed.
 */
export async function confirmedMandates(
  portal: RegisterAccess,
  personId: string,
): Promise<Result<Mandate[], Refusal<FlowProblem>>> {
  const { country, clock } = portal;
  const source = country.representation;
  const service = servicePath(country, source);
  const nationalId = await nationalIdOf(portal.identity, personId);
  const answer = await callService(portal.gateway, {
    service,
    path: "/v1/search",
    body: { [source.key]: nationalId },
    purpose: source.purpose,
    legalBasis: source.legalBasis,
  });
  if (!answer.ok) return answer;
  const at = clock.now().toISOString();
  const today = country.dayOf(clock.now());
  // The register's last day is a day of the country: where it is over, the mandate is, whatever day it still is in UTC.
  const standing = rowsOf(answer.value.body).filter(
    ({ valid_until: last }) => typeof last !== "string" || last >= today,
  );
  return ok([
    ...(await mandatesInForce(portal.identity, personId)),
    ...standing.map((row) => ({
      kind: asText(row["kind"]) as MandateKind,
      representative: { nationalId },
      principal: { nationalId: asText(row["principal_id"]), name: asText(row["principal_name"]) },
      source: { service, exchangeId: answer.value.exchangeId, at },
      scopes: source.scopes,
      validTo:
        typeof row["valid_until"] === "string"
          ? new Date(startOfDay(country, row["valid_until"]).getTime() + dayMs).toISOString()
          : new Date(clock.now().getTime() + dayMs).toISOString(),
    })),
  ]);
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

/** {@link mayGoOn}, and for a case of somebody else's the register is asked again: the same person, the same mandate, not over. */
export async function stillRepresents(
  portal: RegisterAccess,
  session: Pick<Session, "person" | "acting">,
  state: Pick<Case, "principal" | "service">,
): Promise<Result<true, RepresentRefusal>> {
  const may = mayGoOn(portal, session, state);
  if (!may.ok || state.principal.person === session.person.id) return may;
  const given = session.acting?.mandate;
  // A given mandate stands or falls here; the register need not be there.
  const mandates =
    given === undefined
      ? await confirmedMandates(portal, session.person.id)
      : ok((await mandatesInForce(portal.identity, session.person.id)).filter(({ mandate }) => mandate === given));
  if (!mandates.ok) return mandates;
  const wish = { service: state.service, action: "apply", at: portal.clock.now() };
  for (const mandate of mandates.value.filter(({ kind }) => kind === session.acting?.kind)) {
    // By number, not by name: two people may share one.
    const principal = await findPerson(portal.identity, mandate.principal.nationalId);
    if (principal?.id === state.principal.person && mandateAllows(mandate, wish).ok) return ok(true);
  }
  return err({ code: "not-confirmed" });
}

function rowsOf(body: JsonValue): { readonly [field: string]: JsonValue | undefined }[] {
  const rows = (body as { rows?: JsonValue } | null)?.rows;
  return Array.isArray(rows) ? (rows as { readonly [field: string]: JsonValue | undefined }[]) : [];
}
