import { problemTable, type ProblemEntry, type Refusal } from "#kernel";
import { reconciliationProblems, type ReconciliationProblem } from "./problems-of-reconciliation.ts";
import { rosterProblems, type RosterProblem } from "./batches/problems-of-rosters.ts";

export type PaymentsProblem =
  | "account-invalid"
  | "institution-unknown"
  | "institution-merged"
  | "amount-invalid"
  | "payee-invalid"
  | "purpose-invalid"
  | "grant-invalid"
  | "entitlement-differs"
  | "entitlement-unknown"
  | "same-person"
  | "already-released"
  | "payment-changed"
  | "budget-exhausted"
  | "not-releasable"
  | "third-person-needed"
  | "not-reroutable"
  | "not-correctable"
  | "evidence-missing"
  | "owner-check-limit"
  | "contradicted"
  | "programme-unknown"
  | "programme-invalid"
  | "programme-differs"
  | "nothing-to-pay"
  | "file-invalid"
  | "status-invalid"
  | "status-unmatched"
  | ReconciliationProblem
  | RosterProblem;

export type PaymentsRefusal<Code extends PaymentsProblem = PaymentsProblem> = Refusal<Code>;

/** Everything `payments` can refuse. */
export const paymentsProblems: Readonly<Record<PaymentsProblem, ProblemEntry>> = problemTable({
  "account-invalid": {
    status: 422,
    title: { "zh-Hant": "帳號格式不正確", en: "This is not an account number" },
    action: {
      "zh-Hant": "請對照存摺，只輸入數字，最多 14 位。",
      en: "Compare it with your passbook and enter digits only, 14 at most.",
    },
    when: "The account number fails the country plug-in's shape or check-digit test.",
  },
  "institution-unknown": {
    status: 422,
    title: { "zh-Hant": "查無此金融機構代碼", en: "No bank or branch has this code" },
    action: {
      "zh-Hant": "請從清單選擇您的銀行或郵局。",
      en: "Choose your bank or post office from the list.",
    },
    when: "The institution code is not in the directory on that day.",
  },
  "institution-merged": {
    status: 422,
    title: { "zh-Hant": "這家金融機構已經合併", en: "This bank or branch was merged" },
    action: {
      "zh-Hant": "請改用合併後的新代碼，並確認帳號是否也換了。",
      en: "Use the new code shown here and check whether your account number changed too.",
    },
    when: "The institution code has ended; `params.successor` carries the code that follows, if one does.",
  },
  "amount-invalid": {
    status: 422,
    title: { "zh-Hant": "金額不能支付", en: "This amount cannot be paid" },
    action: {
      "zh-Hant": "金額必須大於零，且不超過本計畫的上限。",
      en: "The amount must be more than zero and no more than this programme's limit.",
    },
    when: "The amount is zero, negative, or above `largestAmount` or the programme's own limit.",
  },
  "payee-invalid": {
    status: 422,
    title: { "zh-Hant": "收款人姓名不能使用", en: "The payee's name cannot be used" },
    action: {
      "zh-Hant": "請輸入 1 到 140 個字的姓名，不含換行或控制字元。",
      en: "Enter a name of 1 to 140 characters, without line breaks or control characters.",
    },
    when: "The name is empty, too long, or holds characters that XML cannot carry.",
  },
  "purpose-invalid": {
    status: 422,
    title: { "zh-Hant": "撥款用途不能使用", en: "The purpose cannot be used" },
    action: {
      "zh-Hant": "用途說明加上案號最多 140 個字，並選擇用途代碼。",
      en: "Purpose and case number together take at most 140 characters; choose a purpose code.",
    },
    when: "Purpose code is not 4 capital letters, or purpose text plus case number does not fit RmtInf/Ustrd.",
  },
  "grant-invalid": {
    status: 400,
    title: { "zh-Hant": "核定資料不完整", en: "The approval is incomplete" },
    action: { "zh-Hant": "請回到案件重新核定。", en: "Go back to the case and approve it again." },
    when: "Case, decision hash, facts hash or approver is missing, or the given id is not a UUID.",
  },
  "entitlement-differs": {
    status: 409,
    title: { "zh-Hant": "這個案件已有不同內容的核定", en: "This case was already approved with other content" },
    action: {
      "zh-Hant": "請查看既有的撥款，必要時作成新的決定。",
      en: "Look at the existing payment; if it is wrong, make a new decision.",
    },
    when: "The same entitlement id, or the same case and decision, comes again with other content.",
  },
  "entitlement-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此撥款", en: "There is no such payment" },
    action: { "zh-Hant": "請回到案件清單。", en: "Go back to the list of cases." },
    when: "No entitlement has this id.",
  },
  "same-person": {
    status: 403,
    title: { "zh-Hant": "核定人不能自己放行", en: "Whoever approved cannot also release" },
    action: { "zh-Hant": "請由另一位承辦人放行。", en: "Ask a second officer to release this payment." },
    when: "`releasedBy` is the person who approved the entitlement or this attempt.",
  },
  "already-released": {
    status: 409,
    title: { "zh-Hant": "這筆撥款已經放行", en: "This payment was already released" },
    action: { "zh-Hant": "不需要再做什麼。", en: "There is nothing more to do." },
    when: "Another officer released it before. The same officer's second click answers the first result instead.",
  },
  "payment-changed": {
    status: 409,
    title: { "zh-Hant": "撥款內容在您查看之後變了", en: "The payment changed after you looked at it" },
    action: { "zh-Hant": "請重新查看金額和帳戶再放行。", en: "Look at amount and account again, then release." },
    when: "`binding` differs from the hash over amount, account and decision.",
  },
  "budget-exhausted": {
    status: 409,
    title: { "zh-Hant": "計畫經費不足", en: "The programme's budget does not suffice" },
    action: {
      "zh-Hant": "沒有放行任何款項。請減少筆數，或先完成追加預算。",
      en: "Nothing was released. Release less, or have the budget raised first.",
    },
    when: "The releases would bring the programme's free money below zero, or a budget is cut below what is promised.",
  },
  "not-releasable": {
    status: 409,
    title: { "zh-Hant": "這筆撥款現在不能放行", en: "This payment cannot be released now" },
    action: { "zh-Hant": "請查看目前的狀態。", en: "Look at its present state." },
    when: "The instruction is not waiting for its second approval; `params.state` says where it is.",
  },
  "third-person-needed": {
    status: 403,
    title: { "zh-Hant": "這筆金額須由三個人經手", en: "This amount takes a third person" },
    action: {
      "zh-Hant": "請提出批次，由另外兩個人放行。",
      en: "Propose a batch; two other people release it.",
    },
    when: "The payment is above its programme's `thirdAbove` and was to be released alone.",
  },
  "not-reroutable": {
    status: 409,
    title: { "zh-Hant": "這筆撥款不能改匯其他帳戶", en: "This payment cannot go to another account" },
    action: { "zh-Hant": "請查看目前的狀態。", en: "Look at its present state." },
    when: "Only rejected or returned money may be sent again; `params.state` says where it is.",
  },
  "not-correctable": {
    status: 409,
    title: { "zh-Hant": "這筆撥款不能這樣更正", en: "This payment cannot be corrected in this way" },
    action: { "zh-Hant": "請查看目前的狀態和對帳單。", en: "Look at its present state and at the statement." },
    when: "The instruction is unknown, or the state graph has no such reconciliation edge; `params.state` says where it is.",
  },
  "evidence-missing": {
    status: 422,
    title: { "zh-Hant": "更正需要對帳單證據", en: "A correction needs a line of the statement" },
    action: { "zh-Hant": "請填寫對帳單編號和行號。", en: "Give the statement's number and the line." },
    when: "Statement, line or one of the two people is empty.",
  },
  "owner-check-limit": {
    status: 429,
    title: { "zh-Hant": "今天的帳戶核驗次數已用完", en: "No more account checks today" },
    action: {
      "zh-Hant": "請明天再試，或洽服務櫃檯。",
      en: "Please try again tomorrow, or ask at a counter.",
    },
    when: "The person asked 5 times today, or the account was asked about 20 times.",
  },
  contradicted: {
    status: 409,
    title: { "zh-Hant": "銀行的回覆互相矛盾", en: "The bank's reports contradict each other" },
    action: {
      "zh-Hant": "請先依對帳單更正這筆撥款的狀態。",
      en: "First correct this payment's state from the bank's statement.",
    },
    when: "A report denied the state of this instruction, or named another amount, and no correction has settled it since.",
  },
  "programme-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此給付計畫", en: "There is no such programme" },
    action: { "zh-Hant": "請從計畫清單選擇，或先開設計畫。", en: "Choose one from the list, or open it first." },
    when: "No programme of this name has been opened.",
  },
  "programme-invalid": {
    status: 422,
    title: { "zh-Hant": "給付計畫的資料不完整", en: "The programme's particulars are not complete" },
    action: {
      "zh-Hant": "請檢查代號、兩種語言的名稱、法源、用途、付款帳戶和上限。",
      en: "Check its name, the title in both languages, the law, the purpose, the payer's account and the limits.",
    },
    when: "A field is missing or has no possible value; `params.field` names it.",
  },
  "programme-differs": {
    status: 409,
    title: { "zh-Hant": "同名的給付計畫已經開設", en: "A programme of this name is open already" },
    action: { "zh-Hant": "請換一個代號，或沿用既有計畫。", en: "Take another name, or use the one that is there." },
    when: "A programme is opened again under its name with other particulars.",
  },
  "nothing-to-pay": {
    status: 409,
    title: { "zh-Hant": "沒有待撥款項", en: "Nothing is waiting to be paid" },
    action: { "zh-Hant": "放行後再試一次。", en: "Release a payment first." },
    when: "No instruction is approved when a file is to be made.",
  },
  "file-invalid": {
    status: 500,
    title: { "zh-Hant": "撥款檔沒有通過檢查", en: "The payment file did not pass its checks" },
    action: { "zh-Hant": "沒有送出任何款項，請通知系統管理者。", en: "Nothing was sent. Tell the operator." },
    when: "Our own file fails the XML schema or our checks: a defect of ours; nothing is stored or sent.",
  },
  "status-invalid": {
    status: 422,
    title: { "zh-Hant": "銀行回覆檔無法讀取", en: "The bank's report cannot be read" },
    action: { "zh-Hant": "原檔已保存並隔離，請聯絡銀行。", en: "The original is kept in quarantine. Ask the bank." },
    when: "Not well-formed, has a DTD, is too large, or fails the pain.002.001.14 schema.",
  },
  "status-unmatched": {
    status: 422,
    title: { "zh-Hant": "銀行回覆對不上任何撥款", en: "The bank's report matches no payment of ours" },
    action: {
      "zh-Hant": "原檔已保存並隔離，請與銀行核對。",
      en: "The original is kept in quarantine. Reconcile it with the bank.",
    },
    when: "The report names a file we never made.",
  },
  ...reconciliationProblems,
  ...rosterProblems,
});
