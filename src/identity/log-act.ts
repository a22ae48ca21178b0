import { randomBytes } from "node:crypto";
import { canonicalJson, toBase64Url, type JsonValue } from "#kernel";
import {
  commitSync,
  entryInstant,
  type CredentialChanged,
  type Log,
  type MandateChanged,
  type OfficerChanged,
} from "#ledger";
import type { ActingParty } from "./contract.ts";
import type { Identity } from "./identity.ts";
import type { Sql } from "#store";
import { identityStore, type IdentityStore } from "./store.ts";

/** Where offices given and powers taken up are entered. */
export interface IdentityLog {
  readonly log: Log;
  /** Path form of the member that writes the log. */
  readonly member: string;
}

/** What opens an entry's commitments, by field: the shape that a receipt takes. */
export type Opening = Readonly<Record<string, { readonly salt: string; readonly value: string }>>;

/** Enters what happened to an office, in the transaction that changes it. The agency is public, the person is not. */
export async function logOfficer(
  identity: Pick<Identity, "clock" | "log">,
  store: IdentityStore,
  change: OfficerChanged["change"],
  o: { readonly agency: string; readonly personId: string; readonly record: string },
): Promise<void> {
  if (!identity.log) return;
  const { personId, agency } = o;
  const { opening, commitments } = committed({ rec: o.record });
  const { log, member } = identity.log;
  const at = entryInstant(identity.clock.now());
  const staged = await store.append(log, { v: 1, t: "officer.changed", at, member, agency, change, ...commitments });
  await store.putLoggedAct({ staged, kind: "officer.changed", personId, opening });
}

/** Enters that a person took up or laid down a power to act for somebody, in the transaction that changes the session. */
export async function logMandate(
  identity: Identity,
  store: IdentityStore,
  change: MandateChanged["change"],
  o: { readonly representative: string; readonly party: ActingParty },
): Promise<void> {
  if (!identity.log) return;
  const { representative, party } = o;
  const { personId: principal, name: _, ...terms } = party;
  const { opening, commitments } = committed({
    prn: principal,
    rep: representative,
    rec: canonicalJson({ representative, principal, ...(terms as unknown as Record<string, JsonValue>) }),
  });
  const { log, member } = identity.log;
  const at = entryInstant(identity.clock.now());
  const entry = { v: 1, t: "mandate.changed", at, member, change, kind: party.kind, ...commitments } as const;
  const staged = await store.append(log, entry);
  await store.putLoggedAct({ staged, kind: "mandate.changed", personId: principal, opening });
}

/**
 * Enters what happened to a mandate that a person gave, in the transaction of the step.
 * @param o.representative the person's id, or before they accept the keyed hash of their number
 */
export async function logGiven(
  identity: Identity,
  store: IdentityStore,
  change: MandateChanged["change"],
  o: { readonly principal: string; readonly representative: string; readonly kind: string; readonly record: string },
): Promise<void> {
  if (!identity.log) return;
  const { opening, commitments } = committed({ prn: o.principal, rep: o.representative, rec: o.record });
  const { log, member } = identity.log;
  const at = entryInstant(identity.clock.now());
  const entry = { v: 1, t: "mandate.changed", at, member, change, kind: o.kind, ...commitments } as const;
  const staged = await store.append(log, entry);
  await store.putLoggedAct({ staged, kind: "mandate.changed", personId: o.principal, opening });
}

/** Enters what became of a credential that stands in for a card. That it is somebody's is committed to, not told. */
export async function logCredential(
  identity: Identity,
  store: IdentityStore,
  change: CredentialChanged["change"],
  o: { readonly personId: string; readonly credentialId: string; readonly cardId: string },
): Promise<void> {
  if (!identity.log) return;
  const { personId, credentialId, cardId } = o;
  const { opening, commitments } = committed({ prn: personId, rec: canonicalJson({ personId, credentialId, cardId }) });
  const { log, member } = identity.log;
  const at = entryInstant(identity.clock.now());
  const entry = { v: 1, t: "credential.changed", at, member, change, kind: "passkey", ...commitments } as const;
  const staged = await store.append(log, entry);
  await store.putLoggedAct({ staged, kind: "credential.changed", personId, opening });
}

/** Destroys what opens entries about offices and powers to a person, in the caller's transaction; answers how many. */
export function forgetActs(tx: Sql, personId: string): Promise<number> {
  return identityStore(tx).dropLoggedActs(personId);
}

/** Commits to each value under a salt of its own, so that showing one opens no other. */
function committed<Field extends string>(
  values: Readonly<Record<Field, string>>,
): { opening: Opening; commitments: Record<Field, string> } {
  const opening: Record<string, { salt: string; value: string }> = {};
  const commitments: Partial<Record<Field, string>> = {};
  for (const [field, value] of Object.entries<string>(values) as [Field, string][]) {
    const salt = randomBytes(32);
    opening[field] = { salt: toBase64Url(salt), value };
    commitments[field] = commitSync(value, salt);
  }
  return { opening, commitments: commitments as Record<Field, string> };
}
