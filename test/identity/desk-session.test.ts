import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { appointOfficer, openIdentity, registerPerson } from "#identity";
import { fixedClock, randomToken, uuidV7 } from "#kernel";
import { testDatabase } from "#store/testing";
import { tokenHash } from "../../src/identity/keys.ts";
import { cookieNames, readVisit } from "../../src/sites/portal/request.ts";

const clock = fixedClock("2026-03-02T01:00:00Z");
const origin = "https://portal.test";
const identity = await openIdentity({
  database: await testDatabase(),
  clock,
  siteSecret: new Uint8Array(32).fill(7),
  origin,
  trustedIssuers: [],
  country: "TW",
});

test("a session opened at an agency's own provider is one at the desk, and none anywhere else", async () => {
  const { id: personId } = await registerPerson(identity, { nationalId: "A700000001", name: "王承辦" });
  const { office } = await appointOfficer(identity, { personId, agency: "social", roles: ["caseworker"] });
  const at = clock.now();
  const bytes = Buffer.from(personId);
  const credentialId = await identity.store.putCredential({
    id: uuidV7(at),
    personId,
    kind: "agency-account",
    fingerprint: bytes,
    issuerFingerprint: bytes,
    serial: "1",
    notAfter: at,
    at,
  });
  const token = randomToken();
  await identity.store.putSession({
    id: uuidV7(at),
    tokenHash: tokenHash(token),
    personId,
    credentialId,
    acr: "urn:taroko:loa:substantial",
    amr: [],
    csrf: "x",
    sealedCertificate: null,
    agentHash: null,
    office: { id: office, withheld: [] },
    at,
    expiresAt: new Date(at.getTime() + 60_000),
  });
  const app = new Hono();
  app.all("*", async (c) =>
    c.text((await readVisit(c, identity, cookieNames(origin))).session?.person.name ?? "nobody"),
  );
  const seen = async (path: string) =>
    (await app.request(origin + path, { headers: { cookie: `__Host-taroko-session=${token}` } })).text();
  for (const path of ["/desk", "/desk/staff", "/desk/office", "/rules", "/decisions", "/sign-out"])
    assert.equal(await seen(path), "王承辦", path);
  for (const path of [
    "/",
    "/account",
    "/applications",
    "/my-data/usage",
    "/mandates",
    "/act-for",
    "/signin/x",
    "/oidc/auth",
    "/deskless",
    "/Desk",
    "//desk",
  ])
    assert.equal(await seen(path), "nobody", path);
});
