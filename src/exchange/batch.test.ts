import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvidenceRow } from "./gateway/store.ts";
import { logged, peopleServices, stated, testCountry, type TestAnswer } from "./testing.ts";

const { person } = await peopleServices();
const { provider, consumer, call } = await testCountry({
  services: [person("plain")],
  grants: [{ serviceCode: "plain" }],
});

interface Recorded {
  readonly requestSignature: { readonly sig: string };
  readonly responseSignature: { readonly sig: string };
}

async function recorded(gateway: { evidence(id: string): Promise<EvidenceRow[]> }, id: string): Promise<Recorded> {
  const [row] = await gateway.evidence(id);
  return JSON.parse(row?.record ?? "null") as Recorded;
}

test("gateways that heard of each other share signatures among calls of a moment, with the same evidence on both sides", async () => {
  assert.equal((await call("plain", { headers: stated })).status, 200); // the first one says what both take
  const answers: TestAnswer[] = [];
  let together = 0;
  for (let round = 0; round < 10 && together === 0; round += 1) {
    const some = await Promise.all(Array.from({ length: 12 }, () => call("plain", { headers: stated })));
    answers.push(...some);
    for (const { id } of some) {
      const { requestSignature, responseSignature } = await recorded(consumer.gateway, id);
      // A plain signature has 64 bytes, 88 characters.
      if (requestSignature.sig.length > 88 || responseSignature.sig.length > 88) together += 1;
    }
  }
  assert.ok(together > 0, "none of 120 calls was signed with another");
  for (const { id, status } of answers) {
    assert.equal(status, 200);
    const [ours, theirs] = [await recorded(consumer.gateway, id), await recorded(provider.gateway, id)];
    assert.deepEqual(theirs.requestSignature, ours.requestSignature);
    assert.deepEqual(theirs.responseSignature, ours.responseSignature);
  }
  const pairs = async (of: typeof consumer): Promise<string[]> =>
    (await logged(of)).map((entry) => entry["pair"] ?? "none").toSorted();
  assert.deepEqual(await pairs(provider), await pairs(consumer), "every call is in both logs, once");
  assert.equal((await pairs(consumer)).length, answers.length + 1);
});
