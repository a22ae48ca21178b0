import { problemJson } from "#http";
import { uuidV4, type Refusal } from "#kernel";
import { exchangeProblems, problemUrl, type ExchangeProblem } from "../problems.ts";
import {
  errorType,
  r1Error,
  relayedError,
  renderError,
  type R1Code,
  type R1Error,
  type R1Wrapper,
} from "../r1/errors.ts";
import type { Fault } from "../operation/record.ts";
import { inMemory, type Content } from "../body/content.ts";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { readExplanation, type Explanation } from "../rights/explanation.ts";

/** Why a call is refused: our problem for people and programs of today, the r1 error for information systems. */
export interface CallRefusal {
  readonly problem: ExchangeProblem;
  readonly error: R1Error;
  /** A finer code below the problem, as in `Taroko-Reason`. */
  readonly reason?: string;
  /** The right that came nearest. */
  readonly rule?: string;
  /** For callers that have some right on the service. */
  readonly explanation?: Explanation;
  /** Seconds until it is worth trying again. */
  readonly retryAfter?: number;
  /** The published endpoint that was called, for the record. */
  readonly operation?: string;
  /** For the log only. */
  readonly inside?: string;
}

/** What leaves towards an information system or a peer. */
export interface Answer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Content;
}

/** An answer whose body is in memory, as all are that a gateway makes itself. */
export interface WholeAnswer extends Answer {
  readonly body: Uint8Array;
}

/** A refusal as operational monitoring writes it down. */
export function faultOf({ problem, error }: CallRefusal): Fault {
  return { code: errorType(error), message: error.message, problem };
}

type More = Omit<CallRefusal, "problem" | "error"> & { readonly wrappers?: readonly R1Wrapper[] };

/** A refusal by the consumer's gateway. `message` leaves the house. */
export function atConsumer(problem: ExchangeProblem, code: R1Code, message: string, more: More = {}): CallRefusal {
  const { wrappers, ...rest } = more;
  return { problem, error: r1Error("clientproxy", code, message, wrappers), ...rest };
}

/** A refusal by the provider's gateway. */
export function atProvider(problem: ExchangeProblem, code: R1Code, message: string, more: More = {}): CallRefusal {
  const { wrappers, ...rest } = more;
  return { problem, error: r1Error("serverproxy", code, message, wrappers), ...rest };
}

/**
 * The answer to an information system: r1 exactly (status 500, JSON or XML by `Accept`), with our problem as further
 * members. A caller that sends `Prefer: taroko-status` gets the problem's own status instead.
 */
export function refusedForAgency(refusal: CallRefusal, rawHeaders: RawHeaders, problemBase: string): Answer {
  const entry = exchangeProblems[refusal.problem];
  const rendered = renderError(refusal.error, {
    accept: headerValues(rawHeaders, "accept"),
    detail: uuidV4(),
    extensions: {
      problem: problemUrl(refusal.problem, problemBase),
      ...(refusal.reason ? { reason: refusal.reason } : {}),
      ...(refusal.explanation ? { explanation: refusal.explanation } : {}),
    },
  });
  const ownStatus = headerValues(rawHeaders, "prefer").some((line) => /(^|,)\s*taroko-status\s*(,|;|$)/i.test(line));
  const reason = reasonHeader(refusal);
  return {
    status: ownStatus ? entry.status : rendered.status,
    headers: [
      ...rendered.headers,
      ...(reason ? [["Taroko-Reason", reason] as const] : []),
      ...(refusal.retryAfter === undefined ? [] : [["Retry-After", String(refusal.retryAfter)] as const]),
    ],
    body: Buffer.from(rendered.body, "utf8"),
  };
}

/** The body a gateway sends to a gateway; the r1 type travels beside it in `Taroko-Error`. */
export function refusedForPeer(refusal: CallRefusal, type: string, problemBase: string): Answer {
  const entry = exchangeProblems[refusal.problem];
  const params = {
    xroadType: type,
    problem: refusal.problem,
    ...(refusal.reason ? { reason: refusal.reason } : {}),
    ...(refusal.rule ? { rule: refusal.rule } : {}),
  };
  const instance = `urn:uuid:${uuidV4()}`;
  const document = problemJson(refusal.problem, entry, { base: problemBase, language: "en", instance, params });
  return {
    status: entry.status,
    headers: [
      ["content-type", "application/problem+json"],
      ["taroko-error", type],
    ],
    body: Buffer.from(
      JSON.stringify({
        ...document,
        detail: refusal.error.message,
        ...(refusal.explanation ? { explanation: refusal.explanation } : {}),
        ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
      }),
      "utf8",
    ),
  };
}

/** An RFC 9457 answer to what is no call of the r1 protocol. */
export function problemAnswer(code: ExchangeProblem, problemBase: string, params?: Refusal["params"]): WholeAnswer {
  const entry = exchangeProblems[code];
  const instance = `urn:uuid:${uuidV4()}`;
  const document = problemJson(code, entry, { base: problemBase, language: "en", instance, params });
  return {
    status: entry.status,
    headers: [["Content-Type", "application/problem+json"]],
    body: Buffer.from(JSON.stringify(document), "utf8"),
  };
}

/** Reads what `refusedForPeer` wrote, in a message whose signature has been verified. */
export function refusalFromPeer(type: string, body: Content): CallRefusal {
  let said: Readonly<Record<string, unknown>> = {};
  try {
    said = JSON.parse(inMemory(body) ? Buffer.from(body).toString("utf8") : "") as typeof said;
  } catch {
    // A peer of another make: its type says enough.
  }
  const text = (member: string): string | undefined => {
    const value = said[member];
    return typeof value === "string" && value.length <= 500 ? value : undefined;
  };
  const named = text("problem");
  const problem = named !== undefined && isProblem(named) ? named : "access-denied";
  const reason = text("reason");
  const rule = text("rule");
  const explanation = readExplanation(said["explanation"]);
  const { retryAfter: wait } = said;
  const retryAfter = Number.isInteger(wait) && Number(wait) > 0 ? Number(wait) : undefined;
  return {
    problem,
    error: relayedError(type, text("detail") ?? exchangeProblems[problem].title.en),
    ...(reason ? { reason } : {}),
    ...(rule ? { rule } : {}),
    ...(explanation ? { explanation } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function isProblem(name: string): name is ExchangeProblem {
  return Object.hasOwn(exchangeProblems, name);
}

function reasonHeader(refusal: CallRefusal): string | undefined {
  if (!refusal.reason || !/^[a-z0-9-]{1,60}$/.test(refusal.reason)) return undefined;
  return refusal.rule && /^[0-9a-f-]{36}$/.test(refusal.rule)
    ? `${refusal.reason};rule=${refusal.rule}`
    : refusal.reason;
}
