import { err, ok, type Result } from "#kernel";
import { digestOf, type Content } from "../body/content.ts";
import type { CallBodies } from "../body/receive.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { SignedResponse } from "../evidence-export/keep-exchange.ts";
import { verifyResponse, type SignedRequest } from "../hop/profile.ts";
import { hopReasons } from "../hop/refusals.ts";
import { r1ErrorOf } from "../r1/errors.ts";
import { checkAnswer, headerValues, releasedHeaders, type RelayedCall } from "../r1/headers.ts";
import { identifierPath, memberOf } from "../r1/identifier.ts";
import type { GatewayContext } from "./context.ts";
import { signatureEvidence, type Draft, type End } from "./evidence.ts";
import { PeerFailure, type PeerAnswer } from "./peer-pool.ts";
import { atConsumer, refusalFromPeer, type Answer, type CallRefusal } from "./refusal.ts";

/** A call as it is sent, to whichever gateway of its provider. */
export interface Delivery {
  readonly relayed: RelayedCall;
  /** `requestHash` of the call. */
  readonly hash: string;
  readonly body: Content;
  readonly bodies: CallBodies;
}

/** A call signed for one gateway, and the record that says so. */
export interface SignedCall {
  readonly peer: RegisteredGateway;
  readonly signed: SignedRequest;
  readonly draft: Draft;
}

/** A verified answer of the provider's gateway. */
export interface Received {
  readonly answer: Answer;
  readonly evidence: Pick<End, "responseContentDigest" | "responseSignature">;
  /** As its provider signed it. */
  readonly signed: SignedResponse;
}

/** How a delivery ended, and the record it ended under. */
export interface Delivered {
  readonly outcome: Result<Received, CallRefusal>;
  readonly draft: Draft;
}

/**
 * Sends a call that is signed and recorded. If its gateway fails before an answer began, the call is sent once more: to
 * another gateway of the provider, for which it is signed anew, or on a new connection to the same one. A call that the
 * first gateway may have taken goes only where the records are the same: there a repeated id is refused, never served
 * twice, and then the first failure stands.
 * @param redirect signs for another gateway and records that, durably
 */
export async function deliver(
  context: GatewayContext,
  delivery: Delivery,
  first: SignedCall,
  gateways: readonly RegisteredGateway[],
  redirect: (peer: RegisteredGateway) => Promise<SignedCall>,
): Promise<Delivered> {
  let failure: PeerFailure;
  try {
    return {
      outcome: verified(context, delivery, first, await sendTrusting(context, delivery, first)),
      draft: first.draft,
    };
  } catch (cause) {
    failure = cause instanceof PeerFailure ? cause : new PeerFailure("unreachable", "begun", cause);
  }
  const failed: Delivered = { outcome: err(unreachable(failure)), draft: first.draft };
  const others = secondGateways(first.peer, gateways, failure);
  if (others.length === 0) return failed;
  try {
    const peer = await context.peers.choose(others);
    const second = peer.id === first.peer.id ? first : await redirect(peer);
    const outcome = verified(context, delivery, second, await sendTrusting(context, delivery, second));
    const isRepeated = !outcome.ok && outcome.error.problem === "replayed";
    return isRepeated ? failed : { outcome, draft: second.draft };
  } catch (cause) {
    if (cause instanceof PeerFailure) return failed;
    throw cause;
  }
}

/** Where a call may be sent a second time. */
export function secondGateways(
  first: RegisteredGateway,
  gateways: readonly RegisteredGateway[],
  { reason, reached }: PeerFailure,
): readonly RegisteredGateway[] {
  if (reached === "begun" || reason === "timeout") return [];
  const others = gateways.filter((gateway) => gateway.id !== first.id);
  if (reached === "unsent") return others;
  const sharing = others.filter((gateway) => sharesRecords(first, gateway));
  return sharing.length > 0 ? sharing : [first];
}

/** Gateways that write one log have one database. */
function sharesRecords(left: RegisteredGateway, right: RegisteredGateway): boolean {
  return left.logs[0] !== undefined && left.logs[0].vkey === right.logs[0]?.vkey;
}

/** A certificate we do not know may be a renewed one: ask the authority once, then try again. */
async function sendTrusting(
  context: GatewayContext,
  { relayed, body, bodies }: Delivery,
  { peer, signed }: SignedCall,
): Promise<PeerAnswer> {
  const request = {
    method: relayed.method,
    rawTarget: relayed.rawTarget,
    headers: signed.headers,
    body,
    timeoutMs: 75_000, // a little longer than the provider waits for its own system, so that its refusal arrives
    bodies,
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

function verified(
  context: GatewayContext,
  { relayed, hash }: Delivery,
  { peer, signed }: SignedCall,
  answer: PeerAnswer,
): Result<Received, CallRefusal> {
  const directory = context.directory();
  const response = verifyResponse(
    { status: answer.status, headers: answer.headers, body: digestOf(answer.body) },
    signed.binding,
    (keyid) => directory?.key(keyid),
    context.clock,
  );
  context.signer.heard(peer, response.ok && response.value.takesBatches);
  if (!response.ok) {
    const { r1 } = hopReasons[response.error.code];
    return err(
      atConsumer("call-signature-invalid", r1, "The provider gateway's answer could not be verified", {
        wrappers: r1 === "inconsistent_response" ? [] : ["service_failed"],
        reason: response.error.code,
        inside: `${response.error.inside}; status ${answer.status}, said ${headerValues(answer.headers, "taroko-error").join()}`,
      }),
    );
  }
  const signer = directory?.key(response.value.keyid);
  if (signer?.use !== "exchange" || signer.member !== identifierPath(memberOf(relayed.target.service))) {
    return err(
      atConsumer("call-signature-invalid", "invalid_signature_value", "The answer is signed by another member", {
        wrappers: ["service_failed"],
        reason: "signed-by-another-member",
      }),
    );
  }
  const [type] = headerValues(response.value.headers, "taroko-error");
  if (type !== undefined) return err(refusalFromPeer(type, answer.body));
  const consistent = checkAnswer(response.value.headers, {
    messageId: relayed.messageId,
    requestId: relayed.requestId,
    client: relayed.client,
    service: relayed.target.service,
    requestHash: hash,
  });
  if (!consistent.ok) {
    return err({ problem: "response-inconsistent", error: r1ErrorOf(consistent.error, "clientproxy", "deployed") });
  }
  return ok({
    answer: { status: answer.status, headers: releasedHeaders(response.value.headers), body: answer.body },
    evidence: {
      responseContentDigest: response.value.contentDigest,
      responseSignature: signatureEvidence(signer.keyid, response.value.base, response.value.signature),
    },
    signed: {
      status: answer.status,
      headers: response.value.headers,
      base: response.value.base,
      body: answer.body,
    },
  });
}

/** What is said of a gateway that could not be reached, or whose answer did not come whole. */
export function unreachable(cause: unknown): CallRefusal {
  const reason = cause instanceof PeerFailure ? cause.reason : "unreachable";
  const inside = cause instanceof PeerFailure && cause.cause instanceof Error ? cause.cause.message : String(cause);
  if (reason === "untrusted") {
    return atConsumer(
      "peer-untrusted",
      "ssl_authentication_failed",
      "The provider gateway could not be authenticated",
      { inside },
    );
  }
  if (reason === "too-large" || reason === "spool-failed") {
    const problem = reason === "too-large" ? "body-too-large" : "spool-full";
    return atConsumer(problem, "io_error", "The answer is larger than this gateway takes now", { reason, inside });
  }
  return atConsumer("peer-unreachable", "network_error", "The provider gateway cannot be reached", { reason, inside });
}
