import { err, ok, type Refusal, type Result } from "#kernel";
import type { Sql } from "#store";
import { identifierPath } from "../r1/identifier.ts";
import {
  changedOf,
  enterChange,
  stepOn,
  type By,
  type Changed,
  type RightsContext,
  type StepRefusal,
} from "./enter-change.ts";
import { unknownName, type UnknownName } from "./known-names.ts";
import type { AccessRight } from "./right.ts";
import { findRight } from "./store.ts";
import { rightFrom, type RightGrant } from "./terms.ts";

export type ProposeRefusal = Refusal<"right-invalid" | "right-unknown" | "right-state"> | UnknownName;

/** How a proposal is made: ready for approval, or as a draft to go on with; perhaps in the place of a right in force. */
export interface Proposing extends By {
  readonly draft?: boolean;
  /** This one ends in the moment the new one becomes active. */
  readonly replaces?: string;
  /** A transaction that is open: the proposal is made with it or not at all. */
  readonly within?: Sql;
}

/** Writes a right down that somebody else must approve. It grants nothing yet. */
export async function proposeRight(
  context: RightsContext,
  grant: RightGrant,
  o: Proposing,
): Promise<Result<Changed, ProposeRefusal>> {
  const { member, clock } = context;
  const state = o.draft ? "draft" : "proposed";
  const made = rightFrom(grant, { member, now: clock.now(), state, ...(o.replaces ? { replaces: o.replaces } : {}) });
  if (!made.ok) return made;
  return (o.within ?? context.database).transaction(async (tx) => {
    // What is only renewed stands already.
    const unknown = o.replaces ? undefined : await unknownName(context, tx, made.value);
    if (unknown) return err(unknown);
    if (o.replaces) {
      const old = await findRight(tx, identifierPath(member), o.replaces);
      if (!old) return err({ code: "right-unknown" } as const);
      if (old.serviceCode !== made.value.serviceCode || old.provider !== made.value.provider)
        return err({ code: "right-invalid", params: { reason: "replaces" } } as const);
    }
    return ok(await enterChange(context, tx, made.value, o.draft ? "drafted" : "proposed", o));
  });
}

/** Writes a draft anew; its id and what it replaces stay. */
export async function amendRight(
  context: RightsContext,
  id: string,
  grant: RightGrant,
  o: By,
): Promise<Result<Changed, ProposeRefusal>> {
  const made = rightFrom(grant, { member: context.member, now: context.clock.now(), state: "draft" });
  if (!made.ok) return made;
  return context.database.transaction(async (tx) => {
    const unknown = await unknownName(context, tx, made.value);
    if (unknown) return err(unknown);
    const before = await findRight(tx, identifierPath(context.member), id);
    if (before && before.provider !== made.value.provider)
      return err({ code: "right-invalid", params: { reason: "subsystem" } } as const);
    const change = ({ replaces }: AccessRight): AccessRight => ({ ...made.value, ...(replaces ? { replaces } : {}) });
    const step = await stepOn(context, tx, id, "amend", { ...o, change });
    return step.ok ? ok(changedOf(step.value)) : step;
  });
}

/** Puts a draft before those who approve. */
export async function submitRight(context: RightsContext, id: string, o: By): Promise<Result<Changed, StepRefusal>> {
  const step = await context.database.transaction((tx) => stepOn(context, tx, id, "propose", o));
  return step.ok ? ok(changedOf(step.value)) : step;
}
