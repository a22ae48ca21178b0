import assert from "node:assert/strict";
import { test } from "node:test";
import { proveBooks, readBooks } from "./books/books.ts";
import { endHold, holdPayment } from "./hold.ts";
import { makeFile } from "./bank/make-file.ts";
import { releasePayment } from "./release.ts";
import { grantFor, released, testPayments } from "./testing.ts";
import { paymentFor } from "./views/view.ts";

const payments = await testPayments();
const code = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? "ok" : result.error?.code);
const encumbered = async () =>
  (await readBooks(payments)).find(({ account }) => account === "encumbered")?.balance ?? 0n;

test("a released payment is stopped before it is in a file, and goes on only when released anew", async () => {
  const { instructionId, entitlementId } = await released(payments, grantFor("HOLD-1"));
  const hold = { instructionId, note: "the payee moved", by: "officer:lee" };
  assert.equal(code(await holdPayment(payments, { ...hold, note: " " })), "evidence-missing");
  assert.equal(code(await holdPayment(payments, hold)), "ok");
  assert.equal(code(await holdPayment(payments, hold)), "ok");
  assert.equal(code(await holdPayment(payments, { ...hold, by: "officer:wu" })), "payment-changed");
  assert.equal((await paymentFor(payments, "HOLD-1"))?.state, "held");
  assert.equal(await encumbered(), 0n);
  assert.equal(code(await makeFile(payments)), "nothing-to-pay");

  assert.equal(code(await endHold(payments, hold)), "ok");
  assert.equal(code(await endHold(payments, hold)), "ok");
  assert.equal((await paymentFor(payments, "HOLD-1"))?.state, "approved-once");
  assert.equal(code(await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })), "ok");
  assert.equal(code(await makeFile(payments)), "ok");
  assert.equal(code(await holdPayment(payments, hold)), "payment-changed");
  assert.deepEqual(await proveBooks(payments), []);
});

test("whoever lets a held payment go on does not release it as well", async () => {
  const { instructionId, entitlementId } = await released(payments, grantFor("HOLD-2"));
  assert.equal(code(await holdPayment(payments, { instructionId, note: "odd", by: "officer:lee" })), "ok");
  assert.equal(code(await endHold(payments, { instructionId, note: "fine", by: "officer:wang" })), "ok");
  assert.equal(code(await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })), "same-person");
  assert.equal(code(await releasePayment(payments, { entitlementId, releasedBy: "officer:lee" })), "ok");
});

test("an id that nobody knows, and a hold that the checks made", async () => {
  const by = { note: "x", by: "officer:lee" };
  assert.equal(code(await holdPayment(payments, { instructionId: "none", ...by })), "payment-changed");
  assert.equal(code(await endHold(payments, { instructionId: "none", ...by })), "payment-changed");
});
