import { parentPort, workerData } from "node:worker_threads";
import { importJWK, type CryptoKey, type JWK } from "jose";
import * as client from "openid-client";
import {
  begin,
  Browser,
  codeFor,
  signInAt,
  type ProviderSite,
  type TestClient,
} from "../test/identity/provider-site.ts";
import type { Doing, RelyingParties } from "./identity-provider.ts";

const given = workerData as RelyingParties;
const how = { par: true, dpop: true };

async function clientOf(id: string, issuer: string, jwk?: JWK): Promise<TestClient> {
  const key = (jwk && (await importJWK(jwk))) as CryptoKey;
  const config = await client.discovery(
    new URL(issuer),
    id,
    { id_token_signed_response_alg: "ES256" },
    jwk ? client.PrivateKeyJwt({ key, kid: "k1" }) : client.None(),
    { execute: [client.allowInsecureRequests] },
  );
  return { id, redirectUri: given.redirectUri, key, config };
}

/** A browser that is signed in at the portal and has been nowhere else. */
function browserAt(origin: string, at: number): Browser {
  const browser = new Browser({ origin } as ProviderSite);
  browser.cookies.set(given.cookie, given.tokens[at % given.tokens.length]!);
  return browser;
}

async function workFor(doing: Doing): Promise<(at: number) => Promise<unknown>> {
  const issuer = `${given.origin}/oidc`;
  if (doing === "library") {
    const rp = await clientOf("plain", given.library);
    return async () => {
      const { url, checks } = await begin(rp);
      const back = await browserAt(given.library, 0).open(url);
      await client.authorizationCodeGrant(rp.config, back.url, checks);
    };
  }
  if (doing === "plain") {
    const rp = await clientOf("plain", issuer);
    return (at) => signInAt(rp, browserAt(given.origin, at));
  }
  const rp = await clientOf("fapi", issuer, given.keys.fapi);
  if (doing === "fapi") return (at) => signInAt(rp, browserAt(given.origin, at), {}, how);
  const server = await clientOf("server", issuer, given.keys.server);
  const resource = { resource: given.audience };
  const { callback, checks, dpop } = await codeFor(
    rp,
    browserAt(given.origin, 0),
    { ...resource, scope: "openid cases" },
    how,
  );
  const dpopOf = dpop ? { DPoP: dpop } : {};
  const tokens = await client.authorizationCodeGrant(rp.config, callback, checks, resource, dpopOf);
  return async () => {
    const said = await client.tokenIntrospection(server.config, tokens.access_token);
    if (!said.active) throw new Error("a token was said to be over");
  };
}

/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
parentPort!.on("message", ({ doing, callers, seconds }: { doing: Doing; callers: number; seconds: number }) => {
  void (async () => {
    const work = await workFor(doing);
    for (let at = 0; at < 10; at += 1) await work(at);
    parentPort!.postMessage("begun");
    const until = performance.now() + seconds * 1000;
    const times: number[] = [];
    let at = 0;
    const caller = async (): Promise<void> => {
      for (let from = performance.now(); from < until; from = performance.now()) {
        at += 1;
        await work(at);
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    parentPort!.postMessage(times);
  })();
});
