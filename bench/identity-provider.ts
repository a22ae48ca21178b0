import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { Hono } from "hono";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { Provider } from "oidc-provider";
import { taiwan } from "#countries/taiwan";
import { listen } from "#http";
import { openProvider, type ClientMetadata, type OpenIdProvider } from "#identity";
import type { PortalContext } from "../src/sites/portal/portal-site.ts";
import { providerRoutes } from "../src/sites/portal/provider-routes.ts";
import { cookieNames, readVisit, type PortalEnv } from "../src/sites/portal/request.ts";
import { signInOnce, type BenchIdentity } from "./identity-cards.ts";

/** What a relying party does over and over. */
export type Doing = "plain" | "fapi" | "introspect" | "library";

/** What the relying parties' thread is given. */
export interface RelyingParties {
  readonly origin: string;
  readonly library: string;
  /** The portal's cookie, and tokens of people signed in there. */
  readonly cookie: string;
  readonly tokens: readonly string[];
  readonly redirectUri: string;
  readonly audience: string;
  readonly keys: Readonly<Record<"fapi" | "server", JWK>>;
}

export interface BenchProvider {
  /** Has so many callers do it for a while; milliseconds that each took, and the processor time of the provider's thread. */
  drive(
    doing: Doing,
    callers: number,
    seconds: number,
  ): Promise<{ times: number[]; elapsed: number; cpu: NodeJS.CpuUsage }>;
  close(): Promise<void>;
}

const redirectUri = "https://rp.example/callback";
const audience = "https://api.example";
const text = { "zh-Hant": "效能測試", en: "Benchmark" };

/** The provider of a portal over HTTP, the library alone with its own adapter beside it, and relying parties in a thread. */
export async function startProvider(bench: BenchIdentity): Promise<BenchProvider> {
  let app = new Hono<PortalEnv>();
  const server = await listen((request, caller) => app.fetch(request, { caller }), {
    host: "127.0.0.1",
    port: 0,
    option: "--port",
  });
  const origin = server.url;
  const identity = await bench.at(origin);
  const signing = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  const provider = openProvider({
    identity,
    database: bench.database,
    sectorKey: randomBytes(32),
    secret: randomBytes(32),
    signingKey: () => createPrivateKey(signing),
    catalogue: taiwan.attributes,
    fetchAttributes: () => Promise.resolve({ values: {}, unavailable: [] }),
    mandatesOf: () => Promise.resolve({ mandates: [], missing: [] }),
    demonstration: true,
    onFault: (fault) => console.error(fault),
  });
  const names = cookieNames(origin);
  const quiet = (): void => undefined;
  const logger = { info: quiet, warn: quiet, error: console.error, debug: quiet };
  const context = {
    portal: { country: taiwan, identity },
    provider,
    options: { origin, demonstration: true, logger, readerUrl: "http://127.0.0.1:1", signInsPerMinute: 1e9 },
  } as unknown as PortalContext;
  app = new Hono<PortalEnv>();
  app.use(async (c, next) => {
    c.set("visit", await readVisit(c, identity, names));
    await next();
  });
  app.route("/", providerRoutes(context, names));

  const tokens: string[] = [];
  for (let at = 0; at < 16; at += 1) tokens.push(await signInOnce(bench, bench.identity, at));
  const keys = await addClients(bench, provider);
  const library = await startLibrary();
  const workerData: RelyingParties = {
    origin,
    library: library.issuer,
    cookie: names.session,
    tokens,
    redirectUri,
    audience,
    keys,
  };
  const worker = new Worker(new URL("./identity-relying-party.ts", import.meta.url), { workerData });
  return {
    async drive(doing, callers, seconds) {
      const told = () => once(worker, "message") as Promise<unknown[]>;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ doing, callers, seconds });
      await told();
      const [from, used] = [performance.now(), process.threadCpuUsage()];
      const [times] = (await told()) as [number[]];
      return { times, elapsed: performance.now() - from, cpu: process.threadCpuUsage(used) };
    },
    async close() {
      await worker.terminate();
      library.close();
      await server.close();
    },
  };
}

async function addClients(bench: BenchIdentity, provider: OpenIdProvider): Promise<RelyingParties["keys"]> {
  const manager = await bench.database.one<{ id: string }>("select id from identity.person limit 1");
  const add = async (id: string, profile: "plain" | "fapi", more: Partial<ClientMetadata>): Promise<JWK> => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const kept = { kid: "k1", alg: "ES256", use: "sig" };
    const at = new Date();
    await provider.store.putClient({
      id,
      environment: "production",
      profile,
      status: "active",
      manager_id: manager!.id,
      owner: "TW/GOV/BENCH",
      metadata: {
        name: text,
        purpose: text,
        legalBasis: "",
        retention: text,
        redirectUris: [redirectUri],
        postLogoutRedirectUris: [],
        ...(profile === "fapi" && { jwks: { keys: [{ ...(await exportJWK(publicKey)), ...kept }] } }),
        scopes: [],
        optional: [],
        minAcr: "urn:taroko:loa:low",
        mandates: [],
        resources: [],
        ...more,
      },
      created_at: at,
      changed_at: at,
      expires_at: null,
    });
    return { ...(await exportJWK(privateKey)), ...kept };
  };
  await add("plain", "plain", {});
  const resource = { audience, scopes: ["cases"], format: "opaque" } as const;
  return {
    server: await add("server", "fapi", { redirectUris: [], resource }),
    fapi: await add("fapi", "fapi", { resources: [audience] }),
  };
}

/** oidc-provider as it comes: artifacts in memory, everybody signed in, nothing asked. */
async function startLibrary(): Promise<{ issuer: string; close(): void }> {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const http = createServer((request, response) => {
    if (!request.url?.startsWith("/signin/")) return listener(request, response);
    return library.interactionFinished(request, response, { login: { accountId: "somebody" } });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const library = new Provider(issuer, {
    clients: [
      {
        client_id: "plain",
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: "none",
        id_token_signed_response_alg: "ES256",
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [{ ...key, alg: "ES256", use: "sig" }] },
    cookies: { keys: ["bench"] },
    scopes: ["openid", "name"],
    claims: { openid: ["sub"], name: ["name"] },
    clientAuthMethods: ["none"],
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => Promise.resolve({ sub: accountId, name: "x" }) }),
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client!.clientId,
        accountId: ctx.oidc.session!.accountId!,
      });
      grant.addOIDCScope("openid name");
      await grant.save();
      return grant;
    },
    interactions: { url: (_ctx, interaction) => `/signin/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
  });
  const listener = library.callback();
  return { issuer, close: () => void http.close() };
}
