import assert from "node:assert/strict";
import { test } from "node:test";
import {
  approveResend,
  askPerson,
  carryForward,
  confirmNotReceived,
  endHolds,
  sendFileAgain,
  stopForHeirs,
} from "./again.ts";
import { proveBooks } from "./books/books.ts";
import { checkOwner } from "./check-owner.ts";
import { deliverFiles } from "./bank/deliver.ts";
import { closeIncident, openIncidents } from "./incidents.ts";
import { makeFile } from "./bank/make-file.ts";
import { markOverdue } from "./overdue.ts";
import { receiveStatus } from "./bank/receive-status.ts";
import { releasePayment } from "./release.ts";
import { reroutePayment, rerouteToCheque } from "./reroute.ts";
import {
  closedInstitutions,
  fileOf,
  grantFor,
  released,
  reportXml,
  testChannel,
  testClock,
  testPayments,
} from "./testing.ts";
import { paymentFor } from "./views/view.ts";

const payments = await testPayments();
const people = { by: "treasury:wu", confirmedBy: "treasury:ho" };

async function sent(caseRef: string): Promise<{ file: string; id: string; entitlementId: string }> {
  const { instructionId, entitlementId } = await released(payments, grantFor(caseRef));
  const file = await fileOf(payments);
  await deliverFiles(payments, testChannel());
  return { file: file.id, id: instructionId, entitlementId };
}

async function refused(caseRef: string, reason: string): Promise<{ file: string; id: string; entitlementId: string }> {
  const one = await sent(caseRef);
  await receiveStatus(payments, reportXml(one.file, "PART", [{ id: one.id, code: "RJCT", reason }]));
  return one;
}

async function state(caseRef: string): Promise<string> {
  const view = await paymentFor(payments, caseRef);
  return `${view?.state} ${view?.attempt}`;
}

async function closeAll(): Promise<void> {
  for (const { id } of await openIncidents(payments)) {
    assert.ok((await closeIncident(payments, { incidentId: id, ...people, note: "mended" })).ok);
  }
}

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }): string =>
  result.ok ? "ok" : result.error.code;

test.afterEach(async () => assert.deepEqual(await proveBooks(payments), []));

test("FF01: nothing is lost, no new file leaves until two people closed the incident, then the same payees are paid once", async () => {
  const { file } = await sent("F-1");
  await receiveStatus(payments, reportXml(file, "RJCT", [], { fileReason: "FF01" }));
  assert.equal(await state("F-1"), "rejected 1");
  await released(payments, grantFor("F-2"));
  assert.equal(codeOf(await makeFile(payments)), "files-blocked");
  const incident = (await openIncidents(payments)).find(({ kind }) => kind === "file-refused")!;
  assert.equal(incident.subject, file);
  assert.equal(incident.blocks, true);
  const close = { incidentId: incident.id, by: "operator:li", note: "writer mended" };
  assert.equal(codeOf(await closeIncident(payments, close)), "confirmation-needed");
  assert.equal(codeOf(await closeIncident(payments, { ...close, note: "" })), "evidence-missing");
  const again = { file, ...people, note: "writer mended" };
  assert.equal(codeOf(await sendFileAgain(payments, { ...again, confirmedBy: people.by })), "same-person");
  assert.deepEqual(await sendFileAgain(payments, again), { ok: true, value: { again: 1 } });
  assert.equal(codeOf(await sendFileAgain(payments, again)), "not-resendable");
  assert.equal(codeOf(await makeFile(payments)), "files-blocked");
  assert.equal(codeOf(await closeIncident(payments, { ...close, confirmedBy: "treasury:wu" })), "ok");
  assert.equal(codeOf(await closeIncident(payments, { ...close, confirmedBy: "treasury:wu" })), "ok");
  assert.equal(codeOf(await closeIncident(payments, { ...close, by: "someone" })), "incident-closed");
  const made = await fileOf(payments);
  assert.equal(made.lines, 2);
  await deliverFiles(payments, testChannel());
  await receiveStatus(payments, reportXml(made.id, "ACCC"));
  assert.equal(await state("F-1"), "settled 2");
});

test("AM04: the treasury is called, files wait, and the payments leave again with approval", async () => {
  const { file } = await sent("F-3");
  await receiveStatus(payments, reportXml(file, "RJCT", [], { fileReason: "AM04" }));
  assert.ok(
    (await openIncidents(payments)).some(
      (one) => one.kind === "funds-missing" && one.blocks && one.owner === "treasury",
    ),
  );
  assert.deepEqual(await sendFileAgain(payments, { file, ...people, note: "account filled" }), {
    ok: true,
    value: { again: 1 },
  });
  await closeAll();
  assert.equal((await fileOf(payments)).lines, 1);
  await deliverFiles(payments, testChannel());
});

