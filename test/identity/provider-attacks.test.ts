import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { exportSPKI, importJWK, SignJWT } from "jose";
import * as client from "openid-client";
import { begin, codeFor, providerSite, signInAt, type Browser } from "./provider-site.ts";
import { assertion, byAssertion, forged, post, proof, proofKey, redeem, type Raw } from "./provider-raw.ts";

const site = await providerSite();
const mei = await site.person("A700000001", "林美惠");
const other = await site.person("A700000002", "張志明");
const plain = await site.addClient();
const fapi = await site.addClient({ profile: "fapi" });
const second = await site.addClient({ owner: "TW/GOV/OTHER" });

const now = (): number => Math.floor(Date.now() / 1000);

function refused(answer: Raw, error: string, what?: string): void {
  assert.equal(answer.body["error"], error, `${what ?? ""} ${JSON.stringify(answer.body)}`);
  assert.ok(answer.status === 400 || answer.status === 401, String(answer.status));
}

/** Pushes a request by hand. */
async function push(fields: Readonly<Record<string, string>>, auth?: Readonly<Record<string, string>>): Promise<Raw> {
  return post(site, "/request", { ...(auth ?? (await assertion(site, fapi))), client_id: fapi.id, ...fields });
}

async function request(): Promise<Record<string, string>> {
  const verifier = client.randomPKCECodeVerifier();
  return {
    response_type: "code",
    redirect_uri: fapi.redirectUri,
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
}

test("a code is worth tokens once: of two requests at one moment one gets them, and neither keeps them", async () => {
  const begun = await codeFor(plain, await site.browser(mei));
  const form = redeem(plain, begun);
  const answers = await Promise.all([post(site, "/token", form), post(site, "/token", form)]);
  const [won, ...more] = answers.filter(({ status }) => status === 200);
  assert.deepEqual(more, [], "only one");
  refused(
    answers.find(({ status }) => status !== 200)!,
    "invalid_grant",
  );
  const token = String(won?.body["access_token"]);
  const me = await fetch(`${site.issuer}/me`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(me.status, 401, "what the winner got is worth nothing either: one of the two was a thief");
});

test("a code redeemed later again takes its first tokens with it", async () => {
  const begun = await codeFor(plain, await site.browser(mei));
  const first = await post(site, "/token", redeem(plain, begun));
  const bearer = { headers: { authorization: `Bearer ${String(first.body["access_token"])}` } };
  assert.equal((await fetch(`${site.issuer}/me`, bearer)).status, 200);
  refused(await post(site, "/token", redeem(plain, begun)), "invalid_grant");
  assert.equal((await fetch(`${site.issuer}/me`, bearer)).status, 401);
});

test("a code of another client, with another verifier or another address, is worth nothing", async () => {
  const begun = await codeFor(plain, await site.browser(mei));
  const form = redeem(plain, begun);
  refused(await post(site, "/token", { ...form, client_id: second.id }), "invalid_grant", "another client");
  const verifier = client.randomPKCECodeVerifier();
  refused(await post(site, "/token", { ...form, code_verifier: verifier }), "invalid_grant", "another verifier");
  refused(await post(site, "/token", { ...form, redirect_uri: "https://evil.example/" }), "invalid_grant", "address");
  const { code_verifier: _, ...bare } = form;
  refused(await post(site, "/token", bare), "invalid_grant", "no verifier");
});

test("no request without PKCE, none with its plain kind", async () => {
  const browser = await site.browser(mei);
  const { url } = await begin(plain);
  for (const change of [
    (query: URLSearchParams) => query.delete("code_challenge"),
    (query: URLSearchParams) => query.set("code_challenge_method", "plain"),
    (query: URLSearchParams) => query.delete("code_challenge_method"),
  ]) {
    const bad = new URL(url);
    change(bad.searchParams);
    const back = await browser.open(bad);
    assert.equal(back.url.searchParams.get("error"), "invalid_request", back.url.href);
    assert.equal(back.url.searchParams.get("iss"), site.issuer, "an error says whose it is, too (RFC 9207)");
    assert.equal(back.url.searchParams.get("code"), null);
  }
});

test("nobody is sent to an address that is not registered, letter by letter", async () => {
  const browser = await site.browser(mei);
  for (const bad of [
    "https://evil.example/callback",
    "https://rp.example/callback/",
    "https://rp.example/callback?next=//evil.example",
    "https://rp.example.evil.example/callback",
    "https://rp.example:8443/callback",
    "https://rp.example@evil.example/callback",
    "http://rp.example/callback",
    "javascript:alert(1)",
  ]) {
    const { url } = await begin(plain, { redirect_uri: bad });
    const page = await browser.open(url);
    assert.equal(page.url.origin, site.origin, bad);
    assert.equal(page.status, 400, bad);
    assert.match(page.html, /redirect_uri/);
  }
});

test("a government client's request must be pushed, and what was pushed serves once", async () => {
  const browser = await site.browser(mei);
  const direct = await browser.open((await begin(fapi)).url);
  assert.notEqual(direct.url.searchParams.get("error"), null, "not pushed");
  const begun = await begin(fapi, {}, { par: true, dpop: true });
  const page = await browser.open(begun.url);
  const back = await browser.press(page, "/consent");
  assert.ok(back.url.searchParams.get("code"));
  const again = await browser.open(begun.url);
  assert.equal(again.url.searchParams.get("code"), null, "the request was used");
  const forOther = await begin(fapi, {}, { par: true, dpop: true });
  const stolen = new URL(forOther.url);
  stolen.searchParams.set("client_id", plain.id);
  assert.equal((await browser.open(stolen)).url.searchParams.get("code"), null, "another client's request");
});

test("two windows with one pushed request get one code", async () => {
  const begun = await begin(fapi, {}, { par: true, dpop: true });
  const [left, right] = [await site.browser(mei), await site.browser(mei)];
  const pages = [await left.open(begun.url), await right.open(begun.url)];
  const backs = await Promise.all([left.press(pages[0]!, "/consent"), right.press(pages[1]!, "/consent")]);
  const codes = backs.filter(({ url }) => url.searchParams.get("code") !== null);
  assert.ok(codes.length <= 1, `${codes.length} codes`);
});

test("a client's assertion: none, HMAC by its public key, another's key, another audience, out of time, twice", async () => {
  const claims = { iss: fapi.id, sub: fapi.id, aud: site.issuer, iat: now(), exp: now() + 60, jti: "x" };
  const body = await request();
  const jwk = (await site.provider.store.client(fapi.id))!.metadata.jwks!.keys[0]!;
  const spki = await exportSPKI((await importJWK(jwk, "ES256")) as CryptoKey);
  const hmac = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(Buffer.from(spki));
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "alg none": byAssertion(forged({ alg: "none" }, claims)),
    "alg None": byAssertion(forged({ alg: "None" }, claims)),
    "HS256 by the public key": byAssertion(hmac),
    "another's key": await assertion(site, fapi, {}, { key: plain.key }),
    "for the token endpoint": await assertion(site, fapi, { aud: `${site.issuer}/token` }),
    "for several": await assertion(site, fapi, { aud: [site.issuer, "https://other.example"] }),
    "for another provider": await assertion(site, fapi, { aud: "https://other.example" }),
    expired: await assertion(site, fapi, { exp: now() - 60 }),
    "not yet": await assertion(site, fapi, { nbf: now() + 120 }),
    "without end": await assertion(site, fapi, { exp: undefined }),
    "without jti": await assertion(site, fapi, { jti: undefined }),
    "in another's name": await assertion(site, fapi, { iss: plain.id }),
  };
  for (const [what, auth] of Object.entries(cases)) refused(await push(body, auth), "invalid_client", what);
  const once = await assertion(site, fapi);
  assert.equal((await push(body, once)).status, 201);
  refused(await push(body, once), "invalid_client", "twice");
  const parallel = await assertion(site, fapi);
  const both = await Promise.all([push(body, parallel), push(body, parallel)]);
  assert.equal(both.filter(({ status }) => status === 201).length, 1, "twice at one moment");
});

test("a request object that was altered, is unsigned, or was signed by somebody else is refused", async () => {
  const claims = {
    ...(await request()),
    client_id: fapi.id,
    iss: fapi.id,
    aud: site.issuer,
    nbf: now(),
    exp: now() + 60,
  };
  const sign = (key = fapi.key, more: object = {}) =>
    new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: "ES256", kid: "k1" }).sign(key);
  const good = await sign();
  const [header, , signature] = good.split(".");
  const altered = `${header}.${Buffer.from(JSON.stringify({ ...claims, scope: "openid name" })).toString("base64url")}.${signature}`;
  assert.equal((await push({ request: good })).status, 201);
  for (const [what, object] of Object.entries({
    altered,
    unsigned: forged({ alg: "none" }, claims),
    "another's": await sign(plain.key),
    "long out of date": await sign(fapi.key, { nbf: now() - 7200, exp: now() - 3600 }),
    "for another provider": await sign(fapi.key, { aud: "https://other.example" }),
    "of another client": await sign(fapi.key, { client_id: plain.id }),
  })) {
    const answer = await push({ request: object });
    assert.ok(answer.status === 400, `${what}: ${JSON.stringify(answer.body)}`);
  }
});

