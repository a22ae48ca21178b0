import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64Url } from "#kernel";
import { commitSync, generateLogKey, openLog } from "#ledger";
import { testDatabase } from "#store/testing";
import { correctFromStatement } from "./correct.ts";
import { deliverFiles } from "./bank/deliver.ts";
import { grantEntitlement } from "./grant.ts";
import { releasePayment } from "./release.ts";
import { loggedActs, type LoggedAct } from "./store-logged-acts.ts";
import { fileOf, grantFor, released, testChannel, testClock, testPayments } from "./testing.ts";

const database = await testDatabase();
const origin = "payer.test/log";
const log = await openLog({ database, origin, key: generateLogKey(origin), clock: testClock });
const member = "TW/GOV/PAYER";
const payments = await testPayments({ database, log: { log, member } });
log.start();
test.after(() => log.stop());

async function entryOf(act: LoggedAct): Promise<Record<string, string>> {
  const { index } = await log.wait(act.staged, "integrated", 3000);
  const [found] = await log.entries(index!, 1);
  return JSON.parse(found!.entry) as Record<string, string>;
}

/** The entry's commitments open to these values and to nothing else. */
async function opens(act: LoggedAct, kind: string, wanted: Record<string, string | RegExp>): Promise<void> {
  const entry = await entryOf(act);
  assert.equal(entry["t"], kind);
  assert.equal(entry["member"], member);
  assert.deepEqual(Object.keys(act.opening).sort(), Object.keys(wanted).sort());
  for (const [field, { salt, value }] of Object.entries(act.opening)) {
    assert.match(value, new RegExp(wanted[field]!), field);
    assert.equal(entry[field], commitSync(value, fromBase64Url(salt)!), field);
  }
}

test("a release is an entry that commits to amount and payee, each under a salt of its own", async () => {
  const [one, other] = [await released(payments, grantFor("AD-1")), await released(payments, grantFor("AD-2"))];
  const [act] = await loggedActs(database, one.instructionId);
  const again = await releasePayment(payments, { entitlementId: one.entitlementId, releasedBy: "officer:wang" });
  assert.ok(again.ok && again.value.repeated);
  assert.equal((await loggedActs(database, one.instructionId)).length, 1, "a second click is no second entry");
  await opens(act!, "payment.released", {
    pay: one.instructionId,
    cas: "AD-1",
    amt: /^TWD 18750$/,
    payee: /林𡘙美/,
    rec: one.binding,
  });
  const [entry, twin] = [await entryOf(act!), await entryOf((await loggedActs(database, other.instructionId))[0]!)];
  assert.notEqual(entry["amt"], twin["amt"], "equal amounts do not look equal");
  assert.notEqual(entry["payee"], twin["payee"]);
  assert.equal(new Set(Object.values(act!.opening).map(({ salt }) => salt)).size, 5);
});

test("what is rolled back leaves no entry", async () => {
  const granted = await grantEntitlement(payments, grantFor("AD-3"));
  assert.ok(granted.ok);
  const { entitlementId, instructionId } = granted.value;
  const staged = async () => (await loggedActs(database, instructionId)).length;
  const size = async () => (await log.status()).size;
  const before = await size();
  await assert.rejects(
    database.transaction(async (tx) => {
      assert.ok((await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" }, tx)).ok);
      assert.equal((await loggedActs(tx, instructionId)).length, 1);
      throw new Error("the case could not take the step");
    }),
  );
  assert.ok(!(await releasePayment(payments, { entitlementId, releasedBy: "officer:chen" })).ok, "the same person");
  assert.equal(await staged(), 0);
  await released(payments, grantFor("AD-4"));
  const [act] = await loggedActs(database, (await released(payments, grantFor("AD-5"))).instructionId);
  await log.wait(act!.staged, "integrated", 3000);
  assert.equal(await size(), before + 2n, "two releases since, two entries");
});

test("a file that reached the bank is an entry, once; one that did not is none", async () => {
  const file = await fileOf(payments);
  const down = { ...testChannel(), send: () => Promise.reject(new Error("down")) };
  assert.equal((await deliverFiles(payments, down)).failed.length, 1);
  assert.deepEqual(await loggedActs(database, file.id), []);
  await deliverFiles(payments, testChannel());
  await deliverFiles(payments, testChannel());
  const acts = await loggedActs(database, file.id);
  assert.equal(acts.length, 1);
  await opens(acts[0]!, "bank-file.sent", { rec: new RegExp(file.sha256) });
  assert.equal((await entryOf(acts[0]!))["file"], file.id);
});

test("a correction from the statement is an entry with the state it set", async () => {
  const { instructionId } = await released(payments, grantFor("AD-6"));
  await fileOf(payments);
  await deliverFiles(payments, testChannel());
  const correction = {
    instructionId,
    to: "settled",
    evidence: { statement: "S-1", line: "7" },
    by: "officer:chen",
    confirmedBy: "officer:wang",
  } as const;
  assert.ok((await correctFromStatement(payments, correction)).ok);
  assert.ok((await correctFromStatement(payments, correction)).ok);
  assert.ok(!(await correctFromStatement(payments, { ...correction, confirmedBy: correction.by })).ok);
  const acts = (await loggedActs(database, instructionId)).filter(({ kind }) => kind === "payment.corrected");
  assert.equal(acts.length, 1);
  await opens(acts[0]!, "payment.corrected", { pay: instructionId, rec: /"statement":"S-1"/ });
  assert.equal((await entryOf(acts[0]!))["to"], "settled");
});
