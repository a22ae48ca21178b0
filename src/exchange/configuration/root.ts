import { createHash, createPublicKey, sign, verify, type JsonWebKey, type KeyObject } from "node:crypto";
import { canonicalJson, err, fromBase64Url, ok, toBase64Url, utf8, type JsonValue, type Result } from "#kernel";
import { z } from "zod";

/** Who may sign in a role, and how many of them must. */
export interface RootRole {
  readonly keyids: readonly string[];
  readonly threshold: number;
}

/**
 * Which keys speak for the authority. Root 1 is the anchor and has no file: one key, for both roles. Each further root is
 * signed by the thresholds of the one before **and** of its own, so that whoever trusts one follows to the next.
 * @see The Update Framework, specification 1.0, sections 4.3 and 5.3
 */
export interface RootBody {
  readonly type: "root";
  readonly specVersion: "1";
  readonly instance: string;
  /** Exactly one more than the root before. */
  readonly version: number;
  readonly issued: string;
  /** No configuration is signed for longer than this; without it the root does not age. */
  readonly expires?: string | undefined;
  /** Raw Ed25519 public keys, base64url; `keyid` as `anchorKeyid` makes it. */
  readonly keys: readonly { readonly keyid: string; readonly public: string }[];
  readonly roles: { readonly root: RootRole; readonly configuration: RootRole };
}

export interface Signature {
  readonly keyid: string;
  /** Ed25519 over the canonical form (RFC 8785) of what is signed, base64url. */
  readonly sig: string;
}

export interface SignedRoot {
  readonly signed: RootBody;
  readonly signatures: readonly Signature[];
}

/** A root that the chain led to, and the digest by which it can be told from another of its version. */
export interface TrustedRoot {
  readonly body: RootBody;
  /** SHA-256 of the canonical body, base64url. */
  readonly digest: string;
}

/** Why a chain of roots is not followed. */
export type RootFault =
  | "root-format"
  | "root-instance"
  | "root-version"
  | "root-keys"
  | "root-signatures-old"
  | "root-signatures-new";

const role: z.ZodType<RootRole> = z.object({
  keyids: z.array(z.string()).min(1).max(20),
  threshold: z.number().int().min(1),
});

export const signaturesSchema: z.ZodType<readonly Signature[]> = z
  .array(z.object({ keyid: z.string(), sig: z.string() }))
  .max(40);

const rootSchema: z.ZodType<SignedRoot> = z.object({
  signed: z.object({
    type: z.literal("root"),
    specVersion: z.literal("1"),
    instance: z.string().min(1).max(40),
    version: z.number().int().min(2),
    issued: z.iso.datetime(),
    expires: z.iso.datetime().optional(),
    keys: z.array(z.object({ keyid: z.string(), public: z.string().length(43) })).max(40),
    roles: z.object({ root: role, configuration: role }),
  }),
  signatures: signaturesSchema,
});

/** The id of a key of the authority: SHA-256 of its raw public key's text, base64url. */
export function anchorKeyid(anchor: string): string {
  return createHash("sha256").update(anchor).digest("base64url");
}

/** Turns a public key's text into a key. @throws when it is not a raw Ed25519 public key in base64url */
export function anchorKey(anchor: string): KeyObject {
  const key: JsonWebKey = { kty: "OKP", crv: "Ed25519", x: anchor };
  return createPublicKey({ key, format: "jwk" });
}

/** The text by which the public half of an Ed25519 key is known. @throws for other keys */
export function publicText(key: KeyObject): string {
  const { crv, x } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  if (crv !== "Ed25519" || x === undefined)
    throw Object.assign(new Error("the authority signs with Ed25519 keys"), { code: "key-wrong" });
  return x;
}

/** What an anchor stands for. */
export function firstRoot(instance: string, anchor: string): TrustedRoot {
  const alone: RootRole = { keyids: [anchorKeyid(anchor)], threshold: 1 };
  const body: RootBody = {
    type: "root",
    specVersion: "1",
    instance,
    version: 1,
    issued: "1970-01-01T00:00:00Z",
    keys: [{ keyid: anchorKeyid(anchor), public: anchor }],
    roles: { root: alone, configuration: alone },
  };
  return { body, digest: bodyDigest(signedBytes(body)) };
}

/** Signs something for the authority. */
export function signatureBy(key: KeyObject, signed: unknown): Signature {
  return { keyid: anchorKeyid(publicText(key)), sig: toBase64Url(sign(null, signedBytes(signed), key)) };
}

/** Whether enough different keys of a role have signed these bytes. */
export function meetsThreshold(
  root: RootBody,
  of: RootRole,
  bytes: Uint8Array,
  signatures: readonly Signature[],
): boolean {
  const valid = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const known = of.keyids.includes(keyid) ? root.keys.find((key) => key.keyid === keyid) : undefined;
    const raw = known && fromBase64Url(sig);
    if (raw && verify(null, bytes, anchorKey(known.public), raw)) valid.add(keyid);
  }
  return valid.size >= of.threshold;
}

/** Follows roots one by one from a trusted one. `documents` are as they were sent: unknown members are covered too. */
export function followRoots(
  from: TrustedRoot,
  documents: readonly unknown[],
): Result<TrustedRoot, { readonly reason: RootFault; readonly version: number }> {
  let trusted = from;
  for (const document of documents) {
    const next = followRoot(trusted, document);
    if (!next.ok) return err({ reason: next.error, version: trusted.body.version + 1 });
    trusted = next.value;
  }
  return ok(trusted);
}

function followRoot(before: TrustedRoot, document: unknown): Result<TrustedRoot, RootFault> {
  const read = rootSchema.safeParse(document);
  if (!read.success) return err("root-format");
  const { signed: body, signatures } = read.data;
  const bytes = signedBytes((document as { signed: unknown }).signed);
  if (body.instance !== before.body.instance) return err("root-instance");
  if (body.version !== before.body.version + 1) return err("root-version");
  if (!keysStand(body)) return err("root-keys");
  if (!meetsThreshold(before.body, before.body.roles.root, bytes, signatures)) return err("root-signatures-old");
  if (!meetsThreshold(body, body.roles.root, bytes, signatures)) return err("root-signatures-new");
  return ok({ body, digest: bodyDigest(bytes) });
}

/** Every key has its own id, each role names known keys, each once, and at least as many as must sign. */
function keysStand({ keys, roles }: RootBody): boolean {
  const ids = new Set(keys.map((key) => key.keyid));
  return (
    ids.size === keys.length &&
    keys.every((key) => key.keyid === anchorKeyid(key.public)) &&
    [roles.root, roles.configuration].every(
      ({ keyids, threshold }) =>
        new Set(keyids).size === keyids.length && threshold <= keyids.length && keyids.every((id) => ids.has(id)),
    )
  );
}

/** The bytes that are signed: the canonical form. */
export function signedBytes(signed: unknown): Uint8Array {
  return utf8(canonicalJson(signed as JsonValue));
}

/** SHA-256 of what is signed, base64url. */
export function bodyDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url");
}
