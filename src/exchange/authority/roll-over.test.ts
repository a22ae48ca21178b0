import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import type { JsonValue } from "#kernel";
import { acceptConfiguration, type SignedConfiguration } from "../configuration/configuration.ts";
import { anchorKeyid, publicText, type SignedRoot } from "../configuration/root.ts";
import { openGateway } from "../gateway/gateway.ts";
import { peopleServices, testCountry, testFolder, testAuthority } from "../testing.ts";
import { newAuthorityKey } from "./keys.ts";
import { issuersAt, type Issuer } from "./issuers.ts";
import { addSignature } from "./roots.ts";

const people = await peopleServices();
const { at, provider, consumer, clock, call } = await testCountry({
  services: [people.person("open")],
  grants: [{ serviceCode: "open" }],
  // Short, as certificates are good from five minutes before their issue, by the machine's clock.
  lifetime: { soft: 120 },
});
const { authority } = at;
const gateways = [provider, consumer];
const everybody = async (): Promise<void> => {
  for (const one of gateways) await one.gateway.refresh();
  for (const one of gateways) await one.gateway.registration.check();
  for (const one of gateways) await one.gateway.refresh();
};
const accepted = () => acceptConfiguration(authority.current(), { anchor: authority.anchor, now: clock.now() });

test("the authority's key rolls: every gateway follows by itself, calls go on, the old key is worth nothing", async () => {
  const before = authority.current();
  assert.deepEqual(await authority.rollKey("Lin Mei"), { ok: true, value: { version: 2 } });
  assert.deepEqual(await authority.rollKey("Lin Mei"), { ok: true, value: { version: 3 } });
  await everybody();
  for (const { gateway } of gateways) assert.equal(gateway.configuration().rootVersion, 3, "one by one, two at once");
  assert.equal((await call("open")).status, 200);

  const read = accepted();
  assert.ok(read.ok && read.value.root.body.version === 3);
  const back = acceptConfiguration(before, { anchor: authority.anchor, now: clock.now(), previous: read.value });
  assert.deepEqual(!back.ok && back.error.params, { reason: "root-went-back" });
  const restarted = await openGateway(consumer.options);
  assert.equal(restarted.configuration().rootVersion, 3, "a gateway that holds the first key only finds the way again");
  await restarted.close();
});

test("keys that are kept offline: two of three must sign, and then the authority alone changes nothing", async () => {
  const offline = [1, 2, 3].map(() => createPrivateKey(newAuthorityKey()));
  const plan = { rootKeys: offline.map((key) => publicText(key)), rootThreshold: 2 };
  const proposed = await authority.proposeRoot(plan);
  const install = async (document: SignedRoot) => {
    const done = await authority.installRoot(document as unknown as JsonValue, "Lin Mei");
    return done.ok ? done.value.version : done.error.params?.["reason"];
  };
  const once = addSignature(proposed, offline[0]!);
  assert.equal(await install(proposed), "root-signatures-new");
  assert.equal(await install(once), "root-signatures-new", "one of three");
  assert.equal(await install(addSignature(once, offline[0]!)), "root-signatures-new", "the same key twice");
  const strangers = {
    ...addSignature(once, offline[2]!),
    signatures: addSignature(once, offline[2]!).signatures.slice(1),
  };
  assert.equal(await install(strangers), "root-signatures-old", "without the key that spoke before");
  assert.equal(await install(addSignature(once, offline[2]!)), 4);
  assert.equal(await install(addSignature(once, offline[2]!)), "root-version", "installed twice");

  const alone = await authority.rollKey("a thief at the authority");
  assert.deepEqual(!alone.ok && alone.error.params, { reason: "root-signatures-old" });
  const next = await authority.proposeRoot({ expires: new Date(clock.now().getTime() + 3_600_000).toISOString() });
  assert.equal(await install(addSignature(addSignature(next, offline[1]!), offline[2]!)), 5);
  await everybody();
  const { rootVersion, expires = "" } = consumer.gateway.configuration();
  assert.deepEqual([rootVersion, expires <= next.signed.expires!], [5, true], "nothing outlives its root");
  assert.equal((await call("open")).status, 200);
});

