import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { Clock } from "#kernel";
import { openGateway } from "./gateway/gateway.ts";
import { peopleServices, testAuthority, testGateway, testMember } from "./testing.ts";

// Certificates live seven days and are renewed in the middle. TLS looks at the real clock, so the two renewals must lie
// in the past, and each certificate must still be good today.
const minute = 60_000;
const halfLife = 3.5 * 24 * 60 * minute;
let offset = -2 * halfLife + 4 * minute;
const clock: Clock = { now: () => new Date(Date.now() + offset) };

test("a certificate past half its life is renewed at start, and peers learn the new one by themselves", async (t) => {
  const { person } = await peopleServices();
  const at = await testAuthority({ clock });
  const shared = { clock, pollSeconds: 3600 };
  const app = { ...testMember("PORTAL"), subsystemCode: "app" };
  const options = { ...shared, member: testMember("REG"), subsystems: ["people"], services: [person("open")] };
  const provider = await testGateway(at, options);
  await provider.gateway.rights.grant({ subsystem: "people", serviceCode: "open", subject: app });
  const consumer = await testGateway(at, {
    ...shared,
    member: testMember("PORTAL"),
    subsystems: ["app"],
    services: [],
  });
  const fingerprint = (): string =>
    new X509Certificate(readFileSync(join(provider.options.keysFolder, "tls.cert.pem"))).fingerprint256;
  let said = "";
  const call = async (): Promise<number> => {
    const answer = await fetch(`${consumer.agencyUrl}/r1/TW/GOV/REG/people/open/v1/lookup`, {
      method: "POST",
      headers: { "x-road-client": "TW/GOV/PORTAL/app", "content-type": "application/json" },
      body: '{"id":"A700000001"}',
    });
    said = await answer.text();
    return answer.status;
  };
  // A question may be under way that was asked before the clock was moved; the second one begins after it.
  const refreshed = async (): Promise<void> => {
    await consumer.gateway.refresh();
    await consumer.gateway.refresh();
  };
  assert.equal(await call(), 200);
  const first = fingerprint();

  await provider.gateway.close();
  const young = await openGateway(provider.options);
  assert.equal(fingerprint(), first, "a young certificate is kept");
  await young.close();

  offset = -halfLife + 2.2 * minute;
  await at.authority.issue();
  const renewed = await openGateway(provider.options);
  t.after(() => renewed.close());
  assert.notEqual(fingerprint(), first);
  await renewed.listen();
  await refreshed(); // its own copy has expired meanwhile
  assert.equal(await call(), 200);

  await renewed.close();
  offset = 0;
  await at.authority.issue();
  await refreshed(); // knows the certificate of before the next renewal only
  const again = await openGateway(provider.options);
  t.after(() => again.close());
  await again.listen();
  assert.equal(await call(), 200, `an unknown certificate makes the consumer ask the authority once: ${said}`);
});
