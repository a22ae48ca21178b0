import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import test, { after } from "node:test";
import { freePort } from "#kernel";
import { openBodies } from "./body/receive.ts";
import { openSpool } from "./body/spool.ts";
import type { ConfigurationBody, RegisteredGateway } from "./configuration/configuration.ts";
import { secondGateways } from "./gateway/deliver.ts";
import { openGateway } from "./gateway/gateway.ts";
import { openPeerHealth } from "./gateway/peer-health.ts";
import { openPeerPool, PeerFailure, type Reached } from "./gateway/peer-pool.ts";
import { peopleServices, testCountry, testFolder } from "./testing.ts";

const { person } = await peopleServices();
const services = [person("open")];
const { at, provider, consumer, stranger, call } = await testCountry({ services, grants: [{ serviceCode: "open" }] });

/** A second gateway of the provider: an address and keys of its own, the same database and log. */
async function sibling(serverCode: string) {
  const invited = await at.authority.invite(provider.options.member);
  assert.ok(invited.ok);
  const port = await freePort();
  const gateway = await openGateway({
    ...provider.options,
    serverCode,
    keysFolder: testFolder(),
    enrolmentToken: invited.value.invitation,
    peer: { host: "127.0.0.1", port, publicAddress: `127.0.0.1:${port}` },
  });
  await gateway.listen();
  after(() => gateway.close());
  await consumer.gateway.refresh();
  return gateway;
}

const second = await sibling("gw2");
const { signed: body } = JSON.parse(at.authority.current()) as { signed: ConfigurationBody };
const gatewayOf = (id: string): RegisteredGateway => body.gateways.find((one) => one.id === id)!;
const good = gatewayOf(second.id);

function poolOf() {
  const read = (name: string): string => readFileSync(join(consumer.options.keysFolder, name), "utf8");
  const pool = openPeerPool(() => ({
    key: read("tls.key.pem"),
    cert: read("tls.cert.pem"),
    ca: body.certificateAuthority,
  }));
  after(() => pool.close());
  return pool;
}

