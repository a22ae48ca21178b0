import { toBase64, uuidV7, type Result } from "#kernel";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import { headerValues, parseRelayedCall } from "../r1/headers.ts";
import { identifierPath, memberOf } from "../r1/identifier.ts";
import type { Authentic, PeerMessage } from "./authenticate.ts";
import type { GatewayContext } from "./context.ts";
import { fitsEntry, freshSalt, pairTag, signatureEvidence, subjectLookup, type Draft, type Salts } from "./evidence.ts";
import type { Allowed } from "./judge.ts";
import type { CallRefusal } from "./refusal.ts";
import { isDescribed } from "./services.ts";
import { topicOf } from "./usage.ts";

/** An exchange that cannot be recorded does not happen. */
export class RecordFailure extends Error {}

export const recordFailure = (cause: unknown): never => {
  throw new RecordFailure("record", { cause });
};

/** What was written when the message came, for the record's end. */
export interface Opened {
  readonly draft: Draft;
  readonly salts: Salts;
}

/** Writes "received"; a refused call is opened and closed in one transaction. */
export async function openReceived(
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
    sender: authentic.sender,
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

/**
 * A message whose signature or digest fails is recorded too, since its consumer holds a record of sending it; but under
 * a record id only, so that a forged message cannot use up an honest one's exchange id.
 */
export async function recordUnproven(
  context: GatewayContext,
  directory: Directory,
  peer: RegisteredGateway,
  message: PeerMessage,
  outcome: string,
): Promise<void> {
  const call = parseRelayedCall(message.method, message.rawTarget, message.rawHeaders);
  if (!call.ok || !fitsEntry(call.value.target.service)) return;
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
    .refuse(row, { outcome, now })
    .catch((cause: unknown) => context.logger.error({ cause: String(cause) }, "a refusal could not be recorded"));
}
