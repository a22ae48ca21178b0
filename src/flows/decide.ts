import { createHash } from "node:crypto";
import { cancelPayment, grantEntitlement, paymentFor, releasePayment } from "#payments";
import { err, type Localised, type Refusal, type Result } from "#kernel";
import { act, mayHappen, openCase, type Actor, type Case } from "#services";
import { logStep } from "./log-step.ts";
import type { Portal } from "./portal.ts";
import { refusalThrown, undoing } from "./refusal-thrown.ts";
import { ruleOn, rulingHash } from "./rule-on.ts";

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

/** Approves what the rule gives today. Decision, entitlement to the money and log entry become durable together. */
export async function approve(
  portal: Portal,
  command: DeskCommand & { note: string },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openCase(portal.database, command.caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  const ruling = ruleOn(portal, definition, state, new Date(state.submittedAt ?? portal.clock.now()));
  if (!ruling.ok) return ruling;
  const may = mayHappen(definition, state, "approved", command.actor);
  if (may === "own-case") return err({ code: may });
  if (state.phase === "review" && (!ruling.value.eligible || ruling.value.amount <= 0))
    return err({ code: "amount-not-decided" });
  const payout = definition.payout;
  return act(portal, {
    ...command,
    event: "approved",
    input: { ruling: ruling.value, note: command.note },
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
            amount: BigInt(ruling.value.amount),
            purpose: { code: payout.purpose, text: payout.text["zh-Hant"] },
            decisionHash: after.head,
            factsHash: rulingHash(after, ruling.value),
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
export function refuse(
  portal: Portal,
  command: DeskCommand & { grounds: readonly Localised[]; note: string },
): Promise<Result<Case, DecideRefusal>> {
  return decidedWithRuling(portal, command, "refused", (ruling) => ({
    ruling,
    grounds: command.grounds,
    note: command.note,
  }));
}

/** The second pair of eyes: releases the money a colleague approved. */
export async function release(
  portal: Portal,
  command: DeskCommand & { binding: string },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openCase(portal.database, command.caseId);
  if (!opened) return err({ code: "case-unknown" });
  const payment = opened.state.number ? await paymentFor(portal.payments, opened.state.number) : undefined;
  return act(portal, {
    ...command,
    event: "released",
    input: { entitlement: payment?.entitlementId ?? "" },
    effects: [
      async (tx) => {
        const released = await releasePayment(
          portal.payments,
          { entitlementId: payment?.entitlementId ?? "", releasedBy: command.actor.person!, binding: command.binding },
          tx,
        );
        if (!released.ok) throw undoing(released.error);
      },
      logStep(portal, "released"),
    ],
  }).catch(refusalThrown);
}

/** Sends an approved case back to the caseworkers: the decision is taken back, and with it the payment it allowed. */
export async function sendBack(
  portal: Portal,
  command: DeskCommand & { note: string },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openCase(portal.database, command.caseId);
  if (!opened) return err({ code: "case-unknown" });
  const payment = opened.state.number ? await paymentFor(portal.payments, opened.state.number) : undefined;
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

async function decidedWithRuling(
  portal: Portal,
  command: DeskCommand,
  event: "refused",
  input: (ruling: NonNullable<Case["ruling"]>) => {
    ruling: NonNullable<Case["ruling"]>;
    grounds: readonly Localised[];
    note: string;
  },
): Promise<Result<Case, DecideRefusal>> {
  const opened = await openCase(portal.database, command.caseId);
  if (!opened) return err({ code: "case-unknown" });
  const { state, definition } = opened;
  const ruling = ruleOn(portal, definition, state, new Date(state.submittedAt ?? portal.clock.now()));
  if (!ruling.ok) return ruling;
  return act(portal, { ...command, event, input: input(ruling.value), effects: [logStep(portal, "decided")] });
}

/** What an idempotency key of a form is made of, so that the same page sent twice acts once. */
export function formKey(caseId: string, event: string, seq: number): string {
  return createHash("sha256").update(`${caseId}/${event}/${seq}`).digest("base64url");
}
