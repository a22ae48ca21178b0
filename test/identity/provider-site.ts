import { randomBytes } from "node:crypto";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { after } from "node:test";
import { Hono } from "hono";
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from "jose";
import * as client from "openid-client";
import { taiwan } from "#countries/taiwan";
import { listen } from "#http";
import {
  openIdentity,
  openProvider,
  registerPerson,
  type Identity,
  type Mandate,
  type OpenIdProvider,
} from "#identity";
import { randomToken, systemClock, uuidV7, type Localised } from "#kernel";
import { testDatabase } from "#store/testing";
import { formFields } from "../../demo/browser.ts";
import { tokenHash } from "../../src/identity/keys.ts";
import type { AttributeWish } from "../../src/identity/provider/context.ts";
import type { Attributes, ClientMetadata } from "../../src/identity/provider/contract.ts";
import type { ClientRow } from "../../src/identity/provider/store.ts";
import type { PortalContext } from "../../src/sites/portal/portal-site.ts";
import { providerRoutes } from "../../src/sites/portal/provider-routes.ts";
import { cookieNames, readVisit, type PortalEnv } from "../../src/sites/portal/request.ts";

/** A portal with nothing but the provider, over HTTP, with a database of its own. */
export interface ProviderSite {
  readonly origin: string;
  readonly issuer: string;
  readonly identity: Identity;
  readonly provider: OpenIdProvider;
  /** What the registers answer; a test may set it. */
  attributes: (wish: AttributeWish) => Promise<Attributes>;
  mandates: readonly Mandate[];
  missing: readonly Localised[];
  readonly logged: string[];
  /** What a reader of the database sees. */
  rows(statement: string): Promise<Record<string, unknown>[]>;
  person(nationalId: string, name: string): Promise<string>;
  /** A browser in which the person is signed in at the portal. */
  browser(personId?: string, o?: { acr?: string; ago?: number }): Promise<Browser>;
  addClient(o?: ClientOptions): Promise<TestClient>;
  /** What a public client's own library makes of discovery. */
  configure(id: string): Promise<Omit<TestClient, "redirectUri">>;
}

export interface ClientOptions {
  readonly profile?: ClientRow["profile"];
  readonly environment?: ClientRow["environment"];
  readonly owner?: string;
  readonly keyed?: boolean;
  /** Further public keys. */
  readonly keys?: readonly JWK[];
  readonly metadata?: Partial<ClientMetadata>;
  readonly expiresAt?: Date;
}

export interface TestClient {
  readonly id: string;
  readonly redirectUri: string;
  readonly key: CryptoKey;
  readonly config: client.Configuration;
}

const firstRun = uuidV7(new Date());

export async function providerSite(
  o: { demonstration?: boolean; agencyHosts?: readonly string[] } = {},
): Promise<ProviderSite> {
  const database = await testDatabase();
  let app = new Hono<PortalEnv>();
  const server = await listen((request, caller) => app.fetch(request, { caller }), {
    host: "127.0.0.1",
    port: 0,
    option: "--port",
  });
  after(() => server.close());
  const origin = server.url;
  const identity = await openIdentity({
    database,
    clock: systemClock,
    siteSecret: randomBytes(32),
    origin,
    trustedIssuers: [],
    country: "TW",
  });
  const keys = new Map<string, KeyObject>();
  const signingKey = (name: string): KeyObject => {
    if (!keys.has(name))
      keys.set(
        name,
        createPrivateKey(
          generateKeyPairSync("ec", {
            namedCurve: "P-256",
            privateKeyEncoding: { type: "pkcs8", format: "pem" },
            publicKeyEncoding: { type: "spki", format: "pem" },
          }).privateKey,
        ),
      );
    return keys.get(name)!;
  };
  const logged: string[] = [];
  const say =
    (level: string) =>
    (...what: unknown[]) =>
      void logged.push(`${level} ${JSON.stringify(what)}`);
  const logger = { info: say("info"), warn: say("warn"), error: say("error"), debug: say("debug") };
  const site: ProviderSite = {
    origin,
    issuer: `${origin}/oidc`,
    identity,
    attributes: async () => ({ values: {}, unavailable: [] }),
    mandates: [],
    missing: [],
    logged,
    rows: (statement) => database.query(statement),
    provider: openProvider({
      identity,
      database,
      sectorKey: randomBytes(32),
      secret: randomBytes(32),
      signingKey,
      catalogue: taiwan.attributes,
      fetchAttributes: (wish) => site.attributes(wish),
      mandatesOf: async () => ({ mandates: site.mandates, missing: site.missing }),
      demonstration: o.demonstration ?? true,
      ...(o.agencyHosts && { agencyHosts: o.agencyHosts }),
      onFault: (fault, where) => logged.push(`fault ${where}: ${fault.stack}`),
    }),
    person: async (nationalId, name) => (await registerPerson(identity, { nationalId, name })).id,
    browser: (personId, how) => signedIn(site, personId, how),
    addClient: (how) => addClient(site, how),
    configure: async (id) => {
      const { privateKey: key } = await generateKeyPair("ES256");
      const insecure = { execute: [client.allowInsecureRequests] };
      const metadata = { id_token_signed_response_alg: "ES256" };
      return { id, key, config: await client.discovery(new URL(site.issuer), id, metadata, client.None(), insecure) };
    },
  };
  const names = cookieNames(origin);
  const context = {
    portal: { country: taiwan, identity },
    provider: site.provider,
    options: { origin, demonstration: true, logger, readerUrl: "http://127.0.0.1:1", signInsPerMinute: 10_000 },
  } as unknown as PortalContext;
  app = new Hono<PortalEnv>();
  app.use(async (c, next) => {
    c.set("visit", await readVisit(c, identity, names));
    await next();
  });
  app.route("/", providerRoutes(context, names));
  return site;
}

