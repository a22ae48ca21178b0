import { z } from "zod";
import { canonicalJson, err, fromBase64, ok, toBase64, utf8, type JsonValue, type Result } from "#kernel";
import { sha256, type PaymentApi } from "../govstack/api.ts";
import type { ApiClient } from "../govstack/client.ts";
import { text } from "../govstack/read-json.ts";

/** G2P Connect 1.0.0: errors of the transport, and those told in an acknowledgement. */
export type G2pError =
  | "err.request.bad"
  | "err.version.not_supported"
  | "err.sender_id.invalid"
  | "err.sender_uri.invalid"
  | "err.receiver_id.invalid"
  | "err.signature.missing"
  | "err.signature.invalid"
  | "err.encryption.invalid";

export interface Header {
  readonly message_id: string;
  readonly message_ts: string;
  readonly action: string;
  readonly sender_id: string;
  readonly sender_uri?: string | undefined;
  readonly total_count: number;
}

/** A message whose signature was verified. */
export interface Envelope {
  readonly client: ApiClient;
  readonly header: Header;
  readonly message: unknown;
  /** RFC 8785 text of `{header, message}`: what was signed, and what makes two messages the same. */
  readonly content: string;
}

const header = z.object({
  version: z.string().max(10).default("1.0.0"),
  message_id: text(99),
  message_ts: z.iso.datetime({ offset: true }),
  action: z.string().max(40),
  sender_id: z.string().max(99),
  sender_uri: z.string().max(500).optional(),
  receiver_id: z.string().max(99).optional(),
  total_count: z.int().min(0).max(1_000_000),
  is_msg_encrypted: z.boolean().default(false),
});
const envelope = z.object({ signature: z.string().max(2000).optional(), header, message: z.unknown() });

/** Seconds that a signature may be good for, and that clocks may differ. */
const longestLife = 24 * 3600;
const tolerance = 30;

/** Reads a message and proves who sent it. Everything else about it is answered to the sender that was proven. */
export async function openEnvelope(api: PaymentApi, body: string): Promise<Result<Envelope, G2pError>> {
  let raw: unknown;
  let content: string;
  try {
    raw = JSON.parse(body);
    const { header: head, message } = raw as { header: JsonValue; message: JsonValue };
    content = canonicalJson({ header: head, message });
  } catch {
    // Not JSON, nested deeper than the stack, or with half of a surrogate pair.
    return err("err.request.bad");
  }
  const read = envelope.safeParse(raw);
  if (!read.success) return err("err.request.bad");
  const { signature, header: head, message } = read.data;
  if (signature === undefined || signature.trim() === "") return err("err.signature.missing");
  const open = api.clientById.get(head.sender_id);
  if (!open) return err("err.sender_id.invalid");
  const named = readSignature(signature);
  const key = named && named.sender === head.sender_id ? open.keys.get(named.keyId) : undefined;
  if (!named || key?.algorithm.name !== "Ed25519") return err("err.signature.invalid");
  const now = Math.floor(api.payments.clock.now().getTime() / 1000);
  const { created, expires } = named;
  if (created > now + tolerance || expires <= now || expires < created || expires - created > longestLife)
    return err("err.signature.invalid");
  const good = await crypto.subtle.verify(
    "Ed25519",
    key,
    named.bytes,
    utf8(signingText({ created, expires, content })),
  );
  if (!good) return err("err.signature.invalid");

  if (head.version !== "1.0.0") return err("err.version.not_supported");
  if (head.receiver_id !== undefined && head.receiver_id !== api.receiver) return err("err.receiver_id.invalid");
  if (head.is_msg_encrypted) return err("err.encryption.invalid");
  return ok({ client: open.client, header: head, message, content });
}

/** What is signed (HTTP Signatures' form, which the published example follows): created, expires, digest of the content. */
export function signingText(o: {
  readonly created: number;
  readonly expires: number;
  readonly content: string;
}): string {
  return `(created): ${o.created}\n(expires): ${o.expires}\ndigest: SHA-256=${toBase64(sha256(o.content))}`;
}

/** `Signature: namespace="g2p", kidId="{sender_id}|{unique_key_id}|{algorithm}", algorithm="ed25519", …`. */
function readSignature(line: string):
  | {
      readonly sender: string;
      readonly keyId: string;
      readonly created: number;
      readonly expires: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | undefined {
  const found = new Map(
    Array.from(
      line.replace(/^Signature:/i, "").matchAll(/([A-Za-z]{1,20})="([^"]{0,1000})"/g),
      ([, name = "", value = ""]) => [name, value],
    ),
  );
  const [sender = "", keyId = "", algorithm] = (found.get("kidId") ?? found.get("keyId") ?? "").split("|");
  const bytes = fromBase64(found.get("signature") ?? "");
  const [created, expires] = [found.get("created") ?? "", found.get("expires") ?? ""];
  const whole =
    algorithm === "ed25519" &&
    found.get("algorithm") === "ed25519" &&
    found.get("headers") === "(created) (expires) digest" &&
    /^\d{1,12}$/.test(created) &&
    /^\d{1,12}$/.test(expires);
  return whole && bytes ? { sender, keyId, created: Number(created), expires: Number(expires), bytes } : undefined;
}