test("a DPoP proof: twice, for another method or address, with a private key in it, without a signature, too old", async () => {
  const key = await proofKey();
  const attempt = async (dpop: string): Promise<Raw> =>
    post(
      site,
      "/request",
      { ...(await assertion(site, fapi)), client_id: fapi.id, ...(await request()) },
      { DPoP: dpop },
    );
  const at = { path: "/request" };
  const first = await attempt(await proof(site, key, at));
  // Whoever has no nonce of ours gets one; with it the proof is right.
  const nonce = first.headers.get("dpop-nonce") ?? undefined;
  const good = await proof(site, key, { ...at, nonce });
  assert.equal((await attempt(good)).status, 201);
  refused(await attempt(good), "invalid_request", "twice");
  const payload = { htm: "POST", htu: `${site.issuer}/request`, iat: now(), jti: "j", nonce };
  for (const [what, dpop] of Object.entries({
    "another method": await proof(site, key, { ...at, nonce, htm: "GET" }),
    "another address": await proof(site, key, { ...at, nonce, htu: `${site.issuer}/token` }),
    "no jti": await proof(site, key, { ...at, nonce, jti: undefined }),
    "another type": await proof(site, key, { ...at, nonce, header: { typ: "JWT" } }),
    unsigned: forged({ alg: "none", typ: "dpop+jwt", jwk: key.jwk }, payload),
    "HMAC by the public key": await new SignJWT(payload)
      .setProtectedHeader({ alg: "HS256", typ: "dpop+jwt", jwk: key.jwk })
      .sign(Buffer.from(JSON.stringify(key.jwk))),
  }))
    refused(await attempt(dpop), "invalid_dpop_proof", what);
  refused(await attempt(await proof(site, key, { ...at, iat: now() - 3600 })), "use_dpop_nonce", "too old");
});

