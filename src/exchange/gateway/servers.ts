import { createServer as createHttpServer, STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { isCalledBy } from "#http";
import { ok, type Result } from "#kernel";
import { lengthOf, saidLength, type Content } from "../body/content.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import { headerPairs, headerValues, type RawHeaders } from "../r1/headers.ts";
import { listClients } from "../r1/metaservices.ts";
import type { Passage } from "../operation/record.ts";
import type { AgencyConnection } from "./agency-side.ts";
import { consume, type AgencyRequest } from "./consume.ts";
import type { GatewayContext } from "./context.ts";
import { clientsOf } from "./metaservices.ts";
import { fingerprintOf, type TlsIdentity } from "./peer-pool.ts";
import { provide } from "./provide.ts";
import { sayWorking, sendAnswer } from "./send-answer.ts";
import {
  atConsumer,
  faultOf,
  problemAnswer,
  refusedForAgency,
  type AgencyTone,
  type Answer,
  type CallRefusal,
  type WholeAnswer,
} from "./refusal.ts";

/**
 * The agency's side: r1 over plain HTTP, for a loopback or otherwise private address. Answers under addresses, `localhost` and
 * `names` only: a web page whose name was turned to this address (DNS rebinding) cannot speak through a visitor's browser.
 */
export function agencyServer(context: GatewayContext, names: readonly string[] = []): Server {
  const server = createHttpServer(agencyLimits);
  return answering(server, context, names, () => ({ tls: false, fingerprint: undefined }));
}

/**
 * The same by TLS, for subsystems that ask for it. Which certificate a caller must show is its subsystem's to say, so
 * any is taken in here and compared later (`AgencySide.checkConnection`).
 */
export function agencyTlsServer(
  context: GatewayContext,
  identity: { readonly key: string; readonly cert: string },
  names: readonly string[] = [],
): HttpsServer {
  const { key, cert } = identity;
  const server = createHttpsServer({
    ...agencyLimits,
    key,
    cert,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    requestCert: true,
    rejectUnauthorized: false,
  });
  return answering(server, context, names, (socket) => {
    const fingerprint = fingerprintOf((socket as TLSSocket).getPeerCertificate());
    return { tls: true, fingerprint: fingerprint === "" ? undefined : fingerprint };
  });
}

/** A request line of 2,000 characters and more, and many headers beside it; what is longer is refused, not cut. */
const agencyLimits = {
  keepAliveTimeout: 75_000,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  maxHeaderSize: 32 * 1024,
};

function answering<Kind extends Server>(
  server: Kind,
  context: GatewayContext,
  names: readonly string[],
  shown: (socket: Socket) => AgencyConnection,
): Kind {
  const known = new Set(names.map((name) => name.toLowerCase()));
  const { problemBase, agencySide } = context;
  const tone = (rawHeaders: RawHeaders): AgencyTone => ({
    problemBase,
    spelling: agencySide.errorSpelling,
    ...agencySide.surfaceFor(rawHeaders),
  });
  const refuse = (refusal: CallRefusal, rawHeaders: RawHeaders, passage: Passage): Answer => {
    passage.refused(faultOf(refusal));
    const answer = refusedForAgency(refusal, rawHeaders, tone(rawHeaders));
    const { problem, reason, inside } = refusal;
    context.logger.warn({ problem, reason, inside, reference: answer.reference }, "a call was refused");
    return answer;
  };
  server.on("request", (incoming, outgoing) => {
    const rawHeaders = headerPairs(incoming.rawHeaders);
    if (!isCalledBy(incoming.headers.host, known))
      return void sendAnswer(incoming, outgoing, problemAnswer("gateway-name-unknown", problemBase));
    const bodies = context.bodies();
    const passage = context.operation.collector.begin("Client");
    agencyAnswer(context, incoming, rawHeaders, { bodies, passage, connection: shown(incoming.socket) })
      .then((answered) => (answered.ok ? answered.value : refuse(answered.error, rawHeaders, passage)))
      .catch((cause: unknown) => {
        context.logger.error({ cause: String(cause) }, "a call failed inside the gateway");
        return refuse(atConsumer("exchange-internal", "internal_error", "Internal error"), rawHeaders, passage);
      })
      .then((answer) => {
        ended(passage, incoming, answer);
        return sendAnswer(incoming, outgoing, answer);
      })
      .catch((cause: unknown) => context.logger.warn({ cause: String(cause) }, "an answer could not be sent"))
      .finally(() => bodies.release());
  });
  server.on("clientError", (fault: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable) return void socket.destroy();
    const isLong = fault.code === "HPE_HEADER_OVERFLOW";
    const { status, body } = problemAnswer(isLong ? "head-too-large" : "call-malformed", problemBase);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Content-Type: application/problem+json",
      `Content-Length: ${body.length}`,
      "Connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${Buffer.from(body).toString("utf8")}`);
  });
  return server;
}