async function signedIn(
  site: ProviderSite,
  personId?: string,
  { acr = "urn:taroko:loa:high", ago = 0 }: { acr?: string; ago?: number } = {},
): Promise<Browser> {
  const browser = new Browser(site);
  if (!personId) return browser;
  const at = new Date(Date.now() - ago * 1000);
  const { store } = site.identity;
  const credentialId = await store.putCredential({
    id: uuidV7(at),
    personId,
    kind: "webeid",
    fingerprint: randomBytes(32),
    issuerFingerprint: randomBytes(32),
    serial: "1",
    notAfter: new Date(at.getTime() + 1e9),
    sealedCertificate: Buffer.alloc(0),
    at,
  });
  const token = randomToken();
  const sessionId = uuidV7(at);
  await store.putSession({
    id: sessionId,
    tokenHash: tokenHash(token),
    personId,
    credentialId,
    acr: acr as "urn:taroko:loa:high",
    amr: ["sc", "pin", "mfa"],
    csrf: randomToken(),
    sealedCertificate: null,
    agentHash: null,
    at,
    expiresAt: new Date(at.getTime() + 8 * 3_600_000),
  });
  await store.touchSession(sessionId, new Date());
  browser.cookies.set(cookieNames(site.origin).session, token);
  browser.sessionId = sessionId;
  return browser;
}

async function addClient(site: ProviderSite, o: ClientOptions = {}): Promise<TestClient> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const id = `client-${randomToken(6)}`;
  const redirectUri = "https://rp.example/callback";
  const profile = o.profile ?? "plain";
  const keyed = o.keyed ?? profile === "fapi";
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
  const managerId = (await site.identity.store.person(firstRun))?.id ?? (await site.person("A700000099", "管理人"));
  const at = new Date();
  await site.provider.store.putClient({
    id,
    environment: o.environment ?? "production",
    profile,
    status: "active",
    manager_id: managerId,
    owner: o.owner ?? "TW/GOV/TEST",
    metadata: {
      name: { "zh-Hant": "測試服務", en: "Test service" },
      purpose: { "zh-Hant": "測試登入", en: "To test signing in" },
      legalBasis: "",
      retention: { "zh-Hant": "不保存", en: "Not kept" },
      redirectUris: [redirectUri],
      postLogoutRedirectUris: ["https://rp.example/bye"],
      ...(keyed && { jwks: { keys: [jwk, ...(o.keys ?? [])] } }),
      scopes: [],
      optional: [],
      minAcr: "urn:taroko:loa:low",
      mandates: [],
      resources: [],
      ...o.metadata,
    },
    created_at: at,
    changed_at: at,
    expires_at: o.expiresAt ?? null,
  });
  const config = await client.discovery(
    new URL(site.issuer),
    id,
    { id_token_signed_response_alg: "ES256" },
    keyed ? client.PrivateKeyJwt({ key: privateKey, kid: "k1" }) : client.None(),
    { execute: [client.allowInsecureRequests] },
  );
  return { id, redirectUri, key: privateKey, config };
}

