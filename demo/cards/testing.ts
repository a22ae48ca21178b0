import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { openIdentity, type Identity, type IdentityOptions } from "#identity";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { openCardAuthority, type CardAuthority, type CertificatePair, type Holder } from "./card-authority.ts";
import { startCardReader } from "./card-reader.ts";
import { openCardOffice, type CardOffice } from "./office.ts";
import { openTimeStamps, type TimeStamps } from "./time-stamps.ts";
import { openCards, type Authenticated, type Cards, type CardSignature } from "./cards.ts";

/** A portal's origin, and that of a site which would like to be mistaken for it. */
export const portalOrigin = "https://portal.example";
export const otherOrigin = "https://portal-example.example";

/** A small country for tests: an authority, a reader on a real port, and a site's identity module that trusts them. */
export interface CardCountry {
  readonly clock: ReturnType<typeof fixedClock>;
  readonly authority: CardAuthority;
  readonly cards: Cards;
  readonly identity: Identity;
  readonly options: IdentityOptions;
  readonly readerUrl: string;
  readonly office: CardOffice;
  readonly timeStamps: TimeStamps;
  /** Makes a card with PIN1 `1111` and PIN2 `22222` for an invented person. */
  issue(
    id: string,
    change?: { nationalId?: string; givenName?: string; validity?: { from: Date; to: Date } },
  ): Promise<void>;
  /** Certifies a key that lies elsewhere, for example in a token; the authority then answers for it. */
  enrol(id: string, holder: Holder, publicKey: CryptoKey): Promise<CertificatePair>;
  authenticate(request: {
    card: string;
    pin?: string;
    challenge: string;
    origin?: string;
  }): Promise<Answer<Authenticated>>;
  sign(request: { card: string; pin?: string; hash: string; hashFunction: string }): Promise<Answer<CardSignature>>;
}

/** What the reader's JSON API answered. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body & { readonly code?: string; readonly triesLeft?: number };
}

/** Opens one; it is gone when the test file is done. With `responder` the site asks by OCSP, else it reads the list. */
export async function cardCountry(by: { readonly responder?: boolean } = {}): Promise<CardCountry> {
  const clock = fixedClock("2026-11-22T04:00:00Z");
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "taroko-card-authority-"));
  const authority = await openCardAuthority({ folder, database, clock, listUrl: "http://127.0.0.1:1/cards.crl" });
  const cards = openCards(database, authority);
  const office = openCardOffice({ database, authority, cards, clock });
  const timeStamps = await openTimeStamps(folder, clock);
  const reader = await startCardReader({
    cards,
    timeStamps,
    authority,
    office,
    officers: ["Lin Mei"],
    allowedOrigins: [portalOrigin, otherOrigin],
    host: "127.0.0.1",
    port: 0,
    option: "--reader-port",
  });
  after(() => reader.close());
  const options: IdentityOptions = {
    database: await testDatabase(),
    clock,
    siteSecret: new Uint8Array(32).fill(1),
    origin: portalOrigin,
    trustedIssuers: [authority.issuer],
    country: "TW",
    lists: {
      urlFor: () => `${reader.url}/authority/cards.crl`,
      ...(by.responder && { settingsFor: () => ({ ocsp: { url: `${reader.url}/authority/ocsp` } }) }),
    },
  };
  const ask = async <Body>(path: string, body: unknown): Promise<Answer<Body>> => {
    const response = await fetch(reader.url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer<Body>["body"] };
  };
  return {
    clock,
    authority,
    cards,
    options,
    identity: await openIdentity(options),
    readerUrl: reader.url,
    office,
    timeStamps,
    async issue(id, { nationalId = "A700000001", givenName = "美華", validity } = {}) {
      const holder = { nationalId, surname: "林", givenName };
      await cards.make({ id, holder, pin1: "1111", pin2: "22222", ...(validity && { validity }) });
    },
    async enrol(id, holder, publicKey) {
      // The box's own card carries the serial numbers in the authority's books; its chip is never used.
      await cards.make({ id, holder, pin1: "1111", pin2: "22222" });
      const pair = await authority.certify(holder, { authentication: publicKey, signature: publicKey });
      for (const serial of pair.serials)
        await database.run("insert into cards.certificate (serial, card_id) values ($1, $2)", [serial, id]);
      return pair;
    },
    authenticate: ({ pin = "1111", origin = portalOrigin, ...rest }) =>
      ask("/api/authenticate", { pin, origin, ...rest }),
    sign: ({ pin = "22222", ...rest }) => ask("/api/sign", { pin, ...rest }),
  };
}
