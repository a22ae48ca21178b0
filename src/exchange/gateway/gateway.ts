import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Server } from "node:http";
import { err, ok, type Clock, type Localised, type Refusal, type Result } from "#kernel";
import { entryInstant, type Log, type TimeStampAuthority } from "#ledger";
import { migrate, sharedRead, type Database } from "#store";
import { openBodies } from "../body/receive.ts";
import { openSpool } from "../body/spool.ts";
import type { RegisteredLog, RegisteredMember } from "../configuration/configuration.ts";
import { followConfiguration, type ConfigurationStatus } from "../configuration/follow.ts";
import { openOwnMembership, type OwnMembership } from "../membership/own-membership.ts";
import type { PublicJwk } from "../authority/statement.ts";
import { eventServices, openEvents, type Events, type EventsOptions } from "../events/open-events.ts";
import { openEvidenceDesk, type EvidenceDesk } from "../evidence-export/evidence-desk.ts";
import { checkPolicy, openKeeper, type KeepRule } from "../evidence-export/keep.ts";
import type { EventDesk } from "../events/desk.ts";
import { push } from "../events/push.ts";
import { recordAct } from "../acts/store.ts";
import type { ExchangeProblem } from "../problems.ts";
import { identifierPath, type MemberId } from "../r1/identifier.ts";
import { isReservedServiceCode } from "../r1/request-target.ts";
import { openRights, type Rights } from "../rights/open-rights.ts";
import { openQuotas } from "../rights/quota.ts";
import { putPublished } from "../rights/traffic-store.ts";
import type { GatewayContext, GatewayLogger } from "./context.ts";
import { messagesKey, type WantedRegistration } from "./enrol.ts";
import { openRegistration, type Registration } from "./registration.ts";
import type { End } from "./evidence.ts";
import { forgetSubject, type Forgotten } from "./forget.ts";
import { openOperation, type Operation } from "../operation/operation.ts";
import { consume } from "./consume.ts";
import { openPeerPool } from "./peer-pool.ts";
import { rightsForCall } from "../rights/store.ts";
import { openProcessLease, type LedWork, type ProcessLease } from "./process-lease.ts";
import { openSigner } from "../hop/signer.ts";
import { openRecordBook } from "./record-book.ts";
import { prepareContract } from "./check-contract.ts";
import { openAgencySide, type ClientSettings, type R1Options } from "./agency-side.ts";
import { agencyServer, agencyTlsServer, peerServer } from "./servers.ts";
import type { ServiceDeclaration } from "./services.ts";
import { evidenceOf, openRecords, type EvidenceRow } from "./store.ts";
import { plainSubject, type NormalSubject } from "./subject.ts";
import { findUsageService } from "./usage.ts";

