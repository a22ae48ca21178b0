import { join } from "node:path";
import { setCookie, getCookie } from "hono/cookie";
import { pino } from "pino";
import { taiwan } from "#countries/taiwan";
import { listen } from "#http";
import {
  appointOfficer,
  localPath,
  redirectReader,
  registerPerson,
  setPersonStatus,
  type OpenIdProvider,
} from "#identity";
import { systemClock } from "#kernel";
import { startPortalSite } from "#sites";
import { openDatabase, startPostgres } from "#store";
import { bankChannel } from "../bank/index.ts";
import { openCardAuthority, openCards, startCardReader, type CardAuthority, type Cards } from "../cards/index.ts";
import { dayBefore, nameOf } from "../people.ts";
import { demoPins } from "../pins.ts";
import { clientKey, readyClients, registerClients } from "./clients.ts";
import { faultNames, faultSwitches } from "./faults.ts";
import { personaFront } from "./front.ts";
import { allPersonas, type Persona } from "./people.ts";
import type { PersonaSite } from "./persona-site.ts";
import { seedMandates } from "./seed-mandates.ts";
import { signInAs, weakSignIn } from "./sign-in-as.ts";
import { simulatedRegisters } from "./simulated-registers.ts";
import { openSpoiler } from "./spoil.ts";

/** Front, portal, card reader and registers answer on this machine alone, at four ports in a row. */
const host = "127.0.0.1";
export interface PersonasOptions {
  /** Where databases and keys live. */
  readonly folder: string;
  /** First of four ports in a row; relying parties use this one. */
  readonly port: number;
  readonly databaseUrl?: string | undefined;
  /** What the names of the databases begin with; `taroko_personas` unless told. */
  readonly databasePrefix?: string;
}

export interface RunningPersonas {
  readonly site: PersonaSite;
  /** Done when the accountant has their thirty clients. */
  readonly seeded: Promise<void>;
  close(): Promise<void>;
}

/** Databases of the personas on their server. */
export function personaDatabases(prefix: string = "taroko_personas"): readonly [portal: string, cards: string] {
  return [`${prefix}_portal`, `${prefix}_cards`];
}

/**
 * The whole sign-in with invented people, for those who build a relying party: the real portal with its provider and the
 * real card authority; registers are simulated in this process, and there is no gateway, witness or bank.
 */
