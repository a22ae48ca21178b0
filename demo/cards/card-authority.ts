import "reflect-metadata";
import {
  AuthorityInfoAccessExtension,
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
  X509CrlReason,
} from "@peculiar/x509";
import { ObjectIdentifier } from "asn1js";
import type { Clock } from "#kernel";
import { migrate, type Database } from "#store";
import { ecdsa, newSerial, openAuthorityKeys } from "./authority-keys.ts";
import type { Curve } from "./chip.ts";
import { readQuestion, writeAnswer, type ResponderFault } from "./responder.ts";
import { cardStore, type CardStore, type RevocationReason } from "./store.ts";

/** Policies of the demonstration's certificates, under the arc that ITU-T X.660 keeps for examples. */
export const cardPolicies = {
  authentication: "2.999.886.1",
  signature: "2.999.886.2",
  citizen: "2.999.886.3",
  seal: "2.999.886.4",
} as const;

const day = 86_400_000;
const listLifeMs = 10 * 60_000;

/** Whom a card is made for. The number is an invented one; its country is TW. */
export interface Holder {
  readonly nationalId: string;
  readonly surname: string;
  readonly givenName: string;
}

/** An organisation that seals what it sends out. */
export interface SealHolder {
  readonly name: string;
  /** By ETSI EN 319 412-1 section 5.1.4, for example `NTRTW-00000000`. */
  readonly identifier: string;
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
  /**
   * A certificate in the form of Taiwan's citizen certificates: the name, and of the number its last four digits alone.
   * It stands and falls with the card.
   */
  certifyCitizen(cardId: string, holder: Holder, key: CryptoKey): Promise<Uint8Array>;
  /** Certifies an organisation's key for seals, for five years; `publicKey` as SubjectPublicKeyInfo, DER. */
  certifySeal(organisation: SealHolder, publicKey: Uint8Array, curve: Curve): Promise<Uint8Array>;
  /** Takes the certificates of a card back, at once; `suspended` until {@link lift}. Answers how many that changed. */
  revoke(cardId: string, reason?: RevocationReason): Promise<{ readonly revoked: number }>;
  /** Lets suspended certificates of a card stand again, at once. Answers how many. */
  lift(cardId: string): Promise<{ readonly lifted: number }>;
  /** Answers an OCSP request by what stands this moment; `undefined` for no request, and when told to be down. */
  answer(request: Uint8Array): Promise<Uint8Array | undefined>;
  /** Answers about a card, or about all (`*`), wrongly on purpose; `undefined`: rightly again. */
  misanswer(cardId: string, fault: ResponderFault | undefined): Promise<void>;
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
  /** The public address of the responder; printed too. Without it certificates name none, and lists decide. */
  readonly responderUrl?: string;
}

const sequence = (...parts: readonly Uint8Array[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
};
const oid = (dotted: string) => new Uint8Array(new ObjectIdentifier({ value: dotted }).toBER());

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
  const keys = await openAuthorityKeys(options.folder, options.clock.now());
  const faults = new Map<string, ResponderFault>();
  const standingOf = (revokedAt: Date, reason: RevocationReason | null) => ({
    revokedAt,
    suspended: reason === "suspended",
  });
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
      ...(options.responderUrl ? [new AuthorityInfoAccessExtension({ ocsp: [options.responderUrl] })] : []),
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

    async certifyCitizen(cardId, holder, key) {
      const now = options.clock.now().getTime();
      const text = Buffer.from(holder.nationalId.slice(-4), "latin1");
      const lastFour = sequence(oid("2.16.886.1.100.2.51"), Buffer.concat([Buffer.from([0x31, 6, 0x13, 4]), text]));
      const certificate = await X509CertificateGenerator.create({
        serialNumber: newSerial(),
        subject: new Name([
          { C: [{ printableString: "TW" }] },
          { CN: [{ utf8String: holder.surname + holder.givenName }] },
          // The card's number, not the person's; of a kind that no reader takes for a person's.
          { "2.5.4.5": [{ printableString: `IDCTW-${newSerial().slice(0, 16)}` }] },
        ]),
        issuer: keys.issuer.subjectName,
        notBefore: new Date(now - day),
        notAfter: new Date(now + 5 * 365 * day),
        publicKey: key,
        signingKey: keys.key,
        signingAlgorithm: ecdsa("SHA-384"),
        extensions: [
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new CertificatePolicyExtension([cardPolicies.citizen]),
          new CRLDistributionPointsExtension([options.listUrl]),
          ...(options.responderUrl ? [new AuthorityInfoAccessExtension({ ocsp: [options.responderUrl] })] : []),
          await AuthorityKeyIdentifierExtension.create(keys.issuer),
          new Extension("2.5.29.9", false, sequence(lastFour)),
        ],
      });
      await store.putCertificate(certificate.serialNumber, cardId);
      return new Uint8Array(certificate.rawData);
    },

    async certifySeal({ name, identifier }, publicKey, curve) {
      const algorithm = { name: "ECDSA", namedCurve: curve };
      const key = await crypto.subtle.importKey("spki", new Uint8Array(publicKey), algorithm, true, ["verify"]);
      const now = options.clock.now().getTime();
      const certificate = await X509CertificateGenerator.create({
        serialNumber: newSerial(),
        subject: new Name([
          { C: [{ printableString: "TW" }] },
          { O: [{ utf8String: name }] },
          { "2.5.4.97": [{ utf8String: identifier }] },
          { CN: [{ utf8String: name }] },
        ]),
        issuer: keys.issuer.subjectName,
        notBefore: new Date(now - day),
        notAfter: new Date(now + 5 * 365 * day),
        publicKey: key,
        signingKey: keys.key,
        signingAlgorithm: ecdsa("SHA-384"),
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.nonRepudiation, true),
          new CertificatePolicyExtension([cardPolicies.seal]),
          new CRLDistributionPointsExtension([options.listUrl]),
          ...(options.responderUrl ? [new AuthorityInfoAccessExtension({ ocsp: [options.responderUrl] })] : []),
          await AuthorityKeyIdentifierExtension.create(keys.issuer),
          await SubjectKeyIdentifierExtension.create(key),
        ],
      });
      await store.putCertificate(certificate.serialNumber, null);
      return new Uint8Array(certificate.rawData);
    },

    async revoke(cardId, reason = "revoked") {
      const revoked = await store.revokeCertificates(cardId, reason, options.clock.now());
      current = undefined;
      return { revoked };
    },

    async lift(cardId) {
      const lifted = await store.liftSuspension(cardId);
      current = undefined;
      return { lifted };
    },

    async answer(request) {
      const question = readQuestion(request);
      if (!question) return undefined;
      const row = await store.certificate(question.serial);
      const fault = faults.get(question.serial) ?? faults.get("*");
      if (fault === "down") return undefined;
      return writeAnswer(question, {
        known: !row ? "unknown" : !row.revokedAt ? "standing" : standingOf(row.revokedAt, row.reason),
        now: options.clock.now(),
        delegate: keys.delegate,
        key: keys.delegateKey,
        ...(fault && { fault }),
      });
    },

    async misanswer(cardId, fault) {
      const serials = cardId === "*" ? ["*"] : (await store.certificatesOf(cardId)).map(({ serial }) => serial);
      for (const serial of serials) {
        if (fault) faults.set(serial, fault);
        else faults.delete(serial);
      }
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
        entries: revoked.map(({ serial, revokedAt, reason }) => ({
          serialNumber: serial,
          revocationDate: revokedAt,
          ...(reason === "suspended" && { reason: X509CrlReason.certificateHold }),
        })),
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
