import assert from "node:assert/strict";
import { test } from "node:test";
import { proveBooks, readBooks } from "../books/books.ts";
import { collectStatuses } from "./collect.ts";
import { deliverFiles } from "./deliver.ts";
import { openIncidents } from "../incidents.ts";
import { receiveNotification } from "./receive-notification.ts";
import { receiveStatus } from "./receive-status.ts";
import { linesOfInstruction } from "./store-bank-lines.ts";
import { reroutePayment } from "../reroute.ts";
import { listSuspense, resolveSuspense, type Resolve } from "./suspense.ts";
import {
  fileOf,
  grantFor,
  notificationXml,
  released,
  reportXml,
  testChannel,
  testPayments,
  type TestLine,
} from "../testing.ts";
import { paymentFor } from "../views/view.ts";

const payments = await testPayments();
let messages = 0;

async function sent(caseRef: string): Promise<{ file: string; id: string }> {
  const { instructionId } = await released(payments, grantFor(caseRef));
  const file = await fileOf(payments);
  await deliverFiles(payments, testChannel());
  return { file: file.id, id: instructionId };
}

async function take(...lines: TestLine[]): Promise<string> {
  return takeXml(notificationXml(`N-${(messages += 1)}`, lines));
}

async function takeXml(xml: string): Promise<string> {
  const taken = await receiveNotification(payments, xml);
  if (!taken.ok) return `${taken.error.code}: ${taken.error.inside}`;
  const { booked, before, reused, repeated } = taken.value;
  const counts = Object.entries({ ...booked, before, reused }).filter(([, count]) => count > 0);
  return counts.map(([what, count]) => `${what} ${count}`).join(", ") + (repeated ? "repeated" : "");
}

async function state(caseRef: string): Promise<string> {
  const view = await paymentFor(payments, caseRef);
  return [view?.state, view?.reason].filter(Boolean).join(" ");
}

test.afterEach(async () => assert.deepEqual(await proveBooks(payments), []));

test("a debit confirms settlement and a credit with a reason brings the money back; each line once, whatever brings it", async () => {
  const { id } = await sent("N-1");
  const debit = { ref: "D1", way: "DBIT", amount: "18750", id } as const;
  const xml = notificationXml("N-first", [debit]);
  assert.equal(await takeXml(xml), "settlement 1");
  assert.equal(await state("N-1"), "settled");
  assert.equal(await takeXml(xml), "repeated");
  const back = { ref: "C1", way: "CRDT", amount: "18750.00", id, reason: "AC04" } as const;
  assert.equal(await take(debit, back), "return 1, before 1");
  assert.equal(await state("N-1"), "returned AC04");
  assert.equal(await take(back), "before 1");
  assert.deepEqual(
    (await linesOfInstruction(payments.database, id)).map(({ reference, outcome }) => `${reference} ${outcome}`),
    ["C1 return", "D1 settlement"],
  );
  assert.match((await paymentFor(payments, "N-1"))?.public.advice?.en ?? "", /cannot receive/);
});

test("the same notification and the same line many times at once book once", async () => {
  const { id } = await sent("N-2");
  const line = { ref: "D2", way: "DBIT", amount: "18750", id } as const;
  const same = notificationXml("N-same", [line]);
  const answers = await Promise.all([takeXml(same), takeXml(same), take(line), take(line)]);
  assert.equal(answers.filter((answer) => answer === "settlement 1").length, 1, answers.join("; "));
});

test("out of order: the return before the debit, the return before any status, UETR instead of our id", async () => {
  const first = await sent("N-3");
  assert.equal(await take({ ref: "C3", way: "CRDT", amount: "18750", id: first.id, reason: "" }), "return 1");
  assert.equal(await state("N-3"), "returned");
  assert.equal(await take({ ref: "D3", way: "DBIT", amount: "18750", id: first.id }), "settlement 1");
  assert.equal(await state("N-3"), "returned");
  const { id } = await sent("N-3b");
  const row = await payments.database.one<{ uetr: string }>("select uetr from payments.instruction where id = $1", [
    id,
  ]);
  assert.equal(await take({ ref: "D3b", way: "DBIT", amount: "18750", uetr: row!.uetr }), "settlement 1");
  assert.equal(await take({ ref: "D3c", way: "DBIT", amount: "18750", id: `${id.slice(0, -1)}9` }), "suspense 1");
});

