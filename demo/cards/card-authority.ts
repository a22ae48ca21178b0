import "reflect-metadata";
import { createPrivateKey, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CertificatePolicyExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";
import type { Clock } from "#kernel";
import { migrate, type Database } from "#store";
import type { Curve } from "./chip.ts";
import { cardStore, type CardStore } from "./store.ts";

/** Policies of the demonstration's certificates, under the arc that ITU-T X.660 keeps for examples. */
export const cardPolicies = { authentication: "2.999.886.1", signature: "2.999.886.2" } as const;

const day = 86_400_000;
const ecdsa = (hash: string) => ({ name: "ECDSA", hash }) as const;
const listLifeMs = 10 * 60_000;

/** Whom a card is made for. The number is an invented one; its country is TW. */
export interface Holder {
  readonly nationalId: string;
  readonly surname: string;
  readonly givenName: string;
}

export interface CertificatePair {
  readonly authentication: Uint8Array;
  readonly signature: Uint8Array;
  readonly serials: readonly [string, string];
}

/** The demonstration country's authority for citizens' cards. Nobody outside a demonstration may trust it. */
export interface CardAuthority {
  /** DER of the issuing authority: what a relying site puts into its trusted issuers. */
  readonly issuer: Uint8Array;
  /** DER of the root, for completeness; relying sites trust the issuing one. */
  readonly root: Uint8Array;
  /** Certifies the two keys of a new card. Dates are for making expired personas; default five years from now. */
  certify(
    holder: Holder,
    keys: { readonly authentication: CryptoKey; readonly signature: CryptoKey },
    validity?: { readonly from: Date; readonly to: Date },
  ): Promise<CertificatePair>;
  /** Takes both certificates of a card back, at once. Answers how many were still standing. */
  revoke(cardId: string): Promise<{ readonly revoked: number }>;
  /** The present revocation list, DER; signed anew when something changed or half its life is over. */
  revocationList(): Promise<Uint8Array>;
}

export interface CardAuthorityOptions {
  /** Where its keys are kept; made at the first start, readable by this user only. */
  readonly folder: string;
  readonly database: Database;
  readonly clock: Clock;
  /** The public address of the revocation list; printed into every certificate. */
  readonly listUrl: string;
}

interface AuthorityKeys {
  readonly root: X509Certificate;
  readonly issuer: X509Certificate;
  readonly key: CryptoKey;
}

const nameOf = (commonName: string) =>
  new Name([
    { C: [{ printableString: "TW" }] },
    { O: [{ utf8String: "Taroko demonstration" }] },
    { CN: [{ utf8String: commonName }] },
  ]);

const newSerial = () => {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40; // positive and of full length in DER
  return bytes.toString("hex");
};

async function makeKeys(folder: string, now: Date): Promise<AuthorityKeys> {
  const curve = { name: "ECDSA", namedCurve: "P-384" };
  const rootKeys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const issuerKeys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const from = new Date(now.getTime() - 30 * 365 * day); // the demonstration has personas whose cards have expired
  const usages = new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true);
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: nameOf("Taroko demonstration card root"),
    notBefore: from,
    notAfter: new Date(now.getTime() + 20 * 365 * day),
    keys: rootKeys,
    signingAlgorithm: ecdsa("SHA-384"),
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      usages,
      await SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const issuer = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: nameOf("Taroko demonstration citizen cards"),
    issuer: root.subjectName,
    notBefore: from,
    notAfter: new Date(now.getTime() + 10 * 365 * day),
    publicKey: issuerKeys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ecdsa("SHA-384"),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      usages,
      await SubjectKeyIdentifierExtension.create(issuerKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", issuerKeys.privateKey));
  const pem = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
  // The root's key is not kept: its one certificate is made. One rename makes the whole set appear or nothing of it.
  const set = JSON.stringify({ root: root.toString("base64"), issuer: issuer.toString("base64"), issuerKey: pem });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "authority.json.new"), set, { mode: 0o600 });
  await rename(join(folder, "authority.json.new"), join(folder, "authority.json"));
  return { root, issuer, key: issuerKeys.privateKey };
}

async function readKeys(folder: string): Promise<AuthorityKeys> {
  const set = JSON.parse(await readFile(join(folder, "authority.json"), "utf8")) as Record<string, string>;
  const pkcs8 = createPrivateKey(set["issuerKey"]!).export({ format: "der", type: "pkcs8" });
  return {
    root: new X509Certificate(set["root"]!),
    issuer: new X509Certificate(set["issuer"]!),
    key: await crypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-384" }, false, ["sign"]),
  };
}

