import type { JsonValue } from "./canonical-json.ts";

/** A JSON scalar as text; what is no scalar, as JSON. Nothing for `null` and `undefined`. */
export function asText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
