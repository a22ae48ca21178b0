import { err, ok, toBase64, uuidV4, uuidV7, type Result } from "#kernel";
import { digestOf, lengthOf, type Content } from "../body/content.ts";
import { bodyRefused } from "../body/refuse.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import { pollSeconds } from "../configuration/follow.ts";
import { type SignedRequest, takesBatches, unsignedRequest } from "../hop/profile.ts";
import { r1ErrorOf, type R1Refusal, type StatusRule } from "../r1/errors.ts";
import { headerValues, parseCall, withGatewayIds, type R1Call, type RawHeaders } from "../r1/headers.ts";
import { identifierPath, identifierText, memberOf, parseClientPath, subsystemOf } from "../r1/identifier.ts";
import { requestHash, requestHeaderPart } from "../r1/message-hash.ts";
import type { AgencyConnection } from "./agency-side.ts";
import type { GatewayContext } from "./context.ts";
import { deliver, unreachable, type Delivered, type Delivery, type SignedCall } from "./deliver.ts";
import { fitsEntry, freshSalt, pairTag, signatureEvidence, type Draft, type End, type Salts } from "./evidence.ts";
import { envelopeOf, saltHeader, type PurposeEnvelope } from "./envelope.ts";
import { keepExchange, type SignedExchange } from "../evidence-export/keep-exchange.ts";
import type { Passage } from "../operation/record.ts";
import { PeerFailure } from "./peer-pool.ts";
import { atConsumer, type Answer, type CallRefusal } from "./refusal.ts";

/** A call as it came from an information system; the body is read only when the head is in order. */
export interface AgencyRequest {
  readonly method: string;
  readonly rawTarget: string;
  readonly rawHeaders: RawHeaders;
  /** Takes the body in. */
  readonly body: () => Promise<Result<Content, BodyFault>>;
  /** Of this call; released by the caller when the answer has been sent. */
  readonly bodies: CallBodies;
  readonly passage: Passage;
  /** `inside`: a call that the gateway makes itself. */
  readonly connection: AgencyConnection | "inside";
}

/**
 * The consumer's side of one exchange, in the order of the reference (1.8, 3.7): configuration, head, client, provider;
 * sign; **record "sent" durably**; send; verify; **record the end durably**; release.
 */
export async function consume(context: GatewayContext, request: AgencyRequest): Promise<Result<Answer, CallRefusal>> {
  const directory = context.directory();
  if (!directory || context.state() === "expired") {
    const message = "Global configuration has expired";
    return err(atConsumer("configuration-expired", "global_conf_outdated", message, { retryAfter: pollSeconds }));
  }
  const read = readHead(context, request);
  if (!read.ok) return read;
  const { call, envelope } = read.value;
  request.passage.known({
    client: identifierPath(call.client),
    service: identifierPath(call.target.service),
    method: call.method,
    configVersion: directory.body.version,
    clientAddress: context.address,
  });
  let gateways = providerGateways(directory, call);
  // A provider that is new to us may have joined a moment ago, or another process of this gateway has heard of it.
  if (!gateways.ok && (await context.refresh({ notWithin: 2000 }))) {
    gateways = providerGateways(context.directory() ?? directory, call);
  }
  if (!gateways.ok) return gateways;
  const received = await request.body();
  if (!received.ok) return err(bodyRefused(received.error, atConsumer));
  const body = received.value;
  if (lengthOf(body) > 0 && ["GET", "HEAD", "TRACE"].includes(call.method)) {
    return err(atConsumer("call-malformed", "invalid_request", `A ${call.method} request has no body`));
  }

  const { peer, failure } = await destination(context, call, gateways.value);
  const ids = { instance: context.member.instance, requestId: uuidV4(), messageUuid: uuidV4() };
  const relayed = withGatewayIds(call, ids);
  const salts: Salts = { req: freshSalt(), rec: freshSalt() };
  const digest = digestOf(body);
  const hash = requestHash(requestHeaderPart(relayed.method, relayed.rawTarget, relayed.headers), digest);
  const signFor = (gateway: RegisteredGateway): Promise<SignedRequest> =>
    context.signer.sign(
      unsignedRequest({
        method: relayed.method,
        authority: gateway.address,
        rawTarget: relayed.rawTarget,
        headers: [...relayed.headers, [saltHeader, salts.req], takesBatches],
        body: digest,
      }),
      context.signer.takesBatches(gateway),
    );
  const signed = await signFor(peer);
  request.passage.known({
    messageId: relayed.messageId,
    requestId: relayed.requestId,
    serviceAddress: peer.address,
    requestSize: lengthOf(body),
  });
  const now = context.clock.now();
  const recordId = uuidV7(now);
  const draftOf = (sent: SignedRequest): Draft => ({
    recordId,
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
    requestSignature: signatureEvidence(sent.keyid, sent.base, sent.signature),
    pair: pairTag(relayed.requestId, sent.signature),
    opened: now.toISOString(),
  });
  const first: SignedCall = { peer, signed, draft: draftOf(signed) };
  const bases = new Map([[first.draft, signed.base]]);
  try {
    await context.records.open({ serverCode: context.serverCode, draft: first.draft, salts, authentic: true, now });
  } catch (cause) {
    return err(logFailed(cause));
  }

  request.passage.requestOut();
  const redirect = async (gateway: RegisteredGateway): Promise<SignedCall> => {
    const again = await signFor(gateway);
    const draft = draftOf(again);
    bases.set(draft, again.base);
    await context.records.redirect(draft);
    return { peer: gateway, signed: again, draft };
  };
  const delivery: Delivery = { relayed, hash, body, bodies: request.bodies };
  let delivered: Delivered;
  try {
    delivered = failure
      ? { outcome: err(unreachable(failure)), draft: first.draft }
      : await deliver(context, delivery, first, gateways.value, redirect);
  } catch (cause) {
    context.records.owe({ draft: first.draft, salts });
    return err(logFailed(cause));
  }
  const { outcome, draft } = delivered;
  request.passage.responseIn();
  const end: End = outcome.ok
    ? { outcome: String(outcome.value.answer.status), ...outcome.value.evidence, now: context.clock.now() }
    : { outcome: outcome.error.problem, now: context.clock.now() };
  const exchange: SignedExchange = {
    request: { ...relayed, base: bases.get(draft) ?? "", body },
    response: outcome.ok ? outcome.value.signed : undefined,
  };
  try {
    await keepExchange(context.keeper, context.keeper.ruleFor(draft.service), recordId, exchange);
    await context.records.close({ draft, salts, end });
  } catch (cause) {
    context.records.owe({ draft, salts });
    return err(logFailed(cause));
  }
  return outcome.ok ? ok(outcome.value.answer) : err({ ...outcome.error, exchange: relayed.requestId });
}

