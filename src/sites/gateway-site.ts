import {
  identifierPath,
  openGateway,
  openOperators,
  type Gateway,
  type GatewayOptions,
  type PublicJwk,
  type RightGrant,
  type ServiceDeclaration,
} from "#exchange";
import { listen } from "#http";
import type { Localised, Refusal, Result } from "#kernel";
import { openLog, logRoutes, type Anchor, type Log, type PublishOptions, type WitnessEndpoint } from "#ledger";
import { digitalRegistry, openSharedLimits, type Register } from "#registries";
import { openDatabase } from "#store";
import type { GovStackOption } from "./events-option.ts";
import { gatewayDesk } from "./gateway-desk/gateway-desk.ts";
import { openGovStackSide } from "./govstack-side.ts";
import { openSiteKeys } from "./keys.ts";
import { gatewayKinds } from "./log-kinds.ts";
import { openLogKey, openMlDsaKey } from "./log-key.ts";
import type { ListenOptions, Site } from "./site.ts";
import type { GroupOption } from "./right-option.ts";
import { openSiteRegisters, type SiteRegister } from "./site-registers.ts";
import { enterStanding } from "./standing-entries.ts";

export interface GatewaySiteOptions extends Pick<
  GatewayOptions,
  | "member"
  | "serverCode"
  | "subsystems"
  | "authorityUrl"
  | "authorityAnchor"
  | "authorityMirrors"
  | "authorityRoot"
  | "subsystemNames"
  | "clock"
  | "agency"
  | "r1"
  | "clients"
  | "peer"
  | "logger"
  | "problemBase"
  | "logUrl"
  | "announcedLogs"
  | "normalSubject"
  | "sharesAddresses"
  | "maxBody"
  | "spoolFolder"
  | "keepMessages"
  | "timeStamps"
  | "events"
> {
  readonly name: string;
  readonly databaseUrl: string;
  readonly keysFolder: string;
  readonly enrolmentToken?: string;
  readonly logOrigin: string;
  /** Sign the log with ML-DSA-44 beside Ed25519. */
  readonly mlDsa?: boolean;
  readonly witnesses: readonly WitnessEndpoint[];
  /** Where the log's files are published to besides. */
  readonly publish?: PublishOptions | undefined;
  /** Who outside remembers the log's heads, and how often at most each is asked. */
  readonly anchors?: readonly Anchor[];
  readonly anchorEveryMs?: number;
  /** Where the log's files are served to the public. */
  readonly publicSide: ListenOptions;
  /** Registers of this agency, each in a database of the agency's own or as a declaration's file says. */
  readonly registers: readonly SiteRegister[];
  /** Further services of this agency: information systems at an address. */
  readonly services?: readonly ServiceDeclaration[];
  /** Groups of the agency to make sure of before the rights. */
  readonly groups?: readonly GroupOption[];
  /** Rights to make sure of at start: who may call what, for which purposes. */
  readonly rights: readonly RightGrant[];
  readonly consentKeys?: readonly PublicJwk[];
  /** GovStack's information mediator on a port of its own. */
  readonly govstack?: GovStackOption | undefined;
  /** Where its operators' pages answer; nowhere unless told. */
  readonly desk?: ListenOptions;
  /** Invented operators whom anybody may sign in as there; for a demonstration only. */
  readonly demonstrationOperators?: readonly string[];
  /** What those pages are headed with. */
  readonly title?: Localised;
}

/**
 * What the public reads of a gateway: its log, and the configuration it holds as the authority signed it. Whoever cannot
 * reach the authority names this address among its mirrors.
 */
function publicRoutes(ofLog: (request: Request) => Promise<Response>, gateway: Gateway) {
  return async (request: Request): Promise<Response> => {
    const held = new URL(request.url).pathname === "/configuration" ? gateway.signedConfiguration() : undefined;
    if (held === undefined) return ofLog(request);
    return new Response(held, { headers: { "content-type": "application/json", "cache-control": "no-cache" } });
  };
}

