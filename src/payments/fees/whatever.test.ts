import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readBooks } from "../books/books.ts";
import { beginPayment } from "./begin.ts";
import { askProvider, carryCharges, stopPayment } from "./carry.ts";
import { closeFee, demandFee } from "./demand.ts";
import { receiveNotice } from "./receive-notice.ts";
import { refundCharge } from "./refund.ts";
import { proveFees } from "./settle.ts";
import { chargesOf, feeById, type Charge } from "./store.ts";
import { demandOf, paid, testFees, testSecret, type MovedClock, type TestProvider } from "./testing.ts";
import { signWebhook } from "./webhook.ts";
import type { Fees } from "./open.ts";

const steps = [
  "begin",
  "begin-silent",
  "pay",
  "pay-less",
  "decline",
  "notify",
  "ask",
  "carry",
  "stop",
  "close",
  "refund",
  "wait",
  "silence",
] as const;
/** What most people do, so that most scripts come to money. */
const often = ["begin", "begin", "begin", "pay", "pay", "notify", "wait", "carry"] as const;
type Step = (typeof steps)[number];

/** What the provider really holds, beside what it says. */
interface Till {
  readonly taken: Map<string, bigint>;
  readonly givenBack: Set<string>;
  notice: number;
}

async function play(
  fees: Fees,
  provider: TestProvider,
  clock: MovedClock,
  till: Till,
  fee: string,
  step: Step,
  at: number,
): Promise<void> {
  const charges: Charge[] = await chargesOf(fees.database, fee);
  const charge = charges[at % Math.max(1, charges.length)];
  const begin = () => beginPayment(fees, { fee, payer: "person-1", provider: "tester", language: "en" });
  switch (step) {
    case "begin":
      return void (await begin());
    case "begin-silent":
      provider.silent = true;
      await begin();
      provider.silent = false;
      return;
    case "wait":
      return clock.forward(1 + (at % 40));
    case "carry":
      return void (await carryCharges(fees));
    case "silence":
      provider.silent = true;
      await carryCharges(fees);
      provider.silent = false;
      return;
    case "close":
      return void (await closeFee(fees, { fee, by: "person-1", reason: "withdrawn" }));
  }
  if (!charge) return;
  switch (step) {
    case "pay":
    case "pay-less": {
      // A provider takes money once; some take it after they said that all was over.
      if (till.taken.has(charge.id) || !provider.started.includes(charge.id)) return;
      const amount = step === "pay" ? charge.amount : charge.amount - 1n;
      till.taken.set(charge.id, amount);
      return provider.say(charge.id, paid(amount));
    }
    case "decline":
      if (!till.taken.has(charge.id)) provider.say(charge.id, { state: "declined", reason: "no" });
      return;
    case "notify": {
      const amount = till.taken.get(charge.id);
      if (amount === undefined) return;
      const body = JSON.stringify({ charge: charge.id, state: "paid", amount: String(amount) });
      const id = `n-${(till.notice += at % 2)}`;
      const time = Math.floor(clock.now().getTime() / 1000);
      const signature = signWebhook(testSecret, id, time, body);
      const headers = { "webhook-id": id, "webhook-timestamp": String(time), "webhook-signature": signature };
      return void (await receiveNotice(fees, { provider: "tester", headers, body }));
    }
    case "ask":
      return void (await askProvider(fees, charge.id));
    case "stop":
      return void (await stopPayment(fees, { charge: charge.id, payer: "person-1" }));
    case "refund":
      return void (await refundCharge(fees, { charge: charge.id, by: "officer-1", reason: "test" }));
  }
}

test("whatever payer, provider, officer and clock do in whatever order, no dollar is lost, kept twice or invented", async () => {
  const { fees, provider, clock } = await testFees();
  const till: Till = { taken: new Map(), givenBack: new Set(), notice: 0 };
  const refund = provider.refund.bind(provider);
  provider.refund = async (order) => {
    const said = await refund(order);
    till.givenBack.add(order.charge);
    return said;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...steps, ...often), fc.nat(100)), { minLength: 5, maxLength: 16 }),
      async (script) => {
        const demanded = await demandFee(fees, demandOf());
        assert.ok(demanded.ok);
        const fee = demanded.value.id;
        for (const [step, at] of script) {
          await play(fees, provider, clock, till, fee, step, at);
          const live = (await chargesOf(fees.database, fee)).filter(({ state }) => state === "succeeded");
          assert.ok(live.length <= 1, "a fee is never paid twice");
        }
        // In the end every provider has spoken about everything it took, and all that waits was carried on.
        for (const charge of await chargesOf(fees.database, fee)) {
          const amount = till.taken.get(charge.id);
          if (amount === undefined) continue;
          const body = JSON.stringify({ charge: charge.id, state: "paid", amount: String(amount) });
          const time = Math.floor(clock.now().getTime() / 1000);
          const id = `end-${charge.id}`;
          const headers = {
            "webhook-id": id,
            "webhook-timestamp": String(time),
            "webhook-signature": signWebhook(testSecret, id, time, body),
          };
          await receiveNotice(fees, { provider: "tester", headers, body });
        }
        clock.forward(60);
        for (let rounds = 0; rounds < 3; rounds += 1, clock.forward(10)) await carryCharges(fees);
        for (const charge of await chargesOf(fees.database, fee)) {
          const amount = till.taken.get(charge.id) ?? null;
          assert.equal(charge.taken, amount, `we know what was taken (${charge.state})`);
          const back = till.givenBack.has(charge.id);
          if (amount === null) assert.ok(!back, "nothing goes back that never came");
          else assert.equal(charge.state, back ? "refunded" : "succeeded", "what was taken is the fee's, or went back");
        }
        const closed = (await feeById(fees.database, fee))!.closedAt !== null;
        const kept = (await chargesOf(fees.database, fee)).some(({ state }) => state === "succeeded");
        assert.ok(!closed || !kept, "nothing is kept for what is owed no longer");
        assert.deepEqual(await proveFees(fees), []);
        const held = [...till.taken].reduce((sum, [id, amount]) => sum + (till.givenBack.has(id) ? 0n : amount), 0n);
        const rows = await readBooks({ database: fees.database } as never);
        const at = rows.find(({ account }) => (account as string) === "fee-at-provider")?.balance ?? 0n;
        assert.equal(at, held, "the books say what the provider holds");
      },
    ),
    { numRuns: 10 },
  );
});
