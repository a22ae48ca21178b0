import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { revokeGrantsOf, setPersonStatus, tellSignOuts } from "#identity";
import { assertion, post } from "./provider-raw.ts";
import { begin, providerSite, signInAt, type Answered, type Browser } from "./provider-site.ts";

const site = await providerSite();
const mei = await site.person("A700000001", "林美惠");
const mother = await site.person("A700000002", "林陳秀英");
const plain = await site.addClient();
const fapi = await site.addClient({ profile: "fapi" });

const mandateOf = (mandate?: string) =>
  ({
    kind: "relative",
    representative: { nationalId: "A700000001" },
    principal: { nationalId: "A700000002", name: "林陳秀英" },
    ...(mandate && { mandate }),
    source: { service: "TW/GOV/MOI/household/representation", exchangeId: "x", at: new Date().toISOString() },
    scopes: ["assistive-device-subsidy:apply"],
    validTo: new Date(Date.now() + 3_600_000).toISOString(),
  }) as const;

/** Signs Mei in for her mother; answers what the client is told of it. */
async function represents(of: Awaited<ReturnType<typeof site.addClient>>): Promise<Record<string, unknown>> {
  const browser = await site.browser(mei);
  const begun = await begin(of);
  const choice = await browser.open(begun.url);
  const key = [...choice.html.matchAll(/name="for"\s+value="([^"]+)"/g)].map(([, one]) => one!)[1]!;
  const back = await browser.press(await browser.press(choice, "/party", [["for", key]]), "/consent");
  const tokens = await client.authorizationCodeGrant(of.config, back.url, begun.checks);
  return tokens.claims()!["representing"] as Record<string, unknown>;
}

test("two organisations cannot join what they know by a mandate's name", async () => {
  site.mandates = [mandateOf()];
  const mandates = ["relative"] as const;
  const one = await represents(await site.addClient({ metadata: { mandates } }));
  const same = await represents(await site.addClient({ metadata: { mandates } }));
  const stranger = await represents(await site.addClient({ metadata: { mandates }, owner: "TW/GOV/OTHER" }));
  assert.equal(one["mandate"], same["mandate"], "one organisation knows it by one name");
  assert.notEqual(one["party"], stranger["party"]);
  assert.notEqual(one["mandate"], stranger["mandate"]);
});

test("the client learns what a mandate covers and until when, so that one for a single service is not taken for all", async () => {
  const said = await represents(await site.addClient({ metadata: { mandates: ["relative"] } }));
  assert.deepEqual(said["scopes"], ["assistive-device-subsidy:apply"]);
  assert.ok(Date.parse(String(said["valid_to"])) > Date.now());
});

test("a host that a header names stands nowhere", async () => {
  const evil = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" };
  for (const path of ["/oidc/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/oidc"]) {
    const answer = await fetch(`${site.origin}${path}`, { headers: evil });
    assert.doesNotMatch(await answer.text(), /evil/, path);
  }
  const { url } = await begin(plain);
  const answer = await fetch(url, { redirect: "manual", headers: evil });
  assert.doesNotMatch(JSON.stringify([...answer.headers]), /evil/);
});

/** Follows until a page stands still; a circle throws. */
async function standsStill(browser: Browser, url: URL): Promise<Answered> {
  return browser.open(url);
}

test("what cannot be had by signing in again is no circle", async () => {
  const other = await site.browser(mother);
  const hint = (await signInAt(plain, other)).id_token!;
  const claims = (acr: object) => JSON.stringify({ id_token: acr });
  for (const [what, parameters, acr] of [
    ["another person's token as hint", { id_token_hint: hint }, "urn:taroko:loa:high"],
    ["another person's name", { claims: claims({ sub: { value: "nobody" } }) }, "urn:taroko:loa:high"],
    ["a level that is none", { claims: claims({ acr: { essential: true, value: "gold" } }) }, "urn:taroko:loa:high"],
    [
      "a lower level exactly",
      { claims: claims({ acr: { essential: true, values: ["urn:taroko:loa:low"] } }) },
      "urn:taroko:loa:high",
    ],
    [
      "a higher one than the session's",
      { claims: claims({ acr: { essential: true, values: ["urn:taroko:loa:high"] } }) },
      "urn:taroko:loa:substantial",
    ],
  ] as const) {
    const browser = await site.browser(mei, { acr });
    const page = await standsStill(browser, (await begin(plain, parameters)).url).catch((fault: Error) => fault);
    if (page instanceof Error) assert.fail(`${what}: ${page.message}`);
    assert.equal(page.url.searchParams.get("code"), null);
  }
});