/** RFC 5280 section 5.2.3: the list's number, here the milliseconds of its making, as a DER INTEGER. */
function listNumberExtension(now: Date): Extension {
  const hex = now.getTime().toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  const content = octets[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), octets]) : octets;
  return new Extension("2.5.29.20", false, Buffer.concat([Buffer.from([0x02, content.length]), content]));
}

/** Opens the card authority, making its keys at the first start. */
export async function openCardAuthority(options: CardAuthorityOptions): Promise<CardAuthority> {
  await migrate(options.database, "cards", new URL("./migrations/", import.meta.url));
  const store: CardStore = cardStore(options.database);
  const made = existsSync(join(options.folder, "authority.json"));
  const keys = made ? await readKeys(options.folder) : await makeKeys(options.folder, options.clock.now());
  let current: { readonly der: Uint8Array; readonly at: number } | undefined;

  async function certify(
    holder: Holder,
    publicKey: CryptoKey,
    use: "authentication" | "signature",
    validity: { readonly from: Date; readonly to: Date },
  ): Promise<X509Certificate> {
    const extensions = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(
        use === "authentication" ? KeyUsageFlags.digitalSignature : KeyUsageFlags.nonRepudiation,
        true,
      ),
      new CertificatePolicyExtension([cardPolicies[use]]),
      new CRLDistributionPointsExtension([options.listUrl]),
      await AuthorityKeyIdentifierExtension.create(keys.issuer),
      await SubjectKeyIdentifierExtension.create(publicKey),
      ...(use === "authentication" ? [new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.2"])] : []),
    ];
    return X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: new Name([
        { C: [{ printableString: "TW" }] },
        { CN: [{ utf8String: holder.surname + holder.givenName }] },
        { "2.5.4.4": [{ utf8String: holder.surname }] },
        { "2.5.4.42": [{ utf8String: holder.givenName }] },
        { "2.5.4.5": [{ printableString: `PNOTW-${holder.nationalId}` }] },
      ]),
      issuer: keys.issuer.subjectName,
      notBefore: validity.from,
      notAfter: validity.to,
      publicKey,
      signingKey: keys.key,
      signingAlgorithm: ecdsa("SHA-384"),
      extensions,
    });
  }

  return {
    issuer: new Uint8Array(keys.issuer.rawData),
    root: new Uint8Array(keys.root.rawData),

    async certify(holder, publicKeys, validity) {
      const now = options.clock.now().getTime();
      const dates = validity ?? { from: new Date(now - day), to: new Date(now + 5 * 365 * day) };
      const authentication = await certify(holder, publicKeys.authentication, "authentication", dates);
      const signature = await certify(holder, publicKeys.signature, "signature", dates);
      return {
        authentication: new Uint8Array(authentication.rawData),
        signature: new Uint8Array(signature.rawData),
        serials: [authentication.serialNumber, signature.serialNumber],
      };
    },

    async revoke(cardId) {
      const revoked = await store.revokeCertificates(cardId, options.clock.now());
      current = undefined;
      return { revoked };
    },

    async revocationList() {
      const now = options.clock.now();
      if (current && Math.abs(now.getTime() - current.at) < listLifeMs / 2) return current.der;
      const revoked = await store.revokedCertificates();
      const list = await X509CrlGenerator.create({
        issuer: keys.issuer.subjectName,
        thisUpdate: new Date(now.getTime() - 1000),
        nextUpdate: new Date(now.getTime() + listLifeMs),
        signingKey: keys.key,
        signingAlgorithm: ecdsa("SHA-384"),
        entries: revoked.map(({ serial, revokedAt }) => ({ serialNumber: serial, revocationDate: revokedAt })),
        extensions: [listNumberExtension(now), await AuthorityKeyIdentifierExtension.create(keys.issuer)],
      });
      current = { der: new Uint8Array(list.rawData), at: now.getTime() };
      return current.der;
    },
  };
}

/** Fresh keys for one card. */
export async function makeCardKeys(curve: Curve): Promise<{
  readonly authentication: CryptoKeyPair;
  readonly signature: CryptoKeyPair;
}> {
  const make = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: curve }, true, ["sign", "verify"]);
  return { authentication: await make(), signature: await make() };
}
