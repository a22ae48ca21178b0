import type { Endpoint } from "../r1/metaservices.ts";
import { globOf } from "./rights.ts";

/**
 * The published endpoint that a call is of, for records: it says what kind of call it was without the path, which may
 * name a person. The most specific one that matches; `undefined` when the service publishes none.
 */
export function operationOf(
  endpoints: readonly Endpoint[],
  method: string,
  segments: readonly string[],
): string | undefined {
  let best: { readonly path: string; readonly specificity: number } | undefined;
  for (const { method: its, path } of endpoints) {
    if (its !== "*" && its.toUpperCase() !== method.toUpperCase()) continue;
    if (path.length > 200) continue;
    const glob = globOf(path);
    if (best && best.specificity >= glob.specificity) continue;
    if (glob.matches(segments)) best = { path, specificity: glob.specificity };
  }
  return best?.path;
}
