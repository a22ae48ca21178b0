import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";
import {
  endAtClients,
  endRelease,
  forgetArtifacts,
  releasesOf,
  setPersonStatus,
  tellSignOuts,
  type AttributeWish,
  type Session,
} from "#identity";
import { periodAt, periodKeys, periodMs } from "../../src/identity/provider/keys.ts";
import { begin, codeFor, providerSite, signInAt } from "./provider-site.ts";
import { post, redeem } from "./provider-raw.ts";

const site = await providerSite();
const mei = await site.person("A700000001", "林美惠");
const stillRuns = "urn:taroko:loa:high";

test("a person signs in at a plain client by discovery alone: code, PKCE, one click", async () => {
  const rp = await site.addClient();
  const tokens = await signInAt(rp, await site.browser(mei));
  const claims = tokens.claims()!;
  assert.equal(claims.iss, site.issuer);
  assert.equal(claims["acr"], stillRuns);
  assert.notEqual(claims.sub, mei, "a pairwise name, not ours");
  const user = await client.fetchUserInfo(rp.config, tokens.access_token, claims.sub);
  assert.deepEqual(user, { sub: claims.sub, name: "林美惠" });
  assert.equal(tokens.refresh_token, undefined);
});

test("a government client signs people in by FAPI 2.0: pushed request, DPoP, a key instead of a secret", async () => {
  const rp = await site.addClient({ profile: "fapi" });
  const tokens = await signInAt(rp, await site.browser(mei), {}, { par: true, dpop: true });
  assert.equal(tokens.token_type, "dpop");
});

