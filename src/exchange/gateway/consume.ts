import { err, ok, toBase64, uuidV4, uuidV7, type Result } from "#kernel";
import { digestOf, lengthOf, type Content } from "../body/content.ts";
import { bodyRefused } from "../body/refuse.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import { signRequest, verifyResponse, type SignedRequest } from "../hop/profile.ts";
import { hopReasons } from "../hop/refusals.ts";
import { r1ErrorOf, type R1Refusal } from "../r1/errors.ts";
import {
  checkAnswer,
  headerValues,
  parseCall,
  releasedHeaders,
  withGatewayIds,
  type R1Call,
  type RawHeaders,
  type RelayedCall,
} from "../r1/headers.ts";
import { identifierPath, identifierText, memberOf, parseClientPath, subsystemOf } from "../r1/identifier.ts";
import { requestHash, requestHeaderPart } from "../r1/message-hash.ts";
import type { GatewayContext } from "./context.ts";
import { fitsEntry, freshSalt, pairTag, signatureEvidence, type Draft, type End, type Salts } from "./evidence.ts";
import { envelopeOf, saltHeader, type PurposeEnvelope } from "./envelope.ts";
import { PeerFailure, type PeerAnswer } from "./peer-pool.ts";
import { atConsumer, refusalFromPeer, type Answer, type CallRefusal } from "./refusal.ts";

/** A call as it came from an information system; the body is read only when the head is in order. */
export interface AgencyRequest {
  readonly method: string;
  readonly rawTarget: string;
  readonly rawHeaders: RawHeaders;
  /** Takes the body in. */
  readonly body: () => Promise<Result<Content, BodyFault>>;
  /** Of this call; released by the caller when the answer has been sent. */
  readonly bodies: CallBodies;
}

/**
 * The consumer's side of one exchange, in the order of the reference (1.8, 3.7): configuration, head, client, provider;
 * sign; **record "sent" durably**; send; verify; **record the end durably**; release.
 */
export async function consume(context: GatewayContext, request: AgencyRequest): Promise<Result<Answer, CallRefusal>> {
  const directory = context.directory();
  if (!directory || context.state() === "expired") {
    return err(atConsumer("configuration-expired", "global_conf_outdated", "Global configuration has expired"));
  }
  const read = readHead(context, request);
  if (!read.ok) return read;
  const { call, envelope } = read.value;
  const peer = providerGateway(directory, call);
  if (!peer.ok) return peer;
  const received = await request.body();
  if (!received.ok) return err(bodyRefused(received.error, atConsumer));
  const body = received.value;
  if (lengthOf(body) > 0 && ["GET", "HEAD", "TRACE"].includes(call.method)) {
    return err(atConsumer("call-malformed", "invalid_request", `A ${call.method} request has no body`));
  }

  const ids = { instance: context.member.instance, requestId: uuidV4(), messageUuid: uuidV4() };
  const relayed = withGatewayIds(call, ids);
  const salts: Salts = { req: freshSalt(), rec: freshSalt() };
  const digest = digestOf(body);
  const hash = requestHash(requestHeaderPart(relayed.method, relayed.rawTarget, relayed.headers), digest);
  const signed = signRequest(
    {
      method: relayed.method,
      authority: peer.value.address,
      rawTarget: relayed.rawTarget,
      headers: [...relayed.headers, [saltHeader, salts.req]],
      body: digest,
    },
    context.signingKey,
    context.clock,
  );
  const now = context.clock.now();
  const draft: Draft = {
    recordId: uuidV7(now),
    side: "consumer",
    gateway: context.gatewayId,
    configVersion: directory.body.version,
    configStale: context.state() === "stale",
    exchangeId: relayed.requestId,
    messageId: relayed.messageId,
    member: context.memberPath,
    peer: identifierPath(memberOf(relayed.target.service)),
    client: identifierPath(relayed.client),
    service: identifierPath(relayed.target.service),
    method: relayed.method,
    ...envelope,
    ...(relayed.issue ? { issue: relayed.issue } : {}),
    requestHash: hash,
    requestContentDigest: toBase64(digest.sha512),
    requestSignature: signatureEvidence(context.signingKey.keyid, signed.base, signed.signature),
    pair: pairTag(relayed.requestId, signed.signature),
    opened: now.toISOString(),
  };
  try {
    await context.records.open({ serverCode: context.serverCode, draft, salts, authentic: true, now });
  } catch (cause) {
    return err(logFailed(cause));
  }

  const outcome = await send(context, peer.value, { relayed, signed, hash, body, bodies: request.bodies });
  const end: End = outcome.ok
    ? { outcome: String(outcome.value.answer.status), ...outcome.value.evidence, now: context.clock.now() }
    : { outcome: outcome.error.problem, now: context.clock.now() };
  try {
    await context.records.close({ draft, salts, end });
  } catch (cause) {
    return err(logFailed(cause));
  }
  return outcome.ok ? ok(outcome.value.answer) : outcome;
}

function readHead(
  context: GatewayContext,
  request: AgencyRequest,
): Result<{ call: R1Call; envelope: PurposeEnvelope }, CallRefusal> {
  const parsed = parseCall(request.method, request.rawTarget, request.rawHeaders);
  if (!parsed.ok) return err(malformed(parsed.error, request.rawHeaders));
  const own = parsed.value;
  // An information system cannot choose the salt: what it says under this name ends here.
  const call: R1Call = { ...own, headers: own.headers.filter(([name]) => name.toLowerCase() !== saltHeader) };
  if (!context.clients.has(identifierPath(call.client))) {
    return err(atConsumer("unknown-member", "unknown_member", `Client '${identifierText(call.client)}' not found`));
  }
  const envelope = envelopeOf(call.headers);
  if (!envelope.ok || !fitsEntry(call.target.service)) {
    return err(
      atConsumer("call-malformed", "invalid_request", "A Taroko header or the service identifier is malformed"),
    );
  }
  return ok({ call, envelope: envelope.value });
}

