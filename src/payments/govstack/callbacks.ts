import { randomUUID } from "node:crypto";
import { toBase64Url, uuidV7 } from "#kernel";
import type { Sql } from "#store";
import { sha256, type PaymentApi } from "./api.ts";
import type { ApiClient } from "./client.ts";
import { insertCallback, markTaken, markUntaken, takeCallbacks, type Callback } from "./store-calls.ts";

/** Milliseconds before the second try, doubling from there to six hours; given up after the sixteenth, some two days. */
const firstPause = 5_000;
const longestPause = 6 * 3_600_000;
const mostAttempts = 16;
const patience = 10_000;
const atOnce = 20;

/**
 * Whether results may be sent to this address: on an origin that the operator wrote down for this client, without a user
 * name. Nothing else is ever called, so an address in a request cannot make us knock at somebody else's door.
 */
export function mayCallBack(client: ApiClient, address: string): boolean {
  if (address.length > 500 || !URL.canParse(address)) return false;
  const url = new URL(address);
  return url.username === "" && url.password === "" && client.callbackOrigins.includes(url.origin);
}

/** Has something told to a client, if the transaction stands. */
export async function tellClient(
  api: PaymentApi,
  tx: Sql,
  o: { readonly client: string; readonly url: string | null; readonly method?: "POST" | "PUT"; readonly body: object },
): Promise<void> {
  if (o.url === null) return;
  const now = api.payments.clock.now();
  const { client, url, method = "POST" } = o;
  const id = uuidV7(now);
  const body = api.sealing.seal(o.body, `callback ${id}`).toString("base64");
  await insertCallback(tx, { id, client, url, method, body }, now);
}

/** Sends what is due. @returns how many were tried */
export async function sendCallbacks(api: PaymentApi): Promise<number> {
  const { database, clock } = api.payments;
  const now = clock.now();
  const due = await takeCallbacks(database, now, new Date(now.getTime() + 2 * patience), atOnce);
  await Promise.all(
    due.map(async (callback) => {
      const fault = await send(api, callback);
      if (fault === undefined) return markTaken(database, callback.id, clock.now());
      const pause = Math.min(firstPause * 2 ** (callback.attempts - 1), longestPause);
      const over = callback.attempts >= mostAttempts;
      const at = clock.now();
      await markUntaken(database, callback.id, {
        fault,
        nextAt: new Date(at.getTime() + pause),
        givenUpAt: over ? at : null,
      });
    }),
  );
  return due.length;
}

/** What a callback says. */
export function openCallback(api: PaymentApi, { id, body }: Pick<Callback, "id" | "body">): object {
  return api.sealing.open(Buffer.from(body, "base64"), `callback ${id}`) as object;
}

/** @returns why it was not taken */
async function send(api: PaymentApi, callback: Callback): Promise<string | undefined> {
  const open = api.clientById.get(callback.client);
  // The operator may have taken the client or the origin away since.
  if (!open || !mayCallBack(open.client, callback.url)) return "not allowed any more";
  const url = new URL(callback.url);
  const body = JSON.stringify(openCallback(api, callback));
  const seconds = Math.floor(api.payments.clock.now().getTime() / 1000);
  try {
    const token = await api.sign({
      iss: api.base,
      aud: callback.client,
      iat: seconds,
      exp: seconds + 300,
      jti: randomUUID(),
      htm: callback.method,
      htu: url.pathname + url.search,
      digest: toBase64Url(sha256(body)),
    });
    const answer = await fetch(url, {
      method: callback.method,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, "X-Callback-Id": callback.id },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
    });
    await answer.body?.cancel();
    return answer.status >= 200 && answer.status < 300 ? undefined : `status ${answer.status}`;
  } catch (fault) {
    const { name, cause } = fault as { name?: string; cause?: { code?: string } };
    return cause?.code ?? name ?? "unreachable";
  }
}
