import type { PeerCertificate, TLSSocket } from "node:tls";
import { buildConnector, Pool } from "undici";
import { framed, saidLength, sendable, type Content } from "../body/content.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import { flatHeaders, headerPairs, type RawHeaders } from "../r1/headers.ts";
import { openPeerHealth } from "./peer-health.ts";

/** A message from a peer, whole. Nothing of it is verified yet. */
export interface PeerAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Content;
}

export interface PeerRequest {
  readonly method: string;
  readonly rawTarget: string;
  readonly headers: RawHeaders;
  readonly body: Content;
  /** How long a peer may say nothing, in milliseconds. */
  readonly timeoutMs: number;
  /** Take the answer's body in. */
  readonly bodies: Pick<CallBodies, "receive">;
}

/**
 * How far a message had come when it failed: `unsent` without a connection to send it on; `unanswered` when the
 * connection ended before an answer began, so that the peer may or may not have it; `begun` afterwards.
 */
export type Reached = "unsent" | "unanswered" | "begun";

/** Why nothing usable came back: the peer is away, shows a certificate nobody registered, or its answer is not whole. */
export class PeerFailure extends Error {
  readonly reason: "unreachable" | "untrusted" | "timeout" | BodyFault;
  readonly reached: Reached;
  constructor(reason: PeerFailure["reason"], reached: Reached, cause: unknown) {
    super(`peer ${reason}`, { cause });
    this.reason = reason;
    this.reached = reached;
  }
}

/** Keep-alive connections to peers: TLS 1.3, our certificate shown, theirs compared with the configuration. */
export interface PeerPool {
  /** @throws {@link PeerFailure} */
  send(peer: RegisteredGateway, request: PeerRequest): Promise<PeerAnswer>;
  /**
   * Of the gateways that serve a provider, the one to send to now. One alone is answered as it is. Of several: who
   * answered last, if a connection to it is open; else connections are tried in that order, the next one 250 ms after
   * the one before or as soon as that has failed, and the first that stands decides.
   * @throws {@link PeerFailure} of the first, when none can be connected
   */
  choose(peers: readonly RegisteredGateway[]): Promise<RegisteredGateway>;
  close(): Promise<void>;
}

/** The TLS identity this gateway shows. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** A peer that is not connected after so long is away. */
const connectMs = 5000;
const nextPeerMs = 250;
/** A peer that owes answers and has said nothing for so long must show anew that it is there before more is sent to it. */
const silentMs = 1000;

interface PeerConnections {
  /** Changes with the peer's address, certificates, or our own: then new connections are opened and the old ones drain. */
  readonly signature: string;
  readonly pool: Pool;
  /** Opens a connection for the pool to use; callers at the same time share one. */
  dial(): Promise<void>;
  /** Whether a connection stands that can be trusted to reach the peer now. */
  isWarm(): boolean;
  close(): Promise<void>;
  heardAt: number;
  owed: number;
}

export function openPeerPool(identity: () => TlsIdentity): PeerPool {
  const peersKnown = new Map<string, PeerConnections>();
  const health = openPeerHealth();

  function connectionsTo(peer: RegisteredGateway): PeerConnections {
    const tls = identity();
    const signature = [peer.address, ...peer.tlsFingerprints, tls.cert, tls.ca].join("|");
    const known = peersKnown.get(peer.id);
    if (known?.signature === signature) return known;
    void known?.pool.close().catch(() => undefined);
    const opened = openConnections(peer, tls, signature);
    peersKnown.set(peer.id, opened);
    return opened;
  }

  async function dial(peer: RegisteredGateway): Promise<RegisteredGateway> {
    const connections = connectionsTo(peer);
    try {
      await connections.dial();
    } catch (cause) {
      health.failed(peer.id, performance.now());
      throw failureOf(cause, "unsent");
    }
    connections.heardAt = performance.now();
    health.succeeded(peer.id, performance.now());
    return peer;
  }

  return {
    async send(peer, request) {
      const connections = connectionsTo(peer);
      let reached: Reached = "unanswered";
      connections.owed += 1;
      try {
        const answer = await connections.pool.request({
          method: request.method,
          path: request.rawTarget,
          headers: flatHeaders(framed(request.headers, request.body)),
          body: sendable(request.body),
          responseHeaders: "raw",
          headersTimeout: request.timeoutMs,
          bodyTimeout: request.timeoutMs,
        });
        reached = "begun";
        connections.heardAt = performance.now();
        const headers = headerPairs(answer.headers as unknown as string[]);
        const body = await request.bodies.receive(answer.body, saidLength(headers));
        if (!body.ok) answer.body.destroy();
        if (!body.ok) throw new PeerFailure(body.error, reached, undefined);
        connections.heardAt = performance.now();
        health.succeeded(peer.id, performance.now());
        return { status: answer.statusCode, headers, body: body.value };
      } catch (cause) {
        const failure = cause instanceof PeerFailure ? cause : failureOf(cause, reached);
        const isOurs = failure.reason === "too-large" || failure.reason === "spool-failed";
        if (!isOurs) health.failed(peer.id, performance.now());
        throw failure;
      } finally {
        connections.owed -= 1;
      }
    },

    async choose(peers) {
      const now = performance.now();
      const ordered = health.order(peers, now);
      const [first] = ordered;
      if (first === undefined) throw new PeerFailure("unreachable", "unsent", new Error("no gateway"));
      if (ordered.length === 1) return first;
      for (const peer of ordered) {
        if (health.probeDue(peer.id, now)) dial(peer).catch(() => undefined);
      }
      const good = ordered.filter((peer) => !health.isOut(peer.id));
      if (good[0] && connectionsTo(good[0]).isWarm()) return good[0];
      return firstConnected(
        good.length > 0 ? [...good, ...ordered.filter((peer) => !good.includes(peer))] : ordered,
        dial,
      );
    },

    async close() {
      await Promise.all([...peersKnown.values()].map((connections) => connections.close()));
      peersKnown.clear();
    },
  };
}

