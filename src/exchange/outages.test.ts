import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import type { Log } from "#ledger";
import { testDatabase } from "#store/testing";
import { openGateway } from "./gateway/gateway.ts";
import { endLocks } from "./test-store.ts";
import { logged, peopleServices, testCountry, testFolder, testGateway, testMember } from "./testing.ts";

const people = await peopleServices();
const services = [people.person("open")];
const { at, provider, consumer, app, clock, call } = await testCountry({
  services,
  grants: [{ serviceCode: "open" }],
});

test("a service that may not be declared is refused before the authority is told anything", async () => {
  const { options } = await testGateway(at, { member: testMember("WRONG"), subsystems: ["people"], services, clock });
  const keysFolder = testFolder();
  const wrong = { ...options, keysFolder, database: await testDatabase() };
  for (const service of [people.person("listMethods"), people.person("findUsage"), people.person("open")])
    await assert.rejects(openGateway({ ...wrong, services: [...services, service] }), { code: "service-declaration" });
  assert.deepEqual(readdirSync(keysFolder), []);
  await assert.rejects(openGateway({ ...wrong, enrolmentToken: "guess" }), { code: "enrolment-refused" });
  assert.ok(!readdirSync(keysFolder).includes("tls.cert.pem"), "no certificate is no file");
});

test("a provider that joined a moment ago is found by the first call, and asking for strangers asks the authority little", async () => {
  const fresh = await testGateway(at, { member: testMember("FRESH"), subsystems: ["people"], services, clock });
  await fresh.gateway.rights.grant({ subsystem: "people", serviceCode: "open", subject: app });
  await new Promise((next) => setTimeout(next, 2000)); // the time within which nobody is asked twice
  const before = consumer.gateway.configuration().version;
  assert.equal((await call("FRESH/people/open")).status, 200);
  assert.ok(consumer.gateway.configuration().version > before);
  await at.authority.issue();
  const known = consumer.gateway.configuration().version;
  for (let n = 0; n < 5; n += 1) assert.equal((await call("NOBODY/people/open")).status, 500);
  assert.equal(consumer.gateway.configuration().version, known);
});

test("a peer that is down leaves an entry and a clear refusal; back up, calls go through again", async () => {
  const down = await testGateway(at, {
    member: testMember("DOWN"),
    subsystems: ["people"],
    services,
    clock,
  });
  await down.gateway.rights.grant({ subsystem: "people", serviceCode: "open", subject: app });
  await consumer.gateway.refresh();
  assert.equal((await call("DOWN/people/open")).status, 200);
  await down.gateway.close();
  const refused = await call("DOWN/people/open");
  assert.equal(refused.body["type"], "Server.ClientProxy.NetworkError");
  assert.equal(refused.body["problem"], "/problems/peer-unreachable");
  assert.equal((await logged(consumer)).at(-1)?.["out"], "peer-unreachable");
  const again = await openGateway(down.options);
  await again.listen();
  assert.equal((await call("DOWN/people/open")).status, 200);
  await again.close();
});

test("killed between sent and answered: the next start closes the record, and nothing is answered late", async () => {
  const held = people.hold();
  const pending = call("open");
  await held.reached;
  // A start beside living processes leaves their records alone.
  const beside = await Promise.all([openGateway(consumer.options), openGateway(provider.options)]);
  await Promise.all(beside.map((gateway) => gateway.close()));
  for (const side of [consumer, provider]) assert.notEqual((await logged(side)).at(-1)?.["out"], "unanswered");
  // What a kill -9 leaves is what the databases hold; both gateways start anew on exactly that.
  for (const side of [consumer, provider]) await endLocks(side.database);
  const next = await Promise.all([openGateway(consumer.options), openGateway(provider.options)]);
  for (const side of [consumer, provider]) assert.equal((await logged(side)).at(-1)?.["out"], "unanswered");
  const [mine, theirs] = [(await logged(consumer)).at(-1)!, (await logged(provider)).at(-1)!];
  assert.deepEqual([mine["pair"], mine["req"], mine["res"]], [theirs["pair"], theirs["req"], theirs["res"]]);
  held.release();
  const late = await pending;
  assert.equal(late.body["problem"], "/problems/log-unavailable", "the old process may not answer what was closed");
  assert.equal((await logged(provider)).filter((entry) => entry["pair"] === theirs["pair"]).length, 1);
  await Promise.all(next.map((gateway) => gateway.close()));
});

