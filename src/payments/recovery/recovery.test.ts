import assert from "node:assert/strict";
import { test } from "node:test";
import { proveBooks, readBooks } from "../books/books.ts";
import { cancelPayment } from "../cancel.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { grantEntitlement } from "../grant.ts";
import { keptFrom, offsetRecovery, type Offset } from "./offset.ts";
import { receiveNotification } from "../bank/receive-notification.ts";
import {
  closeRecoveries,
  endRecovery,
  listRecoveries,
  openRecovery,
  planInstalments,
  recoveriesOf,
  recoveryById,
  type OpenRecovery,
} from "./recovery.ts";
import { releasePayment } from "../release.ts";
import { listSuspense, resolveSuspense } from "../bank/suspense.ts";
import { fileOf, grantFor, hashOf, notificationXml, released, testChannel, testPayments } from "../testing.ts";
import { paymentById } from "../views/view.ts";

const payments = await testPayments();
let lines = 0;

/** A payment that was made. */
async function paid(caseRef: string): Promise<string> {
  const { instructionId, entitlementId } = await released(payments, grantFor(caseRef));
  await fileOf(payments);
  await deliverFiles(payments, testChannel());
  await notify({ way: "DBIT", amount: 18_750n, id: instructionId });
  return entitlementId;
}

async function notify(line: { way: "DBIT" | "CRDT"; amount: bigint; id?: string; text?: string }): Promise<void> {
  lines += 1;
  const taken = await receiveNotification(payments, notificationXml(`M${lines}`, [{ ...line, ref: `L${lines}` }]));
  assert.ok(taken.ok);
}

async function open(
  entitlementId: string,
  change: Partial<OpenRecovery> = {},
): Promise<{ id: string; reference: string }> {
  const opened = await openRecovery(payments, {
    entitlementId,
    person: "person-1",
    amount: 18_750n,
    reason: "同一輔具已由他機關補助",
    legalBasis: "行政程序法第127條",
    decisionHash: hashOf("asked back"),
    dueOn: "2026-02-05",
    by: "officer:chen",
    confirmedBy: "officer:wang",
    ...change,
  });
  if (!opened.ok) throw new Error(opened.error.code);
  return { id: opened.value.recoveryId, reference: opened.value.reference };
}

async function standing(): Promise<Record<string, bigint>> {
  const wanted = ["paid", "recovery-open", "recovered", "written-off"];
  const rows = (await readBooks(payments)).filter(({ account }) => wanted.includes(account));
  return Object.fromEntries(rows.map(({ account, balance }) => [account, balance]));
}

const stateOf = async (entitlementId: string): Promise<string | undefined> =>
  (await paymentById(payments, entitlementId))?.state;

test.afterEach(async () => assert.deepEqual(await proveBooks(payments), []));

test("asked back: a decision by two, found again by its reference, paid in parts, then closed", async () => {
  const entitlementId = await paid("K-1");
  await assert.rejects(open(entitlementId, { confirmedBy: "officer:chen" }), /same-person/);
  await assert.rejects(open(entitlementId, { reason: " " }), /recovery-invalid/);
  await assert.rejects(open(entitlementId, { dueOn: "2026-01-04" }), /recovery-invalid/);
  await assert.rejects(open(entitlementId, { dueOn: "2026-02-30" }), /recovery-invalid/);
  await assert.rejects(open(entitlementId, { amount: 18_751n }), /recovery-exceeded/);
  await assert.rejects(open(entitlementId, { amount: 0n }), /recovery-exceeded/);
  const { id, reference } = await open(entitlementId);
  assert.equal((await open(entitlementId)).id, id, "the same decision again is the same claim");
  await assert.rejects(open(entitlementId, { decisionHash: hashOf("another") }), /not-recoverable/);
  assert.equal((await paymentById(payments, entitlementId))?.public.state, "asked-back");
  assert.deepEqual(await standing(), { paid: 0n, "recovery-open": 18_750n });

  const plan = [
    { dueOn: "2026-02-05", amount: 10_000n },
    { dueOn: "2026-03-05", amount: 8_750n },
  ];
  const planned = await planInstalments(payments, { recoveryId: id, instalments: plan, by: "officer:chen" });
  assert.ok(planned.ok);
  const short = await planInstalments(payments, { recoveryId: id, instalments: plan.slice(1), by: "officer:chen" });
  assert.equal(short.ok ? "" : short.error.code, "recovery-invalid");
  await notify({ way: "CRDT", amount: 10_000n, text: `還款 ${reference.toLowerCase()} 謝謝` });
  const half = await recoveryById(payments, id);
  assert.deepEqual(
    half?.plan.map(({ state }) => state),
    ["paid", "due"],
  );
  assert.equal(half.left, 8_750n);
  await notify({ way: "CRDT", amount: 9_000n, text: reference });
  assert.equal((await recoveryById(payments, id))?.left, 8_750n, "more than is left waits for a person");
  assert.equal((await listSuspense(payments)).at(-1)?.why, "unmatched");
  await notify({ way: "CRDT", amount: 8_750n, text: reference });
  assert.equal(await stateOf(entitlementId), "recovered");
  assert.deepEqual(await standing(), { paid: 0n, "recovery-open": 0n, recovered: 18_750n });
});