export async function runPersonas(options: PersonasOptions): Promise<RunningPersonas> {
  const clock = systemClock;
  const { folder, port } = options;
  const origin = `http://localhost:${port}`;
  const at = (offset: number) => ({ host, port: port + offset, option: "--port" });
  const url = (offset: number): string => `http://localhost:${port + offset}`;
  const running: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const one of running.reverse()) await one.close();
    running.length = 0;
  };
  const started = <One extends { close(): Promise<void> }>(one: One): One => {
    running.push(one);
    return one;
  };
  try {
    // Another one running here is found out before its databases are touched.
    await (await listen(() => new Response(), at(0))).close();
    const server = await startPostgres({ folder: join(folder, "postgres"), url: options.databaseUrl });
    started({ close: () => server.stop() });
    const [portalName, cardsName] = personaDatabases(options.databasePrefix);
    const cardsDatabase = started(openDatabase(await server.database(cardsName), { max: 4 }));
    const keys = (name: string): string => join(folder, "keys", name);
    const readerUrl = url(2);
    const authority = await openCardAuthority({
      folder: keys("cards"),
      database: cardsDatabase,
      clock,
      listUrl: `http://${host}:${port + 2}/authority/cards.crl`,
      responderUrl: `http://${host}:${port + 2}/authority/ocsp`,
    });
    const cards = openCards(cardsDatabase, authority);
    started(await startCardReader({ ...at(2), cards, authority, allowedOrigins: [origin] }));
    started(await listen(simulatedRegisters(allPersonas).fetch, at(3)));
    const made = makeCards(cards, authority);
    made.catch(() => undefined); // told below
    const portal = started(
      await startPortalSite({
        databaseUrl: await server.database(portalName),
        keysFolder: keys("portal"),
        listen: at(1),
        origin,
        clock,
        country: taiwan,
        demonstration: true,
        operator: { agency: "moda", subsystem: "portal" },
        gatewayUrl: `http://${host}:${port + 3}`,
        // There is no exchange here: pages that show its public record say that it cannot be read.
        authority: { url: `http://${host}:${port + 3}`, anchor: "" },
        logOrigin: "personas.taroko.example/log/portal",
        witnesses: [],
        readerUrl,
        authenticators: [redirectReader({ url: readerUrl }), weakSignIn({ url: readerUrl })],
        cardIssuers: [authority.issuer],
        bank: bankChannel(`http://${host}:${port + 3}`),
        payer: {
          agencyName: "示範機關",
          organisationId: "TPE-DOSW",
          accountName: "示範帳戶",
          account: { institution: "0120009", number: "00000000001234" },
        },
        logger: pino({ level: process.env["TAROKO_LOG"] ?? "silent" }),
        // Test suites sign in far oftener than people do.
        signInsPerMinute: 100_000,
      }),
    );
    const { identity } = portal.portal;
    await made;
    await enterPeople(portal.provider);
    const clients = readyClients(taiwan.attributes.map(({ scope }) => scope));
    const keyFile = keys("relying-party.json");
    await registerClients(portal.provider, clients, { key: clientKey(keyFile), origin });

    const switches = faultSwitches();
    const personas = new Map(allPersonas.map((one) => [one.key, one]));
    const seeded = seedMandates({ ...portal.portal, cards, authority }, personas);
    seeded.catch(() => undefined); // told to whoever waits for it
    const site: PersonaSite = {
      origin,
      // By name: asked by its bare address, the portal sends browsers to its name.
      portalUrl: url(1),
      readerUrl,
      identity,
      provider: portal.provider,
      personas,
      clients,
      keyFile,
      switches,
      spoiler: await openSpoiler(),
      logoutUris: new Map(),
      async signIn(key, { client, low, replaces }) {
        if (key === "tang-accountant" || key === "jiang-employee") await seeded;
        const faults = faultNames.filter((name) => switches.has(client, name));
        return signInAs({ identity, cards, authority }, personas.get(key)!, { faults, replaces, low: low ?? false });
      },
      async enter(c, { key, next, low }) {
        const client = new URL(next, origin).searchParams.get("client_id") ?? undefined;
        const done = await site.signIn(key, { client, low: low ?? false, replaces: getCookie(c, "taroko-session") });
        const back = encodeURIComponent(localPath(next));
        if (!done.ok) return c.redirect(`/personas?next=${back}&refused=${done.error.code}`, 303);
        const cookie = { path: "/", httpOnly: true, sameSite: "Lax" } as const;
        setCookie(c, "taroko-session", done.value.token, cookie);
        setCookie(c, "personas-as", key, cookie);
        return c.redirect(localPath(next), 303);
      },
    };
    started(await listen(personaFront(site).fetch, at(0)));
    started({ close: () => seeded.catch(() => undefined) });
    return { site, seeded, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** A card for everybody who holds one, in the state that their persona is about. Making a card again changes nothing. */
async function makeCards(cards: Cards, authority: CardAuthority): Promise<void> {
  for (const persona of allPersonas) {
    if (persona.card === "none" && !persona.low) continue;
    const holder = { ...persona, ...persona.nameOnCard };
    const validity = { from: new Date(dayBefore({ years: 6, days: 0 })), to: new Date(dayBefore({ days: 30 })) };
    const { made } = await cards.make({
      id: persona.key,
      holder,
      ...demoPins,
      curve: "P-256",
      ...(persona.card === "expired" && { validity }),
    });
    if (made) await spoilCard(persona, cards, authority);
  }
}

async function spoilCard({ key, card, low }: Persona, cards: Cards, authority: CardAuthority): Promise<void> {
  if (card === "revoked") await authority.revoke(key);
  if (card === "locked")
    for (let tries = 0; tries < 3; tries += 1)
      await cards.authenticate({ card: key, pin: "0000", challenge: "", origin: "" });
  if (low) await cards.place(key, false);
}

/** Who is known before they sign in: officers, and those who have died. */
async function enterPeople({ options: { identity } }: OpenIdProvider): Promise<void> {
  for (const one of allPersonas) {
    const { nationalId, office, deceased } = one;
    if (!office && !deceased) continue;
    const { id } = await registerPerson(identity, { nationalId, name: nameOf(one) });
    if (deceased) await setPersonStatus(identity, id, "deceased");
    if (office) await appointOfficer(identity, { personId: id, ...office });
  }
}
