import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { CompactSign } from "jose";
import { migrateConsent } from "#consent";
import { jwkThumbprint, publicJwkOf, type GatewayLogger, type PublicJwk } from "#exchange";
import {
  agencyOf,
  confirmedMandates,
  carryOnWhatIf,
  confirmPerson,
  fetchAttributes,
  memberPath,
  openRuleBook,
  settle,
  watchPayments,
  settleDayBefore,
  settleFees,
  type Country,
  type Portal,
} from "#flows";
import { listen } from "#http";
import {
  corePolicies,
  followEnds,
  forgetArtifacts,
  forgetExpired,
  openIdentity,
  openPolicies,
  openProvider,
  openStaffSignIn,
  readPolicies,
  redirectReader,
  tellSignOuts,
  watchStaff,
  type Authenticator,
  type OpenIdProvider,
  type StaffProvider,
  type StaffSignIn,
  type Seal,
} from "#identity";
import type { Clock, Localised } from "#kernel";
import { logVkey, openLog, type TimeStampAuthority, type WitnessEndpoint } from "#ledger";
import {
  openFees,
  openPayments,
  type BankChannel,
  type FeeProvider,
  type OwnerChannel,
  type Payer,
  workPaymentApi,
} from "#payments";
import { checkDefinition, migrateServices } from "#services";
import { openDatabase } from "#store";
import { followConfiguration } from "../follow-configuration.ts";
import type { AuthorityTrust } from "../invitation-file.ts";
import { openSiteKeys } from "../keys.ts";
import { portalKinds } from "../log-kinds.ts";
import { openLogKey } from "../log-key.ts";
import type { ListenOptions, Site } from "../site.ts";
import { enterStanding } from "../standing-entries.ts";
import { portalApp } from "./app.ts";
import { openSitePaymentApi, type PaymentApiSettings, type SitePaymentApi } from "./payment-api.ts";
import { largestUpload } from "./signature-routes.ts";
import { staffReturn } from "./staff-sign-in-routes.ts";
import { openPublicLogs, type PublicLogs } from "./public-logs.ts";
import { watchLogs, type LogWatch } from "./watch-logs.ts";

/** Milliseconds between two looks for what has run out. */
const forgetEvery = 60_000;
const watchEvery = 600_000;
/** Milliseconds between two looks for drafts of rules to try out, which another process may have left half done. */
const tryRulesEvery = 10_000;

export interface PortalSiteOptions {
  readonly databaseUrl: string;
  readonly keysFolder: string;
  readonly listen: ListenOptions;
  /** Public origin, as people and cards see it. */
  readonly origin: string;
  readonly clock: Clock;
  readonly country: Country;
  /** Says on every page that people and data are invented, and admits the numbers of the range never issued. */
  readonly demonstration: boolean;
  /** The member that operates the portal, and the subsystem in whose name it calls. */
  readonly operator: { readonly agency: string; readonly subsystem: string };
  /** Agency side of the operator's gateway. */
  readonly gatewayUrl: string;
  readonly authority: AuthorityTrust;
  readonly logOrigin: string;
  readonly witnesses: readonly WitnessEndpoint[];
  /** What the witnesses are called on screens, by name. */
  readonly witnessTitles?: Readonly<Record<string, Localised>>;
  /** The file in which the monitor of the country's logs remembers what it saw; in memory only unless told. */
  readonly monitorFile?: string;
  /** Milliseconds between the monitor's rounds; a minute unless told. */
  readonly monitorEvery?: number;
  /** Where cards are read: a simulator, or the place of the browser extension. */
  readonly readerUrl: string;
  /** Ways of signing in, the first being the usual one; the reader at `readerUrl` unless told. */
  readonly authenticators?: readonly Authenticator[];
  /** DER of the authorities whose cards are accepted. */
  readonly cardIssuers: readonly Uint8Array[];
  /** Stamps what people sign and the portal seals; without one, signatures end with their certificates. */
  readonly timeStampAuthority?: TimeStampAuthority;
  /** The portal's own seal for letters; without one it gives out no letters as PDF. */
  readonly seal?: Seal;
  readonly bank: BankChannel;
  /** Ways to pay fees, the first being the usual one; without any, fees are demanded and cannot be paid online. */
  readonly feeProviders?: readonly FeeProvider[];
  /** A refund of a fee above this needs a second person, in the currency's smallest unit; 1,000 unless told. */
  readonly feeRefundLimit?: bigint;
  /** The banks' owner check; without it, no account is confirmed beforehand. */
  readonly owners?: OwnerChannel;
  readonly payer: Payer;
  /** Folders with policies of the deployment's own (`*.cedar`), which join those the platform comes with. */
  readonly policyFolders?: readonly URL[];
  /** Hosts inside the government's network from which relying parties' keys are fetched, and that are told of sign-outs. */
  readonly agencyHosts?: readonly string[];
  /** The agencies' own OpenID providers, at which their staff may sign in. */
  readonly staffProviders?: readonly StaffProvider[];
  readonly logger: GatewayLogger;
  /** Sign-ins that may be begun from one address in a minute; 60 unless told, since many people may share an address. */
  readonly signInsPerMinute?: number;
  /** Which systems may call the payments API; without it there is none. */
  readonly paymentApi?: PaymentApiSettings;
  /** Milliseconds between looks at released payments; 2,000 unless told. */
  readonly settleEvery?: number;
}

