import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Officer } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { loginStore } from "./federation/store.ts";
import { note } from "./note.ts";
import { inForceUntil, longestRoleMs, roleAt } from "./role.ts";
import { officeStore } from "./store.ts";

/**
 * Makes a person an officer of one agency, or replaces the roles they have there: the site's operator setting up, who answers
 * to nobody's policies. People are appointed by their agency's managers otherwise. Roles last a year unless told; saying again
 * what stands changes nothing.
 */
export function appointOfficer(
  identity: Identity,
  officer: Pick<Officer, "personId" | "agency" | "roles"> & { readonly validTo?: Date },
): Promise<Officer> {
  const { personId, agency, roles, validTo } = officer;
  const at = identity.clock.now();
  const until = validTo ?? new Date(at.getTime() + longestRoleMs);
  return identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    const before = await store.lockOf(personId, agency);
    const id = before?.id ?? uuidV7(at);
    if (!before) {
      const name = (await identity.store.person(personId))?.name ?? "";
      const none = { index: null, number: null, codeHash: null, until: null, teams: [] };
      await store.put({ id, agency, person: personId, name, ...none, at });
    }
    const held = before ? await store.roles([id]) : [];
    const running = held.filter((row) => roleAt(row, true, at).state === "in-force");
    const gone = held.filter(({ role }) => !roles.includes(role));
    const changed = roles.filter((role) => {
      const row = running.find((one) => one.role === role);
      return !row || (validTo !== undefined && row.held_until?.getTime() !== validTo.getTime());
    });
    const answer = { personId, agency, roles, office: id, teams: before?.teams ?? [] };
    if (changed.length + gone.length === 0) return answer;
    for (const { role } of gone) {
      await store.setTerm({ id: uuidV7(at), office: id, role, at, until: at });
      await store.dropRole(id, role);
    }
    for (const role of changed) {
      const nothingAsked = { asked_until: null, asked_by: null, asked_at: null };
      await store.putRole({ office_id: id, role, held_until: until, reviewed_at: at, ...nothingAsked });
      await store.setTerm({ id: uuidV7(at), office: id, role, at, until: inForceUntil(until, at) });
    }
    const steps = [
      ...gone.map(({ role }) => ({ what: "role-ended" as const, role })),
      ...changed.map((role) => ({ what: "role-given" as const, role })),
    ];
    await note(identity, tx, { office: id, change: running.length > 0 ? "changed" : "appointed", steps });
    return answer;
  });
}

/** Takes a person's offices away, or the one at an agency, from now on. */
export function dismissOfficer(
  identity: Identity,
  personId: string,
  agency?: string,
): Promise<Result<{ readonly dismissed: string }, Refusal<"not-an-officer">>> {
  const at = identity.clock.now();
  return identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    const duties = (await store.duties(personId, at)).filter((duty) => agency === undefined || duty.agency === agency);
    if (duties.length === 0) return err(refuse("not-an-officer"));
    for (const { office_id: office, roles } of duties) {
      for (const role of roles) await store.setTerm({ id: uuidV7(at), office, role, at, until: at });
      for (const { role } of await store.roles([office])) await store.dropRole(office, role);
      await store.end(office, at);
      await loginStore(tx).drop(office);
      await store.endSessionsOf(office, at);
      await note(identity, tx, { office, change: "dismissed", steps: [{ what: "dismissed" }] });
    }
    return ok({ dismissed: personId });
  });
}

/** The offices in which a person has roles in force now. */
export async function officesFor(identity: Identity, personId: string): Promise<Officer[]> {
  const rows = await officeStore(identity.database).duties(personId, identity.clock.now());
  return rows.map(({ office_id: office, agency, teams, roles }) => ({ personId, agency, roles, office, teams }));
}