function readHead(
  context: GatewayContext,
  request: AgencyRequest,
): Result<{ call: R1Call; envelope: PurposeEnvelope }, CallRefusal> {
  const parsed = parseCall(request.method, request.rawTarget, request.rawHeaders);
  if (!parsed.ok) return err(malformed(parsed.error, request.rawHeaders, context.agencySide.statusRule));
  const own = parsed.value;
  // An information system cannot choose the salt: what it says under this name ends here.
  const call: R1Call = { ...own, headers: own.headers.filter(([name]) => name.toLowerCase() !== saltHeader) };
  if (!context.clients.has(identifierPath(call.client))) {
    return err(atConsumer("unknown-member", "unknown_member", `Client '${identifierText(call.client)}' not found`));
  }
  const connected = context.agencySide.checkConnection(call.client, request.connection);
  if (!connected.ok) return connected;
  const envelope = envelopeOf(call.headers);
  if (!envelope.ok || !fitsEntry(call.target.service)) {
    return err(
      atConsumer("call-malformed", "invalid_request", "A Taroko header or the service identifier is malformed"),
    );
  }
  return ok({ call, envelope: envelope.value });
}

function malformed(refusal: R1Refusal, rawHeaders: RawHeaders, rule: StatusRule): CallRefusal {
  const client = headerValues(rawHeaders, "x-road-client").at(-1)?.trim() ?? "";
  const problem = client === "" ? "missing-client" : parseClientPath(client).ok ? "call-malformed" : "invalid-client";
  return { problem, error: r1ErrorOf(refusal, "clientproxy", rule) };
}

/** The gateways that serve a call's provider; the one alone that the caller names. */
function providerGateways(directory: Directory, call: R1Call): Result<readonly RegisteredGateway[], CallRefusal> {
  const provider = subsystemOf(call.target.service);
  const serving = directory.gatewaysOf(identifierPath(provider));
  if (call.securityServer && serving.length > 0) {
    const wanted = identifierPath(call.securityServer);
    const chosen = serving.filter((gateway) => gateway.id === wanted);
    return chosen.length > 0
      ? ok(chosen)
      : err(atConsumer("unknown-member", "invalid_security_server", "The chosen gateway does not serve the provider"));
  }
  return serving.length > 0
    ? ok(serving)
    : err(
        atConsumer(
          "unknown-member",
          "unknown_member",
          `Could not find addresses for service provider "${identifierText(provider)}"`,
        ),
      );
}

/** Where a call goes; with none that can be connected, why: the call is recorded all the same. */
interface Destination {
  readonly peer: RegisteredGateway;
  readonly failure?: unknown;
}

async function destination(
  context: GatewayContext,
  call: R1Call,
  gateways: readonly RegisteredGateway[],
): Promise<Destination> {
  const choose = async (among: readonly RegisteredGateway[]): Promise<Destination> => {
    try {
      return { peer: await context.peers.choose(among) };
    } catch (failure) {
      return { peer: among[0]!, failure };
    }
  };
  const before = context.directory();
  const chosen = await choose(gateways);
  const { failure } = chosen;
  if (!(failure instanceof PeerFailure) || failure.reason !== "untrusted") return chosen;
  // A certificate we do not know may be a renewed one: ask the authority once. Somebody may have asked meanwhile.
  await context.refresh();
  const directory = context.directory();
  if (directory === before) return chosen;
  const renewed = directory && providerGateways(directory, call);
  return renewed?.ok ? choose(renewed.value) : chosen;
}

function logFailed(cause: unknown): CallRefusal {
  return atConsumer("log-unavailable", "logging_failed", "The exchange cannot be recorded", { inside: String(cause) });
}
