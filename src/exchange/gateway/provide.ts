import { err, ok, toBase64, uuidV7, type Result } from "#kernel";
import { digestOf, lengthOf, wholeOf, type Content } from "../body/content.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import { bodyRefused } from "../body/refuse.ts";
import type { Directory, DirectoryKey } from "../configuration/directory.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import { pollSeconds } from "../configuration/follow.ts";
import { checkContentDigest } from "../hop/content-digest.ts";
import { keepExchange, type SignedResponse } from "../evidence-export/keep-exchange.ts";
import {
  type OutgoingResponse,
  type SignedMessage,
  type VerifiedRequest,
  takesBatches,
  unsignedResponse,
  verifyRequest,
} from "../hop/profile.ts";
import { hopReasons, type HopRefusal } from "../hop/refusals.ts";
import { errorType, r1ErrorOf } from "../r1/errors.ts";
import { answerHeaders, headerValues, parseRelayedCall, type RawHeaders, type RelayedCall } from "../r1/headers.ts";
import { identifierPath, memberOf } from "../r1/identifier.ts";
import { requestHash, requestHeaderPart, type BodyDigest } from "../r1/message-hash.ts";
import { callService, lookedInto } from "./call-service.ts";
import type { GatewayContext } from "./context.ts";
import { envelopeOf, saltHeader, type PurposeEnvelope } from "./envelope.ts";
import {
  fitsEntry,
  freshSalt,
  pairTag,
  signatureEvidence,
  subjectLookup,
  type Draft,
  type End,
  type Salts,
} from "./evidence.ts";
import type { Passage } from "../operation/record.ts";
import { judge, type Allowed } from "./judge.ts";
import { type ServiceAnswer } from "./release-fields.ts";
import { atProvider, faultOf, refusedForPeer, type Answer, type CallRefusal } from "./refusal.ts";
import { isDescribed } from "./services.ts";
import { topicOf } from "./usage.ts";

/** A message from a peer, with the fingerprint of the certificate its connection showed. */
export interface PeerMessage {
  readonly method: string;
  readonly rawTarget: string;
  readonly rawHeaders: RawHeaders;
  /** Takes the body in; not called before the head is proven to be a member's. */
  readonly body: () => Promise<Result<Content, BodyFault>>;
  readonly fingerprint: string;
  /** Of this call; released by the caller when the answer has been sent. */
  readonly bodies: CallBodies;
  readonly passage: Passage;
}

/** The head of a message whose sender is proven. */
interface AuthenticHead {
  readonly verified: VerifiedRequest;
  readonly call: RelayedCall;
  /** As the r1 header part has them. */
  readonly headers: RawHeaders;
  readonly envelope: PurposeEnvelope;
  readonly salt: string;
  readonly bodies: CallBodies;
  readonly passage: Passage;
}

interface Authentic extends AuthenticHead {
  readonly hash: string;
  readonly digest: BodyDigest;
  readonly body: Content;
}

/**
 * The provider's side of one exchange (reference 1.8, 3.7): TLS peer, signature, whose it is; rights and consent;
 * **record "received" durably**, which also finds a replay; call the service; **record the end durably**; answer, signed.
 */
