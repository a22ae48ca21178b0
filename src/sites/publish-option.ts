import type { BucketOptions, PublishOptions } from "#ledger";
import { z } from "zod";

/** `env:NAME` for a variable that holds the value, so that the file holds no secret. */
const secret = z
  .string()
  .transform((text) => (text.startsWith("env:") ? (process.env[text.slice(4)] ?? "") : text))
  .refine((text) => text.length > 0, "expected a value, or env:NAME of a variable that holds it");

const bucket = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }),
  bucket: z.string().min(1),
  region: z.string().min(1),
  prefix: z
    .string()
    .regex(/^([A-Za-z0-9._-]+\/)*$/, "expected nothing, or names that each end with /")
    .optional(),
  accessKeyId: secret,
  secretAccessKey: secret,
});

/**
 * `publish` of a site's file: where the log's files are written to for a static file server or a CDN, beside the
 * site's own public side. One of `folder`, relative to the file, and `bucket`.
 */
export interface PublishOption {
  readonly folder?: string | undefined;
  readonly bucket?: BucketOptions | undefined;
  /** Whom readers may write to. */
  readonly contact?: string | undefined;
}

export const publishOption: z.ZodType<PublishOption | undefined> = z
  .strictObject({ folder: z.string().min(1).optional(), bucket: bucket.optional(), contact: z.string().optional() })
  .refine(({ folder, bucket }) => (folder === undefined) !== (bucket === undefined), "expected a folder or a bucket")
  .optional();

/** The option as a log takes it. */
export function publishOf(
  option: PublishOption | undefined,
  path: (relative: string) => string,
): PublishOptions | undefined {
  if (option?.bucket) return { bucket: option.bucket, contact: option.contact };
  return option?.folder === undefined ? undefined : { folder: path(option.folder), contact: option.contact };
}
