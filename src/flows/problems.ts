import type { ProblemEntry } from "#kernel";

export type FlowProblem =
  | "source-unavailable"
  | "source-refused"
  | "consent-needed"
  | "not-confirmed"
  | "amount-not-decided"
  | "case-not-closed";

/** What the journeys across modules refuse. */
export const flowProblems: Readonly<Record<FlowProblem, ProblemEntry>> = {
  "source-unavailable": {
    status: 503,
    title: { "zh-Hant": "資料來源暫時沒有回應", en: "A source of data does not answer right now" },
    action: {
      "zh-Hant": "已取得的資料都保留著，請稍後按「再試一次」。",
      en: "What was fetched is kept. Try again in a moment.",
    },
    when: "an agency's gateway or system cannot be reached or fails",
  },
  "source-refused": {
    status: 403,
    title: { "zh-Hant": "資料來源拒絕提供", en: "The source of data refused" },
    action: {
      "zh-Hant": "同意可能已過期，請重新同意後再試。",
      en: "The agreement may have run out. Agree again and retry.",
    },
    when: "the provider's gateway refuses the call: no right, no purpose, or a consent that does not cover it",
  },
  "consent-needed": {
    status: 409,
    title: { "zh-Hant": "還沒有同意取得資料", en: "You have not agreed to the fetching of data" },
    action: {
      "zh-Hant": "請先看過要取得的資料，再決定是否同意。",
      en: "See first what would be fetched, then decide.",
    },
    when: "facts are fetched, or an application goes on, without a consent in force",
  },
  "not-confirmed": {
    status: 403,
    title: {
      "zh-Hant": "戶政資料沒有這項代理關係",
      en: "The household register does not confirm that you may act for this person",
    },
    action: {
      "zh-Hant": "請從名單選擇；若關係有變動，請先到戶政事務所登記。",
      en: "Choose from the list. If something changed, register it at the household office first.",
    },
    when: "a mandate that no register confirms is chosen, or one that ended meanwhile is used",
  },
  "amount-not-decided": {
    status: 409,
    title: { "zh-Hant": "規則沒有得出可核定的金額", en: "The rule gives no amount that could be approved" },
    action: {
      "zh-Hant": "請看規則說明；不符合的條件列在旁邊。",
      en: "See the rule's explanation; the conditions that fail are listed.",
    },
    when: "an approval is tried although the rule says not eligible",
  },
  "case-not-closed": {
    status: 409,
    title: { "zh-Hant": "這個人還有沒結束的案件", en: "This person has a case that is not closed" },
    action: {
      "zh-Hant": "請等案件結束，或請本人先撤回。",
      en: "Wait until the case is closed, or have the person withdraw it first.",
    },
    when: "a person is to be forgotten who applied for, or is the subject of, a case that is not closed",
  },
};