test("a token without its key opens nothing, nor with a proof for another token", async () => {
  const key = await proofKey();
  const begun = await codeFor(fapi, await site.browser(mei), {}, { par: true });
  const form = redeem(fapi, begun);
  refused(
    await post(site, "/token", { ...form, ...(await assertion(site, fapi)) }),
    "invalid_grant",
    "no bearer token for a government client",
  );
  const again = await codeFor(fapi, await site.browser(mei), {}, { par: true });
  const given = await post(
    site,
    "/token",
    { ...redeem(fapi, again), ...(await assertion(site, fapi)) },
    { DPoP: await proof(site, key) },
  );
  assert.equal(given.status, 200, JSON.stringify(given.body));
  const token = String(given.body["access_token"]);
  const ath = createHash("sha256").update(token).digest("base64url");
  const me = async (authorization: string, dpop?: string): Promise<number> =>
    (await fetch(`${site.issuer}/me`, { headers: { authorization, ...(dpop && { dpop }) } })).status;
  const at = { path: "/me", method: "GET" };
  assert.equal(await me(`DPoP ${token}`, await proof(site, key, { ...at, ath })), 200);
  assert.equal(await me(`Bearer ${token}`), 401, "as a bearer token");
  assert.equal(await me(`DPoP ${token}`, await proof(site, await proofKey(), { ...at, ath })), 401, "another key");
  assert.equal(
    await me(`DPoP ${token}`, await proof(site, key, { ...at, ath: "x".repeat(43) })),
    401,
    "another token's",
  );
  assert.equal(await me(`DPoP ${token}`, await proof(site, key, at)), 401, "no token's");
  const once = await proof(site, key, { ...at, ath });
  assert.equal(await me(`DPoP ${token}`, once), 200);
  assert.equal(await me(`DPoP ${token}`, once), 401, "twice");
});

