import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedClock, type Result } from "#kernel";
import { generateLogKey, openLog } from "#ledger";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { rightChanges, stagedCount } from "../test-store.ts";
import { testMember } from "../testing.ts";
import { openRights } from "./open-rights.ts";

const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
const clock = fixedClock("2026-11-22T08:00:00Z");
const origin = "log.test/REG";
const log = await openLog({ database, origin, key: generateLogKey(origin), clock, kinds: ["right.changed"] });
const member = testMember("REG");
const context = { database, log, clock, member, directory: () => undefined };
const rights = openRights(context);
const by = { by: "test" };
const subject = { ...testMember("PORTAL"), subsystemCode: "app" };
const grant = { subsystem: "people", serviceCode: "person", subject, purposes: ["subsidy"] };

function done<Value>(result: Result<Value, unknown>): Value {
  assert.ok(result.ok);
  return result.value;
}

test("a right given, changed, suspended, resumed and revoked is five entries, and what changes nothing is none", async () => {
  const { id } = done(await rights.grant(grant));
  assert.equal(done(await rights.grant(grant)).id, id);
  const terms = { purposes: ["subsidy", "tax"], fields: ["name"], validUntil: new Date("2027-01-01T00:00:00Z") };
  assert.equal(done(await rights.change(id, terms)).version, 2);
  assert.equal(done(await rights.change(id, terms)).version, 2);
  done(await rights.suspend(id, by));
  assert.ok(!(await rights.suspend(id, by)).ok);
  done(await rights.resume(id, by));
  assert.ok(!(await rights.change(id, { validUntil: new Date("2026-01-01T00:00:00Z") })).ok);
  done(await rights.revoke(id, by));
  for (const late of [() => rights.resume(id, by), () => rights.suspend(id, by), () => rights.revoke(id, by)])
    assert.ok(!(await late()).ok);
  assert.ok(!(await rights.change(id, { consent: "required" })).ok);
  const [right] = await rights.list("people", "person");
  assert.deepEqual(
    [right?.version, right?.state, right?.purposes, right?.fields],
    [5, "revoked", ["subsidy", "tax"], ["name"]],
  );

  const kept = await rightChanges(database, id);
  assert.deepEqual(
    kept.map(({ change }) => change),
    ["granted", "changed", "suspended", "resumed", "revoked"],
  );
  log.start();
  await log.wait(kept.at(-1)!.log_entry, "integrated", 3000);
  const entries = (await log.entries(0n, 100)).map(({ entry }) => JSON.parse(entry) as Record<string, string>);
  await log.stop();
  assert.deepEqual(
    entries.map((entry) => [entry["change"], entry["peer"], entry["service"]]),
    kept.map(({ change }) => [change, "TW/GOV/PORTAL/app", "TW/GOV/REG/people/person"]),
  );
});

test("a change that cannot be entered is not made", async () => {
  const { id } = done(await rights.grant({ ...grant, serviceCode: "other" }));
  const broken = { ...log, append: () => Promise.reject(new Error("the log is broken")) };
  const mute = openRights({ ...context, log: broken });
  const before = await stagedCount(database);
  await assert.rejects(mute.change(id, { consent: "required" }));
  await assert.rejects(mute.revoke(id, by));
  await assert.rejects(mute.grant({ ...grant, serviceCode: "third" }));
  assert.deepEqual(await rights.list("people", "third"), []);
  const [right] = await rights.list("people", "other");
  assert.deepEqual([right?.version, right?.state, right?.consent], [1, "active", "none"]);
  assert.equal(await stagedCount(database), before);
});

test("processes that start together give the right of their file once", async () => {
  const once = { ...grant, serviceCode: "started" };
  const given = await Promise.all(Array.from({ length: 4 }, () => openRights(context).grant(once)));
  assert.equal(new Set(given.map((one) => done(one).id)).size, 1);
  assert.equal((await rights.list("people", "started")).length, 1);
});