test("what is the payee's reason is not sent again by the file's officers", async () => {
  const { file } = await refused("F-4", "AC04");
  assert.equal(codeOf(await sendFileAgain(payments, { file, ...people, note: "try" })), "not-resendable");
});

test("lost: no status, unknown, the bank asked, its letter noted, the same payment leaves again in a new file, once", async () => {
  const { file, id, entitlementId } = await sent("L-1");
  const evidence = { statement: "letter 2026-9", line: "1" };
  assert.equal(codeOf(await confirmNotReceived(payments, { file, evidence, ...people })), "not-resendable");
  testClock.advance(25 * 3_600_000);
  assert.deepEqual(await markOverdue(payments).then((ids) => ids.includes(id)), true);
  assert.ok((await openIncidents(payments)).some((one) => one.kind === "inquiry" && one.subject === file));
  assert.equal(codeOf(await approveResend(payments, { file, ...people })), "not-resendable");
  assert.equal(
    codeOf(await confirmNotReceived(payments, { file, evidence: { statement: "", line: "1" }, ...people })),
    "evidence-missing",
  );
  assert.equal(codeOf(await confirmNotReceived(payments, { file, evidence, ...people })), "ok");
  assert.equal(await state("L-1"), "not-received 1");
  const reroute = {
    entitlementId,
    instructionId: id,
    account: { institution: "0040001", number: "1" },
    approvedBy: "x",
  };
  assert.equal(codeOf(await reroutePayment(payments, reroute)), "not-reroutable");
  assert.equal(codeOf(await approveResend(payments, { file, ...people })), "ok");
  const second = await fileOf(payments);
  assert.notEqual(second.id, file);
  await deliverFiles(payments, testChannel());
  await receiveStatus(payments, reportXml(second.id, "ACCC"));
  assert.equal(await state("L-1"), "settled 1");
  const late = await receiveStatus(payments, reportXml(file, "PART", [{ id, code: "ACCC" }]));
  assert.equal(late.ok && late.value.lines[0]?.outcome, "unmatched", "the first file's late report is for a person");
});

test("a new account waits 24 hours unless its bank confirms it; one the bank calls wrong is refused", async () => {
  const { id, entitlementId } = await refused("H-1", "AC04");
  assert.equal(codeOf(await askPerson(payments, { instructionId: id, by: "system" })), "ok");
  assert.equal(codeOf(await askPerson(payments, { instructionId: id, by: "system" })), "ok");
  const account = { institution: "0040001", number: "77" };
  const reroute = { entitlementId, instructionId: id, account, approvedBy: "officer:li" };
  const verdict = async (result: "closed" | "match"): Promise<unknown> =>
    checkOwner(
      payments,
      { ask: async () => ({ result }) },
      {
        person: `p-${result}`,
        account,
        holderNumber: "A700000001",
        holderName: "林𡘙美",
      },
    );
  await verdict("closed");
  assert.equal(codeOf(await reroutePayment(payments, reroute)), "account-refused");
  const other = { ...reroute, account: { institution: "0040001", number: "78" } };
  const held = await reroutePayment(payments, other);
  assert.ok(held.ok);
  assert.equal(held.value.heldUntil?.toISOString(), new Date(testClock.now().getTime() + 24 * 3_600_000).toISOString());
  assert.equal(await state("H-1"), "held 2");
  assert.equal(codeOf(await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })), "not-releasable");
  assert.deepEqual(await endHolds(payments), []);
  testClock.advance(24 * 3_600_000);
  assert.deepEqual(await endHolds(payments), [held.value.instructionId]);
  assert.equal(codeOf(await releasePayment(payments, { entitlementId, releasedBy: "officer:li" })), "same-person");
  assert.equal(codeOf(await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })), "ok");
  await fileOf(payments);
  await deliverFiles(payments, testChannel());
});

test("a cheque: CHK with the address the person gave, in a file of its own", async () => {
  const { id, entitlementId } = await refused("Q-1", "AC06");
  const lines = ["臺北市示範區模擬路1號", "5樓之2"];
  const cheque = { entitlementId, instructionId: id, approvedBy: "officer:li" };
  for (const address of [
    { postalCode: "1", lines },
    { postalCode: "100", lines: [] },
    { postalCode: "100", lines: ["\u0000"] },
    { postalCode: "100", lines: ["路".repeat(71)] },
    { postalCode: "100", lines: ["a", "b", "c", "d"] },
  ])
    assert.equal(codeOf(await rerouteToCheque(payments, { ...cheque, address })), "cheque-invalid");
  assert.equal(codeOf(await rerouteToCheque(payments, { ...cheque, address: { postalCode: "100001", lines } })), "ok");
  assert.equal(codeOf(await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })), "ok");
  await released(payments, grantFor("Q-2"));
  const files = [await fileOf(payments), await fileOf(payments)];
  assert.deepEqual(
    files.map((file) => file.lines),
    [1, 1],
  );
  const channel = testChannel();
  await deliverFiles(payments, channel);
  const xml = channel.sent.find((file) => file.xml.includes("<PmtMtd>CHK"))?.xml ?? "";
  assert.match(
    xml,
    /<Cdtr><Nm>林𡘙美<\/Nm><PstlAdr><PstCd>100001<\/PstCd><AdrLine>臺北市示範區模擬路1號<\/AdrLine><AdrLine>5樓之2/,
  );
  assert.doesNotMatch(xml, /CdtrAcct|CdtrAgt/);
  await assert.rejects(
    payments.database.run("update payments.instruction set cheque = null where cheque is not null"),
    {
      code: "TP002",
    },
  );
});

