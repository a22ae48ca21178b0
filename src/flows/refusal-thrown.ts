import { err, type Refusal, type Result } from "#kernel";

/** Thrown inside a transaction, a refusal undoes it; `refusalThrown` makes it a value again. */
export function undoing(refusal: Refusal): Error {
  return Object.assign(new Error(`refused: ${refusal.code}`), { refusal });
}

/** For `.catch`: the refusal that a transaction was undone with. Any other fault goes on. */
export function refusalThrown<Code extends string>(fault: unknown): Result<never, Refusal<Code>> {
  const refusal = (fault as { refusal?: Refusal<Code> }).refusal;
  if (refusal) return err(refusal);
  throw fault;
}
