import { problemTable, type ProblemEntry, type Refusal } from "#kernel";

export type PaymentApiProblem =
  | "api-token-missing"
  | "api-token-invalid"
  | "api-token-used"
  | "api-duty-missing"
  | "api-path-unknown"
  | "api-method"
  | "api-body-too-large"
  | "api-too-many";

export type PaymentApiRefusal<Code extends PaymentApiProblem = PaymentApiProblem> = Refusal<Code>;

/** What the payments API refuses before it reads what was asked; everything after that answers in the published shapes. */
export const paymentApiProblems: Readonly<Record<PaymentApiProblem, ProblemEntry>> = problemTable({
  "api-token-missing": {
    status: 401,
    title: { "zh-Hant": "沒有附上權杖", en: "There is no token" },
    action: {
      "zh-Hant": "每次呼叫都要附上您系統簽章的權杖（Authorization: Bearer）。",
      en: "Send a token signed by your system with every call (Authorization: Bearer).",
    },
    when: "A call of the payments API has no bearer token.",
  },
  "api-token-invalid": {
    status: 401,
    title: { "zh-Hant": "權杖無效", en: "The token is not valid" },
    action: {
      "zh-Hant": "請檢查簽發者、金鑰、時間，以及權杖是否對應這次呼叫的方法、網址和內容。",
      en: "Check issuer, key and time, and that the token was made for this method, address and body.",
    },
    when: "Unknown client or key, wrong signature, audience or time, or `htm`, `htu` or `digest` differ from the call.",
  },
  "api-token-used": {
    status: 401,
    title: { "zh-Hant": "權杖已經用過", en: "The token was used before" },
    action: { "zh-Hant": "每次呼叫請簽發新的權杖。", en: "Sign a new token for every call." },
    when: "The `jti` was seen before. A repeated call needs a new token; its RequestID keeps it from being done twice.",
  },
  "api-duty-missing": {
    status: 403,
    title: { "zh-Hant": "您的系統不能做這件事", en: "Your system may not do this" },
    action: { "zh-Hant": "請向平台的營運單位申請。", en: "Ask the operator of the platform for it." },
    when: "The operator has not given the client this duty.",
  },
  "api-path-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這個作業", en: "There is no such operation" },
    action: { "zh-Hant": "請對照 API 說明的網址。", en: "Compare the address with the guide of the API." },
    when: "No operation of the payments API has this path.",
  },
  "api-method": {
    status: 405,
    title: { "zh-Hant": "這個網址不接受這個方法", en: "This address does not take this method" },
    action: { "zh-Hant": "請對照 API 說明的方法。", en: "Compare the method with the guide of the API." },
    when: "The path exists with other methods; `Allow` names them.",
  },
  "api-body-too-large": {
    status: 413,
    title: { "zh-Hant": "內容太大", en: "The body is too large" },
    action: {
      "zh-Hant": "一次最多 4 MB、5,000 筆。更多請用名冊匯入。",
      en: "Send 4 MB and 5,000 payments at most; for more, have a roster imported.",
    },
    when: "The body of a call of the payments API has more than 4 MiB.",
  },
  "api-too-many": {
    status: 429,
    title: { "zh-Hant": "失敗次數太多", en: "Too many failed calls" },
    action: { "zh-Hant": "請檢查權杖，稍後再試。", en: "Check your tokens and try again later." },
    when: "Calls without a valid token came too often from one address; `Retry-After` says when the next may come.",
  },
});
