import { err, ok, type Refusal, type Result } from "#kernel";
import type { Acr, AssuranceDemand, Session } from "./contract.ts";
import { refuse } from "./problems.ts";

/** From the weakest to the strongest. */
export const acrOrder: readonly Acr[] = ["urn:taroko:loa:low", "urn:taroko:loa:substantial", "urn:taroko:loa:high"];

/** Whether a level reached satisfies a level demanded. A text that is no level of ours satisfies nothing and demands all. */
export function acrAtLeast(reached: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const has = acrOrder.indexOf(reached as Acr);
  const needs = acrOrder.indexOf(wanted as Acr);
  return has >= 0 && needs >= 0 && has >= needs;
}

/** So long a proof stays at the level high; after that it is one of level substantial until it is given again. */
export const highForMs: number = 15 * 60_000;

/** So long after it was bound a passkey alone does not reach what moves money or rights. */
const newKeyMs = 86_400_000;

/** Pure: the level that a proof has now. */
export function presentAcr(acr: Acr, authTime: Date, now: Date): Acr {
  const aged = now.getTime() - authTime.getTime() > highForMs;
  return aged && acr === "urn:taroko:loa:high" ? "urn:taroko:loa:substantial" : acr;
}

/** Pure: whether a session rests on a passkey that was bound in the last 24 hours. */
export function isNewKey({ keySince }: Pick<Session, "keySince">, now: Date): boolean {
  return keySince !== undefined && now.getTime() - keySince.getTime() < newKeyMs;
}

/**
 * Whether a session's proof is strong and fresh enough. The refusal's params say what would be (`acr`), so that the person
 * can be asked for just that.
 */
export function meetsDemand(
  session: Pick<Session, "acr" | "authTime" | "keySince">,
  demand: AssuranceDemand | undefined,
  now: Date,
): Result<{ readonly acr: Acr }, Refusal<"stronger-sign-in-needed">> {
  const acr = presentAcr(session.acr, session.authTime, now);
  if (!demand) return ok({ acr });
  const needs = (wanted: Acr, why: string) => err(refuse("stronger-sign-in-needed", why, { acr: wanted }));
  if (!acrAtLeast(acr, demand.acr)) return needs(demand.acr, `reached ${acr}`);
  if (demand.highValue && isNewKey(session, now)) return needs("urn:taroko:loa:high", "the passkey is new");
  const age = now.getTime() - session.authTime.getTime();
  if (demand.maxAgeMinutes !== undefined && age > demand.maxAgeMinutes * 60_000)
    return needs(demand.acr, "the proof is too old");
  return ok({ acr });
}

/** The strongest of several levels; nothing for none. */
export function strongestAcr(levels: readonly (Acr | undefined)[]): Acr | undefined {
  return levels.reduce((best, level) => (level && !acrAtLeast(best, level) ? level : best), undefined);
}
