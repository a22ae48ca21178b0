import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { pipeline } from "node:stream/promises";
import type { Result } from "#kernel";
import { inMemory, lengthOf, saidLength, type Content } from "../body/content.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import { flatHeaders, headerPairs, headerValues, type RawHeaders } from "../r1/headers.ts";
import { listClients } from "../r1/metaservices.ts";
import { consume } from "./consume.ts";
import type { GatewayContext } from "./context.ts";
import { clientsOf } from "./metaservices.ts";
import { fingerprintOf, type TlsIdentity } from "./peer-pool.ts";
import { provide } from "./provide.ts";
import { atConsumer, problemAnswer, refusedForAgency, type Answer } from "./refusal.ts";

/**
 * The agency's side: r1 over plain HTTP, for a loopback or otherwise private address. Answers under addresses, `localhost` and
 * `names` only: a web page whose name was turned to this address (DNS rebinding) cannot speak through a visitor's browser.
 */
export function agencyServer(context: GatewayContext, names: readonly string[] = []): Server {
  const known = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  const server = createHttpServer({ keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 120_000 });
  server.on("request", (incoming, outgoing) => {
    const rawHeaders = headerPairs(incoming.rawHeaders);
    if (!isCalled(known, incoming.headers.host))
      return void send(incoming, outgoing, problemAnswer("gateway-name-unknown", context.problemBase));
    const bodies = context.bodies();
    agencyAnswer(context, incoming, rawHeaders, bodies)
      .catch((cause: unknown) => {
        context.logger.error({ cause: String(cause) }, "a call failed inside the gateway");
        const refusal = atConsumer("exchange-internal", "internal_error", "Internal error");
        return refusedForAgency(refusal, rawHeaders, context.problemBase);
      })
      .then((answer) => send(incoming, outgoing, answer))
      .catch((cause: unknown) => context.logger.warn({ cause: String(cause) }, "an answer could not be sent"))
      .finally(() => bodies.release());
  });
  return server;
}

/** Whether a `Host` header is an address or one of these names. */
function isCalled(names: ReadonlySet<string>, host = ""): boolean {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return bracketed === undefined ? isIP(plain) === 4 || names.has(plain.toLowerCase()) : isIP(bracketed) === 6;
}

async function agencyAnswer(
  context: GatewayContext,
  incoming: IncomingMessage,
  rawHeaders: RawHeaders,
  bodies: CallBodies,
): Promise<Answer> {
  const rawTarget = incoming.url ?? "";
  const method = incoming.method ?? "";
  const [path = ""] = rawTarget.split("?");
  if (path === "/listClients" && method === "GET") {
    const directory = context.directory();
    const listed = listClients(directory ? clientsOf(directory) : [], headerValues(rawHeaders, "accept"));
    return { status: 200, headers: [["Content-Type", listed.contentType]], body: Buffer.from(listed.body, "utf8") };
  }
  if (path === "/health" && method === "GET") {
    const state = context.state();
    const body = { status: state === "fresh" ? "ok" : state === "stale" ? "degraded" : "down", configuration: state };
    return {
      status: state === "expired" ? 503 : 200,
      headers: [["Content-Type", "application/json"]],
      body: Buffer.from(JSON.stringify(body)),
    };
  }
  if (!/^\/r\d(\/|$)/.test(path)) return problemAnswer("service-unknown", context.problemBase);
  const body = (): Promise<Result<Content, BodyFault>> => bodies.receive(incoming, saidLength(rawHeaders));
  const answered = await consume(context, { method, rawTarget, rawHeaders, body, bodies });
  if (answered.ok) return answered.value;
  const { problem, reason, inside } = answered.error;
  context.logger.warn({ problem, reason, inside }, "a call was refused");
  return refusedForAgency(answered.error, rawHeaders, context.problemBase);
}

/** The peers' side: TLS 1.3, both ends with certificates of the country's authority. */
export function peerServer(context: GatewayContext, identity: TlsIdentity): HttpsServer {
  const server = createHttpsServer({
    ...identity,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["http/1.1"],
    requestCert: true,
    rejectUnauthorized: true,
    keepAliveTimeout: 75_000,
    headersTimeout: 10_000,
    requestTimeout: 120_000,
  });
  const fingerprints = new WeakMap<object, string>();
  server.on("request", (incoming, outgoing) => {
    outgoing.sendDate = false; // every header of an answer is signed; one that Node adds would not be
    const socket = incoming.socket as TLSSocket;
    let fingerprint = fingerprints.get(socket);
    if (fingerprint === undefined) {
      fingerprint = fingerprintOf(socket.getPeerCertificate());
      fingerprints.set(socket, fingerprint);
    }
    const bodies = context.bodies();
    peerAnswer(context, incoming, fingerprint, bodies)
      .then((answer) => (answer ? send(incoming, outgoing, answer) : void outgoing.destroy()))
      .catch((cause: unknown) => {
        context.logger.error({ cause: String(cause) }, "a peer's call failed inside the gateway");
        outgoing.destroy();
      })
      .finally(() => bodies.release());
  });
  return server;
}

async function peerAnswer(
  context: GatewayContext,
  incoming: IncomingMessage,
  fingerprint: string,
  bodies: CallBodies,
): Promise<Answer | undefined> {
  const rawHeaders = headerPairs(incoming.rawHeaders);
  const body = await bodies.receive(incoming, saidLength(rawHeaders));
  if (!body.ok) return undefined; // its own gateway checks the limit; a peer that does not gets no conversation
  return provide(context, {
    method: incoming.method ?? "",
    rawTarget: incoming.url ?? "",
    rawHeaders,
    body: body.value,
    bodies,
    fingerprint,
  });
}

/** Sends an answer; resolves when the last of it is on its way, since its body may lie in a file until then. */
async function send(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): Promise<void> {
  const { body } = answer;
  const bodiless = answer.status === 204 || answer.status === 304 || answer.status < 200;
  const length: RawHeaders =
    bodiless || (incoming.method === "HEAD" && lengthOf(body) === 0)
      ? []
      : [["Content-Length", String(lengthOf(body))]];
  outgoing.writeHead(answer.status, flatHeaders([...answer.headers, ...length]));
  if (bodiless || inMemory(body)) outgoing.end(bodiless ? undefined : body);
  else await pipeline(body.read(), outgoing);
}
