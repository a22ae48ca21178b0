import { problemTable, type ProblemEntry } from "#kernel";

/** What a register answers instead of data, by permanent name. */
export type RegisterProblem =
  | "record-not-found"
  | "query-invalid"
  | "query-without-person"
  | "operation-unknown"
  | "calls-too-many"
  | "register-unavailable"
  | "register-slow"
  | "register-answer-invalid";

export const registerProblems: Readonly<Record<RegisterProblem, ProblemEntry>> = problemTable({
  "record-not-found": {
    status: 404,
    title: { "zh-Hant": "查無資料", en: "There is no such record" },
    action: { "zh-Hant": "請確認查詢的識別碼。", en: "Check the identifier that was asked for." },
    when: "A lookup by key finds no row.",
  },
  "query-invalid": {
    status: 400,
    title: { "zh-Hant": "查詢條件不正確", en: "The query is not right" },
    action: {
      "zh-Hant": "請依服務的 OpenAPI 說明提供條件；`field` 指出有問題的欄位。",
      en: "Give the conditions as the service's OpenAPI description says; `field` names the one in question.",
    },
    when: "The body is no JSON object, a key or filter is missing, undeclared or of the wrong type, or the cursor is foreign.",
  },
  "query-without-person": {
    status: 400,
    title: { "zh-Hant": "查詢沒有指明當事人", en: "The query does not name the person it is about" },
    action: {
      "zh-Hant": "請在條件中加上當事人的識別碼；`field` 是它的欄位名稱。",
      en: "Add the person's identifier to the conditions; `field` is the name of its field.",
    },
    when: "A lookup or search in a register about people lacks the subject field: its reading could be put on nobody's list.",
  },
  "operation-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這個操作", en: "There is no such operation" },
    action: {
      "zh-Hant": "可用 POST /v1/lookup、POST /v1/search 與 GET /v1/openapi.json。",
      en: "There are POST /v1/lookup, POST /v1/search and GET /v1/openapi.json.",
    },
    when: "Another method or path of a register's service is called.",
  },
  "calls-too-many": {
    status: 429,
    title: { "zh-Hant": "呼叫次數過多", en: "Too many calls" },
    action: {
      "zh-Hant": "請在 `Retry-After` 所示的秒數後再試；每分鐘上限寫在服務的 OpenAPI 說明中。",
      en: "Try again after the seconds in `Retry-After`; the service's OpenAPI description says how many a minute there may be.",
    },
    when: "A client made more calls in a minute than the register's declaration allows.",
  },
  "register-unavailable": {
    status: 503,
    title: { "zh-Hant": "資料來源暫時無法使用", en: "The source of these data is not available now" },
    action: {
      "zh-Hant": "請稍後再試，或洽提供資料的機關。",
      en: "Try again later, or ask the agency that provides it.",
    },
    when: "The register's database or REST service does not answer, refuses the connection, or answers with an error.",
  },
  "register-slow": {
    status: 504,
    title: { "zh-Hant": "資料來源逾時", en: "The source of these data takes too long" },
    action: {
      "zh-Hant": "請縮小查詢範圍後再試。",
      en: "Ask for less, or try again later.",
    },
    when: "The register's source did not answer within the declaration's `timeoutSeconds`; the question was cancelled.",
  },
  "register-answer-invalid": {
    status: 502,
    title: { "zh-Hant": "資料來源的回覆不符宣告", en: "The source of these data answers otherwise than declared" },
    action: {
      "zh-Hant": "請洽提供資料的機關；`field` 指出不符的欄位。",
      en: "Tell the agency that provides it; `field` names the field that does not fit.",
    },
    when: "A REST service answered no JSON, no row where the declaration says one is, or a value of another type than declared.",
  },
});
