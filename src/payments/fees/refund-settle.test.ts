import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readBooks } from "../books/books.ts";
import { applyReport } from "./apply-report.ts";
import { carryCharges, sendRefund } from "./carry.ts";
import type { SettlementLine } from "./contract.ts";
import { moveChargeAlong } from "./move-charge.ts";
import { answerRefund, refundCharge, repayByTransfer, retryRefund } from "./refund.ts";
import { proveFees, settleDay } from "./settle.ts";
import { chargeEdges, feeAccountOf } from "./states.ts";
import { chargeById, feeById, lockFee } from "./store.ts";
import { begun, paid, testFees } from "./testing.ts";

const { fees, provider } = await testFees();
const { database } = fees;
const day = "2026-01-05";

const stateOf = async (charge: string) => (await chargeById(database, charge))!.state;

async function paidCharge(amount: bigint = 115n): Promise<string> {
  const { charge } = await begun(fees, { amount });
  await database.transaction((tx) => applyReport(fees, tx, charge, paid(amount), { by: "test" }));
  return charge;
}

async function standing(): Promise<Record<string, bigint>> {
  const sums = new Map<string, bigint>();
  for (const { account, balance } of await readBooks({ database } as never))
    sums.set(account, (sums.get(account) ?? 0n) + balance);
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0n));
}

test("up to the limit one officer refunds; the fee is closed, the provider gives the money back once", async () => {
  const charge = await paidCharge();
  const none = await refundCharge(fees, { charge, by: "officer-1", reason: " " });
  assert.equal(!none.ok && none.error.code, "refund-needs-reason");
  const done = await refundCharge(fees, { charge, by: "officer-1", reason: "paid for the wrong person" });
  assert.equal(done.ok && done.value.state, "refund-due");
  const twice = await refundCharge(fees, { charge, by: "officer-2", reason: "again" });
  assert.equal(!twice.ok && twice.error.code, "refund-not-possible");
  await Promise.all([carryCharges(fees), carryCharges(fees), sendRefund(fees, charge)]);
  assert.equal(await stateOf(charge), "refunded");
  const fee = await feeById(database, (await chargeById(database, charge))!.fee);
  assert.equal(fee?.closedFor, "paid for the wrong person");
  assert.deepEqual(await proveFees(fees), []);
});

test("above the limit two persons: the proposer cannot agree, a colleague can, or says no", async () => {
  const charge = await paidCharge(1_001n);
  const first = await refundCharge(fees, { charge, by: "officer-1", reason: "withdrawn" });
  assert.equal(first.ok && first.value.state, "refund-proposed");
  assert.deepEqual(provider.refunded.includes(charge), false);
  const own = await answerRefund(fees, { charge, by: "officer-1", reason: "yes", agree: true });
  assert.equal(!own.ok && own.error.code, "refund-second-person");
  const no = await answerRefund(fees, { charge, by: "officer-2", reason: "the service was given", agree: false });
  assert.equal(no.ok && no.value.state, "succeeded");
  await refundCharge(fees, { charge, by: "officer-2", reason: "withdrawn after all" });
  const yes = await answerRefund(fees, { charge, by: "officer-1", reason: "agreed", agree: true });
  assert.equal(yes.ok && yes.value.state, "refund-due");
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "refunded");
});

test("a refund the provider refuses can be tried again, or repaid by transfer by another person", async () => {
  const charge = await paidCharge();
  provider.refundSays = { result: "refused", reason: "card closed" };
  await refundCharge(fees, { charge, by: "officer-1", reason: "withdrawn" });
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "refund-failed");
  await retryRefund(fees, { charge, by: "officer-1", reason: "asked by telephone" });
  await carryCharges(fees);
  assert.equal(await stateOf(charge), "refund-failed");
  provider.refundSays = { result: "done", reference: "R-2" };
  const own = await repayByTransfer(fees, { charge, by: "officer-1", reason: "TR-77" });
  assert.equal(!own.ok && own.error.code, "refund-second-person");
  const repaid = await repayByTransfer(fees, { charge, by: "officer-2", reason: "TR-77" });
  assert.equal(repaid.ok && repaid.value.state, "repaid");
  assert.deepEqual(await proveFees(fees), []);
});

