/** A tiny provider and the fees of a tiny country, for the tests of this module: real database, clock that is moved by hand. */
import { err, ok, type Clock } from "#kernel";
import type { Database } from "#store";
import { testDatabase } from "#store/testing";
import { beginPayment, type BegunPayment } from "./begin.ts";
import type { FeeProvider, ProviderRefund, ProviderReport, SettlementFile } from "./contract.ts";
import { demandFee, type Demand } from "./demand.ts";
import { openFees, type Fees, type FeesOptions } from "./open.ts";
import type { Fee } from "./store.ts";
import { verifyWebhook } from "./webhook.ts";

/** A clock that stands still until it is moved. */
export interface MovedClock extends Clock {
  forward(minutes: number): void;
}

export function movedClock(start: string = "2026-01-05T01:30:00Z"): MovedClock {
  let now = new Date(start).getTime();
  return {
    now: () => new Date(now),
    forward: (minutes) => {
      now += minutes * 60_000;
    },
  };
}

export const testSecret: Uint8Array = new TextEncoder().encode("a secret of tests");

/** A provider that keeps its promises in memory; tests set what it says, and count what it was asked. */
export interface TestProvider extends FeeProvider {
  /** What it says about a charge from now on. */
  say(charge: string, report: ProviderReport): void;
  /** While true, every call throws. */
  silent: boolean;
  refuses: boolean;
  refundSays: ProviderRefund;
  settlementSays: SettlementFile | undefined;
  readonly started: string[];
  readonly refunded: string[];
}

export function testProvider(id: string = "tester"): TestProvider {
  const orders = new Map<string, ProviderReport>();
  const heard = <Value>(value: () => Value): Promise<Value> =>
    provider.silent ? Promise.reject(new Error("no answer")) : Promise.resolve(value());
  const provider: TestProvider = {
    id,
    title: { "zh-Hant": "測試繳費", en: "Test provider" },
    origin: "https://pay.test",
    silent: false,
    refuses: false,
    refundSays: { result: "done", reference: "R-1" },
    settlementSays: undefined,
    started: [],
    refunded: [],
    say: (charge, report) => void orders.set(charge, report),
    start: ({ charge }) =>
      heard(() => {
        if (provider.refuses) return { result: "refused", reason: "closed" };
        provider.started.push(charge);
        if (!orders.has(charge)) orders.set(charge, { state: "open" });
        return { result: "begun", redirect: `https://pay.test/${charge}`, reference: `T-${charge.slice(-4)}` };
      }),
    status: (charge) => heard(() => orders.get(charge) ?? { state: "unknown-order" }),
    cancel: (charge) =>
      heard(() => {
        const now = orders.get(charge) ?? { state: "unknown-order" };
        if (now.state === "open" || now.state === "pending") orders.set(charge, { state: "cancelled" });
        return orders.get(charge) ?? now;
      }),
    refund: ({ charge }) =>
      heard(() => {
        provider.refunded.push(charge);
        return provider.refundSays;
      }),
    readNotice: (headers, body, now) => {
      const genuine = verifyWebhook([testSecret], headers, body, now);
      if (!genuine.ok) return genuine;
      try {
        const said = JSON.parse(body) as { charge: string; state: "paid"; amount: string };
        const report = { state: said.state, amount: BigInt(said.amount), currency: "TWD", method: "card" } as const;
        return ok({ id: genuine.value.id, charge: said.charge, report });
      } catch {
        return err({ code: "notice-unreadable" });
      }
    },
    settlement: () => heard(() => provider.settlementSays),
  };
  return provider;
}

export const paid = (amount: bigint): ProviderReport => ({ state: "paid", amount, currency: "TWD", method: "card" });

export async function testFees(
  options: Partial<FeesOptions> & { database?: Database } = {},
): Promise<{ fees: Fees; provider: TestProvider; clock: MovedClock }> {
  const clock = movedClock();
  const provider = testProvider();
  const fees = await openFees({
    database: options.database ?? (await testDatabase()),
    clock,
    currency: { code: "TWD", decimals: 0 },
    providers: [provider],
    returnUrl: (fee) => `https://portal.test/payments/${fee}`,
    ...options,
  });
  return { fees, provider, clock };
}

let serial = 0;

export function demandOf(change: Partial<Demand> = {}): Demand {
  return {
    programme: "fee-transcript",
    reference: `HT-115-${String((serial += 1)).padStart(6, "0")}`,
    agency: "moi",
    payer: "person-1",
    amount: 115n,
    reason: { "zh-Hant": "英文戶籍謄本 2 份", en: "Household transcript in English, 2 copies" },
    law: { "zh-Hant": "戶政規費收費標準第 2 條", en: "Household fees standard, article 2" },
    decisionHash: "0".repeat(64),
    dueOn: "2026-01-19",
    ...change,
  };
}

/** A fee that was demanded and begun to be paid, insisting that both succeed. */
export async function begun(fees: Fees, change: Partial<Demand> = {}): Promise<{ fee: Fee } & BegunPayment> {
  const demanded = await demandFee(fees, demandOf(change));
  if (!demanded.ok) throw new Error(demanded.error.code);
  return { fee: demanded.value, ...(await beginAgain(fees, demanded.value)) };
}

export async function beginAgain(fees: Fees, fee: Fee): Promise<BegunPayment> {
  const started = await beginPayment(fees, { fee: fee.id, payer: fee.payer, provider: "tester", language: "en" });
  if (!started.ok) throw new Error(started.error.code);
  return started.value;
}