export interface GatewayOptions {
  readonly database: Database;
  readonly keysFolder: string;
  readonly member: MemberId;
  /** Names this gateway among the member's; part of its id and of its rows. */
  readonly serverCode: string;
  /** Codes of the own subsystems that call and answer here; the authority must have registered them. */
  readonly subsystems: readonly string[];
  /** Names of those that may not be registered yet; the invitation vouches for them. */
  readonly subsystemNames?: Readonly<Record<string, Localised>> | undefined;
  readonly authorityUrl: string;
  /** The authority's public key, learnt by a trusted way: raw Ed25519, base64url. */
  readonly authorityAnchor: string;
  /** Further addresses of the configuration: mirrors, other gateways' public sides. What they send proves itself. */
  readonly authorityMirrors?: readonly string[] | undefined;
  /** The newest root that whoever handed out the anchor had seen: an invitation names it. */
  readonly authorityRoot?: { readonly version: number; readonly digest: string } | undefined;
  /** The invitation of the authority; needed at the first start only. */
  readonly enrolmentToken?: string;
  /** This member's log, in the same database. */
  readonly log: Log;
  readonly clock: Clock;
  /** `names`: host names, without port, under which the agency's systems call; addresses and `localhost` need no listing. */
  readonly agency: {
    readonly host: string;
    readonly port: number;
    readonly names?: readonly string[];
    /** A second listener, for systems that connect by TLS; key and certificate in PEM. */
    readonly tls?:
      | { readonly host: string; readonly port: number; readonly key: string; readonly cert: string }
      | undefined;
  };
  /** How errors of r1 are worded. */
  readonly r1?: R1Options | undefined;
  /** By code of an own subsystem: how its systems connect and how they are answered. */
  readonly clients?: Readonly<Record<string, ClientSettings>> | undefined;
  /** `publicAddress` (`host:port`) is how peers reach it and what signatures bind to. */
  readonly peer: { readonly host: string; readonly port: number; readonly publicAddress: string };
  /**
   * Further processes listen on the same addresses, and the system hands out connections among them; where it can not
   * (not on Linux), `node:cluster` does.
   */
  readonly sharesAddresses?: boolean;
  readonly services: readonly ServiceDeclaration[];
  /** Own subsystems that are rooms for events, and how events are kept. */
  readonly events?: EventsOptions | undefined;
  /**
   * The country's one spelling of a person's identifier; nothing for a text that is none. Calls about people are refused
   * in any other spelling, or a reading would stand on a list that its person never finds. `plainSubject` unless told.
   */
  readonly normalSubject?: NormalSubject | undefined;
  /** What is kept of messages for evidence, by the service called; a service's own policy goes before. Nothing unless told. */
  readonly keepMessages?: readonly KeepRule[] | undefined;
  /** Who stamps seals of exported evidence; nobody unless told. */
  readonly timeStamps?: TimeStampAuthority | undefined;
  /** Further logs of this member, for example a portal's: witnesses follow what the configuration lists. */
  readonly announcedLogs?: readonly RegisteredLog[];
  /** Where the public reads the own log's files; the configuration tells everybody. */
  readonly logUrl?: string | undefined;
  /** Public keys with which another system of this member signs consent tokens (a portal's). */
  readonly consentKeys?: readonly PublicJwk[];
  /** Base of the problem pages' addresses; empty gives `/problems/…`. */
  readonly problemBase?: string;
  /** Bytes that a body may have; as many as the disk holds unless told. */
  readonly maxBody?: number | undefined;
  /** Where bodies above 1 MiB lie while they pass; `spool` in the keys folder unless told. */
  readonly spoolFolder?: string | undefined;
  /** Seconds between looks at the authority's configuration; 60 unless told. */
  readonly pollSeconds?: number;
  readonly logger?: GatewayLogger;
}

