import { Agent } from "undici";
import { err, ok, readUpTo, type Result } from "#kernel";
import { flatHeaders, headerPairs, headerValues, type RawHeaders, type RelayedCall } from "../r1/headers.ts";
import { identifierPath } from "../r1/identifier.ts";
import { providerUrl } from "../r1/request-target.ts";
import type { GatewayContext } from "./context.ts";
import type { Allowed } from "./judge.ts";
import { metaservice } from "./metaservices.ts";
import { atProvider, type Answer, type CallRefusal } from "./refusal.ts";
import { minimise, type ServiceDeclaration } from "./services.ts";

/** What a service answered, after field minimisation. */
export interface ServiceAnswer extends Answer {
  readonly released?: readonly string[];
  readonly dropped?: readonly string[];
}

const agent = new Agent({ keepAliveTimeout: 30_000, connect: { timeout: 5000 } });

/** Calls the information system (or register, or metaservice) behind this gateway and keeps to the fields allowed. */
export async function callService(
  context: GatewayContext,
  call: RelayedCall,
  allowed: Allowed,
  body: Uint8Array,
): Promise<Result<ServiceAnswer, CallRefusal>> {
  if (allowed.kind === "metaservice") return metaservice(context, call, allowed.name);
  let answer: Answer;
  try {
    answer = await within((allowed.service.timeoutSeconds ?? 60) * 1000, (signal) =>
      reach(allowed.service, call, body, { maxBody: context.maxBody, signal }),
    );
  } catch (cause) {
    return err(
      atProvider("service-unreachable", "network_error", "The provider's information system does not answer", {
        inside: String(cause),
      }),
    );
  }
  const fields = allowedFields(allowed.right.fields, allowed.consent?.fields);
  const isJson = headerValues(answer.headers, "content-type").some((type) => /^application\/(.+\+)?json/i.test(type));
  if (answer.status >= 300 || answer.body.length === 0) return ok(answer);
  const minimised = isJson ? minimise(answer.body, fields) : undefined;
  if (!minimised) {
    return fields
      ? err(
          atProvider("access-denied", "access_denied", "The answer's fields cannot be checked against the right", {
            reason: "fields-not-checkable",
            rule: allowed.right.id,
          }),
        )
      : ok(answer);
  }
  return ok({ ...answer, body: minimised.body, released: minimised.released, dropped: minimised.dropped });
}

function allowedFields(
  right: readonly string[] | null,
  consent: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  if (!right && !consent) return undefined;
  if (!right || !consent) return new Set(right ?? consent);
  return new Set(right.filter((field) => consent.includes(field)));
}

async function reach(
  service: ServiceDeclaration,
  call: RelayedCall,
  body: Uint8Array,
  limits: { readonly maxBody: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const { target } = service;
  if ("call" in target) {
    const { servicePath: path, query } = call.target;
    return target.call({
      method: call.method,
      path,
      query,
      body,
      client: identifierPath(call.client),
      headers: call.headers,
    });
  }
  const url = providerUrl(target.url, call.target);
  const { origin } = new URL(target.url);
  const headers: RawHeaders = call.headers;
  const answer = await agent.request({
    origin,
    path: /^[a-z]+:\/\/[^/?]*(.*)$/s.exec(url)?.[1]?.replace(/^(?!\/)/, "/") ?? "/", // raw: a URL would remove dot segments
    method: call.method,
    headers: flatHeaders(headers),
    body: body.length > 0 ? body : null,
    responseHeaders: "raw",
    signal: limits.signal,
  });
  const given = await readUpTo(answer.body, limits.maxBody);
  if (!given) throw new Error("the service's answer is too large");
  return {
    status: answer.statusCode,
    headers: headerPairs(answer.headers as unknown as string[]),
    body: given,
  };
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
