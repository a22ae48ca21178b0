import type { Sql } from "#store";
import type { Acr } from "../contract.ts";
import { eventAt } from "../event.ts";
import type { Identity } from "../identity.ts";
import { logCredential } from "../log-act.ts";
import { identityStore } from "../store.ts";

/** What happens to a passkey, besides being used. */
export type PasskeyChange = "bound" | "renamed" | "removed" | "suspended";

/**
 * Tells a change to the person's list of events and, but for a new name, to the log; in the transaction that makes it.
 */
export async function noteChange(
  identity: Identity,
  tx: Sql,
  change: PasskeyChange,
  o: { readonly personId: string; readonly credentialId: string; readonly cardId: string; readonly acr: Acr | null },
): Promise<void> {
  const at = identity.clock.now();
  const store = identityStore(tx);
  await store.putEvent(
    eventAt(at, { person_id: o.personId, credential_id: o.credentialId, what: "passkey", acr: o.acr, reason: change }),
  );
  if (change !== "renamed") await logCredential(identity, store, change, o);
}
