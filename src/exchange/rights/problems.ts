import { problemTable, type ProblemEntry } from "#kernel";

/** Refusals of rights: of who manages them, and of quotas they set; part of the exchange's table. */
export type RightProblem =
  | "quota-exhausted"
  | "right-unknown"
  | "right-state"
  | "right-invalid"
  | "right-name-unknown"
  | "approval-by-proposer"
  | "group-unknown";

export const rightProblems: Readonly<Record<RightProblem, ProblemEntry>> = problemTable({
  "quota-exhausted": {
    status: 429,
    title: { "zh-Hant": "這項權限的使用次數已用完", en: "The right's quota is used up" },
    action: {
      "zh-Hant": "請等待 Retry-After 標頭所說的秒數，或向提供機關申請較高的額度。",
      en: "Wait the seconds that the header Retry-After says, or apply to the provider for a higher quota.",
    },
    when: "Every right that covers the call has a quota, and each is used up: of calls, or of people in one day.",
  },
  "right-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這項權限", en: "There is no such right" },
    action: {
      "zh-Hant": "請用 npx taroko rights list 查詢權限代碼。",
      en: "Look its id up with: npx taroko rights list",
    },
    when: "A right, or a recorded exchange, is named that this agency does not have.",
  },
  "right-state": {
    status: 409,
    title: { "zh-Hant": "這項權限目前的狀態不能這樣處理", en: "The right is not in a state for this" },
    action: {
      "zh-Hant": "請重新查看權限的狀態與歷程；別人可能剛處理過。",
      en: "Look at its state and history again; somebody else may have acted meanwhile.",
    },
    when: "For example: approving what is no proposal, resuming what was revoked. `state` and `act` say which.",
  },
  "right-invalid": {
    status: 422,
    title: { "zh-Hant": "權限的內容不正確", en: "What the right says cannot be" },
    action: {
      "zh-Hant": "`reason` 說明是哪一部分：對象、方法、路徑、目的、日期或額度。期限最長五年。",
      en: "`reason` names the part: subject, method, path, purposes, dates or quota. Five years are the longest.",
    },
    when: "A right or a group is written down with a part that is missing, malformed or out of bounds.",
  },
  "right-name-unknown": {
    status: 422,
    title: { "zh-Hant": "權限寫到的名稱沒有登記", en: "The right names something that is not registered" },
    action: {
      "zh-Hant":
        "請確認名稱的寫法；`near` 是最接近的名稱。服務要先由閘道發布，對象、目的與法律依據要先在全國設定裡登記。",
      en: "Check how it is written; `near` is the nearest name there is. A service must be published by the gateway, a subject, purpose or legal basis registered in the country's configuration.",
    },
    when: "A right is proposed on a service that the agency does not publish, or for a subject, gateway, purpose or legal basis that the country does not list. `reason` names the part.",
  },
  "approval-by-proposer": {
    status: 403,
    title: { "zh-Hant": "提案的人不能自己核可", en: "Whoever proposed a right cannot approve it" },
    action: { "zh-Hant": "請由另一位管理人員核可。", en: "Ask another operator to approve it." },
    when: "The approver's name is that of somebody who drafted, amended or proposed the right.",
  },
  "group-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這個群組", en: "There is no such group" },
    action: {
      "zh-Hant": "請先用 npx taroko rights group 建立群組。",
      en: "Make the group first with: npx taroko rights group",
    },
    when: "A group is named that this agency has not defined, or the country's configuration does not have.",
  },
});
