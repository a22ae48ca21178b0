import { problemJson } from "#http";
import { uuidV4, type Refusal } from "#kernel";
import { exchangeProblems, problemUrl, type ExchangeProblem } from "../problems.ts";
import {
  errorType,
  r1Error,
  relayedError,
  renderError,
  type ErrorSpelling,
  type R1Code,
  type R1Error,
  type R1Wrapper,
} from "../r1/errors.ts";
import { readViolations, type Violation } from "../contract-check/violation.ts";
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
  /** What of a request breaks the service's description; names and rules, no values. */
  readonly violations?: readonly Violation[];
  /** Kinds of breach and how often, for the record. */
  readonly breaches?: Readonly<Record<string, number>>;
  /** Of a refusal that stands in records: the id by which either side finds and explains it. */
  readonly exchange?: string;
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

/** In which words and shape an information system is answered. */
export interface AgencyTone {
  readonly problemBase: string;
  readonly spelling: ErrorSpelling;
  readonly surface: "r1" | "native";
  /** The call itself asked for `native`. */
  readonly preferred: boolean;
}

/**
 * The answer to an information system: r1 exactly (JSON or XML by `Accept`), with our problem as further members; or the
 * problem itself with its own status, and the r1 type as `xroadType`. Either way `X-Road-Error` tells it from an error
 * of the service's own. The reference is in the gateway's log too.
 */
export function refusedForAgency(refusal: CallRefusal, rawHeaders: RawHeaders, tone: AgencyTone): Refused {
  const reference = uuidV4();
  const shown = {
    ...(refusal.reason ? { reason: refusal.reason } : {}),
    ...(refusal.explanation ? { explanation: refusal.explanation } : {}),
    ...(refusal.violations ? { violations: refusal.violations } : {}),
    ...(refusal.exchange ? { exchange: refusal.exchange } : {}),
  };
  const reason = reasonHeader(refusal);
  const headers: RawHeaders = [
    ...(reason ? [["Taroko-Reason", reason] as const] : []),
    ...(refusal.retryAfter === undefined ? [] : [["Retry-After", String(refusal.retryAfter)] as const]),
  ];
  if (tone.surface === "native") return { ...nativeAnswer(refusal, tone, reference, shown, headers), reference };
  const rendered = renderError(refusal.error, {
    accept: headerValues(rawHeaders, "accept"),
    detail: reference,
    spelling: tone.spelling,
    extensions: { problem: problemUrl(refusal.problem, tone.problemBase), ...shown },
  });
  return {
    status: rendered.status,
    headers: [...rendered.headers, ...headers],
    body: Buffer.from(rendered.body, "utf8"),
    reference,
  };
}

/** A refusal's answer and the UUID by which the operator finds it in the log. */
export interface Refused extends WholeAnswer {
  readonly reference: string;
}

function nativeAnswer(
  refusal: CallRefusal,
  tone: AgencyTone,
  reference: string,
  shown: object,
  headers: RawHeaders,
): WholeAnswer {
  const type = errorType(refusal.error, tone.spelling);
  const entry = exchangeProblems[refusal.problem];
  const instance = `urn:uuid:${reference}`;
  const document = problemJson(refusal.problem, entry, {
    base: tone.problemBase,
    language: "en",
    instance,
    params: { xroadType: type },
  });
  return {
    status: entry.status,
    headers: [
      ["Content-Type", "application/problem+json"],
      ["X-Road-Error", type],
      ...(tone.preferred ? [["Preference-Applied", "taroko-status"] as const] : []),
      ...headers,
    ],
    body: Buffer.from(JSON.stringify({ ...document, detail: refusal.error.message, ...shown }), "utf8"),
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
        ...(refusal.violations ? { violations: refusal.violations } : {}),
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
  const violations = readViolations(said["violations"]);
  const { retryAfter: wait } = said;
  const retryAfter = Number.isInteger(wait) && Number(wait) > 0 ? Number(wait) : undefined;
  return {
    problem,
    error: relayedError(type, text("detail") ?? exchangeProblems[problem].title.en),
    ...(reason ? { reason } : {}),
    ...(rule ? { rule } : {}),
    ...(explanation ? { explanation } : {}),
    ...(violations ? { violations } : {}),
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
