import type { AnsweredAttribute } from "#identity";
import { asText, type JsonValue } from "#kernel";

/** Members of an attribute that say where it comes from rather than what it is. */
const about = new Set(["source", "source_register", "last_updated", "classification"]);

/** An attribute as one line for the person it is about. */
export function attributeText(attribute: AnsweredAttribute): string {
  return textOf(Object.fromEntries(Object.entries(attribute).filter(([name]) => !about.has(name))));
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return asText(value as JsonValue);
  if (Array.isArray(value)) return value.map(textOf).join("、");
  const parts = value as Readonly<Record<string, unknown>>;
  if ("value" in parts) return textOf(parts["value"]);
  if ("desc" in parts) return textOf(parts["desc"]);
  return Object.values(parts).map(textOf).filter(Boolean).join(" ");
}
