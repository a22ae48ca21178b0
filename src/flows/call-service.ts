import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import type { FlowProblem } from "./problems.ts";

/** The agency side of one's own gateway, and the subsystem in whose name one calls. */
export interface GatewayAccess {
  /** For example `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Path form of the calling subsystem: `TW/GOV/MODA/portal`. */
  readonly client: string;
}

export interface ServiceCall {
  /** Path form of the providing subsystem and the service code: `TW/GOV/MOI/household/household`. */
  readonly service: string;
  /** Service path, starting with a slash. */
  readonly path: string;
  readonly body: JsonValue;
  readonly purpose: string;
  readonly legalBasis: string;
  readonly consentToken?: string;
  /** Case the call serves; travels as X-Road-Issue. */
  readonly issue?: string;
}

export interface ServiceAnswer {
  /** `null` when the register knows no such record: an answer too. */
  readonly body: JsonValue;
  /** x-road-request-id: finds the signed messages and both log entries. */
  readonly exchangeId: string;
}

const answerWithin = 20_000;

/**
 * Calls a data service through one's own gateway, as any information system does (X-Road REST message protocol r1).
 * @returns `source-refused` when a gateway refuses, and `source-unavailable` when the source cannot be reached or fails; the last is worth another try
 */
export async function callService(
  gateway: GatewayAccess,
  call: ServiceCall,
): Promise<Result<ServiceAnswer, Refusal<FlowProblem>>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${gateway.url}/r1/${call.service}${call.path}`, {
      method: "POST",
      signal: AbortSignal.timeout(answerWithin),
      headers: {
        "content-type": "application/json",
        "x-road-client": gateway.client,
        "taroko-purpose": call.purpose,
        "taroko-legal-basis": call.legalBasis,
        ...(call.consentToken ? { "taroko-consent": call.consentToken } : {}),
        ...(call.issue ? { "x-road-issue": call.issue } : {}),
      },
      body: JSON.stringify(call.body),
    });
    text = await response.text();
  } catch (cause) {
    return err({ code: "source-unavailable", inside: String(cause) });
  }
  const error = response.headers.get("x-road-error");
  if (error)
    return err({
      code: /access_?denied|consent|purpose/i.test(error) ? "source-refused" : "source-unavailable",
      inside: error,
    });
  const exchangeId = response.headers.get("x-road-request-id") ?? "";
  if (response.status === 404) return ok({ body: null, exchangeId });
  if (!response.ok) return err({ code: "source-unavailable", inside: `status ${response.status}` });
  try {
    return ok({ body: JSON.parse(text) as JsonValue, exchangeId });
  } catch {
    return err({ code: "source-unavailable", inside: "the answer is not JSON" });
  }
}