/** What the routes work with beyond the journeys. */
export interface PortalContext {
  readonly portal: Portal;
  readonly provider: OpenIdProvider;
  readonly staff: StaffSignIn;
  readonly options: PortalSiteOptions;
  /** Origin of the log of the gateway that serves a system (its path), as the signed configuration names it. */
  logOf(system: string): Promise<string | undefined>;
  /** The country's logs, read as anybody reads them. */
  readonly publicLogs: PublicLogs;
  readonly logWatch: LogWatch;
  /** Carries released payments on now rather than at the next look. */
  settleSoon(): void;
  readonly paymentApi?: SitePaymentApi & { soon(): void };
  /** Tries drafts of rules out now rather than at the next look. */
  tryRulesSoon(): void;
}

export interface PortalSite extends Site {
  readonly portal: Portal;
  readonly provider: OpenIdProvider;
}

/** The public halves of a portal's keys, which its operator's gateway announces to the country. */
export function portalKeys(
  keysFolder: string,
  logOrigin: string,
): { consentKey: PublicJwk; log: { origin: string; vkey: string } } {
  return {
    consentKey: publicJwkOf(consentKeyOf(keysFolder)),
    log: { origin: logOrigin, vkey: logVkey(openLogKey(keysFolder, logOrigin)) },
  };
}