test("the certificate authority rolls: both are trusted, gateways renew by themselves, calls never stop", async () => {
  const serial = (one: (typeof gateways)[number]) => one.gateway.registration.certificate().notAfter.getTime();
  const first = gateways.map(serial);
  const trusted = () => {
    const { certificateAuthority } = (JSON.parse(authority.current()) as SignedConfiguration).signed;
    return certificateAuthority.match(/-----BEGIN/g)?.length;
  };
  assert.equal(trusted(), 1);
  const { issuesFrom } = await authority.rollCertificateAuthority("Lin Mei");
  assert.equal(trusted(), 2);
  await everybody();
  assert.deepEqual(gateways.map(serial), first, "it does not issue before everybody trusts it");
  assert.equal((await call("open")).status, 200);

  clock.advance(issuesFrom.getTime() - clock.now().getTime() + 1000);
  await authority.issue();
  await provider.gateway.refresh();
  await provider.gateway.registration.check();
  assert.notEqual(serial(provider), first[0]);
  assert.equal((await call("open")).status, 200, "one has a certificate of the new one, the other of the old one");
  await everybody();
  assert.notEqual(serial(consumer), first[1]);
  assert.equal((await call("open")).status, 200);
});

test("a member's signing key rolls under way: calls signed by the old and by the new one are taken", async () => {
  const before = consumer.gateway.registration.keyid();
  const rolled = await consumer.gateway.rollKey("Wang Shu");
  assert.ok(rolled.ok && rolled.value.keyid !== before);
  assert.equal(consumer.gateway.registration.keyid(), rolled.value.keyid);
  assert.equal((await call("open")).status, 200, "the provider asks for the new key by itself");
  assert.ok(!existsSync(join(consumer.options.keysFolder, "signing.next.key.pem")));

  // Killed after the authority had the new key and before the file was renamed: both files are there.
  const { gatewayKeys, nextSigningKey, announce } = await import("../gateway/enrol.ts");
  const next = await nextSigningKey(consumer.options.keysFolder);
  const registered = (JSON.parse(authority.current()) as SignedConfiguration).signed.gateways.find(
    (one) => one.id === consumer.gateway.id,
  );
  await announce({
    authorityUrl: at.url,
    keysFolder: consumer.options.keysFolder,
    keys: await gatewayKeys(consumer.options.keysFolder),
    wanted: {
      gatewayId: consumer.gateway.id,
      instance: "TW",
      address: registered!.address,
      subsystems: ["app"],
      clients: registered!.clients,
      consentKeys: registered!.signingKeys.filter(({ use }) => use === "consent").map(({ jwk }) => jwk as never),
      logs: registered!.logs,
    },
    invitation: undefined,
    clock,
    next,
  });
  const restarted = await openGateway(consumer.options);
  assert.equal(restarted.registration.keyid(), next.keyid);
  await restarted.close();
});

test("an authority that lost its signing key says so instead of signing with another", async () => {
  const keysFolder = testFolder();
  const lone = await testAuthority({ keysFolder });
  await lone.authority.rollKey("Lin Mei");
  const { trusted } = await lone.authority.root();
  const [keyid = ""] = trusted.body.roles.configuration.keyids;
  assert.notEqual(keyid, anchorKeyid(lone.authority.anchor));
  await rm(join(keysFolder, `authority-${keyid}.key.pem`));
  await assert.rejects(lone.authority.issue(), { code: "key-missing" });
});

test("who issues, and who is trusted, at the instants themselves", () => {
  const day = 86_400_000;
  const start = Date.parse("2026-11-22T08:00:00Z");
  const issuer = (cert: string, from: number): Issuer => ({ key: "", cert, from: new Date(from).toISOString() });
  const list = [issuer("old", 0), issuer("new", start)];
  const at = (ms: number): string => {
    const { issuing, trusted } = issuersAt(list, new Date(ms));
    return `${issuing.cert}: ${trusted.map((one) => one.cert).join(" ")}`;
  };
  assert.equal(at(start - 1), "old: old new");
  assert.equal(at(start), "new: new old");
  assert.equal(at(start + 8 * day), "new: new old");
  assert.equal(at(start + 8 * day + 1), "new: new");
  assert.ok(new X509Certificate(certificateOf(authority.current())).ca);
});

function certificateOf(document: string): string {
  return (JSON.parse(document) as SignedConfiguration).signed.certificateAuthority;
}
