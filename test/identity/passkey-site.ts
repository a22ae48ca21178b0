import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Hono } from "hono";
import { taiwan } from "#countries/taiwan";
import { listen } from "#http";
import { beginSignIn, finishSignIn, openIdentity, redirectReader, type Identity, type SignedIn } from "#identity";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { assets } from "#ui";
import { openCardAuthority, type CardAuthority } from "../../demo/cards/card-authority.ts";
import { startCardReader } from "../../demo/cards/card-reader.ts";
import { openCards } from "../../demo/cards/cards.ts";
import { openCardOffice } from "../../demo/cards/office.ts";
import { accountRoutes } from "../../src/sites/portal/account-routes.ts";
import { passkeyRoutes } from "../../src/sites/portal/passkey-routes.ts";
import type { PortalContext } from "../../src/sites/portal/portal-site.ts";
import { cookieNames, readVisit, type PortalEnv } from "../../src/sites/portal/request.ts";
import { signInRoutes } from "../../src/sites/portal/sign-in-routes.ts";

/** A portal with sign-in and the account alone, over HTTP, with cards and a reader. */
export interface PasskeySite {
  readonly origin: string;
  readonly identity: Identity;
  readonly authority: CardAuthority;
  readonly clock: ReturnType<typeof fixedClock>;
  rows(statement: string): Promise<Record<string, unknown>[]>;
  /** Signs in with a card at the reader. */
  card(id: "lin" | "wang", replaces?: string): Promise<SignedIn>;
  /** Ends the card at its issuer. */
  revoke(id: "lin" | "wang"): Promise<void>;
}

/** PIN1 of every card. */
export const pin1 = "1111";

/** Starts one with cards for 林美慧 (`lin`) and 王大文 (`wang`); it is gone when the test file is done. */
export async function passkeySite(): Promise<PasskeySite> {
  const clock = fixedClock("2026-11-22T04:00:00Z");
  let app = new Hono<PortalEnv>();
  const server = await listen((request, caller) => app.fetch(request, { caller }), {
    host: "127.0.0.1",
    port: 0,
    option: "--port",
  });
  after(() => server.close());
  // Browsers make passkeys for a name, never for an address.
  const origin = server.url.replace("127.0.0.1", "localhost");
  const cardDatabase = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "taroko-passkey-cards-"));
  const authority = await openCardAuthority({
    folder,
    database: cardDatabase,
    clock,
    listUrl: "http://127.0.0.1:1/cards.crl",
  });
  const cards = openCards(cardDatabase, authority);
  const office = openCardOffice({ database: cardDatabase, authority, cards, clock });
  const reader = await startCardReader({
    cards,
    authority,
    office,
    officers: [],
    allowedOrigins: [origin],
    host: "127.0.0.1",
    port: 0,
    option: "--reader-port",
  });
  after(() => reader.close());
  const readerUrl = reader.url.replace("127.0.0.1", "localhost");
  for (const [id, nationalId, surname, givenName] of [
    ["lin", "A700000001", "林", "美慧"],
    ["wang", "A700000002", "王", "大文"],
  ] as const)
    await cards.make({ id, holder: { nationalId, surname, givenName }, pin1, pin2: "22222" });
  const database = await testDatabase();
  const identity = await openIdentity({
    database,
    clock,
    siteSecret: new Uint8Array(32).fill(1),
    origin,
    trustedIssuers: [authority.issuer],
    country: "TW",
    authenticators: [redirectReader({ url: readerUrl })],
    lists: { urlFor: () => `${reader.url}/authority/cards.crl` },
  });
  const names = cookieNames(origin);
  const context = {
    portal: { country: taiwan, identity, database, clock },
    provider: { store: { transaction: () => Promise.resolve({ told: 0 }) }, options: { identity } },
    options: {
      origin,
      demonstration: true,
      logger: { info() {}, warn() {}, error() {} },
      readerUrl,
      signInsPerMinute: 10_000,
    },
  } as unknown as PortalContext;
  app = new Hono<PortalEnv>();
  app.get("/assets/*", (c) => {
    const file = assets().find(new URL(c.req.url).pathname);
    return file ? c.body(Buffer.from(file.bytes), 200, { "Content-Type": file.contentType }) : c.notFound();
  });
  app.use(async (c, next) => {
    c.set("visit", await readVisit(c, identity, names));
    await next();
  });
  app.route("/", signInRoutes(context, names));
  app.route("/", passkeyRoutes(context, names));
  app.route("/", accountRoutes(context));
  return {
    origin,
    identity,
    authority,
    clock,
    rows: (statement) => database.query(statement),
    async card(id, replaces) {
      const begun = await beginSignIn(identity);
      const response = await fetch(`${reader.url}/api/authenticate`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ card: id, pin: pin1, challenge: begun.challenge, origin }),
      });
      const { token } = (await response.json()) as { token: unknown };
      const answer = { browser: begun.browser, token: JSON.stringify(token), ...(replaces && { replaces }) };
      const done = await finishSignIn(identity, answer);
      if (!done.ok) throw new Error(`${done.error.code} ${done.error.inside}`);
      return done.value;
    },
    revoke: async (id) => void (await authority.revoke(id)),
  };
}
