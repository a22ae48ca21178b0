import assert from "node:assert/strict";
import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, X509Certificate } from "node:crypto";
import test from "node:test";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { acceptConfiguration, contentDigest, type ConfigurationBody } from "../configuration/configuration.ts";
import { publicJwkOf } from "../gateway/enrol.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { authorityLog, named, testFolder, testMember } from "../testing.ts";
import { openAuthority, type AuthorityOptions } from "./authority.ts";
import { certificateRequest } from "./certificates.ts";
import { authorityRoutes } from "./routes.ts";
import { stagedCount } from "../test-store.ts";
import { signStatement, type GatewayStatement } from "./statement.ts";

const clock = fixedClock("2026-11-22T08:00:00Z");
const database = await testDatabase();
const log = await authorityLog(database, clock);
const options: AuthorityOptions = { database, log, keysFolder: testFolder(), instance: "TW", clock };
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
    ["invitation", announce({ csr: "no request" })],
    ["member", announce({ gateway: "TW/GOV/NOBODY/gw1", csr: "no request", invitation: used })],
    ["instance", announce({ instance: "XX", invitation: used })],
    ["clock", announce({ issuedAt: "2026-11-22T07:50:00.000Z", invitation: used })],
    ["member", announce({ gateway: "TW/GOV/NOBODY/gw1", invitation: used })],
    ["gateway", announce({ gateway: "TW/GOV/MOI/gw1/x", invitation: used })],
    ["subsystem", announce({ subsystems: ["b"], invitation: used })],
    ["certificate-request", announce({ csr: "no request", invitation: used })],
    ["certificate-request", announce({ csr: undefined, invitation: used })],
    ["signature-or-format", announce({ invitation: used }, key())],
    ["signature-or-format", announce({ address: "not an address", invitation: used })],
    ...["file:///etc", "http://", "https://log.test/a b", "https://log.test/\nquorum none", " https://log.test"].map(
      (url): [string, Promise<string>] => [
        "signature-or-format",
        announce({ logs: [{ origin: "log.test/MOI", vkey: "any", url }], invitation: used }),
      ],
    ),
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

test("the configuration says where the public reads a member's log", async () => {
  const logs = [{ origin: "log.test/MOI", vkey: "any", url: "https://log.test/moi/" }];
  assert.match(await announce({ logs }), /CERTIFICATE/);
  assert.deepEqual(body().gateways[0]?.logs, logs);
  const accepted = acceptConfiguration(authority.current(), { anchor: authority.anchor, now: clock.now() });
  assert.deepEqual(accepted.ok && accepted.value.body.gateways[0]?.logs, logs);
});

test("no member registers another's key or log, nor the authority's log, and so takes nothing away by retiring", async () => {
  const enemy = testMember("ENEMY");
  await authority.registerMember({ id: enemy, name: named("Enemy"), subsystems: [] });
  const invited = await authority.invite(enemy);
  assert.ok(invited.ok);
  const own = key();
  const { logs } = body().gateways[0]!;
  const [{ origin } = { origin: "" }] = logs;
  const asEnemy = (change: Partial<GatewayStatement>): Promise<string> =>
    announce(
      {
        gateway: "TW/GOV/ENEMY/gw1",
        subsystems: [],
        signingKey: publicJwkOf(own),
        invitation: invited.value.invitation,
        nonce: randomUUID(),
        ...change,
      },
      own,
    );
  const cases: readonly (readonly [reason: string, change: Partial<GatewayStatement>])[] = [
    ["key-of-another", { consentKeys: [publicJwkOf(signing)] }],
    ["log-of-another", { logs: [{ origin, vkey: "mine" }] }],
    ["log-of-another", { logs: [{ origin: "log.test/ENEMY", vkey: `${origin}+00000000+AAAA` }] }],
    ["log-of-another", { logs: [{ origin: log.origin, vkey: "mine" }] }],
  ];
  for (const [reason, change] of cases) assert.equal(await asEnemy(change), `refused: ${reason}`);
  assert.match(await asEnemy({}), /CERTIFICATE/);
  for (const [reason, change] of cases) assert.equal(await asEnemy(change), `refused: ${reason}`);
  await authority.retireGateway("TW/GOV/ENEMY/gw1", "Lin Mei");
  assert.equal(body().revokedKeys.includes(jwkThumbprint(publicJwkOf(signing))), false);
});

