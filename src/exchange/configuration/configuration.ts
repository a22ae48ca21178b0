import { createHash, createPublicKey, sign, verify, type JsonWebKey, type KeyObject } from "node:crypto";
import {
  canonicalJson,
  err,
  fromBase64Url,
  ok,
  toBase64Url,
  utf8,
  type JsonValue,
  type Localised,
  type Refusal,
  type Result,
} from "#kernel";
import { z } from "zod";

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
});
const documentSchema: z.ZodType<SignedConfiguration> = z.object({
  signed: bodySchema,
  signatures: z.array(z.object({ keyid: z.string(), sig: z.string() })).min(1),
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
  /** PEM of the certificate that issues the gateways' TLS certificates. */
  readonly certificateAuthority: string;
  /** Members whose consent tokens providers accept. */
  readonly consentIssuers: readonly string[];
  readonly witnesses: readonly WitnessEntry[];
  readonly purposes: readonly Purpose[];
  readonly revokedKeys: readonly string[];
  /** The authority's own log: what it registered, issued and revoked. None in configurations from before it had one. */
  readonly logs: readonly RegisteredLog[];
}

export interface SignedConfiguration {
  readonly signed: ConfigurationBody;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export type ConfigurationState = "fresh" | "stale" | "expired";

/** What a gateway accepted: the parsed body, the text it keeps, and the digest that tells two bodies of one version apart. */
export interface AcceptedConfiguration {
  readonly body: ConfigurationBody;
  readonly text: string;
  /** SHA-256 of the canonical signed part, base64url. */
  readonly digest: string;
}

/** The id of a trust anchor: SHA-256 of its raw public key, base64url. */
export function anchorKeyid(anchor: string): string {
  return createHash("sha256").update(anchor).digest("base64url");
}

/** Signs a body with the authority's Ed25519 key. `anchor` is the raw public key in base64url (43 characters). */
export function signConfiguration(body: ConfigurationBody, key: KeyObject, anchor: string): SignedConfiguration {
  const sig = sign(null, utf8(canonicalJson(body as unknown as JsonValue)), key);
  return { signed: body, signatures: [{ keyid: anchorKeyid(anchor), sig: toBase64Url(sig) }] };
}

/**
 * Reads a configuration and decides whether it may replace `previous`. A file is refused, and the old one kept, when its
 * signature is not the anchor's, its instance differs, its version goes back, or it was issued in the future.
 */
export function acceptConfiguration(
  text: string,
  o: { anchor: string; now: Date; previous?: AcceptedConfiguration | undefined },
): Result<AcceptedConfiguration, Refusal<"configuration-invalid">> {
  const refuse = (reason: string) => err({ code: "configuration-invalid", params: { reason } } as const);
  let document: SignedConfiguration;
  let bytes: Uint8Array;
  try {
    const raw = JSON.parse(text) as { signed: JsonValue };
    document = documentSchema.parse(raw);
    bytes = utf8(canonicalJson(raw.signed)); // as sent: a member that a later version adds is covered too
  } catch (cause) {
    return err({ code: "configuration-invalid", params: { reason: "format" }, inside: String(cause) });
  }
  const body = document.signed;
  const keyid = anchorKeyid(o.anchor);
  const signature = document.signatures.find((one) => one.keyid === keyid);
  const raw = signature && fromBase64Url(signature.sig);
  if (!raw || !verify(null, bytes, anchorKey(o.anchor), raw)) return refuse("signature");
  if (Date.parse(body.issued) > o.now.getTime() + 60_000) return refuse("issued-in-the-future");
  const digest = createHash("sha256").update(bytes).digest("base64url");
  const previous = o.previous;
  if (previous) {
    if (previous.body.instance !== body.instance) return refuse("instance");
    if (body.version < previous.body.version) return refuse("version-went-back");
    if (body.version === previous.body.version && digest !== previous.digest) return refuse("two-contents-one-version");
  }
  return ok({ body, text, digest });
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

/** Turns the anchor's text into a key. @throws when it is not a raw Ed25519 public key in base64url */
export function anchorKey(anchor: string): KeyObject {
  const key: JsonWebKey = { kty: "OKP", crv: "Ed25519", x: anchor };
  return createPublicKey({ key, format: "jwk" });
}
