import { z } from "zod";

/** One breach of a description: in which part of the message, where there, by which rule. No values: they may be personal data. */
export interface Violation {
  readonly in: "operation" | "path" | "query" | "header" | "cookie" | "body" | "status";
  /** RFC 6901: `/name` of a parameter or header, or into the body. It can hold names that the message chose. */
  readonly pointer: string;
  /** A JSON Schema keyword, or `unknown`, `missing`, `content-type`, `not-json`, `name-repeated`, `repeated`, `charset`, `encoded`, `too-large`. */
  readonly rule: string;
}

/** As many are told, and so much of each. */
export const maxViolations = 20;
const maxPointer = 300;

const violation = z.object({
  in: z.enum(["operation", "path", "query", "header", "cookie", "body", "status"]),
  pointer: z.string().max(maxPointer),
  rule: z.string().regex(/^[A-Za-z-]{1,40}$/),
});

/** Reads what another gateway said; nothing when it is not of this shape. */
export function readViolations(said: unknown): readonly Violation[] | undefined {
  const read = z.array(violation).min(1).max(maxViolations).safeParse(said);
  return read.success ? read.data : undefined;
}

/** The first of them, shortened, as they are told to the sender of a request. */
export function toldViolations(found: readonly Violation[]): readonly Violation[] {
  return found.slice(0, maxViolations).map((one) => ({ ...one, pointer: one.pointer.slice(0, maxPointer) }));
}

/** How often each kind (`body:required`) was breached: what records and logs hold, without a name from any message. */
export function countKinds(
  part: "request" | "response",
  found: readonly Violation[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of found) {
    const kind = `${part}:${one.in}:${one.rule}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
