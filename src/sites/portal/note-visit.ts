import { saveUsage } from "#consent";
import { agencyOf, logStep, memberPath, type Portal } from "#flows";
import type { Officer, Session } from "#identity";
import { err, ok, type Refusal, type Result } from "#kernel";
import {
  act,
  mayHappen,
  type Actor,
  type Case,
  type Effect,
  type Role,
  type ServiceDefinition,
  type ServiceProblem,
} from "#services";
import { both } from "#ui";
import type { OpenCase } from "./desk-case.ts";

/** Opening the same case again within this time is the same visit, and one reading. */
const visitMs = 15 * 60 * 1000;

/** An officer on duty, with the session they work in. */
export interface Desk {
  readonly session: Session;
  readonly officer: Officer;
}

/** What the officer does in a role; without the role the actor has none, and the case refuses. */
export function actorOf(desk: Desk, role: Role): Actor {
  const held = desk.officer.roles.includes(role) ? role : "applicant";
  return { person: desk.session.person.id, name: desk.session.person.name, role: held };
}

/** Opening a case is itself a reading of the person's data: logged, and shown to the person. Unlogged, nothing is shown. */
export async function noteVisit(
  portal: Portal,
  desk: Desk,
  { state, definition }: OpenCase,
): Promise<Result<Case, Refusal<ServiceProblem>>> {
  const now = portal.clock.now();
  const role: Role = desk.officer.roles.includes("caseworker") ? "caseworker" : "approver";
  const actor = actorOf(desk, role);
  const allowed = mayHappen(definition, state, "viewed", actor);
  if (typeof allowed === "string") return err({ code: allowed });
  const seen = state.events.some(
    (event) =>
      event.type === "viewed" &&
      event.actor.person === actor.person &&
      now.getTime() - new Date(event.at).getTime() < visitMs,
  );
  if (seen) return ok(state);
  return act(portal, {
    caseId: state.id,
    event: "viewed",
    actor,
    input: { fields: Object.values(state.facts).flatMap((fact) => Object.keys(fact.values)) },
    idempotencyKey: `viewed/${desk.session.id}/${Math.floor(now.getTime() / visitMs)}`,
    effects: [logStep(portal, "viewed", () => shown(portal, desk, role, definition))],
  });
}

/** The reading as the person sees it: the data the case holds, under the purpose and law they were fetched for. */
function shown(portal: Portal, desk: Desk, role: Role, definition: ServiceDefinition): Effect {
  const { country } = portal;
  return (tx, after) => {
    const need = definition.dataNeeds.find(({ id }) => Object.hasOwn(after.facts, id));
    const agency = agencyOf(country, desk.officer.agency);
    const event = after.events.at(-1)!;
    return saveUsage(tx, after.principal.person, [
      {
        gateway: portal.member,
        id: event.id,
        at: new Date(event.at),
        record: {
          client: { id: memberPath(country, agency), name: agency.name },
          role: role === "caseworker" ? both("承辦人", "caseworker") : both("放行人", "approver"),
          holder: agency.name,
          service: "case",
          serviceTitle: both("案件內容", "The case file"),
          fields: Object.keys(after.facts),
          purpose: need?.purpose.code ?? definition.id,
          legalBasis: need?.legalBasis ?? definition.metadata.legalBasis[0]?.code ?? null,
          issue: after.id,
          outcome: "200",
          caseId: after.id,
          seq: event.seq,
        },
        receipt: null,
      },
    ]);
  };
}
