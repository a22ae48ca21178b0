import { err, isUuid, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import {
  countOpenAskedActs,
  decideAskedAct,
  eventCount,
  insertAskedAct,
  lockAskedAct,
  openAskedActOf,
  openAskedActs,
  type AskedAct,
} from "./store-asked-acts.ts";

/** What somebody asks for that takes a second person. */
export interface ActWish {
  readonly act: string;
  readonly subject: string;
  /** For an instruction: the number of events the officer saw. */
  readonly seq?: number | undefined;
  readonly detail: Readonly<Record<string, string>>;
  readonly by: string;
}

/**
 * Keeps an act with money until a second person answers. One may wait for each subject: the same wish of the same person
 * again, or a second click, answers the first; anything else finds that the payment changed.
 */
export async function askAct(
  payments: Payments,
  wish: ActWish,
): Promise<Result<{ readonly id: string }, PaymentsRefusal<"payment-changed" | "evidence-missing">>> {
  const { act, subject, seq, detail, by } = wish;
  if (by.trim() === "" || Object.values(detail).some((text) => text.length > 500))
    return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const askedAt = payments.clock.now();
    const id = uuidV7(askedAt);
    const stored = await insertAskedAct(tx, { id, act, subject, seq: seq ?? null, detail, askedBy: by, askedAt });
    if (!stored) {
      const open = await openAskedActOf(tx, subject);
      return open?.act === act && open.askedBy === by ? ok({ id: open.id }) : err({ code: "payment-changed" });
    }
    if (seq !== undefined && (await eventCount(tx, subject)) !== seq) {
      await decideAskedAct(tx, id, { by, at: askedAt, outcome: "declined" });
      return err({ code: "payment-changed" });
    }
    return ok({ id });
  });
}

/**
 * A second person's answer on the page of one of `subjects` (the attempts of one payment): what was asked for something else
 * is not answered there. `run` is the act itself; it must be safe to repeat, since a kill between it and the mark that it
 * was done leaves the act open. A declined act may be declined by whoever asked, too: that takes it back.
 */
export async function answerAct(
  payments: Payments,
  answer: { readonly id: string; readonly subjects: readonly string[]; readonly by: string; readonly agree: boolean },
  run: (act: AskedAct) => Promise<Result<unknown, Refusal>>,
): Promise<Result<AskedAct, Refusal>> {
  const { id, subjects, by, agree } = answer;
  if (!isUuid(id)) return err({ code: "payment-changed" });
  return payments.database.transaction<Result<AskedAct, Refusal>>(async (tx) => {
    const act = await lockAskedAct(tx, id);
    if (!act || !subjects.includes(act.subject)) return err({ code: "payment-changed" });
    if (act.outcome !== null) {
      const same = act.decidedBy === by && act.outcome === (agree ? "done" : "declined");
      return same ? ok(act) : err({ code: "payment-changed" });
    }
    if (agree) {
      if (act.askedBy === by) return err({ code: "same-person" });
      if (act.seq !== null && (await eventCount(tx, act.subject)) !== act.seq) return err({ code: "payment-changed" });
      const done = await run(act);
      if (!done.ok) return done;
    }
    await decideAskedAct(tx, id, { by, at: payments.clock.now(), outcome: agree ? "done" : "declined" });
    return ok(act);
  });
}

/** Acts that wait for a second person, oldest first. */
export function askedActs(payments: Payments, limit: number = 100): Promise<AskedAct[]> {
  return openAskedActs(payments.database, limit);
}

/** The act that waits for this subject, if one does. */
export function askedActOf(payments: Payments, subject: string): Promise<AskedAct | undefined> {
  return openAskedActOf(payments.database, subject);
}

export function countAskedActs(payments: Payments): Promise<number> {
  return countOpenAskedActs(payments.database);
}
