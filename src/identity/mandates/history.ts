import type { MandateKind, MandateSource, Session } from "../contract.ts";
import { eventAt } from "../event.ts";
import type { Identity } from "../identity.ts";
import { mandateStore, type MandateRow, type StepRow } from "./store.ts";

/** A time in which somebody could act for a person, and why. */
export interface Power {
  readonly representative: { readonly id: string; readonly name: string };
  readonly kind: MandateKind;
  readonly scopes: readonly string[];
  readonly from: Date;
  /** When it ended, or will unless it is ended before. */
  readonly until: Date;
  /** The given mandate, or what a register said. */
  readonly because: { readonly mandate: string } | { readonly register: MandateSource };
}

/**
 * Who could act for a person at some time between two instants, when, and why: the given mandates as their steps had them,
 * and what registers confirmed when somebody took a power up. A register's power that nobody took up is not known here: the
 * register is, and answers for its own past.
 */
export async function powersOver(
  identity: Identity,
  principalId: string,
  between: { readonly from: Date; readonly to: Date },
): Promise<Power[]> {
  const store = mandateStore(identity.database);
  const { from, to } = between;
  const mandates = await store.inNameOf(principalId);
  const steps = Map.groupBy(await store.stepsOf(mandates.map(({ id }) => id)), ({ mandate_id }) => mandate_id);
  const given = mandates.flatMap((row) => timesOf(row, steps.get(row.id) ?? []));
  const taken = (await store.actingIn(principalId, from, to))
    .filter(({ mandate_id }) => mandate_id === null)
    .map(({ representative_id: id, representative: name, kind, scopes, source, from_at, until_at, valid_to }) => ({
      representative: { id, name },
      kind,
      scopes,
      from: from_at,
      until: until_at !== null && until_at < valid_to ? until_at : valid_to,
      because: { register: source },
    }));
  return [...given, ...taken]
    .filter((power) => power.from < to && power.until > from)
    .toSorted((a, b) => a.from.getTime() - b.from.getTime());
}

/** Tells a person, among their events, that an official looked up who could act for them. */
export async function noteLookUp(identity: Identity, session: Session, personId: string): Promise<void> {
  const at = identity.clock.now();
  await identity.store.putEvent(
    eventAt(at, {
      person_id: session.person.id,
      principal_id: personId,
      what: "looked-up",
      acr: session.acr,
      reason: session.officer?.agency ?? null,
    }),
  );
}

const oneYearMs = 366 * 86_400_000;

/** Pure: the times in which a mandate was in force, by its steps. */
export function timesOf(
  row: Pick<
    MandateRow,
    "id" | "kind" | "scopes" | "valid_from" | "valid_to" | "representative_id" | "representative_name"
  >,
  steps: readonly Pick<StepRow, "what" | "at">[],
): Power[] {
  if (row.representative_id === null) return [];
  const times: { from: Date; until: Date }[] = [];
  let since: Date | undefined;
  let confirmBy = row.valid_to;
  const close = (at: Date) => {
    const from = since && since > row.valid_from ? since : row.valid_from;
    const until = [at, confirmBy, row.valid_to].reduce((a, b) => (a < b ? a : b));
    if (since && from < until) times.push({ from, until });
    since = undefined;
  };
  for (const { what, at } of steps) {
    if (what === "accepted" || what === "confirmed") {
      // Confirmed late: it was not in force in between.
      if (since && confirmBy < at) close(at);
      confirmBy = new Date(Math.min(at.getTime() + oneYearMs, row.valid_to.getTime()));
      since ??= at;
    } else if (what === "resumed") since ??= at;
    else if (what === "suspended" || what === "revoked" || what === "resigned") close(at);
  }
  close(row.valid_to);
  const { kind, scopes } = row;
  const representative = { id: row.representative_id, name: row.representative_name };
  return times.map((time) => ({ representative, kind, scopes, ...time, because: { mandate: row.id } }));
}
