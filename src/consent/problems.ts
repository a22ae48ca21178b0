import type { ProblemEntry } from "#kernel";

export type ConsentProblem = "consent-unknown" | "consent-ended" | "consent-refused-by-law";

/** What the consent module refuses. */
export const consentProblems: Readonly<Record<ConsentProblem, ProblemEntry>> = {
  "consent-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這份同意", en: "We cannot find this agreement" },
    action: { "zh-Hant": "請從「我的同意」開啟。", en: "Open it from My agreements." },
    when: "no agreement with this id belongs to the person",
  },
  "consent-ended": {
    status: 409,
    title: { "zh-Hant": "這份同意已經結束", en: "This agreement has ended" },
    action: { "zh-Hant": "需要時請重新同意。", en: "Agree again if it is still needed." },
    when: "the agreement was withdrawn or has expired",
  },
  "consent-refused-by-law": {
    status: 409,
    title: { "zh-Hant": "案件已送出，資料須依法保存", en: "The case was sent; the law requires its data to be kept" },
    action: {
      "zh-Hant": "之後不再取得新資料；已送出的案件資料會在保存期滿後刪除。",
      en: "Nothing more will be fetched. The data of the case are deleted when their time is over.",
    },
    when: "a withdrawal asks for the erasure of data that a decided case rests on",
  },
};
