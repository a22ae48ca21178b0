import { problemTable, type ProblemEntry } from "#kernel";

/** What a register answers instead of data, by permanent name. */
export type RegisterProblem = "record-not-found" | "query-invalid" | "query-without-person" | "operation-unknown";

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
});
