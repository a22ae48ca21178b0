import { canonicalJson, uuidV7 } from "#kernel";
import type { OfficerChanged } from "#ledger";
import type { Sql } from "#store";
import type { Session } from "../contract.ts";
import { eventAt } from "../event.ts";
import type { Identity } from "../identity.ts";
import { logOfficer } from "../log-act.ts";
import { identityStore } from "../store.ts";
import { officeStore, type OfficeStepName } from "./store.ts";

/**
 * Keeps the steps, tells the lists of events of both whom they concern, and enters the change into the log: all in the
 * transaction that makes it.
 * @param o.by who did it; the site's operator, or time, when absent
 */
export async function note(
  identity: Pick<Identity, "clock" | "log">,
  tx: Sql,
  o: {
    readonly office: string;
    readonly change: OfficerChanged["change"];
    readonly steps: readonly { readonly what: OfficeStepName; readonly role?: string }[];
    readonly by?: Pick<Session, "person" | "acr">;
    /** The other side, where the step is the person's own. */
    readonly towards?: string | undefined;
  },
): Promise<void> {
  const at = identity.clock.now();
  const store = officeStore(tx);
  const identities = identityStore(tx);
  const { by } = o;
  const row = (await store.office(o.office))!;
  const self = by?.person.id ?? row.person_id;
  // Before it is accepted an invitation is nobody's: its maker must not learn from their own events whose number they typed.
  const other = o.towards ?? (by ? row.person_id : null);
  for (const { what, role } of o.steps) {
    await store.putStep({
      id: uuidV7(at),
      office_id: o.office,
      role: role ?? null,
      what,
      by_person: by?.person.id ?? null,
      at,
    });
    if (self !== null)
      await identities.putEvent(
        eventAt(at, {
          person_id: self,
          principal_id: other === self ? null : other,
          what: "office",
          acr: by?.acr ?? null,
          reason: what,
        }),
      );
  }
  const owner = row.person_id ?? self;
  if (owner === null) return;
  const roles = await store.roles([o.office]);
  await logOfficer(identity, identities, o.change, {
    agency: row.agency,
    personId: owner,
    record: canonicalJson({
      office: o.office,
      person: row.person_id,
      steps: o.steps.map(({ what, role = null }) => ({ what, role })),
      by: by?.person.id ?? null,
      roles: roles.map(({ role, held_until, asked_until }) => ({
        role,
        until: held_until?.toISOString() ?? null,
        asked: asked_until?.toISOString() ?? null,
      })),
    }),
  });
}

/** Keeps that something is due for a role, and tells whoever holds it and the agency's managers. Nothing changed, so no entry. */
export async function tellDue(
  identity: Pick<Identity, "clock">,
  tx: Sql,
  o: { readonly office: string; readonly agency: string; readonly role: string; readonly what: OfficeStepName },
): Promise<void> {
  const at = identity.clock.now();
  const store = officeStore(tx);
  const identities = identityStore(tx);
  const { person_id: holder } = (await store.office(o.office))!;
  await store.putStep({ id: uuidV7(at), office_id: o.office, role: o.role, what: o.what, by_person: null, at });
  const told = new Set([holder, ...(await store.holdersOf(o.agency, "staff-manager", at))]);
  for (const person of told) {
    // Each reads their own line; the managers' page says whose role it is.
    if (person !== null) await identities.putEvent(eventAt(at, { person_id: person, what: "office", reason: o.what }));
  }
}
