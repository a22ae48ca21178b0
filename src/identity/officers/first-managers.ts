import { randomInt } from "node:crypto";
import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Identity } from "../identity.ts";
import { tokenHash } from "../keys.ts";
import { refuse } from "../problems.ts";
import { note } from "./note.ts";
import { longestRoleMs } from "./role.ts";
import { officeStore } from "./store.ts";

/** An invitation not accepted within this time is over. */
export const invitationLifeMs: number = 30 * 86_400_000;
/** As many as can agree to each other's acts and review each other. */
const managersNeeded = 2;
const role = "staff-manager";
/** No letter or digit that is taken for another. */
const codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What an invitation is accepted by. */
export function newCode(): string {
  return Array.from({ length: 20 }, () => codeLetters[randomInt(codeLetters.length)]).join("");
}

/** A code as people read it. */
export function writtenCode(code: string): string {
  return code.replaceAll(/(.{5})(?=.)/g, "$1-");
}

/**
 * Invites an agency's first staff managers: the site's operator, who answers to nobody's policies, and who therefore may do it
 * only while the agency has no two. Whoever the codes are handed to accepts with their card; no number is named. Earlier
 * invitations of the operator's to the agency end, so that a lost code opens nothing.
 * @param names of as many as are missing from two, or more
 * @returns the codes, shown once and good for 30 days; `staff-has-managers`, or `staff-terms` where names are too few or no names
 */
export async function inviteManagers(
  identity: Pick<Identity, "database" | "clock">,
  agency: string,
  names: readonly string[],
): Promise<Result<readonly { readonly name: string; readonly code: string }[], Refusal>> {
  const at = identity.clock.now();
  const wanted = names.map((name) => name.trim());
  if (!wanted.every((name) => name.length > 0 && name.length <= 100) || new Set(wanted).size < wanted.length)
    return err(refuse("staff-terms", undefined, { why: "name" }));
  return identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    await store.lockAgency(agency);
    const held = (await store.holdersOf(agency, role, at)).length;
    if (held >= managersNeeded) return err(refuse("staff-has-managers"));
    if (held + wanted.length < managersNeeded) return err(refuse("staff-terms", undefined, { why: "name" }));
    for (const office of await store.operatorsInvitations(agency, role, at)) {
      for (const { role: asked } of await store.roles([office])) await store.dropRole(office, asked);
      await store.end(office, at);
      await note(identity, tx, { office, change: "changed", steps: [{ what: "withdrawn" }] });
    }
    const made = wanted.map((name) => ({ name, code: newCode(), office: uuidV7(at) }));
    for (const { name, code, office } of made) {
      await store.put({
        id: office,
        agency,
        person: null,
        name,
        index: null,
        number: null,
        codeHash: tokenHash(code),
        until: new Date(at.getTime() + invitationLifeMs),
        teams: [],
        at,
      });
      const nothingAsked = { asked_until: null, asked_by: null, asked_at: null };
      const until = new Date(at.getTime() + longestRoleMs);
      await store.putRole({ office_id: office, role, held_until: until, reviewed_at: at, ...nothingAsked });
      await note(identity, tx, {
        office,
        change: "changed",
        steps: [{ what: "invited" }, { what: "role-given", role }],
      });
    }
    return ok(made.map(({ name, code }) => ({ name, code: writtenCode(code) })));
  });
}
