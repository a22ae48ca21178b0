import type { Refusal, Result } from "#kernel";

/** @throws the refusal, with its code and its reason in words of the command line */
export function granted<Value>(result: Result<Value, Refusal>): Value {
  if (result.ok) return result.value;
  const { code, params } = result.error;
  const reason = params?.["reason"];
  throw Object.assign(new Error(reason === undefined ? code : `${code}: ${String(reason)}`), { code });
}
