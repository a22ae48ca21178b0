import type { IdentityEvent } from "./contract.ts";
import type { Identity } from "./identity.ts";

/**
 * What happened with a person's identity, newest first: their sign-ins, refused ones too, for whom they acted, what they
 * signed, and who acted for them. A refused attempt is listed once it is known whose it was.
 */
export async function identityHistory(
  identity: Identity,
  personId: string,
  limit: number = 50,
  before?: Date,
): Promise<IdentityEvent[]> {
  const rows = await identity.store.events(personId, limit, before);
  return rows.map((row) => ({
    id: row.id,
    what: row.what,
    ok: row.ok,
    actor: { id: row.person_id ?? personId, name: row.actor },
    ...(row.principal_id !== null && { principal: { id: row.principal_id, name: row.principal ?? "" } }),
    ...(row.method && { method: row.method }),
    ...(row.reason !== null && { reason: row.reason }),
    // Where somebody else was is theirs to know.
    ...(row.address !== null && row.person_id === personId && { network: row.address }),
    ...(row.new_device && { newDevice: true as const }),
    at: row.at,
  }));
}
