import { nationalIdOf } from "#identity";
import {
  askPerson,
  carryForward,
  closeYesterday,
  closeRecoveries,
  collectStatuses,
  deliverFiles,
  endHolds,
  makeBatchFile,
  makeFile,
  markOverdue,
  paymentFor,
  paymentsIn,
  reasonClass,
  recheckHeld,
  recheckOwner,
  type OwnerVerdict,
  type PaymentView,
  type ReasonClass,
} from "#payments";
import { act, caseByNumber, casesInPhase, openCase, type Actor, type Case } from "#services";
import { logStep } from "./log-step.ts";
import type { Portal } from "./portal.ts";

const system: Actor = { person: null, name: "Taroko", role: "system" };

/**
 * Carries released payments on: makes the bank file, hands it over, reads what the bank answers, sends again what needs no
 * judgement, and tells the cases. Each step may be repeated; after a kill the next run goes on where the last one stopped.
 * @returns the numbers of the cases that were told something
 */
export async function settle(portal: Portal): Promise<{ settled: string[] }> {
  const { payments, database } = portal;
  await endHolds(payments);
  await makeFile(payments);
  // Of a large batch some files a run: what the bank answers about the first is read meanwhile.
  for (let files = 0; files < 20 && (await makeBatchFile(payments)).ok; files += 1);
  await deliverFiles(payments, portal.bank);
  const { applied } = await collectStatuses(payments, portal.bank);
  if (applied > 0) await carryForward(payments, (wanted) => askOwner(portal, wanted));
  await closeRecoveries(payments);

  const settled: string[] = [];
  const tell = async (caseId: string | undefined): Promise<void> => {
    const state = caseId === undefined ? undefined : (await openCase(database, caseId))?.state;
    const payment = state?.number ? await paymentFor(payments, state.number) : undefined;
    if (state && payment && (await tellCase(portal, state, payment))) settled.push(state.number!);
  };
  for (const phase of ["released", "payment-failed"])
    for (const id of await casesInPhase(database, phase)) await tell(id);
  // Money that came back after its case was closed as paid.
  for (const { caseRef, instructionId, reason } of await paymentsIn(payments, "returned")) {
    const caseId = await caseByNumber(database, caseRef);
    if (caseId !== undefined) await tell(caseId);
    else if (theirs.has(reasonClass(reason))) await askPerson(payments, { instructionId, by: "system" });
  }
  return { settled };
}

/**
 * Looks after what waits: payments the bank is silent about, people who did not answer, accounts whose bank did not answer in
 * time. Closes the books of the day that is over. For a clock that runs every ten minutes or so.
 */
export async function watchPayments(portal: Portal): Promise<void> {
  await markOverdue(portal.payments);
  await carryForward(portal.payments, (wanted) => askOwner(portal, wanted));
  await recheckHeld(portal.payments, (wanted) => askOwner(portal, wanted));
  await closeYesterday(portal.payments, "system");
}

/** What only the payee, or the payee's heirs, can mend. Everything else is ours, and the case goes on. */
const theirs: ReadonlySet<ReasonClass> = new Set<ReasonClass>(["ask-person", "other-channel", "new-code"]);

async function tellCase(portal: Portal, state: Case, payment: PaymentView): Promise<boolean> {
  const { id: caseId, phase } = state;
  const { instructionId } = payment;
  if (payment.public.state === "paid" && phase !== "paid") {
    const told = await act(portal, {
      caseId,
      event: "paid",
      actor: system,
      input: { paidAt: portal.clock.now().toISOString(), reference: instructionId },
      idempotencyKey: `paid/${instructionId}`,
      effects: [logStep(portal, "paid")],
    });
    return told.ok;
  }
  const stopped = payment.public.state === "stopped" && phase === "payment-failed";
  const needs = reasonClass(payment.reason);
  const failed = payment.public.state === "not-paid" && (theirs.has(needs) || needs === "stop-heirs");
  if (failed && theirs.has(needs)) await askPerson(portal.payments, { instructionId, by: "system" });
  if (!stopped && (!failed || phase === "payment-failed")) return false;
  const told = await act(portal, {
    caseId,
    event: "payment-failed",
    actor: system,
    input: { reason: payment.public.advice ?? payment.public.text },
    idempotencyKey: `${stopped ? "stopped" : "failed"}/${instructionId}`,
    effects: [logStep(portal, "payment-failed")],
  });
  return told.ok;
}

/** A fresh owner check of an account for the person whose case it is. */
async function askOwner(
  portal: Portal,
  { caseRef, account }: { readonly caseRef: string; readonly account: { institution: string; number: string } },
): Promise<OwnerVerdict> {
  const caseId = await caseByNumber(portal.database, caseRef);
  const principal = caseId === undefined ? undefined : (await openCase(portal.database, caseId))?.state.principal;
  if (!principal || !portal.owners) return { result: "unknown" };
  const answer = await recheckOwner(portal.payments, portal.owners, {
    person: principal.person,
    account,
    holderNumber: await nationalIdOf(portal.identity, principal.person),
    holderName: principal.name,
  });
  return answer.ok ? answer.value.verdict : { result: "unknown" };
}
