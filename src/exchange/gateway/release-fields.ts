import { err, ok, type Result } from "#kernel";
import { fieldList } from "../fields/field-list.ts";
import { fieldNames, keepFields } from "../fields/keep-fields.ts";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import type { Allowed } from "./judge.ts";
import { atProvider, type Answer, type CallRefusal, type WholeAnswer } from "./refusal.ts";

/** What a service answered, after field minimisation. */
export interface ServiceAnswer extends Answer {
  readonly released?: readonly string[];
  readonly dropped?: readonly string[];
  /** Kinds of breach of the description, and how often. */
  readonly breaches?: Readonly<Record<string, number>>;
}

/** What an error says by RFC 9457; a service may say it whatever fields the right allows. */
const problemMembers = ["type", "title", "status", "detail", "instance"];

/**
 * Keeps of a service's answer the fields that right and consent allow, both of them. What cannot be told apart into
 * fields is not released; an error in another form keeps its status and loses its content.
 */
export function releasedAnswer(
  answer: WholeAnswer,
  allowed: Extract<Allowed, { kind: "service" }>,
): Result<ServiceAnswer, CallRefusal> {
  const limits = [allowed.right.fields, allowed.consent?.fields].flatMap((fields) => (fields ? [fields] : []));
  // Without a body (HEAD, 304) the headers still speak of the whole: whoever knows most of it could guess the rest.
  if (answer.body.length === 0)
    return ok(limits.length === 0 ? answer : { ...answer, headers: withoutDigests(answer.headers) });
  const types = headerValues(answer.headers, "content-type");
  const isJson =
    types.length === 1 && types.every((type) => /^application\/(?:[^;]+\+)?json\s*(?:;|$)/i.test(type.trim()));
  const succeeded = answer.status < 300;
  if (limits.length === 0) {
    const released = succeeded && isJson ? fieldNames(answer.body) : undefined;
    return ok(released ? { ...answer, released, dropped: [] } : answer);
  }
  if (!isJson) return succeeded ? err(notCheckable(allowed, "no-json")) : ok(withoutContent(answer));
  const lists = limits.map((fields) => fieldList(succeeded ? fields : [...fields, ...problemMembers]));
  // Services of this process are registers, which seal their cursors.
  const kept = keepFields(answer.body, lists, "call" in allowed.service.target);
  if (!kept.ok) return succeeded ? err(notCheckable(allowed, kept.error)) : ok(withoutContent(answer));
  const { body, released, dropped } = kept.value;
  const headers = dropped.length === 0 ? answer.headers : withoutDigests(answer.headers);
  return ok({ ...answer, headers, body, released, dropped });
}

function notCheckable({ right }: { readonly right: { readonly id: string } }, inside: string): CallRefusal {
  return atProvider("access-denied", "access_denied", "The answer's fields cannot be checked against the right", {
    reason: "fields-not-checkable",
    rule: right.id,
    inside,
  });
}

function withoutContent(answer: WholeAnswer): ServiceAnswer {
  const headers = withoutDigests(answer.headers).filter(([name]) => name.toLowerCase() !== "content-type");
  return { ...answer, headers, body: Buffer.alloc(0), released: [], dropped: ["*"] };
}

/** Said of the content as the service wrote it, and wrong of what is left. */
const ofTheWhole = new Set(["etag", "content-digest", "repr-digest", "digest", "content-md5", "content-encoding"]);

function withoutDigests(headers: RawHeaders): RawHeaders {
  return headers.filter(([name]) => !ofTheWhole.has(name.toLowerCase()));
}
