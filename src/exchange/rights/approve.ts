import { err, ok, type Refusal, type Result } from "#kernel";
import type { Sql } from "#store";
import {
  changedOf,
  stepOn,
  type By,
  type Changed,
  type RightsContext,
  type StepOptions,
  type StepRefusal,
} from "./enter-change.ts";
import { samePerson } from "./lifecycle.ts";
import { changesOf, type RightChange } from "./store.ts";

export type ApproveRefusal = StepRefusal | Refusal<"approval-by-proposer" | "right-invalid">;

/** The changes that make somebody an author of what is approved. */
const authored: ReadonlySet<string> = new Set(["drafted", "proposed"]);

/** Who wrote or proposed a right, by its history; `null` for one of whom no name was kept. None of them may approve it. */
export function authorsOf(history: readonly Pick<RightChange, "change" | "by">[]): readonly (string | null)[] {
  return [...new Set(history.filter(({ change }) => authored.has(change)).map(({ by }) => by))];
}

/**
 * Approves a proposal: somebody else than those who wrote or proposed it. It grants from the next call on, unless
 * `hold` keeps it approved until it is activated. What it replaces is revoked in the same transaction.
 */
export async function approveRight(
  context: RightsContext,
  id: string,
  o: By & { readonly hold?: boolean; readonly seen?: number },
): Promise<Result<Changed, ApproveRefusal>> {
  return context.database
    .transaction(async (tx) => {
      // Locked and approved first, so that nobody changes the proposal under the approver's hand; undone if it may not be.
      const approved = await stepOn(context, tx, id, "approve", o);
      if (!approved.ok) return approved;
      const authors = authorsOf(await changesOf(tx, id));
      if (authors.some((by) => by === null || samePerson(by, o.by))) throw new NotApproved("approval-by-proposer");
      if (approved.value.validUntil <= context.clock.now()) throw new NotApproved("right-invalid");
      if (o.hold) return ok(changedOf(approved.value));
      return activate(context, tx, id, o);
    })
    .catch((fault: unknown) => {
      if (!(fault instanceof NotApproved)) throw fault;
      return fault.refusal === "right-invalid"
        ? err({ code: "right-invalid", params: { reason: "dates" } } as const)
        : err({ code: "approval-by-proposer" } as const);
    });
}

/** Ends the transaction, so that nothing of the approval stays. */
class NotApproved extends Error {
  readonly refusal: "approval-by-proposer" | "right-invalid";
  constructor(refusal: "approval-by-proposer" | "right-invalid") {
    super(refusal);
    this.refusal = refusal;
  }
}

/** Lets an approved right grant. */
export function activateRight(context: RightsContext, id: string, o: By): Promise<Result<Changed, StepRefusal>> {
  return context.database.transaction((tx) => activate(context, tx, id, o));
}

async function activate(context: RightsContext, tx: Sql, id: string, o: By): Promise<Result<Changed, StepRefusal>> {
  const active = await stepOn(context, tx, id, "activate", { by: o.by });
  if (!active.ok) return active;
  const { replaces } = active.value;
  // One that has ended meanwhile is left as it is.
  if (replaces) await stepOn(context, tx, replaces, "revoke", { by: o.by, note: `replaced by ${id}` });
  return ok(changedOf(active.value));
}

/** Sends a proposal back to its author, who may withdraw it or propose it anew. Also for the author to take it back. */
export async function rejectRight(context: RightsContext, id: string, o: By): Promise<Result<Changed, StepRefusal>> {
  return stepAlone(context, id, "reject", o);
}

/** An act of its own transaction that changes nothing but the state. */
export async function stepAlone(
  context: RightsContext,
  id: string,
  act: "reject" | "suspend" | "resume" | "revoke" | "expire",
  o: StepOptions,
): Promise<Result<Changed, StepRefusal>> {
  const step = await context.database.transaction((tx) => stepOn(context, tx, id, act, o));
  return step.ok ? ok(changedOf(step.value)) : step;
}
