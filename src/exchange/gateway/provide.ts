import { err, ok, type Result } from "#kernel";
import { digestOf, lengthOf, saidLength, wholeOf, type Content } from "../body/content.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import { pollSeconds } from "../configuration/follow.ts";
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
import { errorType } from "../r1/errors.ts";
import { answerHeaders, headerValues, type RawHeaders } from "../r1/headers.ts";
import { requestHash, requestHeaderPart, type BodyDigest } from "../r1/message-hash.ts";
import {
  authenticate,
  readBody,
  unread,
  type Authentic,
  type AuthenticHead,
  type PeerMessage,
} from "./authenticate.ts";
import { callService, lookedInto } from "./call-service.ts";
import type { GatewayContext } from "./context.ts";
import { signatureEvidence, type End } from "./evidence.ts";
import { judge, refusedByHead, type Allowed } from "./judge.ts";
import { openReceived, recordFailure, RecordFailure, recordUnproven, type Opened } from "./record-received.ts";
import { type ServiceAnswer } from "./release-fields.ts";
import { atProvider, faultOf, refusedForPeer, type Answer, type CallRefusal } from "./refusal.ts";

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
  const early = isLong(message) ? await refusedBeforeBody(context, head.value) : undefined;
  const read = early ? unread(verified.value, early) : await readBody(message, verified.value);
  if (read.mismatch) return unproven(context, known, peer, message, read.mismatch);
  if (!early) message.passage.known({ requestSize: lengthOf(read.body) });
  const hash = requestHash(requestHeaderPart(message.method, message.rawTarget, head.value.headers), read.digest);
  const authentic: Authentic = { ...head.value, hash, digest: read.digest, body: read.body };
  const answer = await exchange(context, known, authentic, read.fault);
  if (answer.ok) return answer.value;
  message.passage.refused(faultOf(answer.error));
  logRefusal(context, answer.error, peer.id);
  const refused = refusedForPeer(answer.error, errorType(answer.error.error), context.problemBase);
  return sign({ ...refused, headers: withRoadHeaders(refused.headers, authentic) });
}

/** Bytes that are taken in before anything is judged: judged first, each small call would ask for its rights twice. */
const takenUnjudged = 64 * 1024;

/** Whether a body is longer than that, or does not say how long it is. */
function isLong({ rawHeaders }: PeerMessage): boolean {
  const unsaid = headerValues(rawHeaders, "transfer-encoding").length > 0 ? Infinity : 0;
  return (saidLength(rawHeaders) ?? unsaid) > takenUnjudged;
}

/** Why a long body is not taken in: nothing that it could say would make this call an allowed one. */
async function refusedBeforeBody(context: GatewayContext, head: AuthenticHead): Promise<CallRefusal | undefined> {
  try {
    return await refusedByHead(context, head);
  } catch (cause) {
    return atProvider("exchange-internal", "internal_error", "Internal error", { inside: String(cause) });
  }
}

/** From an authentic call to a signed answer; what it refuses has been recorded. */
async function exchange(
  context: GatewayContext,
  directory: Directory,
  authentic: Authentic,
  fault: CallRefusal | undefined,
): Promise<Result<Answer, CallRefusal>> {
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
          : await judge(context, authentic, await subjectBody(authentic.body));
    const opened = await openReceived(context, directory, authentic, judged);
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
  const close = async (end: End, response?: SignedResponse): Promise<{ recordId: string }> => {
    try {
      await keep(response);
      return await context.records.close({ ...opened, end });
    } catch (cause) {
      context.records.owe(opened);
      return recordFailure(cause);
    }
  };
  if (!made.ok) {
    const { problem: outcome, breaches } = made.error;
    await close({ outcome, ...(breaches ? { breaches } : {}), now });
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
  await close(end, { status, headers: made.value.headers, base: message.base, body });
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

/** As `unsigned`, for a message whose signature or digest fails. */
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
  await recordUnproven(context, directory, peer, message, refused.problem);
  return { ...unsigned(context, refused), status };
}

function logRefusal(context: GatewayContext, refusal: CallRefusal, peer: string): void {
  context.logger.warn(
    { problem: refusal.problem, reason: refusal.reason, inside: refusal.inside, peer },
    "refused a call from a peer",
  );
}
