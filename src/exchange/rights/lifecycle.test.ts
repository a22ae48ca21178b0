import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedClock, type Refusal, type Result } from "#kernel";
import { generateLogKey, openLog } from "#ledger";
import { migrate, openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import { listActs } from "../acts/store.ts";
import { rightChanges, waitForBlocked } from "../test-store.ts";
import { testMember } from "../testing.ts";
import { openRights } from "./open-rights.ts";
import { samePerson } from "./lifecycle.ts";

const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
let at = Date.parse("2026-11-22T08:00:00Z");
const day = 86_400_000;
const clock = { now: () => new Date(at++) };
const origin = "log.test/REG";
const log = await openLog({ database, origin, key: generateLogKey(origin), clock: fixedClock("2026-11-22T08:00:00Z") });
const member = testMember("REG");
const rights = openRights({ database, log, clock, member, directory: () => undefined });
const app = { ...testMember("PORTAL"), subsystemCode: "app" };
const grant = { subsystem: "people", serviceCode: "person", subject: app };
const [lin, chen] = [{ by: "Lin" }, { by: "Chen" }];

function done<Value>(result: Result<Value, Refusal>): Value {
  assert.ok(result.ok, result.ok ? "" : `${result.error.code} ${JSON.stringify(result.error.params)}`);
  return result.value;
}
function refused(result: Result<unknown, Refusal>): string {
  assert.ok(!result.ok);
  return [result.error.code, result.error.params?.["reason"]].filter(Boolean).join(" ");
}

test("a proposal grants after somebody else approved it; each step has its entry and its act", async () => {
  const { id, state } = done(await rights.propose(grant, { ...lin, note: "for the subsidy" }));
  assert.equal(state, "proposed");
  assert.equal(refused(await rights.approve(id, lin)), "approval-by-proposer");
  assert.equal(refused(await rights.approve(id, { by: " lIN\u200b" })), "approval-by-proposer");
  assert.equal((await rights.find(id))?.state, "proposed", "a refused approval leaves nothing");
  assert.equal(refused(await rights.approve(id, { ...chen, seen: 2 })), "right-state");
  assert.equal(done(await rights.approve(id, { ...chen, seen: 1 })).state, "active");
  assert.equal(refused(await rights.approve(id, chen)), "right-state");
  assert.deepEqual(
    (await rights.history(id)).map(({ change, by, note }) => [change, by, note]),
    [
      ["proposed", "Lin", "for the subsidy"],
      ["approved", "Chen", null],
      ["activated", "Chen", null],
    ],
  );
  const acts = await listActs(database, { about: id });
  assert.deepEqual(
    acts.map(({ by, act }) => [by, act]),
    [
      ["Chen", "right.activated"],
      ["Chen", "right.approved"],
      ["Lin", "right.proposed"],
    ],
  );
  assert.equal((await rightChanges(database, id)).length, 3);
});

test("whoever wrote any of it cannot approve it, though another proposed it", async () => {
  const { id } = done(await rights.propose({ ...grant, serviceCode: "draft" }, { ...lin, draft: true }));
  assert.equal(refused(await rights.approve(id, chen)), "right-state");
  done(
    await rights.amend(id, { ...grant, serviceCode: "draft", method: "get", quota: { requests: 5, per: "day" } }, chen),
  );
  done(await rights.submit(id, { by: "Wu" }));
  for (const author of ["Lin", "Chen", "Wu"]) {
    assert.equal(refused(await rights.approve(id, { by: author })), "approval-by-proposer");
  }
  done(await rights.reject(id, { by: "Ho", note: "a day is too much" }));
  done(await rights.amend(id, { ...grant, serviceCode: "draft", method: "GET" }, lin));
  done(await rights.submit(id, lin));
  assert.equal(done(await rights.approve(id, { by: "Ho", hold: true })).state, "approved");
  assert.equal((await rights.find(id))?.quota, undefined, "what an amendment leaves out is gone");
  assert.equal(done(await rights.activate(id, { by: "Ho" })).state, "active");
});

test("a renewal is a proposal; the old right stands until it is approved, and ends then", async () => {
  const { id } = done(await rights.grant({ ...grant, serviceCode: "renewed", validUntil: new Date(at + 20 * day) }));
  const later = new Date(at + 300 * day);
  assert.deepEqual(
    (await rights.due()).map(({ right, why }) => [right.serviceCode, why]),
    [["renewed", "ends-soon"]],
  );
  const renewal = done(await rights.renew(id, { ...lin, validUntil: later, reviewAt: new Date(at + 100 * day) }));
  assert.equal((await rights.find(id))?.state, "active");
  assert.equal(refused(await rights.approve(renewal.id, lin)), "approval-by-proposer");
  done(await rights.approve(renewal.id, chen));
  assert.equal((await rights.find(id))?.state, "revoked");
  const next = await rights.find(renewal.id);
  assert.deepEqual([next?.state, next?.validUntil, next?.replaces], ["active", later, id]);
  assert.deepEqual(await rights.due(), []);
  assert.deepEqual(
    (await rights.due(100)).map(({ why }) => why),
    ["review"],
  );
  done(await rights.confirm(renewal.id, { ...lin, reviewAt: new Date(at + 200 * day) }));
  assert.deepEqual(await rights.due(100), []);
  assert.equal(
    refused(await rights.confirm(renewal.id, { ...lin, reviewAt: new Date(at + 301 * day) })),
    "right-invalid reviewAt",
  );
});

test("what has ended is called so once, and nothing brings it back", async () => {
  const { id } = done(await rights.grant({ ...grant, serviceCode: "short", validUntil: new Date(at + day) }));
  assert.deepEqual(await rights.expire(), { expired: 0 });
  at += day;
  assert.deepEqual(await rights.expire(), { expired: 1 });
  assert.deepEqual(await rights.expire(), { expired: 0 });
  assert.equal((await rights.history(id)).at(-1)?.by, "gateway");
  for (const act of ["resume", "suspend", "revoke", "activate", "submit"] as const) {
    assert.equal(refused(await rights[act](id, chen)), "right-state");
  }
});

const standing = (id: string) => rights.find(id).then((right) => [right?.validUntil, right?.reviewAt]);

test("a review and an end that two processes set at the same time never pass each other", async () => {
  const elsewhere = openDatabase(database.url, { max: 2 });
  try {
    const second = openRights({ database: elsewhere, log, clock, member, directory: () => undefined });
    let held = Promise.withResolvers<void>();
    /** The right's row stays changed and locked until then. */
    const slow: typeof log.append = async (tx, entry) => {
      await held.promise;
      return log.append(tx, entry);
    };
    const first = openRights({ database, log: { ...log, append: slow }, clock, member, directory: () => undefined });
    type Step = (id: string) => Promise<Result<unknown, Refusal>>;
    const race = async (serviceCode: string, one: Step, other: Step) => {
      const { id } = done(await rights.grant({ ...grant, serviceCode, validUntil: new Date(at + 300 * day) }));
      held = Promise.withResolvers<void>();
      const begun = one(id);
      await new Promise((wake) => setTimeout(wake, 50));
      const waiting = other(id);
      await waitForBlocked(database);
      held.resolve();
      await begun;
      return { id, waited: await waiting };
    };
    const soon = new Date(at + 10 * day);
    const late = new Date(at + 200 * day);
    const shortened = await race(
      "shortened",
      (id) => first.change(id, { validUntil: soon }),
      (id) => second.confirm(id, { ...chen, reviewAt: late }),
    );
    assert.equal(refused(shortened.waited), "right-invalid reviewAt");
    assert.deepEqual(await standing(shortened.id), [soon, undefined]);
    const reviewed = await race(
      "reviewed",
      (id) => first.confirm(id, { ...chen, reviewAt: late }),
      (id) => second.change(id, { validUntil: soon }),
    );
    assert.equal(refused(reviewed.waited), "right-invalid reviewAt");
    assert.deepEqual((await standing(reviewed.id))[1], late);
  } finally {
    await elsewhere.close();
  }
});

test("two who approve at the same time: one does", async () => {
  const { id } = done(await rights.propose({ ...grant, serviceCode: "raced" }, lin));
  const both = await Promise.all([rights.approve(id, chen), rights.approve(id, { by: "Wu" })]);
  assert.equal(both.filter(({ ok }) => ok).length, 1);
  assert.equal((await rights.history(id)).length, 3);
});

const wrong: [string, Parameters<typeof rights.propose>[0]][] = [
  ["right-invalid dates", { ...grant, validUntil: new Date(at - day) }],
  ["right-invalid dates", { ...grant, validUntil: new Date(at + 6 * 366 * day) }],
  ["right-invalid dates", { ...grant, validUntil: new Date(Number.NaN) }],
  ["right-invalid method", { ...grant, method: "GET, POST" }],
  ["right-invalid pathGlob", { ...grant, pathGlob: "v1" }],
  ["right-invalid fields", { ...grant, fields: ["/a~2"] }],
  ["right-invalid purposes", { ...grant, purposes: ["because I say so"] }],
  ["right-invalid quota", { ...grant, quota: { requests: 0, per: "day" } }],
  ["right-invalid quota", { ...grant, quota: { requests: 1.5, per: "day" } }],
  ["right-invalid subject", { ...grant, subject: { kind: "subsystem", id: "LOCALGROUP:x" } }],
  ["right-invalid subject", { ...grant, subject: { kind: "local-group", id: "TW/GOV/PORTAL/app" } }],
  ["group-unknown", { ...grant, subject: { kind: "local-group", id: "nobody" } }],
  ["group-unknown", { ...grant, subject: { kind: "global-group", id: "nobody" } }],
];
for (const [expected, proposal] of wrong) {
  test(`cannot be proposed: ${expected} ${JSON.stringify(proposal.subject)}`, async () => {
    assert.equal(refused(await rights.propose(proposal, lin)), expected);
  });
}

test("a right of another agency's gateway on the same database is not ours to touch", async () => {
  const other = openRights({ database, log, clock, member: testMember("OTHER"), directory: () => undefined });
  const { id } = done(await rights.grant({ ...grant, serviceCode: "ours" }));
  assert.equal(refused(await other.revoke(id, lin)), "right-unknown");
  assert.equal(await other.find(id), undefined);
  assert.deepEqual(await other.history(id), []);
  assert.equal(
    refused(await other.propose({ ...grant, serviceCode: "ours" }, { ...lin, replaces: id })),
    "right-unknown",
  );
});

test("an approval that breaks off at any step leaves the proposal, and the right it was to replace, as they were", async () => {
  const { id } = done(await rights.grant({ ...grant, serviceCode: "standing" }));
  const renewal = done(await rights.renew(id, { ...lin, validUntil: new Date(at + 90 * day) }));
  for (const step of [1, 2, 3]) {
    let appended = 0;
    const append: typeof log.append = (tx, entry) => {
      appended += 1;
      return appended === step ? Promise.reject(new Error("killed")) : log.append(tx, entry);
    };
    const dying = openRights({ database, log: { ...log, append }, clock, member, directory: () => undefined });
    await assert.rejects(dying.approve(renewal.id, chen), /killed/);
    assert.equal(appended, step);
    assert.deepEqual([(await rights.find(renewal.id))?.state, (await rights.find(id))?.state], ["proposed", "active"]);
    assert.equal((await rights.history(renewal.id)).length, 1);
  }
  done(await rights.approve(renewal.id, chen));
});

test("names are compared as people read them", () => {
  assert.ok(samePerson("Lin, Mei-hua", "ＬＩＮ  mei hua"));
  assert.ok(samePerson("林美華", "林美華\u200d"));
  assert.ok(!samePerson("林美華", "林美花"));
});
