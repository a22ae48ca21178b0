import assert from "node:assert/strict";
import { test } from "node:test";
import { proveBooks, setBudget } from "./books.ts";
import { closeDay, closeYesterday, dayReport, listClosedDays, type DayReport } from "./daily-report.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { sha256Hex } from "../binding.ts";
import { publishedPayments } from "./open-data.ts";
import { receiveNotification } from "../bank/receive-notification.ts";
import { receiveStatus } from "../bank/receive-status.ts";
import { listSuspense, resolveSuspense } from "../bank/suspense.ts";
import {
  fileOf,
  grantFor,
  notificationXml,
  released,
  reportXml,
  testChannel,
  testClock,
  testPayments,
} from "../testing.ts";

const payments = await testPayments({ signReport: async (content) => `signed ${content.length}` });
const day = 86_400_000;

async function sent(...caseRefs: string[]): Promise<{ file: string; ids: string[] }> {
  const ids: string[] = [];
  for (const caseRef of caseRefs) ids.push((await released(payments, grantFor(caseRef))).instructionId);
  const file = await fileOf(payments);
  await deliverFiles(payments, testChannel());
  return { file: file.id, ids };
}

async function report(of: string): Promise<DayReport> {
  const made = await dayReport(payments, of);
  assert.ok(made.ok);
  return made.value;
}

const account = (from: DayReport, name: string): string => {
  const row = from.programmes[0]?.accounts.find((one) => one.account === name);
  return row ? `${row.opening} +${row.in} -${row.out} = ${row.closing}` : "";
};

test("three days: opening, movements, closing; differences until they are explained; a chain of signed reports", async () => {
  assert.ok((await setBudget(payments, { programme: "main", amount: 1_000_000n, reason: "Act" })).ok);
  const { file, ids } = await sent("D-1", "D-2");
  await receiveStatus(payments, reportXml(file, "ACCC"));
  const first = await report("2026-01-05");
  assert.equal(account(first, "paid"), "0 +37500 -0 = 37500");
  assert.equal(account(first, "in-transit"), "0 +37500 -37500 = 0");
  assert.equal(account(first, "treasury"), "0 +0 -1000000 = -1000000");
  assert.deepEqual(first.differences, [{ what: "settled-without-a-line", programme: "main", amount: "37500" }]);
  assert.equal((await closeDay(payments, { day: "2026-01-05", by: "treasury:wu" })).ok, false, "the day is not over");

  testClock.advance(day);
  const debits = ids.map((id, n) => ({ ref: `D${n}`, way: "DBIT" as const, amount: 18_750n, id }));
  await receiveNotification(payments, notificationXml("A", [...debits, { ref: "X", way: "CRDT", amount: 900n }]));
  const closed = await closeDay(payments, { day: "2026-01-05", by: "treasury:wu" });
  assert.ok(closed.ok);
  assert.equal(closed.value.sha256, sha256Hex(closed.value.content));
  assert.match(closed.value.signature ?? "", /^signed \d+$/);
  const again = await closeDay(payments, { day: "2026-01-05", by: "treasury:ho" });
  assert.deepEqual(again, closed, "a closed day stays as it is");
  assert.deepEqual((JSON.parse(closed.value.content) as DayReport).differences, []);

  const second = await report("2026-01-06");
  assert.equal(account(second, "paid"), "37500 +0 -0 = 37500");
  assert.equal(account(second, "suspense"), "0 +900 -0 = 900");
  assert.equal(second.previous, closed.value.sha256);
  assert.deepEqual(second.differences, []);
  assert.deepEqual(second.bank, [
    { direction: "credit", outcome: "suspense", lines: 1, sum: "900" },
    { direction: "debit", outcome: "settlement", lines: 2, sum: "37500" },
  ]);
  assert.equal(second.suspense[0]?.owner, "treasury");

  testClock.advance(10 * day);
  const late = await report("2026-01-16");
  assert.deepEqual(late.differences, [{ what: "suspense-overdue", programme: "main", amount: "900" }]);
  const [open] = await listSuspense(payments);
  const resolve = { suspenseId: open!.id, to: { kind: "not-ours" }, note: "sent back", by: "treasury:wu" } as const;
  assert.ok((await resolveSuspense(payments, resolve)).ok);
  assert.equal((await report("2026-01-06")).suspense.length, 1, "a past day says what was open then");
  testClock.advance(day);
  assert.deepEqual((await report("2026-01-17")).differences, []);
  assert.ok((await closeDay(payments, { day: "2026-01-16", by: "treasury:wu" })).ok);
  assert.deepEqual(
    (await listClosedDays(payments)).map((one) => one.day),
    ["2026-01-16", "2026-01-05"],
  );
  assert.deepEqual(await proveBooks(payments), []);
});

test("money that nobody heard of for ten days is a difference", async () => {
  await sent("T-1");
  testClock.advance(11 * day);
  const today = new Date(testClock.now().getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
  assert.ok(
    (await report(today)).differences.some(({ what, amount }) => what === "in-transit-too-long" && amount === "18750"),
  );
});

test("the clock closes the day that is over, once there is something to say", async () => {
  const fresh = await testPayments();
  assert.equal(await closeYesterday(fresh, "system"), undefined);
  await released(fresh, grantFor("Y-1"));
  testClock.advance(day);
  const closed = await closeYesterday(fresh, "system");
  assert.equal(closed?.signature, null, "nobody signs here");
  assert.deepEqual(await closeYesterday(fresh, "system"), closed);
});

test("days that cannot be reported", async () => {
  for (const wrong of ["2026-13-01", "tomorrow", "2099-01-01", ""]) {
    assert.equal((await dayReport(payments, wrong)).ok, false, wrong);
  }
  assert.equal((await closeDay(payments, { day: "2099-01-01", by: "x" })).ok, false);
});

test("published: counts and sums by month, small cells and the one that would give them away suppressed", async () => {
  const many = await testPayments();
  const ids: string[] = [];
  for (let n = 0; n < 14; n += 1) ids.push((await released(many, grantFor(`P-${n}`))).instructionId);
  const file = await fileOf(many);
  await deliverFiles(many, testChannel());
  const lines = ids.map((id, n) =>
    n < 8 ? { id, code: "ACCC" } : { id, code: "RJCT", reason: n < 13 ? "AC01" : "AC04" },
  );
  await receiveStatus(many, reportXml(file.id, "PART", lines));
  const month = testClock.now().toISOString().slice(0, 7);
  const cells = await publishedPayments(many, { from: month, to: month });
  const shown = cells.map(({ outcome, reason = "", payments: count, sum }) => `${outcome} ${reason} ${count} ${sum}`);
  assert.deepEqual(shown, ["paid  8 150000", "refused ask-person null null", "refused other-channel null null"]);
  assert.doesNotMatch(JSON.stringify(cells), /AC0|林|7000021/);
  assert.deepEqual(await publishedPayments(many, { from: "2025-01", to: "2025-02" }), []);
});