test("without a durable record nothing is released, on either side", async () => {
  let broken: "consumer" | "provider" | undefined;
  const failing = (side: typeof broken, log: Log): Log => ({
    ...log,
    staging: (entries) => {
      if (broken === side) throw new Error("disk full");
      return log.staging(entries);
    },
  });
  const own = await testGateway(at, { member: testMember("LOGS"), subsystems: ["people"], services, clock });
  await own.gateway.rights.grant({ subsystem: "people", serviceCode: "open", subject: app });
  await own.gateway.close();
  const there = await openGateway({ ...own.options, log: failing("provider", own.log) });
  await there.listen();
  // A second process beside the running one: it needs a peer port of its own, and announces nothing by it.
  const beside = { ...consumer.options.peer, port: 0 };
  const here = await openGateway({ ...consumer.options, peer: beside, log: failing("consumer", consumer.log) });
  const { agencyUrl } = await here.listen();
  for (const side of ["provider", "consumer"] as const) {
    broken = side;
    const refused = await call("LOGS/people/open", { agencyUrl });
    const prefix = side === "provider" ? "ServerProxy" : "ClientProxy";
    assert.equal(refused.body["type"], `Server.${prefix}.LoggingFailed`);
    assert.doesNotMatch(JSON.stringify(refused.body), /income/);
  }
  broken = undefined;
  // Both live on, so nobody else closes what they could not.
  for (const side of [own, consumer]) {
    const last = async () => (await logged(side)).at(-1)?.["out"];
    for (let tries = 0; tries < 100 && (await last()) !== "log-unavailable"; tries += 1)
      await new Promise((wake) => setTimeout(wake, 50));
    assert.equal(await last(), "log-unavailable");
  }
  await Promise.all([there.close(), here.close()]);
});

test("an authority that is away hurts nobody until the hard expiry; then every call is refused", async () => {
  await at.stop();
  clock.advance(11 * 60_000);
  const stale = await call("open");
  assert.equal(stale.status, 200);
  const [sent] = await consumer.gateway.evidence(stale.id);
  assert.equal((JSON.parse(sent!.record!) as Record<string, unknown>)["configStale"], true);
  const health = async () => {
    const answer = await fetch(`${consumer.agencyUrl}/health`);
    return { http: answer.status, body: (await answer.json()) as Readonly<Record<string, string>> };
  };
  const warned = await health();
  assert.deepEqual([warned.http, warned.body["status"], warned.body["configuration"]], [200, "degraded", "stale"]);
  assert.ok(Date.parse(warned.body["softExpires"]!) < clock.now().getTime());
  assert.ok(Date.parse(warned.body["expires"]!) > clock.now().getTime(), "it says until when calls go on");
  clock.advance(73 * 3_600_000);
  const down = await health();
  assert.deepEqual([down.http, down.body["status"], down.body["configuration"]], [503, "down", "expired"]);
  const native = await call("open", { headers: { prefer: "taroko-status" } });
  assert.deepEqual([native.status, native.headers.get("retry-after")], [503, "60"]);
  const refused = await call("open");
  assert.equal(refused.body["type"], "Server.ClientProxy.OutdatedGlobalConf");
  assert.equal(refused.body["problem"], "/problems/configuration-expired");
  const listed = await fetch(`${consumer.agencyUrl}/listClients`);
  assert.equal(listed.status, 200, "the directory still answers");
});
