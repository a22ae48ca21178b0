import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Localised } from "#kernel";
import { certificateRequest } from "../authority/certificates.ts";
import { postToAuthority } from "../authority/post.ts";
import { signKeyProof, signStatement, type PublicJwk, type StatementKey } from "../authority/statement.ts";
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

/** The file of the key that is to follow the signing key; there only while a roll-over is under way. */
const nextKeyFile = "signing.next.key.pem";

const freshKey = async (): Promise<string> =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** The key a gateway rolls to: kept before the authority hears of it, so that a kill loses neither. */
export async function nextSigningKey(folder: string): Promise<SigningKey> {
  return signingKeyOf(await keyFile(folder, nextKeyFile, freshKey));
}

/** Takes the next key into use, if it is the one that the authority registered. True when it was. */
export async function settleSigningKey(folder: string, registered: string | undefined): Promise<boolean> {
  const next = await keptKeyFile(folder, nextKeyFile);
  if (next === undefined || signingKeyOf(next).keyid !== registered) return false;
  await putKeyFile(folder, "signing.key.pem", next);
  await rm(join(folder, nextKeyFile), { force: true });
  return true;
}

/** A member's signing key, ready to sign messages and statements. */
export interface SigningKey extends StatementKey {
  readonly jwk: PublicJwk;
  readonly hop: HopKey;
}

export function signingKeyOf(pem: string): SigningKey {
  const key = createPrivateKey(pem);
  const jwk = publicJwkOf(key);
  const keyid = jwkThumbprint(jwk);
  return { keyid, privateKey: key, jwk, hop: { keyid, alg: "ecdsa-p256-sha256", key } };
}

export async function gatewayKeys(folder: string): Promise<GatewayKeys> {
  const tlsKey = await keyFile(folder, "tls.key.pem", freshKey);
  const signing = signingKeyOf(await keyFile(folder, "signing.key.pem", freshKey));
  const lookup = await keyFile(folder, "lookup.key", async () => randomBytes(32).toString("base64url"));
  return {
    tlsKey,
    signing: signing.hop,
    signingJwk: signing.jwk,
    lookupKey: Buffer.from(lookup, "base64url"),
  };
}

/** The key under which kept messages lie in the database; made once. */
export async function messagesKey(folder: string): Promise<Uint8Array> {
  const text = await keyFile(folder, "messages.key", async () => randomBytes(32).toString("base64url"));
  return Buffer.from(text, "base64url");
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
  /** Names of subsystems that may not be registered yet, by their codes. */
  readonly subsystemNames?: Readonly<Record<string, Localised>> | undefined;
}

/** The certificate a gateway shows, as kept in its keys folder; empty before enrolment. */
export async function keptCertificate(folder: string): Promise<string> {
  return (await keptKeyFile(folder, "tls.cert.pem")) ?? "";
}

/**
 * Renew once half of the life is over, so that an authority that is away for days hurts nobody; and when another
 * certificate authority issues than the one that issued this one. `trusted` is PEM, the issuing one first.
 */
export function needsRenewal(pem: string, now: Date, trusted = ""): boolean {
  if (pem === "") return true;
  const own = new X509Certificate(pem);
  const { validFrom, validTo } = own;
  const from = Date.parse(validFrom);
  if (trusted !== "" && !own.verify(new X509Certificate(trusted).publicKey)) return true;
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
      registered.signingKeys.filter((key) => key.notAfter === undefined).map((key) => key.keyid),
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
 * Tells the authority about this gateway and fetches a certificate for its TLS key. With `next` the gateway speaks with
 * that signing key from then on: the old one signs the statement, the new one proves itself in it.
 * @throws `enrolment-refused` (with the authority's reason) or `authority-unreachable`
 */
export async function announce(o: {
  readonly authorityUrl: string;
  readonly keysFolder: string;
  readonly keys: GatewayKeys;
  readonly wanted: WantedRegistration;
  readonly invitation: string | undefined;
  readonly clock: Clock;
  readonly next?: SigningKey;
}): Promise<string> {
  const { wanted, keys, next } = o;
  const said = { instance: wanted.instance, gateway: wanted.gatewayId, issuedAt: o.clock.now().toISOString() };
  const statement = await signStatement(
    {
      ...said,
      nonce: randomBytes(16).toString("base64url"),
      address: wanted.address,
      subsystems: wanted.subsystems,
      signingKey: next?.jwk ?? keys.signingJwk,
      consentKeys: wanted.consentKeys,
      logs: wanted.logs,
      csr: await certificateRequest(keys.tlsKey, createPrivateKey(keys.tlsKey), wanted.gatewayId),
      ...(o.invitation ? { invitation: o.invitation } : {}),
      ...(wanted.subsystemNames ? { subsystemNames: wanted.subsystemNames } : {}),
      ...(next ? { keyProof: await signKeyProof(said, next) } : {}),
    },
    { keyid: keys.signing.keyid, privateKey: keys.signing.key },
  );
  const answer = await postToAuthority(o.authorityUrl, "/gateways", statement);
  if (!answer) throw Object.assign(new Error("the authority does not answer"), { code: "authority-unreachable" });
  const { certificate, reason } = answer.body;
  if (answer.status !== 201 || typeof certificate !== "string") {
    const why = typeof reason === "string" ? reason : String(answer.status);
    throw Object.assign(new Error(`the authority does not admit ${wanted.gatewayId}: ${why}`), {
      code: "enrolment-refused",
      reason,
    });
  }
  await putKeyFile(o.keysFolder, "tls.cert.pem", certificate);
  return certificate;
}