/** Runs the portal: sign-in, services, my data, the desks, the public record. It reaches registers only through its gateway. */
export async function startPortalSite(options: PortalSiteOptions): Promise<PortalSite> {
  const { country, clock } = options;
  const faults = country.services.flatMap((definition) =>
    checkDefinition(definition).map((finding) => `${definition.id}: ${finding.message}`),
  );
  if (faults.length > 0)
    throw Object.assign(new Error(`a service definition is broken:\n${faults.join("\n")}`), {
      code: "definition-broken",
    });

  const database = openDatabase(options.databaseUrl, { max: 12 });
  await migrateServices(database);
  await migrateConsent(database);
  const keys = openSiteKeys(options.keysFolder);
  const member = memberPath(country, agencyOf(country, options.operator.agency));
  const log = await openLog({
    database,
    origin: options.logOrigin,
    key: openLogKey(options.keysFolder, options.logOrigin),
    clock,
    witnesses: options.witnesses,
    kinds: portalKinds,
    personSecret: keys.secret("persons"),
    onAlarm: (alarm) => options.logger.error({ alarm }, "the portal's log alarms"),
  });
  const rules = await openRuleBook({ database, clock, country });
  const policySet = readPolicies([corePolicies, ...(options.policyFolders ?? [])]);
  await enterStanding({
    database,
    log,
    clock,
    witnesses: options.witnesses,
    member,
    documents: [
      ...country.services.map((definition) => ({
        what: "service-definition" as const,
        name: definition.id,
        version: definition.version,
        content: definition,
      })),
      ...[...rules.families().values()].flatMap(({ id, versions }) =>
        versions.map(({ model, xml }) => ({
          what: "decision-model" as const,
          name: `${id}/${model.version}`,
          version: model.version,
          content: xml,
        })),
      ),
      { what: "policy-set", name: "policies", content: { schema: policySet.schema, rules: policySet.rules } },
    ],
  });
  log.start();
  const consentKey = consentKeyOf(options.keysFolder);
  const keyid = jwkThumbprint(publicJwkOf(consentKey));
  const gateway = { url: options.gatewayUrl, client: `${member}/${options.operator.subsystem}` };
  const resolvePerson = confirmPerson(gateway, country);
  const identity = await openIdentity({
    database,
    clock,
    siteSecret: keys.secret("site"),
    origin: options.origin,
    trustedIssuers: options.cardIssuers,
    country: country.instance,
    lists: { allowPrivate: options.demonstration },
    log: { log, member },
    authenticators: options.authenticators ?? [redirectReader({ url: options.readerUrl })],
    ...(resolvePerson && { resolvePerson }),
    ...(options.timeStampAuthority && { timeStampAuthority: options.timeStampAuthority }),
    onStampMissing: (fault) => options.logger.warn({ cause: fault.message }, "signed without a time stamp"),
  });
  const portal: Portal = {
    database,
    clock,
    country,
    log,
    member,
    gateway,
    identity,
    policies: openPolicies({ database, clock, set: policySet }),
    consent: {
      database,
      clock,
      member,
      log,
      portal: options.origin,
      sign: (payload) => new CompactSign(payload).setProtectedHeader({ alg: "ES256", kid: keyid }).sign(consentKey),
    },
    payments: await openPayments({
      database,
      clock,
      banking: country.banking,
      payer: options.payer,
      signReport: (content) =>
        new CompactSign(new TextEncoder().encode(content))
          .setProtectedHeader({ alg: "ES256", kid: keyid, typ: "payments-day+jws" })
          .sign(consentKey),
      log: { log, member },
    }),
    bank: options.bank,
    fees: await openFees({
      database,
      clock,
      currency: country.banking.currency,
      providers: options.feeProviders ?? [],
      returnUrl: (fee) => `${options.origin}/my/fees/${fee}/back`,
      ...(options.feeRefundLimit !== undefined && { secondPersonAbove: options.feeRefundLimit }),
    }),
    ...(options.owners && { owners: options.owners }),
    rules,
    consentKey: { keyid, privateKey: consentKey },
  };

  const provider = openProvider({
    identity: portal.identity,
    database,
    sectorKey: keys.secret("sector"),
    secret: keys.secret("provider"),
    signingKey: (name) => keys.signingKey(name),
    catalogue: country.attributes,
    fetchAttributes: (wish) => fetchAttributes(portal, wish),
    mandatesOf: async (personId) => {
      const { mandates, missing } = await confirmedMandates(portal, personId);
      return { mandates, missing: missing.map(({ title }) => title) };
    },
    ...(options.agencyHosts && { agencyHosts: options.agencyHosts }),
    demonstration: options.demonstration,
    onFault: (fault, where) => options.logger.warn({ cause: fault.message, where }, "a fault at the OpenID provider"),
  });

  const staff = openStaffSignIn({
    identity,
    policies: portal.policies,
    providers: options.staffProviders ?? [],
    key: keys.signingKey("staff-sign-in"),
    redirectUri: (agency) => staffReturn(options.origin, agency),
    allowLoopback: options.demonstration,
    onFault: (fault, agency) =>
      options.logger.warn({ cause: (fault as Error).message, agency }, "a sign-in at an agency's provider failed"),
  });

  let closing = false;
  const settler = repeatedly(options.settleEvery ?? 2_000, async () => {
    await settle(portal).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "payments could not be carried on; tried again soon"),
    );
    await settleFees(portal).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "fees could not be carried on; tried again soon"),
    );
  });
  const ruleTrier = repeatedly(tryRulesEvery, async () => {
    try {
      await rules.refresh();
      while (await carryOnWhatIf(portal)) if (closing) return;
    } catch (fault) {
      options.logger.warn({ cause: String(fault) }, "a draft of a rule could not be tried out; tried again soon");
    }
  });
  const watcher = repeatedly(watchEvery, async () => {
    await watchPayments(portal).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "payments could not be looked over; tried again soon"),
    );
  });
  // Anybody may begin a sign-in, so what was begun and never finished must not pile up.
  const forgetter = repeatedly(forgetEvery, async () => {
    await settleDayBefore(portal).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "fees could not be settled; tried again soon"),
    );
    await followEnds(provider).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "ends could not be followed at relying parties; tried again soon"),
    );
    await tellSignOuts(provider).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "relying parties could not be told of sign-outs; tried again soon"),
    );
    await forgetArtifacts(provider).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "expired grants could not be deleted; tried again soon"),
    );
    await watchStaff(portal.identity).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "staff could not be looked over; tried again soon"),
    );
    await forgetExpired(portal.identity).catch((fault: unknown) =>
      options.logger.warn({ cause: String(fault) }, "expired sign-ins could not be deleted; tried again soon"),
    );
  });
  const paymentApi =
    options.paymentApi &&
    (await openSitePaymentApi({
      ...options.paymentApi,
      payments: portal.payments,
      ...(options.owners && { owners: options.owners }),
      origin: options.origin,
      secret: keys.secret("payment-api"),
      key: keys.signingKey("payment-api"),
    }));
  const apiWorker =
    paymentApi &&
    repeatedly(options.settleEvery ?? 2_000, async () => {
      await workPaymentApi(paymentApi.api).catch((fault: unknown) =>
        options.logger.warn(
          { cause: String(fault) },
          "calls of the payments API could not be carried on; tried again soon",
        ),
      );
    });
  const configuration = followConfiguration({
    ...options.authority,
    clock,
    kept: join(options.keysFolder, "configuration.json"),
  });
  const publicLogs = openPublicLogs({
    configuration,
    clock,
    own: {
      origin: log.origin,
      vkey: log.vkey,
      url: `${options.origin}/log`,
      read: async (path) => (await log.read(path))?.body,
    },
  });
  const logWatch = watchLogs({
    policy: async () => (await publicLogs.announced()).policy,
    clock,
    logger: options.logger,
    stateFile: options.monitorFile,
    every: options.monitorEvery,
  });
  const context: PortalContext = {
    portal,
    provider,
    staff,
    options,
    logOf: async (system) =>
      (await configuration.current()).gateways.find(({ clients }) => clients.includes(system))?.logs[0]?.origin,
    publicLogs,
    logWatch,
    settleSoon: () => settler.soon(),
    ...(paymentApi && apiWorker && { paymentApi: { ...paymentApi, soon: () => apiWorker.soon() } }),
    tryRulesSoon: () => ruleTrier.soon(),
  };
  const app = portalApp(context);
  // The app itself refuses most bodies far earlier; a file whose signature is to be checked may be large.
  const server = await listen((request, caller) => app.fetch(request, { caller }), {
    ...options.listen,
    maxBody: largestUpload,
  });
  return {
    name: "portal",
    url: server.url,
    portal,
    provider,
    close: async () => {
      closing = true;
      await server.close();
      await logWatch.stop();
      await settler.stop();
      await apiWorker?.stop();
      await watcher.stop();
      await ruleTrier.stop();
      await forgetter.stop();
      await log.stop();
      await database.close();
    },
  };
}

function consentKeyOf(keysFolder: string): KeyObject {
  return openSiteKeys(keysFolder).signingKey("consent");
}

/** Runs `work` now and then, and at once when asked; never twice at a time. */
function repeatedly(every: number, work: () => Promise<void>): { soon(): void; stop(): Promise<void> } {
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    again = false;
    running = work().finally(() => {
      running = undefined;
      if (stopped) return;
      if (again) run();
      else timer = setTimeout(run, every);
    });
  };
  run();
  return {
    soon: () => {
      if (!stopped) run();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
