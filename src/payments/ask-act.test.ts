import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "#kernel";
import { answerAct, askAct, askedActOf, countAskedActs } from "./ask-act.ts";
import { correctFromStatement } from "./correct.ts";
import { deliverFiles } from "./bank/deliver.ts";
import { makeFile } from "./bank/make-file.ts";
import { eventCount } from "./store-asked-acts.ts";
import { grantFor, released, testChannel, testPayments } from "./testing.ts";
import { paymentFor } from "./views/view.ts";

const payments = await testPayments();
const code = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? "ok" : result.error?.code);

async function sent(caseRef: string): Promise<{ id: string; seq: number }> {
  const { instructionId } = await released(payments, grantFor(caseRef));
  await makeFile(payments);
  await deliverFiles(payments, testChannel());
  return { id: instructionId, seq: await eventCount(payments.database, instructionId) };
}

const detail = { to: "settled", statement: "S-1", line: "4" };

test("one asks, another confirms: once, whatever is clicked twice", async () => {
  const { id, seq } = await sent("ASK-1");
  const wish = { act: "correct", subject: id, seq, detail, by: "officer:lee" };
  const first = await askAct(payments, wish);
  const second = await askAct(payments, wish);
  assert.ok(first.ok && second.ok);
  assert.equal(first.value.id, second.value.id);
  assert.equal(code(await askAct(payments, { ...wish, by: "officer:wu" })), "payment-changed");

  let ran = 0;
  const run = async () => {
    ran += 1;
    return correctFromStatement(payments, {
      instructionId: id,
      to: "settled",
      evidence: { statement: "S-1", line: "4" },
      by: "officer:lee",
      confirmedBy: "officer:wu",
    });
  };
  const elsewhere = { id: first.value.id, subjects: ["another"], by: "officer:wu", agree: true };
  assert.equal(code(await answerAct(payments, elsewhere, run)), "payment-changed");
  const answer = { id: first.value.id, subjects: [id], agree: true };
  assert.equal(code(await answerAct(payments, { ...answer, by: "officer:lee" }, run)), "same-person");
  assert.equal(code(await answerAct(payments, { ...answer, by: "officer:wu" }, run)), "ok");
  assert.equal(code(await answerAct(payments, { ...answer, by: "officer:wu" }, run)), "ok");
  assert.equal(code(await answerAct(payments, { ...answer, by: "officer:he" }, run)), "payment-changed");
  assert.equal(ran, 1);
  assert.equal((await paymentFor(payments, "ASK-1"))?.state, "settled");
  assert.equal(await askedActOf(payments, id), undefined);
});

test("what happened in between makes the wish stale; whoever asked may take it back", async () => {
  const { id, seq } = await sent("ASK-2");
  assert.equal(
    code(await askAct(payments, { act: "correct", subject: id, seq: seq - 1, detail, by: "officer:lee" })),
    "payment-changed",
  );
  const asked = await askAct(payments, { act: "correct", subject: id, seq, detail, by: "officer:lee" });
  assert.ok(asked.ok);
  await correctFromStatement(payments, {
    instructionId: id,
    to: "rejected",
    evidence: { statement: "S-1", line: "9" },
    by: "officer:a",
    confirmedBy: "officer:b",
  });
  const never = async () => {
    assert.fail("a stale act ran");
    return ok(undefined);
  };
  assert.equal(
    code(await answerAct(payments, { id: asked.value.id, subjects: [id], by: "officer:wu", agree: true }, never)),
    "payment-changed",
  );
  assert.equal(await countAskedActs(payments), 1);
  assert.equal(
    code(await answerAct(payments, { id: asked.value.id, subjects: [id], by: "officer:lee", agree: false }, never)),
    "ok",
  );
  assert.equal(await countAskedActs(payments), 0);
});

test("an id that is none, and one nobody knows", async () => {
  for (const id of ["1; drop", "019b0000-0000-7000-8000-00000000000a"])
    assert.equal(
      code(await answerAct(payments, { id, subjects: [id], by: "x", agree: true }, () => Promise.resolve(ok(1)))),
      "payment-changed",
    );
});
