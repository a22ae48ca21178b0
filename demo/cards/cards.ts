import { randomBytes, randomInt, scryptSync, timingSafeEqual } from "node:crypto";
import { authenticationBytes, readCertificate } from "#identity";
import { err, fromBase64, ok, toBase64, type Result } from "#kernel";
import type { Database } from "#store";
import { makeCardKeys, type CardAuthority, type Holder } from "./card-authority.ts";
import { publicKeyOf, signCms } from "./chip-cms.ts";
import { hashFunctionOf, signHash, signMessage, type Curve } from "./chip.ts";
import { cardStore, type CardRow, type CardStore, type Pin } from "./store.ts";

/** Why the card or reader said no; the names of the Web eID errors' Taroko codes. */
export type ReaderRefusal =
  | { readonly code: "PIN_WRONG"; readonly triesLeft: number }
  | { readonly code: "PIN_LOCKED" }
  | { readonly code: "PUK_WRONG"; readonly triesLeft: number }
  | { readonly code: "PUK_LOCKED" }
  | { readonly code: "PIN_FORM" }
  | { readonly code: "NO_CARD" }
  | { readonly code: "HASH_UNSUPPORTED" };

export interface NewCard {
  /** A short stable name, for example `lin-mei-hua`. Making it again changes nothing. */
  readonly id: string;
  readonly holder: Holder;
  readonly pin1: string;
  readonly pin2: string;
  /** Unblocks a locked PIN; eight invented digits unless given. */
  readonly puk?: string;
  /** Default P-384. */
  readonly curve?: Curve;
  readonly validity?: { readonly from: Date; readonly to: Date };
}

/** A card as the reader's page shows it. */
export interface CardView {
  readonly id: string;
  readonly holder: string;
  /** The demonstration prints its invented PINs beside the card, so that a visitor can play. */
  readonly hint: string;
  readonly inReader: boolean;
  readonly triesLeft: Readonly<Record<Pin, number>>;
  /** Printed on the plastic; an office finds the card by it. */
  readonly number: string;
}

/** A Web eID authentication token (format `web-eid:1.0`). */
export interface AuthToken {
  readonly format: "web-eid:1.0";
  readonly algorithm: "ES256" | "ES384";
  readonly appVersion: string;
  readonly signature: string;
  readonly unverifiedCertificate: string;
}

export interface Authenticated {
  readonly token: AuthToken;
  /** base64 DER of the card's other certificate, so that signing later needs one visit. */
  readonly signingCertificate: string;
}

export interface CardSignature {
  /** base64 of raw R‖S. */
  readonly signature: string;
  /** base64 DER of the signature certificate. */
  readonly certificate: string;
  readonly algorithm: "ES256" | "ES384";
}

/** The box of demonstration cards: makes them, keeps PIN counters through restarts, lets their chips sign. */
export interface Cards {
  make(card: NewCard): Promise<{ readonly made: boolean }>;
  list(): Promise<CardView[]>;
  /** Puts a card into the reader or takes it out. Answers whether it exists. */
  place(id: string, inReader: boolean): Promise<boolean>;
  /** What a registration counter does for a locked card: both PIN counters full again. */
  unblock(id: string): Promise<void>;
  /** What the holder does at home: the unblocking code (three tries) and a new PIN. */
  unblockByCode(request: {
    readonly card: string;
    readonly puk: string;
    readonly pin: Pin;
    readonly newPin: string;
  }): Promise<Result<{ readonly unblocked: true }, ReaderRefusal>>;
  authenticate(request: {
    readonly card: string;
    readonly pin: string;
    readonly challenge: string;
    readonly origin: string;
  }): Promise<Result<Authenticated, ReaderRefusal>>;
  /** DER of the card's certificate as a citizen's: what HiPKI's component and TW FidO work with. */
  citizenCertificate(card: string): Promise<Uint8Array | undefined>;
  /** PKCS#7 over a text by that certificate, with PIN1; without a PIN where a phone has asked its owner already. */
  signAsCitizen(request: {
    readonly card: string;
    readonly pin?: string;
    readonly text: string;
  }): Promise<Result<{ readonly pkcs7: Uint8Array }, ReaderRefusal>>;
  sign(request: {
    readonly card: string;
    readonly pin: string;
    readonly hash: string;
    readonly hashFunction: string;
  }): Promise<Result<CardSignature, ReaderRefusal>>;
}

// A real chip counts tries in silicon; a slow hash is not what protects four digits, so a light one is enough here.
const pinHash = (pin: string, salt: Buffer) => scryptSync(pin, salt, 32, { N: 1024 });
const noSalt = randomBytes(16);

/** Decimal digits, each as likely as any other. */
export function randomDigits(count: number): string {
  return Array.from({ length: count }, () => String(randomInt(10))).join("");
}

async function pem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}

/**
 * Checks a PIN as a chip does: the try is spent, durably, before the comparison, so pulling the plug in between gains
 * nothing; the right PIN fills the counter again.
 */
async function withPin(store: CardStore, id: string, pin: Pin, given: string): Promise<Result<CardRow, ReaderRefusal>> {
  const card = await store.card(id);
  const [salt, hash] = pin === 1 ? [card?.pin1_salt, card?.pin1_hash] : [card?.pin2_salt, card?.pin2_hash];
  const before = card?.in_reader ? await store.spendTry(id, pin) : 0;
  // Worked out in every case: how long the answer takes says neither whether there is such a card nor whether it is locked.
  const computed = pinHash(given, salt ?? noSalt);
  if (!card?.in_reader || !hash) return err({ code: "NO_CARD" });
  if (before === 0) return err({ code: "PIN_LOCKED" });
  if (!timingSafeEqual(computed, hash))
    return err(before === 1 ? { code: "PIN_LOCKED" } : { code: "PIN_WRONG", triesLeft: before - 1 });
  await store.restoreTries(id, pin);
  return ok(card);
}

