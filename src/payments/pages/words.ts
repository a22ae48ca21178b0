import { feeAccountWords } from "../fees/pages/words.ts";
import type { Language, Localised } from "#kernel";
import { both, formatMoney, type Tag } from "#ui";
import type { Banking } from "../contract.ts";
import type { ReasonClass } from "../bank/reasons.ts";
import type { BookAccount, PaymentEvent, State } from "../states.ts";

/** Where the desk's pages are. */
export const paymentPaths = {
  all: "/desk/payments",
  csv: "/desk/payments/list.csv",
  files: "/desk/payments/files",
  batches: "/desk/payments/batches",
  rosters: "/desk/payments/rosters",
  reconcile: "/desk/payments/reconcile",
  books: "/desk/payments/books",
  movementsCsv: "/desk/payments/books/movements.csv",
  states: "/desk/payments/states",
  mine: "/my/payments",
} as const;

const titles: Readonly<Record<string, readonly [tone: Tag["tone"], zh: string, en: string]>> = {
  none: ["quiet", "尚未開始", "Not begun"],
  drafted: ["info", "已建立", "Drafted"],
  held: ["wait", "暫停中", "Held"],
  checked: ["info", "已檢查", "Checked"],
  "approved-once": ["wait", "待放行", "To be released"],
  approved: ["info", "已放行", "Released"],
  queued: ["info", "已編入檔案", "In a file"],
  submitted: ["info", "已送銀行", "With the bank"],
  accepted: ["info", "銀行已受理", "Accepted by the bank"],
  unknown: ["bad", "結果不明", "Outcome unknown"],
  "not-received": ["wait", "銀行未收到", "Never reached the bank"],
  settled: ["good", "已入帳", "Paid"],
  rejected: ["bad", "銀行退件", "Refused by the bank"],
  returned: ["bad", "退匯", "Came back"],
  "waiting-for-person": ["wait", "等當事人提供帳戶", "Waiting for the payee"],
  "recovery-open": ["wait", "追回中", "Asked back"],
  recovered: ["quiet", "已追回", "Got back"],
  "written-off": ["quiet", "已轉銷", "Written off"],
  rerouted: ["quiet", "已改付", "Sent another way"],
  abandoned: ["quiet", "已逾時效", "Time-barred"],
  cancelled: ["quiet", "已取消", "Cancelled"],
};

/** A state as a tag. A state without words shows its code; a test says so. */
export function stateTag(state: State): Tag {
  const [tone, zh, en] = titles[state] ?? ["quiet", state, state];
  return { tone, text: both(zh, en) };
}

export function isState(text: string): text is State {
  return Object.hasOwn(titles, text) && text !== "none";
}

/** States in the order of a payment's way. */
export const stateOrder: readonly State[] = Object.keys(titles).filter((state) => state !== "none") as State[];

const events: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  "instruction-drafted": ["建立付款指示", "Payment instruction drafted"],
  "checks-passed": ["檢查通過", "Checks passed"],
  "checks-failed": ["檢查未通過，暫停付款", "Checks failed; the payment is held"],
  "hold-resolved": ["解除暫停", "No longer held"],
  "first-approved": ["第一位核准", "Approved by the first person"],
  "second-approved": ["第二位放行", "Released by the second person"],
  cancelled: ["取消", "Cancelled"],
  batched: ["編入付款檔", "Put into a file"],
  "file-sent": ["檔案送達銀行", "File taken by the bank"],
  "batch-recalled-before-sending": ["送出前抽回", "Taken out before sending"],
  "status-accepted": ["銀行受理", "Accepted by the bank"],
  "status-rejected": ["銀行退件", "Refused by the bank"],
  "status-settled": ["銀行回報入帳", "Paid, says the bank"],
  "status-unclear": ["銀行回覆不明", "The bank's answer is unclear"],
  "no-status-in-time": ["銀行逾時未回覆", "No answer from the bank in time"],
  "no-settlement-in-time": ["受理後逾時未入帳", "Accepted, but not paid in time"],
  "found-submitted": ["查明：銀行已收到", "Found: the bank has it"],
  "found-accepted": ["查明：銀行已受理", "Found: accepted"],
  "found-settled": ["查明：已入帳", "Found: paid"],
  "found-rejected": ["查明：已退件", "Found: refused"],
  "found-not-received": ["查明：銀行未收到", "Found: never reached the bank"],
  "resend-approved": ["核准重送", "Sending again was approved"],
  "money-returned": ["款項退回", "The money came back"],
  rerouted: ["改付其他帳戶", "Sent to another account"],
  "person-asked": ["請當事人提供帳戶", "The payee was asked for an account"],
  "account-renewed": ["當事人提供新帳戶", "The payee gave a new account"],
  "time-barred": ["已逾時效", "Time-barred"],
  "stopped-for-heirs": ["停止付款，轉繼承程序", "Stopped; the heirs' procedure follows"],
  "recovery-withdrawn": ["撤回追回", "The recovery was withdrawn"],
  "recovery-decided": ["決定追回", "It was decided to ask it back"],
  "money-received": ["收到還款", "Repaid"],
  "write-off-decided": ["決定轉銷", "It was decided to write it off"],
  "corrected-to-settled": ["依對帳單更正為已入帳", "Corrected from the statement: paid"],
  "corrected-to-rejected": ["依對帳單更正為退件", "Corrected from the statement: refused"],
  "corrected-to-returned": ["依對帳單更正為退匯", "Corrected from the statement: came back"],
  "corrected-to-not-received": ["依對帳單更正為未收到", "Corrected from the statement: never reached the bank"],
};

