import assert from "node:assert/strict";
import { test } from "node:test";
import { beginPayment } from "./begin.ts";
import { askProvider, carryCharges, stopPayment } from "./carry.ts";
import { closeFee, demandFee } from "./demand.ts";
import { receiveNotice } from "./receive-notice.ts";
import { proveFees } from "./settle.ts";
import { readBooks } from "../books/books.ts";
import { chargeById, chargesOf, eventsOfCharge } from "./store.ts";
import { beginAgain, begun, demandOf, paid, testFees, testSecret } from "./testing.ts";
import { signWebhook } from "./webhook.ts";

const { fees, provider, clock } = await testFees();
const { database } = fees;

const stateOf = async (charge: string) => (await chargeById(database, charge))!.state;

function notice(id: string, charge: string, amount: bigint, at: Date = clock.now()) {
  const body = JSON.stringify({ charge, state: "paid", amount: String(amount) });
  const time = Math.floor(at.getTime() / 1000);
  const signature = signWebhook(testSecret, id, time, body);
  const headers = { "webhook-id": id, "webhook-timestamp": String(time), "webhook-signature": signature };
  return { provider: "tester", headers, body };
}

const outcomeOf = async (sent: Parameters<typeof receiveNotice>[1]) => {
  const read = await receiveNotice(fees, sent);
  return read.ok ? read.value.outcome : read.error.code;
};

test("a fee is demanded once; the same again is the same, another amount is refused, nothing is no fee", async () => {
  const demand = demandOf();
  const first = await demandFee(fees, demand);
  const again = await demandFee(fees, demand);
  assert.ok(first.ok && again.ok);
  assert.equal(again.value.id, first.value.id);
  const other = await demandFee(fees, { ...demand, amount: 100n });
  assert.equal(!other.ok && other.error.code, "fee-differs");
  for (const change of [
    { amount: 0n },
    { amount: -15n },
    { programme: "main" },
    { dueOn: "soon" },
    { law: { "zh-Hant": "", en: "" } },
  ]) {
    const refused = await demandFee(fees, demandOf(change));
    assert.equal(
      !refused.ok && refused.error.code,
      "fee-invalid",
      JSON.stringify(change, (_, v: unknown) => String(v)),
    );
  }
});

test("a second click and two tabs at once lead to one charge at the provider", async () => {
  const { fee, charge, redirect } = await begun(fees);
  assert.deepEqual(await beginAgain(fees, fee), { charge, redirect });
  const demanded = await demandFee(fees, demandOf());
  assert.ok(demanded.ok);
  const tabs = await Promise.all([1, 2, 3, 4].map(() => beginAgain(fees, demanded.value)));
  assert.equal(new Set(tabs.map((tab) => tab.charge)).size, 1);
  assert.equal((await chargesOf(database, demanded.value.id)).length, 1);
});

test("somebody else's fee is unknown, and an unknown way to pay is refused", async () => {
  const { fee } = await begun(fees);
  const stranger = await beginPayment(fees, { fee: fee.id, payer: "person-2", provider: "tester", language: "en" });
  assert.equal(!stranger.ok && stranger.error.code, "fee-unknown");
  const fresh = await demandFee(fees, demandOf());
  assert.ok(fresh.ok);
  const nowhere = await beginPayment(fees, { fee: fresh.value.id, payer: "person-1", provider: "x", language: "en" });
  assert.equal(!nowhere.ok && nowhere.error.code, "provider-unknown");
});

test("a process killed before or after the provider heard of it begins the same charge again", async () => {
  const demanded = await demandFee(fees, demandOf());
  assert.ok(demanded.ok);
  provider.silent = true;
  const lost = await beginPayment(fees, {
    fee: demanded.value.id,
    payer: "person-1",
    provider: "tester",
    language: "en",
  });
  provider.silent = false;
  assert.equal(!lost.ok && lost.error.code, "provider-silent");
  const [created] = await chargesOf(database, demanded.value.id);
  assert.equal(created!.state, "created");
  assert.equal((await beginAgain(fees, demanded.value)).charge, created!.id);
});

test("a provider that refuses ends the charge, and the fee can be paid anew", async () => {
  const demanded = await demandFee(fees, demandOf());
  assert.ok(demanded.ok);
  provider.refuses = true;
  const refused = await beginPayment(fees, {
    fee: demanded.value.id,
    payer: "person-1",
    provider: "tester",
    language: "en",
  });
  provider.refuses = false;
  assert.equal(!refused.ok && refused.error.code, "charge-refused");
  assert.equal((await chargesOf(database, demanded.value.id))[0]!.state, "failed");
  await beginAgain(fees, demanded.value);
  assert.equal((await chargesOf(database, demanded.value.id)).length, 2);
});