export async function provide(context: GatewayContext, message: PeerMessage): Promise<Answer> {
  let directory = context.directory();
  let peer = directory?.gatewayByFingerprint(message.fingerprint);
  // A certificate that is new to us may have been renewed a moment ago: ask the authority once.
  if (!peer && (await context.refresh())) {
    directory = context.directory();
    peer = directory?.gatewayByFingerprint(message.fingerprint);
  }
  if (!directory || !peer) {
    const stranger = atProvider(
      "peer-untrusted",
      "ssl_authentication_failed",
      "The client certificate is not registered",
    );
    message.passage.refused(faultOf(stranger));
    return unsigned(context, stranger);
  }
  const known = directory;
  message.passage.known({
    configVersion: directory.body.version,
    clientAddress: peer.address,
    serviceAddress: context.address,
  });
  const verified = verifyRequest(
    {
      method: message.method,
      authority: context.address,
      rawTarget: message.rawTarget,
      headers: message.rawHeaders,
      body: "unread",
    },
    (keyid) => known.key(keyid),
    context.clock,
  );
  if (!verified.ok) return unproven(context, known, peer, message, verified.error);
  const signer = known.key(verified.value.keyid);
  const head = authenticate(peer, signer, message, verified.value);
  const sign = (answer: Answer): Promise<Answer> => signed(context, verified.value, answer);
  if (!head.ok) {
    message.passage.refused(faultOf(head.error));
    logRefusal(context, head.error, peer.id);
    return sign(refusedForPeer(head.error, errorType(head.error.error), context.problemBase));
  }
  const read = await readBody(message, verified.value);
  if (read.mismatch) return unproven(context, known, peer, message, read.mismatch);
  message.passage.known({ requestSize: lengthOf(read.body) });
  const hash = requestHash(requestHeaderPart(message.method, message.rawTarget, head.value.headers), read.digest);
  const authentic: Authentic = { ...head.value, hash, digest: read.digest, body: read.body };
  const answer = await exchange(context, known, authentic, read.fault);
  if (answer.ok) return answer.value;
  message.passage.refused(faultOf(answer.error));
  logRefusal(context, answer.error, peer.id);
  const refused = refusedForPeer(answer.error, errorType(answer.error.error), context.problemBase);
  return sign({ ...refused, headers: withRoadHeaders(refused.headers, authentic) });
}

function authenticate(
  peer: RegisteredGateway,
  signer: DirectoryKey | undefined,
  message: PeerMessage,
  verified: VerifiedRequest,
): Result<AuthenticHead, CallRefusal> {
  const headers = verified.headers.filter(([name]) => name.toLowerCase() !== saltHeader);
  const call = parseRelayedCall(message.method, message.rawTarget, headers);
  const envelope = envelopeOf(headers);
  const [salt] = headerValues(verified.headers, saltHeader);
  if (!call.ok) return err({ problem: "call-malformed", error: r1ErrorOf(call.error, "serverproxy", "deployed") });
  if (!envelope.ok || !salt || !/^[A-Za-z0-9_-]{43}$/.test(salt)) {
    return err(atProvider("call-malformed", "invalid_request", "A Taroko header is missing or malformed"));
  }
  if (!fitsEntry(call.value.target.service)) {
    return err(atProvider("call-malformed", "invalid_request", "The service identifier is too long"));
  }
  const { client } = call.value;
  if (signer?.use !== "exchange" || signer.member !== identifierPath(memberOf(client))) {
    return err(
      atProvider("call-signature-invalid", "invalid_signature_value", "The call is signed by another member", {
        reason: "signed-by-another-member",
      }),
    );
  }
  if (!peer.clients.includes(identifierPath(client))) {
    return err(
      atProvider("peer-untrusted", "ssl_authentication_failed", "The sending gateway does not serve this client"),
    );
  }
  return ok({
    verified,
    headers,
    call: call.value,
    envelope: envelope.value,
    salt,
    bodies: message.bodies,
    passage: message.passage,
  });
}

interface ReadBody {
  readonly body: Content;
  readonly digest: BodyDigest;
  /** The content is not what the signed head says. */
  readonly mismatch?: HopRefusal;
  /** It was not taken in whole; the digest is then the signed one. */
  readonly fault?: CallRefusal;
}

async function readBody(message: PeerMessage, { contentDigest }: VerifiedRequest): Promise<ReadBody> {
  const received = await message.body();
  if (!received.ok) {
    const digest = { sha512: contentDigest, length: 1 }; // there was something of it
    return { body: new Uint8Array(), digest, fault: bodyRefused(received.error, atProvider) };
  }
  const digest = digestOf(received.value);
  const checked = checkContentDigest(contentDigest, digest);
  return { body: received.value, digest, ...(checked.ok ? {} : { mismatch: checked.error }) };
}