const unexplained: readonly [string, string, (id: string) => TestLine][] = [
  ["a line that names nobody", "unmatched", () => ({ ref: "S1", way: "CRDT", amount: "500" })],
  ["another amount", "amount-differs", (id) => ({ ref: "S2", way: "DBIT", amount: "13", id })],
  ["a credit without a return reason", "no-return-reason", (id) => ({ ref: "S3", way: "CRDT", amount: "18750", id })],
];
for (const [name, why, line] of unexplained) {
  test(`${name} goes to suspense, with an owner and a day, and moves nothing`, async () => {
    const { id } = await sent(`S-${why}`);
    assert.equal(await take(line(id)), "suspense 1");
    const open = (await listSuspense(payments)).find(({ reference }) => reference === line(id).ref);
    assert.equal(open?.why, why);
    assert.equal(open.owner, "treasury");
    assert.equal(open.dueOn, "2026-01-12");
    assert.equal(open.candidate, why === "unmatched" ? null : id);
    assert.equal(await state(`S-${why}`), "submitted");
  });
}

test("paid twice, returned twice, and a debit of what the bank refused are never explained by themselves", async () => {
  const { id } = await sent("T-1");
  await take({ ref: "T1", way: "DBIT", amount: "18750", id });
  assert.equal(await take({ ref: "T2", way: "DBIT", amount: "18750", id }), "suspense 1");
  await take({ ref: "T3", way: "CRDT", amount: "18750", id, reason: "AC04" });
  assert.equal(await take({ ref: "T4", way: "CRDT", amount: "18750", id, reason: "AC04" }), "suspense 1");
  const other = await sent("T-2");
  await receiveStatus(payments, reportXml(other.file, "PART", [{ id: other.id, code: "RJCT", reason: "AC01" }]));
  assert.equal(await take({ ref: "T5", way: "DBIT", amount: "18750", id: other.id }), "suspense 1");
  const whys = (await listSuspense(payments)).filter(({ reference }) => /^T\d$/.test(reference)).map(({ why }) => why);
  assert.deepEqual(whys.sort(), ["contradiction", "paid-twice", "returned-twice"]);
});

test("the bank reuses a reference for another line: not booked, an incident", async () => {
  const { id } = await sent("U-1");
  await take({ ref: "U1", way: "DBIT", amount: "18750", id });
  assert.equal(await take({ ref: "U1", way: "CRDT", amount: "18750", id, reason: "AC04" }), "reused 1");
  assert.equal(await state("U-1"), "settled");
  assert.ok(
    (await openIncidents(payments)).some(({ kind, subject }) => kind === "reference-reused" && subject === "U1"),
  );
});

test("a reason nobody knows is an incident, and the money is back all the same", async () => {
  const { id } = await sent("V-1");
  await take({ ref: "V1", way: "CRDT", amount: "18750", id, reason: "ZZ99" });
  assert.equal(await state("V-1"), "returned ZZ99");
  assert.ok((await openIncidents(payments)).some(({ kind, subject }) => kind === "reason-unmapped" && subject === id));
});