test("both well-known addresses describe the provider, and nothing weak is offered", async () => {
  const read = async (path: string) => (await (await fetch(site.origin + path)).json()) as Record<string, unknown>;
  const oidc = await read("/oidc/.well-known/openid-configuration");
  assert.deepEqual(await read("/.well-known/oauth-authorization-server/oidc"), oidc);
  assert.equal(oidc["issuer"], site.issuer);
  assert.deepEqual(oidc["response_types_supported"], ["code"]);
  assert.deepEqual(oidc["code_challenge_methods_supported"], ["S256"]);
  assert.deepEqual(oidc["subject_types_supported"], ["pairwise"]);
  assert.deepEqual(oidc["token_endpoint_auth_methods_supported"], ["private_key_jwt", "none"]);
  assert.doesNotMatch(JSON.stringify(oidc), /"HS256|RS256|RSA1_5|fragment|form_post|refresh|"dir"/);
  for (const [name, url] of Object.entries(oidc))
    if (name.endsWith("_endpoint")) assert.ok(String(url).startsWith(site.issuer), name);
});

test("two clients of one organisation know a person by one name, another organisation by another", async () => {
  const sub = async (owner: string) => {
    const rp = await site.addClient({ owner });
    return (await signInAt(rp, await site.browser(mei))).claims()!.sub;
  };
  const [one, same, elsewhere] = [await sub("TW/GOV/A"), await sub("TW/GOV/A"), await sub("TW/GOV/B")];
  assert.equal(one, same);
  assert.notEqual(one, elsewhere);
});

test("the level is what was reached: a weaker proof is not dressed up, and a stronger one is asked for", async () => {
  const rp = await site.addClient();
  const low = await site.browser(mei, { acr: "urn:taroko:loa:low" });
  assert.equal((await signInAt(rp, low)).claims()!["acr"], "urn:taroko:loa:low");
  const aged = await site.browser(mei, { ago: 16 * 60 });
  const now = (await signInAt(rp, aged)).claims()!;
  assert.equal(now["acr"], "urn:taroko:loa:substantial", "a card shown a while ago is not high any more");
  const asked = await low.open((await begin(rp, { acr_values: "urn:taroko:loa:high" })).url);
  assert.match(asked.html, /stronger proof/);
  const strict = await site.addClient({ metadata: { minAcr: "urn:taroko:loa:substantial" } });
  const page = await low.open((await begin(strict)).url);
  assert.match(page.html, /stronger proof/, "also where the client's registration demands it");
  // The same person proves more, in a new session of the portal; the task goes on where it stood.
  const high = await site.browser(mei);
  for (const [name, value] of low.cookies) if (!name.includes("session")) high.cookies.set(name, value);
  const agreed = await high.press(await high.open(page.url), "/consent");
  assert.ok(agreed.url.searchParams.get("code"));
});

test("max_age and prompt=login want a fresh proof, and auth_time tells the truth", async () => {
  const rp = await site.addClient();
  const browser = await site.browser(mei, { ago: 600 });
  const claims = (await signInAt(rp, browser)).claims()!;
  const age = Date.now() / 1000 - Number(claims["auth_time"]);
  assert.ok(age > 595 && age < 660, `auth_time is ${age} s ago`);
  assert.match((await browser.open((await begin(rp, { max_age: "60" })).url)).html, /once more/);
  assert.match((await browser.open((await begin(rp, { prompt: "login" })).url)).html, /once more/);
  const silent = await browser.open((await begin(rp, { prompt: "none" })).url);
  assert.equal(silent.url.searchParams.get("error"), "consent_required", "nobody is signed in unseen");
});

test("attributes come with source and date, fetched now; what is left out or cannot come is named", async () => {
  const rp = await site.addClient({
    profile: "fapi",
    metadata: { scopes: ["birth_date", "address.registered", "income.class"], optional: ["address.registered"] },
  });
  const wishes: AttributeWish[] = [];
  const answered = {
    source: "1",
    source_register: "TW/GOV/MOI/household/household",
    last_updated: "2026-11-23T02:00:00Z",
    classification: "personal",
  } as const;
  site.attributes = async (wish) => {
    wishes.push(wish);
    const asked = new Set(wish.attributes.map(({ scope }) => scope));
    return {
      values: asked.has("birth_date") ? { birth_date: { ...answered, value: "1974-05-18" } } : {},
      unavailable: asked.has("income.class")
        ? [{ scope: "income.class", reason: "source-unavailable", retry_after: 30 }]
        : [],
    };
  };
  const browser = await site.browser(mei);
  const begun = await begin(
    rp,
    { scope: "openid birth_date address.registered income.class" },
    { par: true, dpop: true },
  );
  const page = await browser.open(begun.url);
  assert.match(page.html, /1974-05-18/, "the present value is shown before it is given");
  assert.match(page.html, /cannot answer now/);
  const back = await browser.press(page, "/consent"); // the optional one stays unticked
  const how = { DPoP: begun.dpop! };
  const tokens = await client.authorizationCodeGrant(rp.config, back.url, begun.checks, undefined, how);
  const user = await client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub, how);
  assert.deepEqual(user["birth_date"], { ...answered, value: "1974-05-18" });
  assert.deepEqual(user["unavailable"], [{ scope: "income.class", reason: "source-unavailable", retry_after: 30 }]);
  assert.equal(user["address.registered"], undefined);
  assert.deepEqual(
    wishes.at(-1)?.attributes.map(({ scope }) => scope),
    ["birth_date", "income.class"],
  );
  const plain = await site.addClient();
  const refused = await browser.open((await begin(plain, { scope: "openid birth_date" })).url);
  assert.equal(refused.url.searchParams.get("error"), "invalid_scope", "a scope it did not register");
});

test("a revoked token is over; nobody revokes another client's", async () => {
  const rp = await site.addClient();
  const tokens = await signInAt(rp, await site.browser(mei));
  const other = await site.addClient();
  await client.tokenRevocation(other.config, tokens.access_token).catch(() => undefined);
  assert.ok(await client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub));
  await client.tokenRevocation(rp.config, tokens.access_token);
  await assert.rejects(client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub));
});

