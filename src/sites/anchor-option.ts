import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { openTimeStampAnchor, type Anchor, type TimeStampAuthority } from "#ledger";
import { z } from "zod";

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens");

/**
 * `anchors` of a site's file: who outside remembers the log's heads and their time. A time-stamp authority with its
 * root certificates (PEM), or a module of the country's choice that exports `openAnchor(options)`; both files are
 * relative to the site's file. Nobody, if not given.
 */
export const anchorsOption: z.ZodType<AnchorsOption> = z
  .array(
    z.union([
      z.strictObject({
        rfc3161: z.strictObject({ name, url: z.url({ protocol: /^https?$/ }), roots: z.string().min(1) }),
      }),
      z.strictObject({ module: z.string().min(1), options: z.record(z.string(), z.unknown()).default({}) }),
    ]),
  )
  .default([]);

export type AnchorsOption = readonly (
  | { readonly rfc3161: TimeStampAuthority }
  | { readonly module: string; readonly options: Readonly<Record<string, unknown>> }
)[];

interface AnchorModule {
  readonly openAnchor: (options: Readonly<Record<string, unknown>>) => Anchor | Promise<Anchor>;
}

/**
 * The option as a log takes it.
 * @throws with `code` = `site-file` if a file of roots cannot be used; whatever a module throws
 */
export async function anchorsOf(option: AnchorsOption, path: (relative: string) => string): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  for (const one of option) {
    if ("module" in one) {
      const { openAnchor } = (await import(pathToFileURL(path(one.module)).href)) as AnchorModule;
      anchors.push(await openAnchor(one.options));
      continue;
    }
    try {
      const roots = readFileSync(path(one.rfc3161.roots), "utf8");
      anchors.push(openTimeStampAnchor({ ...one.rfc3161, roots }));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw Object.assign(new Error(`anchors: ${one.rfc3161.name}: ${reason}`, { cause }), { code: "site-file" });
    }
  }
  return anchors;
}