/** Groups first: a right can name one as its subject. @throws with the refusal's code */
async function giveRights(
  rights: Gateway["rights"],
  { groups = [], ...options }: Pick<GatewaySiteOptions, "groups" | "rights">,
): Promise<void> {
  const by = { by: "site-file" };
  const must = (what: string, given: Result<unknown, Refusal>): void => {
    if (given.ok) return;
    const { code, params } = given.error;
    const why = params?.["reason"] === undefined ? code : `${code}, ${String(params["reason"])}`;
    throw Object.assign(new Error(`${what} cannot be given: ${why}`), { code });
  };
  for (const { code, title, members } of groups) {
    must(`the group ${code}`, await rights.defineGroup({ code, title }, by));
    for (const client of members) must(`a place in the group ${code}`, await rights.join(code, client, by));
  }
  for (const right of options.rights) must(`a right on ${right.serviceCode}`, await rights.grant(right));
}

/** Runs an agency's gateway with its log, its rights and the registers it publishes. */
export async function startGatewaySite(
  options: GatewaySiteOptions,
): Promise<Site & { gateway: Gateway; log: Log; deskUrl?: string }> {
  const database = openDatabase(options.databaseUrl, { max: 12 });
  const institution = identifierPath(options.member);
  // One of the files that gateways of one log share, so that a page begun at one of them goes on at another.
  const personSecret = openSiteKeys(options.keysFolder).secret("persons");
  const registers = await openSiteRegisters(options.registers, {
    ...options,
    cursorSecret: personSecret,
    limits: await openSharedLimits(database),
    ...(options.govstack?.registries ? { beside: (one: Register) => [digitalRegistry(one, { institution })] } : {}),
  });
  const allServices = (own: readonly ServiceDeclaration[]): ServiceDeclaration[] => [
    ...(options.services ?? []),
    ...own,
  ];
  const log = await openLog({
    database,
    origin: options.logOrigin,
    key: openLogKey(options.keysFolder, options.logOrigin),
    mlDsaKey: options.mlDsa ? openMlDsaKey(options.keysFolder, "log-ml-dsa.pem", options.logOrigin) : undefined,
    clock: options.clock,
    witnesses: options.witnesses,
    publish: options.publish,
    anchors: options.anchors,
    anchorEveryMs: options.anchorEveryMs,
    kinds: gatewayKinds,
    personSecret,
    onAlarm: (alarm) => options.logger?.error({ alarm }, "the log alarms"),
  });
  const enterDocuments = (): Promise<unknown> =>
    enterStanding({
      database,
      log,
      clock: options.clock,
      witnesses: options.witnesses,
      member: identifierPath(options.member),
      documents: registers.documents(),
    });
  await enterDocuments();
  const gateway = await openGateway({ ...options, database, log, services: allServices(registers.services()) });
  await giveRights(gateway.rights, options);
  const listening = await gateway.listen();
  // After enrolment, so that the witnesses know the log before it asks them; in one process of several at a time.
  await gateway.lead(`the log ${options.logOrigin}`, { start: () => log.start(), stop: () => log.stop() });
  const publicServer = await listen(publicRoutes(logRoutes(log), gateway), options.publicSide);
  const { agencyUrl } = listening;
  const govStack = options.govstack && (await openGovStackSide(options.govstack, { ...options, gateway, agencyUrl }));
  const desk = gatewayDesk({
    title: options.title ?? {
      "zh-Hant": `${options.member.memberCode} 閘道`,
      en: `${options.member.memberCode} gateway`,
    },
    database,
    operators: openOperators({ database, clock: options.clock }),
    clock: options.clock,
    demonstration: options.demonstrationOperators,
    logger: options.logger ?? { info: () => undefined, error: () => undefined },
    member: options.member,
    gateway,
    agencyUrl: listening.agencyUrl,
    log,
  });
  const deskAt = options.desk && { ...options.desk, names: options.desk.names ?? [] };
  const deskServer = deskAt && (await listen((request, caller) => desk.fetch(request, { caller }), deskAt));
  return {
    name: options.name,
    url: listening.agencyUrl,
    gateway,
    log,
    ...(deskServer ? { deskUrl: deskServer.url } : {}),
    reload: async () => {
      const { changed } = await registers.reload((own) => gateway.publish(allServices(own)));
      if (changed > 0) await enterDocuments();
    },
    close: async () => {
      await deskServer?.close();
      await govStack?.close();
      await publicServer.close();
      await gateway.close();
      await log.stop();
      await registers.close();
      await database.close();
    },
  };
}
