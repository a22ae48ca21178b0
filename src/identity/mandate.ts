import { err, ok, type Refusal, type Result } from "#kernel";
import type { ActingParty, Mandate } from "./contract.ts";
import { refuse } from "./problems.ts";

/** What of a mandate decides what it allows. */
export type MandateTerms = Pick<Mandate | ActingParty, "scopes" | "validTo">;

/** Pure: whether a mandate has ended at an instant. One whose end cannot be read has ended. */
export function mandateEnded(mandate: Pick<MandateTerms, "validTo">, at: Date): boolean {
  const end = Date.parse(mandate.validTo);
  return Number.isNaN(end) || at.getTime() >= end;
}

/**
 * Pure: whether a mandate covers an action of a service at an instant. Asked at every use, not only when the party is
 * chosen: a mandate that ends in the middle of a session ends there.
 */
export function mandateAllows(
  mandate: MandateTerms,
  wish: { readonly service: string; readonly action: string; readonly at: Date },
): Result<{ readonly scope: string }, Refusal<"mandate-expired" | "mandate-scope">> {
  if (mandateEnded(mandate, wish.at)) return err(refuse("mandate-expired", undefined, { validTo: mandate.validTo }));
  const scope = mandate.scopes.find((one) => {
    const [service, action, ...rest] = one.split(":");
    return (
      rest.length === 0 && (service === "*" || service === wish.service) && (action === "*" || action === wish.action)
    );
  });
  if (scope === undefined)
    return err(refuse("mandate-scope", undefined, { service: wish.service, action: wish.action }));
  return ok({ scope });
}
