import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOwner } from "../check-owner.ts";
import { collectStatuses, quarantine } from "./collect.ts";
import { correctFromStatement, type Correction } from "../correct.ts";
import { deliverFiles } from "./deliver.ts";
import { markOverdue } from "../overdue.ts";
import { receiveStatus } from "./receive-status.ts";
import { releasePayment } from "../release.ts";
import { reroutePayment } from "../reroute.ts";
import { fileOf, grantFor, released, reportXml, testChannel, testClock, testPayments } from "../testing.ts";
import { paymentFor } from "../views/view.ts";

const payments = await testPayments();

/** One payment, sent; answers what a report needs. */
async function sent(caseRef: string): Promise<{ file: string; id: string; entitlementId: string }> {
  const { instructionId, entitlementId } = await released(payments, grantFor(caseRef));
  const file = await fileOf(payments);
  await deliverFiles(payments, testChannel());
  return { file: file.id, id: instructionId, entitlementId };
}

async function take(xml: string): Promise<string> {
  const taken = await receiveStatus(payments, xml);
  if (!taken.ok) return taken.error.code;
  return `${taken.value.lines.map((line) => line.outcome).join(" ")}${taken.value.repeated ? " (repeated)" : ""}`;
}

async function state(caseRef: string): Promise<string> {
  const view = await paymentFor(payments, caseRef);
  return `${view?.state} ${view?.public.state}`;
}

/** The bank says that the account is the payee's. */
async function confirmed(account: { institution: string; number: string }): Promise<void> {
  const channel = { ask: async () => ({ result: "match" }) as const };
  const question = { person: "p", account, holderNumber: "A700000001", holderName: "林𡘙美" };
  assert.ok((await checkOwner(payments, channel, question)).ok);
}

test("accepted, then settled; the same report twice and late ones change nothing", async () => {
  const { file, id } = await sent("R-1");
  assert.equal(await state("R-1"), "submitted sent");
  const accepted = reportXml(file, "ACTC");
  assert.equal(await take(accepted), "applied");
  assert.equal(await state("R-1"), "accepted sent");
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "ACCC" }])), "applied");
  assert.equal(await take(accepted), "applied (repeated)");
  assert.equal(await take(reportXml(file, "ACSP")), "repeated");
  assert.equal(await state("R-1"), "settled paid");
  assert.equal((await paymentFor(payments, "R-1"))?.events.filter(({ to }) => to === "settled").length, 1);
});

test("the same report many times at once is applied once", async () => {
  const { file } = await sent("R-2");
  const xml = reportXml(file, "ACCC");
  const answers = await Promise.all([1, 2, 3, 4].map(() => take(xml)));
  assert.deepEqual(answers.sort(), ["applied", ...Array<string>(3).fill("applied (repeated)")]);
});

test("refused: the person reads what to do, and the reason is kept", async () => {
  const { file, id } = await sent("R-3");
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "RJCT", reason: "AC06" }])), "applied");
  const view = await paymentFor(payments, "R-3");
  assert.equal(view?.reason, "AC06");
  assert.equal(view.public.state, "not-paid");
  assert.match(view.public.advice?.en ?? "", /cannot receive/);
  assert.doesNotMatch(JSON.stringify(view.public), /警示|blocked|flagged/);
});

test("a settled payment called refused: nothing changes, a person must look", async () => {
  const { file, id } = await sent("R-4");
  await take(reportXml(file, "ACSC"));
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "RJCT", reason: "AC04" }])), "contradiction");
  assert.equal(await state("R-4"), "settled paid");
  assert.ok((await quarantine(payments)).some((entry) => entry.instruction === id && entry.why === "contradiction"));
});

test("the statement decides a contradiction: two people, evidence, an event of its own, once", async () => {
  const { file, id } = await sent("R-4b");
  await take(reportXml(file, "ACSC"));
  const correct = async (change: Partial<Correction> = {}): Promise<string> => {
    const done = await correctFromStatement(payments, {
      instructionId: id,
      to: "returned",
      evidence: { statement: "S-17", line: "4" },
      reason: "AC04",
      by: "officer:chen",
      confirmedBy: "officer:wang",
      ...change,
    });
    return done.ok ? `${done.value.from} to ${done.value.to}${done.value.repeated ? " before" : ""}` : done.error.code;
  };
  assert.equal(await correct({ confirmedBy: "officer:chen" }), "same-person");
  assert.equal(await correct({ evidence: { statement: "S-17", line: " " } }), "evidence-missing");
  assert.equal(await correct({ instructionId: "nobody" }), "not-correctable");
  assert.equal(await correct(), "settled to returned");
  assert.equal(await correct(), "settled to returned before");
  assert.equal(await correct({ to: "not-received" }), "not-correctable");
  assert.equal(await state("R-4b"), "returned not-paid");
  assert.equal((await paymentFor(payments, "R-4b"))?.reason, "AC04");
});

