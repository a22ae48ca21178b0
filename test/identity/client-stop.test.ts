import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import {
  clientsToDecide,
  decideOnClient,
  endSession,
  followEnds,
  forgetArtifacts,
  lookAtStop,
  myClient,
  publishedClients,
  readSession,
  revokeGrantsOf,
  setPersonStatus,
  stopClient,
  tellSignOuts,
  workingClients,
  type Session,
} from "#identity";
import { cookieNames } from "../../src/sites/portal/request.ts";
import { assertion, post } from "./provider-raw.ts";
import { begin, codeFor, providerSite, signInAt } from "./provider-site.ts";

const site = await providerSite();
const { provider } = site;
const [mei, gao, xu, lin] = (await Promise.all([1, 2, 3, 4].map((n) => site.person(`A70000000${n}`, `人${n}`)))) as [
  string,
  string,
  string,
  string,
];
const session = (id: string): Session => ({ id, person: { id, name: "" } }) as unknown as Session;
const nextYear = new Date(Date.now() + 300 * 86_400_000);

/** A relying party that hears of sign-outs. */
const heard: string[] = [];
const ear = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    heard.push(new URLSearchParams(body).get("logout_token") ?? "");
    response.writeHead(204).end();
  });
}).listen(0, "127.0.0.1");
after(() => ear.close());
await new Promise((done) => ear.once("listening", done));
const backchannelLogoutUri = `http://127.0.0.1:${(ear.address() as { port: number }).port}/logout`;
const hears = { metadata: { backchannelLogoutUri }, expiresAt: nextYear };

/** What the relying party was told since the last look: whose sessions, by the `sid` of their ID tokens. */
async function told(): Promise<unknown[]> {
  heard.length = 0;
  await tellSignOuts(provider);
  return heard.map((token) => decodeJwt(token)["sid"]);
}

test("an officer stops a client: at once, with a reason, looked at by another, undone by two approvals", async () => {
  const api = "https://api.example/";
  const resource = { audience: api, scopes: ["cases"], format: "opaque" } as const;
  const rs = await site.addClient({ profile: "fapi", owner: "TW/GOV/X", metadata: { redirectUris: [], resource } });
  const rp = await site.addClient({
    profile: "fapi",
    expiresAt: nextYear,
    metadata: { backchannelLogoutUri, resources: [api] },
  });
  const browser = await site.browser(mei);
  const pushed = { par: true, dpop: true };
  const begun = await codeFor(rp, browser, { resource: api, scope: "openid cases" }, pushed);
  const tokens = await client.authorizationCodeGrant(
    rp.config,
    begun.callback,
    begun.checks,
    { resource: api },
    { DPoP: begun.dpop! },
  );
  const asked = async () => client.tokenIntrospection(rs.config, tokens.access_token);
  assert.equal((await asked()).active, true);
  assert.ok((await workingClients(provider)).some(({ id }) => id === rp.id));

  for (const reason of ["", "  ", "x".repeat(501), "\u202Eevil"]) {
    const done = await stopClient(provider, session(gao), rp.id, reason);
    assert.equal(done.ok ? "" : done.error.code, "client-reason-needed", JSON.stringify(reason));
  }
  const stopped = await stopClient(provider, session(gao), rp.id, "金鑰外洩");
  assert.equal(stopped.ok && stopped.value.status, "stopped");
  assert.equal((await asked()).active, false, "its tokens open nothing from this moment");
  assert.deepEqual(await told(), [tokens.claims()!["sid"]], "and it is told to end its own sessions, though stopped");
  await assert.rejects(begin(rp, {}, pushed), "nobody begins to sign in at it");
  assert.ok(!(await publishedClients(provider)).some(({ client_id }) => client_id === rp.id));

  // Its people read why; officers see who, and another one is asked to look.
  const { manager_id } = (await provider.store.client(rp.id))!;
  const own = await myClient(provider, session(manager_id), rp.id);
  assert.ok(own.ok);
  assert.deepEqual(
    own.value.acts.map(({ what, reason }) => [what, reason]),
    [["stopped", "金鑰外洩"]],
  );
  assert.equal((await stopClient(provider, session(xu), rp.id, "again")).ok, false);
  assert.equal((await lookAtStop(provider, session(gao), rp.id)).ok, false, "not by the one who stopped it");
  assert.ok((await lookAtStop(provider, session(xu), rp.id)).ok);
  assert.equal((await lookAtStop(provider, session(lin), rp.id)).ok, false, "one second look");

  // Approval anew, by two, brings it back; what was granted before stays over.
  assert.ok((await clientsToDecide(provider)).some((one) => one.client.id === rp.id));
  assert.equal((await decideOnClient(provider, session(gao), rp.id, { approve: false, reason: "no" })).ok, false);
  assert.ok((await decideOnClient(provider, session(gao), rp.id, { approve: true })).ok);
  await assert.rejects(begin(rp, {}, pushed), "one is not enough");
  const back = await decideOnClient(provider, session(xu), rp.id, { approve: true });
  assert.equal(back.ok && back.value.status, "active");
  assert.equal((await asked()).active, false);
  assert.ok((await signInAt(rp, await site.browser(mei), {}, pushed)).access_token);
});

