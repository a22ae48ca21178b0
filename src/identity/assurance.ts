import type { Acr } from "./contract.ts";

/** From the weakest to the strongest. */
export const acrOrder: readonly Acr[] = ["urn:taroko:loa:low", "urn:taroko:loa:substantial", "urn:taroko:loa:high"];

/** Whether a level reached satisfies a level demanded. A text that is no level of ours satisfies nothing and demands all. */
export function acrAtLeast(reached: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const has = acrOrder.indexOf(reached as Acr);
  const needs = acrOrder.indexOf(wanted as Acr);
  return has >= 0 && needs >= 0 && has >= needs;
}

/** The strongest of several levels; nothing for none. */
export function strongestAcr(levels: readonly (Acr | undefined)[]): Acr | undefined {
  return levels.reduce((best, level) => (level && !acrAtLeast(best, level) ? level : best), undefined);
}