export function eventTitle(event: PaymentEvent | (string & {})): Localised {
  const [zh, en] = events[event] ?? [event, event];
  return both(zh, en);
}

const accounts: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  treasury: ["國庫", "Treasury"],
  appropriation: ["可用預算", "Free budget"],
  encumbered: ["已放行待付", "Promised"],
  "in-transit": ["在途", "In transit"],
  paid: ["已付", "Paid"],
  returned: ["退回", "Came back"],
  "recovery-open": ["追回中", "Asked back"],
  recovered: ["已追回", "Got back"],
  "written-off": ["已轉銷", "Written off"],
  suspense: ["待查", "Suspense"],
  "bank-difference": ["待查的對方科目", "Other half of suspense"],
};

export function accountTitle(account: BookAccount | (string & {})): Localised {
  const [zh, en] = accounts[account] ?? feeAccountWords[account] ?? [account, account];
  return both(zh, en);
}

/** The accounts in the order money passes them. */
export const accountOrder: readonly BookAccount[] = Object.keys(accounts) as BookAccount[];

const reasons: Readonly<Record<string, readonly [zh: string, en: string, doZh: string, doEn: string]>> = {
  "ask-person": [
    "帳號與戶名不符",
    "Wrong account or holder",
    "請當事人提供正確帳戶",
    "Ask the payee for the right account",
  ],
  "other-channel": [
    "帳戶不能收款",
    "The account cannot receive",
    "改付其他帳戶或支票",
    "Use another account or a cheque",
  ],
  "new-code": ["分行代碼有誤或已合併", "Wrong or merged branch", "改用新代碼", "Use the new code"],
  "stop-heirs": ["受款人已歿", "The payee has died", "停止付款，轉繼承程序", "Stop; the heirs' procedure follows"],
  "our-fault": ["我們的檔案有誤", "A fault in our file", "通知系統管理者", "Tell the operator"],
  treasury: ["付款帳戶餘額不足", "Not enough money to pay", "先補足餘額再重送", "Fund the account, then send again"],
  unclear: ["銀行回覆不明", "Unclear answer", "向銀行查詢，不要重送", "Ask the bank; do not send again"],
  "next-day": ["超過截止時間", "After the cut-off", "次一銀行營業日再送", "Send on the next banking day"],
  "read-text": ["銀行附註", "The bank wrote a text", "閱讀銀行附註", "Read the bank's text"],
  unmapped: ["未對照的代碼", "Unknown code", "先把代碼歸類", "Map the code first"],
};

export function reasonTitle(of: ReasonClass | (string & {})): Localised {
  const [zh, en] = reasons[of] ?? [of, of];
  return both(zh, en);
}

/** What the officer should do about it. */
export function reasonTask(of: ReasonClass | (string & {})): Localised {
  const [, , zh, en] = reasons[of] ?? ["", "", "", ""];
  return both(zh, en);
}

export const reasonClasses: readonly ReasonClass[] = Object.keys(reasons) as ReasonClass[];

const outcomes: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  applied: ["已採用", "Applied"],
  noted: ["已記下", "Noted"],
  repeated: ["重複", "Repeated"],
  contradiction: ["與已知矛盾", "Contradicts what we know"],
  unmatched: ["對不上任何付款", "Matches no payment"],
  "amount-differs": ["金額不符", "Another amount"],
  unmapped: ["未對照的代碼", "Unknown code"],
  "status-invalid": ["檔案讀不懂", "The report cannot be read"],
  "status-unmatched": ["不是我們的檔案", "Not about a file of ours"],
  "notification-invalid": ["入扣帳通知讀不懂", "The notification cannot be read"],
};

export function outcomeTitle(outcome: string): Localised {
  const [zh, en] = outcomes[outcome] ?? [outcome, outcome];
  return both(zh, en);
}

/** An amount in the smallest unit, as people write it. */
export function moneyText(amount: bigint, currency: Banking["currency"], lang: Language): string {
  const value = Number(amount) / 10 ** currency.decimals;
  return currency.code === "TWD"
    ? formatMoney(value, lang)
    : `${currency.code} ${value.toLocaleString("en-US", { minimumFractionDigits: currency.decimals })}`;
}