async function agencyAnswer(
  context: GatewayContext,
  incoming: IncomingMessage,
  rawHeaders: RawHeaders,
  call: Pick<AgencyRequest, "bodies" | "passage" | "connection">,
): Promise<Result<Answer, CallRefusal>> {
  const rawTarget = incoming.url ?? "";
  const method = incoming.method ?? "";
  const [path = ""] = rawTarget.split("?");
  if (path === "/listClients" && method === "GET") return ok(clientList(context, rawTarget, rawHeaders));
  if (path === "/health" && method === "GET") return ok(health(context));
  if (path === "/asic" && method === "GET") {
    const { agencySide, evidence } = context;
    const query = rawTarget.split("?").slice(1).join("?");
    return ok(await evidence.asic(query, (own) => agencySide.checkConnection(own, call.connection).ok));
  }
  if (path === "/verificationconf" && method === "GET") return ok(await context.evidence.verificationConfiguration());
  if (!/^\/r\d(\/|$)/.test(path)) return ok(problemAnswer("service-unknown", context.problemBase));
  const body = (): Promise<Result<Content, BodyFault>> => call.bodies.receive(incoming, saidLength(rawHeaders));
  return consume(context, { method, rawTarget, rawHeaders, body, ...call });
}

/** Members of this instance; of another one that is asked for, none are known. */
function clientList(context: GatewayContext, rawTarget: string, rawHeaders: RawHeaders): WholeAnswer {
  const asked = new URLSearchParams(rawTarget.split("?")[1] ?? "").get("xRoadInstance")?.trim();
  const directory = !asked || asked === context.member.instance ? context.directory() : undefined;
  const listed = listClients(directory ? clientsOf(directory) : [], headerValues(rawHeaders, "accept"));
  return { status: 200, headers: [["Content-Type", listed.contentType]], body: Buffer.from(listed.body, "utf8") };
}

function health(context: GatewayContext): WholeAnswer {
  const state = context.state();
  const { version, issued, softExpires, expires } = context.directory()?.body ?? {};
  const body = {
    status: state === "fresh" ? "ok" : state === "stale" ? "degraded" : "down",
    configuration: state,
    // Until when this gateway works without the authority: from `softExpires` it warns, from `expires` it refuses.
    version,
    issued,
    softExpires,
    expires,
  };
  return {
    status: state === "expired" ? 503 : 200,
    headers: [["Content-Type", "application/json"]],
    body: Buffer.from(JSON.stringify(body)),
  };
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
    requestTimeout: 0, // bodies have a pace to keep instead
    maxHeaderSize: 128 * 1024, // the signature names every header of the call again
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
    const passage = context.operation.collector.begin("Producer");
    const stopSaying = sayWorking(outgoing);
    peerAnswer(context, incoming, fingerprint, bodies, passage)
      .then((answer) => {
        ended(passage, incoming, answer);
        return sendAnswer(incoming, outgoing, answer);
      })
      .catch((cause: unknown) => {
        context.logger.error({ cause: String(cause) }, "a peer's call failed inside the gateway");
        outgoing.destroy();
      })
      .finally(() => {
        stopSaying();
        return bodies.release();
      });
  });
  return server;
}

async function peerAnswer(
  context: GatewayContext,
  incoming: IncomingMessage,
  fingerprint: string,
  bodies: CallBodies,
  passage: Passage,
): Promise<Answer> {
  const rawHeaders = headerPairs(incoming.rawHeaders);
  const { method = "", url: rawTarget = "" } = incoming;
  const length = saidLength(rawHeaders);
  const body = (): Promise<Result<Content, BodyFault>> => bodies.receive(incoming, length);
  if (rawTarget.startsWith("/evidence/"))
    return context.evidence.giveSeal({ method, rawTarget, rawHeaders, fingerprint, length: length ?? Infinity, body });
  return provide(context, { method, rawTarget, rawHeaders, body, bodies, passage, fingerprint });
}

/** Counts a call of the protocol; who asks for health or the list of clients is no call. */
function ended(passage: Passage, incoming: IncomingMessage, answer: Answer): void {
  if (/^\/r\d\//.test(incoming.url ?? "")) passage.end({ status: answer.status, responseSize: lengthOf(answer.body) });
}

/** Opens a listener. @returns its port */
export function listening(
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

/** Ends a listener and its connections. */
export function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    if (!server.listening) return done();
    server.close(() => done());
    server.closeAllConnections();
  });
}
