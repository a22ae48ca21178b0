import type { Sql } from "#store";
import type { Payments } from "./open.ts";
import { stateAfter, type EventFrom, type PaymentEvent, type State, type StateAfter } from "./states.ts";
import { insertEvent, type Instruction } from "./store.ts";

/** Facts of an event. Never a name, an account or an identity number: events are read by auditors. */
export type EventDetail = Readonly<Record<string, string>>;

/**
 * Moves an instruction along one edge. An event without an edge from that state does not compile.
 * @returns the instruction in its new state
 */
export async function move<From extends State, Event extends EventFrom<From>>(
  payments: Payments,
  tx: Sql,
  instruction: Instruction<From>,
  event: Event,
  by: string,
  detail: EventDetail = {},
): Promise<Instruction<StateAfter<From, Event>>> {
  const moved = await moveAlong(payments, tx, instruction, event as unknown as PaymentEvent, by, detail);
  return moved as Instruction<StateAfter<From, Event>>;
}

/**
 * The same for a state that is known only when the program runs.
 * @throws `transition-forbidden` if the graph has no such edge
 */
export async function moveAlong(
  payments: Payments,
  tx: Sql,
  instruction: Instruction,
  event: PaymentEvent,
  by: string,
  detail: EventDetail = {},
): Promise<Instruction> {
  const to = stateAfter(instruction.state, event);
  if (!to) {
    throw Object.assign(new Error(`${event} may not happen in state ${instruction.state}`), {
      code: "transition-forbidden",
    });
  }
  const at = payments.clock.now();
  await insertEvent(tx, instruction.id, { from: instruction.state, event, to, at, by, detail });
  await payments.announce(tx, {
    instruction: instruction.id,
    entitlement: instruction.entitlement,
    event,
    from: instruction.state,
    to,
    at,
    by,
  });
  return { ...instruction, state: to };
}

/** Narrows an instruction to one state, so that `move` knows which events it may be given. */
export function isIn<In extends State>(instruction: Instruction, state: In): instruction is Instruction<In> {
  return instruction.state === state;
}