/** Tries one after the other, the next when the one before has failed or taken 250 ms; the first that stands is it. */
async function firstConnected(
  peers: readonly RegisteredGateway[],
  dial: (peer: RegisteredGateway) => Promise<RegisteredGateway>,
): Promise<RegisteredGateway> {
  const dialled: Promise<RegisteredGateway>[] = [];
  for (const peer of peers) {
    const dialling = dial(peer);
    dialled.push(dialling);
    const standing = Promise.any(dialled).catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((tell) => (timer = setTimeout(() => tell(undefined), nextPeerMs)));
    // A failure goes on to the next at once.
    const failed = dialling.then(
      (connected) => connected,
      () => undefined,
    );
    const connected = await Promise.race([standing, failed, late]);
    clearTimeout(timer);
    if (connected) return connected;
  }
  try {
    return await Promise.any(dialled);
  } catch (cause) {
    throw (cause as AggregateError).errors[0];
  }
}

function openConnections(peer: RegisteredGateway, tls: TlsIdentity, signature: string): PeerConnections {
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: false,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    minVersion: "TLSv1.3",
    rejectUnauthorized: true,
    // The chain is checked by OpenSSL; which of the country's gateways this is, by its registered fingerprint.
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      peer.tlsFingerprints.includes(fingerprintOf(certificate))
        ? undefined
        : Object.assign(new Error("certificate is not the registered one"), { code: "PEER_UNTRUSTED" }),
  });
  /** Connections that stand and that the pool has not taken yet. */
  const ready = new Set<TLSSocket>();
  let dialling: Promise<void> | undefined;
  const origin = new URL(`https://${peer.address}`);
  const pool = new Pool(origin, {
    connections: 64,
    pipelining: 1,
    maxHeaderSize: 128 * 1024,
    keepAliveTimeout: 60_000,
    keepAliveMaxTimeout: 60_000,
    connect: (options, callback) => {
      const [standing] = ready;
      if (standing) {
        ready.delete(standing);
        setImmediate(callback, null, standing); // at once would be before the pool waits for it
      } else connect(options, callback);
    },
  });

  function open(): Promise<void> {
    return new Promise((done, fail) => {
      const { hostname, host, protocol, port } = origin;
      connect({ hostname: hostname.replace(/^\[|\]$/g, ""), host, protocol, port }, (cause, socket) => {
        if (cause) {
          fail(cause);
          return;
        }
        const standing = socket as TLSSocket;
        ready.add(standing);
        standing.once("close", () => ready.delete(standing));
        done();
      });
    });
  }

  const connections: PeerConnections = {
    signature,
    pool,
    dial: () => (dialling ??= open().finally(() => (dialling = undefined))),
    isWarm: () =>
      (pool.stats.connected > 0 || ready.size > 0) &&
      (connections.owed === 0 || performance.now() - connections.heardAt < silentMs),
    close() {
      for (const standing of ready) standing.destroy();
      return pool.destroy();
    },
    heardAt: -Infinity,
    owed: 0,
  };
  return connections;
}

const unsentCodes =
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|UND_ERR_DESTROYED)$/;

function failureOf(cause: unknown, reached: Reached): PeerFailure {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  if (code === "PEER_UNTRUSTED" || /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return new PeerFailure("untrusted", "unsent", cause);
  }
  const how = unsentCodes.test(code) ? "unsent" : reached;
  return new PeerFailure(/TIMEOUT/.test(code) ? "timeout" : "unreachable", how, cause);
}

/** SHA-256 of a certificate as the configuration writes it. */
export function fingerprintOf(certificate: { readonly fingerprint256?: string | undefined }): string {
  return (certificate.fingerprint256 ?? "").replaceAll(":", "").toLowerCase();
}
