import { createHash, type KeyObject } from "node:crypto";
import { canonicalJson, err, ok, type JsonValue, type Localised, type Refusal, type Result } from "#kernel";
import { z } from "zod";
import {
  bodyDigest,
  firstRoot,
  followRoots,
  meetsThreshold,
  signatureBy,
  signaturesSchema,
  signedBytes,
  type Signature,
  type SignedRoot,
  type TrustedRoot,
} from "./root.ts";

const localised = z.object({ "zh-Hant": z.string().max(400), en: z.string().max(400) });
const instant = z.iso.datetime();
const jwk = z.record(z.string(), z.string());
const registeredLog = z.object({ origin: z.string(), vkey: z.string(), url: z.string().optional() });

const bodySchema = z.object({
  type: z.literal("configuration"),
  specVersion: z.literal("1"),
  instance: z.string().min(1).max(40),
  version: z.number().int().positive(),
  issued: instant,
  softExpires: instant,
  expires: instant,
  members: z.array(
    z.object({ id: z.string(), name: localised, subsystems: z.array(z.object({ code: z.string(), name: localised })) }),
  ),
  gateways: z.array(
    z.object({
      id: z.string(),
      member: z.string(),
      address: z.string(),
      tlsFingerprints: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
      clients: z.array(z.string()),
      signingKeys: z.array(
        z.object({
          keyid: z.string(),
          jwk,
          alg: z.enum(["ecdsa-p256-sha256", "ed25519"]),
          member: z.string(),
          use: z.enum(["exchange", "consent"]),
          notAfter: instant.optional(),
        }),
      ),
      logs: z.array(registeredLog),
    }),
  ),
  certificateAuthority: z.string(),
  consentIssuers: z.array(z.string()),
  witnesses: z.array(z.object({ name: z.string(), vkey: z.string(), url: z.string() })),
  purposes: z.array(
    z.object({
      code: z.string(),
      title: localised,
      legalBases: z.array(z.object({ code: z.string(), law: localised, url: z.string() })),
    }),
  ),
  revokedKeys: z.array(z.string()),
  logs: z.array(registeredLog).default([]),
  groups: z
    .array(z.object({ code: z.string().max(100), name: localised, members: z.array(z.string()).max(10_000) }))
    .default([]),
  root: z.number().int().min(1).default(1),
});
const documentSchema = z.object({
  signed: bodySchema,
  signatures: signaturesSchema,
  roots: z.array(z.unknown()).max(1000).default([]),
});

/** A witness every log of the country is shown to. */
export interface WitnessEntry {
  readonly name: string;
  readonly vkey: string;
  readonly url: string;
}

/** A purpose that calls may state, with the laws that allow it. */
export interface Purpose {
  readonly code: string;
  readonly title: Localised;
  readonly legalBases: readonly { readonly code: string; readonly law: Localised; readonly url: string }[];
}

/** A log that a member keeps. */
export interface RegisteredLog {
  readonly origin: string;
  readonly vkey: string;
  /** Where anybody reads its files (C2SP tlog-tiles), `http:` or `https:`. */
  readonly url?: string | undefined;
}

export interface RegisteredMember {
  /** Path form, `TW/GOV/code`. */
  readonly id: string;
  readonly name: Localised;
  readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
}

/** A public key of a member. `use` keeps a portal's consent key from signing calls, and the reverse. */
export interface RegisteredKey {
  /** RFC 7638 thumbprint (SHA-256, base64url). */
  readonly keyid: string;
  readonly jwk: Readonly<Record<string, string>>;
  readonly alg: "ecdsa-p256-sha256" | "ed25519";
  readonly member: string;
  readonly use: "exchange" | "consent";
  /** Of a key that was rolled: until when it is still good beside the new one. */
  readonly notAfter?: string | undefined;
}

/** A named set of members and subsystems, the same for the whole country; a right may be given to one. */
export interface GlobalGroup {
  readonly code: string;
  readonly name: Localised;
  /** Path form, `TW/GOV/code` or `TW/GOV/code/subsystem`. A member does not stand for its subsystems. */
  readonly members: readonly string[];
}

export interface RegisteredGateway {
  /** `TW/GOV/code/serverCode`. */
  readonly id: string;
  readonly member: string;
  /** `host:port` of its peer side. */
  readonly address: string;
  /** SHA-256 of the certificates it may show, lower-case hex; two while a renewal settles. */
  readonly tlsFingerprints: readonly string[];
  /** Subsystems (and the member itself) that call and answer through it, path form. */
  readonly clients: readonly string[];
  readonly signingKeys: readonly RegisteredKey[];
  readonly logs: readonly RegisteredLog[];
}

/**
 * What every gateway of a country must agree on, version by version. Times are RFC 3339 UTC.
 * @see docs: the configuration is signed in its canonical form (RFC 8785) with Ed25519
 */
export interface ConfigurationBody {
  readonly type: "configuration";
  readonly specVersion: "1";
  readonly instance: string;
  /** Grows with every issue; never goes back. */
  readonly version: number;
  readonly issued: string;
  /** From here on gateways warn but work. */
  readonly softExpires: string;
  /** From here on gateways refuse every call. */
  readonly expires: string;
  readonly members: readonly RegisteredMember[];
  readonly gateways: readonly RegisteredGateway[];
  /** PEM of the certificates that issue the gateways' TLS certificates: the one in use first, then those being retired. */
  readonly certificateAuthority: string;
  /** Members whose consent tokens providers accept. */
  readonly consentIssuers: readonly string[];
  readonly witnesses: readonly WitnessEntry[];
  readonly purposes: readonly Purpose[];
  readonly revokedKeys: readonly string[];
  /** The authority's own log: what it registered, issued and revoked. None in configurations from before it had one. */
  readonly logs: readonly RegisteredLog[];
  /** Global groups. None in configurations from before there were any. */
  readonly groups?: readonly GlobalGroup[];
  /** Version of the root whose configuration role signed this; 1, the anchor, unless told. */
  readonly root?: number;
}