test("a refund whose answer was lost is asked for again under the same charge, and one that is pending waits", async () => {
  const charge = await paidCharge();
  await refundCharge(fees, { charge, by: "officer-1", reason: "withdrawn" });
  provider.silent = true;
  const lost = await sendRefund(fees, charge);
  provider.silent = false;
  assert.equal(!lost.ok && lost.error.code, "provider-silent");
  assert.equal(await stateOf(charge), "refund-requested");
  provider.refundSays = { result: "pending" };
  await sendRefund(fees, charge);
  assert.equal(await stateOf(charge), "refund-requested");
  provider.refundSays = { result: "done", reference: "R-3" };
  await sendRefund(fees, charge);
  assert.equal(await stateOf(charge), "refunded");
});

test("each settled line is booked once, differences show, and what nobody knows goes to suspense", async () => {
  const [good, wrong, unheard] = [await paidCharge(), await paidCharge(), (await begun(fees)).charge];
  const lines: SettlementLine[] = [
    { reference: "L-1", kind: "payment", charge: good, amount: 115n, currency: "TWD" },
    { reference: "L-2", kind: "payment", charge: wrong, amount: 100n, currency: "TWD" },
    { reference: "L-3", kind: "payment", charge: "no-such-charge", amount: 9n, currency: "TWD" },
    { reference: "L-4", kind: "payment", charge: unheard, amount: 115n, currency: "TWD" },
    { reference: "L-5", kind: "payment", charge: good, amount: 115n, currency: "TWD" },
    { reference: "L-6", kind: "refund", charge: wrong, amount: 115n, currency: "TWD" },
    { reference: "L-1", kind: "payment", charge: good, amount: 115n, currency: "TWD" },
  ];
  const before = await standing();
  provider.settlementSays = { name: "day.csv", content: "day 1", lines };
  const settled = await settleDay(fees, { provider: "tester", day });
  assert.deepEqual(settled, { ok: true, value: { file: "day.csv", booked: 6 } });
  const again = await settleDay(fees, { provider: "tester", day });
  assert.deepEqual(again, { ok: true, value: { file: "day.csv", booked: 0 } });
  assert.equal(await stateOf(unheard), "succeeded", "the settlement is the provider's word that it was paid");
  const rows = await database.query<{ reference: string; outcome: string }>(
    "select reference, outcome from payments.settlement_line order by reference",
  );
  assert.deepEqual(
    rows.map(({ outcome }) => outcome),
    ["matched", "amount-differs", "unmatched", "matched", "not-expected", "not-expected"],
  );
  const after = await standing();
  assert.equal((after["fee-banked"] ?? 0n) - (before["fee-banked"] ?? 0n), 115n + 100n + 9n + 115n + 115n - 115n);
  assert.equal(after["suspense"], -(9n + 115n - 115n));
  assert.deepEqual(await proveFees(fees), []);
});

test("whatever a walk through the graph does, every dollar is somewhere and the books prove themselves", async () => {
  const walked = await testFees();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (choices) => {
      const { charge, fee } = await begun(walked.fees);
      for (const choice of choices)
        await walked.fees.database.transaction(async (tx) => {
          await lockFee(tx, fee.id);
          const now = (await chargeById(tx, charge))!;
          const ways = chargeEdges.filter((edge) => edge.from === now.state);
          const way = ways[choice % Math.max(1, ways.length)];
          if (!way) return;
          const comesIn = feeAccountOf[way.from] === "fee-at-provider" && feeAccountOf[way.to] !== "fee-at-provider";
          const taken = comesIn ? { taken: way.to === "succeeded" ? now.amount : BigInt(1 + (choice % 900)) } : {};
          await moveChargeAlong(walked.fees, tx, now, way.event, { by: "walk", ...taken });
        });
      assert.deepEqual(await proveFees(walked.fees), []);
      const rows = await readBooks({ database: walked.fees.database } as never);
      assert.equal(
        rows.reduce((sum, { balance }) => sum + balance, 0n),
        0n,
      );
    }),
    { numRuns: 25 },
  );
});
