import type { Localised } from "#kernel";
import { both, formatMoney, type Tag } from "#ui";
import type { PublicCharge } from "../contract.ts";
import type { ChargeEvent, ChargeState } from "../states.ts";
import type { FeeState } from "../view.ts";

/** Addresses of the pages of fees. */
export const feePaths = {
  mine: "/my/fees",
  all: "/desk/fees",
  csv: "/desk/fees/list.csv",
  settlement: "/desk/fees/settlement",
  notify: "/fees/notify",
} as const;

const publicTags: Readonly<Record<PublicCharge, Tag>> = {
  open: { tone: "wait", text: both("等待繳費", "To pay") },
  pending: { tone: "info", text: both("處理中", "Under way") },
  checking: { tone: "info", text: both("確認結果中", "Being checked") },
  paid: { tone: "good", text: both("已繳", "Paid") },
  "not-paid": { tone: "bad", text: both("沒有繳成", "Not paid") },
  stopped: { tone: "quiet", text: both("已停止", "Stopped") },
  "being-refunded": { tone: "info", text: both("退款中", "Being refunded") },
  refunded: { tone: "quiet", text: both("已退款", "Refunded") },
};

/** Where a fee stands, for the payer. */
export function feeTag(state: FeeState): Tag {
  if (state === "closed") return { tone: "quiet", text: both("不用繳", "Nothing to pay") };
  return state === "to-pay" ? publicTags.open : publicTags[state];
}

const chargeTags: Readonly<Record<ChargeState, readonly [tone: Tag["tone"], zh: string, en: string]>> = {
  none: ["quiet", "尚未開始", "Not begun"],
  created: ["info", "已建立", "Created"],
  started: ["info", "繳費人在繳費頁", "With the payer"],
  submitted: ["info", "等待入帳", "Waiting for the money"],
  unknown: ["bad", "結果不明", "Outcome unknown"],
  failed: ["quiet", "沒有繳成", "Not paid"],
  cancelled: ["quiet", "已停止", "Stopped"],
  expired: ["quiet", "逾時", "Ran out"],
  succeeded: ["good", "已繳", "Paid"],
  "refund-proposed": ["wait", "等第二人同意退費", "Refund to be agreed"],
  "refund-due": ["info", "待退款", "To be refunded"],
  "refund-requested": ["info", "退款中", "Refund under way"],
  refunded: ["good", "已退款", "Refunded"],
  "refund-failed": ["bad", "退款被拒", "Refund refused"],
  repaid: ["good", "已匯還", "Repaid by transfer"],
};

/** Where a charge stands, for the officer. */
export function chargeTag(state: ChargeState): Tag {
  const [tone, zh, en] = chargeTags[state];
  return { tone, text: both(zh, en) };
}

/** All states an officer may look for, in the order of a charge's life. */
export const chargeStates: readonly ChargeState[] = (Object.keys(chargeTags) as ChargeState[]).filter(
  (state) => state !== "none",
);

