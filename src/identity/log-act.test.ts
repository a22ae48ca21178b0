import assert from "node:assert/strict";
import { test } from "node:test";
import {
  actForSelf,
  appointOfficer,
  chooseParty,
  dismissOfficer,
  officesFor,
  openIdentity,
  registerPerson,
  type Mandate,
  type Session,
} from "#identity";
import { fixedClock, fromBase64Url, uuidV7 } from "#kernel";
import { commitSync, generateLogKey, openLog } from "#ledger";
import { testDatabase } from "#store/testing";

const database = await testDatabase();
const clock = fixedClock("2026-11-22T08:00:00Z");
const origin = "portal.test/log";
const log = await openLog({ database, origin, key: generateLogKey(origin), clock });
log.start();
test.after(() => log.stop());
const identity = await openIdentity({
  database,
  clock,
  siteSecret: new Uint8Array(32).fill(7),
  origin: "https://portal.test",
  trustedIssuers: [],
  country: "TW",
  log: { log, member: "TW/GOV/PORTAL" },
});

interface Act {
  readonly staged: bigint;
  readonly opening: Readonly<Record<string, { readonly salt: string; readonly value: string }>>;
}

/** What was entered about a person, after checking that each commitment opens to the value kept for it. */
async function entriesAbout(personId: string): Promise<Record<string, string>[]> {
  const acts = await database.query<Act>(
    "select staged, opening from identity.logged_act where person_id = $1 order by staged",
    [personId],
  );
  return Promise.all(
    acts.map(async ({ staged, opening }) => {
      const { index } = await log.wait(staged, "integrated", 3000);
      const [found] = await log.entries(index!, 1);
      assert.doesNotMatch(found!.entry, new RegExp(`A70000000|${personId}`), "the log names nobody");
      const entry = JSON.parse(found!.entry) as Record<string, string>;
      for (const [field, { salt, value }] of Object.entries(opening))
        assert.equal(entry[field], commitSync(value, fromBase64Url(salt)!), field);
      return entry;
    }),
  );
}

const seen = (entries: Record<string, string>[]) => entries.map((entry) => `${entry["t"]} ${entry["change"]}`);

test("an office given, changed and taken is entered each time; saying it again is not", async () => {
  const { id: personId } = await registerPerson(identity, { nationalId: "A700000001", name: "王大同" });
  const office = { personId, agency: "social", roles: ["caseworker"] };
  await appointOfficer(identity, office);
  await appointOfficer(identity, office);
  await appointOfficer(identity, { ...office, roles: ["caseworker", "releaser"] });
  assert.ok((await dismissOfficer(identity, personId)).ok);
  assert.ok(!(await dismissOfficer(identity, personId)).ok);
  await appointOfficer(identity, office);
  const entries = await entriesAbout(personId);
  assert.deepEqual(seen(entries), [
    "officer.changed appointed",
    "officer.changed changed",
    "officer.changed dismissed",
    "officer.changed appointed",
  ]);
  assert.equal(entries[0]?.["agency"], "social");
});

async function sessionOf(nationalId: string): Promise<Session> {
  const person = await registerPerson(identity, { nationalId, name: "林小明" });
  const at = clock.now();
  const [id, personId] = [uuidV7(at), person.id];
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  const credentialId = await identity.store.putCredential({
    id,
    kind: "webeid",
    personId,
    fingerprint: bytes,
    issuerFingerprint: bytes,
    serial: "1",
    notAfter: at,
    at,
  });
  const said = {
    id,
    acr: "urn:taroko:loa:high",
    amr: ["sc"],
    csrf: "",
    expiresAt: new Date(at.getTime() + 60_000),
  } as const;
  const kept = { tokenHash: bytes, personId, credentialId, sealedCertificate: null, agentHash: null, at };
  await identity.store.putSession({ ...said, ...kept });
  return { ...said, person, authTime: at, createdAt: at, lastSeenAt: at, canSign: false };
}

function mandateFor(principal: string): Mandate {
  return {
    kind: "relative",
    representative: { nationalId: "A700000002" },
    principal: { nationalId: principal, name: "林媽媽" },
    source: { service: "household/mandates", exchangeId: "x-1", at: clock.now().toISOString() },
    scopes: ["assistive-device:apply"],
    validTo: new Date(clock.now().getTime() + 60_000).toISOString(),
  };
}

test("a power to act for somebody is entered when it is taken up and when it is laid down", async () => {
  const session = await sessionOf("A700000002");
  const first = await chooseParty(identity, session, mandateFor("A700000009"));
  assert.ok(first.ok && first.value.acting);
  const second = await chooseParty(identity, first.value, mandateFor("A700000008"));
  assert.ok(second.ok && second.value.acting);
  assert.ok((await actForSelf(identity, second.value)).ok);
  assert.ok((await actForSelf(identity, session)).ok, "nothing to lay down");
  for (const principal of [first.value.acting, second.value.acting]) {
    const entries = await entriesAbout(principal.personId);
    assert.deepEqual(seen(entries), ["mandate.changed taken-up", "mandate.changed laid-down"]);
    assert.notEqual(entries[0]?.["rep"], entries[1]?.["rep"], "two acts of one person cannot be told to be so");
  }
});

test("what does not happen leaves no entry", async () => {
  const session = await sessionOf("A700000002");
  const count = async () => (await database.one<{ n: bigint }>("select count(*) as n from identity.logged_act"))?.n;
  const before = await count();
  await identity.store.endSession(session.id, clock.now());
  assert.ok(!(await chooseParty(identity, session, mandateFor("A700000009"))).ok);
  assert.ok(!(await chooseParty(identity, session, undefined)).ok);
  await assert.rejects(appointOfficer(identity, { personId: uuidV7(clock.now()), agency: "social", roles: ["x"] }));

  // The log refuses: then there is no office either.
  const broken = { ...log, append: () => Promise.reject(new Error("the log is broken")) };
  const { id: personId } = await registerPerson(identity, { nationalId: "A700000005", name: "陳大文" });
  const mute = { ...identity, log: { log: broken, member: "TW/GOV/PORTAL" } };
  await assert.rejects(appointOfficer(mute, { personId, agency: "social", roles: ["caseworker"] }));
  assert.deepEqual(await officesFor(identity, personId), []);
  assert.equal(await count(), before);
});