/** Whom a card was made for, as its certificate says. */
export function holderOf(card: Pick<CardRow, "authentication_certificate">): Holder {
  const { subject } = readCertificate(card.authentication_certificate);
  return {
    nationalId: (subject.serialNumber ?? "").replace(/^PNOTW-/, ""),
    surname: subject.surname ?? "",
    givenName: subject.givenName ?? "",
  };
}

export function openCards(database: Database, authority: CardAuthority): Cards {
  const store = cardStore(database);

  async function citizenCertificate(id: string): Promise<Uint8Array | undefined> {
    const card = await store.card(id);
    if (!card || card.citizen_certificate) return card?.citizen_certificate ?? undefined;
    const key = await publicKeyOf(card.authentication_key);
    await store.keepCitizenCertificate(id, Buffer.from(await authority.certifyCitizen(id, holderOf(card), key)));
    return (await store.card(id))?.citizen_certificate ?? undefined;
  }

  return {
    citizenCertificate,
    async signAsCitizen({ card: id, pin, text }) {
      const opened = pin === undefined ? undefined : await withPin(store, id, 1, pin);
      if (opened && !opened.ok) return opened;
      const card = await store.card(id);
      const certificate = await citizenCertificate(id);
      if (!card || !certificate) return err({ code: "NO_CARD" });
      return ok({ pkcs7: await signCms(card.authentication_key, certificate, text) });
    },
    async make({ id, holder, pin1, pin2, puk = randomDigits(8), curve = "P-384", validity }) {
      if (await store.card(id)) return { made: false };
      const keys = await makeCardKeys(curve);
      const { authentication, signature, serials } = await authority.certify(
        holder,
        { authentication: keys.authentication.publicKey, signature: keys.signature.publicKey },
        validity,
      );
      const [salt1, salt2, salt3] = [randomBytes(16), randomBytes(16), randomBytes(16)];
      const made = await store.putCard(
        {
          id,
          holder: holder.surname + holder.givenName,
          number: `TD${randomDigits(10)}`,
          hint: `PIN1 ${pin1} · PIN2 ${pin2} · PUK ${puk}`,
          authentication_key: await pem(keys.authentication.privateKey),
          authentication_certificate: Buffer.from(authentication),
          signature_key: await pem(keys.signature.privateKey),
          signature_certificate: Buffer.from(signature),
          pin1_salt: salt1,
          pin1_hash: pinHash(pin1, salt1),
          pin2_salt: salt2,
          pin2_hash: pinHash(pin2, salt2),
          puk_salt: salt3,
          puk_hash: pinHash(puk, salt3),
        },
        serials,
      );
      return { made };
    },
    async list() {
      return (await store.cards()).map((row) => ({
        id: row.id,
        holder: row.holder,
        hint: row.hint,
        inReader: row.in_reader,
        number: row.number,
        triesLeft: { 1: row.pin1_tries, 2: row.pin2_tries },
      }));
    },
    place: (id, inReader) => store.place(id, inReader),
    async unblock(id) {
      await store.restoreTries(id, 1);
      await store.restoreTries(id, 2);
      await store.restorePukTries(id);
    },
    async unblockByCode({ card: id, puk, pin, newPin }) {
      if (!(pin === 1 ? /^\d{4,12}$/ : /^\d{5,12}$/).test(newPin)) return err({ code: "PIN_FORM" });
      const card = await store.card(id);
      const before = card?.in_reader ? await store.spendPukTry(id) : 0;
      const computed = pinHash(puk, card?.puk_salt ?? noSalt);
      if (!card?.in_reader) return err({ code: "NO_CARD" });
      if (before === 0 || !card.puk_hash) return err({ code: "PUK_LOCKED" });
      if (!timingSafeEqual(computed, card.puk_hash))
        return err(before === 1 ? { code: "PUK_LOCKED" } : { code: "PUK_WRONG", triesLeft: before - 1 });
      const salt = randomBytes(16);
      await store.restorePukTries(id);
      await store.setPin(id, pin, salt, pinHash(newPin, salt));
      return ok({ unblocked: true });
    },
    async authenticate({ card: id, pin, challenge, origin }) {
      const opened = await withPin(store, id, 1, pin);
      if (!opened.ok) return opened;
      const card = opened.value;
      const signed = signMessage(card.authentication_key, (hash) => authenticationBytes(hash, origin, challenge));
      return ok({
        token: {
          format: "web-eid:1.0",
          ...signed,
          appVersion: "https://taroko.example/card-reader-simulator/1.0",
          unverifiedCertificate: toBase64(card.authentication_certificate),
        },
        signingCertificate: toBase64(card.signature_certificate),
      });
    },
    async sign({ card: id, pin, hash, hashFunction }) {
      const card = await store.card(id);
      const digest = fromBase64(hash);
      const fits = card && hashFunction === hashFunctionOf(card.signature_key);
      if (card && (!fits || digest?.length !== (hashFunction === "SHA-256" ? 32 : 48)))
        return err({ code: "HASH_UNSUPPORTED" });
      const opened = await withPin(store, id, 2, pin);
      if (!opened.ok) return opened;
      return ok({
        signature: toBase64(signHash(opened.value.signature_key, digest!)),
        certificate: toBase64(opened.value.signature_certificate),
        algorithm: hashFunction === "SHA-256" ? "ES256" : "ES384",
      });
    },
  };
}