test("signing out at the portal ends what clients have, and tells them until they have heard", async () => {
  const heard: string[] = [];
  let deaf = true;
  const ear = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (!deaf) heard.push(new URLSearchParams(body).get("logout_token") ?? "");
      response.writeHead(deaf ? 503 : 204).end();
    });
  }).listen(0, "127.0.0.1");
  after(() => ear.close());
  await new Promise((done) => ear.once("listening", done));
  const { port } = ear.address() as { port: number };
  const rp = await site.addClient({ metadata: { backchannelLogoutUri: `http://127.0.0.1:${port}/logout` } });
  const browser = await site.browser(mei);
  const tokens = await signInAt(rp, browser);
  const session = { id: browser.sessionId, person: { id: mei, name: "" } };
  assert.deepEqual(await endAtClients(site.provider, session), { told: 1 });
  await assert.rejects(client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub), "its token is over");
  assert.deepEqual(await tellSignOuts(site.provider), { told: 0, left: 1 });
  deaf = false;
  assert.deepEqual(await tellSignOuts(site.provider), { told: 0, left: 0 }, "not at once again");
  await site.rows("update identity.oidc_logout set next_at = now() - interval '1 second'");
  assert.deepEqual(await tellSignOuts(site.provider), { told: 1, left: 0 });
  const logout = decodeJwt(heard[0]!);
  assert.equal(decodeProtectedHeader(heard[0]!).typ, "logout+jwt");
  assert.equal(logout.sub, tokens.claims()!.sub);
  assert.equal(logout["sid"], tokens.claims()!["sid"]);
  assert.deepEqual(Object.keys(logout["events"] as object), ["http://schemas.openid.net/event/backchannel-logout"]);
});

test("a person who is blocked, or died, has no grants from then on", async () => {
  const person = await site.person("A700000008", "周雅婷");
  const rp = await site.addClient();
  const tokens = await signInAt(rp, await site.browser(person));
  await setPersonStatus(site.identity, person, "deceased");
  await assert.rejects(client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub));
});

test("a client sends its user to sign out: asked once, signed out here and there, sent back to a registered address only", async () => {
  const rp = await site.addClient();
  const browser = await site.browser(mei);
  const tokens = await signInAt(rp, browser);
  const leave = (to: string) =>
    client.buildEndSessionUrl(rp.config, { id_token_hint: tokens.id_token!, post_logout_redirect_uri: to, state: "s" });
  assert.equal((await browser.open(leave("https://evil.example/"))).status, 400);
  const page = await browser.open(leave("https://rp.example/bye"));
  assert.match(page.html, /Sign out\?/);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /form-action 'self' https:\/\/rp\.example;/, "browsers hold redirects of a form against it");
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.html)![1]!;
  const forgedAnswer = await browser.ask("/oidc/session/end/confirm", { xsrf: "x", logout: "yes" });
  assert.equal(forgedAnswer.status, 400, "not without the page's own secret");
  const gone = await browser.open("/oidc/session/end/confirm", { xsrf, logout: "yes" });
  assert.equal(gone.url.href, "https://rp.example/bye?state=s");
  assert.match((await browser.open((await begin(rp)).url)).html, /asks you to sign in/, "signed out of the portal too");
});

test("a person sees what they gave where, and ends it; what is over of a mandate's days is over", async () => {
  const rp = await site.addClient();
  const [browser, stranger] = [await site.browser(mei), await site.person("A700000009", "別人")];
  const tokens = await signInAt(rp, browser);
  const me = { person: { id: mei, name: "" } } as Session;
  const [release] = await releasesOf(site.provider, me);
  assert.deepEqual(release?.scopes, ["openid", "name"]);
  assert.equal(release.live, true);
  const id = release.id.toString("hex");
  const notMine = await endRelease(site.provider, { person: { id: stranger, name: "" } } as Session, id);
  assert.equal(notMine.ok, false);
  assert.ok((await endRelease(site.provider, me, id)).ok);
  await assert.rejects(client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub));
});

