import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { gatewayKeys, publicJwkOf } from "../gateway/enrol.ts";
import { openOwnMembership } from "./own-membership.ts";
import type { RequestContent } from "./request.ts";
import { peopleServices, testCountry } from "../testing.ts";

const people = await peopleServices();
const { provider, consumer, stranger, call } = await testCountry({ services: [people.person("open")], grants: [] });
const wanted: Extract<RequestContent, { kind: "right.ask" }> = {
  kind: "right.ask",
  provider: "TW/GOV/REG/people",
  service: "open",
  client: "TW/GOV/PORTAL/app",
  why: "income tests",
};
const stateAt = async (id: string): Promise<string | undefined> => {
  await consumer.gateway.membership.refresh();
  return (await consumer.gateway.membership.requests()).find((one) => one.id === id)?.state;
};

test("a right that is asked for is decided by the provider's people, and works from then on", async () => {
  assert.equal((await call("open")).status, 500);
  const asked = await consumer.gateway.membership.ask(wanted, "Wang Shu");
  assert.ok(asked.ok && asked.value.state === "pending");
  await provider.gateway.membership.refresh();
  await provider.gateway.membership.refresh();
  const proposals = (await provider.gateway.rights.all()).filter(({ state }) => state === "proposed");
  assert.equal(proposals.length, 1, "carried over once, however often it is asked");
  assert.equal(await stateAt(asked.value.id), "pending");
  assert.deepEqual(await stranger.gateway.membership.asked(), [], "nobody else is asked");
  const approved = await provider.gateway.rights.approve(proposals[0]!.id, { by: "Chen Yu" });
  assert.ok(approved.ok);
  await provider.gateway.membership.refresh();
  assert.equal(await stateAt(asked.value.id), "approved");
  assert.equal((await call("open")).status, 200);
});

test("what cannot become a proposal, or is turned down, comes back rejected; a client of another agency is refused", async () => {
  const asked = await consumer.gateway.membership.ask({ ...wanted, purposes: ["not a code"] }, "Wang Shu");
  assert.ok(asked.ok);
  await provider.gateway.membership.refresh();
  await provider.gateway.membership.refresh();
  assert.equal(await stateAt(asked.value.id), "rejected");
  const again = await consumer.gateway.membership.ask({ ...wanted, method: "GET" }, "Wang Shu");
  assert.ok(again.ok);
  await provider.gateway.membership.refresh();
  const [proposal] = (await provider.gateway.rights.all()).filter(({ state }) => state === "proposed");
  assert.ok((await provider.gateway.rights.reject(proposal!.id, { by: "Chen Yu" })).ok);
  await provider.gateway.membership.refresh();
  assert.equal(await stateAt(again.value.id), "rejected");
  const foreign = await consumer.gateway.membership.ask({ ...wanted, client: "TW/GOV/OTHER/sys" }, "Wang Shu");
  assert.deepEqual(!foreign.ok && foreign.error.params, { reason: "client" });
});

test("nobody asks in another's name, nor for a right of the own agency, whose proposer could then approve it alone", async () => {
  const self = await provider.gateway.membership.ask({ ...wanted, client: "TW/GOV/REG/people" }, "Chen Yu");
  assert.deepEqual(!self.ok && self.error.params, { reason: "own" });

  const told = (from: string, change: Partial<typeof wanted>) => ({
    id: randomUUID(),
    from,
    askedAt: new Date().toISOString(),
    content: { ...wanted, ...change },
  });
  const rights = [
    told("TW/GOV/OTHER", {}),
    told("TW/GOV/REG", { client: "TW/GOV/REG/people" }),
    told("TW/GOV/PORTAL", { provider: "TW/GOV/OTHER/people" }),
  ];
  const lying = createServer((_, outgoing) => outgoing.end(JSON.stringify({ requests: [], rights })));
  await new Promise<void>((done) => lying.listen(0, "127.0.0.1", done));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { database, options, gateway } = provider;
  const before = (await gateway.rights.all()).length;
  const own = openOwnMembership({
    database,
    clock: options.clock,
    member: options.member,
    gatewayId: gateway.id,
    authorityUrl: `http://127.0.0.1:${(lying.address() as AddressInfo).port}`,
    key: () => ({ keyid: "any", privateKey, jwk: publicJwkOf(privateKey) }),
    rights: gateway.rights,
  });
  assert.ok((await own.refresh()).ok);
  lying.close();
  assert.equal((await gateway.rights.all()).length, before);
});

test("a right that is asked for is proposed once, by whichever process, however often one is killed at it", async () => {
  const { database, options, gateway } = provider;
  const proposals = async (): Promise<number> =>
    (await gateway.rights.all()).filter(({ state, pathGlob }) => state === "proposed" && pathGlob === "/once").length;
  const { signing, signingJwk: jwk } = await gatewayKeys(options.keysFolder);
  const killed = openOwnMembership({
    database,
    clock: options.clock,
    member: options.member,
    gatewayId: gateway.id,
    authorityUrl: options.authorityUrl,
    key: () => ({ keyid: signing.keyid, privateKey: signing.key, jwk }),
    rights: {
      find: (id) => gateway.rights.find(id),
      async propose(grant, how) {
        await gateway.rights.propose(grant, how);
        throw new Error("killed before it remembers");
      },
    },
  });
  assert.ok((await consumer.gateway.membership.ask({ ...wanted, pathGlob: "/once" }, "Wang Shu")).ok);
  for (let times = 0; times < 2; times += 1) await assert.rejects(killed.refresh(), /killed/);
  assert.equal(await proposals(), 0, "nothing is half done");
  const both = await Promise.all([1, 2, 3].map(() => gateway.membership.refresh()));
  assert.ok(both.every(({ ok }) => ok));
  assert.equal(await proposals(), 1);
});