/** An agency's gateway: speaks r1 to the agency's own systems and signed messages to other gateways. */
export interface Gateway {
  /** `TW/GOV/code/serverCode`. */
  readonly id: string;
  readonly rights: Rights;
  readonly operation: Operation;
  /** Evidence of single exchanges, to hand to others. */
  readonly exports: EvidenceDesk;
  /** Where this gateway keeps events. */
  readonly events: EventDesk | undefined;
  /** Opens both sides. @throws `EADDRINUSE` as node gives it */
  listen(): Promise<{
    readonly agencyUrl: string;
    readonly agencyTlsUrl: string | undefined;
    readonly peerAddress: string;
  }>;
  /** Both sides' evidence rows of one exchange that this gateway took part in. */
  evidence(exchangeId: string): Promise<EvidenceRow[]>;
  /** Forgets a person at this gateway; as `forgetSubject`, which says what that reaches and what not. */
  forget(subject: string, basis: string): Promise<Result<Forgotten, Refusal<ExchangeProblem>>>;
  configuration(): ConfigurationStatus;
  /** The configuration this gateway holds, as it was signed: whoever cannot reach the authority may take it from here. */
  signedConfiguration(): string | undefined;
  /** What this gateway asks of the authority, and what others ask of it through the authority. */
  readonly membership: OwnMembership;
  /** Certificate and keys as registered. */
  readonly registration: Pick<Registration, "certificate" | "keyid" | "check">;
  /** Rolls the signing key, on behalf of an operator. */
  rollKey(by: string): Promise<Result<{ readonly keyid: string }, Refusal<ExchangeProblem>>>;
  /** What the configuration says of this gateway's member. */
  registeredMember(): RegisteredMember | undefined;
  /** Looks at the authority's configuration now. */
  refresh(): Promise<boolean>;
  /** Has one of this member's gateway processes at a time do a piece of work, this one or another. */
  readonly lead: ProcessLease["lead"];
  /**
   * Publishes these services instead of those it was opened with, without a stop.
   * @returns the path form of all that is published now
   * @throws `service-declaration`; then nothing has changed
   */
  publish(services: readonly ServiceDeclaration[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

const silent: GatewayLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Opens a gateway: keys, configuration, enrolment or renewal where needed, and the records that a killed process left
 * open. It answers nobody before `listen`.
 * @throws `authority-unreachable` at a first start without authority; `enrolment-refused`; `service-declaration`;
 * `client-settings`
 */
export async function openGateway(o: GatewayOptions): Promise<Gateway> {
  const logger = o.logger ?? silent;
  let events: Events | undefined;
  const rooms = { member: o.member, rooms: o.events?.rooms ?? [], problemBase: o.problemBase ?? "" };
  const ofRooms = eventServices(rooms, () => events);
  const services = new Map(servicesOf(o, ofRooms, () => context));
  const agencySide = openAgencySide(o);
  await migrate(o.database, "exchange", new URL("../migrations/", import.meta.url));
  const memberPath = identifierPath(o.member);
  const gatewayId = identifierPath({ ...o.member, serverCode: o.serverCode });
  const clientOf = (code: string): string => identifierPath({ ...o.member, subsystemCode: code });
  const clients = [memberPath, ...o.subsystems.map(clientOf)];
  let registration: Registration | undefined;
  const follower = await followConfiguration({
    database: o.database,
    instance: o.member.instance,
    authorityUrl: [o.authorityUrl, ...(o.authorityMirrors ?? [])],
    anchor: o.authorityAnchor,
    pinned: o.authorityRoot,
    clock: o.clock,
    ...(o.pollSeconds ? { every: o.pollSeconds } : {}),
    warn: (what) => logger.warn(what, "configuration"),
    onChange: async (tx, { body, digest: dig }, cnt) => {
      const at = entryInstant(o.clock.now());
      const ver = String(body.version);
      await o.log.append(tx, { v: 1, t: "configuration.accepted", at, member: memberPath, ver, dig, cnt });
    },
    onConflict: async (tx, { version, accepted: dig, other }) => {
      const at = entryInstant(o.clock.now());
      const ver = String(version);
      await o.log.append(tx, { v: 1, t: "configuration.conflict", at, member: memberPath, ver, dig, other });
      logger.error(
        { version, accepted: dig, other },
        "two configurations of one version: the authority is asked, or forged",
      );
    },
    onAccepted: () => void registration?.check(),
  });
  const wanted: WantedRegistration = {
    gatewayId,
    instance: o.member.instance,
    address: o.peer.publicAddress,
    subsystems: o.subsystems,
    clients,
    consentKeys: o.consentKeys ?? [],
    logs: [
      { origin: o.log.origin, vkey: o.log.vkey, ...(o.logUrl ? { url: o.logUrl } : {}) },
      ...(o.announcedLogs ?? []),
    ],
    subsystemNames: o.subsystemNames,
  };
  const { keysFolder, clock, enrolmentToken: invitation } = o;
  const stopFollowing = async (fault: unknown): Promise<never> => {
    await follower.close();
    throw fault;
  };
  const standing = await openRegistration({
    follower,
    authorityUrl: o.authorityUrl,
    keysFolder,
    wanted,
    invitation,
    clock,
    logger,
  }).catch(stopFollowing);
  registration = standing;
  const identity = () => standing.identity();

  const spool = await openSpool(o.spoolFolder ?? join(o.keysFolder, "spool")).catch(stopFollowing);
  const keeper = openKeeper({
    database: o.database,
    clock,
    key: await messagesKey(o.keysFolder),
    rules: o.keepMessages ?? [],
  });
  const evidence = openEvidenceDesk({
    database: o.database,
    log: o.log,
    clock,
    member: o.member,
    gatewayId,
    anchor: o.authorityAnchor,
    authorityUrl: o.authorityUrl,
    keeper,
    signingKey: () => standing.keys().signing,
    timeStamps: o.timeStamps,
  });
  const lease = await openProcessLease(o.database).catch(stopFollowing);
  const context: GatewayContext = {
    database: o.database,
    log: o.log,
    records: openRecordBook(o.database, o.log, lease.process),
    keeper,
    evidence,
    rightsForCall: sharedRead(
      ({ provider, serviceCode, owner, client }) => [provider, serviceCode, owner, client].join("\n"),
      (question) => rightsForCall(o.database, question),
    ),
    quotas: openQuotas(o.database),
    clock,
    member: o.member,
    memberPath,
    serverCode: o.serverCode,
    gatewayId,
    address: o.peer.publicAddress,
    clients: new Set(clients),
    services,
    get signingKey() {
      return standing.keys().signing;
    },
    signer: openSigner(() => standing.keys().signing, clock),
    lookupKey: standing.keys().lookupKey,
    normalSubject: o.normalSubject ?? plainSubject,
    peers: openPeerPool(identity),
    problemBase: o.problemBase ?? "",
    agencySide,
    bodies: () =>
      openBodies(spool, {
        maxBody: o.maxBody ?? Infinity,
        warn: (cause) => logger.error({ cause: String(cause) }, "a body could not be spooled"),
      }),
    directory: () => follower.directory(),
    state: () => follower.state(),
    refresh: (when) => follower.refresh(when),
    logger,
    operation: openOperation({
      database: o.database,
      log: o.log,
      clock,
      gatewayId,
      identity,
      directory: () => follower.directory(),
      state: () => follower.state(),
      call: (provider) => askForMethods(context, provider),
      warn: (what, message) => logger.warn(what, message),
    }),
  };
  await closeLeftOver(context, lease).catch(stopFollowing);
  await lease.lead(
    `left-over records of ${memberPath}`,
    repeated(() => closeLeftOver(context, lease), leftOverMs, logger),
  );
  if (o.events) {
    const { database, member } = o;
    events = await openEvents({
      ...o.events,
      database,
      member,
      clock,
      logger,
      push: (call) => push(context, call),
    }).catch(stopFollowing);
  }

  const agency = agencyServer(context, o.agency.names);
  const { tls } = o.agency;
  const agencyTls = tls && agencyTlsServer(context, tls, o.agency.names);
  const peer = peerServer(context, identity());
  standing.onIdentity(() => peer.setSecureContext({ ...identity(), minVersion: "TLSv1.3" }));

  const rights = openRights({
    database: o.database,
    log: o.log,
    clock,
    member: o.member,
    directory: () => follower.directory(),
  });
  const membership = openOwnMembership({
    database: o.database,
    clock,
    member: o.member,
    gatewayId,
    authorityUrl: o.authorityUrl,
    key: () => {
      const { signing, signingJwk: jwk } = standing.keys();
      return { keyid: signing.keyid, privateKey: signing.key, jwk };
    },
    rights,
  });
  const asking = setInterval(() => void membership.refresh().catch(() => undefined), (o.pollSeconds ?? 60) * 1000);
  asking.unref();
  const tellPublished = (): Promise<unknown> =>
    putPublished(
      o.database,
      gatewayId,
      [...services].map(([path, { endpoints, purposeRequired = false, consent = "none" }]) => ({
        path,
        endpoints,
        purposeRequired,
        consent,
      })),
    );
  await tellPublished().catch(stopFollowing);
  const callEnds = (): void => {
    keeper.purge().catch((fault: unknown) => logger.warn({ cause: String(fault) }, "kept messages not purged yet"));
    rights.expire().catch((fault: unknown) => logger.warn({ cause: String(fault) }, "ended rights are not marked yet"));
  };
  const ending = setInterval(callEnds, 600_000);
  ending.unref();
  callEnds();

  return {
    id: gatewayId,
    rights,
    operation: context.operation,
    exports: evidence,
    events: events?.desk,
    evidence: (exchangeId) => evidenceOf(o.database, exchangeId),
    forget: (subject, basis) => forgetSubject(context, subject, basis),
    configuration: () => follower.status(),
    signedConfiguration: () => follower.document(),
    membership,
    registration: standing,
    registeredMember: () => follower.directory()?.member(memberPath),
    async rollKey(by) {
      try {
        const { keyid } = await standing.rollKey();
        await recordAct(o.database, { by, act: "key.rolled", about: gatewayId, detail: { keyid }, now: clock.now() });
        return ok({ keyid });
      } catch (fault) {
        const { code, reason = "" } = fault as { code?: unknown; reason?: string };
        if (code === "authority-unreachable") return err({ code });
        if (code === "enrolment-refused") return err({ code, params: { reason } });
        throw fault;
      }
    },
    refresh: () => follower.refresh(),
    lead: (name, work) => lease.lead(name, work),
    async publish(wanted) {
      const next = servicesOf({ ...o, services: wanted }, ofRooms, () => context);
      // In one turn of the event loop: a call sees the services before or those after.
      services.clear();
      for (const [path, service] of next) services.set(path, service);
      await tellPublished();
      return [...next.keys()];
    },
    async listen() {
      const agencyPort = await listening(agency, o.agency, o.sharesAddresses);
      const tlsPort = tls && agencyTls && (await listening(agencyTls, tls, o.sharesAddresses));
      await listening(peer, o.peer, o.sharesAddresses);
      await events?.start();
      return {
        agencyUrl: `http://${o.agency.host}:${agencyPort}`,
        agencyTlsUrl: tls && `https://${tls.host}:${tlsPort}`,
        peerAddress: o.peer.publicAddress,
      };
    },
    async close() {
      await standing.close();
      clearInterval(ending);
      clearInterval(asking);
      await events?.stop();
      await Promise.all([
        closed(agency),
        agencyTls && closed(agencyTls),
        closed(peer),
        context.peers.close(),
        follower.close(),
      ]);
      await context.operation.close();
      await lease.close();
    },
  };
}

function servicesOf(
  o: GatewayOptions,
  ofRooms: readonly ServiceDeclaration[],
  context: () => GatewayContext,
): ReadonlyMap<string, ServiceDeclaration> {
  const services = new Map<string, ServiceDeclaration>();
  const builtIn = o.subsystems.map((code) => findUsageService(code, context));
  for (const service of [...o.services, ...ofRooms, ...builtIn]) {
    const key = identifierPath({ ...o.member, subsystemCode: service.subsystem, serviceCode: service.code });
    const wrong = isReservedServiceCode(service.code)
      ? "is a reserved service code"
      : !o.subsystems.includes(service.subsystem)
        ? "is of a subsystem that this gateway does not serve"
        : services.has(key)
          ? "is declared twice"
          : "url" in service.target && /[?#]/.test(service.target.url)
            ? "has an address with a query"
            : undefined;
    if (wrong) throw Object.assign(new Error(`service ${key} ${wrong}`), { code: "service-declaration" });
    if (service.keepMessages) checkPolicy(service.keepMessages);
    prepareContract(key, service, o.logger ?? silent);
    services.set(key, service);
  }
  return services;
}

/** A whole exchange with a provider that needs no right: signed, sent, answered and recorded like any other. */
async function askForMethods(context: GatewayContext, provider: string): Promise<{ status: number; fault?: string }> {
  const bodies = context.bodies();
  try {
    const answer = await consume(context, {
      method: "GET",
      rawTarget: `/r1/${provider}/listMethods`,
      rawHeaders: [["X-Road-Client", context.memberPath]],
      body: async () => ok(new Uint8Array()),
      bodies,
      passage: context.operation.collector.begin("Client"),
      connection: "inside",
    });
    return answer.ok ? { status: answer.value.status } : { status: 0, fault: answer.error.problem };
  } finally {
    await bodies.release();
  }
}

/** Between two looks for records that a dead process left open. */
const leftOverMs = 2000;

/**
 * A process that was killed between "sent" (or "received") and the end left records open: nobody got an answer, so each
 * is closed as `unanswered` and has its entry. A process that is cut off from the database for a while counts as dead;
 * what it comes back with it cannot record any more, and so does not answer.
 */
async function closeLeftOver(context: GatewayContext, lease: ProcessLease): Promise<void> {
  for (const process of await lease.dead()) {
    const open = await openRecords(context.database, context.memberPath, process);
    const end: End = { outcome: "unanswered", now: context.clock.now() };
    // Another process may be at it too: each record closes once.
    await Promise.allSettled(open.map((left) => context.records.close({ ...left, end })));
    if (open.length > 0)
      context.logger.warn({ records: open.length }, "closed records that a killed process left open");
  }
}

/** Work that goes on in steps as long as this process leads it. */
function repeated(step: () => Promise<void>, everyMs: number, logger: GatewayLogger): LedWork {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  return {
    start() {
      timer = setInterval(() => {
        running ??= step()
          .catch((fault: unknown) => logger.warn({ cause: String(fault) }, "left-over records could not be closed yet"))
          .finally(() => {
            running = undefined;
          });
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

function listening(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  shared = false,
): Promise<number> {
  // A connection that node:cluster had handed to a process killed that moment would hang; the system resets it.
  const reusePort = shared && process.platform === "linux";
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen({ host, port, reusePort }, () => {
      server.off("error", fail);
      done((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    if (!server.listening) return done();
    server.close(() => done());
    server.closeAllConnections();
  });
}
