import { createHmac, timingSafeEqual } from "node:crypto";
import { err, ok, toBase64, type Refusal, type Result } from "#kernel";

/** How far a notification's time may be from ours, in seconds, either way. */
export const webhookWindow = 300;

/** The signature of a notification: HMAC-SHA256 over `id.timestamp.body`. @see Standard Webhooks, "Signature scheme" */
export function signWebhook(secret: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${toBase64(createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest())}`;
}

/**
 * Whether a notification comes from who shares `secret` and was sent within five minutes of `now`. Whether its id was
 * seen before is the caller's to ask. Several signatures may stand in the header, so that a secret can be changed.
 * @param secrets the present one, and the one before while it is being changed
 * @see Standard Webhooks, headers `webhook-id`, `webhook-timestamp`, `webhook-signature`
 */
export function verifyWebhook(
  secrets: readonly Uint8Array[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: Date,
): Result<{ readonly id: string }, Refusal<"notice-forged" | "notice-stale">> {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  // A dot in the id would let the same signature fit another division into id, time and body.
  if (!/^[\w-]{1,100}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) return err({ code: "notice-forged" });
  const given = (headers["webhook-signature"] ?? "").split(" ").slice(0, 5);
  const genuine = secrets.some((secret) => {
    const right = Buffer.from(signWebhook(secret, id, Number(timestamp), body));
    return given.some((one) => {
      const offered = Buffer.from(one);
      return offered.length === right.length && timingSafeEqual(offered, right);
    });
  });
  if (!genuine) return err({ code: "notice-forged" });
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > webhookWindow) return err({ code: "notice-stale" });
  return ok({ id });
}
