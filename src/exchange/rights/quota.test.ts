import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate, openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import type { AccessRight, Quota } from "./right.ts";
import { callsLeft, forgetCounted, openQuotas } from "./quota.ts";
import { countedDays } from "./quota-store.ts";
import { putRight } from "./store.ts";

const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
const now = new Date("2026-11-22T08:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
let count = 0;

async function rightWith(quota: Quota): Promise<AccessRight> {
  count += 1;
  const right: AccessRight = {
    id: `00000000-0000-7000-8000-${String(count).padStart(12, "0")}`,
    version: 1,
    provider: "TW/GOV/REG/people",
    serviceCode: "person",
    subject: { kind: "subsystem", id: "TW/GOV/PORTAL/app" },
    method: "*",
    pathGlob: "/**",
    purposes: [],
    legalBases: [],
    consent: "none",
    fields: null,
    validFrom: now,
    validUntil: later(1e9),
    state: "active",
    quota,
  };
  await putRight(database, right, now);
  return right;
}

test("from two processes at once exactly as many calls pass as the quota says", async () => {
  const right = await rightWith({ requests: 100, per: "day" });
  const second = openDatabase(database.url, { max: 4 });
  const quotas = [openQuotas(database), openQuotas(second), openQuotas(second)];
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, at) => quotas[at % 3]!.charge(right, { now })),
  );
  await second.close();
  assert.equal(answers.filter(({ ok }) => ok).length, 100);
  assert.equal(await callsLeft(database, right, now), 0);
});

test("a bucket fills evenly, holds no more than its burst, and says how long to wait", async () => {
  const right = await rightWith({ requests: 3, per: "minute", burst: 2 });
  const quotas = openQuotas(database);
  const at = async (ms: number) => {
    const charged = await quotas.charge(right, { now: later(ms) });
    return charged.ok ? "ok" : charged.retryAfter;
  };
  const told = [];
  for (const ms of [0, 0, 0, 19_999, 20_000, 20_000, 600_000, 600_000, 600_000]) told.push(await at(ms));
  assert.deepEqual(told, ["ok", "ok", 20, 1, "ok", 20, "ok", "ok", 20]);
  assert.equal(await at(0), 20, "a clock that is behind fills nothing");
});

test("a smaller quota holds at once", async () => {
  const right = await rightWith({ requests: 50, per: "day" });
  const quotas = openQuotas(database);
  assert.ok((await quotas.charge(right, { now })).ok);
  const tighter: AccessRight = { ...right, quota: { requests: 1, per: "day" } };
  assert.ok((await quotas.charge(tighter, { now })).ok);
  assert.ok(!(await quotas.charge(tighter, { now })).ok);
});

test("a call that goes no further gives back what it took, and never more than the bucket holds", async () => {
  const quotas = openQuotas(database);
  const right = await rightWith({ requests: 2, per: "day" });
  assert.ok((await quotas.charge(right, { now })).ok);
  assert.equal(await callsLeft(database, right, now), 1);
  for (let times = 0; times < 3; times += 1) assert.ok(await quotas.giveBack(right));
  assert.equal(await callsLeft(database, right, now), 2);
  assert.equal(
    await quotas.giveBack({ id: right.id } as AccessRight),
    false,
    "without a quota there is nothing to give",
  );

  const few = await rightWith({ requests: 2, per: "day", subjectsPerDay: 1 });
  assert.ok((await quotas.charge(few, { now, subjectKey: Buffer.of(1) })).ok);
  for (let times = 0; times < 3; times += 1)
    assert.ok(!(await quotas.charge(few, { now, subjectKey: Buffer.of(2) })).ok, "one person too many");
  assert.ok((await quotas.charge(few, { now, subjectKey: Buffer.of(1) })).ok, "who was refused took no call away");
});

test("a right without quota is no turn of the loop and no row", () => {
  const charged = openQuotas(database).charge({ id: "none" } as AccessRight, { now });
  assert.deepEqual(charged, { ok: true });
});

test("people are counted once a day, exactly, from two processes; a call that names nobody is not made", async () => {
  const right = await rightWith({ requests: 1000, per: "second", subjectsPerDay: 3 });
  const second = openDatabase(database.url, { max: 4 });
  const quotas = [openQuotas(database), openQuotas(second)];
  const ask = async (who: number, by: number) => quotas[by]!.charge(right, { now, subjectKey: Buffer.of(who) });
  const asked = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at % 10, at % 2)));
  const passed = new Set(asked.flatMap(({ ok }, at) => (ok ? [at % 10] : [])));
  await second.close();
  assert.equal(passed.size, 3);
  for (const who of passed) assert.ok((await ask(who, 0)).ok, "the same person again");
  assert.deepEqual(await quotas[0]!.charge(right, { now, subjectKey: undefined }), {
    ok: false,
    retryAfter: 16 * 3600,
  });
  assert.ok((await quotas[0]!.charge(right, { now: later(86_400_000), subjectKey: Buffer.of(99) })).ok, "the next day");
});

test("who was counted is thrown away with the day, and at once when the person is forgotten", async () => {
  const quotas = openQuotas(database);
  await quotas.purge(later(10 * 86_400_000));
  const rights = await Promise.all([1, 2].map(() => rightWith({ requests: 9, per: "second", subjectsPerDay: 2 })));
  const [ann, bob] = [Buffer.of(1), Buffer.of(2)];
  for (const right of rights)
    for (const subjectKey of [ann, bob]) assert.ok((await quotas.charge(right, { now, subjectKey })).ok);
  assert.equal(await forgetCounted(database, ann), 2, "of each right");
  assert.equal(await forgetCounted(database, ann), 0);
  assert.ok((await quotas.charge(rights[0]!, { now, subjectKey: bob })).ok, "nobody else is touched");
  assert.equal((await countedDays(database)).length, 2);
  assert.equal(await quotas.purge(now), 0, "today's are needed");
  assert.equal(await quotas.purge(later(86_400_000)), 2, "also of a right that nobody uses any more");
  assert.deepEqual(await countedDays(database), []);
});
