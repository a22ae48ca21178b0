import assert from "node:assert/strict";
import { test } from "node:test";
import { exportJWK, generateKeyPair } from "jose";
import {
  askForProduction,
  changeClient,
  clientFormOf,
  clientsToDecide,
  decideOnClient,
  deleteClient,
  myClient,
  publishedClients,
  registerSandbox,
  type ClientForm,
  type Session,
} from "#identity";
import { begin, providerSite, signInAt } from "./provider-site.ts";
import { assertion, post } from "./provider-raw.ts";

const site = await providerSite();
const { provider } = site;
const [dev, other, wang, chen, mei] = await Promise.all(
  [1, 2, 3, 4, 5].map((n) => site.person(`A70000000${n}`, `人${n}`)),
);
const session = (id: string | undefined): Session => ({ id, person: { id, name: "" } }) as unknown as Session;
const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: "k1" };

const good: ClientForm = {
  profile: "fapi",
  nameZh: "試辦",
  nameEn: "Trial",
  purposeZh: "查詢",
  purposeEn: "Looking up",
  legalBasis: "",
  retentionZh: "不保存",
  retentionEn: "Not kept",
  redirectUris: "https://trial.example/back",
  postLogoutRedirectUris: "",
  backchannelLogoutUri: "",
  jwks: JSON.stringify({ keys: [jwk] }),
  jwksUri: "",
  scopes: "birth_date",
  optional: "",
  minAcr: "urn:taroko:loa:substantial",
  mandates: "",
  userinfo: "json",
  resources: "",
  audience: "",
  audienceScopes: "",
  tokenFormat: "opaque",
};

test("a registration that could be abused, or could not work, is refused at its field", async () => {
  const secret = JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: "k1" }] });
  const hmac = JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "k" }] });
  const short = JSON.stringify({ keys: [{ kty: "RSA", n: "AQAB", e: "AQAB", kid: "k" }] });
  const cases: readonly (readonly [keyof ClientForm, string])[] = [
    ["nameZh", " "],
    ["nameZh", "長".repeat(61)],
    ["redirectUris", ""],
    ["redirectUris", "http://trial.example/back"],
    ["redirectUris", "https://trial.example/back#part"],
    ["redirectUris", "https://*.trial.example/back"],
    ["redirectUris", "https://user@trial.example/back"],
    ["redirectUris", "javascript:alert(1)"],
    ["redirectUris", "https://one.example/a\nhttps://two.example/a"],
    ["backchannelLogoutUri", "http://169.254.169.254/"],
    ["jwks", ""],
    ["jwks", "no JSON"],
    ["jwks", secret],
    ["jwks", hmac],
    ["jwks", short],
    ["jwksUri", "https://trial.example/jwks"],
    ["scopes", "shoe_size"],
    ["optional", "address.registered"],
    ["minAcr", "urn:taroko:loa:divine"],
    ["mandates", "grandparent"],
    ["profile", ""],
    ["userinfo", "encrypted"],
    ["audience", "https://api.example/"],
    ["resources", "http://api.example/"],
  ];
  for (const [field, value] of cases) {
    const done = await registerSandbox(provider, session(dev), { ...good, nameEn: "", [field]: value });
    assert.ok(!done.ok, `${field} = ${value}`);
    assert.ok(done.error.faults!.length > 0);
  }
  const plain = await registerSandbox(provider, session(dev), { ...good, profile: "plain" });
  assert.ok(!plain.ok && plain.error.faults?.[0]?.field === "scopes", "register data needs the government profile");
});

test("a trial needs a name and an address; production says everything", async () => {
  const bare = Object.fromEntries(Object.keys(good).map((field) => [field, ""])) as ClientForm;
  const form = { ...bare, profile: "plain", nameEn: "Trial", redirectUris: "https://trial.example/back" };
  const made = await registerSandbox(provider, session(dev), form);
  assert.ok(made.ok, JSON.stringify(made));
  assert.equal(made.value.metadata.name["zh-Hant"], "Trial");
  const asked = await askForProduction(provider, session(dev), made.value.id, { owner: "TW/GOV/X", form });
  assert.ok(!asked.ok && asked.error.faults!.some(({ field }) => field === "purposeEn"));
});

