import { err, ok, type Refusal, type Result } from "#kernel";
import { identifierPath } from "../r1/identifier.ts";
import { stepAlone } from "./approve.ts";
import { changedOf, stepOn, type By, type Changed, type RightsContext, type StepRefusal } from "./enter-change.ts";
import { proposeRight, type ProposeRefusal } from "./propose.ts";
import type { AccessRight } from "./right.ts";
import { findRight, lockRight, overdueRights, rightsOfAgency } from "./store.ts";
import type { RightGrant } from "./terms.ts";

const day = 86_400_000;

/** A right somebody must look at, and why: the day of its review has come, it ends soon, or it waits for approval. */
export interface DueRight {
  readonly right: AccessRight;
  readonly why: "review" | "ends-soon" | "waits-for-approval";
  /** The day of the review, of the end, or nothing. */
  readonly at?: Date;
}

/** What there is to do, the most urgent first. @param withinDays how far ahead; 30 unless told */
export async function dueRights(context: RightsContext, withinDays: number = 30): Promise<DueRight[]> {
  const rights = await rightsOfAgency(context.database, identifierPath(context.member));
  const horizon = new Date(context.clock.now().getTime() + withinDays * day);
  const due = rights.flatMap((right): DueRight[] => {
    if (right.state === "proposed") return [{ right, why: "waits-for-approval" }];
    if (!["approved", "active", "suspended"].includes(right.state)) return [];
    if (right.reviewAt && right.reviewAt <= horizon) return [{ right, why: "review", at: right.reviewAt }];
    return right.validUntil <= horizon ? [{ right, why: "ends-soon", at: right.validUntil }] : [];
  });
  return due.sort((one, other) => (one.at?.getTime() ?? 0) - (other.at?.getTime() ?? 0));
}

/** Says that a right was looked at and is still needed, and when it is to be looked at next. Its end stays. */
export async function confirmRight(
  context: RightsContext,
  id: string,
  o: By & { readonly reviewAt: Date },
): Promise<Result<Changed, StepRefusal | Refusal<"right-invalid">>> {
  return context.database.transaction(async (tx) => {
    // Locked before it is looked at: another process may be about to bring its end forward.
    const right = await lockRight(tx, identifierPath(context.member), id);
    if (right && !(o.reviewAt > context.clock.now() && o.reviewAt <= right.validUntil)) {
      return err({ code: "right-invalid", params: { reason: "reviewAt" } } as const);
    }
    const change = (one: AccessRight): AccessRight => ({ ...one, reviewAt: o.reviewAt });
    const step = await stepOn(context, tx, id, "review", { ...o, change });
    return step.ok ? ok(changedOf(step.value)) : step;
  });
}

/**
 * Proposes the same right with a later end. Somebody else approves it, as at first: else a right for a day could be made
 * one for years by whoever proposed it. Until then the old one stands; then it is revoked. Also for one that has ended.
 */
export async function renewRight(
  context: RightsContext,
  id: string,
  o: By & { readonly validUntil: Date; readonly reviewAt?: Date },
): Promise<Result<Changed, ProposeRefusal>> {
  const right = await findRight(context.database, identifierPath(context.member), id);
  if (!right) return err({ code: "right-unknown" });
  if (right.state === "draft" || right.state === "proposed") {
    return err({ code: "right-state", params: { state: right.state, act: "renew" } });
  }
  const { reviewAt: _old, ...grant } = grantOf(right);
  const next: RightGrant = {
    ...grant,
    validFrom: context.clock.now(),
    validUntil: o.validUntil,
    ...(o.reviewAt ? { reviewAt: o.reviewAt } : {}),
  };
  return proposeRight(context, next, { by: o.by, ...(o.note ? { note: o.note } : {}), replaces: id });
}

/** What a right says, as something to propose. */
export function grantOf(right: AccessRight): RightGrant {
  const { id: _id, version: _version, state: _state, provider, replaces: _replaces, fields, ...rest } = right;
  return { ...rest, subsystem: decodeURIComponent(provider.split("/")[3] ?? ""), ...(fields ? { fields } : {}) };
}

/** Calls the end of every right whose last instant has passed; calls were refused from that instant on all the same. */
export async function expireRights(context: RightsContext): Promise<{ readonly expired: number }> {
  const { database, member, clock } = context;
  let expired = 0;
  for (const id of await overdueRights(database, identifierPath(member), clock.now())) {
    const step = await stepAlone(context, id, "expire", { by: "gateway" });
    if (step.ok) expired += 1; // another process of this gateway may have been first
  }
  return { expired };
}
