import { err, isUuid, ok, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { passkeyName } from "./bind.ts";
import { noteChange } from "./note.ts";
import { passkeyStore } from "./store.ts";

/** A passkey as its holder sees it. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  /** May live on several devices of the holder (a password manager keeps it). */
  readonly synced: boolean;
  readonly boundAt: Date;
  readonly usedAt?: Date;
  readonly suspended: boolean;
}

/** The person's own passkeys, oldest first. */
export async function listPasskeys(identity: Identity, personId: string): Promise<Passkey[]> {
  const rows = await passkeyStore(identity.database).passkeysOf(personId);
  return rows.map((row) => ({
    id: row.credential_id,
    name: row.name,
    synced: row.synced,
    boundAt: row.bound_at,
    ...(row.used_at && { usedAt: row.used_at }),
    suspended: row.suspended_at !== null,
  }));
}

/** Gives one of the person's own passkeys another name; of anybody else's it knows nothing. */
export async function renamePasskey(
  identity: Identity,
  session: Session,
  id: string,
  name: string,
): Promise<Result<{ readonly name: string }, Refusal<"passkey-unknown">>> {
  if (!isUuid(id)) return err(refuse("passkey-unknown"));
  return identity.database.transaction(async (tx) => {
    const keys = passkeyStore(tx);
    const key = await keys.lock(id);
    if (key?.person_id !== session.person.id) return err(refuse("passkey-unknown"));
    const kept = passkeyName(name);
    await keys.rename(id, session.person.id, kept);
    await noteChange(identity, tx, "renamed", {
      personId: session.person.id,
      credentialId: id,
      cardId: key.card_id,
      acr: session.acr,
    });
    return ok({ name: kept });
  });
}

/** Takes one of the person's own passkeys away at once, and ends the sessions it opened but the one asked from. */
export async function removePasskey(
  identity: Identity,
  session: Session,
  id: string,
): Promise<Result<{ readonly ended: number }, Refusal<"passkey-unknown">>> {
  if (!isUuid(id)) return err(refuse("passkey-unknown"));
  const at = identity.clock.now();
  return identity.database.transaction(async (tx) => {
    const keys = passkeyStore(tx);
    const key = await keys.remove(id, session.person.id, at);
    if (!key) return err(refuse("passkey-unknown"));
    const ended = await keys.endSessionsOf(id, at, session.id);
    await noteChange(identity, tx, "removed", {
      personId: session.person.id,
      credentialId: id,
      cardId: key.card_id,
      acr: session.acr,
    });
    return ok({ ended });
  });
}
