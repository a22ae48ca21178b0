import assert from "node:assert/strict";
import { test } from "node:test";
import { exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";
import {
  askForProduction,
  changeClient,
  clientFormOf,
  decideOnClient,
  deleteClient,
  registerSandbox,
  type ClientForm,
  type Session,
} from "#identity";
import { begin, providerSite } from "./provider-site.ts";

const site = await providerSite();
const { provider } = site;
const [dev, wang, chen, lee] = await Promise.all([1, 2, 3, 4].map((n) => site.person(`A70000000${n}`, `人${n}`)));
const session = (id: string | undefined): Session => ({ id, person: { id, name: "" } }) as unknown as Session;
const jwk = { ...(await exportJWK((await generateKeyPair("ES256")).publicKey)), kid: "k1" };

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
  scopes: "",
  optional: "",
  minAcr: "urn:taroko:loa:low",
  mandates: "",
  userinfo: "json",
  resources: "",
  audience: "",
  audienceScopes: "",
  tokenFormat: "opaque",
};

async function asked(owner = "TW/GOV/TRIAL"): Promise<string> {
  const made = await registerSandbox(provider, session(dev), good);
  assert.ok(made.ok);
  const form = clientFormOf("fapi", made.value.metadata);
  const done = await askForProduction(provider, session(dev), made.value.id, { owner, form });
  await deleteClient(provider, session(dev), made.value.id);
  assert.ok(done.ok);
  return done.value.id;
}

test("an approved government client cannot shed its keys by calling itself simple", async () => {
  const id = await asked();
  for (const officer of [wang, chen])
    assert.ok((await decideOnClient(provider, session(officer), id, { approve: true })).ok);
  await changeClient(provider, session(dev), id, { ...good, profile: "plain", jwks: "" });
  const { metadata } = (await provider.store.client(id))!;
  assert.ok(metadata.jwks ?? metadata.jwksUri, "still proves itself with a key");
});

test("decisions at one moment: what was refused, deleted or approved meanwhile stays so", async () => {
  for (let round = 0; round < 6; round += 1) {
    const id = await asked();
    assert.ok((await decideOnClient(provider, session(wang), id, { approve: true })).ok);
    const first =
      round % 2 === 0
        ? decideOnClient(provider, session(lee), id, { approve: false, reason: "no" })
        : deleteClient(provider, session(dev), id);
    const [out, approved] = await Promise.all([first, decideOnClient(provider, session(chen), id, { approve: true })]);
    const { status } = (await provider.store.client(id))!;
    assert.ok(out.ok || approved.ok);
    if (out.ok && !approved.ok) assert.notEqual(status, "active");
    if (round % 2 === 1) assert.equal(status, "deleted");
    if (out.ok && round % 2 === 0) assert.equal(status, "refused", `approved: ${approved.ok}`);
    await provider.store.dropDecisions(id);
  }
});

test("a third approval at the moment of the second is no approval for next year", async () => {
  const id = await asked();
  assert.ok((await decideOnClient(provider, session(wang), id, { approve: true })).ok);
  await Promise.all([chen, lee].map((officer) => decideOnClient(provider, session(officer), id, { approve: true })));
  assert.equal((await provider.store.client(id))?.status, "active");
  assert.deepEqual(await provider.store.decisions(id, new Date()), []);
});

test("a change at the moment of a deletion does not bring the client back", async () => {
  for (let round = 0; round < 6; round += 1) {
    const made = await registerSandbox(provider, session(dev), good);
    assert.ok(made.ok);
    const { id } = made.value;
    await Promise.all([
      deleteClient(provider, session(dev), id),
      changeClient(provider, session(dev), id, { ...good, nameEn: "Changed" }),
      changeClient(provider, session(dev), id, { ...good, nameEn: "Changed again" }),
    ]);
    assert.equal((await provider.store.client(id))?.status, "deleted");
  }
});

test("names that deceive the eye are refused", async () => {
  for (const bad of ["\u202Eevil", "Ministry\u200B", "a\u2066b", "\u0007"])
    for (const field of ["nameEn", "nameZh", "purposeEn", "retentionZh", "legalBasis"] as const) {
      const made = await registerSandbox(provider, session(dev), { ...good, [field]: `x${bad}x` });
      assert.ok(!made.ok, `${field} ${JSON.stringify(bad)}`);
      assert.ok(
        made.error.faults?.some((fault) => fault.field === field),
        `${field} ${JSON.stringify(bad)}`,
      );
    }
  const made = await registerSandbox(provider, session(dev), good);
  assert.ok(made.ok);
  for (const owner of ["ＴＷ/GOV/MOI", "TW/GОV/MOI", `sandbox/${lee}`, "TW//GOV", "../TW"]) {
    const done = await askForProduction(provider, session(dev), made.value.id, { owner, form: good });
    assert.equal(done.ok, false, owner);
  }
  await deleteClient(provider, session(dev), made.value.id);
});

test("where people are real, a trial gets no token that a real API would take", async () => {
  const real = await providerSite({ demonstration: false });
  const audience = "https://api.agency.example/";
  const resource = { audience, scopes: ["cases"], format: "jwt" } as const;
  const attacker = await real.addClient({
    environment: "sandbox",
    profile: "fapi",
    owner: "sandbox/x",
    metadata: { resources: [audience] },
  });
  const { manager_id } = (await real.provider.store.client(attacker.id))!;
  await real.addClient({
    environment: "sandbox",
    profile: "fapi",
    owner: "sandbox/x",
    metadata: { resource, redirectUris: [] },
  });
  const api = await real.addClient({ profile: "fapi", metadata: { resource, redirectUris: [] } });
  const browser = await real.browser(manager_id);
  const begun = await begin(attacker, { scope: "openid cases", resource: audience }, { par: true, dpop: true });
  const page = await browser.open(begun.url);
  const back = await browser.press(page, "/consent");
  const tokens = await client.authorizationCodeGrant(
    attacker.config,
    back.url,
    begun.checks,
    { resource: audience },
    { DPoP: begun.dpop! },
  );
  const token = tokens.access_token;
  assert.ok(!token.includes("."), "not readable");
  assert.equal(
    (await client.tokenIntrospection(api.config, token)).active,
    false,
    "nor does it vouch for one that is asked about",
  );
});

test("an approval counts no longer once its officer has lost the role", async () => {
  const id = await asked();
  const until = (day: string): Promise<unknown> =>
    site.rows(`with o as (insert into identity.office (id, person_id, agency, name, created_at)
      values (gen_random_uuid(), '${wang}', 'MODA', '王', now()) returning id)
      insert into identity.office_term (id, office_id, role, from_at, until_at)
      select gen_random_uuid(), id, 'client-approver', now() - interval '9 days', now() ${day} from o`);
  await until("- interval '1 second'");
  assert.ok((await decideOnClient(provider, session(wang), id, { approve: true })).ok);
  assert.ok((await decideOnClient(provider, session(chen), id, { approve: true })).ok);
  assert.notEqual((await provider.store.client(id))?.status, "active", "one of the two is no officer any more");
});