/** As it travels: `roots` are those after the first, so that whoever holds the anchor can follow to the signing keys. */
export interface SignedConfiguration {
  readonly signed: ConfigurationBody;
  readonly signatures: readonly Signature[];
  readonly roots?: readonly SignedRoot[];
}

export type ConfigurationState = "fresh" | "stale" | "expired";

/** What a gateway accepted: the parsed body, the text it keeps, and the digest that tells two bodies of one version apart. */
export interface AcceptedConfiguration {
  readonly body: ConfigurationBody;
  readonly text: string;
  /** SHA-256 of the canonical signed part, base64url. */
  readonly digest: string;
  /** The root that signed it. */
  readonly root: TrustedRoot;
}

/** What a reader trusts before it has read anything. */
export interface Trust {
  /** The public key of root 1: raw Ed25519, base64url. */
  readonly anchor: string;
  /** A root that whoever handed out the anchor had seen: a chain that has another of its version is not followed. */
  readonly pinned?: { readonly version: number; readonly digest: string } | undefined;
}

/**
 * Signs a body. `keys` are of the configuration role of the newest root, `roots` those after the first.
 * A country that never changed its keys signs with the anchor's key and sends no roots.
 */
export function signConfiguration(
  body: ConfigurationBody,
  keys: readonly KeyObject[],
  roots: readonly SignedRoot[] = [],
): SignedConfiguration {
  return {
    signed: body,
    signatures: keys.map((key) => signatureBy(key, body)),
    ...(roots.length > 0 ? { roots } : {}),
  };
}

/**
 * Reads a configuration and decides whether it may replace `previous`. A file is refused, and the old one kept, when the
 * anchor does not lead to its signature, its instance differs, its version or its root goes back, or it was issued in
 * the future. `reason` says which.
 */
export function acceptConfiguration(
  text: string,
  o: Trust & { now: Date; previous?: AcceptedConfiguration | undefined },
): Result<AcceptedConfiguration, Refusal<"configuration-invalid">> {
  const refuse = (reason: string) => err({ code: "configuration-invalid", params: { reason } } as const);
  let document: z.infer<typeof documentSchema>;
  let bytes: Uint8Array;
  try {
    const raw = JSON.parse(text) as { signed: JsonValue };
    document = documentSchema.parse(raw);
    bytes = signedBytes(raw.signed); // as sent: a member that a later version adds is covered too
  } catch (cause) {
    return err({ code: "configuration-invalid", params: { reason: "format" }, inside: String(cause) });
  }
  const body = document.signed;
  const first = firstRoot(body.instance, o.anchor);
  const chain = followRoots(first, document.roots);
  if (!chain.ok) return refuse(chain.error.reason);
  const root = chain.value;
  if (body.root !== root.body.version) return refuse("root-version");
  if (!meetsThreshold(root.body, root.body.roles.configuration, bytes, document.signatures)) return refuse("signature");
  if (root.body.expires !== undefined && Date.parse(body.expires) > Date.parse(root.body.expires))
    return refuse("root-expired");
  const at = (version: number) => followRoots(first, document.roots.slice(0, version - 1));
  const unlike = (known: { readonly version: number; readonly digest: string }): boolean => {
    const same = at(known.version);
    return !same.ok || same.value.digest !== known.digest;
  };
  if (o.pinned && root.body.version < o.pinned.version) return refuse("root-went-back");
  if (o.pinned && unlike(o.pinned)) return refuse("root-not-the-pinned");
  if (Date.parse(body.issued) > o.now.getTime() + 60_000) return refuse("issued-in-the-future");
  const digest = bodyDigest(bytes);
  const previous = o.previous;
  if (previous) {
    if (previous.body.instance !== body.instance) return refuse("instance");
    if (root.body.version < previous.root.body.version) return refuse("root-went-back");
    if (unlike({ version: previous.root.body.version, digest: previous.root.digest })) return refuse("two-roots");
    if (body.version < previous.body.version) return refuse("version-went-back");
    if (body.version === previous.body.version && digest !== previous.digest)
      return err({
        code: "configuration-invalid",
        params: { reason: "two-contents-one-version", version: body.version, other: digest },
      });
  }
  return ok({ body, text, digest, root });
}

/** What matters of a version: SHA-256 of everything but its number and times, so that a mere re-issue is not news. */
export function contentDigest(body: ConfigurationBody): string {
  const { version: _version, issued: _issued, softExpires: _soft, expires: _expires, ...content } = body;
  return createHash("sha256")
    .update(canonicalJson(content as unknown as JsonValue))
    .digest("base64url");
}

/** Fresh until the soft expiry, stale until the hard one. */
export function configurationState(body: ConfigurationBody, now: Date): ConfigurationState {
  if (now.getTime() >= Date.parse(body.expires)) return "expired";
  return now.getTime() >= Date.parse(body.softExpires) ? "stale" : "fresh";
}
