import assert from "node:assert/strict";
import { test } from "node:test";
import { accountToChange, formKey, release, settle, watchPayments } from "#flows";
import type { Session } from "#identity";
import {
  checkOwner,
  listClosedDays,
  openIncidents,
  paymentFor,
  proveBooks,
  releasePayment,
  reroutePayment,
  stopForHeirs,
} from "#payments";
import { openCase } from "#services";
import { paymentSite } from "./payment-site.ts";

const site = await paymentSite();
const { portal, clock } = site;
const { payments } = portal;
const wang = await site.person("王承辦", ["caseworker"]);
const chen = await site.person("陳放行", ["approver"]);
const li = await site.person("李承辦", ["caseworker"]);
const lin = await site.person("林美惠");
const day = 86_400_000;

interface Made {
  readonly number: string;
  readonly caseId: string;
}

/** The case's phase, the payment's state, and what the case tells the person. */
async function standing({ number, caseId }: Made): Promise<string> {
  const { state } = (await openCase(portal.database, caseId))!;
  const payment = (await paymentFor(payments, number))!;
  return `${state.phase} / ${payment.state} / ${state.payment?.state === "failed" ? state.payment.reason?.en : (state.payment?.state ?? "")}`;
}

test.afterEach(async () => assert.deepEqual(await proveBooks(payments), []));

test("paid: the case ends; told once, however often the clock runs", async () => {
  const made = await site.released(lin, wang, chen, "0000");
  assert.deepEqual(await settle(portal), { settled: [made.number] });
  assert.deepEqual(await settle(portal), { settled: [] });
  assert.equal(await standing(made), "paid / settled / paid");
});

test("a closed account: the case says what to do, another account is confirmed, released and paid, and the case ends", async () => {
  const made = await site.released(lin, wang, chen, "1004");
  await settle(portal);
  assert.match(await standing(made), /^payment-failed \/ waiting-for-person \/ This account cannot receive the money/);
  assert.deepEqual(await settle(portal), { settled: [] });
  const { entitlementId, instructionId } = (await paymentFor(payments, made.number))!;
  const account = { institution: "7000021", number: "00012340560888" };
  const question = { person: lin.id, account, holderNumber: "A700000001", holderName: "林美惠" };
  assert.ok((await checkOwner(payments, portal.owners!, question)).ok);
  assert.ok((await reroutePayment(payments, { entitlementId, instructionId, account, approvedBy: li.id })).ok);
  assert.ok((await releasePayment(payments, { entitlementId, releasedBy: chen.id })).ok);
  assert.deepEqual(await settle(portal), { settled: [made.number] });
  assert.equal(await standing(made), "paid / settled / paid");
});

test("money that comes back two banking days later opens the case again", async () => {
  const made = await site.released(lin, wang, chen, "1201");
  await settle(portal);
  assert.equal(await standing(made), "paid / settled / paid");
  clock.advance(2 * day);
  assert.deepEqual(await settle(portal), { settled: [made.number] });
  assert.match(await standing(made), /^payment-failed \/ waiting-for-person \/ This account cannot receive/);
});

test("a payee who died: relatives are told whom to ask; stopped by two, the case closes", async () => {
  const made = await site.released(lin, wang, chen, "1601");
  await settle(portal);
  assert.match(await standing(made), /^payment-failed \/ rejected \/ The payment was stopped. Relatives/);
  const { instructionId } = (await paymentFor(payments, made.number))!;
  assert.ok((await stopForHeirs(payments, { instructionId, note: "死亡登記", by: wang.id, confirmedBy: chen.id })).ok);
  await settle(portal);
  assert.match(await standing(made), /^payment-stopped \/ abandoned/);
});