test("a revoked key is out of the configuration's use and cannot speak again", async () => {
  const keyid = jwkThumbprint(publicJwkOf(signing));
  await authority.revokeKey(keyid, "lost");
  assert.ok(body().revokedKeys.includes(keyid));
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

const at = "2026-11-22T08:00:00Z";
const mark = digestOf("mark");

function digestOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("base64url");
}

test("every act of the authority is an entry, and what changed nothing is none", async () => {
  const own = await testDatabase();
  const written = await authorityLog(own, clock);
  const acting = await openAuthority({ database: own, log: written, keysFolder: testFolder(), instance: "TW", clock });
  const id = testMember("MOI");
  const registration = { id, name: named("Interior"), subsystems: [{ code: "a", name: named("A") }] };
  await acting.registerMember(registration);
  await acting.registerMember(registration);
  await acting.registerMember({ ...registration, name: named("Home affairs") });
  const invited = await acting.invite(id);
  assert.ok(invited.ok);
  const statement = {
    instance: "TW",
    issuedAt: clock.now().toISOString(),
    gateway: "TW/GOV/MOI/gw1",
    address: "10.0.0.1:5600",
    subsystems: ["a"],
    signingKey: publicJwkOf(signing),
    consentKeys: [],
    logs: [],
    csr,
  };
  const say = async (change: object) =>
    acting.admit(await signStatement({ ...statement, ...change }, { keyid: "any", privateKey: signing }));
  const admitted = await say({ invitation: invited.value.invitation });
  assert.ok(admitted.ok && (await say({})).ok && (await say({ csr: undefined, address: "10.0.0.2:5600" })).ok);
  await acting.issue();
  const keyid = jwkThumbprint(publicJwkOf(signing));
  await acting.revokeKey(keyid, "lost");
  await acting.revokeKey(keyid, "lost again");
  await acting.close();

  written.start();
  const last = await written.append(own, { v: 1, t: "key.revoked", at, key: mark });
  await written.wait(last, "integrated", 3000);
  const entries = (await written.entries(0n, 100)).map(({ entry }) => JSON.parse(entry) as Record<string, string>);
  await written.stop();
  assert.deepEqual(
    entries.slice(0, -1).map(({ t, change }) => (change ? `${t} ${change}` : t)),
    [
      "configuration.issued",
      "member.registered registered",
      "configuration.issued",
      "member.registered changed",
      "configuration.issued",
      "invitation.made",
      "gateway.enrolled enrolled",
      "certificate.issued",
      "configuration.issued",
      "certificate.issued",
      "configuration.issued",
      "gateway.enrolled changed",
      "configuration.issued",
      "key.revoked",
      "configuration.issued",
    ],
  );
  const enrolled = entries.find(({ t }) => t === "gateway.enrolled");
  assert.equal(enrolled?.["inv"], digestOf(invited.value.invitation));
  assert.equal(enrolled?.["key"], keyid);
  const certificate = entries.find(({ t }) => t === "certificate.issued");
  assert.equal(certificate?.["dig"], digestOf(new X509Certificate(admitted.value.certificate!).raw));
  const { signed } = JSON.parse(acting.current()) as { signed: ConfigurationBody };
  assert.deepEqual(signed.logs, [{ origin: written.origin, vkey: written.vkey }]);
  const newest = entries.findLast(({ t }) => t === "configuration.issued");
  assert.equal(newest?.["dig"], contentDigest(signed), "the newest content is the one on record");
});

test("an act that the log refuses does not happen, and a refused one leaves no entry", async () => {
  const own = await testDatabase();
  const written = await authorityLog(own, clock);
  const options = { database: own, log: written, keysFolder: testFolder(), instance: "TW", clock };
  const acting = await openAuthority(options);
  const id = testMember("MOI");
  const twin = { id: testMember("moi"), name: named("x"), subsystems: [] };
  assert.ok((await acting.registerMember({ id, name: named("x"), subsystems: [] })).ok);
  const before = await stagedCount(own);
  assert.ok(!(await acting.registerMember(twin)).ok && !(await acting.invite(twin.id)).ok);
  assert.ok(!(await acting.admit("no statement")).ok);
  assert.equal(await stagedCount(own), before);

  const mute = { ...written, append: () => Promise.reject(new Error("the log is broken")) };
  const unable = await openAuthority({ ...options, log: mute });
  const version = (await unable.issue()).version;
  await assert.rejects(unable.invite(id));
  await assert.rejects(unable.revokeKey(mark, "lost"));
  await assert.rejects(unable.registerMember({ id: testMember("MOF"), name: named("x"), subsystems: [] }));
  const { signed } = JSON.parse(unable.current()) as { signed: ConfigurationBody };
  assert.deepEqual([signed.version, signed.revokedKeys, signed.members.length], [version, [], 1]);
  for (const one of [acting, unable]) await one.close();
});