function listening(server: Server): Promise<string> {
  after(() => server.close());
  return new Promise((done) =>
    server.listen(0, "127.0.0.1", () => done(`127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}

const silent = createServer((socket) => socket.on("error", () => undefined));
after(() => silent.unref());
const hanging = await listening(silent);
const cutting = await listening(createServer((socket) => socket.destroy()));
const bad = (address: string): RegisteredGateway => ({
  ...gatewayOf(provider.gateway.id),
  id: "TW/GOV/REG/bad",
  address,
});

for (const [how, peer, withinMs] of [
  ["a dead port", bad(`127.0.0.1:${await freePort()}`), 150],
  ["a gateway that never finishes TLS", bad(hanging), 600],
  ["a gateway that cuts every connection", bad(cutting), 150],
  ["a certificate that is not the registered one", bad(stranger.options.peer.publicAddress), 300],
] as const) {
  test(`past ${how} a call goes to the next gateway within ${withinMs} ms, and from then on at once`, async () => {
    const pool = poolOf();
    for (const limit of [withinMs, 20]) {
      const began = performance.now();
      assert.equal((await pool.choose([peer, good])).id, good.id);
      const took = performance.now() - began;
      assert.ok(took < limit, `${took.toFixed(0)} ms`);
    }
  });
}

test("a gateway that falls silent with its connections open is passed by once it owes an answer for a second", async () => {
  const through: Socket[] = [];
  let frozen = false;
  const [host = "", port] = good.address.split(":");
  const relay = createServer((near) => {
    near.on("error", () => undefined);
    if (frozen) return;
    const far = connect(Number(port), host).on("error", () => undefined);
    near.pipe(far).pipe(near);
    through.push(near, far);
  });
  const behindRelay = { ...good, id: "TW/GOV/REG/relayed", address: await listening(relay) };
  const pool = poolOf();
  const bodies = openBodies(await openSpool(testFolder()), { maxBody: 1000 });
  const empty = { method: "GET", rawTarget: "/r1/none", headers: [], body: new Uint8Array(), timeoutMs: 2000, bodies };
  assert.ok((await pool.send(behindRelay, empty)).status >= 400, "it is there, and refuses what is no call");
  const both = [behindRelay, gatewayOf(provider.gateway.id)];
  assert.equal((await pool.choose(both)).id, behindRelay.id);
  frozen = true;
  for (const socket of through) socket.unpipe().pause();
  const owed = pool.send(behindRelay, empty).catch(() => undefined);
  await new Promise((next) => setTimeout(next, 1050));
  const began = performance.now();
  assert.equal((await pool.choose(both)).id, provider.gateway.id);
  assert.ok(performance.now() - began < 600);
  for (const socket of through) socket.destroy();
  await owed;
});

test("when none can be connected the first one's failure is told", async () => {
  const peers = [bad(stranger.options.peer.publicAddress), { ...bad(cutting), id: "TW/GOV/REG/worse" }];
  await assert.rejects(poolOf().choose(peers), (fault: PeerFailure) => fault.reason === "untrusted");
});

test("who failed is kept out, tried by one probe after a second, two, four … thirty, and back after one success", () => {
  const health = openPeerHealth();
  const peers = [{ id: "a" }, { id: "b" }];
  const order = (now: number): string =>
    health
      .order(peers, now)
      .map(({ id }) => id)
      .join("");
  assert.equal(order(0), "ab", "as the configuration has them");
  health.succeeded("b", 10);
  assert.equal(order(20), "ba", "who answered last comes first");
  assert.equal(order(3_600_020), "ab", "for an hour");
  health.failed("b", 100);
  assert.deepEqual([order(101), health.isOut("b"), health.isOut("a")], ["ab", true, false]);
  assert.deepEqual(
    [1099, 1100, 1101].map((now) => health.probeDue("b", now)),
    [false, true, false],
  );
  let out = 0;
  for (let failures = 2; failures <= 8; failures += 1) {
    health.failed("b", 0);
    out = [1, 2, 4, 8, 16, 30, 40].find((seconds) => health.probeDue("b", seconds * 1000))!;
    assert.equal(out, Math.min(30, 2 ** (failures - 1)));
  }
  health.succeeded("b", 99_000);
  assert.deepEqual([order(99_001), health.isOut("b"), health.probeDue("b", 999_999)], ["ba", false, false]);
});

test("a call is sent twice only where it cannot be served twice", () => {
  const [first, same] = [gatewayOf(provider.gateway.id), good];
  const apart = { ...same, id: "TW/GOV/REG/gw3", logs: [{ origin: "else", vkey: "else+1+x" }] };
  const to = (gateways: RegisteredGateway[], reached: Reached, reason: PeerFailure["reason"] = "unreachable") =>
    secondGateways(first, gateways, new PeerFailure(reason, reached, undefined)).map(({ id }) => id);
  assert.deepEqual(to([first, same, apart], "unsent"), [same.id, apart.id]);
  assert.deepEqual(to([first], "unsent"), [], "who is away alone is away");
  assert.deepEqual(to([first, same, apart], "unanswered"), [same.id], "only who has the same records");
  assert.deepEqual(to([first, apart], "unanswered"), [first.id], "or the same one, which knows the id");
  assert.deepEqual(to([first, same], "begun"), []);
  assert.deepEqual(to([first, same], "unanswered", "timeout"), [], "it may be at work still");
});

test("one of two gateways dies under load: no call waits a second, at most those under way fail, none is served twice", async () => {
  const outcomes: { id: string; status: number; problem: unknown; at: number; took: number }[] = [];
  let died = Infinity;
  const until = performance.now() + 1500;
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      const { id, status, body: said } = await call("open");
      outcomes.push({ id, status, problem: said["problem"], at: began, took: performance.now() - began });
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  setTimeout(() => {
    died = performance.now();
    void provider.gateway.close();
  }, 500);
  await Promise.all(callers);
  const failed = outcomes.filter(({ status }) => status !== 200);
  assert.ok(failed.length <= 8, `${failed.length} failed`);
  for (const { problem } of failed) assert.equal(problem, "/problems/peer-unreachable");
  const slowest = Math.max(...outcomes.map(({ took }) => took));
  assert.ok(slowest < 1000, `the slowest took ${slowest.toFixed(0)} ms`);
  const later = outcomes.filter(({ at: began, status }) => began > died && status === 200);
  assert.ok(later.length > 10, `${later.length} calls went through afterwards`);
  for (const { id, status } of outcomes) {
    const rows = id === "" ? [] : await provider.gateway.evidence(id);
    if (status === 200) assert.equal(rows.length, 1, "recorded once, by whichever gateway");
  }
});

test("X-Road-Security-Server names the one gateway a call may go to", async () => {
  const to = (server: string) => call("open", { headers: { "x-road-security-server": `TW/GOV/REG/${server}` } });
  assert.equal((await to("gw2")).status, 200);
  assert.equal((await to("gw1")).body["problem"], "/problems/peer-unreachable", "it is gone, and no other will do");
  assert.equal((await to("gw9")).body["problem"], "/problems/unknown-member");
});
