import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { registers, taiwan } from "#countries/taiwan";
import { identifierPath, type ClientId, type MemberId } from "#exchange";
import { agencyOf } from "#flows";
import { listen } from "#http";
import { appointOfficer, registerPerson } from "#identity";
import { randomToken, systemClock, type Clock } from "#kernel";
import type { WitnessEndpoint } from "#ledger";
import { setBudget } from "#payments";
import { checkRegisterFile } from "#registries";
import {
  portalKeys,
  startAuthoritySite,
  startGatewaySite,
  startPortalSite,
  startWitnessSite,
  witnessVerifierKey,
  type AuthoritySiteOptions,
  type GatewaySiteOptions,
  type PortalSite,
  type Site,
} from "#sites";
import { openDatabase, startPostgres, type Database } from "#store";
import { socialWelfareAccounts, startAgencyProvider, twoFactors, type AgencyProvider } from "./agency-idp/index.ts";
import { bankChannel, createBank, ownerChannel } from "./bank/index.ts";
import {
  openCardAuthority,
  openCardOffice,
  openCards,
  openSiteSeal,
  openTimeStamps,
  startCardReader,
  type Cards,
} from "./cards/index.ts";
import { sandboxProvider, startPay } from "./pay/index.ts";
import { demoPaymentApi } from "./payment-api.ts";
import { personas, population, type DemoPerson } from "./people.ts";
import { allPersonas } from "./personas/people.ts";
import { demoPins } from "./pins.ts";
import { fillRegister } from "./registers.ts";
import { rightsOf } from "./rights.ts";
import { writeSiteFiles } from "./site-files.ts";
import { startWays } from "./ways.ts";

/** How the demonstration country is laid out on one machine: one block of ports, one folder, one PostgreSQL. */
export interface CountryOptions {
  /** Where databases and keys live. */
  readonly folder: string;
  /** First port of the block; the portal answers here. */
  readonly port: number;
  readonly databaseUrl?: string | undefined;
  /** What the names of the databases begin with; `taroko` unless told. Countries on one server need different ones. */
  readonly databasePrefix?: string;
  readonly clock?: Clock;
  /** Declarations' files that the agencies of their subsystems publish besides, each with one client who may call it. */
  readonly publish?: readonly { readonly file: string; readonly client: ClientId }[];
  /** Called as each site answers. */
  readonly onStarted?: (name: string, url: string) => void;
}

/** The running country. */
export interface RunningCountry {
  readonly portal: PortalSite;
  readonly portalUrl: string;
  readonly readerUrl: string;
  readonly bankUrl: string;
  readonly payUrl: string;
  /** The account system of the Department of Social Welfare, at which its staff may sign in. */
  readonly agencyAccounts: AgencyProvider;
  readonly sites: readonly Site[];
  /** The pages for those who run the gateways and the authority: whose, and where. */
  readonly desks: readonly { readonly of: string; readonly url: string }[];
  readonly cards: Cards;
  readonly people: readonly DemoPerson[];
  /** The database of an agency's own register, where the demonstration filled one. */
  registerUrl(agency: string): string;
  close(): Promise<void>;
}

const host = "127.0.0.1";
/** What browsers call it: they make passkeys for a name only, never for a bare address. */
const hostName = "localhost";
const domain = "demo.taroko.example";
const gatewayAgencies = ["moda", "moi", "mohw", "taipei-social"] as const;
const witnessNames = ["audit-office", "university"] as const;
/** Who may sign in at the desks of gateways and of the authority: two, since what one proposes another approves. */
const inventedOperators = ["Lin Mei", "Chen Hao"] as const;
/** What the witnesses are called on screens. */
const witnessTitles = {
  "audit-office": { "zh-Hant": "審計機關", en: "Audit office" },
  university: { "zh-Hant": "大學", en: "University" },
} as const;
/** Each site has a database of its own, and so has each agency's register; in this demonstration one server holds them. */
const databases = [
  "authority",
  "portal",
  "cards",
  "bank",
  "pay",
  ...witnessNames,
  ...gatewayAgencies,
  ...Object.keys(fillRegister).map(registerOf),
];

