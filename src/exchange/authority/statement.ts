import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { compactVerify, CompactSign, decodeProtectedHeader } from "jose";
import { err, ok, type Localised, type Refusal, type Result } from "#kernel";
import { z } from "zod";
import type { RegisteredLog } from "../configuration/configuration.ts";

/** A public key in JWK form: P-256 or Ed25519, nothing but the members that RFC 7638 hashes. */
export type PublicJwk =
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string }
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };

/**
 * What a gateway tells the authority about itself, signed with its member's signing key (compact JWS): at enrolment with
 * the invitation, later alone, whenever its address, subsystems or certificate change.
 */
export interface GatewayStatement {
  readonly instance: string;
  readonly issuedAt: string;
  /** `TW/GOV/code/serverCode`. */
  readonly gateway: string;
  /** `host:port` of the peer side. */
  readonly address: string;
  readonly subsystems: readonly string[];
  readonly signingKey: PublicJwk;
  /** Keys with which this member signs consent tokens. */
  readonly consentKeys: readonly PublicJwk[];
  readonly logs: readonly RegisteredLog[];
  /** PKCS#10 PEM, when a new TLS certificate is wanted. */
  readonly csr?: string | undefined;
  readonly invitation?: string | undefined;
  /** Random: two statements of one instant differ, and each is heard once. */
  readonly nonce?: string | undefined;
  /** When `signingKey` is a new one: the new key's own signature (`signKeyProof`), beside the old one's over all this. */
  readonly keyProof?: string | undefined;
  /** Names of subsystems that are not registered yet: the invitation vouches for these too. */
  readonly subsystemNames?: Readonly<Record<string, Localised>> | undefined;
}

export const publicJwk: z.ZodType<PublicJwk> = z.union([
  z.strictObject({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }),
  z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
]);

const statementSchema: z.ZodType<GatewayStatement> = z.object({
  instance: z.string(),
  issuedAt: z.iso.datetime(),
  gateway: z.string().max(300),
  address: z.string().regex(/^[A-Za-z0-9.-]+:[0-9]{1,5}$/),
  subsystems: z.array(z.string()).max(200),
  signingKey: publicJwk,
  consentKeys: z.array(publicJwk).max(10),
  // An address becomes an item of a policy line, so it holds no space, and nobody is sent to another scheme.
  logs: z
    .array(
      z.object({
        origin: z.string().max(200),
        vkey: z.string().max(300),
        url: z
          .string()
          .max(300)
          .regex(/^https?:\/\/[\x21-\x7e]+$/)
          .refine((url) => URL.canParse(url))
          .optional(),
      }),
    )
    .max(10),
  csr: z.string().max(4000).optional(),
  invitation: z.string().max(100).optional(),
  nonce: z.string().max(100).optional(),
  keyProof: z.string().max(2000).optional(),
  subsystemNames: z
    .record(z.string().max(100), z.object({ "zh-Hant": z.string().min(1).max(400), en: z.string().min(1).max(400) }))
    .optional(),
});

const type = "taroko-gateway-statement+json";

const proofType = "taroko-key-proof+json";

/** With what a gateway signs what it tells the authority. */
export interface StatementKey {
  readonly keyid: string;
  readonly privateKey: KeyObject;
}

export function signStatement(statement: GatewayStatement, key: StatementKey): Promise<string> {
  return signJws(type, statement, key);
}

/** A new signing key's proof that whoever names it holds it. */
export function signKeyProof(
  proof: { readonly instance: string; readonly gateway: string; readonly issuedAt: string },
  key: StatementKey,
): Promise<string> {
  return signJws(proofType, proof, key);
}

/** Whether a statement that brings a new key is also signed by that key, for this gateway and this statement. */
export async function keyProofHolds(statement: GatewayStatement): Promise<boolean> {
  const proof = statement.keyProof;
  if (proof === undefined) return false;
  try {
    const key = createPublicKey({ key: { ...statement.signingKey }, format: "jwk" });
    const { payload, protectedHeader } = await compactVerify(proof, key, { algorithms: ["ES256"] });
    const said = JSON.parse(Buffer.from(payload).toString("utf8")) as Record<string, unknown>;
    return (
      protectedHeader.typ === proofType &&
      said["instance"] === statement.instance &&
      said["gateway"] === statement.gateway &&
      said["issuedAt"] === statement.issuedAt
    );
  } catch {
    return false;
  }
}

/** Signs a text of a kind (`typ`) as compact JWS, ES256. */
export function signJws(typ: string, content: object, key: StatementKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: "ES256", kid: key.keyid, typ })
    .sign(key.privateKey);
}

/** A text whose signature holds, and by which key: the gateway's registered one, or the one it brings. */
export interface ReadJws<Content> {
  readonly statement: Content;
  readonly signedBy: "registered" | "itself";
}
export type ReadStatement = ReadJws<GatewayStatement>;

/** Finds the key by which a registered gateway speaks. */
export type RegisteredKeyOf = (gateway: string) => Promise<KeyObject | undefined>;

export function readStatement(
  jws: string,
  registeredKey: RegisteredKeyOf,
): Promise<Result<ReadStatement, Refusal<"enrolment-refused">>> {
  return readJws(jws, type, statementSchema, registeredKey);
}

/**
 * Reads a signed text of a kind. A registered gateway's is verified with its registered key (`registeredKey`).
 * Otherwise, or when that fails, the key it brings must have signed it: then only something else vouches for it.
 */
export async function readJws<Content extends { readonly gateway: string; readonly signingKey: PublicJwk }>(
  jws: string,
  typ: string,
  schema: z.ZodType<Content>,
  registeredKey: RegisteredKeyOf,
): Promise<Result<ReadJws<Content>, Refusal<"enrolment-refused">>> {
  const refuse = (inside: string) =>
    err({ code: "enrolment-refused", params: { reason: "signature-or-format" }, inside } as const);
  try {
    if (decodeProtectedHeader(jws).typ !== typ) return refuse("typ");
    const text = Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8");
    const statement = schema.parse(JSON.parse(text)); // not believed before the next lines
    const known = await registeredKey(statement.gateway);
    if (known && (await signedWith(jws, known))) return ok({ statement, signedBy: "registered" });
    const own = createPublicKey({ key: { ...statement.signingKey }, format: "jwk" });
    return (await signedWith(jws, own)) ? ok({ statement, signedBy: "itself" }) : refuse("signature");
  } catch (cause) {
    return refuse(String(cause));
  }
}

async function signedWith(jws: string, key: KeyObject): Promise<boolean> {
  try {
    await compactVerify(jws, key, { algorithms: ["ES256"] });
    return true;
  } catch {
    return false;
  }
}

/** SHA-256 of what was signed. Not of the signature: an ECDSA signature can be written in two ways. */
export function statementDigest(jws: string): Buffer {
  return createHash("sha256")
    .update(jws.split(".")[1] ?? "")
    .digest();
}