test("what another provider answered is not taken for ours: each answer names its issuer", async () => {
  const { callback, checks } = await codeFor(plain, await site.browser(mei));
  assert.equal(callback.searchParams.get("iss"), site.issuer);
  callback.searchParams.set("iss", "https://other.example");
  await assert.rejects(client.authorizationCodeGrant(plain.config, callback, checks));
});

test("an interaction belongs to the browser that began it and to the person who began to answer it", async () => {
  const attacker = await site.browser(other);
  const page = await attacker.open((await begin(plain)).url);
  const victim = await site.browser(mei);
  assert.equal((await victim.open(page.url)).status, 404, "a planted link");
  const own = await victim.open((await begin(plain)).url);
  const mixed = await victim.ask(page.url.pathname, { csrf: "x" });
  assert.equal(mixed.status, 404);
  const crossed = await victim.ask(`${page.url.pathname}/consent`, {});
  assert.ok([403, 404, 422].includes(crossed.status), String(crossed.status));
  // The same browser, another person: what Mei began to answer is not Zhang's to finish.
  const shared: Browser = await site.browser(other);
  for (const [name, value] of victim.cookies)
    if (name.includes("interaction") || name.includes("provider")) shared.cookies.set(name, value);
  assert.equal((await shared.open(own.url)).status, 404);
});

test("consent without the page's own token is no consent", async () => {
  const browser = await site.browser(mei);
  const page = await browser.open((await begin(plain)).url);
  for (const form of [{}, { csrf: "" }, { csrf: "A".repeat(43) }]) {
    const answer = await browser.ask(`${page.url.pathname}/consent`, form);
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  }
  const back = await browser.press(page, "/consent");
  assert.ok(back.url.searchParams.get("code"), "with it, it is");
});

test("who declines is sent back with nothing but that", async () => {
  const browser = await site.browser(mei);
  const page = await browser.open((await begin(plain)).url);
  const back = await browser.press(page, "/refuse");
  assert.equal(back.url.searchParams.get("error"), "access_denied");
  assert.equal(back.url.searchParams.get("code"), null);
});

test("an expired client gets nothing, an unknown one learns nothing of people", async () => {
  const gone = await site.addClient({ expiresAt: new Date(Date.now() - 1000) });
  const browser = await site.browser(mei);
  assert.equal((await browser.open((await begin(gone)).url)).status, 400);
  const raw = await post(site, "/token", { grant_type: "authorization_code", client_id: gone.id, code: "x" });
  refused(raw, "invalid_client");
});

test("neither names nor tokens stand in logs, addresses or the database", async () => {
  const tokens = await signInAt(plain, await site.browser(mei));
  const rows = await site.rows("select model, id::text, payload::text from identity.oidc");
  const text = JSON.stringify(rows) + site.logged.join("\n");
  assert.doesNotMatch(text, /林美惠|A70000000/);
  assert.ok(!text.includes(tokens.access_token), "a reader of the database gets no live token");
});
