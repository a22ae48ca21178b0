import { Hono, type Context } from "hono";
import { preferredLanguage, problemJson, rateLimit, refusalOf } from "#http";
import type { Refusal } from "#kernel";
import { answerCall, answerG2p, authenticate, type PaymentApi } from "#payments";
import { problemTables } from "../problem-tables.ts";
import type { PortalEnv } from "./request.ts";

/** Where the payments API lies on the portal. */
export const paymentApiPath = "/api/payments";
/** Where G2P Connect's messages are taken, below the former. */
const g2pPath = "/g2p";

const longestBody = 4 * 1024 * 1024;
/** Calls of one address in a minute that no client's key stands behind. */
const strangersPerMinute = 60;

/**
 * The payments API over HTTP: GovStack's shapes below the base, each call with a token of its own, and G2P
 * Connect's signed messages below `g2p/` (decision 31). Mounted
 * only where the operator wrote down clients. `keys` answers the public keys with which our own calls can be verified.
 */
export function paymentApiRoutes(
  api: PaymentApi,
  o: {
    readonly problemBase: string;
    readonly keys: () => object;
    /** Called after each call that may have left work to be carried on. */
    readonly soon: () => void;
    readonly onFault: (fault: Error) => void;
  },
): Hono<PortalEnv> {
  const routes = new Hono<PortalEnv>();
  const strangers = rateLimit(strangersPerMinute);
  const tables = Object.values(problemTables);

  function refuse(c: Context<PortalEnv>, refusal: Refusal): Response {
    const entry = refusalOf(refusal, tables);
    const language = preferredLanguage(undefined, c.req.header("accept-language"));
    if (entry.status === 401) c.header("WWW-Authenticate", `Bearer realm="payments", error="invalid_token"`);
    if (refusal.code === "api-method") c.header("Allow", String(refusal.params?.["allow"] ?? ""));
    return send(
      c,
      entry.status,
      problemJson(refusal.code, entry, { base: o.problemBase, language }),
      "application/problem+json",
    );
  }

  routes.onError((fault, c) => {
    o.onFault(fault);
    return send(c, 500, { message: "Internal server error" }, "application/json; charset=utf-8");
  });
  routes.get("/keys", (c) => c.json(o.keys()));
  routes.all("/*", async (c) => {
    const url = new URL(c.req.url);
    // Nothing of ours has a NUL, and no text column takes one.
    if (c.req.url.includes("%00")) return refuse(c, { code: "api-path-unknown" });
    const path = url.pathname.slice(paymentApiPath.length);
    // The listener takes no body that does not say its length.
    if (Number(c.req.header("content-length") ?? 0) > longestBody) return refuse(c, { code: "api-body-too-large" });
    const body = new Uint8Array(await c.req.arrayBuffer());
    if (path.startsWith(`${g2pPath}/`)) {
      const text = new TextDecoder().decode(body);
      const answer = await answerG2p(api, { method: c.req.method, path: path.slice(g2pPath.length), body: text });
      if (answer.status === 401 && strangers.take(c.env?.caller ?? "") > 0) return refuse(c, { code: "api-too-many" });
      o.soon();
      return send(c, answer.status, answer.body, "application/json; charset=utf-8", answer.headers);
    }
    const client = await authenticate(api, {
      method: c.req.method,
      target: path + url.search,
      authorization: c.req.header("authorization"),
      body,
      header: (name) => c.req.header(name),
    });
    if (!client.ok) {
      const wait = strangers.take(c.env?.caller ?? "");
      if (wait === 0) return refuse(c, client.error);
      c.header("Retry-After", String(wait));
      return refuse(c, { code: "api-too-many" });
    }
    const answered = await answerCall(api, client.value, {
      method: c.req.method,
      path,
      query: url.searchParams,
      header: (...names) => names.map((name) => c.req.header(name)).find((value) => value !== undefined),
      body: new TextDecoder().decode(body),
    });
    if (!answered.ok) return refuse(c, answered.error);
    if (c.req.method !== "GET") o.soon();
    return send(c, answered.value.status, answered.value.body, "application/json; charset=utf-8");
  });
  return routes;
}

/** Statuses reach up to 464 here, which the framework's types do not know. */
function send(
  c: Context<PortalEnv>,
  status: number,
  body: object,
  type: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = new Headers({ ...Object.fromEntries(c.res.headers), ...more });
  headers.set("Content-Type", type);
  headers.set("Cache-Control", "no-store");
  return new Response(JSON.stringify(body), { status, headers });
}
