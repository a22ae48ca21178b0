import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { test } from "node:test";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { revokeGrantsOf } from "#identity";
import { assertion, post, proof, proofKey, redeem } from "./provider-raw.ts";
import { begin, codeFor, providerSite } from "./provider-site.ts";

const site = await providerSite();
const mei = await site.person("A700000001", "林美惠");
const mother = await site.person("A700000002", "林陳秀英");
const stillRuns = "urn:taroko:loa:high";

test("acting for somebody shows both: the human signs in, the matter is the other's, and the end of the mandate ends it", async () => {
  const validTo = new Date(Date.now() + 3_600_000).toISOString();
  const mandate = {
    kind: "relative",
    representative: { nationalId: "A700000001" },
    principal: { nationalId: "A700000002", name: "林陳秀英" },
    source: { service: "TW/GOV/MOI/household/representation", exchangeId: "x", at: new Date().toISOString() },
    scopes: ["assistive-device-subsidy:apply"],
    validTo,
  } as const;
  site.mandates = [mandate];
  const audience = "https://api.rp.example/";
  const api = { audience, scopes: ["cases"], format: "jwt" } as const;
  const server = await site.addClient({ profile: "fapi", metadata: { redirectUris: [], resource: api } });
  const rp = await site.addClient({ profile: "fapi", metadata: { mandates: ["relative"], resources: [audience] } });
  const run = async (choose: "other" | "self") => {
    const browser = await site.browser(mei);
    const begun = await begin(rp, { scope: "openid cases", resource: audience }, { par: true, dpop: true });
    const choice = await browser.open(begun.url);
    const keys = [...choice.html.matchAll(/name="for"\s+value="([^"]+)"/g)].map(([, key]) => key!);
    assert.deepEqual(keys.length, 2, choice.html);
    const consent = await browser.press(choice, "/party", [["for", choose === "self" ? "self" : keys[1]!]]);
    if (choose === "other") assert.match(consent.html, /林陳秀英/);
    const back = await browser.press(consent, "/consent");
    const how = { DPoP: begun.dpop! };
    const tokens = await client.authorizationCodeGrant(rp.config, back.url, begun.checks, { resource: audience }, how);
    return { tokens, access: decodeJwt(tokens.access_token), id: tokens.claims()! };
  };
  const own = await run("self");
  assert.equal(own.access.sub, own.id.sub);
  assert.equal(own.access["act"], undefined);
  assert.equal(own.id["representing"], undefined);
  const { access, id, tokens } = await run("other");
  assert.equal(id.sub, own.id.sub, "the human stays who they are");
  assert.notEqual(access.sub, id.sub, "the matter is the other's");
  assert.deepEqual(access["act"], { sub: id.sub, acr: stillRuns, amr: ["sc", "pin", "mfa"] });
  const { party, name, kind } = id["representing"] as Record<string, string>;
  assert.deepEqual({ party, name, kind }, { party: access.sub, name: "林陳秀英", kind: "relative" });
  assert.deepEqual((access["mandate"] as { scopes: string[] }).scopes, mandate.scopes);
  assert.equal(access.aud, audience);
  assert.ok(access.exp! - access.iat! <= 600);
  assert.equal(
    (await client.tokenIntrospection(server.config, tokens.access_token).catch(() => undefined))?.active ?? false,
    false,
  );
  // A server of another organisation gets what only it can read.
  const elsewhere = "https://other.example/";
  const otherApi = { audience: elsewhere, scopes: ["cases"], format: "jwt" } as const;
  const foreign = await site.addClient({
    profile: "fapi",
    owner: "TW/GOV/X",
    metadata: { redirectUris: [], resource: otherApi },
  });
  const caller = await site.addClient({
    profile: "fapi",
    metadata: { resources: [elsewhere], mandates: ["relative"] },
  });
  const browser = await site.browser(mei);
  const begun = await begin(caller, { scope: "openid cases", resource: elsewhere }, { par: true, dpop: true });
  const choice = await browser.open(begun.url);
  const [, key] = [...choice.html.matchAll(/name="for"\s+value="([^"]+)"/g)].map(([, one]) => one!);
  const back = await browser.press(await browser.press(choice, "/party", [["for", key!]]), "/consent");
  const how = { DPoP: begun.dpop! };
  const opaque = await client.authorizationCodeGrant(
    caller.config,
    back.url,
    begun.checks,
    { resource: elsewhere },
    how,
  );
  assert.equal(opaque.access_token.split(".").length, 1, "not readable by the client");
  const told = await client.tokenIntrospection(foreign.config, opaque.access_token);
  assert.equal(told.active, true);
  assert.ok((told as { cnf?: { jkt?: string } }).cnf?.jkt, "bound to the client's key");
  assert.notEqual(told.sub, access.sub, "another organisation's name for the same person");
  assert.equal((told["act"] as { acr: string }).acr, stillRuns);
  assert.equal((await client.tokenIntrospection(server.config, opaque.access_token)).active, false, "not its token");
  const ended = { kind: "relative", representativeId: mei, principalId: mother } as const;
  assert.ok((await revokeGrantsOf(site.provider, { mandate: ended })).revoked >= 2);
  assert.equal((await client.tokenIntrospection(foreign.config, opaque.access_token)).active, false, "at once");
  // A mandate that no register confirms any more cannot be chosen, whatever the form says.
  const late = await browser.open(
    (await begin(caller, { scope: "openid cases", resource: elsewhere }, { par: true, dpop: true })).url,
  );
  site.mandates = [];
  assert.equal((await browser.press(late, "/party", [["for", key!]])).status, 403);
});