/** From an authentic call to a signed answer; what it refuses has been recorded. */
async function exchange(
  context: GatewayContext,
  directory: Directory,
  authentic: Authentic,
  fault: CallRefusal | undefined,
): Promise<Result<Answer, CallRefusal>> {
  const { call, envelope } = authentic;
  let judged: Result<Allowed, CallRefusal>;
  try {
    judged =
      context.state() === "expired"
        ? err(
            atProvider("configuration-expired", "global_conf_outdated", "Global configuration has expired", {
              retryAfter: pollSeconds,
            }),
          )
        : fault
          ? err(fault)
          : await judge(context, call, envelope, await subjectBody(authentic.body));
    const opened = await open(context, directory, authentic, judged);
    if (opened === "replayed") {
      if (judged.ok && judged.value.kind === "service") await context.quotas.giveBack(judged.value.right);
      return err(
        atProvider("replayed", "invalid_request", "A message with this x-road-request-id was received before"),
      );
    }
    if (!judged.ok) return judged;
    return await answer(context, authentic, judged.value, opened);
  } catch (cause) {
    if (cause instanceof RecordFailure) {
      return err(
        atProvider("log-unavailable", "logging_failed", "The exchange cannot be recorded", {
          inside: String(cause.cause),
        }),
      );
    }
    return err(atProvider("exchange-internal", "internal_error", "Internal error", { inside: String(cause) }));
  }
}

/** What is looked into for the person concerned; of a longer body nothing is, so that it names nobody. */
async function subjectBody(body: Content): Promise<Uint8Array> {
  return (await wholeOf(body, lookedInto)) ?? new Uint8Array();
}

class RecordFailure extends Error {}

const recordFailure = (cause: unknown): never => {
  throw new RecordFailure("record", { cause });
};

interface Opened {
  readonly draft: Draft;
  readonly salts: Salts;
}

/** Writes "received"; a refused call is opened and closed in one transaction. */
async function open(
  context: GatewayContext,
  directory: Directory,
  authentic: Authentic,
  judged: Result<Allowed, CallRefusal>,
): Promise<Opened | "replayed"> {
  const { call } = authentic;
  const now = context.clock.now();
  const allowed = judged.ok && judged.value.kind === "service" ? judged.value : undefined;
  const pair = pairTag(call.requestId, authentic.verified.signature);
  const subject = allowed?.subject;
  const trace =
    subject === undefined
      ? undefined
      : await context.log
          .trace(context.database, { subject, topic: topicOf(call.target.service) }, pair)
          .catch(recordFailure);
  const consentId = allowed?.consent?.jti;
  const salts: Salts = {
    req: authentic.salt,
    rec: freshSalt(),
    ...(trace ? { label: trace.label } : {}),
    ...(consentId ? { con: freshSalt() } : {}),
  };
  const draft: Draft = {
    recordId: uuidV7(now),
    side: "provider",
    gateway: context.gatewayId,
    configVersion: directory.body.version,
    configStale: context.state() === "stale",
    exchangeId: call.requestId,
    messageId: call.messageId,
    member: context.memberPath,
    peer: identifierPath(memberOf(call.client)),
    client: identifierPath(call.client),
    service: identifierPath(call.target.service),
    method: call.method,
    ...authentic.envelope,
    ...(allowed
      ? { endpoint: allowed.right.pathGlob, rightId: allowed.right.id, rightVersion: allowed.right.version }
      : {}),
    ...judgement(judged),
    ...(consentId ? { consentId } : {}),
    ...(call.issue ? { issue: call.issue } : {}),
    requestHash: authentic.hash,
    requestContentDigest: toBase64(authentic.digest.sha512),
    requestSignature: signatureEvidence(
      authentic.verified.keyid,
      authentic.verified.base,
      authentic.verified.signature,
    ),
    pair,
    ...(trace ? { sub: trace.sub } : {}),
    opened: now.toISOString(),
  };
  authentic.passage.known({
    client: draft.client,
    service: draft.service,
    method: draft.method,
    messageId: draft.messageId,
    requestId: draft.exchangeId,
    ...(allowed
      ? {
          endpoint: allowed.right.pathGlob,
          rightId: allowed.right.id,
          serviceType: isDescribed(allowed.service) ? ("OPENAPI3" as const) : ("REST" as const),
        }
      : {}),
  });
  const subjectKey = subject === undefined ? undefined : subjectLookup(subject, context.lookupKey);
  const row = { serverCode: context.serverCode, draft, salts, authentic: true, subjectKey, now };
  const recorded = judged.ok
    ? context.records.open(row)
    : context.records.refuse(row, { outcome: judged.error.problem, now });
  const fresh = await recorded.catch(recordFailure);
  return fresh ? { draft, salts } : "replayed";
}

