import { z } from "zod";

/** A JSON number as its digits were written: published shapes have amounts as floats, and no double may touch money. */
export class WrittenNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parses JSON with its numbers as written (JSON.parse source text access). `undefined` for what is not JSON. */
export function readJson(text: string): unknown {
  const keep: SourceReviver = (_key, value, { source }) =>
    typeof value === "number" ? new WrittenNumber(source ?? "") : value;
  try {
    return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
  } catch {
    // A syntax error, or nested deeper than the stack.
    return undefined;
  }
}

/** A text, or a number in the digits it was written in. */
export const digits: z.ZodType<string> = z.union([
  z.string(),
  z.instanceof(WrittenNumber).transform(({ text }) => text),
]);

/** A text without control characters that PostgreSQL and XML can carry, of so many characters. */
export function text(longest: number, shortest = 1): z.ZodType<string> {
  return z
    .string()
    .refine((value) => value.isWellFormed() && !/[\p{Cc}\uFFFE\uFFFF\u2028\u2029]/u.test(value), "control characters")
    .refine(
      (value) => {
        const length = Array.from(value).length;
        return length >= shortest && length <= longest;
      },
      shortest === longest ? `${longest} characters are wanted` : `${shortest} to ${longest} characters are wanted`,
    );
}

/** What is wrong with a body, in one line that names the member but never repeats its value. */
export function shapeFault(fault: z.ZodError): string {
  const [first] = fault.issues;
  const where = first?.path.map(String).join(".") ?? "";
  return `${where === "" ? "the body" : where}: ${first?.message ?? "not usable"}`.slice(0, 200);
}

/**
 * Parses JSON and folds the names of members (`RequestID`, `requestId` and `request_id` are one), since published files spell them
 * differently. `undefined` also where two spellings of one name stand side by side: which of them is meant?
 */
export function readFolded(body: string): unknown {
  try {
    return fold(readJson(body));
  } catch {
    return undefined;
  }
}

function fold(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fold);
  if (typeof value !== "object" || value === null || value instanceof WrittenNumber) return value;
  const folded = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const plain = name.replace(/[-_]/g, "").toLowerCase();
    if (folded.has(plain)) throw new TypeError("one member in two spellings");
    folded.set(plain, fold(member));
  }
  return Object.fromEntries(folded);
}