test("a person explains: two above the limit, once, and only by what fits", async () => {
  const { id } = await sent("W-1");
  await take({ ref: "W1", way: "DBIT", amount: "18750" }, { ref: "W2", way: "CRDT", amount: "300" });
  const open = await listSuspense(payments);
  const find = (reference: string): string => open.find((one) => one.reference === reference)!.id;
  const resolve = async (change: Partial<Resolve>): Promise<string> => {
    const done = await resolveSuspense(payments, {
      suspenseId: find("W1"),
      to: { kind: "instruction", instructionId: id },
      note: "the clearing house confirmed it by letter 12",
      by: "treasury:wu",
      confirmedBy: "treasury:ho",
      ...change,
    });
    return done.ok
      ? `done${done.value.repeated ? " before" : ""}`
      : [done.error.code, done.error.params?.["why"]].filter(Boolean).join(" ");
  };
  const { confirmedBy: _, ...alone } = { confirmedBy: "" };
  assert.equal(await resolve({ ...alone, confirmedBy: "treasury:wu" }), "confirmation-needed");
  assert.equal(await resolve({ note: " " }), "evidence-missing");
  assert.equal(await resolve({ suspenseId: "nobody" }), "suspense-unknown");
  assert.equal(
    await resolve({ to: { kind: "instruction", instructionId: "nobody" } }),
    "explanation-wrong payment-unknown",
  );
  assert.equal(await resolve({ suspenseId: find("W2") }), "explanation-wrong amount-differs");
  assert.equal(await resolve({}), "done");
  assert.equal(await state("W-1"), "settled");
  assert.equal(await resolve({}), "done before");
  assert.equal(await resolve({ to: { kind: "not-ours" } }), "suspense-explained");
  assert.equal(await resolve({ suspenseId: find("W2"), to: { kind: "not-ours" }, confirmedBy: "" }), "done");
  assert.equal(await take({ ref: "W1", way: "DBIT", amount: "18750" }), "before 1");
});

test("a refused payment that the bank debited all the same cannot be sent again before somebody explained the debit", async () => {
  const { file, id } = await sent("Y-1");
  await receiveStatus(payments, reportXml(file, "PART", [{ id, code: "RJCT", reason: "AC04" }]));
  await take({ ref: "Y1", way: "DBIT", amount: "18750", id });
  const { entitlementId } = (await paymentFor(payments, "Y-1"))!;
  const account = { institution: "0040001", number: "9" };
  const reroute = () =>
    reroutePayment(payments, { entitlementId, instructionId: id, account, approvedBy: "officer:li" });
  const early = await reroute();
  assert.equal(early.ok ? "" : early.error.code, "contradicted");
  const line = (await listSuspense(payments)).find(({ reference }) => reference === "Y1")!;
  const people = { by: "treasury:wu", confirmedBy: "treasury:ho" };
  const to = { kind: "instruction", instructionId: id } as const;
  assert.ok((await resolveSuspense(payments, { suspenseId: line.id, to, note: "it was paid", ...people })).ok);
  assert.equal(await state("Y-1"), "settled AC04");
  assert.equal((await reroute()).ok, false);
  assert.equal(await take({ ref: "Y2", way: "DBIT", amount: "18750", id }), "suspense 1");
  assert.equal((await listSuspense(payments)).find(({ reference }) => reference === "Y2")?.why, "paid-twice");
});

test("what was explained is no suspense any more: the books say how much is left", async () => {
  const open = (await listSuspense(payments)).reduce((sum, { amount }) => sum + amount, 0n);
  const balance = (account: string): bigint =>
    readable.find((row) => row.account === account && row.programme === "main")?.balance ?? 0n;
  const readable = await readBooks(payments);
  assert.equal(balance("suspense"), open);
  assert.equal(balance("bank-difference"), -open);
});

test("collecting takes reports and notifications alike", async () => {
  const { id } = await sent("X-1");
  const channel = testChannel([
    { name: "n.xml", xml: notificationXml("N-x", [{ ref: "X1", way: "DBIT", amount: "18750", id }]) },
    { name: "bad.xml", xml: notificationXml("N-y", [{ ref: "X2", way: "DBIT", amount: "-1", id }]) },
  ]);
  assert.deepEqual(await collectStatuses(payments, channel), { applied: 1, repeated: 0, quarantined: 1 });
  assert.deepEqual(await collectStatuses(payments, channel), { applied: 0, repeated: 1, quarantined: 1 });
  assert.equal(await state("X-1"), "settled");
});
