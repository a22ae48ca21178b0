/**
 * The answer of a use case that can be refused. Expected refusals are values; faults are thrown.
 * There is no `Result<void>`: a success returns a receipt, so that ignoring it is visible.
 */
export type Result<Value, Refused> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Refused };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function err<Refused>(error: Refused): { readonly ok: false; readonly error: Refused } {
  return { ok: false, error };
}
