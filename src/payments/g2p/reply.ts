import { uuidV4 } from "#kernel";
import type { ApiAnswer, PaymentApi } from "../govstack/api.ts";
import type { Envelope, G2pError } from "./envelope.ts";

export type RequestStatus = "rcvd" | "pdng" | "succ" | "rjct";

/** Why a whole message was rejected. */
export type HeaderReason =
  | "rjct.action.invalid"
  | "rjct.total_count.invalid"
  | "rjct.total_count.limit_exceeded"
  | "rjct.message_id.duplicate";

/** What a message came to: the body of a synchronous answer or of a callback, before its header is put on. */
export interface Outcome {
  readonly action: string;
  readonly status: RequestStatus;
  readonly reason?: HeaderReason;
  readonly total: number;
  readonly completed: number;
  readonly message?: object;
}

const words: Readonly<Record<G2pError, string>> = {
  "err.request.bad": "The message is not one of G2P Connect 1.0.0.",
  "err.version.not_supported": "Version 1.0.0 is spoken here.",
  "err.sender_id.invalid": "The sender is not known here.",
  "err.sender_uri.invalid": "sender_uri is not an address that was written down for this sender.",
  "err.receiver_id.invalid": "The message is meant for somebody else.",
  "err.signature.missing": "The message is not signed.",
  "err.signature.invalid": "The signature is not valid for this message now.",
  "err.encryption.invalid": "Encrypted messages are not taken; the connection is.",
};

/** What a message gets that is not answered in its own terms. Who is not proven gets the transport's error and nothing else. */
export function g2pError(api: PaymentApi, code: G2pError): ApiAnswer {
  const unproven = code.startsWith("err.signature") || code === "err.sender_id.invalid";
  return unproven
    ? { status: 401, body: { errors: [{ code, message: words[code] }] } }
    : { status: 400, body: acknowledgement(api, "ERR", uuidV4(), { code, message: words[code] }) };
}

export function acknowledgement(
  api: PaymentApi,
  status: "ACK" | "NACK" | "ERR",
  correlationId: string,
  error?: { readonly code: G2pError; readonly message: string },
): object {
  return {
    message: {
      ack_status: status,
      timestamp: api.payments.clock.now().toISOString(),
      ...(error && { error }),
      correlation_id: correlationId,
    },
  };
}

/** The envelope of an answer. Its signature, like that of every call of ours, is the bearer token's, over the whole body. */
export function reply(api: PaymentApi, envelope: Pick<Envelope, "client">, outcome: Outcome): object {
  const now = api.payments.clock.now().toISOString();
  return {
    header: {
      version: "1.0.0",
      message_id: uuidV4(),
      message_ts: now,
      action: outcome.action,
      status: outcome.status,
      ...(outcome.reason && { status_reason_code: outcome.reason }),
      total_count: outcome.total,
      completed_count: outcome.completed,
      sender_id: api.receiver,
      receiver_id: envelope.client.id,
      is_msg_encrypted: false,
    },
    ...(outcome.message && { message: outcome.message }),
  };
}

/** A message that is not read further. */
export function rejected(action: string, total: number, reason: HeaderReason): Outcome {
  return { action, status: "rjct", reason, total, completed: 0 };
}