const events: Readonly<Record<ChargeEvent, Localised>> = {
  "charge-created": both("開始繳費", "Payment begun"),
  "provider-began": both("繳費服務已受理", "Taken on by the provider"),
  "provider-refused": both("繳費服務拒絕受理", "Refused by the provider"),
  "time-ran-out": both("沒有送達繳費服務，逾時", "Never reached the provider, ran out"),
  "provider-silent": both("繳費服務沒有回應", "The provider was silent"),
  "reported-open": both("繳費服務：還在等繳費人", "Provider: still with the payer"),
  "reported-pending": both("繳費服務：等待入帳", "Provider: waiting for the money"),
  "reported-paid": both("繳費服務：已收款", "Provider: paid"),
  "reported-paid-owed-back": both("收款時已不用繳，待退還", "Paid when nothing was owed; to be given back"),
  "reported-other-amount": both("金額不對，待退還", "Another amount; to be given back"),
  "reported-declined": both("繳費服務：拒絕", "Provider: declined"),
  "reported-cancelled": both("繳費服務：已停止", "Provider: stopped"),
  "reported-expired": both("繳費服務：逾時", "Provider: ran out"),
  "late-payment-booked": both("結束後才收款，已入帳", "Paid after it had ended; booked"),
  "late-payment-owed-back": both("結束後才收款，待退還", "Paid after it had ended; to be given back"),
  "late-other-amount": both("結束後收款且金額不對，待退還", "Another amount after it had ended; to be given back"),
  "refund-proposed": both("提出退費", "Refund proposed"),
  "refund-decided": both("決定退費", "Refund decided"),
  "refund-not-agreed": both("不同意退費", "Refund not agreed"),
  "refund-requested": both("請繳費服務退款", "Refund asked of the provider"),
  "refund-confirmed": both("繳費服務已退款", "Refunded by the provider"),
  "refund-refused": both("繳費服務拒絕退款", "Refund refused by the provider"),
  "refund-tried-again": both("再試一次退款", "Refund tried again"),
  "repaid-by-transfer": both("以匯款退還", "Repaid by transfer"),
};

export function chargeEventTitle(event: ChargeEvent): Localised {
  return events[event];
}

const methods: Readonly<Record<string, Localised>> = {
  card: both("信用卡", "Card"),
  "convenience-store": both("超商", "Convenience store"),
  "bank-transfer": both("銀行轉帳", "Bank transfer"),
  settlement: both("對帳檔得知", "Known from the settlement"),
};

export function methodTitle(method: string | null): Localised {
  return methods[method ?? ""] ?? both(method ?? "–", method ?? "–");
}

/** What a payer can do after a refusal, by the provider's reason. */
const declined: Readonly<Record<string, Localised>> = {
  "no-funds": both(
    "可用餘額不足。請換一張卡，或改用超商、轉帳。",
    "Not enough money. Use another card, or pay at a store or by transfer.",
  ),
  "card-expired": both(
    "卡片已過期。請換一張卡，或改用超商、轉帳。",
    "The card has expired. Use another card, or pay at a store or by transfer.",
  ),
  "issuer-refused": both(
    "發卡銀行沒有核准。請洽發卡銀行，或換一個方式繳。",
    "The card's bank refused. Ask your bank, or pay another way.",
  ),
};

const reasons: Readonly<Record<string, Localised>> = {
  "no-funds": both("餘額不足", "no funds"),
  "card-expired": both("卡片過期", "card expired"),
  "issuer-refused": both("發卡銀行不核准", "refused by the card's bank"),
  "card-closed": both("卡片已停用", "card closed"),
  over: both("訂單已結束", "the order is over"),
};

/** A provider's reason in a word, for the officer; one that we do not know stands as it came. */
export function reasonWord(reason: string): Localised {
  return reasons[reason] ?? both(reason, reason);
}

export function declinedText(reason: string | undefined): Localised {
  return (
    declined[reason ?? ""] ??
    both("這次沒有扣款。請再試一次，或換一個方式繳。", "No money was taken. Try again, or pay another way.")
  );
}

/** Money in words; whole amounts only, as fees are. */
export function feeMoney(amount: bigint): Localised {
  return both(formatMoney(Number(amount), "zh-Hant"), formatMoney(Number(amount), "en"));
}

const closings: Readonly<Record<string, Localised>> = {
  withdrawn: both("申請已撤回", "The application was withdrawn"),
  lapsed: both("逾期未繳", "It was not paid in time"),
};

/** Why a fee is owed no longer: our own words for what the system closed, an officer's for a refund. */
export function closingText(reason: string): Localised {
  return closings[reason] ?? both(reason, reason);
}

/** The accounts of fees, for the books' page. */
export const feeAccountWords: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  "fee-at-provider": ["規費：在繳費服務", "Fees: with the provider"],
  "fee-banked": ["規費：已入庫", "Fees: banked"],
  "fee-income": ["規費：收入", "Fees: income"],
  "fee-owed-back": ["規費：待退還", "Fees: owed back"],
};
