import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import type { Listening } from "#http";
import type { Localised } from "#kernel";
import type { AgencyAccount } from "./accounts.ts";
import { memoryAdapter } from "./memory.ts";
import { choicePage, directoryPage, downPage, stylesheet } from "./page.ts";

export interface AgencyProviderOptions {
  readonly host: string;
  readonly port: number;
  readonly agency: Localised;
  readonly accounts: readonly AgencyAccount[];
  /** The one client: a portal, proved by its own keys (private_key_jwt). */
  readonly client: {
    readonly id: string;
    readonly redirectUri: string;
    readonly jwksUri: string;
    /** Where an official goes when nothing works here. */
    readonly home: string;
  };
}

export interface AgencyProvider extends Listening {
  /** Does to the directory what its administrators would. */
  set(change: { readonly down?: boolean; readonly left?: { readonly login: string; readonly is: boolean } }): void;
}

/** The level it answers with: password and a second factor. */
export const twoFactors = "two-factor";

/**
 * Simulates an agency's own OpenID provider, at which its staff sign in: discovery, code with PKCE, the portal proved by
 * private_key_jwt, and an ID token with the directory's groups. Each sign-in asks anew; its keys live as long as it runs.
 */
export async function startAgencyProvider(o: AgencyProviderOptions): Promise<AgencyProvider> {
  const { agency, accounts, client } = o;
  const left = new Set<string>();
  let down = false;
  let handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> = () => Promise.resolve();
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.headersSent || response.writeHead(500).end());
  });
  await new Promise<void>((done, fail) => server.once("error", fail).listen(o.port, o.host, done));
  const address = server.address();
  const url = `http://${o.host}:${typeof address === "object" && address ? address.port : o.port}`;
  const provider = await makeProvider(url, o);
  const callback = provider.callback();

  const send = (response: ServerResponse, page: unknown, status = 200): void => {
    const headers = {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'self'; form-action 'self' ${new URL(client.home).origin}; frame-ancestors 'none'; base-uri 'none'`,
    };
    response.writeHead(status, headers).end(String(page));
  };
  handle = async (request, response) => {
    const path = new URL(request.url ?? "/", url).pathname;
    if (path === "/simulator.css") return void response.writeHead(200, { "content-type": "text/css" }).end(stylesheet);
    if (path === "/") {
      const listed = accounts.map((one) => ({ ...one, left: left.has(one.login) }));
      return send(response, directoryPage(agency, listed, down));
    }
    if (request.method === "POST" && path.startsWith("/simulator/")) {
      // A form of another site must change nothing, even in a simulator.
      if (request.headers.origin !== undefined && request.headers.origin !== url)
        return void response.writeHead(403).end();
      const form = new URLSearchParams(await text(request));
      if (path.endsWith("/down")) change({ down: form.get("down") === "yes" });
      else change({ left: { login: form.get("login") ?? "", is: form.get("left") === "yes" } });
      return void response.writeHead(303, { location: "/" }).end();
    }
    if (down) return send(response, downPage(agency, client.home), 503);
    // Whoever was signed in here before is forgotten, so that one can try several people from one browser.
    request.headers.cookie = request.headers.cookie?.replaceAll(/_session(?:\.\w+)*=[^;]*;? ?/g, "") ?? "";
    if (!path.startsWith("/interaction/")) return callback(request, response);
    const working = accounts.filter(({ login }) => !left.has(login));
    if (request.method !== "POST") return send(response, choicePage(agency, working, path));
    const login = new URLSearchParams(await text(request)).get("login");
    const account = working.find((one) => one.login === login);
    await provider.interactionFinished(
      request,
      response,
      account
        ? { login: { accountId: account.id, acr: twoFactors, amr: ["pwd", "otp"], remember: false } }
        : { error: "access_denied", error_description: "nobody signed in" },
    );
  };
  function change(wanted: Parameters<AgencyProvider["set"]>[0]): void {
    if (wanted.down !== undefined) down = wanted.down;
    if (wanted.left?.is) left.add(wanted.left.login);
    else if (wanted.left) left.delete(wanted.left.login);
  }
  return {
    url,
    set: change,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function makeProvider(issuer: string, { accounts, client }: AgencyProviderOptions): Promise<Provider> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const find = (id: string) => accounts.find((one) => one.id === id);
  return new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        redirect_uris: [client.redirectUri],
        jwks_uri: client.jwksUri,
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "simulator", alg: "ES256", use: "sig" }] },
    adapter: memoryAdapter(),
    cookies: { keys: [crypto.randomUUID()] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 60, IdToken: 60, AuthorizationCode: 60 },
    acrValues: [twoFactors],
    claims: { openid: ["sub", "groups", "amr"] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // The portal's keys are on this machine, which the library asks for nothing unless told to.
    fetch: (input, init) => globalThis.fetch(input, { ...init, dispatcher: undefined } as RequestInit),
    findAccount(_, id) {
      const account = find(id);
      return account && { accountId: id, claims: () => ({ sub: id, groups: [...account.groups] }) };
    },
    async loadExistingGrant(context) {
      const accountId = context.oidc.session?.accountId;
      const grant = new context.oidc.provider.Grant({ clientId: client.id, ...(accountId && { accountId }) });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
}