test("a merged branch: re-mapped by the directory and sent on by itself, once, if the bank says it is the payee's", async () => {
  const { id } = await sent("M-1");
  const file = (await paymentFor(payments, "M-1"))!.file!.id;
  closedInstitutions.add("7000021");
  try {
    await receiveStatus(payments, reportXml(file, "PART", [{ id, code: "RJCT", reason: "AC08" }]));
    const asked: string[] = [];
    const bank = (result: "match" | "unknown") => async (o: { account: { institution: string } }) => {
      asked.push(o.account.institution);
      return { result };
    };
    assert.deepEqual(await carryForward(payments, bank("unknown")), []);
    assert.equal(await state("M-1"), "rejected 1");
    assert.deepEqual(await carryForward(payments, bank("match")), [id.replace(/-01$/, "-02")]);
    assert.deepEqual(asked, ["0040001", "0040001"]);
    const view = (await paymentFor(payments, "M-1"))!;
    assert.equal(view.state, "approved");
    assert.equal(view.institution, "0040001");
    assert.equal(view.events.at(-1)?.by, "system");
    const next = await fileOf(payments);
    await deliverFiles(payments, testChannel());
    await receiveStatus(
      payments,
      reportXml(next.id, "PART", [{ id: view.instructionId, code: "RJCT", reason: "AC08" }]),
    );
    assert.deepEqual(await carryForward(payments, bank("match")), [], "only once");
  } finally {
    closedInstitutions.delete("7000021");
  }
});

test("after the cut-off: sent on by itself for the next banking day, once", async () => {
  const { file, id } = await sent("T-1");
  await receiveStatus(payments, reportXml(file, "RJCT", [], { fileReason: "TM01" }));
  const ask = async () => assert.fail("no bank is asked about an account that is known");
  assert.deepEqual(await carryForward(payments, ask), [id.replace(/-01$/, "-02")]);
  await fileOf(payments);
  await deliverFiles(payments, testChannel());
});

test("a payee who died: nobody sends it elsewhere, two people stop it for the heirs", async () => {
  const { id, entitlementId } = await refused("D-1", "MD07");
  assert.ok((await openIncidents(payments)).some((one) => one.kind === "payee-dead" && one.subject === id));
  const reroute = {
    entitlementId,
    instructionId: id,
    account: { institution: "0040001", number: "5" },
    approvedBy: "x",
  };
  assert.equal(codeOf(await reroutePayment(payments, reroute)), "payee-dead");
  const stop = { instructionId: id, note: "死亡登記", ...people };
  assert.equal(codeOf(await stopForHeirs(payments, { ...stop, confirmedBy: people.by })), "same-person");
  assert.equal(codeOf(await stopForHeirs(payments, stop)), "ok");
  assert.equal(codeOf(await stopForHeirs(payments, stop)), "ok");
  assert.equal(await state("D-1"), "abandoned 1");
});

test("reasons that need somebody are incidents, not defaults", async () => {
  for (const [reason, kind] of [
    ["XX42", "reason-unmapped"],
    ["NARR", "reason-in-words"],
    ["AM05", "inquiry"],
    ["AM02", "amount-refused"],
  ] as const) {
    await refused(`I-${reason}`, reason);
    assert.ok(
      (await openIncidents(payments)).some((one) => one.kind === kind && one.detail === reason),
      reason,
    );
    await closeAll();
  }
});

test("whoever waits too long is called; time decides only what it may", async () => {
  await released(payments, grantFor("O-1"));
  testClock.advance(25 * 3_600_000);
  await markOverdue(payments);
  assert.ok((await openIncidents(payments)).some((one) => one.kind === "overdue" && one.subject === "approved"));
  assert.equal(await state("O-1"), "approved 1");
  const { id } = await refused("O-2", "AC04");
  await askPerson(payments, { instructionId: id, by: "system" });
  testClock.advance(3_651 * 86_400_000);
  await markOverdue(payments);
  assert.equal(await state("O-2"), "abandoned 1");
});