test("a line without the reference is explained as the claim's by two people", async () => {
  const entitlementId = await paid("K-2");
  const { id } = await open(entitlementId, { amount: 5_000n });
  await notify({ way: "CRDT", amount: 5_000n, text: "林小姐" });
  const line = (await listSuspense(payments)).find(({ amount }) => amount === 5_000n)!;
  const explained = await resolveSuspense(payments, {
    suspenseId: line.id,
    to: { kind: "recovery", recoveryId: id },
    note: "payer's name and amount agree with the letter",
    by: "treasury:wu",
    confirmedBy: "treasury:ho",
  });
  assert.ok(explained.ok);
  assert.equal(await stateOf(entitlementId), "recovered");
});

test("what cannot be had is written off by two, what was wrong is withdrawn, and the rest can be asked back once more", async () => {
  const entitlementId = await paid("K-3");
  const first = await open(entitlementId, { amount: 10_000n });
  const end = (how: "write-off" | "withdraw", recoveryId: string, confirmedBy = "officer:wang") =>
    endRecovery(payments, { recoveryId, how, note: "decision 77", by: "officer:chen", confirmedBy });
  const alone = await end("write-off", first.id, "officer:chen");
  assert.equal(alone.ok ? "" : alone.error.code, "same-person");
  assert.ok((await end("withdraw", first.id)).ok);
  assert.equal(await stateOf(entitlementId), "settled");
  const again = await end("withdraw", first.id);
  assert.ok(again.ok && again.value.repeated);
  const second = await open(entitlementId, { decisionHash: hashOf("second") });
  assert.ok((await end("write-off", second.id)).ok);
  assert.equal(await stateOf(entitlementId), "written-off");
  assert.equal((await recoveriesOf(payments, entitlementId)).length, 2);
});

test("part of a later payment of the same person is kept, up to the legal share, and the rest is released anew", async () => {
  const debt = await paid("K-4");
  const { id } = await open(debt, { amount: 5_000n });
  const later = await grantEntitlement(payments, grantFor("K-5"));
  assert.ok(later.ok);
  const { entitlementId, binding } = later.value;
  const keep = async (change: Partial<Offset> = {}): Promise<string> => {
    const kept = await offsetRecovery(payments, {
      recoveryId: id,
      entitlementId,
      person: "person-1",
      amount: 5_000n,
      legalBasis: "示範法第3條",
      by: "officer:chen",
      confirmedBy: "officer:wang",
      ...change,
    });
    if (kept.ok) return `pays ${kept.value.pays}, left ${kept.value.left}`;
    return [kept.error.code, ...Object.values(kept.error.params ?? {})].join(" ");
  };
  assert.equal(await keep({ confirmedBy: "officer:chen" }), "same-person");
  assert.equal(await keep({ person: "person-2" }), "offset-refused other-person");
  assert.equal(await keep({ entitlementId: debt }), "offset-refused own-payment");
  assert.equal(await keep({ amount: 5_001n }), "recovery-exceeded 5000");
  const big = await paid("K-6");
  const { id: bigger } = await open(big, { decisionHash: hashOf("bigger") });
  assert.equal(await keep({ recoveryId: bigger, amount: 5_626n }), "offset-refused above-share 5625");
  assert.equal(await keep(), "pays 13750, left 0");
  assert.equal(await stateOf(debt), "recovery-open", "it may still be taken back");
  const stale = await releasePayment(payments, { entitlementId, releasedBy: "officer:li", binding });
  assert.equal(stale.ok ? "" : stale.error.code, "payment-changed");
  assert.deepEqual(await keptFrom(payments, entitlementId), [
    { recoveryId: id, amount: 5_000n, legalBasis: "示範法第3條" },
  ]);
  assert.ok((await releasePayment(payments, { entitlementId, releasedBy: "officer:li" })).ok);
  assert.equal(await keep({ recoveryId: bigger, amount: 1n }), "offset-refused released");
  assert.equal(await closeRecoveries(payments), 1);
  assert.equal(await stateOf(debt), "recovered");
  assert.ok((await listRecoveries(payments, { person: "person-1" })).every((claim) => claim.left > 0n));
});

test("a payment taken back before its release gives back what was kept of it", async () => {
  const debt = await paid("K-7");
  const { id } = await open(debt, { amount: 1_000n });
  const later = await grantEntitlement(payments, grantFor("K-8"));
  assert.ok(later.ok);
  const { entitlementId } = later.value;
  const people = { by: "officer:chen", confirmedBy: "officer:wang" };
  const wanted = { recoveryId: id, entitlementId, person: "person-1", amount: 1_000n, legalBasis: "示範法第3條" };
  assert.ok((await offsetRecovery(payments, { ...wanted, ...people })).ok);
  assert.ok((await cancelPayment(payments, { entitlementId, cancelledBy: "officer:chen" })).ok);
  assert.equal((await recoveryById(payments, id))?.left, 1_000n);
  assert.deepEqual(await keptFrom(payments, entitlementId), []);
});

test("the database itself lets nobody take more than is left", async () => {
  const { id } = await open(await paid("K-9"), { amount: 10n });
  const take = payments.database.run(
    `insert into payments.recovery_entry (recovery, n, kind, amount, subject, by, at) values ($1, 1, 'received', 11, 'x', 'x', now())`,
    [id],
  );
  await assert.rejects(take, { code: "TP004" });
});