test("who acts for many finds one by name; a register that does not answer is named, and nobody is refused for it", async () => {
  const source = { service: "mandates", exchangeId: "x", at: new Date().toISOString() };
  site.mandates = Array.from({ length: 30 }, (_, at) => ({
    kind: "intermediary",
    representative: { nationalId: "A700000001" },
    principal: { nationalId: `D${at}`, name: `示範商行${at}號`, organisation: true },
    source,
    scopes: ["company:view"],
    validTo: new Date(Date.now() + 3_600_000).toISOString(),
  }));
  site.missing = [{ "zh-Hant": "公司登記", en: "Company register" }];
  const rp = await site.addClient({ profile: "fapi", metadata: { mandates: ["intermediary"] } });
  const browser = await site.browser(mei);
  const choice = await browser.open((await begin(rp, {}, { par: true, dpop: true })).url);
  assert.match(choice.html, /Not answering now: Company register/);
  const found = await browser.press(choice, "/party", [
    ["do", "find"],
    ["find", "商行 17"],
  ]);
  assert.ok(!found.url.search.includes("find"), "no name in an address");
  const keys = [...found.html.matchAll(/name="for"\s+value="([^"]+)"/g)].map(([, key]) => key!);
  assert.equal(keys.length, 2, "oneself and the one found");
  const page = { ...found, url: new URL(found.url.pathname.replace(/\/party$/, ""), found.url) };
  assert.equal((await browser.press(page, "/party", [["for", "gone"]])).status, 503, "perhaps the register would know");
  const consent = await browser.press(page, "/party", [["for", keys[1]!]]);
  assert.match(consent.html.replaceAll(/<[^>]+>/g, ""), /示範商行17號/);
  site.mandates = [];
  site.missing = [];
});

test("a token for one server is no token for another, nor for userinfo; a client gets none it is not registered for", async () => {
  const audience = "https://api2.rp.example/";
  await site.addClient({
    profile: "fapi",
    metadata: { redirectUris: [], resource: { audience, scopes: ["x"], format: "opaque" } },
  });
  const rp = await site.addClient({ profile: "fapi", metadata: { resources: [audience] } });
  const begun = await codeFor(rp, await site.browser(mei), { scope: "openid x", resource: audience }, { par: true });
  const key = await proofKey();
  const auth = { ...(await assertion(site, rp)), resource: audience };
  const given = await post(site, "/token", { ...redeem(rp, begun), ...auth }, { DPoP: await proof(site, key) });
  assert.equal(given.status, 200, JSON.stringify(given.body));
  const token = String(given.body["access_token"]);
  const ath = createHash("sha256").update(token).digest("base64url");
  const dpop = await proof(site, key, { path: "/me", method: "GET", ath });
  const me = await fetch(`${site.issuer}/me`, { headers: { authorization: `DPoP ${token}`, dpop } });
  assert.equal(me.status, 403);
  const stranger = await site.addClient({ profile: "fapi" });
  await assert.rejects(
    begin(stranger, { scope: "openid x", resource: audience }, { par: true, dpop: true }),
    /invalid_target|server responded/,
  );
  const plain = await site.addClient({ metadata: { resources: [audience] } });
  const page = await (
    await site.browser(mei)
  ).open((await begin(plain, { scope: "openid x", resource: audience })).url);
  assert.equal(page.url.searchParams.get("error"), "invalid_target", "a plain client's token opens userinfo only");
});

test("a mandate revoked between the choice and the consent is granted to nobody", async () => {
  const { database } = site.identity;
  const id = randomUUID();
  await database.run(
    `insert into identity.mandate (id, kind, principal_id, given_by, representative_index, representative_name,
       representative_id, scopes, valid_from, valid_to, confirm_by, status, signature, proposed_at)
     select $1, 'attorney', $2, $2, '', 'x', $3, '{aid:apply}', now(), now() + interval '1 day', now() + interval '1 day',
       'active', '', now()`,
    [id, mother, mei],
  );
  site.mandates = [
    {
      kind: "attorney",
      mandate: id,
      representative: { nationalId: "A700000001" },
      principal: { nationalId: "A700000002", name: "林陳秀英" },
      source: { service: "mandates", exchangeId: id, at: new Date().toISOString() },
      scopes: ["aid:apply"],
      validTo: new Date(Date.now() + 3_600_000).toISOString(),
    },
  ];
  const rp = await site.addClient({ profile: "fapi", metadata: { mandates: ["attorney"] } });
  const toConsent = async () => {
    const browser = await site.browser(mei);
    const begun = await begin(rp, { scope: "openid" }, { par: true, dpop: true });
    const choice = await browser.open(begun.url);
    const [, key] = [...choice.html.matchAll(/name="for"\s+value="([^"]+)"/g)].map(([, one]) => one!);
    return { browser, consent: await browser.press(choice, "/party", [["for", key!]]) };
  };
  const good = await toConsent();
  assert.match((await good.browser.press(good.consent, "/consent")).url.search, /code=/);
  const late = await toConsent();
  await database.run("update identity.mandate set status = 'revoked' where id = $1", [id]);
  const answer = await late.browser.press(late.consent, "/consent");
  assert.doesNotMatch(answer.url.search, /code=/);
});
