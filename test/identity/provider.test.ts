import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { providerSite, signInAt } from "./provider-site.ts";

const site = await providerSite();
const mei = await site.person("A700000001", "林美惠");

test("a person signs in at a plain client by discovery alone: code, PKCE, one click", async () => {
  const rp = await site.addClient();
  const tokens = await signInAt(rp, await site.browser(mei));
  const claims = tokens.claims()!;
  assert.equal(claims.iss, site.issuer);
  assert.equal(claims["acr"], "urn:taroko:loa:high");
  assert.notEqual(claims.sub, mei, "a pairwise name, not ours");
  const user = await client.fetchUserInfo(rp.config, tokens.access_token, claims.sub);
  assert.deepEqual(user, { sub: claims.sub, name: "林美惠" });
});

test("a government client signs people in by FAPI 2.0: pushed request, DPoP, a key instead of a secret", async () => {
  const rp = await site.addClient({ profile: "fapi" });
  const tokens = await signInAt(rp, await site.browser(mei), {}, { par: true, dpop: true });
  assert.equal(tokens.token_type, "dpop");
});