/** What later questions about rights need to know of a call. */
function judgement(judged: Result<Allowed, CallRefusal>): Pick<Draft, "operation" | "denial"> {
  if (judged.ok) {
    const operation = judged.value.kind === "service" ? judged.value.operation : undefined;
    return operation === undefined ? {} : { operation };
  }
  const { operation, reason, rule } = judged.error;
  return {
    ...(operation === undefined ? {} : { operation }),
    ...(reason === undefined ? {} : { denial: { reason, ...(rule === undefined ? {} : { nearest: rule }) } }),
  };
}

async function answer(
  context: GatewayContext,
  authentic: Authentic,
  allowed: Allowed,
  opened: Opened,
): Promise<Result<Answer, CallRefusal>> {
  // Whatever goes wrong from here on, the record that was opened is closed and has its entry.
  const made = await make(context, authentic, allowed).catch((cause: unknown) =>
    err(atProvider("exchange-internal", "internal_error", "Internal error", { inside: String(cause) })),
  );
  const now = context.clock.now();
  const keep = (response?: SignedResponse): Promise<{ kept: number }> =>
    keepExchange(
      context.keeper,
      (allowed.kind === "service" ? allowed.service.keepMessages : undefined) ??
        context.keeper.ruleFor(opened.draft.service),
      opened.draft.recordId,
      {
        request: { ...authentic.call, headers: authentic.headers, base: authentic.verified.base, body: authentic.body },
        response,
      },
    );
  if (!made.ok) {
    const { problem: outcome, breaches } = made.error;
    const end: End = { outcome, ...(breaches ? { breaches } : {}), now };
    await keep().catch(recordFailure);
    await context.records.close({ ...opened, end }).catch(recordFailure);
    return made;
  }
  const { given, digest, message } = made.value;
  const end: End = {
    outcome: String(given.status),
    responseContentDigest: digest.sha512,
    responseSignature: signatureEvidence(message.keyid, message.base, message.signature),
    ...(given.released ? { fieldsReleased: given.released } : {}),
    ...(given.dropped ? { fieldsDropped: given.dropped } : {}),
    ...(given.breaches ? { breaches: given.breaches } : {}),
    now,
  };
  const { status, body } = given;
  await keep({ status, headers: made.value.headers, base: message.base, body }).catch(recordFailure);
  await context.records.close({ ...opened, end }).catch(recordFailure);
  return ok({ status: given.status, headers: message.headers, body: given.body });
}

interface Made {
  readonly given: ServiceAnswer;
  /** As signed. */
  readonly headers: RawHeaders;
  readonly digest: BodyDigest;
  readonly message: SignedMessage;
}

