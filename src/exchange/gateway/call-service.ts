import { Agent } from "undici";
import { err, ok, type Result } from "#kernel";
import { framed, lengthOf, saidLength, sendable, wholeOf, type Content } from "../body/content.ts";
import type { CallBodies } from "../body/receive.ts";
import type { Passage } from "../operation/record.ts";
import { flatHeaders, headerPairs, type RawHeaders, type RelayedCall } from "../r1/headers.ts";
import { identifierPath } from "../r1/identifier.ts";
import { providerUrl } from "../r1/request-target.ts";
import type { GatewayContext } from "./context.ts";
import { openContractCheck } from "./check-contract.ts";
import type { Allowed } from "./judge.ts";
import { metaservice } from "./metaservices.ts";
import { atProvider, type Answer, type CallRefusal } from "./refusal.ts";
import type { ServiceTarget } from "./services.ts";
import { releasedAnswer, type ServiceAnswer } from "./release-fields.ts";

/** What the caller sent, and where the answer's body is taken in. */
export interface SentBody {
  readonly body: Content;
  readonly bodies: Pick<CallBodies, "receive">;
  readonly passage: Pick<Passage, "known">;
}

type AllowedService = Extract<Allowed, { kind: "service" }>;

/** Bytes of a body that a gateway can look into, or hand to a service in its own process: they are held in memory. */
export const lookedInto: number = 16 * 1024 * 1024;

const agent = new Agent({ keepAliveTimeout: 30_000, connect: { timeout: 5000 }, maxHeaderSize: 64 * 1024 });

/** Calls the information system (or register, or metaservice) behind this gateway and keeps to the fields allowed. */
export async function callService(
  context: GatewayContext,
  call: RelayedCall,
  allowed: Allowed,
  sent: SentBody,
): Promise<Result<ServiceAnswer, CallRefusal>> {
  if (allowed.kind === "metaservice") return metaservice(context, call, allowed.name);
  const contract = openContractCheck(context, call, allowed, sent.passage);
  const asked = await contract?.request(sent.body);
  if (asked?.ok === false) return asked;
  const given = await reached(call, allowed, sent, contract !== undefined);
  if (!given.ok) return given;
  const answer = given.value;
  const answered = await contract?.response(answer);
  if (answered?.ok === false) return answered;
  const released = await keptFields(answer, allowed);
  return released.ok && contract ? ok({ ...released.value, breaches: contract.breaches }) : released;
}

async function reached(
  call: RelayedCall,
  allowed: AllowedService,
  sent: SentBody,
  isChecked: boolean,
): Promise<Result<Answer, CallRefusal>> {
  const isLookedInto = isChecked || allowed.right.fields !== null || allowed.consent !== undefined;
  const asked = isLookedInto
    ? { ...call, headers: call.headers.filter(([name]) => !codings.has(name.toLowerCase())) }
    : call;
  const { target } = allowed.service;
  const timeoutMs = (allowed.service.timeoutSeconds ?? 60) * 1000;
  if ("call" in target && lengthOf(sent.body) > lookedInto) {
    return err(atProvider("body-too-large", "invalid_request", "The body is too large for this service"));
  }
  try {
    return ok(
      await ("call" in target
        ? within(timeoutMs, () => ask(target, asked, sent.body))
        : fetchFrom(target.url, asked, sent, timeoutMs)),
    );
  } catch (cause) {
    return err(
      atProvider("service-unreachable", "network_error", "The provider's information system does not answer", {
        inside: String(cause),
      }),
    );
  }
}

/** Of an answer that is looked into the service is not asked for a part, or in a coding: neither could be read. */
const codings = new Set(["accept-encoding", "range", "if-range"]);

async function keptFields(answer: Answer, allowed: AllowedService): Promise<Result<ServiceAnswer, CallRefusal>> {
  const whole = await wholeOf(answer.body, lookedInto);
  if (whole) return releasedAnswer({ ...answer, body: whole }, allowed);
  if (!allowed.right.fields && !allowed.consent?.fields) return ok(answer);
  return err(
    atProvider("access-denied", "access_denied", "The answer is too large to be checked against the right's fields", {
      reason: "fields-not-checkable",
      rule: allowed.right.id,
    }),
  );
}

async function ask(
  target: Extract<ServiceTarget, { call: unknown }>,
  call: RelayedCall,
  body: Content,
): Promise<Answer> {
  const { servicePath: path, query } = call.target;
  return target.call({
    method: call.method,
    path,
    query,
    body: (await wholeOf(body, lookedInto)) ?? new Uint8Array(),
    client: identifierPath(call.client),
    headers: call.headers,
  });
}

/** A system may take as long over a large body as it keeps moving; it may not be silent for longer than its time-out. */
async function fetchFrom(
  base: string,
  call: RelayedCall,
  { body, bodies }: SentBody,
  timeoutMs: number,
): Promise<Answer> {
  const url = providerUrl(base, call.target);
  const { origin } = new URL(base);
  const headers: RawHeaders = call.headers;
  const answer = await agent.request({
    origin,
    path: /^[a-z]+:\/\/[^/?]*(.*)$/s.exec(url)?.[1]?.replace(/^(?!\/)/, "/") ?? "/", // raw: a URL would remove dot segments
    method: call.method,
    headers: flatHeaders(framed(headers, body)),
    body: sendable(body),
    responseHeaders: "raw",
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const answered = headerPairs(answer.headers as unknown as string[]);
  const given = await bodies.receive(answer.body, saidLength(answered));
  if (!given.ok) answer.body.destroy();
  if (!given.ok) throw new Error(`the service's answer: ${given.error}`);
  return { status: answer.statusCode, headers: answered, body: given.value };
}

/** Ends what takes too long; a register in this process hears no signal, and is waited for no longer. */
async function within<Value>(milliseconds: number, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const ending = new AbortController();
  const { signal } = ending;
  const late = new Promise<never>((_, fail) => signal.addEventListener("abort", () => fail(signal.reason as Error)));
  const timer = setTimeout(() => ending.abort(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([work(signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