test("a sandbox client works at once, and only its manager sees and changes it", async () => {
  const form = { ...good, profile: "plain", scopes: "", jwks: "", redirectUris: "http://localhost:3000/back" };
  const made = await registerSandbox(provider, session(dev), form);
  assert.ok(made.ok);
  const { id } = made.value;
  for (const done of [
    await myClient(provider, session(other), id),
    await changeClient(provider, session(other), id, form),
    await deleteClient(provider, session(other), id),
    await askForProduction(provider, session(other), id, { owner: "TW/GOV/X", form }),
  ])
    assert.ok(!done.ok && done.error.code === "client-unknown");
  const changed = await changeClient(provider, session(dev), id, { ...form, nameEn: "Renamed" });
  assert.ok(changed.ok && changed.value.metadata.name.en === "Renamed");
  const local = await askForProduction(provider, session(dev), id, { owner: "TW/GOV/X", form });
  assert.ok(!local.ok, "no http, no localhost in production");
  const tokens = await signInAt(
    { ...(await site.configure(id)), redirectUri: form.redirectUris },
    await site.browser(mei),
  );
  assert.ok(tokens.access_token);
  assert.ok((await deleteClient(provider, session(dev), id)).ok);
  const me = await fetch(`${site.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(me.status, 401, "what people granted it ends with it");
  assert.equal(provider.isUsable((await provider.store.client(id))!), false);
});

test("what was wrong in a client's request is shown to its manager, claim by claim, with nothing of a person", async () => {
  const rp = await site.addClient({ profile: "fapi" });
  const wrong = await assertion(site, rp, { aud: `${site.issuer}/token`, exp: 1 });
  await post(site, "/request", { ...wrong, client_id: rp.id }, { DPoP: "no proof" });
  await until(async () => (await provider.store.failures(rp.id)).length > 0);
  const [failure] = await provider.store.failures(rp.id);
  assert.equal(failure?.endpoint, "pushed authorization request");
  assert.equal(failure.error, "invalid_client");
  const bad = failure.checks.filter(({ ok }) => !ok).map(({ what }) => what);
  assert.deepEqual(bad, [`client_assertion: aud is ${site.issuer}`, "client_assertion: exp is ahead", "DPoP: a JWT"]);
  for (let n = 0; n < 75; n += 1)
    await post(site, "/request", { client_id: rp.id, ...(await assertion(site, rp, { exp: 1 })) });
  const waiting = await post(site, "/request", { client_id: rp.id });
  assert.equal(waiting.status, 429, "who fails on and on is told to wait");
  assert.ok(Number(waiting.headers.get("retry-after")) > 0);
  assert.ok((await provider.store.failures(rp.id)).length < 60, "the list does not grow for ever");
});

test("production needs two officers, neither of them the manager; it is published, and ends after a year", async () => {
  const made = await registerSandbox(provider, session(dev), good);
  assert.ok(made.ok);
  const form = clientFormOf("fapi", made.value.metadata);
  const asked = await askForProduction(provider, session(dev), made.value.id, { owner: "TW/GOV/TRIAL", form });
  assert.ok(asked.ok);
  const { id } = asked.value;
  assert.notEqual(id, made.value.id);
  assert.equal(provider.isUsable(asked.value), false, "not before it is approved");
  assert.deepEqual(
    (await clientsToDecide(provider)).map(({ client }) => client.id),
    [id],
  );
  const refused = async (who: string | undefined) =>
    !(await decideOnClient(provider, session(who), id, { approve: true })).ok;
  assert.ok(await refused(dev), "not by who asks");
  assert.ok((await decideOnClient(provider, session(wang), id, { approve: true })).ok);
  assert.equal(provider.isUsable((await provider.store.client(id))!), false, "one is not enough");
  assert.ok(await refused(wang), "not twice by one");
  const done = await decideOnClient(provider, session(chen), id, { approve: true });
  assert.ok(done.ok && provider.isUsable(done.value));
  assert.ok(Math.abs(done.value.expires_at!.getTime() - Date.now() - 365 * 24 * 3_600_000) < 60_000);
  const listed = (await publishedClients(provider)).find(({ client_id }) => client_id === id);
  assert.equal(listed?.owner, "TW/GOV/TRIAL");
  assert.doesNotMatch(JSON.stringify(listed), new RegExp(dev!), "who looks after it is not published");
  // Of an approved client only keys and the sign-out address change.
  const changed = await changeClient(provider, session(dev), id, {
    ...form,
    redirectUris: "https://elsewhere.example/",
    scopes: "birth_date address.registered",
    backchannelLogoutUri: "https://trial.example/logout",
  });
  assert.ok(changed.ok);
  assert.deepEqual(changed.value.metadata.redirectUris, ["https://trial.example/back"]);
  assert.deepEqual(changed.value.metadata.scopes, ["birth_date"]);
  assert.equal(changed.value.metadata.backchannelLogoutUri, "https://trial.example/logout");
  // Near its end it stands among those to decide again, and keeps working meanwhile.
  await provider.store.putClient({ ...changed.value, expires_at: new Date(Date.now() + 1000) });
  assert.equal((await clientsToDecide(provider)).length, 1);
  assert.ok(
    (await decideOnClient(provider, session(wang), id, { approve: true })).ok,
    "the officers of last year may decide again",
  );
});

test("one refusal turns a client down", async () => {
  const made = await registerSandbox(provider, session(dev), good);
  assert.ok(made.ok);
  const asked = await askForProduction(provider, session(dev), made.value.id, { owner: "TW/GOV/Y", form: good });
  assert.ok(asked.ok);
  assert.ok((await decideOnClient(provider, session(wang), asked.value.id, { approve: false, reason: "no" })).ok);
  assert.equal((await provider.store.client(asked.value.id))?.status, "refused");
  assert.equal((await decideOnClient(provider, session(chen), asked.value.id, { approve: true })).ok, false);
});

test("where people are real, a sandbox signs in nobody but its manager, and tells nothing from registers", async () => {
  const real = await providerSite({ demonstration: false });
  const person = await real.person("A700000001", "真人");
  const rp = await real.addClient({ environment: "sandbox" });
  const page = await (await real.browser(person)).open((await begin(rp)).url);
  assert.equal(page.status, 403);
  assert.match(page.html, /still being tested/);
  const { manager_id } = (await real.provider.store.client(rp.id))!;
  const tokens = await signInAt(rp, await real.browser(manager_id));
  assert.ok(tokens.claims()?.sub);
});

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await what()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("it did not come");
}

test("an API is registered like a client; nobody else takes its address, and sandboxes keep to themselves", async () => {
  const audience = "https://api.trial.example/";
  const api: ClientForm = { ...good, redirectUris: "", scopes: "", audience, audienceScopes: "cases.read" };
  const made = await registerSandbox(provider, session(dev), api);
  assert.ok(made.ok, JSON.stringify(made));
  const squatter = await registerSandbox(provider, session(other), api);
  assert.ok(!squatter.ok && squatter.error.faults?.[0]?.field === "audience");
  assert.equal((await provider.store.resourceServer(audience, "production"))?.id, undefined);
  const disguised = await registerSandbox(provider, session(other), { ...api, audienceScopes: "birth_date" });
  assert.ok(!disguised.ok, "no scope that reads like register data");
});