/** Calls the service and signs what it answers. */
async function make(
  context: GatewayContext,
  authentic: Authentic,
  allowed: Allowed,
): Promise<Result<Made, CallRefusal>> {
  authentic.passage.requestOut();
  const called = await callService(context, authentic.call, allowed, authentic);
  authentic.passage.responseIn();
  if (!called.ok) return called;
  const given = called.value;
  const digest = digestOf(given.body);
  const headers = withRoadHeaders(given.headers, authentic);
  const response = { status: given.status, headers, body: digest };
  const message = await signFor(context, authentic.verified, response);
  return ok({ given, headers, digest, message });
}

function withRoadHeaders(headers: RawHeaders, { call, hash }: Authentic): RawHeaders {
  const error = headers.filter(([name]) => name === "taroko-error");
  const answered = {
    messageId: call.messageId,
    requestId: call.requestId,
    client: call.client,
    service: call.target.service,
    requestHash: hash,
  };
  return [...answerHeaders(headers, answered), ...error];
}

async function signed(context: GatewayContext, verified: VerifiedRequest, given: Answer): Promise<Answer> {
  const response = { status: given.status, headers: given.headers, body: digestOf(given.body) };
  const message = await signFor(context, verified, response);
  return { ...given, headers: message.headers };
}

function signFor(context: GatewayContext, to: VerifiedRequest, response: OutgoingResponse): Promise<SignedMessage> {
  const headers = [...response.headers, takesBatches];
  return context.signer.sign(unsignedResponse({ ...response, headers }, to.binding), to.takesBatches);
}

/** A message that cannot be bound to a sender gets an answer that binds nothing: TLS alone vouches for it. */
function unsigned(context: GatewayContext, refusal: CallRefusal): Answer {
  logRefusal(context, refusal, "unknown");
  return refusedForPeer(refusal, errorType(refusal.error), context.problemBase);
}

/**
 * A message whose signature or digest fails is recorded too, since its consumer holds a record of sending it; but under
 * a record id only, so that a forged message cannot use up an honest one's exchange id.
 */
async function unproven(
  context: GatewayContext,
  directory: Directory,
  peer: RegisteredGateway,
  message: PeerMessage,
  refusal: HopRefusal,
): Promise<Answer> {
  const { status, r1 } = hopReasons[refusal.code];
  const refused = atProvider("call-signature-invalid", r1, "The call could not be verified", {
    reason: refusal.code,
    inside: refusal.inside,
  });
  message.passage.refused(faultOf(refused));
  const call = parseRelayedCall(message.method, message.rawTarget, message.rawHeaders);
  if (call.ok && fitsEntry(call.value.target.service)) {
    const now = context.clock.now();
    const salts: Salts = { req: freshSalt(), rec: freshSalt() };
    const claimed = headerValues(message.rawHeaders, "signature").join();
    const draft: Draft = {
      recordId: uuidV7(now),
      side: "provider",
      gateway: context.gatewayId,
      configVersion: directory.body.version,
      configStale: context.state() === "stale",
      exchangeId: call.value.requestId,
      messageId: call.value.messageId,
      member: context.memberPath,
      peer: peer.member,
      client: peer.member,
      service: identifierPath(call.value.target.service),
      method: call.value.method,
      requestHash: "",
      requestContentDigest: "",
      requestSignature: { keyid: "", sig: claimed.slice(0, 200), baseDigest: "" },
      pair: pairTag(call.value.requestId, Buffer.from(claimed)),
      opened: now.toISOString(),
    };
    const row = { serverCode: context.serverCode, draft, salts, authentic: false, now };
    await context.records
      .refuse(row, { outcome: refused.problem, now })
      .catch((cause: unknown) => context.logger.error({ cause: String(cause) }, "a refusal could not be recorded"));
  }
  return { ...unsigned(context, refused), status };
}

function logRefusal(context: GatewayContext, refusal: CallRefusal, peer: string): void {
  context.logger.warn(
    { problem: refusal.problem, reason: refusal.reason, inside: refusal.inside, peer },
    "refused a call from a peer",
  );
}
