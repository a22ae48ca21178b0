import { createPublicKey, type KeyObject } from "node:crypto";
import { compactVerify, CompactSign, decodeProtectedHeader } from "jose";
import { err, ok, type Refusal, type Result } from "#kernel";
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
}

const publicJwk: z.ZodType<PublicJwk> = z.union([
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
});

const type = "taroko-gateway-statement+json";

export async function signStatement(
  statement: GatewayStatement,
  key: { keyid: string; privateKey: KeyObject },
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(statement)))
    .setProtectedHeader({ alg: "ES256", kid: key.keyid, typ: type })
    .sign(key.privateKey);
}

/** A statement whose signature holds, and by which key: the gateway's registered one, or the one it brings. */
export interface ReadStatement {
  readonly statement: GatewayStatement;
  readonly signedBy: "registered" | "itself";
}

/**
 * Reads a statement. A registered gateway's is verified with its registered key (`registeredKey`). Otherwise, or when
 * that fails, the key it brings must have signed it: then only an invitation vouches for it.
 */
export async function readStatement(
  jws: string,
  registeredKey: (gateway: string) => Promise<KeyObject | undefined>,
): Promise<Result<ReadStatement, Refusal<"enrolment-refused">>> {
  const refuse = (inside: string) =>
    err({ code: "enrolment-refused", params: { reason: "signature-or-format" }, inside } as const);
  try {
    if (decodeProtectedHeader(jws).typ !== type) return refuse("typ");
    const text = Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8");
    const statement = statementSchema.parse(JSON.parse(text)); // not believed before the next lines
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
