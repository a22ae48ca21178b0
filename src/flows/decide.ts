import { createHash } from "node:crypto";
import { cancelPayment, grantEntitlement, paymentFor, releasePayment, type PaymentView } from "#payments";
import { err, ok, type Localised, type Refusal, type Result } from "#kernel";
import { act, mayHappen, openCase, type Actor, type Case, type Ruling, type ServiceDefinition } from "#services";
import { accountToStop } from "./check-account.ts";
import { logStep } from "./log-step.ts";
import type { Portal } from "./portal.ts";
import { refusalThrown, undoing } from "./refusal-thrown.ts";
import { rulingHash } from "./rule-on.ts";

export interface DeskCommand {
  readonly caseId: string;
  readonly actor: Actor;
  /** From the form; the same form twice acts once. */
  readonly idempotencyKey: string;
  /** The state the officer was looking at. */
  readonly expectedSeq: number;
}

/** Codes of this module, of services or of payments. */
type DecideRefusal = Refusal;

/** Approves what the rule gave on the day of sending. Decision, entitlement to the money and log entry become durable together. */
export async function approve(portal: Portal, command: DeskCommand): Promise<Result<Case, DecideRefusal>> {
  const opened = await openedWithRuling(portal, command);
  if (!opened.ok) return opened;
  const { state, definition, ruling } = opened.value;
  const may = mayHappen(definition, state, "approved", command.actor);
  if (may === "own-case") return err({ code: may });
  if (state.phase === "review" && (!ruling.eligible || ruling.amount <= 0)) return err({ code: "amount-not-decided" });
  const payout = definition.payout;
  return act(portal, {
    ...command,
    event: "approved",
    input: { ruling },
    effects: [
      async (tx, after) => {
        if (!payout) return;
        const account = after.answers[payout.account] as { institution: string; account: string };
        const granted = await grantEntitlement(
          portal.payments,
          {
            caseRef: after.number!,
            payee: {
              name: after.principal.name,
              account: { institution: account.institution, number: account.account },
            },
            amount: BigInt(ruling.amount),
            purpose: { code: payout.purpose, text: payout.text["zh-Hant"] },
            decisionHash: after.head,
            factsHash: rulingHash(after, ruling),
            approvedBy: command.actor.person!,
          },
          tx,
        );
        if (!granted.ok) throw undoing(granted.error);
      },
      logStep(portal, "decided"),
    ],
  }).catch(refusalThrown);
}

/** Refuses with grounds the person can read and answer. */
export async function refuse(
  portal: Portal,
  command: DeskCommand & { grounds: readonly Localised[]; note: string },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openedWithRuling(portal, command);
  if (!opened.ok) return opened;
  const { ruling } = opened.value;
  const { grounds, note } = command;
  return act(portal, {
    ...command,
    event: "refused",
    input: { ruling, grounds, note },
    effects: [logStep(portal, "decided")],
  });
}

/** The second pair of eyes: releases the money a colleague approved. */
export async function release(
  portal: Portal,
  command: DeskCommand & { binding: string },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openedWithPayment(portal, command);
  if (!opened.ok) return opened;
  const { state, definition, payment } = opened.value;
  const entitlementId = payment?.entitlementId ?? "";
  const { actor, binding } = command;
  const verdict = definition.payout && (await accountToStop(portal, state, definition.payout.account));
  if (verdict) return err({ code: "account-refused", params: { verdict: verdict.result } });
  return act(portal, {
    ...command,
    event: "released",
    input: { entitlement: entitlementId },
    effects: [
      async (tx) => {
        const released = await releasePayment(
          portal.payments,
          { entitlementId, releasedBy: actor.person!, binding },
          tx,
        );
        if (!released.ok) throw undoing(released.error);
      },
      logStep(portal, "released"),
    ],
  }).catch(refusalThrown);
}

/**
 * Sends an approved case back to the caseworkers, with what they should look at again: the decision is taken back, and
 * with it the payment it allowed.
 */
export async function sendBack(
  portal: Portal,
  command: DeskCommand & { note: string },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openedWithPayment(portal, command);
  if (!opened.ok) return opened;
  const { payment } = opened.value;
  return act(portal, {
    ...command,
    event: "returned",
    input: { note: command.note },
    effects: [
      async (tx) => {
        if (!payment) return;
        const { entitlementId } = payment;
        const taken = await cancelPayment(portal.payments, { entitlementId, cancelledBy: command.actor.person! }, tx);
        if (!taken.ok) throw undoing(taken.error);
      },
      logStep(portal, "returned"),
    ],
  }).catch(refusalThrown);
}

/** The case, and what the rule gave on the day it was sent: that ruling stands, whatever rules came after. */
async function openedWithRuling(
  portal: Portal,
  { caseId }: DeskCommand,
): Promise<Result<{ state: Case; definition: ServiceDefinition; ruling: Ruling }, DecideRefusal>> {
  const opened = await openCase(portal.database, caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  const { ruling } = state;
  return ruling ? ok({ state, definition, ruling }) : err({ code: "case-wrong-phase" });
}

/** The payment that the case's approval allowed; `undefined` where there is none. */
async function openedWithPayment(
  portal: Portal,
  { caseId }: DeskCommand,
): Promise<
  Result<
    { readonly state: Case; readonly definition: ServiceDefinition; readonly payment: PaymentView | undefined },
    DecideRefusal
  >
> {
  const opened = await openCase(portal.database, caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { number } = opened.state;
  return ok({ ...opened, payment: number === null ? undefined : await paymentFor(portal.payments, number) });
}

/** What an idempotency key of a form is made of, so that the same page sent twice acts once. */
export function formKey(caseId: string, event: string, seq: number): string {
  return createHash("sha256").update(`${caseId}/${event}/${seq}`).digest("base64url");
}
