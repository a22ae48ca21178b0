import { problemTable, type ProblemEntry } from "#kernel";

/** Why the ledger refuses an entry, by permanent name. */
export type LedgerProblem =
  | "entry-kind-unknown"
  | "entry-kind-foreign"
  | "entry-field-unknown"
  | "entry-field-invalid"
  | "log-busy";

/** What the ledger refuses. These reach engineers, hardly ever a person: a module tried to log what it must not. */
export const ledgerProblems: Readonly<Record<LedgerProblem, ProblemEntry>> = problemTable({
  "entry-kind-unknown": {
    status: 422,
    title: { "zh-Hant": "紀錄種類不在清單內", en: "This kind of record is not on the list" },
    action: { "zh-Hant": "請使用清單內的種類。", en: "Use a kind that is on the list." },
    when: "The entry's `t` is not one of the kinds declared in the ledger.",
  },
  "entry-kind-foreign": {
    status: 422,
    title: { "zh-Hant": "這份紀錄不收這種紀錄", en: "This log does not take this kind of record" },
    action: {
      "zh-Hant": "請寫入負責這種紀錄的機關自己的紀錄。",
      en: "Write it into the log of the site that keeps this kind.",
    },
    when: "The entry's kind is on the list, but not among those that the log's site declared. Nothing is written.",
  },
  "entry-field-unknown": {
    status: 422,
    title: { "zh-Hant": "紀錄含有未宣告的欄位", en: "The record has a field that is not declared" },
    action: {
      "zh-Hant": "請移除該欄位；公開紀錄不得含有個人資料。",
      en: "Remove the field; the public record must not hold personal data.",
    },
    when: "The entry has a member that its kind does not declare. Nothing is written.",
  },
  "entry-field-invalid": {
    status: 422,
    title: { "zh-Hant": "紀錄的欄位不正確", en: "A field of the record is wrong" },
    action: { "zh-Hant": "請依該種類的宣告更正欄位。", en: "Correct the field as its kind declares it." },
    when: "A declared member is missing, too long, or not of its type. Nothing is written.",
  },
  "log-busy": {
    status: 503,
    title: { "zh-Hant": "紀錄系統忙碌中", en: "The record is busy" },
    action: { "zh-Hant": "請稍後再試。", en: "Try again in a few seconds." },
    when: "More than 4,096 entries have waited longer than a second, and this one is no evidence of a change. Evidence is always taken.",
  },
});
