import { err, ok, type Refusal, type Result } from "#kernel";
import type { Officer, Session } from "./contract.ts";
import type { Identity } from "./identity.ts";
import { refuse } from "./problems.ts";

/** Makes a person an officer of one agency, or changes their roles. Roles that have run out count as none. */
export async function appointOfficer(
  identity: Identity,
  officer: Officer & { readonly validTo?: Date },
): Promise<Officer> {
  const { personId, agency, roles } = officer;
  await identity.store.putOfficer({
    personId,
    agency,
    roles,
    validTo: officer.validTo ?? null,
    at: identity.clock.now(),
  });
  return { personId, agency, roles };
}

/** The person's office, if they hold one now. */
export function officerFor(identity: Identity, personId: string): Promise<Officer | undefined> {
  return identity.store.officer(personId, identity.clock.now());
}

/** The office of the signed-in person, if it has the role (any of several). An officer acting for somebody is not on duty. */
export function requireOfficer(
  session: Session,
  role?: string | readonly string[],
): Result<Officer, Refusal<"not-an-officer">> {
  const { officer } = session;
  const wanted = role === undefined ? [] : typeof role === "string" ? [role] : role;
  const fits = wanted.length === 0 || wanted.some((one) => officer?.roles.includes(one));
  if (!officer || session.acting || !fits) return err(refuse("not-an-officer", undefined, { role: wanted.join(" ") }));
  return ok(officer);
}
