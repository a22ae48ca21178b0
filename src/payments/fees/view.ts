import type { PublicCharge } from "./contract.ts";
import type { Fees } from "./open.ts";
import { liveStates, publicCharge, type ChargeState } from "./states.ts";
import {
  chargeById,
  chargesOf,
  eventsOfCharge,
  feeById,
  feeByReference,
  type Charge,
  type ChargeEventRow,
  type Fee,
} from "./store.ts";
import {
  contradictions,
  countFeesOfPayer,
  feesOfPayer,
  findCharges,
  sumCharges,
  type ChargeLine,
  type ChargeSearch,
} from "./store-lists.ts";

/** Where a fee stands: what its charge is, or `to-pay` and `closed` where none holds it. */
export type FeeState = "to-pay" | "closed" | PublicCharge;

export interface FeeView {
  readonly fee: Fee;
  readonly state: FeeState;
  /** The charge that says so: the live one, else the last that took money, else the last. */
  readonly charge: Charge | undefined;
  /** Every attempt, first to last. */
  readonly charges: readonly Charge[];
  /** When the charge that holds the fee was paid. */
  readonly paidAt: Date | undefined;
}

/** A fee and where it stands; `undefined` for one that does not exist. */
export async function viewFee(fees: Fees, id: string): Promise<FeeView | undefined> {
  const fee = await feeById(fees.database, id);
  return fee && viewOf(fees, fee);
}

/** The fee of a matter. */
export async function feeFor(fees: Fees, programme: string, reference: string): Promise<FeeView | undefined> {
  const fee = await feeByReference(fees.database, programme, reference);
  return fee && viewOf(fees, fee);
}

/** A payer's fees, newest first, a page of them. */
export async function listFees(
  fees: Fees,
  payer: string,
  page: { readonly size: number; readonly number: number },
): Promise<{ readonly fees: readonly FeeView[]; readonly total: number }> {
  const rows = await feesOfPayer(fees.database, payer, page.size, (page.number - 1) * page.size);
  return {
    fees: await Promise.all(rows.map((fee) => viewOf(fees, fee))),
    total: await countFeesOfPayer(fees.database, payer),
  };
}

async function viewOf(fees: Fees, fee: Fee): Promise<FeeView> {
  const charges = await chargesOf(fees.database, fee.id);
  const live = charges.find(({ state }) => liveStates.includes(state));
  const moneyed = charges.findLast(({ taken }) => taken !== null);
  const charge = live ?? (fee.closedAt ? moneyed : undefined) ?? charges.at(-1);
  const state = live
    ? publicCharge[live.state]
    : fee.closedAt
      ? moneyed
        ? publicCharge[moneyed.state]
        : "closed"
      : "to-pay";
  const events = charge?.taken ? await eventsOfCharge(fees.database, charge.id) : [];
  return { fee, state, charge, charges, paidAt: events.find(({ taken }) => taken !== null)?.at };
}

/** All that happened to a charge, first to last. */
export function eventsOf(fees: Fees, charge: string): Promise<ChargeEventRow[]> {
  return eventsOfCharge(fees.database, charge);
}

/** One charge as an officer of the agency sees it. */
export interface ChargeView {
  readonly fee: Fee;
  readonly charge: Charge;
  readonly events: readonly ChargeEventRow[];
}

/** A charge of the agency's fees with all that happened to it. */
export async function viewCharge(fees: Fees, agency: string, id: string): Promise<ChargeView | undefined> {
  const charge = await chargeById(fees.database, id);
  const fee = charge && (await feeById(fees.database, charge.fee));
  if (!charge || fee?.agency !== agency) return undefined;
  return { fee, charge, events: await eventsOfCharge(fees.database, id) };
}

export interface ChargeList {
  readonly charges: readonly ChargeLine[];
  readonly total: number;
  readonly sums: readonly { readonly state: ChargeState; readonly count: number; readonly taken: bigint }[];
  /** What providers said that cannot be. */
  readonly contradictions: readonly { readonly charge: string; readonly reference: string; readonly at: Date }[];
}

/** An agency's charges, newest first, a page of them; the counts are those of the same search in every state. */
export async function listCharges(
  fees: Fees,
  search: ChargeSearch,
  page: { readonly size: number; readonly number: number },
): Promise<ChargeList> {
  const { database } = fees;
  const { states, ...anyState } = search;
  const sums = await sumCharges(database, anyState);
  const total = sums
    .filter(({ state }) => !states || states.includes(state))
    .reduce((sum, { count }) => sum + count, 0);
  return {
    charges: await findCharges(database, search, page.size, (page.number - 1) * page.size),
    total,
    sums,
    contradictions: await contradictions(database, search.agency),
  };
}
