import { STATUS_CODES } from "node:http";
import type { Content } from "../body/content.ts";
import { saltHeader } from "../gateway/envelope.ts";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { requestHeaderPart, responseHeaderPart } from "../r1/message-hash.ts";
import type { KeepPolicy, MessageKeeper, MessageToKeep } from "./keep.ts";

/** A request and, if one came, its response, as they were signed. */
export interface SignedExchange {
  readonly request: {
    readonly method: string;
    readonly rawTarget: string;
    readonly headers: RawHeaders;
    readonly base: string;
    readonly body: Content;
  };
  readonly response?: SignedResponse | undefined;
}

export interface SignedResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly base: string;
  readonly body: Content;
}

/** Keeps an exchange's messages if a policy says so; before the exchange is closed, so that nothing is released without. */
export async function keepExchange(
  keeper: MessageKeeper,
  policy: KeepPolicy | undefined,
  recordId: string,
  { request, response }: SignedExchange,
): Promise<{ kept: number }> {
  if (!policy) return { kept: 0 };
  // The salt is of the hop, not of the message: the signature base has it.
  const own = (headers: RawHeaders): RawHeaders => headers.filter(([name]) => name.toLowerCase() !== saltHeader);
  const messages: { request: MessageToKeep; response?: MessageToKeep } = {
    request: {
      head: requestHeaderPart(request.method, request.rawTarget, own(request.headers)),
      base: request.base,
      body: request.body,
    },
  };
  if (response) {
    const { status, headers, base, body } = response;
    messages.response = { head: responseHeaderPart(status, STATUS_CODES[status] ?? "", headers), base, body };
  }
  return keeper.keep(recordId, policy, messages, headerValues(request.headers, "x-road-id")[0] ?? "");
}
