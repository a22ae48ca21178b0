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
  | "register-answer-invalid"
  | "write-invalid"
  | "value-missing"
  | "value-refused"
  | "value-taken"
  | "reference-unknown"
  | "record-exists"
  | "record-in-use"
  | "record-changed"
  | "records-too-many"
  | "write-not-granted";

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
  "write-invalid": {
    status: 400,
    title: { "zh-Hant": "寫入內容不正確", en: "What is to be written is not right" },
    action: {
      "zh-Hant": "請依欄位的型別與長度提供 `write.content`；`field` 指出有問題的欄位。識別碼欄位不能更改。",
      en: "Give `write.content` by the types and lengths of the fields; `field` names the one in question. A key cannot be changed.",
    },
    when: "`write.content` or `query.content` is missing, names an undeclared field, or has a value that the column's type cannot hold as it is.",
  },
  "value-missing": {
    status: 400,
    title: { "zh-Hant": "缺少必填的值", en: "A value is missing" },
    action: { "zh-Hant": "請提供 `field` 所示的欄位。", en: "Give the field that `field` names." },
    when: "A column that must have a value would have none.",
  },
  "value-refused": {
    status: 400,
    title: { "zh-Hant": "值不符合資料表的規則", en: "A rule of the table refuses a value" },
    action: {
      "zh-Hant": "請更正 `field` 所示的值；若未指明欄位，請洽提供資料的機關。",
      en: "Correct the value that `field` names; if none is named, ask the agency that provides the register.",
    },
    when: "A check constraint, a trigger or the column's type refuses what was to be written.",
  },
  "value-taken": {
    status: 409,
    title: { "zh-Hant": "這個值已有其他紀錄使用", en: "Another record has this value" },
    action: { "zh-Hant": "請為 `field` 提供其他值。", en: "Give another value for `field`." },
    when: "A value that must be unique is in another record.",
  },
  "reference-unknown": {
    status: 409,
    title: { "zh-Hant": "所參照的紀錄不存在", en: "What a value refers to does not exist" },
    action: {
      "zh-Hant": "請確認 `field` 所參照的紀錄已經建立。",
      en: "See that the record that `field` refers to exists.",
    },
    when: "A foreign key refuses what was to be written.",
  },
  "record-exists": {
    status: 409,
    title: { "zh-Hant": "紀錄已經存在", en: "The record exists already" },
    action: {
      "zh-Hant": "若要更改既有紀錄，請使用更新。",
      en: "To change a record that is there, update it.",
    },
    when: "A record of this key is there and holds something else. The same create again is answered as the first.",
  },
  "record-in-use": {
    status: 409,
    title: { "zh-Hant": "其他紀錄仍參照這筆紀錄", en: "Other records still refer to this one" },
    action: {
      "zh-Hant": "請先移除參照它的紀錄，或洽提供資料的機關。",
      en: "Remove what refers to it first, or ask the agency that provides the register.",
    },
    when: "A foreign key of another table refuses that a record is deleted or changed.",
  },
  "record-changed": {
    status: 412,
    title: { "zh-Hant": "紀錄已被更改", en: "The record has changed meanwhile" },
    action: {
      "zh-Hant": "請重新讀取紀錄，再以新的 `ETag` 寫入。",
      en: "Read the record again, and write with its new `ETag`.",
    },
    when: "A write says with `If-Match` which state of the record it is for, and the record is in another.",
  },
  "records-too-many": {
    status: 400,
    title: { "zh-Hant": "一次更新的紀錄過多", en: "Too many records for one update" },
    action: {
      "zh-Hant": "請縮小條件；一次最多 1,000 筆。",
      en: "Give narrower conditions; one update is for 1,000 records at most.",
    },
    when: "An update of many records finds more than 1,000. Nothing was written.",
  },
  "write-not-granted": {
    status: 403,
    title: { "zh-Hant": "資料庫不允許這項寫入", en: "The database does not allow this write" },
    action: {
      "zh-Hant": "請洽提供資料的機關：其資料庫角色沒有寫入這些欄位的權限。",
      en: "Ask the agency that provides the register: its database role may not write these fields.",
    },
    when: "The role of the register's `writer` lacks a privilege, or a row-level policy refuses.",
  },
});
