import type { Sql } from "#store";
import type { InstructionEvent, Payments } from "./open.ts";
import { stateAfter, type EventFrom, type PaymentEvent, type State, type StateAfter } from "./states.ts";
import { insertEvent, insertEvents, type Instruction, type Step } from "./store.ts";

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
  const to = stateAfter(instruction.state, event) ?? forbidden(instruction.state, event);
  const at = payments.clock.now();
  await insertEvent(tx, instruction.id, { from: instruction.state, event, to, at, by, detail });
  const { id, entitlement, state: from } = instruction;
  await payments.announce(tx, { instruction: id, entitlement, event, from, to, at, by });
  return { ...instruction, state: to };
}

/** What shall happen to one of many instructions: events in their order, each with the same facts. */
export interface Move {
  /** As it is before these events; after earlier moves of the same list, if they name it too. */
  readonly instruction: Pick<Instruction, "id" | "entitlement" | "state">;
  readonly events: readonly PaymentEvent[];
  readonly detail?: EventDetail;
  /** Who causes it; without it whoever causes the whole. */
  readonly by?: string;
}

/**
 * Moves many instructions in one statement: thousands of payments cost little more than one.
 * @throws `transition-forbidden` if the graph lacks one of the edges; then nothing moved
 */
export async function moveAll(payments: Payments, tx: Sql, moves: readonly Move[], everybody: string): Promise<void> {
  const at = payments.clock.now();
  const steps: Step[] = [];
  const announced: InstructionEvent[] = [];
  const places = new Map<string, number>();
  for (const { instruction, events, detail = {}, by = everybody } of moves) {
    const { id, entitlement } = instruction;
    let from = instruction.state;
    for (const event of events) {
      const to = stateAfter(from, event) ?? forbidden(from, event);
      const place = (places.get(id) ?? 0) + 1;
      places.set(id, place);
      steps.push({ instruction: id, place, from, event, to, by, detail });
      announced.push({ instruction: id, entitlement, event, from, to, at, by });
      from = to;
    }
  }
  if (steps.length === 0) return;
  await insertEvents(tx, steps, at);
  await payments.announceAll(tx, announced);
}

function forbidden(state: State, event: PaymentEvent): never {
  throw Object.assign(new Error(`${event} may not happen in state ${state}`), { code: "transition-forbidden" });
}

/** Narrows an instruction to one state, so that `move` knows which events it may be given. */
export function isIn<In extends State>(instruction: Instruction, state: In): instruction is Instruction<In> {
  return instruction.state === state;
}
