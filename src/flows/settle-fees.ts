import { carryCharges, closeFee, demandFee, feeFor, settleIfMissing, type FeeView } from "#payments";
import type { Refusal, Result } from "#kernel";
import {
  act,
  casesInPhase,
  openCase,
  type Actor,
  type Case,
  type Effect,
  type FeeRule,
  type ServiceDefinition,
} from "#services";
import { logStep } from "./log-step.ts";
import type { Portal } from "./portal.ts";
import { refusalThrown, undoing } from "./refusal-thrown.ts";
import { rulingHash } from "./rule-on.ts";

const system: Actor = { person: null, name: "Taroko", role: "system" };
const dayMs = 86_400_000;

/** The effect that demands what the rule of a sent application gave, in the transaction that sends it. Nothing is no debt. */
export function demandFor(portal: Portal, rule: FeeRule): Effect {
  return async (tx, state) => {
    const { ruling, number } = state;
    if (!ruling || !number || ruling.amount === 0) return;
    const service = portal.country.services.find(({ id }) => id === state.service)!;
    const demanded = await demandFee(
      portal.fees,
      {
        programme: rule.programme,
        reference: number,
        agency: service.metadata.agency,
        payer: state.applicant.person,
        amount: BigInt(ruling.amount),
        reason: service.metadata.title,
        law: rule.law,
        decisionHash: rulingHash(state, ruling),
        dueOn: portal.country.dayOf(new Date(portal.clock.now().getTime() + rule.dueDays * dayMs)),
      },
      tx,
    );
    if (!demanded.ok) throw undoing(demanded.error);
  };
}

/** The fee of a sent application; `undefined` where the service takes none, or the rule gave none. */
export async function feeOfCase(
  portal: Pick<Portal, "fees">,
  { fee }: ServiceDefinition,
  state: Pick<Case, "number">,
): Promise<FeeView | undefined> {
  return fee && state.number ? feeFor(portal.fees, fee.programme, state.number) : undefined;
}

/**
 * Carries fees on: asks providers, sends refunds, and tells the cases that wait for payment. Each step may be repeated.
 * @param only the case to look at, where the payer is waiting; all of them unless told
 * @returns the numbers of the cases that moved
 */
export async function settleFees(portal: Portal, only?: string): Promise<readonly string[]> {
  if (only === undefined) await carryCharges(portal.fees);
  const moved: string[] = [];
  for (const id of only === undefined ? await casesInPhase(portal.database, "to-pay") : [only]) {
    const opened = await openCase(portal.database, id);
    if (opened?.state.phase === "to-pay" && (await settleOne(portal, opened))) moved.push(opened.state.number!);
  }
  return moved;
}

/** Fetches what providers handed over for the day before, once its file is there. */
export function settleDayBefore({ fees, country, clock }: Pick<Portal, "fees" | "country" | "clock">): Promise<void> {
  return settleIfMissing(fees, country.dayOf(new Date(clock.now().getTime() - dayMs)));
}

async function settleOne(
  portal: Portal,
  { state, definition }: { state: Case; definition: ServiceDefinition },
): Promise<boolean> {
  const view = await feeOfCase(portal, definition, state);
  const step = { caseId: state.id, actor: system } as const;
  if (!view) {
    if (state.ruling?.amount !== 0) return false;
    const waived = await act(portal, {
      ...step,
      event: "fee-waived",
      input: {},
      idempotencyKey: "fee-waived",
      effects: [logStep(portal, "fee-waived")],
    });
    return waived.ok;
  }
  const { fee, charge, paidAt } = view;
  if (view.state === "paid" && charge && paidAt) {
    const paid = await act(portal, {
      ...step,
      event: "fee-paid",
      input: { fee: fee.id, charge: charge.id, paidAt: paidAt.toISOString(), amount: Number(fee.amount) },
      idempotencyKey: `fee-paid/${charge.id}`,
      effects: [logStep(portal, "fee-paid")],
    });
    return paid.ok;
  }
  if (portal.country.dayOf(portal.clock.now()) <= fee.dueOn) return false;
  const lapsed = await act(portal, {
    ...step,
    event: "fee-lapsed",
    input: { fee: fee.id },
    idempotencyKey: "fee-lapsed",
    effects: [closing(portal, fee.id, "system", "lapsed", true), logStep(portal, "fee-lapsed")],
  }).catch(refusalThrown);
  return lapsed.ok;
}

/** Takes an application back, and with it the fee that waits to be paid; a fee that was paid is no longer taken back so. */
export async function withdrawApplication(
  portal: Portal,
  { state, definition }: { readonly state: Case; readonly definition: ServiceDefinition },
  actor: Actor,
): Promise<Result<Case, Refusal>> {
  const view = await feeOfCase(portal, definition, state);
  return act(portal, {
    caseId: state.id,
    event: "withdrawn",
    actor,
    input: {},
    idempotencyKey: "withdraw",
    effects: [
      ...(view ? [closing(portal, view.fee.id, actor.person ?? "system", "withdrawn")] : []),
      logStep(portal, "withdrawn"),
    ],
  }).catch(refusalThrown);
}

function closing(portal: Portal, fee: string, by: string, reason: string, idle?: true): Effect {
  return async (tx) => {
    const closed = await closeFee(portal.fees, { fee, by, reason, ...(idle && { idle }) }, tx);
    if (!closed.ok) throw undoing(closed.error);
  };
}
