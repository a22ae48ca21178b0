import { join } from "node:path";
import { err, ok } from "#kernel";
import { entryInstant } from "#ledger";
import { migrate, sharedRead } from "#store";
import { recordAct } from "../acts/store.ts";
import { openBodies } from "../body/receive.ts";
import { openSpool } from "../body/spool.ts";
import { followConfiguration } from "../configuration/follow.ts";
import { eventServices, openEvents, type Events } from "../events/open-events.ts";
import { push } from "../events/push.ts";
import { openEvidenceDesk } from "../evidence-export/evidence-desk.ts";
import { openKeeper } from "../evidence-export/keep.ts";
import { openSigner } from "../hop/signer.ts";
import { openOwnMembership } from "../membership/own-membership.ts";
import { openOperation } from "../operation/operation.ts";
import { identifierPath } from "../r1/identifier.ts";
import { describedFields } from "../contract-check/described-fields.ts";
import { openRights } from "../rights/open-rights.ts";
import { openQuotas } from "../rights/quota.ts";
import { rightsForCall } from "../rights/store.ts";
import { putPublished } from "../rights/traffic-store.ts";
import { openAgencySide } from "./agency-side.ts";
import { consume } from "./consume.ts";
import { silentLogger, type GatewayContext } from "./context.ts";
import { messagesKey, type WantedRegistration } from "./enrol.ts";
import type { Gateway, GatewayOptions } from "./face.ts";
import { forgetSubject } from "./forget.ts";
import { closeLeftOver, leftOverWork, settlingWork } from "./left-over.ts";
import { openPeerPool } from "./peer-pool.ts";
import { openProcessLease } from "./process-lease.ts";
import { servicesOf } from "./published-services.ts";
import { openRecordBook } from "./record-book.ts";
import { openRegistration, type Registration } from "./registration.ts";
import { agencyServer, agencyTlsServer, closed, listening, peerServer } from "./servers.ts";
import { evidenceOf } from "./store.ts";
import { plainSubject } from "./subject.ts";

export type { Gateway, GatewayOptions } from "./face.ts";

/**
 * Opens a gateway: keys, configuration, enrolment or renewal where needed, and the records that a killed process left
 * open. It answers nobody before `listen`.
 * @throws `authority-unreachable` at a first start without authority; `enrolment-refused`; `service-declaration`;
 * `client-settings`
 */
export async function openGateway(o: GatewayOptions): Promise<Gateway> {
  const logger = o.logger ?? silentLogger;
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
  const peers = openPeerPool(identity);
  const problemBase = o.problemBase ?? "";
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
    hop: { directory: () => follower.directory(), send: (peer, request) => peers.send(peer, request) },
    address: o.peer.publicAddress,
    problemBase,
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
    signer: openSigner(() => standing.keys().signing, clock),
    lookupKey: standing.keys().lookupKey,
    normalSubject: o.normalSubject ?? plainSubject,
    peers,
    problemBase,
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
  await lease.lead(`left-over records of ${memberPath}`, leftOverWork(context, lease));
  // What this process itself could not close: it lives, so no other takes it for left over.
  const settling = settlingWork(context);
  settling.start();
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
      [...services].map(([path, { endpoints, purposeRequired = false, consent = "none", openapi }]) => ({
        path,
        endpoints,
        purposeRequired,
        consent,
        fields: (openapi && describedFields(openapi)) ?? null,
      })),
    );
  await tellPublished().catch(stopFollowing);
  const callEnds = (): void => {
    keeper.purge().catch((fault: unknown) => logger.warn({ cause: String(fault) }, "kept messages not purged yet"));
    context.quotas
      .purge(clock.now())
      .catch((fault: unknown) => logger.warn({ cause: String(fault) }, "people counted for quotas not purged yet"));
    evidence
      .askAgain()
      .catch((fault: unknown) => logger.warn({ cause: String(fault) }, "seals of others are not asked for again yet"));
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
    purposes: () => follower.directory()?.body.purposes ?? [],
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
      await settling.stop();
      await lease.close();
    },
  };
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
