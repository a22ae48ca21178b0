import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import type { Clock } from "#kernel";
import { certificateRequest } from "../authority/certificates.ts";
import { signStatement, type PublicJwk } from "../authority/statement.ts";
import type { RegisteredGateway, RegisteredLog } from "../configuration/configuration.ts";
import type { HopKey } from "../hop/profile.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { keptKeyFile, keyFile, putKeyFile } from "../key-file.ts";
import { fingerprintOf } from "./peer-pool.ts";

/** A gateway's secrets, from its keys folder; made on the first start. The TLS key and the signing key differ. */
export interface GatewayKeys {
  readonly tlsKey: string;
  readonly signing: HopKey;
  readonly signingJwk: PublicJwk;
  /** Key of the index by which evidence about a person is found again. */
  readonly lookupKey: Uint8Array;
}

export async function gatewayKeys(folder: string): Promise<GatewayKeys> {
  const fresh = async (): Promise<string> =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const tlsKey = await keyFile(folder, "tls.key.pem", fresh);
  const key = createPrivateKey(await keyFile(folder, "signing.key.pem", fresh));
  const lookup = await keyFile(folder, "lookup.key", async () => randomBytes(32).toString("base64url"));
  const signingJwk = publicJwkOf(key);
  return {
    tlsKey,
    signing: { keyid: jwkThumbprint(signingJwk), alg: "ecdsa-p256-sha256", key },
    signingJwk,
    lookupKey: Buffer.from(lookup, "base64url"),
  };
}

/** The key by which a gateway finds its records about a person, if it has ever started; none is made here. */
export async function keptLookupKey(folder: string): Promise<Uint8Array | undefined> {
  const text = await keptKeyFile(folder, "lookup.key");
  return text === undefined ? undefined : Buffer.from(text, "base64url");
}

/** The registered form of a P-256 key's public half. @throws for other keys */
export function publicJwkOf(key: KeyObject): PublicJwk {
  const { kty, crv, x, y } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || !x || !y) {
    throw Object.assign(new Error("members sign with P-256 keys"), { code: "key-wrong" });
  }
  return { kty, crv, x, y };
}

/** What a gateway wants the configuration to say about it. */
export interface WantedRegistration {
  readonly gatewayId: string;
  readonly instance: string;
  readonly address: string;
  readonly subsystems: readonly string[];
  /** Path form; what `subsystems` become. */
  readonly clients: readonly string[];
  readonly consentKeys: readonly PublicJwk[];
  readonly logs: readonly RegisteredLog[];
}

/** The certificate a gateway shows, as kept in its keys folder; empty before enrolment. */
export async function keptCertificate(folder: string): Promise<string> {
  return (await keptKeyFile(folder, "tls.cert.pem")) ?? "";
}

/** Renew once half of the life is over, so that an authority that is away for days hurts nobody. */
export function needsRenewal(pem: string, now: Date): boolean {
  if (pem === "") return true;
  const { validFrom, validTo } = new X509Certificate(pem);
  const from = Date.parse(validFrom);
  return now.getTime() > from + (Date.parse(validTo) - from) / 2;
}

/** Whether the configuration already says what this gateway wants said. */
export function registrationStands(
  registered: RegisteredGateway | undefined,
  wanted: WantedRegistration,
  keys: GatewayKeys,
  certificate: string,
): boolean {
  if (!registered || certificate === "") return false;
  const same = (left: readonly string[], right: readonly string[]): boolean =>
    [...left].sort().join("|") === [...right].sort().join("|");
  return (
    registered.address === wanted.address &&
    same(registered.clients, wanted.clients) &&
    same(
      registered.signingKeys.map((key) => key.keyid),
      [keys.signing.keyid, ...wanted.consentKeys.map((jwk) => jwkThumbprint(jwk))],
    ) &&
    same(
      registered.logs.map(({ vkey, url = "" }) => `${vkey} ${url}`),
      wanted.logs.map(({ vkey, url = "" }) => `${vkey} ${url}`),
    ) &&
    registered.tlsFingerprints.includes(fingerprintOf(new X509Certificate(certificate)))
  );
}

/**
 * Tells the authority about this gateway and fetches a certificate for its TLS key.
 * @throws `enrolment-refused` (with the authority's reason) or `authority-unreachable`
 */
export async function announce(o: {
  readonly authorityUrl: string;
  readonly keysFolder: string;
  readonly keys: GatewayKeys;
  readonly wanted: WantedRegistration;
  readonly invitation: string | undefined;
  readonly clock: Clock;
}): Promise<string> {
  const { wanted, keys } = o;
  const statement = await signStatement(
    {
      instance: wanted.instance,
      issuedAt: o.clock.now().toISOString(),
      gateway: wanted.gatewayId,
      address: wanted.address,
      subsystems: wanted.subsystems,
      signingKey: keys.signingJwk,
      consentKeys: wanted.consentKeys,
      logs: wanted.logs,
      csr: await certificateRequest(keys.tlsKey, createPrivateKey(keys.tlsKey), wanted.gatewayId),
      ...(o.invitation ? { invitation: o.invitation } : {}),
    },
    { keyid: keys.signing.keyid, privateKey: keys.signing.key },
  );
  let answer: Response;
  try {
    answer = await fetch(`${o.authorityUrl}/gateways`, {
      method: "POST",
      headers: { "content-type": "application/jose" },
      body: statement,
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw Object.assign(new Error("the authority does not answer", { cause }), { code: "authority-unreachable" });
  }
  const said = (await answer.json().catch(() => ({}))) as { certificate?: string; reason?: string };
  if (answer.status !== 201 || !said.certificate) {
    throw Object.assign(
      new Error(`the authority does not admit ${wanted.gatewayId}: ${said.reason ?? answer.status}`),
      {
        code: "enrolment-refused",
        reason: said.reason,
      },
    );
  }
  await putKeyFile(o.keysFolder, "tls.cert.pem", said.certificate);
  return said.certificate;
}
