import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "#kernel";
import { grantEntitlement, type Grant } from "./grant.ts";
import { paymentsProblems } from "./problems.ts";
import { releasePayment } from "./release.ts";
import { endStates } from "./states.ts";
import { grantFor, hashOf, released, testPayments } from "./testing.ts";
import { paymentFor, paymentsIn } from "./views/view.ts";

const events: string[] = [];
const payments = await testPayments({
  announce: async (_tx, event) => events.push(canonicalJson({ ...event, at: "" })),
});
const { database } = payments;

const refused: readonly [string, Partial<Grant>, keyof typeof paymentsProblems][] = [
  ["zero", { amount: 0n }, "amount-invalid"],
  ["negative", { amount: -1n }, "amount-invalid"],
  ["above the programme's limit", { amount: 10_000_001n }, "amount-invalid"],
  ["beyond every number", { amount: 10n ** 30n }, "amount-invalid"],
  ["a name with a line break", payee("林\n美"), "payee-invalid"],
  ["an empty name", payee(" "), "payee-invalid"],
  ["half a surrogate pair", payee("林\uD860"), "payee-invalid"],
  ["141 characters", payee("𡘙".repeat(141)), "payee-invalid"],
  ["letters for an account", payee("林", "12A"), "account-invalid"],
  ["no such bank", payee("林", "1", "12"), "institution-unknown"],
  ["a merged bank", payee("林", "1", "9999999"), "institution-merged"],
  ["a purpose too long", { purpose: { code: "SSBE", text: "輔".repeat(140) } }, "purpose-invalid"],
  ["a purpose without code", { purpose: { code: "ss", text: "輔具" } }, "purpose-invalid"],
  ["no approver", { approvedBy: "" }, "grant-invalid"],
  ["no decision", { decisionHash: "abc" }, "grant-invalid"],
  ["an id of another shape", { id: "1; drop table payments.file" }, "grant-invalid"],
];
for (const [name, change, code] of refused) {
  test(`not granted: ${name}`, async () => {
    const granted = await grantEntitlement(payments, grantFor("REFUSED", change));
    assert.equal(granted.ok ? "granted" : granted.error.code, code);
    assert.equal(await paymentFor(payments, "REFUSED"), undefined);
  });
}

function payee(name: string, number = "12345", institution = "7000021"): Partial<Grant> {
  return { payee: { name, account: { institution, number } } };
}

test("a grant is approved once and waits for a second person; the same grant again answers the same", async () => {
  const first = await grantEntitlement(payments, grantFor("AD-1"));
  const second = await grantEntitlement(payments, grantFor("AD-1"));
  assert.ok(first.ok && second.ok);
  assert.deepEqual(second.value, { ...first.value, repeated: true });
  const view = await paymentFor(payments, "AD-1");
  assert.equal(view?.state, "approved-once");
  assert.equal(view.public.state, "preparing");
  assert.equal(view.accountMasked, "••••••••••0500");
  assert.deepEqual(
    view.events.map((event) => event.event),
    ["instruction-drafted", "checks-passed", "first-approved"],
  );
  assert.ok((await paymentsIn(payments, "approved-once")).some(({ caseRef }) => caseRef === "AD-1"));
});

test("the same decision with another amount is refused, also under a given id", async () => {
  const id = "019b0000-0000-7000-8000-00000000000a";
  assert.ok((await grantEntitlement(payments, grantFor("AD-2", { id }))).ok);
  for (const change of [{ amount: 1n }, { id, amount: 1n }, { approvedBy: "officer:li" }, payee("李")]) {
    const again = await grantEntitlement(payments, grantFor("AD-2", change));
    assert.equal(again.ok ? "granted" : again.error.code, "entitlement-differs");
  }
});

test("a grant inside a transaction that fails leaves nothing", async () => {
  await assert.rejects(
    database.transaction(async (tx) => {
      await grantEntitlement(payments, grantFor("AD-3"), tx);
      throw new Error("the decision could not be stored");
    }),
  );
  assert.equal(await paymentFor(payments, "AD-3"), undefined);
});