test("a renewal turned down needs a reason; the client works until its year's end, and then what it has ends", async () => {
  const rp = await site.addClient({ ...hears, expiresAt: new Date(Date.now() + 30 * 86_400_000) });
  assert.equal((await decideOnClient(provider, session(gao), rp.id, { approve: false, reason: " " })).ok, false);
  const turned = await decideOnClient(provider, session(gao), rp.id, { approve: false, reason: "目的已不存在" });
  assert.equal(turned.ok && turned.value.status, "active");
  assert.equal((await provider.store.acts(rp.id))[0]?.what, "renewal-refused");
  const tokens = await signInAt(rp, await site.browser(mei));
  assert.deepEqual(await followEnds(provider), { sessions: 0, clients: 0 });
  await provider.store.putClient({ ...(await provider.store.client(rp.id))!, expires_at: new Date(Date.now() - 1) });
  assert.deepEqual(await followEnds(provider), { sessions: 0, clients: 1 });
  assert.deepEqual(await told(), [tokens.claims()!["sid"]]);
  assert.deepEqual(await followEnds(provider), { sessions: 0, clients: 0 }, "once");
});

test("sessions that end without a sign-out are ended at clients too; a stronger proof ends none", async () => {
  const rp = await site.addClient(hears);
  const browser = await site.browser(mei);
  const tokens = await signInAt(rp, browser);
  const before = await readSession(site.identity, browser.cookies.get(cookieNames(site.origin).session));
  assert.ok(before.ok);
  // As a suspended passkey, a dismissal or the person's other device does it.
  await endSession(site.identity, before.value);
  await assert.rejects(signInAt(rp, browser), "signed out here");
  assert.deepEqual(await told(), []);
  assert.deepEqual(await followEnds(provider), { sessions: 1, clients: 0 });
  assert.deepEqual(await told(), [tokens.claims()!["sid"]]);
  await assert.rejects(client.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub));

  const stronger = await site.browser(mei);
  await signInAt(rp, stronger);
  const other = await site.browser(mei);
  await site.identity.store.moveClients(stronger.sessionId, other.sessionId);
  await site.identity.store.endSession(stronger.sessionId, new Date());
  await followEnds(provider);
  assert.deepEqual(await told(), [], "what went over to the new session goes on");
});

test("a mandate that ends, and a person who is blocked, end the clients' sessions that stood on them", async () => {
  const rp = await site.addClient({ ...hears, metadata: { backchannelLogoutUri, mandates: ["guardian"] } });
  site.mandates = [
    {
      kind: "guardian",
      representative: { nationalId: "A700000001" },
      principal: { nationalId: "A700000004", name: "人4" },
      source: { service: "TW/GOV/MOI/household/representation", exchangeId: "x", at: new Date().toISOString() },
      scopes: ["*"],
      validTo: new Date(Date.now() + 3_600_000).toISOString(),
    },
  ];
  const browser = await site.browser(mei);
  const begun = await begin(rp);
  const choice = await browser.open(begun.url);
  const [, key] = [...choice.html.matchAll(/name="for"\s+value="([^"]+)"/g)].map(([, one]) => one!);
  const back = await browser.press(await browser.press(choice, "/party", [["for", key!]]), "/consent");
  const acting = await client.authorizationCodeGrant(rp.config, back.url, begun.checks);
  site.mandates = [];
  const self = await signInAt(await site.addClient(hears), await site.browser(gao));
  const done = await revokeGrantsOf(provider, {
    mandate: { kind: "guardian", representativeId: mei, principalId: lin },
  });
  assert.equal(done.told, 1);
  assert.deepEqual(await told(), [acting.claims()!["sid"]]);
  await setPersonStatus(site.identity, gao, "blocked");
  assert.deepEqual(await told(), [self.claims()!["sid"]]);
});

test("strangers cannot fill a client's list of failures, nor push its own out of it", async () => {
  const rp = await site.addClient({ profile: "fapi" });
  const own = { client_id: rp.id, ...(await assertion(site, rp, { exp: 1 })) };
  assert.equal((await post(site, "/request", own)).status, 401);
  await until(async () => (await provider.store.failures(rp.id)).length === 1);
  const stranger = await site.addClient({ profile: "fapi" });
  for (let n = 0; n < 20; n += 1) {
    const forged = await assertion(site, { ...stranger, id: rp.id }, { aud: `https://evil.example/${n}` });
    await post(site, "/request", { client_id: rp.id, ...forged });
    await post(site, "/token", { client_id: rp.id, grant_type: "authorization_code", code: `x${n}` });
  }
  await until(async () => (await provider.store.countedFailures(rp.id)).reduce((sum, one) => sum + one.times, 0) >= 40);
  const [kept] = await provider.store.failures(rp.id);
  assert.equal((await provider.store.failures(rp.id)).length, 1);
  assert.ok(
    kept?.checks.some(({ what, ok }) => what.includes("exp is ahead") && !ok),
    "its own is still there",
  );
  assert.ok((await provider.store.countedFailures(rp.id)).length <= 4, "kinds, not requests");
});

test("what has run out is forgotten however much of it there is", async () => {
  await site.rows(`insert into identity.oidc (model, id, payload, expires_at)
    select 'ReplayDetection', sha256(convert_to(n::text, 'UTF8')), '{}', now() - interval '1 hour' from generate_series(1, 12000) n`);
  const { forgotten } = await forgetArtifacts(provider);
  assert.ok(forgotten >= 12_000, String(forgotten));
});

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await what()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("it did not come");
}