test("userinfo can be signed and encrypted to the client's key", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ECDH-ES+A256KW", { extractable: true });
  const enc = { ...(await exportJWK(publicKey)), kid: "e1", use: "enc", alg: "ECDH-ES+A256KW" };
  const rp = await site.addClient({ profile: "fapi", metadata: { encryptUserinfo: true }, keys: [enc] });
  const begun = await begin(rp, {}, { par: true, dpop: true });
  const browser = await site.browser(mei);
  const back = await browser.press(await browser.open(begun.url), "/consent");
  const how = { DPoP: begun.dpop! };
  client.enableDecryptingResponses(rp.config, ["A256GCM"], { key: privateKey, alg: "ECDH-ES+A256KW", kid: "e1" });
  const tokens = await client.authorizationCodeGrant(rp.config, back.url, begun.checks, undefined, how);
  const sub = tokens.claims()!.sub;
  const user = await client.fetchUserInfo(rp.config, tokens.access_token, sub, how);
  assert.equal(user.name, "林美惠");
  assert.equal(user["aud"], rp.id, "it came as a JWT for this client");
});

test("everything ends: requests, interactions, codes, tokens, grants", async () => {
  const age = (model: string, seconds: number) =>
    site.rows(
      `update identity.oidc set expires_at = expires_at - interval '${seconds} s',
         payload = payload || jsonb_build_object('exp', (payload->>'exp')::int - ${seconds}) where model = '${model}'`,
    );
  const fapi = await site.addClient({ profile: "fapi" });
  const late = await begin(fapi, {}, { par: true, dpop: true });
  await age("PushedAuthorizationRequest", 100);
  const browser = await site.browser(mei);
  assert.equal((await browser.open(late.url)).status, 400, "a pushed request");
  const rp = await site.addClient();
  const page = await browser.open((await begin(rp)).url);
  await age("Interaction", 1000);
  assert.equal((await browser.open(page.url)).status, 404, "an interaction");
  const code = await codeFor(rp, browser);
  await age("AuthorizationCode", 100);
  assert.equal((await post(site, "/token", redeem(rp, code))).body["error"], "invalid_grant", "a code");
  for (const model of ["AccessToken", "Grant"]) {
    const tokens = await signInAt(rp, browser);
    await age(model, 2000);
    await assert.rejects(client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub), model);
  }
  const { forgotten } = await forgetArtifacts(site.provider);
  assert.ok(forgotten >= 5, "and is deleted");
});

test("keys change by themselves: the next is published before its time, the last one after", () => {
  const made: string[] = [];
  const { options } = site.provider;
  const keysAt = (at: string) =>
    periodKeys(
      { secret: new Uint8Array(32), signingKey: (name) => (made.push(name), options.signingKey(name)) },
      periodAt(new Date(at)),
    ).signingKeys.map(({ kid }) => kid as string);
  const [signs, before, next] = keysAt("2026-11-23");
  const [laterSigns, laterBefore] = keysAt(new Date(Date.parse("2026-11-23") + periodMs).toISOString());
  assert.equal(laterSigns, next);
  assert.equal(laterBefore, signs);
  assert.ok(before && ![signs, next].includes(before));
});

test("the same person, signed in anew in another portal session, does not inherit the old one's provider session", async () => {
  const rp = await site.addClient();
  const first = await site.browser(mei);
  const tokens = await signInAt(rp, first);
  const thief = await site.browser();
  for (const [name, value] of first.cookies) if (name !== "taroko-session") thief.cookies.set(name, value);
  assert.match((await thief.open((await begin(rp)).url)).html, /asks you to sign in/, "without the portal's cookie");
  await site.identity.store.endSession(first.sessionId, new Date());
  await assert.rejects(
    client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub),
    "ended however it ends",
  );
});
