import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { Hono, type Context } from "hono";
import { getCookie } from "hono/cookie";
import { securityHeaders } from "#http";
import { readSession } from "#identity";
import { admitAddress } from "./clients.ts";
import { faultNames, slowMs, type FaultName } from "./faults.ts";
import { personaRoutes } from "./persona-routes.ts";
import type { PersonaSite } from "./persona-site.ts";
import { withholdAttributes } from "./spoil.ts";

/** Most things of one kind that are remembered; the oldest go first. */
const remembered = 10_000;

/**
 * What stands before the portal: the personas' own pages, and everything else passed on, with whatever faults are switched
 * on for the relying party in question. The portal behind it is the real one and knows nothing of this.
 */
export function personaFront(site: PersonaSite): Hono {
  const begun = bounded<{ readonly client: string; readonly redirectUri: string | null }>();
  const clientOfToken = bounded<string>();
  const pushed = bounded<{ readonly hint: string | undefined; readonly redirectUri: string | null }>();
  const on = (client: string | undefined, fault: FaultName) => site.switches.has(client, fault);
  const app = new Hono();

  app.use("/personas/*", async (c, next) => {
    await next();
    const headers = securityHeaders({ https: false, formTargets: ["http://localhost:*", "http://127.0.0.1:*"] });
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    c.res.headers.set("Cache-Control", "no-store");
  });
  app.route("/personas", personaRoutes(site));

  // A relying party sends somebody: who they are is chosen here, unless the request or an earlier visit says it.
  app.get("/oidc/auth", async (c) => {
    const url = new URL(c.req.url);
    const client = url.searchParams.get("client_id") ?? "";
    const request = pushed.get(url.searchParams.get("request_uri") ?? "");
    const redirectUri = url.searchParams.get("redirect_uri") ?? request?.redirectUri ?? null;
    await admit(client, redirectUri, "redirectUris");
    const hint = url.searchParams.get("login_hint") ?? request?.hint;
    const path = url.pathname + url.search;
    const token = getCookie(c, "taroko-session");
    const present = token !== undefined && (await readSession(site.identity, token)).ok;
    if (hint !== undefined && site.personas.has(hint) && !(present && getCookie(c, "personas-as") === hint))
      return site.enter(c, { key: hint, next: path });
    if (!present && getCookie(c, "personas-real") === undefined)
      return c.redirect(`/personas?next=${encodeURIComponent(path)}`, 303);
    const response = await pass(c);
    const uid = interactionIn(response);
    if (uid) begun.set(uid, { client, redirectUri });
    return response;
  });

  app.get("/oidc/auth/:uid", async (c) => {
    const about = begun.get(c.req.param("uid"));
    if (about) await admit(about.client, about.redirectUri, "redirectUris");
    const response = await pass(c);
    // Each further question is an interaction of its own.
    const uid = interactionIn(response);
    if (uid && about) begun.set(uid, about);
    const to = response.headers.get("location");
    const back = to && URL.canParse(to) ? new URL(to) : undefined;
    if (back?.searchParams.has("code") && on(about?.client, "level-too-low")) {
      back.searchParams.delete("code");
      back.searchParams.set("error", "unmet_authentication_requirements");
      back.searchParams.set("error_description", "the person cannot reach the level asked for");
      response.headers.set("location", back.href);
    }
    return response;
  });

  app.post("/signin/:uid/consent", async (c) =>
    on(begun.get(c.req.param("uid"))?.client, "consent-refused")
      ? pass(c, { path: `/signin/${c.req.param("uid")}/refuse` })
      : pass(c),
  );

  app.post("/oidc/request", async (c) => {
    const body = new URLSearchParams(await c.req.text());
    const redirectUri = body.get("redirect_uri");
    await admit(clientIn(body), redirectUri, "redirectUris");
    const response = await pass(c, { body: body.toString() });
    const said = await bodyOf(response);
    const hint = body.get("login_hint") ?? undefined;
    if (typeof said?.["request_uri"] === "string") pushed.set(said["request_uri"], { hint, redirectUri });
    return response;
  });

  app.post("/oidc/token", async (c) => {
    const text = await c.req.text();
    const client = clientIn(new URLSearchParams(text));
    if (on(client, "slow")) await setTimeout(slowMs, undefined, { ref: false });
    if (on(client, "token-500"))
      return c.json({ error: "server_error", error_description: "switched on at /personas" }, 500);
    const response = await pass(c, { body: text });
    const said = response.ok ? await bodyOf(response) : undefined;
    if (typeof said?.["access_token"] !== "string") return response;
    clientOfToken.set(digest(said["access_token"]), client);
    const idToken = said["id_token"];
    if (typeof idToken !== "string") return response;
    const wanted = faultNames.filter((name) => on(client, name));
    return withBody(response, { ...said, id_token: await site.spoiler.spoil(idToken, wanted) });
  });

  app.on(["GET", "POST"], "/oidc/me", async (c) => {
    const token = /^(?:Bearer|DPoP) (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const client = token === undefined ? undefined : clientOfToken.get(digest(token));
    if (on(client, "slow")) await setTimeout(slowMs, undefined, { ref: false });
    if (on(client, "mandate-revoked")) {
      const problem = 'error="invalid_token", error_description="the mandate was revoked"';
      c.header(
        "WWW-Authenticate",
        `${/^dpop/i.test(c.req.header("authorization") ?? "") ? "DPoP" : "Bearer"} ${problem}`,
      );
      return c.json({ error: "invalid_token", error_description: "the mandate was revoked" }, 401);
    }
    const response = await pass(c);
    const said = response.ok && on(client, "userinfo-partial") ? await bodyOf(response) : undefined;
    return said ? withBody(response, withholdAttributes(said)) : response;
  });

  app.get("/oidc/jwks", async (c) => {
    const response = await pass(c);
    const said = await bodyOf(response);
    return said ? withBody(response, { ...said, keys: [...(said["keys"] as object[]), site.spoiler.jwk] }) : response;
  });

  app.get("/oidc/session/end", async (c) => {
    const url = new URL(c.req.url);
    const hint = url.searchParams.get("id_token_hint") ?? "";
    const client = url.searchParams.get("client_id") ?? audienceOf(hint);
    await admit(client, url.searchParams.get("post_logout_redirect_uri"), "postLogoutRedirectUris");
    return pass(c);
  });
  app.all("*", (c) => pass(c));

  const admit = async (
    client: string,
    uri: string | null,
    field: Parameters<typeof admitAddress>[3],
  ): Promise<void> => {
    if (uri !== null && site.clients.some(({ id }) => id === client))
      await admitAddress(site.provider, client, uri, field);
  };

  /** The portal's answer to a request; it may be asked at another path, or with a body already read. */
  async function pass(c: Context, o: { readonly path?: string; readonly body?: string } = {}): Promise<Response> {
    const { method, headers, url } = c.req.raw;
    const to = new URL(url);
    const sent = new Headers(headers);
    for (const name of ["host", "connection", "content-length", "accept-encoding"]) sent.delete(name);
    const answer = await fetch(site.portalUrl + (o.path ?? to.pathname + to.search), {
      method,
      headers: sent,
      redirect: "manual",
      ...(method === "GET" || method === "HEAD" ? {} : { body: o.body ?? (await c.req.arrayBuffer()) }),
    });
    const received = new Headers(answer.headers);
    for (const name of ["content-encoding", "content-length", "transfer-encoding", "connection"]) received.delete(name);
    const empty = method === "HEAD" || [101, 204, 205, 304].includes(answer.status);
    return new Response(empty ? null : answer.body, { status: answer.status, headers: received });
  }

  return app;
}

function bounded<Value>(): { get(key: string): Value | undefined; set(key: string, value: Value): void } {
  const kept = new Map<string, Value>();
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      kept.set(key, value);
      if (kept.size > remembered) kept.delete(kept.keys().next().value!);
    },
  };
}

/** The interaction that an answer leads to. */
function interactionIn({ headers }: Response): string | undefined {
  return /\/signin\/([\w-]+)/.exec(headers.get("location") ?? "")?.[1];
}

/** The client that a request of the back channel says it is; the provider itself checks that. */
function clientIn(body: URLSearchParams): string {
  return body.get("client_id") ?? claimOf(body.get("client_assertion") ?? "", "sub");
}

function audienceOf(idToken: string): string {
  return claimOf(idToken, "aud");
}

function claimOf(jwt: string, claim: string): string {
  try {
    const claims = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<
      string,
      unknown
    >;
    const value = claims[claim];
    return typeof value === "string" ? value : "";
  } catch {
    return "";
  }
}

async function bodyOf(response: Response): Promise<Record<string, unknown> | undefined> {
  if (!/\bjson\b/.test(response.headers.get("content-type") ?? "")) return undefined;
  return (await response.clone().json()) as Record<string, unknown>;
}

function withBody({ status, headers }: Response, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