test("max_age=0 wants a proof made after the request; prompts that contradict are refused", async () => {
  const browser = await site.browser(mei, { ago: 20 });
  const page = await browser.open((await begin(plain, { max_age: "0" })).url);
  assert.doesNotMatch(page.url.pathname + page.html, /\/consent"/);
  for (const prompt of ["none login", "none consent", "select_account", "create", "login none"]) {
    const back = await (await site.browser(mei)).open((await begin(plain, { prompt })).url);
    assert.notEqual(back.url.searchParams.get("error"), null, prompt);
  }
  const silent = await (await site.browser(mei)).open((await begin(plain, { prompt: "none" })).url);
  assert.match(String(silent.url.searchParams.get("error")), /_required$/);
});

test("an answer goes back in the query alone, and only a code", async () => {
  const browser = await site.browser(mei);
  for (const parameters of [
    { response_mode: "form_post" },
    { response_mode: "fragment" },
    { response_mode: "web_message" },
    { response_mode: "query.jwt" },
    { response_mode: "jwt" },
    { response_type: "token" },
    { response_type: "id_token" },
    { response_type: "code id_token" },
    { response_type: "none" },
  ]) {
    const answer = await browser.open((await begin(plain, parameters)).url);
    const said = JSON.stringify(parameters);
    assert.ok(
      answer.status === 400 || (answer.url.search + answer.url.hash).includes("error="),
      `${said} ${answer.status} ${answer.url.href}`,
    );
    assert.doesNotMatch(answer.html, /<form[^>]+rp\.example/, said);
  }
});

test("no other grant: refresh, device, implicit, password, client credentials, exchange", async () => {
  for (const grant_type of [
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "implicit",
    "password",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:openid:params:grant-type:ciba",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
  ])
    for (const [of, auth] of [
      [plain, {}],
      [fapi, await assertion(site, fapi)],
    ] as const) {
      const answer = await post(site, "/token", {
        ...auth,
        client_id: of.id,
        grant_type,
        refresh_token: "x",
        username: "A700000001",
        password: "1234",
        scope: "openid",
      });
      assert.ok(answer.status === 400, `${grant_type} ${answer.status}`);
      assert.match(String(answer.body["error"]), /unsupported_grant_type|unauthorized_client|invalid_/);
    }
  for (const path of ["/device/auth", "/backchannel", "/reg", "/device"]) {
    const answer = await fetch(`${site.issuer}${path}`, {
      method: "POST",
      body: new URLSearchParams({ client_id: plain.id }),
    });
    assert.ok(answer.status === 404, `${path} ${answer.status}`);
  }
});

test("a key that the sender names is not taken; odd times are refused, not stumbled over", async () => {
  const fields = { client_id: fapi.id, response_type: "code", redirect_uri: fapi.redirectUri, scope: "openid" };
  const key = plain.key;
  const jwk = { kty: "EC", crv: "P-256", x: "AA", y: "AA" };
  for (const [what, header] of Object.entries({
    jku: { jku: "https://evil.example/jwks" },
    x5u: { x5u: "https://evil.example/x" },
    jwk: { jwk },
    "kid path": { kid: "../../../../dev/null" },
    "kid sql": { kid: "k1' or '1'='1" },
  }) as [string, object][]) {
    const answer = await post(site, "/request", { ...fields, ...(await assertion(site, fapi, {}, { key, header })) });
    assert.equal(answer.body["error"], "invalid_client", what);
  }
  for (const exp of [1e15, 1e18, Number.MAX_SAFE_INTEGER, 4102444800]) {
    const answer = await post(site, "/request", { ...fields, ...(await assertion(site, fapi, { exp })) });
    assert.ok(
      answer.status === 400 || answer.status === 401,
      `${exp}: ${answer.status} ${JSON.stringify(answer.body)}`,
    );
    assert.match(String(answer.body["error"]), /^invalid_(client|request)$/, String(exp));
  }
  assert.deepEqual(
    site.logged.filter((line) => line.startsWith("fault the provider")),
    [],
  );
});

test("an ID token opens nothing, neither as a bearer token nor as an assertion", async () => {
  const tokens = await signInAt(plain, await site.browser(mei));
  const me = await fetch(`${site.issuer}/me`, { headers: { authorization: `Bearer ${tokens.id_token}` } });
  assert.equal(me.status, 401);
  assert.equal((await fetch(`${site.issuer}/me?access_token=${tokens.access_token}`)).status, 400);
});

test("a message that turns the text around is refused before anybody reads it", async () => {
  for (const context_message of ["\u202Egnp.exe", "a\u2066b", "pay\u200Bment", "\u061C"]) {
    const browser = await site.browser(mei);
    const back = await browser.open((await begin(plain, { context_message })).url);
    assert.equal(back.url.searchParams.get("error"), "invalid_request", JSON.stringify(context_message));
  }
});

test("signing out: no address that is not registered, no foreign press, and 'no' keeps the session", async () => {
  const browser = await site.browser(mei);
  const tokens = await signInAt(plain, browser);
  for (const to of [
    "https://evil.example/",
    "https://rp.example/bye/../evil",
    "https://rp.example@evil.example/bye",
    "//evil.example",
  ]) {
    const url = new URL(`${site.issuer}/session/end`);
    url.search = new URLSearchParams({ id_token_hint: tokens.id_token!, post_logout_redirect_uri: to }).toString();
    const page = await browser.open(url);
    assert.equal(page.status, 400, to);
    assert.equal(page.url.origin, site.origin);
  }
  const foreign = await browser.ask("/oidc/session/end/confirm", { logout: "yes", xsrf: "x".repeat(43) });
  assert.equal(foreign.status, 400);
  assert.equal((await browser.open((await begin(plain)).url)).status, 200);
  const page = await browser.open(`${site.issuer}/session/end`);
  const xsrf = /name="xsrf"[^>]*value="([^"]+)"/.exec(page.html)![1]!;
  await browser.ask("/oidc/session/end/confirm", { xsrf });
  assert.match((await browser.open((await begin(plain)).url)).html, /\/consent/, "still signed in");
});

