import { readFileSync } from "node:fs";
import type { TimeStampAuthority } from "#ledger";
import { z } from "zod";

/** Who stamps the seals of exported evidence: `roots` is a PEM file beside the site's file. */
export interface TimeStampOption {
  readonly name: string;
  readonly url: string;
  readonly roots: string;
}

export const timeStampOption: z.ZodType<TimeStampOption | undefined> = z
  .strictObject({ name: z.string().min(1), url: z.url({ protocol: /^https?$/ }), roots: z.string().min(1) })
  .optional();

export function timeStampsOf(
  option: TimeStampOption | undefined,
  path: (relative: string) => string,
): TimeStampAuthority | undefined {
  return option && { name: option.name, url: option.url, roots: readFileSync(path(option.roots), "utf8") };
}

/** What is kept of messages for evidence, as `KeepRule`. */
export interface KeepOption {
  readonly service: string;
  readonly days: number;
  readonly bodies: boolean;
  readonly largest?: number | undefined;
}

export const keepOption: z.ZodType<readonly KeepOption[]> = z
  .array(
    z.strictObject({
      service: z.string().min(1),
      days: z.number().int().min(1).max(3653),
      bodies: z.boolean(),
      largest: z.number().int().min(0).optional(),
    }),
  )
  .default([]);