test("while the bank contradicts itself, no second attempt: the statement first", async () => {
  const { file, id, entitlementId } = await sent("R-4c");
  await take(reportXml(file, "PART", [{ id, code: "RJCT", reason: "AC04" }]));
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "ACCC" }])), "contradiction");
  const reroute = async (): Promise<string> => {
    const account = { institution: "0040001", number: "1" };
    const next = await reroutePayment(payments, {
      entitlementId,
      instructionId: id,
      account,
      approvedBy: "officer:li",
    });
    return next.ok ? "rerouted" : next.error.code;
  };
  const isOpen = async (): Promise<boolean> => (await quarantine(payments)).some((entry) => entry.instruction === id);
  assert.equal(await reroute(), "contradicted");
  assert.ok(await isOpen());
  const evidence = { statement: "S-18", line: "1" };
  const people = { by: "officer:chen", confirmedBy: "officer:wang" };
  const done = await correctFromStatement(payments, { instructionId: id, to: "rejected", evidence, ...people });
  assert.ok(done.ok);
  assert.ok(!(await isOpen()));
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "ACSC" }])), "contradiction");
  assert.equal(await reroute(), "contradicted", "a contradiction after the correction is a new one");
  await correctFromStatement(payments, {
    instructionId: id,
    to: "rejected",
    evidence: { ...evidence, line: "2" },
    ...people,
  });
  assert.equal(await reroute(), "rerouted");
});

test("another amount, a line that is not ours, and a line of another file are faults, not statuses", async () => {
  const other = await sent("R-5");
  const { file, id } = await sent("R-6");
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "ACCC", amount: "187500" }])), "amount-differs");
  assert.equal(await take(reportXml(file, "PART", [{ id: "nobody", code: "ACCC" }])), "unmatched");
  assert.equal(await take(reportXml(file, "PART", [{ id: other.id, code: "ACCC" }])), "unmatched");
  assert.equal(await state("R-5"), "submitted sent");
  assert.equal(await state("R-6"), "submitted sent");
});

test("unknown files and what cannot be read go to quarantine with their bytes, each time alike", async () => {
  const unknown = reportXml("TRK-19990101-000001", "ACCC");
  const hostile = `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Document>&b;\u0000</Document>`;
  for (const _ of [1, 2]) {
    assert.equal(await take(unknown), "status-unmatched");
    assert.equal(await take(hostile), "status-invalid");
  }
  const kept = await payments.database.query<{ content: Buffer; outcome: string }>(
    "select content, outcome from payments.status_file where outcome <> 'applied' order by outcome",
  );
  assert.deepEqual(
    kept.map(({ content }) => content.toString("utf8")),
    [hostile, unknown],
  );
});

test("a duplicate that the bank reports is unknown, never refused: no second attempt is possible", async () => {
  const { file, id, entitlementId } = await sent("R-7");
  await take(reportXml(file, "PART", [{ id, code: "RJCT", reason: "AM05" }]));
  assert.equal(await state("R-7"), "unknown sent");
  const again = await reroutePayment(payments, {
    entitlementId,
    instructionId: id,
    account: { institution: "0040001", number: "1" },
    approvedBy: "officer:chen",
  });
  assert.equal(again.ok ? "rerouted" : again.error.code, "not-reroutable");
  await take(reportXml(file, "PART", [{ id, code: "ACCC" }]));
  assert.equal(await state("R-7"), "settled paid");
});

test("refused money goes to another account: new attempt, second person again, one payment only", async () => {
  const { file, id, entitlementId } = await sent("R-8");
  await take(reportXml(file, "PART", [{ id, code: "RJCT", reason: "AC04" }]));
  const wanted = {
    entitlementId,
    instructionId: id,
    account: { institution: "0040001", number: "123" },
    approvedBy: "officer:li",
  };
  await confirmed(wanted.account);
  const next = await reroutePayment(payments, wanted);
  assert.ok(next.ok);
  assert.equal(next.value.instructionId, id.replace(/-01$/, "-02"));
  const second = await reroutePayment(payments, wanted);
  assert.equal(second.ok ? "rerouted" : second.error.code, "not-reroutable");
  const bySame = await releasePayment(payments, { entitlementId, releasedBy: "officer:li" });
  assert.equal(bySame.ok ? "released" : bySame.error.code, "same-person");
  assert.ok((await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })).ok);
  const retry = await fileOf(payments);
  await deliverFiles(payments, testChannel());
  assert.equal(await take(reportXml(file, "PART", [{ id, code: "ACCC" }])), "contradiction");
  assert.equal(await take(reportXml(retry.id, "ACCC")), "applied");
  assert.equal(await state("R-8"), "settled paid");
});

test("silence becomes unknown by the clock, and a late report still settles", async () => {
  const { file, id } = await sent("R-9");
  assert.ok(!(await markOverdue(payments)).includes(id));
  testClock.advance(25 * 3_600_000);
  assert.ok((await markOverdue(payments)).includes(id));
  assert.equal(await state("R-9"), "unknown sent");
  assert.deepEqual(await markOverdue(payments), []);
  assert.equal(await take(reportXml(file, "ACCC")), "applied");
  assert.equal(await state("R-9"), "settled paid");
});

test("collecting repeats without harm", async () => {
  const { file } = await sent("R-10");
  const channel = testChannel([
    { name: "one", xml: reportXml(file, "ACCC") },
    { name: "two", xml: "<html>" },
  ]);
  assert.deepEqual(await collectStatuses(payments, channel), { applied: 1, repeated: 0, quarantined: 1 });
  assert.deepEqual(await collectStatuses(payments, channel), { applied: 0, repeated: 1, quarantined: 1 });
});