test("a notification before the return, after it, twice, and an inquiry as well: paid once", async () => {
  const { fee, charge } = await begun(fees);
  assert.equal(await outcomeOf(notice("n-1", charge, 115n)), "applied");
  provider.say(charge, paid(115n));
  assert.equal(await outcomeOf(notice("n-1", charge, 115n)), "repeated");
  assert.equal(await outcomeOf(notice("n-2", charge, 115n)), "repeated");
  const asked = await askProvider(fees, charge);
  assert.equal(asked.ok && asked.value.outcome, "repeated");
  assert.equal(
    await outcomeOf(notice("n-2b", charge, 230n)),
    "contradiction",
    "another amount is for a person to look at",
  );
  assert.equal((await eventsOfCharge(database, charge)).filter(({ to }) => to === "succeeded").length, 1);
  const again = await beginPayment(fees, { fee: fee.id, payer: "person-1", provider: "tester", language: "en" });
  assert.equal(!again.ok && again.error.code, "fee-paid");
});

test("the same notification delivered at the same moment many times is applied once", async () => {
  const { charge } = await begun(fees);
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => outcomeOf(notice("n-burst", charge, 115n))));
  assert.deepEqual(outcomes.sort(), ["applied", ...Array<string>(5).fill("repeated")]);
});

test("a notification that is forged, stale, changed, or about nothing of ours changes nothing", async () => {
  const { charge } = await begun(fees);
  const good = notice("n-3", charge, 115n);
  const cases = {
    "notice-forged": [
      { ...good, body: good.body.replace("115", "116") },
      { ...good, headers: {} },
      { ...good, headers: { ...good.headers, "webhook-id": "n-4" } },
      { ...good, headers: { ...good.headers, "webhook-signature": "v1,AAAA" } },
    ],
    "notice-stale": [
      notice("n-5", charge, 115n, new Date(clock.now().getTime() - 301_000)),
      notice("n-6", charge, 115n, new Date(clock.now().getTime() + 301_000)),
    ],
    "provider-unknown": [{ ...good, provider: "nobody" }],
    unmatched: [notice("n-7", "00000000-0000-4000-8000-000000000000", 115n), notice("n-8", "x' or 1=1", 115n)],
  };
  for (const [code, sent] of Object.entries(cases)) for (const one of sent) assert.equal(await outcomeOf(one), code);
  assert.equal(await stateOf(charge), "started");
});

test("a lost notification: the inquiry finds the payment", async () => {
  const { charge } = await begun(fees);
  provider.say(charge, paid(115n));
  clock.forward(2);
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "succeeded");
});

test("a silent provider leaves the charge unknown, never failed; nothing new can be begun until it speaks", async () => {
  const { fee, charge } = await begun(fees);
  provider.silent = true;
  clock.forward(31);
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "unknown");
  const again = await beginPayment(fees, { fee: fee.id, payer: "person-1", provider: "tester", language: "en" });
  assert.equal(!again.ok && again.error.code, "payment-under-way");
  provider.silent = false;
  provider.say(charge, paid(115n));
  clock.forward(6);
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "succeeded");
});

test("time runs out: the charge is stopped at the provider first, and one it never heard of is given up", async () => {
  const { charge } = await begun(fees);
  const lost = await demandFee(fees, demandOf());
  assert.ok(lost.ok);
  provider.silent = true;
  await beginPayment(fees, { fee: lost.value.id, payer: "person-1", provider: "tester", language: "en" });
  provider.silent = false;
  clock.forward(31);
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "cancelled");
  assert.equal((await chargesOf(database, lost.value.id))[0]!.state, "expired");
});

test("pending, then paid or declined", async () => {
  for (const [end, report] of [
    ["succeeded", paid(115n)],
    ["failed", { state: "declined", reason: "no funds" }],
  ] as const) {
    const { charge } = await begun(fees);
    provider.say(charge, { state: "pending", payBy: new Date(clock.now().getTime() + 86_400_000) });
    await askProvider(fees, charge);
    assert.equal(await stateOf(charge), "submitted");
    clock.forward(60);
    await carryCharges(fees);
    assert.equal(await stateOf(charge), "submitted", "its own time counts, not that of the first page");
    provider.say(charge, report);
    await askProvider(fees, charge);
    assert.equal(await stateOf(charge), end);
  }
});

