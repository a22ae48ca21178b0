import type { Localised } from "#kernel";

/** What follows a refusal or return: who must act next. */
export type ReasonClass =
  | "ask-person"
  | "other-channel"
  | "new-code"
  | "stop-heirs"
  | "our-fault"
  | "treasury"
  | "unclear"
  | "next-day"
  | "read-text"
  | "unmapped";

/** ISO ExternalStatusReason1Code (returns use the same codes) to the class that decides the next step. */
const classes: ReadonlyMap<string, ReasonClass> = new Map<string, ReasonClass>([
  ["BE01", "ask-person"], // number and holder differ (帳號核驗不符)
  ["AC01", "ask-person"], // no such account (無此帳戶)
  ["AC03", "ask-person"],
  ["AC04", "other-channel"], // closed (已結清)
  ["AC07", "other-channel"],
  ["AC06", "other-channel"], // flagged (警示、衍生管制帳戶): the person hears no more than "cannot receive"
  ["AG01", "other-channel"],
  ["AC14", "other-channel"],
  ["AC08", "new-code"], // branch or institution wrong or merged
  ["RC01", "new-code"],
  ["MD07", "stop-heirs"], // payee dead
  ["AM01", "our-fault"],
  ["AM02", "our-fault"],
  ["AM14", "our-fault"],
  ["AM10", "our-fault"], // control sum
  ["AM18", "our-fault"], // count
  ["FF01", "our-fault"], // format
  ["AM04", "treasury"],
  ["AM05", "unclear"], // duplicate: ask the bank, never resend blindly
  ["DUPL", "unclear"],
  ["AB05", "unclear"],
  ["AB06", "unclear"],
  ["AB08", "unclear"],
  ["DT01", "next-day"],
  ["TM01", "next-day"],
  ["MS03", "read-text"],
  ["NARR", "read-text"],
]);

/** The class of a bank's reason. A code we do not know is an incident, never a silent default. */
export function reasonClass(code: string | undefined): ReasonClass {
  return code === undefined ? "read-text" : (classes.get(code) ?? "unmapped");
}

/** The bank's codes of these classes. */
export function codesOf(...wanted: readonly ReasonClass[]): string[] {
  return [...classes].filter(([, needs]) => wanted.includes(needs)).map(([code]) => code);
}

const ours: Localised = {
  "zh-Hant": "我們正在處理，您不需要做任何事。",
  en: "We are dealing with it; you need not do anything.",
};

/** What the person reads when money did not arrive. Says nothing about why an account is blocked. */
export const reasonAdvice: Readonly<Record<ReasonClass, Localised>> = {
  "ask-person": {
    "zh-Hant": "銀行找不到這個帳戶，或戶名不符。請對照存摺，在「我的款項」填正確的帳號，或改領支票。",
    en: "The bank did not find this account, or it belongs to another name. Compare it with your passbook and give the right number under My payments, or take a cheque.",
  },
  "other-channel": {
    "zh-Hant": "這個帳戶無法收款。請在「我的款項」改用另一個帳戶，或領支票。",
    en: "This account cannot receive the money. Choose another account under My payments, or take a cheque.",
  },
  "new-code": {
    "zh-Hant": "分行代碼有誤或已合併。請在「我的款項」填新的分行代碼。",
    en: "The branch code is wrong or the branch was merged. Give the new code under My payments.",
  },
  "stop-heirs": {
    "zh-Hant": "撥款已停止。家屬請與承辦人聯絡。",
    en: "The payment was stopped. Relatives, please talk to the office in charge.",
  },
  "our-fault": ours,
  treasury: ours,
  unclear: ours,
  "next-day": ours,
  "read-text": {
    "zh-Hant": "承辦人正在查看銀行的回覆，會再通知您。",
    en: "An officer is reading the bank's answer and will tell you.",
  },
  unmapped: {
    "zh-Hant": "承辦人正在查看銀行的回覆，會再通知您。",
    en: "An officer is reading the bank's answer and will tell you.",
  },
};