export interface Answered {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
}

/** A person's browser, which keeps cookies by path as browsers do and stops at the door of another site. */
export class Browser {
  readonly site: ProviderSite;
  readonly cookies: Map<string, string> = new Map();
  sessionId = "";

  constructor(site: ProviderSite) {
    this.site = site;
  }

  async ask(to: string | URL, form?: Readonly<Record<string, string>> | URLSearchParams): Promise<Answered> {
    const url = new URL(to, this.site.origin);
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      ...(form && { body: new URLSearchParams(form) }),
      redirect: "manual",
      headers: {
        accept: "text/html",
        "accept-language": "en",
        cookie: [...this.cookies]
          .filter(
            ([key]) =>
              (url.pathname + "/").startsWith(key.includes(" ") ? key.split(" ")[1]! + "/" : "/") || !key.includes(" "),
          )
          .map(([key, value]) => `${key.split(" ")[0]}=${value}`)
          .join("; "),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? "/";
      const key = path === "/" ? pair.slice(0, at) : `${pair.slice(0, at)} ${path}`;
      if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) this.cookies.delete(key);
      else this.cookies.set(key, pair.slice(at + 1));
    }
    return { url, status: response.status, html: await response.text(), headers: response.headers };
  }

  /** Follows redirects of the portal; answers the last page, or where another site's door is. */
  async open(to: string | URL, form?: Readonly<Record<string, string>> | URLSearchParams): Promise<Answered> {
    let answer = await this.ask(to, form);
    for (let hop = 0; hop < 12; hop += 1) {
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status >= 400 || !location) return answer;
      const next = new URL(location, answer.url);
      if (next.origin !== this.site.origin) return { ...answer, url: next };
      answer = await this.ask(next);
    }
    throw new Error("a redirect without end");
  }

  /** Presses the button of the form on a page whose action ends so. */
  async press(page: Answered, ending: string, fields: readonly [string, string][] = []): Promise<Answered> {
    const action = new URL(page.url.pathname.replace(/\/$/, "") + ending, page.url);
    return this.open(action, new URLSearchParams([...Object.entries(formFields(page, action.pathname)), ...fields]));
  }
}

/** What a relying party keeps while its user is away. */
export interface Begun {
  readonly url: URL;
  readonly checks: client.AuthorizationCodeGrantChecks;
  readonly dpop: client.DPoPHandle | undefined;
}

/** Begins a sign-in at a client as its library does. */
export async function begin(
  of: TestClient,
  parameters: Readonly<Record<string, string>> = {},
  { par = false, dpop = false }: { par?: boolean; dpop?: boolean } = {},
): Promise<Begun> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const handle = dpop ? client.getDPoPHandle(of.config, await client.randomDPoPKeyPair("ES256")) : undefined;
  const query = {
    redirect_uri: of.redirectUri,
    scope: "openid name",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  };
  const url = par
    ? await client.buildAuthorizationUrlWithPAR(of.config, query, handle ? { DPoP: handle } : {})
    : client.buildAuthorizationUrl(of.config, query);
  return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }, dpop: handle };
}

/** The whole way: begin, agree to everything, come back with tokens. */
export async function signInAt(
  of: TestClient,
  browser: Browser,
  parameters: Readonly<Record<string, string>> = {},
  how: { par?: boolean; dpop?: boolean } = {},
): Promise<Awaited<ReturnType<typeof client.authorizationCodeGrant>>> {
  const { callback, checks, dpop } = await codeFor(of, browser, parameters, how);
  return client.authorizationCodeGrant(of.config, callback, checks, undefined, dpop ? { DPoP: dpop } : {});
}

/** The way up to the code. */
export async function codeFor(
  of: TestClient,
  browser: Browser,
  parameters: Readonly<Record<string, string>> = {},
  how: { par?: boolean; dpop?: boolean } = {},
): Promise<Begun & { callback: URL }> {
  const begun = await begin(of, parameters, how);
  const page = await browser.open(begun.url);
  const back = await browser.press(page, "/consent");
  return { ...begun, callback: back.url };
}
