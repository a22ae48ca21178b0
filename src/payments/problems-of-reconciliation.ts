import { problemTable, type ProblemEntry } from "#kernel";

export type ReconciliationProblem =
  | "notification-invalid"
  | "confirmation-needed"
  | "suspense-unknown"
  | "suspense-explained"
  | "explanation-wrong"
  | "incident-unknown"
  | "incident-closed"
  | "files-blocked"
  | "not-resendable"
  | "payee-dead"
  | "account-refused"
  | "cheque-invalid"
  | "recovery-unknown"
  | "recovery-invalid"
  | "not-recoverable"
  | "recovery-exceeded"
  | "offset-refused"
  | "report-invalid";

/** What is refused when the bank's lines are matched, money is sent again or asked back, and days are closed. */
export const reconciliationProblems: Readonly<Record<ReconciliationProblem, ProblemEntry>> = problemTable({
  "notification-invalid": {
    status: 422,
    title: { "zh-Hant": "銀行入扣帳通知無法讀取", en: "The bank's notification cannot be read" },
    action: {
      "zh-Hant": "原檔已保存，沒有記帳。請聯絡銀行重送正確的檔案。",
      en: "The original is kept and nothing was booked. Ask the bank for a correct file.",
    },
    when: "Not well-formed, has a DTD, is too large, fails the camt.054.001.12 schema, or its sums, counts, currency or references are wrong.",
  },
  "confirmation-needed": {
    status: 403,
    title: { "zh-Hant": "這個金額需要第二個人確認", en: "This amount needs a second person" },
    action: { "zh-Hant": "請另一位承辦人確認。", en: "Ask another officer to confirm." },
    when: "The amount is above `singleHandedUpTo` and `confirmedBy` is missing or is the same person.",
  },
  "suspense-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此待查款項", en: "There is no such unexplained line" },
    action: { "zh-Hant": "請回到待查清單。", en: "Go back to the list of unexplained lines." },
    when: "No suspense entry has this id.",
  },
  "suspense-explained": {
    status: 409,
    title: { "zh-Hant": "這筆款項已經查明", en: "This line was explained before" },
    action: { "zh-Hant": "不需要再做什麼。", en: "There is nothing more to do." },
    when: "Somebody explained it, in another way or as somebody else, before.",
  },
  "explanation-wrong": {
    status: 422,
    title: { "zh-Hant": "這個說明和這筆款項不符", en: "This does not explain the line" },
    action: {
      "zh-Hant": "請核對金額、方向和撥款目前的狀態。",
      en: "Compare the amount, the direction and the payment's present state.",
    },
    when: "The payment or recovery is unknown, has another amount, or stands where this line cannot have come from; `params.why` says which.",
  },
  "incident-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此事件", en: "There is no such incident" },
    action: { "zh-Hant": "請回到事件清單。", en: "Go back to the list of incidents." },
    when: "No incident has this id.",
  },
  "incident-closed": {
    status: 409,
    title: { "zh-Hant": "這個事件已經結案", en: "This incident was closed before" },
    action: { "zh-Hant": "不需要再做什麼。", en: "There is nothing more to do." },
    when: "Another person closed it before.",
  },
  "files-blocked": {
    status: 409,
    title: { "zh-Hant": "目前暫停產生撥款檔", en: "No payment file may be made now" },
    action: {
      "zh-Hant": "請先處理事件清單中標示「阻擋」的事件。",
      en: "First deal with the incidents marked as blocking.",
    },
    when: "An open incident blocks files: the bank refused our format, or the payer's account lacks money.",
  },
  "not-resendable": {
    status: 409,
    title: { "zh-Hant": "這筆撥款不能重送", en: "This payment cannot be sent again" },
    action: { "zh-Hant": "請查看目前的狀態。", en: "Look at its present state." },
    when: "The same payment leaves again only when the bank confirmed that it never got it, or refused it for no reason of the payee's; `params.state` says where it is.",
  },
  "payee-dead": {
    status: 409,
    title: { "zh-Hant": "受款人已歿，不能改匯", en: "The payee has died; the payment cannot be sent elsewhere" },
    action: {
      "zh-Hant": "請停止這筆撥款，依繼承程序另作決定。",
      en: "Stop this payment; the heirs' procedure leads to a decision of its own.",
    },
    when: "The bank's reason was MD07.",
  },
  "account-refused": {
    status: 422,
    title: { "zh-Hant": "銀行表示這個帳戶不能使用", en: "The bank says that this account cannot be used" },
    action: {
      "zh-Hant": "請對照存摺改正帳號，或改用其他帳戶、支票。",
      en: "Compare it with the passbook, or choose another account or a cheque.",
    },
    when: "The newest owner check of this account found another holder, no such account, or one that is closed or cannot receive.",
  },
  "cheque-invalid": {
    status: 422,
    title: { "zh-Hant": "支票寄送地址不完整", en: "The address for the cheque is incomplete" },
    action: {
      "zh-Hant": "請填寫郵遞區號和一到三行地址。",
      en: "Give the postal code and one to three lines of address.",
    },
    when: "The postal code is not 3, 5 or 6 digits, or a line is empty, above 70 characters, or holds what XML cannot carry.",
  },
  "recovery-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此追繳案", en: "There is no such recovery" },
    action: { "zh-Hant": "請回到追繳清單。", en: "Go back to the list of recoveries." },
    when: "No recovery has this id, or it belongs to another person.",
  },
  "recovery-invalid": {
    status: 422,
    title: { "zh-Hant": "追繳資料不完整", en: "The recovery is incomplete" },
    action: {
      "zh-Hant": "請填寫原因、法律依據、決定、期限，分期金額合計要等於未繳金額。",
      en: "Give the reason, legal basis, decision and due date; instalments must add up to what is left.",
    },
    when: "A text is empty, the decision hash is no SHA-256, the due day is past, or instalments are not in order or do not add up to what is left.",
  },
  "not-recoverable": {
    status: 409,
    title: { "zh-Hant": "這筆撥款現在不能追繳", en: "This payment cannot be asked back now" },
    action: { "zh-Hant": "請查看目前的狀態。", en: "Look at its present state." },
    when: "Only what is settled can be asked back, once at a time; `params.state` says where it is.",
  },
  "recovery-exceeded": {
    status: 422,
    title: { "zh-Hant": "金額超過尚未追回的部分", en: "This is more than is left to recover" },
    action: { "zh-Hant": "請核對尚未追回的金額。", en: "Compare it with what is left." },
    when: "The amount is not above zero, or above what is left; `params.left` says how much that is.",
  },
  "offset-refused": {
    status: 409,
    title: { "zh-Hant": "不能從這筆給付抵扣", en: "Nothing can be kept from this payment" },
    action: {
      "zh-Hant": "抵扣只限同一人尚未放行的給付，且不超過法定比例。",
      en: "Only from a payment of the same person that nobody has released, and only up to the legal share.",
    },
    when: "`params.why`: `other-person`, `released`, `own-payment` or `above-share` (with `params.most`).",
  },
  "report-invalid": {
    status: 422,
    title: { "zh-Hant": "這一天還不能結算", en: "This day cannot be closed yet" },
    action: { "zh-Hant": "請選擇已經過去的日期。", en: "Choose a day that is over." },
    when: "The day is malformed or not over yet.",
  },
});
