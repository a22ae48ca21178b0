import { readFileSync } from "node:fs";
import type { Localised } from "#kernel";
import type { WitnessEndpoint } from "#ledger";
import { z } from "zod";

/**
 * All that an agency needs to join a country, in one file. It is handed over by a way both sides trust: it holds a token
 * that lets one gateway in, once, until it ends.
 */
export interface InvitationFile {
  readonly taroko: "invitation";
  readonly v: 1;
  readonly instance: string;
  readonly member: { readonly memberClass: string; readonly memberCode: string; readonly name: Localised };
  /** Subsystems that are registered already. */
  readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
  readonly authority: AuthorityTrust;
  readonly witnesses: readonly WitnessEndpoint[];
  /** By which it can be listed and withdrawn; not secret. */
  readonly id: string;
  readonly token: string;
  /** RFC 3339. */
  readonly expires: string;
}

/** How a site finds and recognises the authority. */
export interface AuthorityTrust {
  readonly url: string;
  readonly anchor: string;
  /** Further addresses of the signed configuration. */
  readonly mirrors?: readonly string[] | undefined;
  /** The newest root that was known when this was written. */
  readonly root?: { readonly version: number; readonly digest: string } | undefined;
}

const localised = z.object({ "zh-Hant": z.string().min(1), en: z.string().min(1) });

export const authorityTrust: z.ZodType<AuthorityTrust> = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  anchor: z.string().length(43),
  mirrors: z.array(z.url({ protocol: /^https?$/ })).optional(),
  root: z.object({ version: z.number().int().min(1), digest: z.string().length(43) }).optional(),
});

const schema: z.ZodType<InvitationFile> = z.object({
  taroko: z.literal("invitation"),
  v: z.literal(1),
  instance: z.string().min(1),
  member: z.object({ memberClass: z.string().min(1), memberCode: z.string().min(1), name: localised }),
  subsystems: z.array(z.object({ code: z.string().min(1), name: localised })),
  authority: authorityTrust,
  witnesses: z.array(z.object({ name: z.string(), vkey: z.string(), mlDsaVkey: z.string().optional(), url: z.url() })),
  id: z.string(),
  token: z.string().min(20),
  expires: z.iso.datetime(),
});

/** @throws with `code` = `invitation-file` when the file is none, or is over */
export function readInvitation(name: string, now: Date): InvitationFile {
  const fault = (why: string): Error =>
    Object.assign(new Error(`${name} cannot be used: ${why}`), { code: "invitation-file" });
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(name, "utf8"));
  } catch (cause) {
    throw fault(String(cause));
  }
  const read = schema.safeParse(raw);
  if (!read.success)
    throw fault(read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  if (Date.parse(read.data.expires) <= now.getTime())
    throw fault(`this invitation ended ${read.data.expires}; ask the authority for a new one`);
  return read.data;
}