test("a release inside a transaction that fails is no release", async () => {
  const granted = await grantEntitlement(payments, grantFor("AD-3b"));
  assert.ok(granted.ok);
  const { entitlementId } = granted.value;
  await assert.rejects(
    database.transaction(async (tx) => {
      assert.ok((await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" }, tx)).ok);
      throw new Error("the case could not take the step");
    }),
  );
  assert.equal((await paymentFor(payments, "AD-3b"))?.state, "approved-once");
});

test("release: not by the approver, not unseen, once", async () => {
  const granted = await grantEntitlement(payments, grantFor("AD-4"));
  assert.ok(granted.ok);
  const { entitlementId, binding } = granted.value;
  const attempt = async (releasedBy: string, seen?: string): Promise<string> => {
    const done = await releasePayment(payments, { entitlementId, releasedBy, ...(seen && { binding: seen }) });
    return done.ok ? `released${done.value.repeated ? " before" : ""}` : done.error.code;
  };
  assert.equal(await attempt("officer:chen"), "same-person");
  assert.equal(await attempt("officer:wang", hashOf("another amount")), "payment-changed");
  assert.equal(await attempt(" "), "not-releasable");
  assert.equal(await attempt("officer:wang", binding), "released");
  assert.equal(await attempt("officer:wang", binding), "released before");
  assert.equal(await attempt("officer:li"), "already-released");
  assert.equal((await paymentFor(payments, "AD-4"))?.releasedBy, "officer:wang");
  for (const unknown of ["019b0000-0000-7000-8000-0000000000ff", "' or 1=1"]) {
    const done = await releasePayment(payments, { entitlementId: unknown, releasedBy: "officer:wang" });
    assert.equal(done.ok ? "" : done.error.code, "entitlement-unknown");
  }
});

test("two officers and four clicks at the same instant release once", async () => {
  const granted = await grantEntitlement(payments, grantFor("AD-5"));
  assert.ok(granted.ok);
  const { entitlementId } = granted.value;
  const answers = await Promise.all(
    ["officer:wang", "officer:li", "officer:wang", "officer:li"].map((releasedBy) =>
      releasePayment(payments, { entitlementId, releasedBy }),
    ),
  );
  const first = answers.filter((answer) => answer.ok && !answer.value.repeated);
  assert.equal(first.length, 1);
  const approvals = (await paymentFor(payments, "AD-5"))?.events.filter((event) => event.event === "second-approved");
  assert.equal(approvals?.length, 1);
});

test("two grants of one decision at the same instant make one payment", async () => {
  const both = await Promise.all([1, 2, 3].map(() => grantEntitlement(payments, grantFor("AD-6"))));
  assert.equal(new Set(both.map((one) => (one.ok ? one.value.instructionId : one.error.code))).size, 1);
});

test("the database itself refuses what the graph has not", async () => {
  const { instructionId } = await released(payments, grantFor("AD-7"));
  const event = (from: string, name: string, to: string): Promise<number> =>
    database.run(
      `insert into payments.instruction_event (instruction, seq, from_state, event, to_state, at, by, detail)
       values ($1, 99, $2, $3, $4, now(), 'somebody', '{}')`,
      [instructionId, from, name, to],
    );
  await assert.rejects(event("approved", "status-settled", "settled"), { code: "23503" }); // no such edge
  await assert.rejects(event("submitted", "status-accepted", "accepted"), { code: "TP001" }); // not in that state
  const forbidden = [
    `update payments.instruction set state = 'settled' where id = $1`,
    `update payments.instruction set amount = 1 where id = $1`,
    `update payments.instruction set account = '1' where id = $1`,
  ];
  for (const sql of forbidden) await assert.rejects(database.run(sql, [instructionId]), { code: "TP002" }, sql);
  for (const table of ["instruction_event", "entitlement", "status_file", "status_line", "instruction"]) {
    await assert.rejects(database.run(`delete from payments.${table}`), { code: "TP003" }, table);
  }
});

test("a second live payment for one entitlement cannot be stored", async () => {
  const { entitlementId } = await released(payments, grantFor("AD-8"));
  const second = database.run(
    `insert into payments.instruction (id, entitlement, attempt, uetr, payee_name, institution, account, amount, approved_by)
     values ('second', $1, 2, gen_random_uuid(), 'x', '7000021', '1', 1, 'officer:chen')`,
    [entitlementId],
  );
  await assert.rejects(second, { code: "23505", constraint: "instruction_live" });
  const index = await database.one<{ definition: string }>(
    "select pg_get_indexdef('payments.instruction_live'::regclass) as definition",
  );
  const inIndex = [...(index?.definition.matchAll(/'([a-z-]+)'::text/g) ?? [])].map((match) => match[1] ?? "");
  assert.deepEqual(inIndex.sort(), [...endStates].sort(), "the index and the graph name the same end states");
});

test("events carry no name and no account", () => {
  assert.ok(events.length > 10);
  for (const event of events) assert.doesNotMatch(event, /林|12340560500/);
});
