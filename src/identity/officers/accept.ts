import { err, isUuid, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { tokenHash } from "../keys.ts";
import { refuse } from "../problems.ts";
import { decideAcceptance, type StaffDesk } from "./may.ts";
import { note } from "./note.ts";
import { inForceUntil } from "./role.ts";
import { officeStore, type OfficeRow } from "./store.ts";

/** An invitation as the invited person sees it. */
export interface OfficeInvitation {
  readonly id: string;
  readonly agency: string;
  /** Those asked for, whether a second manager has agreed or not. */
  readonly roles: readonly string[];
  readonly until: Date;
}

/** The open invitations to whoever has this person's number. */
export async function invitationsOf(identity: Identity, personId: string): Promise<OfficeInvitation[]> {
  const index = await indexOf(identity, personId);
  if (!index) return [];
  const store = officeStore(identity.database);
  const rows = await store.invitedBy(index, identity.clock.now());
  const roles = Map.groupBy(await store.roles(rows.map(({ id }) => id)), (row) => row.office_id);
  return rows.map(({ id, agency, invited_until }) => ({
    id,
    agency,
    roles: (roles.get(id) ?? []).map(({ role }) => role),
    until: invited_until!,
  }));
}

/**
 * Accepts or declines an invitation: one to the person's own number by its id, any by its code. One that names another number
 * is as unknown as one that never was. What was given is in force from now on.
 */
export async function answerInvitation(
  desk: Pick<StaffDesk, "identity" | "policies" | "session">,
  which: { readonly id: string } | { readonly code: string },
  accept = true,
): Promise<Result<{ readonly agency: string; readonly office: string }, Refusal>> {
  const { identity, session } = desk;
  const store = officeStore(identity.database);
  const row =
    "id" in which ? (isUuid(which.id) ? await store.office(which.id) : undefined) : await byCode(identity, which.code);
  const index = await indexOf(identity, session.person.id);
  const theirs = row?.invited_index ? index?.equals(row.invited_index) : "code" in which;
  if (!row || !theirs || session.officeOnly || !isOpen(identity, row)) return err(refuse("staff-invitation-unknown"));
  if (accept) {
    const givers = await store.givers(row.id);
    const may = await decideAcceptance(desk, { office: row.id, agency: row.agency, givers });
    if (!may.ok) return may;
  }
  return accept ? takeOffice(identity, session, row) : decline(identity, session, row);
}

/** Makes the office of an invitation the person's. The caller has made sure that it is theirs to take. */
export function takeOffice(
  identity: Identity,
  session: Pick<Session, "person" | "acr">,
  { id, agency }: OfficeRow,
): Promise<Result<{ readonly agency: string; readonly office: string }, Refusal>> {
  const at = identity.clock.now();
  return identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    const row = await store.lock(id);
    if (!row || !isOpen(identity, row)) return err(refuse("staff-invitation-unknown"));
    if (await store.lockOf(session.person.id, agency)) return err(refuse("staff-wrong-state"));
    const [giver] = await store.givers(id);
    await store.accept(id, session.person.id);
    for (const { role, held_until, reviewed_at } of await store.roles([id]))
      if (held_until && reviewed_at)
        await store.setTerm({ id: uuidV7(at), office: id, role, at, until: inForceUntil(held_until, reviewed_at) });
    const steps = [{ what: "accepted" as const }];
    await note(identity, tx, { office: id, change: "appointed", steps, by: session, towards: giver });
    return ok({ agency, office: id });
  });
}

function decline(
  identity: Identity,
  session: Session,
  { id, agency }: OfficeRow,
): Promise<Result<{ readonly agency: string; readonly office: string }, Refusal>> {
  const at = identity.clock.now();
  return identity.database.transaction(async (tx) => {
    const store = officeStore(tx);
    const row = await store.lock(id);
    if (!row || !isOpen(identity, row)) return err(refuse("staff-invitation-unknown"));
    for (const { role } of await store.roles([id])) await store.dropRole(id, role);
    await store.end(id, at);
    await note(identity, tx, { office: id, change: "changed", steps: [{ what: "declined" }], by: session });
    return ok({ agency, office: id });
  });
}

/** The open invitation that a code opens, however it was typed. */
export async function byCode(identity: Identity, typed: string): Promise<OfficeRow | undefined> {
  const code = typed
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "");
  const row = code.length === 20 ? await officeStore(identity.database).byCode(tokenHash(code)) : undefined;
  return row && isOpen(identity, row) ? row : undefined;
}

function isOpen(identity: Identity, row: OfficeRow): boolean {
  const until = row.invited_until;
  return row.person_id === null && row.ended_at === null && until !== null && until > identity.clock.now();
}

async function indexOf(identity: Identity, personId: string): Promise<Buffer | undefined> {
  const row = await identity.store.person(personId);
  return row && identity.keys.blindIndex(identity.keys.open(row.national_id_enc, row.id));
}
