import type { ProblemEntry } from "#kernel";

export type FlowProblem =
  | "source-unavailable"
  | "source-refused"
  | "consent-needed"
  | "not-confirmed"
  | "amount-not-decided"
  | "nothing-to-provide"
  | "case-not-closed"
  | "ruling-not-replayable"
  | "rule-draft-unknown"
  | "rule-draft-unfit"
  | "rule-draft-state"
  | "rule-by-second-person"
  | "rule-draft-untried"
  | "rule-day-passed";

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
  "nothing-to-provide": {
    status: 409,
    title: { "zh-Hant": "依目前的資料，不能提供這項文件", en: "By these data the document cannot be provided" },
    action: {
      "zh-Hant": "請看規則說明裡不符合的條件；沒有送出，也不用繳費。",
      en: "See which condition of the rule is not met. Nothing was sent and nothing is to be paid.",
    },
    when: "an application for what is provided against a fee is sent although the rule says not eligible",
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
  "ruling-not-replayable": {
    status: 409,
    title: { "zh-Hant": "這件無法重新計算", en: "This case cannot be judged anew" },
    action: {
      "zh-Hant": "案件還沒送出，或是送出時系統還不保存計算的輸入。原來的決定不受影響。",
      en: "It was not sent yet, or was sent before inputs were kept. What was decided stands.",
    },
    when: "A case without a stored ruling is to be replayed, or one whose ruling does not hold its inputs.",
  },
  "rule-draft-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這份規則草案", en: "We cannot find this draft of a rule" },
    action: { "zh-Hant": "請從規則修正的清單開啟。", en: "Open it from the list of changed rules." },
    when: "The draft does not exist, or belongs to another agency.",
  },
  "rule-draft-unfit": {
    status: 422,
    title: { "zh-Hant": "這個檔案不能接替原來的規則", en: "This file cannot take the place of the rule" },
    action: {
      "zh-Hant": "請看列出的問題，修正後再上傳。",
      en: "See what is listed, mend it and upload it again.",
    },
    when: "A changed model lacks the decision or an input that a service binds, or holds an expression that cannot be read.",
  },
  "rule-draft-state": {
    status: 409,
    title: { "zh-Hant": "這份草案的狀態不能這樣做", en: "This cannot be done with the draft as it stands" },
    action: { "zh-Hant": "請重新開啟草案，看目前的狀態。", en: "Open the draft again to see how it stands." },
    when: "A draft is activated, withdrawn or discarded twice, or in the wrong order.",
  },
  "rule-by-second-person": {
    status: 403,
    title: { "zh-Hant": "提出修正的人不能啟用它", en: "Whoever drafted a change may not put it into force" },
    action: { "zh-Hant": "請另一位規則管理員看過後啟用。", en: "Have another rule keeper look at it and activate it." },
    when: "A rule keeper activates a draft of their own.",
  },
  "rule-draft-untried": {
    status: 409,
    title: { "zh-Hant": "還沒有試算完過去的案件", en: "It has not been tried out over all past cases yet" },
    action: {
      "zh-Hant": "請等試算完成，看過結果再啟用。",
      en: "Wait until it has, look at the result, then activate it.",
    },
    when: "A draft is activated before its what-if is done.",
  },
  "rule-day-passed": {
    status: 409,
    title: { "zh-Hant": "施行日已經到了", en: "Its first day has come already" },
    action: {
      "zh-Hant": "施行日最早是明天；已施行的版本不能收回，請另訂新的版本。",
      en: "The first day is tomorrow at the earliest. A version in force cannot be taken back; make a new one.",
    },
    when: "A version is drafted or activated for today or a day before, or withdrawn after its first day began.",
  },
};
