import { both } from "#ui";
import { chargeListPage, chargePage, myFeePage, myFeesPage, settlementPage } from "../../src/payments/pages/index.ts";
import type { ChargeState, FeeView } from "../../src/payments/fees/index.ts";
import { at } from "./sample-facts.ts";
import type { Sample } from "./samples.ts";

const now = at("14:12");
const fee: FeeView["fee"] = {
  id: "0190b1a0-0000-7000-8000-000000000001",
  programme: "fee-household-transcript",
  reference: "HT-115-000001",
  agency: "moi",
  payer: "0190b1a0-0000-7000-8000-000000000002",
  amount: 1_115n,
  currency: "TWD",
  reason: both("戶籍謄本", "Household transcript"),
  law: both("戶政規費收費標準第 2 條", "Standard of household-registration fees, article 2"),
  decisionHash: "0".repeat(64),
  dueOn: "2026-12-07",
  demandedAt: now,
  closedAt: null,
  closedFor: null,
};
const charge = (state: ChargeState, taken: bigint | null = null): NonNullable<FeeView["charge"]> => ({
  id: "0190b1a0-0000-7000-8000-000000000003",
  fee: fee.id,
  attempt: 1,
  provider: "sandbox",
  amount: fee.amount,
  createdAt: now,
  expiresAt: now,
  state,
  taken,
  method: taken === null ? null : "card",
  redirect: null,
  providerReference: "SIM-01234-56789-ABCD",
});
const providers = [
  {
    id: "sandbox",
    title: both("信用卡、超商或轉帳（模擬器）", "Card, store or transfer (simulator)"),
    simulator: true,
  },
  { id: "treasury", title: both("國庫帳戶", "Treasury account") },
];
const mine = (name: string, change: Partial<Parameters<typeof myFeePage>[0]>): Sample => ({
  name: `fee-${name}`,
  as: "mei-hui",
  render: (lang, chrome) =>
    myFeePage(
      {
        fee,
        state: "to-pay",
        charge: undefined,
        charges: [],
        paidAt: undefined,
        due: now,
        providers,
        applicationHref: "/applications/x",
        ...change,
      },
      lang,
      chrome,
    ),
});
const one = (state: ChargeState, taken: bigint | null = null) => {
  const made = charge(state, taken);
  return { charge: made, charges: [made] };
};
const event = (
  seq: number,
  from: ChargeState,
  name: "charge-created" | "reported-paid" | "refund-proposed",
  to: ChargeState,
) => ({
  seq,
  from,
  event: name,
  to,
  at: now,
  by: seq === 3 ? "officer" : "sandbox",
  taken: name === "reported-paid" ? fee.amount : null,
  detail: name === "refund-proposed" ? { reason: "重複繳費 <b>" } : {},
});
const desk = (name: string, change: Partial<Parameters<typeof chargePage>[0]>): Sample => ({
  name: `desk-fee-${name}`,
  as: "officer",
  render: (lang, chrome) =>
    chargePage(
      {
        fee,
        charge: charge("succeeded", fee.amount),
        events: [event(1, "none", "charge-created", "created"), event(2, "started", "reported-paid", "succeeded")],
        names: { officer: "何佩珊" },
        acts: ["propose"],
        caseHref: "/desk/x",
        secondPersonAbove: 1_000n,
        ...change,
      },
      lang,
      chrome,
    ),
});
const sides = { payments: 2_230n, refunds: 1_115n, count: 3 };
const line = {
  provider: "sandbox",
  reference: "SIM-1-P",
  file: "0",
  day: "2026-11-23",
  kind: "payment" as const,
  charge: null,
  amount: 15n,
  outcome: "unmatched" as const,
};

/** Pages of fees, in every state that a person or an officer can meet. */
export const feeSamples: readonly Sample[] = [
  mine("to-pay", {}),
  mine("declined", { ...one("failed"), declined: "no-funds" }),
  mine("other-amount", { ...one("refunded", 1_114n), otherAmount: true }),
  mine("open", { state: "open", ...one("started") }),
  mine("pending", { state: "pending", ...one("submitted") }),
  mine("checking", { state: "checking", ...one("unknown") }),
  mine("paid", {
    state: "paid",
    ...one("succeeded", fee.amount),
    paidAt: now,
    provided: { text: both("下載戶籍謄本（PDF）", "Download: Household transcript (PDF)"), href: "/x.pdf" },
    receiptHref: "/y.pdf",
  }),
  mine("refunded", {
    state: "refunded",
    ...one("refunded", fee.amount),
    fee: { ...fee, closedAt: now, closedFor: "林𡘙 重複繳費" },
  }),
  mine("closed", { state: "closed" }),
  mine("offline", { providers: [] }),
  {
    name: "fees-mine",
    as: "mei-hui",
    render: (lang, chrome) =>
      myFeesPage(
        {
          fees: [{ fee, state: "paid", charge: undefined, charges: [], paidAt: now }],
          pages: { page: 2, pages: 3, href: (page) => `/my/fees?page=${page}` },
        },
        lang,
        chrome,
      ),
  },
  {
    name: "fees-none",
    as: "mei-hui",
    render: (lang, chrome) => myFeesPage({ fees: [], pages: { page: 1, pages: 1, href: () => "" } }, lang, chrome),
  },
  desk("propose", {}),
  desk("agree", {
    charge: charge("refund-proposed", fee.amount),
    events: [
      event(2, "started", "reported-paid", "succeeded"),
      event(3, "succeeded", "refund-proposed", "refund-proposed"),
    ],
    acts: ["agree"],
  }),
  desk("refused", {
    charge: charge("refund-failed", fee.amount),
    acts: ["retry", "repaid"],
    errors: [{ field: "transfer", text: both("請寫明理由。", "Give a reason.") }],
  }),
  {
    name: "desk-fees",
    as: "officer",
    render: (lang, chrome) =>
      chargeListPage(
        {
          charges: [{ ...charge("succeeded", fee.amount), reference: fee.reference, reason: fee.reason }],
          total: 81,
          sums: [{ state: "succeeded", count: 81, taken: 90_315n }],
          contradictions: [{ charge: fee.id, reference: fee.reference, at: now }],
          asked: { search: "HT", state: "succeeded", from: "", to: "" },
          page: 2,
          pages: 3,
        },
        lang,
        chrome,
      ),
  },
  {
    name: "desk-fees-none",
    as: "officer",
    render: (lang, chrome) =>
      chargeListPage(
        { charges: [], total: 0, sums: [], contradictions: [], asked: {}, page: 1, pages: 1 },
        lang,
        chrome,
      ),
  },
  {
    name: "desk-fees-settlement",
    as: "officer",
    render: (lang, chrome) =>
      settlementPage(
        {
          day: "2026-11-23",
          provider: "sandbox",
          providers,
          mayFetch: true,
          report: {
            day: "2026-11-23",
            provider: "sandbox",
            booked: sides,
            settled: { ...sides, count: 2 },
            missing: [{ charge: fee.id, kind: "refund", amount: 1_115n, at: now }],
            strange: [line, { ...line, reference: "SIM-2-P", charge: fee.id, outcome: "amount-differs" }],
          },
        },
        lang,
        chrome,
      ),
  },
];