function malformed(refusal: R1Refusal, rawHeaders: RawHeaders): CallRefusal {
  const client = headerValues(rawHeaders, "x-road-client").at(-1)?.trim() ?? "";
  const problem = client === "" ? "missing-client" : parseClientPath(client).ok ? "call-malformed" : "invalid-client";
  return { problem, error: r1ErrorOf(refusal, "clientproxy", "deployed") };
}

function providerGateway(directory: Directory, call: R1Call): Result<RegisteredGateway, CallRefusal> {
  const provider = subsystemOf(call.target.service);
  const serving = directory.gatewaysOf(identifierPath(provider));
  if (call.securityServer) {
    const wanted = identifierPath(call.securityServer);
    const chosen = serving.find((gateway) => gateway.id === wanted);
    return chosen
      ? ok(chosen)
      : err(atConsumer("unknown-member", "invalid_security_server", "The chosen gateway does not serve the provider"));
  }
  const [first] = serving;
  return first
    ? ok(first)
    : err(atConsumer("unknown-member", "unknown_member", `Provider '${identifierText(provider)}' not found`));
}

interface Sent {
  readonly relayed: RelayedCall;
  readonly signed: SignedRequest;
  readonly body: Content;
  readonly bodies: CallBodies;
}

interface Received {
  readonly answer: Answer;
  readonly evidence: Pick<End, "responseContentDigest" | "responseSignature">;
}

async function send(
  context: GatewayContext,
  peer: RegisteredGateway,
  sent: Sent & { hash: string },
): Promise<Result<Received, CallRefusal>> {
  let answer: PeerAnswer;
  try {
    answer = await sendTrusting(context, peer, sent);
  } catch (cause) {
    return err(unreachable(cause));
  }
  const { relayed } = sent;
  const directory = context.directory();
  const verified = verifyResponse(
    { status: answer.status, headers: answer.headers, body: digestOf(answer.body) },
    sent.signed.binding,
    (keyid) => directory?.key(keyid),
    context.clock,
  );
  if (!verified.ok) {
    const { r1 } = hopReasons[verified.error.code];
    return err(
      atConsumer("call-signature-invalid", r1, "The provider gateway's answer could not be verified", {
        wrappers: r1 === "inconsistent_response" ? [] : ["service_failed"],
        reason: verified.error.code,
        inside: `${verified.error.inside}; status ${answer.status}, said ${headerValues(answer.headers, "taroko-error").join()}`,
      }),
    );
  }
  const signer = directory?.key(verified.value.keyid);
  if (signer?.use !== "exchange" || signer.member !== identifierPath(memberOf(relayed.target.service))) {
    return err(
      atConsumer("call-signature-invalid", "invalid_signature_value", "The answer is signed by another member", {
        wrappers: ["service_failed"],
        reason: "signed-by-another-member",
      }),
    );
  }
  const [type] = headerValues(verified.value.headers, "taroko-error");
  if (type !== undefined) return err(refusalFromPeer(type, answer.body));
  const consistent = checkAnswer(verified.value.headers, {
    messageId: relayed.messageId,
    requestId: relayed.requestId,
    client: relayed.client,
    service: relayed.target.service,
    requestHash: sent.hash,
  });
  if (!consistent.ok) {
    return err({ problem: "response-inconsistent", error: r1ErrorOf(consistent.error, "clientproxy", "deployed") });
  }
  return ok({
    answer: { status: answer.status, headers: releasedHeaders(verified.value.headers), body: answer.body },
    evidence: {
      responseContentDigest: verified.value.contentDigest,
      responseSignature: signatureEvidence(signer.keyid, verified.value.base, verified.value.signature),
    },
  });
}

/** A certificate we do not know may be a renewed one: ask the authority once, then try again. */
async function sendTrusting(context: GatewayContext, peer: RegisteredGateway, sent: Sent): Promise<PeerAnswer> {
  const request = {
    method: sent.relayed.method,
    rawTarget: sent.relayed.rawTarget,
    headers: sent.signed.headers,
    body: sent.body,
    timeoutMs: 75_000, // a little longer than the provider waits for its own system, so that its refusal arrives
    bodies: sent.bodies,
  };
  try {
    return await context.peers.send(peer, request);
  } catch (cause) {
    const news = cause instanceof PeerFailure && cause.reason === "untrusted" && (await context.refresh());
    const renewed = news ? context.directory()?.gateway(peer.id) : undefined;
    if (!renewed || renewed.address !== peer.address) throw cause;
    return context.peers.send(renewed, request);
  }
}

function unreachable(cause: unknown): CallRefusal {
  const reason = cause instanceof PeerFailure ? cause.reason : "unreachable";
  const inside = cause instanceof PeerFailure && cause.cause instanceof Error ? cause.cause.message : String(cause);
  if (reason === "untrusted") {
    return atConsumer(
      "peer-untrusted",
      "ssl_authentication_failed",
      "The provider gateway could not be authenticated",
      {
        inside,
      },
    );
  }
  return atConsumer("peer-unreachable", "network_error", "The provider gateway cannot be reached", { reason, inside });
}

function logFailed(cause: unknown): CallRefusal {
  return atConsumer("log-unavailable", "logging_failed", "The exchange cannot be recorded", { inside: String(cause) });
}
