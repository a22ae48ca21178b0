import type { PeerCertificate } from "node:tls";
import { Pool } from "undici";
import { framed, saidLength, sendable, type Content } from "../body/content.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import { flatHeaders, headerPairs, type RawHeaders } from "../r1/headers.ts";

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
  readonly timeoutMs: number;
  /** Take the answer's body in. */
  readonly bodies: Pick<CallBodies, "receive">;
}

/** Why nothing usable came back: the peer is away, shows a certificate nobody registered, or sends too much. */
export class PeerFailure extends Error {
  readonly reason: "unreachable" | "untrusted" | "timeout" | BodyFault;
  constructor(reason: PeerFailure["reason"], cause: unknown) {
    super(`peer ${reason}`, { cause });
    this.reason = reason;
  }
}

/** Keep-alive connections to peers: TLS 1.3, our certificate shown, theirs compared with the configuration. */
export interface PeerPool {
  send(peer: RegisteredGateway, request: PeerRequest): Promise<PeerAnswer>;
  close(): Promise<void>;
}

/** The TLS identity this gateway shows. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/**
 * Pools are kept per peer, address, certificates and own identity: when the configuration changes one of them, the next
 * call opens new connections and the old ones drain.
 */
export function openPeerPool(identity: () => TlsIdentity): PeerPool {
  const pools = new Map<string, { signature: string; pool: Pool }>();

  function poolFor(peer: RegisteredGateway): Pool {
    const tls = identity();
    const signature = [peer.address, ...peer.tlsFingerprints, tls.cert, tls.ca].join("|");
    const known = pools.get(peer.id);
    if (known?.signature === signature) return known.pool;
    void known?.pool.close().catch(() => undefined);
    const pool = new Pool(`https://${peer.address}`, {
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: 60_000,
      keepAliveMaxTimeout: 60_000,
      connect: {
        timeout: 5000,
        ca: tls.ca,
        cert: tls.cert,
        key: tls.key,
        minVersion: "TLSv1.3",
        rejectUnauthorized: true,
        ALPNProtocols: ["http/1.1"],
        // The chain is checked by OpenSSL; which of the country's gateways this is, by its registered fingerprint.
        checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
          peer.tlsFingerprints.includes(fingerprintOf(certificate))
            ? undefined
            : Object.assign(new Error("certificate is not the registered one"), { code: "PEER_UNTRUSTED" }),
      },
    });
    pools.set(peer.id, { signature, pool });
    return pool;
  }

  return {
    async send(peer, request) {
      try {
        const answer = await poolFor(peer).request({
          method: request.method,
          path: request.rawTarget,
          headers: flatHeaders(framed(request.headers, request.body)),
          body: sendable(request.body),
          responseHeaders: "raw",
          headersTimeout: request.timeoutMs,
          bodyTimeout: request.timeoutMs,
        });
        const headers = headerPairs(answer.headers as unknown as string[]);
        const body = await request.bodies.receive(answer.body, saidLength(headers));
        if (!body.ok) answer.body.destroy();
        if (!body.ok) throw new PeerFailure(body.error, undefined);
        return { status: answer.statusCode, headers, body: body.value };
      } catch (cause) {
        if (cause instanceof PeerFailure) throw cause;
        const code = (cause as NodeJS.ErrnoException).code ?? "";
        if (code === "PEER_UNTRUSTED" || /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
          throw new PeerFailure("untrusted", cause);
        }
        throw new PeerFailure(/TIMEOUT/.test(code) ? "timeout" : "unreachable", cause);
      }
    },
    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
      pools.clear();
    },
  };
}

/** SHA-256 of a certificate as the configuration writes it. */
export function fingerprintOf(certificate: { readonly fingerprint256?: string | undefined }): string {
  return (certificate.fingerprint256 ?? "").replaceAll(":", "").toLowerCase();
}