test("an account that was confirmed a month ago is asked about again before its money is released", async () => {
  const made = await site.approved(lin, wang, "1006");
  const account = { institution: "7000021", number: "00012340561006" };
  const question = { person: lin.id, account, holderNumber: "A700000001", holderName: "林美惠" };
  assert.ok((await checkOwner(payments, { ask: async () => ({ result: "match" }) }, question)).ok);
  const { state } = (await openCase(portal.database, made.caseId))!;
  const give = () =>
    release(portal, {
      caseId: made.caseId,
      actor: { person: chen.id, name: chen.name, role: "approver" },
      expectedSeq: state.seq,
      idempotencyKey: formKey(made.caseId, "release", state.seq),
      binding: "0",
    });
  const soon = await give();
  assert.equal(
    soon.ok ? "" : soon.error.code,
    "payment-changed",
    "a match of today is good; only the binding is wrong",
  );
  clock.advance(31 * day);
  const late = await give();
  assert.equal(late.ok ? "" : late.error.code, "account-refused");
  assert.equal(await standing(made), "approved / approved-once / ");
});

test("an account named when the day's questions were used up is asked about before its money is released", async () => {
  const made = await site.approved(lin, wang, "1001");
  const silent = { ask: () => assert.fail("the bank is not asked beyond the limit") };
  const asked = { person: lin.id, holderNumber: "A700000001", holderName: "林美惠" };
  for (let n = 1; n <= 5; n += 1) {
    const account = { institution: "7000021", number: `0001234056000${n}` };
    assert.ok((await checkOwner(payments, { ask: async () => ({ result: "match" }) }, { ...asked, account })).ok);
  }
  const account = { institution: "7000021", number: "00012340561001" };
  const sixth = await checkOwner(payments, silent, { ...asked, account });
  assert.equal(sixth.ok ? "" : sixth.error.code, "owner-check-limit");
  const { state } = (await openCase(portal.database, made.caseId))!;
  const given = await release(portal, {
    caseId: made.caseId,
    actor: { person: chen.id, name: chen.name, role: "approver" },
    expectedSeq: state.seq,
    idempotencyKey: formKey(made.caseId, "release", state.seq),
    binding: (await paymentFor(payments, made.number))!.binding,
  });
  assert.equal(given.ok ? "" : given.error.code, "account-refused");
});

test("that a bank confirmed an account to somebody else does not confirm it for the payee", async () => {
  const made = await site.approved(lin, wang, "1004");
  const account = { institution: "7000021", number: "00012340561004" };
  const owner = { person: li.id, account, holderNumber: "A700000002", holderName: "李承辦" };
  assert.ok((await checkOwner(payments, { ask: async () => ({ result: "match" }) }, owner)).ok);
  const { state } = (await openCase(portal.database, made.caseId))!;
  const given = await release(portal, {
    caseId: made.caseId,
    actor: { person: chen.id, name: chen.name, role: "approver" },
    expectedSeq: state.seq,
    idempotencyKey: formKey(made.caseId, "release", state.seq),
    binding: (await paymentFor(payments, made.number))!.binding,
  });
  assert.equal(given.ok ? "" : given.error.code, "account-refused");
});

const person = { person: lin.id, name: "林美惠" };
for (const [ending, expected] of [
  ["0000", "goes on"],
  ["1001", "no-such-account"],
  ["1004", "closed"],
  ["1101", "number-differs"],
  ["1102", "goes on"],
  ["1701", "branch-wrong 8070014"],
] as const) {
  test(`while applying, an account ending in ${ending}: ${expected}`, async () => {
    clock.advance(day);
    const session = { person: { id: lin.id } } as Session;
    const account = { institution: "7000021", number: `0009999000${ending}` };
    const verdict = await accountToChange(portal, session, { principal: person, applicant: person }, account);
    const suggest = verdict?.result === "branch-wrong" ? verdict.suggest : undefined;
    assert.equal(verdict ? [verdict.result, suggest].filter(Boolean).join(" ") : "goes on", expected);
  });
}

test("a silent bank: the case waits, whoever asks the bank is called, yesterday's books are closed", async () => {
  const made = await site.released(lin, wang, chen, "1301");
  await settle(portal);
  assert.equal(await standing(made), "released / submitted / ");
  clock.advance(day + 3_600_000);
  await watchPayments(portal);
  assert.equal(await standing(made), "released / unknown / ");
  assert.ok((await openIncidents(payments)).some(({ kind }) => kind === "inquiry"));
  assert.equal((await listClosedDays(payments)).length, 1);
});
