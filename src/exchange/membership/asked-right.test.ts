import assert from "node:assert/strict";
import test from "node:test";
import { peopleServices, testCountry } from "../testing.ts";

const people = await peopleServices();
const { provider, consumer, stranger, call } = await testCountry({ services: [people.person("open")], grants: [] });
const wanted = {
  kind: "right.ask",
  provider: "TW/GOV/REG/people",
  service: "open",
  client: "TW/GOV/PORTAL/app",
  why: "income tests",
} as const;
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
