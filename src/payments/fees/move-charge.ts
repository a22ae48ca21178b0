import type { Sql } from "#store";
import type { Fees } from "./open.ts";
import { chargeAfter, type ChargeEvent, type ChargeEventFrom, type ChargeGraph, type ChargeState } from "./states.ts";
import { insertChargeEvent, type Charge } from "./store.ts";

/** Who caused an event and what it rests on. Never a name, a number of a card or of a person. */
export interface Cause {
  readonly by: string;
  readonly detail?: Readonly<Record<string, string>>;
  /** What was taken, where money comes in. */
  readonly taken?: bigint;
}

/**
 * Moves a charge along one edge and books it; the fee must be locked. An event without an edge does not compile.
 * @returns the charge in its new state
 */
export async function moveCharge<From extends ChargeState, Event extends ChargeEventFrom<From>>(
  fees: Fees,
  tx: Sql,
  charge: Charge<From>,
  event: Event,
  cause: Cause,
): Promise<Charge<ChargeGraph[From][Event] & ChargeState>> {
  const moved = await moveChargeAlong(fees, tx, charge, event as unknown as ChargeEvent, cause);
  return moved as Charge<ChargeGraph[From][Event] & ChargeState>;
}

/**
 * The same for a state that is known only when the program runs.
 * @throws `transition-forbidden` if the graph has no such edge
 */
export async function moveChargeAlong(
  fees: Fees,
  tx: Sql,
  charge: Charge,
  event: ChargeEvent,
  { by, detail = {}, taken }: Cause,
): Promise<Charge> {
  const to = chargeAfter(charge.state, event);
  if (!to) {
    throw Object.assign(new Error(`${event} may not happen in state ${charge.state}`), {
      code: "transition-forbidden",
    });
  }
  const at = fees.clock.now();
  await insertChargeEvent(tx, charge.id, { from: charge.state, event, to, at, by, detail, taken: taken ?? null });
  await fees.announce(tx, { fee: charge.fee, charge: charge.id, event, to });
  return { ...charge, state: to, taken: taken ?? charge.taken };
}

/** Narrows a charge to one state, so that `moveCharge` knows which events it may be given. */
export function chargeIsIn<In extends ChargeState>(charge: Charge, state: In): charge is Charge<In> {
  return charge.state === state;
}
