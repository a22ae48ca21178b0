import { err, ok, type Result } from "#kernel";
import { nextAttempt } from "./attempt.ts";
import { paymentBinding } from "./binding.ts";
import type { Account, OwnerVerdict } from "./contract.ts";
import { isIn, move, moveAll } from "./move.ts";
import { today, type Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { codesOf, reasonClass, type ReasonClass } from "./bank/reasons.ts";
import {
  entitlementById,
  eventsOf,
  instructionsInState,
  lockInstruction,
  lockInstructionsOfFile,
  lockStale,
  type Instruction,
} from "./store.ts";
import { rejectedFor, rejectedOfFile } from "./store-again.ts";
import { newestOwnerCheck } from "./store-owner-checks.ts";
import { isContradicted } from "./bank/store-reports.ts";

/** Reasons that are not the payee's: the same account may be tried again. */
const ownReasons: ReadonlySet<ReasonClass> = new Set<ReasonClass>(["our-fault", "treasury", "next-day"]);

/**
 * Sends a file's refused payments again, as new attempts to the same accounts, because two people found that the cause is
 * gone: our format is mended, the payer's account is filled, the day is a banking day. Other refusals of the file stay.
 * Works in slices; after a kill the next call goes on.
 */
export async function sendFileAgain(
  payments: Payments,
  o: { readonly file: string; readonly by: string; readonly confirmedBy: string; readonly note: string },
): Promise<Result<{ readonly again: number }, PaymentsRefusal<"same-person" | "evidence-missing" | "not-resendable">>> {
  const { file, by, confirmedBy, note } = o;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([by, confirmedBy, note].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  let again = 0;
  let after = "";
  for (;;) {
    const slice = await payments.database.transaction(async (tx) => {
      const rows = await rejectedOfFile(tx, file, after, 200);
      for (const last of rows) {
        after = last.id;
        const { reason } = (await eventsOf(tx, last.id)).findLast(({ to }) => to === "rejected")?.detail ?? {};
        const entitlement = await entitlementById(tx, last.entitlement);
        if (!entitlement || !ownReasons.has(reasonClass(reason)) || (await isContradicted(tx, last.id))) continue;
        if (confirmedBy === entitlement.approvedBy) continue;
        const released = { by: confirmedBy, detail: { again: last.id, note } };
        const next = { account: last.account, amount: last.amount, approvedBy: by, released };
        const cheque = last.cheque ? { cheque: last.cheque } : {};
        await nextAttempt(payments, tx, { entitlement, last, event: "rerouted", by }, { ...next, ...cheque });
        again += 1;
      }
      return rows.length;
    });
    if (slice === 0) break;
  }
  return again > 0 ? ok({ again }) : err({ code: "not-resendable", params: { state: "none" } });
}

/**
 * Notes that the bank confirmed in writing that it never got a file, or some of its payments: only then may the same
 * payment leave again. Only payments that nobody has heard of (`unknown`) are meant.
 */
export async function confirmNotReceived(
  payments: Payments,
  o: {
    readonly file: string;
    /** All of the file's unknown payments, unless told. */
    readonly instructionIds?: readonly string[];
    /** The bank's letter or message: ids, no names. */
    readonly evidence: { readonly statement: string; readonly line: string };
    readonly by: string;
    readonly confirmedBy: string;
  },
): Promise<
  Result<{ readonly notReceived: number }, PaymentsRefusal<"same-person" | "evidence-missing" | "not-resendable">>
> {
  const { file, instructionIds, evidence, by, confirmedBy } = o;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([evidence.statement, evidence.line, by, confirmedBy].some((text) => text.trim() === "")) {
    return err({ code: "evidence-missing" });
  }
  return payments.database.transaction(async (tx) => {
    const wanted = instructionIds && new Set(instructionIds);
    const unknown = (await lockInstructionsOfFile(tx, file)).filter(
      (one) => isIn(one, "unknown") && (!wanted || wanted.has(one.id)),
    );
    if (unknown.length === 0) return err({ code: "not-resendable", params: { state: "none" } });
    const detail = { ...evidence, confirmedBy };
    const events = ["found-not-received"] as const;
    await moveAll(
      payments,
      tx,
      unknown.map((instruction) => ({ instruction, events, detail })),
      by,
    );
    return ok({ notReceived: unknown.length });
  });
}

/**
 * Lets payments leave again that the bank never got: the same EndToEndIds, in a new file. Their release holds, since amount,
 * payee and account are the same; two people approve that they leave.
 */
export async function approveResend(
  payments: Payments,
  o: { readonly file: string; readonly by: string; readonly confirmedBy: string },
): Promise<
  Result<{ readonly resent: number }, PaymentsRefusal<"same-person" | "evidence-missing" | "not-resendable">>
> {
  const { file, by, confirmedBy } = o;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([by, confirmedBy].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const lost = (await lockInstructionsOfFile(tx, file)).filter((one) => isIn(one, "not-received"));
    if (lost.length === 0) return err({ code: "not-resendable", params: { state: "none" } });
    const events = ["resend-approved"] as const;
    const moves = lost.map((instruction) => ({ instruction, events, detail: { confirmedBy, lost: file } }));
    await moveAll(payments, tx, moves, by);
    return ok({ resent: lost.length });
  });
}

/**
 * Sends on by itself, once each, what needs no judgement: a merged branch has a successor in the directory and the bank
 * says that the account there is the payee's (AC08, RC01); a file came after the cut-off (DT01, TM01). Approvals are carried
 * over because payee, amount and decision are the same; the events say so. Call it by the clock.
 * @param ask a fresh owner check for the payee at the successor; anything but `match` leaves it to the person
 */
export async function carryForward(payments: Payments, ask: AskOwner, limit = 100): Promise<readonly string[]> {
  const carried: string[] = [];
  const codes = codesOf("new-code", "next-day");
  for (const { id, entitlement: entitlementId } of await rejectedFor(payments.database, codes, limit)) {
    const history = await eventsOf(payments.database, id);
    const { reason } = history.findLast(({ to }) => to === "rejected")?.detail ?? {};
    const needs = reasonClass(reason);
    if (needs !== "new-code" && needs !== "next-day") continue;
    const entitlement = await entitlementById(payments.database, entitlementId);
    const last = entitlement && (await lockedOnce(payments, id));
    if (!entitlement || !last) continue;
    const account = needs === "new-code" ? successorOf(payments, last.account) : last.account;
    if (!account) continue;
    const asked = { entitlementId, caseRef: entitlement.caseRef, account };
    if (needs === "new-code" && (await ask(asked)).result !== "match") continue;
    const next = await payments.database.transaction(async (tx) => {
      const still = await lockInstruction(tx, id);
      if (!still || !isIn(still, "rejected") || (await isContradicted(tx, id))) return undefined;
      const releasedBy = history.findLast(({ event }) => event === "second-approved")?.by ?? "";
      const released = { by: "system", detail: { carried: id, releasedBy, why: needs } };
      const wanted = { account, amount: still.amount, approvedBy: still.approvedBy, released };
      const cheque = still.cheque ? { cheque: still.cheque } : {};
      const from = { entitlement, last: still, event: "rerouted", by: "system" } as const;
      return nextAttempt(payments, tx, from, { ...wanted, ...cheque });
    });
    if (next) carried.push(next.id);
  }
  return carried;
}

function lockedOnce(payments: Payments, id: string): Promise<Instruction | undefined> {
  return payments.database.transaction((tx) => lockInstruction(tx, id));
}

/** The account at the institution that follows, if the directory of today knows one that is itself in use. */
function successorOf(payments: Payments, { institution, number }: Account): Account | undefined {
  const day = today(payments);
  const checked = payments.banking.checkAccount({ institution, number }, day);
  if (checked.ok || checked.error.code !== "institution-merged") return undefined;
  const successor = checked.error.params?.["successor"];
  if (typeof successor !== "string") return undefined;
  const next = successor.length < institution.length ? successor + institution.slice(successor.length) : successor;
  const again = payments.banking.checkAccount({ institution: next, number }, day);
  return again.ok ? again.value : undefined;
}

/** Who asks the bank, for the payee whose case it is, whether an account is theirs. */
export type AskOwner = (o: {
  readonly entitlementId: string;
  readonly caseRef: string;
  readonly account: Account;
}) => Promise<OwnerVerdict>;

/**
 * Asks again, ten minutes later or more, about new accounts whose bank did not answer in time; `endHolds` goes by what it says.
 * @returns how many were asked about
 */
export async function recheckHeld(payments: Payments, ask: AskOwner, limit = 50): Promise<number> {
  const before = new Date(payments.clock.now().getTime() - 600_000);
  let asked = 0;
  for (const { entitlement: id, account } of await instructionsInState(payments.database, "held", limit)) {
    const check = await newestOwnerCheck(payments.database, account);
    const entitlement = await entitlementById(payments.database, id);
    if (!entitlement || (check && (check.result !== "unknown" || check.askedAt > before))) continue;
    await ask({ entitlementId: id, caseRef: entitlement.caseRef, account });
    asked += 1;
  }
  return asked;
}

/** Ends holds of new accounts after their time, or as soon as the bank confirms the account: then somebody can release. */
export async function endHolds(payments: Payments, limit = 100): Promise<readonly string[]> {
  const before = new Date(payments.clock.now().getTime() - payments.limits.newAccountHours * 3_600_000);
  return payments.database.transaction(async (tx) => {
    const ended: string[] = [];
    for (const held of await lockStale(tx, "held", payments.clock.now(), limit)) {
      const last = (await eventsOf(tx, held.id)).at(-1);
      if (last?.detail["reason"] !== "account-new") continue;
      const check = await newestOwnerCheck(tx, held.account);
      const confirmed = check?.result === "match" && check.askedAt > last.at;
      if (last.at > before && !confirmed) continue;
      const entitlement = (await entitlementById(tx, held.entitlement))!;
      const checked = await move(payments, tx, held, "hold-resolved", "timer", { why: confirmed ? "match" : "time" });
      const binding = paymentBinding(entitlement, held);
      await move(payments, tx, checked, "first-approved", held.approvedBy, { binding });
      ended.push(held.id);
    }
    return ended;
  });
}

/** Asks the person for another way to pay: from now on only they, or time, move the payment. A second call answers alike. */
export async function askPerson(
  payments: Payments,
  o: { readonly instructionId: string; readonly by: string },
): Promise<Result<{ readonly instructionId: string }, PaymentsRefusal<"not-reroutable">>> {
  return payments.database.transaction(async (tx) => {
    const instruction = await lockInstruction(tx, o.instructionId);
    if (!instruction) return err({ code: "not-reroutable", params: { state: "none" } });
    if (isIn(instruction, "rejected")) await move(payments, tx, instruction, "person-asked", o.by);
    else if (isIn(instruction, "returned")) await move(payments, tx, instruction, "person-asked", o.by);
    else if (!isIn(instruction, "waiting-for-person")) {
      return err({ code: "not-reroutable", params: { state: instruction.state } });
    }
    return ok({ instructionId: instruction.id });
  });
}

/** Stops a payment whose payee has died: the heirs' procedure leads to a decision and an entitlement of its own. Two people. */
export async function stopForHeirs(
  payments: Payments,
  o: { readonly instructionId: string; readonly note: string; readonly by: string; readonly confirmedBy: string },
): Promise<
  Result<{ readonly instructionId: string }, PaymentsRefusal<"same-person" | "evidence-missing" | "not-reroutable">>
> {
  const { instructionId, note, by, confirmedBy } = o;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([note, by, confirmedBy].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const instruction = await lockInstruction(tx, instructionId);
    const state = instruction?.state ?? "none";
    const last = (await eventsOf(tx, instructionId)).at(-1);
    if (last?.event === "stopped-for-heirs" && last.by === by) return ok({ instructionId });
    const stoppable = state === "rejected" || state === "returned" || state === "waiting-for-person";
    if (!instruction || !stoppable) return err({ code: "not-reroutable", params: { state } });
    const events = ["stopped-for-heirs"] as const;
    await moveAll(payments, tx, [{ instruction, events, detail: { note, confirmedBy } }], by);
    return ok({ instructionId });
  });
}
