import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import test from "node:test";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { acceptConfiguration, type ConfigurationBody } from "../configuration/configuration.ts";
import { publicJwkOf } from "../gateway/enrol.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { named, testFolder, testMember } from "../testing.ts";
import { openAuthority, type AuthorityOptions } from "./authority.ts";
import { certificateRequest } from "./certificates.ts";
import { authorityRoutes } from "./routes.ts";
import { signStatement, type GatewayStatement } from "./statement.ts";

const clock = fixedClock("2026-11-22T08:00:00Z");
const options: AuthorityOptions = { database: await testDatabase(), keysFolder: testFolder(), instance: "TW", clock };
const authority = await openAuthority(options);
const routes = authorityRoutes(authority);
const member = testMember("MOI");
await authority.registerMember({ id: member, name: named("Interior"), subsystems: [{ code: "a", name: named("A") }] });

const key = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const signing = key();
const tlsPem = key().export({ type: "pkcs8", format: "pem" }).toString();
const csr = await certificateRequest(tlsPem, createPrivateKey(tlsPem), "TW/GOV/MOI/gw1");

async function invitation(): Promise<string> {
  const invited = await authority.invite(member);
  assert.ok(invited.ok);
  return invited.value.invitation;
}

function body(): ConfigurationBody {
  return (JSON.parse(authority.current()) as { signed: ConfigurationBody }).signed;
}

async function announce(change: Partial<GatewayStatement>, by = signing): Promise<string> {
  const jws = await signStatement(
    {
      instance: "TW",
      issuedAt: clock.now().toISOString(),
      gateway: "TW/GOV/MOI/gw1",
      address: "10.0.0.1:5600",
      subsystems: ["a"],
      signingKey: publicJwkOf(signing),
      consentKeys: [],
      logs: [],
      csr,
      ...change,
    },
    { keyid: "any", privateKey: by },
  );
  const answer = await routes(new Request("http://authority/gateways", { method: "POST", body: jws }));
  const said = (await answer.json()) as { reason?: string; certificate?: string };
  return answer.status === 201 ? (said.certificate ?? "admitted") : `refused: ${said.reason}`;
}

test("a gateway is not admitted without what vouches for it", async () => {
  const used = await invitation();
  const [head, , signature] = (await signStatement({} as GatewayStatement, { keyid: "k", privateKey: signing })).split(
    ".",
  );
  const cases: [string, Promise<string>][] = [
    ["invitation", announce({})],
    ["invitation", announce({ invitation: "guess" })],
    ["instance", announce({ instance: "XX", invitation: used })],
    ["clock", announce({ issuedAt: "2026-11-22T07:50:00.000Z", invitation: used })],
    ["member", announce({ gateway: "TW/GOV/NOBODY/gw1", invitation: used })],
    ["gateway", announce({ gateway: "TW/GOV/MOI/gw1/x", invitation: used })],
    ["subsystem", announce({ subsystems: ["b"], invitation: used })],
    ["certificate-request", announce({ csr: "no request", invitation: used })],
    ["certificate-request", announce({ csr: undefined, invitation: used })],
    ["signature-or-format", announce({ invitation: used }, key())],
    ["signature-or-format", announce({ address: "not an address", invitation: used })],
  ];
  for (const [reason, answer] of cases) assert.equal(await answer, `refused: ${reason}`);
  const garbage = await authority.admit(`${head}.e30.${signature}`);
  assert.ok(!garbage.ok);
  assert.deepEqual(body().gateways, []);
});

test("with an invitation it is, once; later its own key is enough", async () => {
  const once = await invitation();
  const certificate = new X509Certificate(await announce({ invitation: once }));
  assert.ok(certificate.checkIssued(new X509Certificate(body().certificateAuthority)));
  assert.equal(certificate.subjectAltName, "IP Address:10.0.0.1");
  const [gateway] = body().gateways;
  assert.deepEqual(gateway?.clients, ["TW/GOV/MOI", "TW/GOV/MOI/a"]);
  assert.equal(gateway.signingKeys[0]?.keyid, jwkThumbprint(publicJwkOf(signing)));

  const thief = key();
  const stolen = { signingKey: publicJwkOf(thief), invitation: once };
  assert.equal(await announce(stolen, thief), "refused: invitation");
  assert.match(await announce({ address: "10.0.0.2:5600" }), /CERTIFICATE/);
  assert.equal(body().gateways[0]?.address, "10.0.0.2:5600");
  assert.equal(body().gateways[0]?.tlsFingerprints.length, 2, "the one before is good until peers have heard");
});

test("a revoked key is out of the configuration's use and cannot speak again", async () => {
  const keyid = jwkThumbprint(publicJwkOf(signing));
  await authority.revokeKey(keyid, "lost");
  assert.deepEqual(body().revokedKeys, [keyid]);
  assert.equal(await announce({}), "refused: invitation");
  assert.equal(await announce({ invitation: await invitation() }), "refused: key-revoked");
  const fresh = key();
  const renewed = { signingKey: publicJwkOf(fresh), invitation: await invitation() };
  assert.match(await announce(renewed, fresh), /CERTIFICATE/);
});

test("codes that differ only by case are not registered twice", async () => {
  const twin = await authority.registerMember({ id: testMember("Moi"), name: named("x"), subsystems: [] });
  assert.deepEqual(twin, { ok: false, error: { code: "register-conflict" } });
  const odd = await authority.registerMember({ id: testMember("a/b"), name: named("x"), subsystems: [] });
  assert.ok(!odd.ok && odd.error.code === "call-malformed");
});

test("the configuration proves itself and its version survives a restart", async () => {
  const served = await routes(new Request("http://authority/configuration"));
  const text = await served.text();
  assert.equal(served.headers.get("cache-control"), "no-cache");
  assert.ok(acceptConfiguration(text, { anchor: authority.anchor, now: clock.now() }).ok);
  const before = body().version;
  await authority.close();
  const again = await openAuthority(options);
  assert.equal(again.anchor, authority.anchor);
  const next = (JSON.parse(again.current()) as { signed: ConfigurationBody }).signed;
  assert.equal(next.version, before + 1);
  assert.deepEqual(next.members, body().members);
  await again.close();
});