test("success after expiry is booked while the fee is owed, and owed back when it was paid another way", async () => {
  const first = await begun(fees);
  const second = await begun(fees);
  clock.forward(31);
  await carryCharges(fees);
  assert.equal(await outcomeOf(notice("late-1", first.charge, 115n)), "applied");
  assert.equal(await stateOf(first.charge), "succeeded");
  const other = await beginAgain(fees, second.fee);
  assert.notEqual(other.charge, second.charge);
  assert.equal(await outcomeOf(notice("ok-1", other.charge, 115n)), "applied");
  assert.equal(await outcomeOf(notice("late-2", second.charge, 115n)), "applied");
  assert.equal(await stateOf(second.charge), "refund-due");
  assert.equal(await stateOf(other.charge), "succeeded");
  await carryCharges(fees);
  assert.equal(await stateOf(second.charge), "refunded");
});

test("an amount that differs is not taken for payment: it goes back, and the fee stays owed", async () => {
  const { fee, charge } = await begun(fees);
  assert.equal(await outcomeOf(notice("n-other", charge, 114n)), "applied");
  assert.equal(await stateOf(charge), "refund-due");
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "refunded");
  assert.notEqual((await beginAgain(fees, fee)).charge, charge);
});

test("money for a matter that was withdrawn meanwhile goes back by itself", async () => {
  const { fee, charge } = await begun(fees);
  assert.ok((await closeFee(fees, { fee: fee.id, by: "person-1", reason: "withdrawn" })).ok);
  assert.equal(await outcomeOf(notice("n-closed", charge, 115n)), "applied");
  assert.equal(await stateOf(charge), "refund-due");
  const again = await beginPayment(fees, { fee: fee.id, payer: "person-1", provider: "tester", language: "en" });
  assert.equal(!again.ok && again.error.code, "fee-closed");
});

test("a payer who wants to pay another way stops the first; too late, it counts", async () => {
  const { fee, charge } = await begun(fees);
  const stranger = await stopPayment(fees, { charge, payer: "person-2" });
  assert.equal(!stranger.ok && stranger.error.code, "charge-unknown");
  const stopped = await stopPayment(fees, { charge, payer: "person-1" });
  assert.equal(stopped.ok && stopped.value.charge.state, "cancelled");
  const second = await beginAgain(fees, fee);
  provider.say(second.charge, paid(115n));
  const late = await stopPayment(fees, { charge: second.charge, payer: "person-1" });
  assert.equal(late.ok && late.value.charge.state, "succeeded");
});

test("nobody moves a charge but by its events, along the graph, with the money that was taken", async () => {
  const { charge } = await begun(fees);
  const write = (from: string, event: string, to: string, taken: string) =>
    database.run(
      `insert into payments.charge_event (charge, seq, from_state, event, to_state, at, by, taken, detail)
       values ($1, 9, $2, $3, $4, now(), 'test', ${taken}, '{}')`,
      [charge, from, event, to],
    );
  await assert.rejects(write("started", "reported-paid", "refunded", "115"), { code: "23503" });
  await assert.rejects(write("submitted", "reported-paid", "succeeded", "115"), { code: "TP001" });
  await assert.rejects(write("started", "reported-paid", "succeeded", "null"), { code: "TP004" });
  await assert.rejects(write("started", "reported-paid", "succeeded", "114"), { code: "TP004" });
  await assert.rejects(write("started", "reported-pending", "submitted", "5"), { code: "TP004" });
  await assert.rejects(database.run("update payments.charge set state = 'succeeded' where id = $1", [charge]), {
    code: "TP002",
  });
  await assert.rejects(database.run("update payments.charge set taken = 5 where id = $1", [charge]), { code: "TP002" });
  for (const table of ["fee", "charge", "charge_event", "charge_notice"])
    await assert.rejects(database.run(`delete from payments.${table}`), { code: "TP003" }, table);
});

test("the books of all this are proven, and a forged balance is found", async () => {
  assert.deepEqual(await proveFees(fees), []);
  const rows = (await readBooks({ database } as never)).filter(({ programme }) => programme === "fee-transcript");
  assert.equal(
    rows.reduce((sum, { balance }) => sum + balance, 0n),
    0n,
  );
  await database.run(
    `insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
     values ('fee-transcript', 'fee-income', 'fee-at-provider', 7, 'charge forged', now())`,
  );
  assert.deepEqual(
    (await proveFees(fees)).map(({ account, balance, expected }) => `${account} ${balance - expected}`).sort(),
    ["fee-at-provider 7", "fee-income -7"],
  );
});
