import "reflect-metadata";
import { createPrivateKey, createPublicKey, webcrypto, X509Certificate, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { compactVerify, CompactSign, decodeProtectedHeader } from "jose";
import { err, ok, type Clock, type Refusal, type Result } from "#kernel";
import { z } from "zod";
import { makeOcspAnswer } from "../evidence-export/ocsp.ts";
import { keptKeyFile } from "../key-file.ts";
import { issuersAt, readIssuers } from "./issuers.ts";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const minute = 60_000;
const day = 24 * 60 * minute;
/** A seal's certificate is asked for anew with each revocation answer; it need not live long. */
export const sealCertificateDays = 7;
const type = "taroko-seal-request+json";
const requestSchema = z.object({ instance: z.string(), issuedAt: z.iso.datetime(), gateway: z.string().max(300) });

/** What a gateway needs to seal evidence in its member's name. */
export interface SealCredentials {
  /** PEM: over the member's own signing key, for non-repudiation. */
  readonly certificate: string;
  /** Base64 of an OCSP answer about it, good for an hour. */
  readonly revocationAnswer: string;
}

/** What the authority knows of the gateway that asks. */
export interface SealApplicant {
  /** Path form. */
  readonly member: string;
  readonly name: string;
  readonly signingKey: { readonly keyid: string; readonly key: KeyObject };
}

export interface SealOptions {
  readonly keysFolder: string;
  readonly instance: string;
  readonly clock: Clock;
  /** Nothing for a gateway that is not registered, or whose key is revoked. */
  applicant(gateway: string): Promise<SealApplicant | undefined>;
}

/** A gateway's request (compact JWS, ES256), signed with the key that the certificate will be for. */
export function signSealRequest(
  request: { readonly instance: string; readonly issuedAt: string; readonly gateway: string },
  key: { readonly keyid: string; readonly privateKey: KeyObject },
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(request)))
    .setProtectedHeader({ alg: "ES256", kid: key.keyid, typ: type })
    .sign(key.privateKey);
}

/**
 * Certifies a member's registered signing key for seals (non-repudiation), and says in the same breath that it is not revoked:
 * a revoked key gets neither. The subject follows X-Road's basic profile: `businessCategory` is the class, `serialNumber` the code.
 */
export async function issueSeal(
  o: SealOptions,
  jws: string,
): Promise<Result<SealCredentials, Refusal<"enrolment-refused">>> {
  const refused = (reason: string) => err({ code: "enrolment-refused", params: { reason } } as const);
  let request: z.infer<typeof requestSchema>;
  try {
    if (decodeProtectedHeader(jws).typ !== type) return refused("signature-or-format");
    request = requestSchema.parse(JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8")));
  } catch {
    return refused("signature-or-format");
  }
  const now = o.clock.now();
  if (request.instance !== o.instance) return refused("instance");
  if (Math.abs(Date.parse(request.issuedAt) - now.getTime()) > 5 * minute) return refused("clock");
  const applicant = await o.applicant(request.gateway);
  if (!applicant) return refused("gateway");
  try {
    await compactVerify(jws, applicant.signingKey.key, { algorithms: ["ES256"] });
  } catch {
    return refused("signature-or-format");
  }
  const { issuing } = issuersAt(
    readIssuers((await keptKeyFile(o.keysFolder, "certificate-authority.json")) ?? "{}"),
    now,
  );
  const certificate = await certify(applicant, issuing, now);
  const answer = makeOcspAnswer({
    certificate: new X509Certificate(certificate),
    issuer: new X509Certificate(issuing.cert),
    issuerKey: createPrivateKey(issuing.key),
    now,
  });
  return ok({ certificate, revocationAnswer: Buffer.from(answer).toString("base64") });
}

async function certify(
  { member, name, signingKey }: SealApplicant,
  issuing: { readonly key: string; readonly cert: string },
  now: Date,
): Promise<string> {
  const [, memberClass = "", memberCode = ""] = member.split("/");
  const issuer = new x509.X509Certificate(issuing.cert);
  const signing = await webcrypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(issuing.key),
    algorithm,
    false,
    ["sign"],
  );
  const spki = createPublicKey(signingKey.key.export({ type: "spki", format: "pem" }).toString()).export({
    type: "spki",
    format: "der",
  });
  const publicKey = (await webcrypto.subtle.importKey("spki", spki, algorithm, true, [
    "verify",
  ])) as unknown as CryptoKey;
  const serial = webcrypto.getRandomValues(new Uint8Array(16));
  serial[0] = (serial[0]! & 0x7f) | 0x40; // positive and of full length
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(serial).toString("hex"),
    subject: new x509.Name([
      { O: [name] },
      { "2.5.4.15": [memberClass] },
      { "2.5.4.5": [memberCode] },
      { CN: [member] },
    ]).toJSON(),
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - 5 * minute),
    notAfter: new Date(now.getTime() + sealCertificateDays * day),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: signing as unknown as CryptoKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.nonRepudiation, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return made.toString("pem");
}
