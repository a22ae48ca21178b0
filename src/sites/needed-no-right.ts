import type { ExplainedExchange } from "#exchange";

/**
 * Whether a call was answered without being judged by any right: the metaservices, by which every member learns what an
 * agency offers. A refused call has a problem's name for its outcome, an answered one a status.
 */
export function neededNoRight({ decision, recorded }: ExplainedExchange): boolean {
  return decision === "deny" && recorded.denialReason === null && /^\d{3}$/.test(recorded.outcome ?? "");
}