/** The database of an agency's own register. */
function registerOf(agency: string): string {
  return `${agency}_register`;
}

/** The names of a country's databases on its server. */
export function databaseNamesOf(prefix: string = "taroko", sites: readonly string[] = databases): readonly string[] {
  return sites.map((name) => `${prefix}_${name.replaceAll("-", "_")}`);
}

/** Ports of the block, counted from its first. */
const offsets = {
  portal: 0,
  agency: 1,
  authority: 5,
  witness: 6,
  reader: 8,
  bank: 9,
  peer: 10,
  log: 14,
  desk: 18,
  authorityDesk: 22,
  hipki: 23,
  fido: 24,
  agencyAccounts: 25,
  pay: 26,
  size: 27,
} as const;

/** The addresses somebody may want to open, before anything runs. */
export function portsOf(first: number): readonly number[] {
  return Array.from({ length: offsets.size }, (_, at) => first + at);
}

/** Starts the authority, two witnesses, four gateways, the portal and the simulators of what lies outside. */
export async function runCountry(options: CountryOptions): Promise<RunningCountry> {
  const clock = options.clock ?? systemClock;
  const logger = pino({ level: process.env["TAROKO_LOG"] ?? "silent" });
  const server = await startPostgres({ folder: join(options.folder, "postgres"), url: options.databaseUrl });
  const running: { close(): Promise<void> }[] = [{ close: () => server.stop() }];
  const close = async (): Promise<void> => {
    for (const one of running.reverse()) await one.close();
  };
  const keys = (site: string): string => join(options.folder, "keys", site);
  const at = (offset: number) => ({ host, port: options.port + offset, option: "--port" });
  const origin = `http://${hostName}:${options.port}`;
  const started = <Running extends Site>(site: Running): Running => {
    running.push(site);
    options.onStarted?.(site.name, site.url);
    return site;
  };

  try {
    const urls = new Map<string, string>();
    const names = databaseNamesOf(options.databasePrefix);
    await Promise.all(databases.map(async (name, at) => urls.set(name, await server.database(names[at]!))));
    const url = (name: string): string => urls.get(name)!;
    const opened = (name: string, max: number): Database => {
      const database = openDatabase(url(name), { max });
      running.push(database);
      return database;
    };

    const people = [...allPersonas, ...population(240)];
    const reader = await startCards(opened("cards", 4), keys("cards"), clock, at(offsets.reader), origin);
    running.push(reader);
    options.onStarted?.("card reader (simulator)", reader.url);
    const ways = await startWays({ ...reader, clock, hipki: at(offsets.hipki), fido: at(offsets.fido) });
    for (const { name, server } of ways.simulators) {
      running.push(server);
      options.onStarted?.(name, server.url);
    }
    const bank = await listen((await createBank({ database: opened("bank", 4), clock })).fetch, at(offsets.bank));
    running.push(bank);
    options.onStarted?.("bank (simulator)", bank.url);
    // Shared by the two for as long as they run; a notification is signed when it is sent.
    const payAccess = { apiKey: randomToken(24), secret: randomBytes(32) };
    const pay = await startPay({
      database: opened("pay", 4),
      clock,
      ...payAccess,
      notifyUrl: `http://${host}:${options.port}/fees/notify/sandbox`,
      ...at(offsets.pay),
    });
    running.push(pay);
    const payUrl = `http://${hostName}:${options.port + offsets.pay}`;
    options.onStarted?.("payments of fees (simulator)", payUrl);
    const staffClient = "taroko-portal";
    const agencyAccounts = await startAgencyProvider({
      ...at(offsets.agencyAccounts),
      agency: agencyOf(taiwan, "taipei-social").name,
      accounts: socialWelfareAccounts,
      client: {
        id: staffClient,
        redirectUri: `${origin}/desk/sign-in/taipei-social/return`,
        jwksUri: `${origin}/desk/sign-in/jwks.json`,
        home: `${origin}/desk`,
      },
    });
    running.push(agencyAccounts);
    options.onStarted?.("agency's account system (simulator)", agencyAccounts.url);

    const witnesses: WitnessEndpoint[] = witnessNames.map((name, index) => {
      const full = `${domain}/witness/${name}`;
      return {
        name: full,
        vkey: witnessVerifierKey(full, keys(name)),
        url: `http://${host}:${options.port + offsets.witness + index}`,
      };
    });
    const authorityLogUrl = `http://${host}:${options.port + offsets.authority}/log`;
    const authorityOptions: AuthoritySiteOptions = {
      databaseUrl: url("authority"),
      keysFolder: keys("authority"),
      listen: at(offsets.authority),
      desk: at(offsets.authorityDesk),
      demonstrationOperators: inventedOperators,
      logOrigin: `${domain}/log/authority`,
      logUrl: authorityLogUrl,
      instance: taiwan.instance,
      clock,
      logger,
      witnesses,
      purposes: taiwan.purposes,
      consentIssuers: [memberId("moda")],
      members: taiwan.agencies.map((agency) => ({
        id: memberId(agency.key),
        name: agency.name,
        subsystems: agency.subsystems,
      })),
    };
    const authority = started(await startAuthoritySite(authorityOptions));
    const trust = { url: authority.url, anchor: authority.authority.anchor };
    const enrolled = new Set((await authority.authority.gateways()).map(({ member }) => member));
    for (const [index, witness] of witnesses.entries()) {
      const name = witnessNames[index]!;
      started(
        await startWitnessSite({
          name: witness.name,
          databaseUrl: url(name),
          keysFolder: keys(name),
          listen: at(offsets.witness + index),
          clock,
          authority: trust,
        }),
      );
    }

    for (const [key, fill] of Object.entries(fillRegister)) {
      const database = openDatabase(url(registerOf(key)), { max: 2 });
      await fill(database, people);
      await database.close();
    }

    const publish = await Promise.all(
      (options.publish ?? []).map(async ({ file, client }) => ({ file, client, ...(await publishedBy(file, clock)) })),
    );
    const portalPlan = portalKeys(keys("portal"), `${domain}/log/portal`);
    const planned = await Promise.all(
      gatewayAgencies.map(async (key, index): Promise<GatewaySiteOptions> => {
        const agency = agencyOf(taiwan, key);
        const member = memberId(key);
        const invited = enrolled.has(identifierPath(member)) ? undefined : await authority.authority.invite(member);
        return {
          name: `gateway of ${agency.memberCode}`,
          databaseUrl: url(key),
          keysFolder: keys(key),
          member,
          serverCode: "gw1",
          subsystems: agency.subsystems.map((subsystem) => subsystem.code),
          authorityUrl: trust.url,
          authorityAnchor: trust.anchor,
          ...(invited?.ok ? { enrolmentToken: invited.value.invitation } : {}),
          clock,
          agency: at(offsets.agency + index),
          peer: {
            host,
            port: options.port + offsets.peer + index,
            publicAddress: `${host}:${options.port + offsets.peer + index}`,
          },
          publicSide: at(offsets.log + index),
          desk: at(offsets.desk + index),
          demonstrationOperators: inventedOperators,
          title: { "zh-Hant": `${agency.name["zh-Hant"]} 閘道`, en: `Gateway of ${agency.name.en}` },
          logOrigin: `${domain}/log/${agency.memberCode}`,
          logUrl: `http://${host}:${options.port + offsets.log + index}`,
          witnesses,
          registers: [
            ...registers
              .filter((register) => register.agency === key)
              .map((register) => ({ declaration: register.declaration, databaseUrl: url(registerOf(key)) })),
            ...publish.filter(({ agency }) => agency === key),
          ],
          normalSubject: taiwan.normalSubject,
          // Of what a visitor publishes, so that evidence of a call shows what was asked and answered.
          keepMessages: publish
            .filter(({ agency: publisher }) => publisher === key)
            .map(({ subsystem, serviceCode }) => ({
              service: `${identifierPath(member)}/${encodeURIComponent(subsystem)}/${encodeURIComponent(serviceCode)}`,
              days: 7,
              bodies: true,
            })),
          rights: [
            ...rightsOf(key),
            ...publish
              .filter(({ agency: publisher }) => publisher === key)
              .map(({ subsystem, serviceCode, client }) => ({ subsystem, serviceCode, subject: client })),
          ],
          problemBase: origin,
          logger,
          ...(key === "moda"
            ? { consentKeys: [portalPlan.consentKey], announcedLogs: [{ ...portalPlan.log, url: `${origin}/log` }] }
            : {}),
        };
      }),
    );
    const gateways = await Promise.all(planned.map(async (options) => started(await startGatewaySite(options))));
    writeSiteFiles(join(options.folder, "sites"), { ...authorityOptions, ...trust }, planned);

    // Each looks every minute by itself; at the first start the last one to enrol is news to the others.
    await Promise.all(gateways.map((site) => site.gateway.refresh()));
    const portal = started(
      await startPortalSite({
        databaseUrl: url("portal"),
        keysFolder: keys("portal"),
        listen: at(offsets.portal),
        origin,
        clock,
        country: taiwan,
        demonstration: true,
        operator: { agency: "moda", subsystem: "portal" },
        gatewayUrl: `http://${host}:${options.port + offsets.agency}`,
        authority: trust,
        logOrigin: portalPlan.log.origin,
        witnesses,
        witnessTitles: Object.fromEntries(
          witnessNames.map((name) => [`${domain}/witness/${name}`, witnessTitles[name]]),
        ),
        monitorFile: join(options.folder, "monitor", "logs.json"),
        readerUrl: reader.url,
        authenticators: ways.ways,
        staffProviders: [
          {
            agency: "taipei-social",
            issuer: agencyAccounts.url,
            clientId: staffClient,
            worth: "urn:taroko:loa:substantial",
            acrValues: [twoFactors],
            roles: { claim: "groups", words: { "case-team": "caseworker" } },
          },
        ],
        cardIssuers: [reader.issuer],
        timeStampAuthority: reader.timeStampAuthority,
        seal: await openSiteSeal(keys("portal"), reader.authority, {
          name: "Taroko 示範入口網站",
          identifier: "NTRTW-00000000",
        }),
        bank: bankChannel(bank.url),
        owners: ownerChannel(bank.url),
        paymentApi: await demoPaymentApi(options.folder),
        // Low, so that two officers can be tried with what a transcript costs.
        feeRefundLimit: 200n,
        feeProviders: [sandboxProvider({ ...payAccess, url: pay.url, publicUrl: payUrl, utcOffset: taiwan.utcOffset })],
        payer: {
          agencyName: agencyOf(taiwan, "taipei-social").name["zh-Hant"],
          organisationId: "TPE-DOSW",
          accountName: "臺北市市庫",
          account: { institution: "0120009", number: "00000000001234" },
        },
        logger,
      }),
    );
    await Promise.all(personas.filter((one) => one.office).map((one) => appoint(portal, one)));
    await setBudget(portal.portal.payments, {
      programme: "main",
      amount: 5_000_000n,
      reason: "示範預算 demonstration",
    });
    const cards = reader.cards;
    await makeCards(cards, reader.revoke);
    return {
      portal,
      portalUrl: origin,
      readerUrl: reader.url,
      bankUrl: bank.url,
      payUrl,
      agencyAccounts,
      desks: [
        ...planned.map(({ member, desk }) => ({ of: member.memberCode, desk })),
        { of: "authority", desk: authorityOptions.desk },
      ].map(({ of, desk }) => ({ of, url: `http://${host}:${desk?.port}` })),
      sites: running.filter((one): one is Site => "name" in one),
      cards,
      people,
      registerUrl: (agency) => url(registerOf(agency)),
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/**
 * Which agency of the demonstration publishes a declaration's register: that of its subsystem.
 * @throws with `code` = `register-declaration` when it cannot be served, or no gateway of these has the subsystem
 */
async function publishedBy(
  file: string,
  clock: Clock,
): Promise<{ readonly agency: string; readonly subsystem: string; readonly serviceCode: string }> {
  const { findings, declaration } = await checkRegisterFile(file, { clock });
  const agency = gatewayAgencies.find((key) =>
    agencyOf(taiwan, key).subsystems.some(({ code }) => code === declaration?.subsystem),
  );
  if (findings.length === 0 && declaration && agency) {
    return { agency, subsystem: declaration.subsystem, serviceCode: declaration.service };
  }
  const codes = gatewayAgencies.flatMap((key) => agencyOf(taiwan, key).subsystems.map(({ code }) => code));
  const text =
    findings.length > 0
      ? findings.map(({ line, where, message }) => `line ${line ?? 1}, ${where}: ${message}`).join("\n")
      : `no agency of the demonstration has the subsystem ${declaration?.subsystem}; there are ${codes.join(", ")}`;
  throw Object.assign(new Error(`${file} cannot be published: ${text}`), { code: "register-declaration" });
}

function memberId(key: string): MemberId {
  const agency = agencyOf(taiwan, key);
  return { instance: taiwan.instance, memberClass: agency.memberClass, memberCode: agency.memberCode };
}

async function startCards(
  database: Database,
  folder: string,
  clock: Clock,
  where: { host: string; port: number; option: string },
  portal: string,
) {
  const authority = await openCardAuthority({
    folder,
    database,
    clock,
    listUrl: `http://${where.host}:${where.port}/authority/cards.crl`,
    responderUrl: `http://${where.host}:${where.port}/authority/ocsp`,
  });
  const cards = openCards(database, authority);
  const office = openCardOffice({ database, authority, cards, clock });
  const timeStamps = await openTimeStamps(folder, clock);
  const officers = inventedOperators;
  const allowedOrigins = [portal];
  const server = await startCardReader({ ...where, cards, authority, office, timeStamps, officers, allowedOrigins });
  // Under the same name as the portal, so that the browser counts its answers as the same site's.
  const url = `http://${hostName}:${where.port}`;
  const timeStampAuthority = {
    name: "simulator",
    url: `http://${where.host}:${where.port}/authority/time-stamps`,
    roots: timeStamps.roots,
  };
  return {
    ...server,
    url,
    cards,
    authority,
    timeStampAuthority,
    issuer: authority.issuer,
    revoke: (id: string) => authority.revoke(id),
  };
}

/** The people of the story, and those of the personas who act for somebody. */
const holders = allPersonas.filter((one) => one.card === "good" && (one.actsFor ?? one.represents));

/** A card for everybody one can be; the revoked one is revoked. Making a card again changes nothing. */
async function makeCards(cards: Cards, revoke: (id: string) => Promise<unknown>): Promise<void> {
  for (const person of new Set([...personas, ...holders])) {
    const { made } = await cards.make({ id: person.key, holder: person, ...demoPins, curve: "P-256" });
    if (made && person.key === "zhou-revoked") await revoke(person.key);
  }
}

async function appoint(portal: PortalSite, person: DemoPerson): Promise<void> {
  const registered = await registerPerson(portal.portal.identity, {
    nationalId: person.nationalId,
    name: person.surname + person.givenName,
  });
  await appointOfficer(portal.portal.identity, {
    personId: registered.id,
    ...person.office!,
  });
}
