import assert from "node:assert/strict";
import { test } from "node:test";
import { openIdentity, openPolicies, type Session } from "#identity";
import { fixedClock, uuidV7 } from "#kernel";
import { testDatabase } from "#store/testing";
import { mayDecideOnClients, mayOpenClients } from "./authorise.ts";

const clock = fixedClock("2026-03-02T01:00:00Z");
const database = await testDatabase();
const origin = "https://portal.test";
await openIdentity({ database, clock, siteSecret: new Uint8Array(32), origin, trustedIssuers: [], country: "TW" });
const policies = openPolicies({ database, clock });

function approver(change: Partial<Session> = {}): Session {
  const personId = uuidV7(clock.now());
  const officer = { personId, agency: "moda", roles: ["client-approver"], office: "o", teams: [] };
  const proof = { acr: "urn:taroko:loa:substantial", authTime: clock.now() } as const;
  return { person: { id: personId, name: "x" }, officer, ...proof, ...change } as unknown as Session;
}

const decided = (session: Session) => policies.about({ person: session.person.id, limit: 10 });

test("looking at clients is recorded when it is refused; deciding on one always, with the version that allowed it", async () => {
  const session = approver();
  assert.ok((await mayOpenClients(policies, session)).ok);
  assert.deepEqual(await decided(session), []);
  assert.ok((await mayDecideOnClients(policies, session)).ok);
  const [one] = await decided(session);
  assert.deepEqual([one?.action, one?.allowed, one?.version], ["client:decide", true, policies.set.version]);

  const nobody = approver({ officer: { ...session.officer!, roles: ["caseworker"] } });
  assert.equal((await mayOpenClients(policies, nobody)).ok, false);
  assert.equal((await decided(nobody)).length, 1);
});

test("a passkey bound today lets no relying party loose on people", async () => {
  const refused = await mayDecideOnClients(policies, approver({ keySince: clock.now() }));
  assert.equal(refused.ok ? "ok" : refused.error.code, "stronger-sign-in-needed");
});
