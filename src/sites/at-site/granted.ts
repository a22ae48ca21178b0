import { exchangeProblems } from "#exchange";
import type { Refusal, Result } from "#kernel";

/** What was granted. @throws with the refusal's code, saying what it means and what can be done */
export function granted<Value>(result: Result<Value, Refusal>): Value {
  if (result.ok) return result.value;
  const { code, params } = result.error;
  const entry = Object.entries(exchangeProblems).find(([known]) => known === code)?.[1];
  const reason = params?.["reason"] === undefined ? "" : `: ${String(params["reason"])}`;
  const message = entry ? `${entry.title.en} (${code}${reason}). ${entry.action.en}` : `${code}${reason}`;
  throw Object.assign(new Error(message), { code });
}
