import type { ProblemEntry } from "#kernel";

export type ServiceProblem =
  | "public-service-unknown"
  | "case-unknown"
  | "case-not-yours"
  | "case-wrong-phase"
  | "case-changed"
  | "second-person-needed"
  | "own-case"
  | "key-reused"
  | "answers-incomplete"
  | "answer-invalid"
  | "form-tampered";

/** What the services module refuses. */
export const serviceProblems: Readonly<Record<ServiceProblem, ProblemEntry>> = {
  "public-service-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這項服務", en: "We do not have this service" },
    action: { "zh-Hant": "請從首頁搜尋您要辦的事。", en: "Search for what you need on the home page." },
    when: "the service id in the address is not in the catalogue",
  },
  "case-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這個案件", en: "We cannot find this case" },
    action: { "zh-Hant": "請從「我的申請」開啟案件。", en: "Open the case from My applications." },
    when: "the case does not exist, or the person may not know that it does",
  },
  "case-not-yours": {
    status: 403,
    title: { "zh-Hant": "您不能處理這個案件", en: "You may not do this with the case" },
    action: {
      "zh-Hant": "請確認您用的是正確的身分，或請承辦人員處理。",
      en: "Check whom you are acting for, or ask the person in charge.",
    },
    when: "the actor's role never may cause this event, or the case concerns other people",
  },
  "case-wrong-phase": {
    status: 409,
    title: { "zh-Hant": "這個步驟已經完成，或還不能進行", en: "This step is already done, or not possible yet" },
    action: {
      "zh-Hant": "沒有重複處理。請重新開啟案件，看目前的進度。",
      en: "Nothing was done twice. Open the case again to see where it stands.",
    },
    when: "the role may cause the event, but not in the phase the case is in (for example approving an approved case)",
  },
  "case-changed": {
    status: 409,
    title: { "zh-Hant": "您看的時候案件有了變動", en: "The case changed while you were looking at it" },
    action: { "zh-Hant": "請看過最新內容後再決定。", en: "Look at the newest state, then decide." },
    when: "expectedSeq is not the head of the case",
  },
  "second-person-needed": {
    status: 409,
    title: { "zh-Hant": "須由另一位同仁放行", en: "A second person must release this" },
    action: {
      "zh-Hant": "核定的人不能自己放行付款，請同仁處理。",
      en: "Whoever approved cannot also release the payment. Ask a colleague.",
    },
    when: "an event that needs a second person is caused by the first",
  },
  "own-case": {
    status: 403,
    title: { "zh-Hant": "這是您自己的案件，應行迴避", en: "This is your own case, so you may not handle it" },
    action: {
      "zh-Hant": "請由其他同仁辦理。您可從「我的申請」查看進度。",
      en: "A colleague must handle it. You can follow it under My applications.",
    },
    when: "an officer opens, decides or releases a case in which they are the applicant or the person it is for",
  },
  "key-reused": {
    status: 422,
    title: { "zh-Hant": "重複的送出識別碼", en: "This form was already used for something else" },
    action: { "zh-Hant": "請重新開啟頁面再試一次。", en: "Open the page again and retry." },
    when: "an idempotency key that caused one event is sent with another",
  },
  "answers-incomplete": {
    status: 422,
    title: { "zh-Hant": "還有問題沒有回答", en: "Some questions are not answered yet" },
    action: { "zh-Hant": "請完成標示的問題後再送出。", en: "Answer the questions marked on the page, then send." },
    when: "a submission lacks an answer or a fact the definition needs",
  },
  "answer-invalid": {
    status: 422,
    title: { "zh-Hant": "有回答需要修正", en: "An answer needs a correction" },
    action: { "zh-Hant": "請看標示的問題。", en: "See the question marked on the page." },
    when: "an answer is not of the kind its question asks for",
  },
  "form-tampered": {
    status: 422,
    title: { "zh-Hant": "表單內容與頁面不符", en: "The form does not match its page" },
    action: {
      "zh-Hant": "請重新開啟頁面；您先前的回答都還在。",
      en: "Open the page again; your earlier answers are kept.",
    },
    when: "a form names a field its page does not have, or its token does not belong to the session",
  },
};