test("signing out takes every token of the session, not only the last client's last", async () => {
  const browser = await site.browser(mei);
  const first = await signInAt(plain, browser);
  const again = await signInAt(plain, browser);
  const page = await browser.open(`${site.issuer}/session/end`);
  const xsrf = /name="xsrf"[^>]*value="([^"]+)"/.exec(page.html)![1]!;
  await browser.ask("/oidc/session/end/confirm", { logout: "yes", xsrf });
  for (const { access_token } of [first, again]) {
    const me = await fetch(`${site.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } });
    assert.equal(me.status, 401);
  }
});

test("tokens of two organisations share nothing but the moment", async () => {
  const browser = await site.browser(mei);
  const [a, b] = [await signInAt(plain, browser), await signInAt(await site.addClient({ owner: "TW/GOV/B" }), browser)];
  const [left, right] = [decodeJwt(a.id_token!), decodeJwt(b.id_token!)];
  for (const claim of ["sub", "sid", "jti", "at_hash", "nonce"])
    if (left[claim] !== undefined) assert.notEqual(left[claim], right[claim], claim);
});

test("ending one given mandate leaves another of the same kind between the same two people", async () => {
  const [m1, m2] = ["0198a000-0000-7000-8000-000000000001", "0198a000-0000-7000-8000-000000000002"];
  const at = new Date();
  const put = (id: string, mandate: string | undefined) =>
    site.provider.store.putGrant({
      id: Buffer.from(id.padEnd(32, "x")),
      person_id: mei,
      client_id: plain.id,
      scopes: ["openid"],
      party_id: mother,
      party: {},
      mandate: mandate ?? null,
      acr: "urn:taroko:loa:high",
      at,
      expires_at: new Date(at.getTime() + 900_000),
    });
  await put("one", `attorney/${mei}/${mother}/${m1}`);
  await put("two", `attorney/${mei}/${mother}/${m2}`);
  const mandate = { kind: "attorney", representativeId: mei, principalId: mother, mandate: m1 } as const;
  assert.equal((await revokeGrantsOf(site.provider, { mandate })).revoked, 1);
});

test("a person who was blocked has nothing left of what they gave, even when the block is lifted", async () => {
  const person = await site.person("A700000007", "沈默");
  const { access_token } = await signInAt(plain, await site.browser(person));
  const me = async (): Promise<number> =>
    (await fetch(`${site.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } })).status;
  assert.equal(await me(), 200);
  await setPersonStatus(site.identity, person, "blocked");
  await setPersonStatus(site.identity, person, "active");
  assert.equal(await me(), 401);
});

test("who is not signed in any more, and is sent here to sign out, finds a page with words", async () => {
  const page = await (await site.browser()).open(`${site.issuer}/session/end`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.html, /<script>/);
  assert.match(page.html, /<h1/);
});

test("people are not signed out at addresses inside the house, unless the operator named the host", async () => {
  const heard: string[] = [];
  const inside = createServer((request, answer) => {
    heard.push(String(request.url));
    answer.end();
  }).listen(0, "127.0.0.1");
  await new Promise((done) => inside.once("listening", done));
  const { port } = inside.address() as AddressInfo;
  try {
    const real = await providerSite({ demonstration: false });
    const person = await real.person("A700000001", "林美惠");
    for (const host of ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"]) {
      const to = await real.addClient({ metadata: { backchannelLogoutUri: `http://${host}:${port}/${host}` } });
      const row = { client_id: to.id, person_id: person, sid: "s", tries: 0, nextAt: new Date(0) };
      await real.provider.store.putLogout({ id: crypto.randomUUID(), ...row });
    }
    assert.deepEqual(await tellSignOuts(real.provider), { told: 0, left: 5 });
    assert.deepEqual(heard, []);
  } finally {
    inside.close();
  }
});

test("whoever lets a site know who they are finds it among what happened with their identity", async () => {
  const person = await site.person("A700000008", "高遠");
  await signInAt(plain, await site.browser(person));
  const [event] = await site.rows(
    `select what, reason, ok from identity.auth_event where person_id = '${person}' order by at desc limit 1`,
  );
  assert.deepEqual(event, { what: "release", reason: "測試服務 / Test service", ok: true });
});
