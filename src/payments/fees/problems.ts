import type { ProblemEntry, Refusal } from "#kernel";

export type FeesProblem =
  | "fee-unknown"
  | "fee-invalid"
  | "fee-differs"
  | "fee-closed"
  | "fee-paid"
  | "payment-under-way"
  | "provider-silent"
  | "provider-unknown"
  | "charge-refused"
  | "charge-unknown"
  | "refund-not-possible"
  | "refund-needs-reason"
  | "refund-second-person"
  | "notice-forged"
  | "notice-stale"
  | "notice-unreadable";
export type FeesRefusal<Code extends FeesProblem = FeesProblem> = Refusal<Code>;

/** What fees refuse. */
export const feesProblems: Readonly<Record<FeesProblem, ProblemEntry>> = {
  "fee-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這筆規費", en: "There is no such fee" },
    action: { "zh-Hant": "請從「我的繳費」重新選擇。", en: "Choose it again from “My payments”." },
    when: "an address names a fee that does not exist, or that somebody else owes",
  },
  "fee-invalid": {
    status: 422,
    title: { "zh-Hant": "規費的內容不能使用", en: "The fee cannot be demanded like this" },
    action: {
      "zh-Hant": "金額須是大於零的整數，事由、法源與期限都要有。",
      en: "The amount must be whole and above nothing; reason, law and due day must be given.",
    },
    when: "a fee is demanded without amount, reason, law or due day",
  },
  "fee-differs": {
    status: 409,
    title: { "zh-Hant": "同一案件已有不同的規費", en: "This matter has another fee already" },
    action: { "zh-Hant": "請查看已開立的規費。", en: "See the fee that was demanded." },
    when: "the same reference is demanded again with another amount, payer or decision",
  },
  "fee-closed": {
    status: 409,
    title: { "zh-Hant": "這筆規費不用再繳", en: "This fee need not be paid any more" },
    action: {
      "zh-Hant": "案件已撤回或款項已退還；沒有要做的事。",
      en: "The application was withdrawn or the money given back. There is nothing to do.",
    },
    when: "a payment is begun for a fee that was closed",
  },
  "fee-paid": {
    status: 409,
    title: { "zh-Hant": "這筆規費已經繳清", en: "This fee is paid already" },
    action: { "zh-Hant": "不用再繳；收據在繳費紀錄裡。", en: "Do not pay again; the receipt is with your payments." },
    when: "a payment is begun for a fee that was paid",
  },
  "payment-under-way": {
    status: 409,
    title: { "zh-Hant": "前一次繳費還在處理", en: "An earlier payment is still under way" },
    action: {
      "zh-Hant": "請先不要再繳。有結果時這一頁會更新；若沒有成功，就可以重新繳。",
      en: "Do not pay again yet. This page will show the outcome; if it failed you can pay again.",
    },
    when: "a second payment is begun, or the first stopped, while the first may still take money",
  },
  "provider-silent": {
    status: 503,
    title: { "zh-Hant": "繳費服務暫時沒有回應", en: "The payment service does not answer right now" },
    action: {
      "zh-Hant": "款項沒有重複扣繳的風險。請稍後再按一次。",
      en: "Nothing can be charged twice. Try again in a moment.",
    },
    when: "the payment provider cannot be reached, or answers what cannot be read",
  },
  "provider-unknown": {
    status: 422,
    title: { "zh-Hant": "沒有這個繳費方式", en: "There is no such way to pay" },
    action: { "zh-Hant": "請從頁面上的方式選一個。", en: "Choose one of the ways on the page." },
    when: "a charge, notification or settlement names a provider that is not set up",
  },
  "charge-refused": {
    status: 409,
    title: { "zh-Hant": "繳費服務拒絕了這筆繳費", en: "The payment service refused this payment" },
    action: { "zh-Hant": "沒有扣款。請換一個方式再試。", en: "No money was taken. Try another way." },
    when: "the provider refuses to begin a charge",
  },
  "charge-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這筆繳費", en: "There is no such payment" },
    action: { "zh-Hant": "請從清單重新選擇。", en: "Choose it again from the list." },
    when: "an address or notification names a charge that does not exist, or that is another agency's",
  },
  "refund-not-possible": {
    status: 409,
    title: { "zh-Hant": "這筆繳費現在不能退", en: "This payment cannot be refunded now" },
    action: { "zh-Hant": "請看它目前的狀態。", en: "See where it stands." },
    when: "a refund is decided for a charge that has no money, or whose refund is under way",
  },
  "refund-needs-reason": {
    status: 422,
    title: { "zh-Hant": "請寫明退費的理由", en: "Say why the money is given back" },
    action: { "zh-Hant": "繳費人和稽核都會看到。", en: "The payer and the auditor will read it." },
    when: "a refund is proposed or decided without a reason",
  },
  "refund-second-person": {
    status: 403,
    title: { "zh-Hant": "須由另一位同仁同意退費", en: "Another colleague must agree to this refund" },
    action: { "zh-Hant": "請由提出的人以外的放行人辦理。", en: "Ask an approver other than who proposed it." },
    when: "whoever proposed a refund above the limit would also decide it, or who decided one that failed would also record its repayment",
  },
  "notice-forged": {
    status: 401,
    title: { "zh-Hant": "通知的簽章不對", en: "The notification is not signed by the provider" },
    action: { "zh-Hant": "請以約定的密鑰簽章。", en: "Sign it with the agreed secret." },
    when: "a notification has no signature, or one that does not fit",
  },
  "notice-stale": {
    status: 401,
    title: { "zh-Hant": "通知的時間不在容許範圍", en: "The notification is too old, or from the future" },
    action: { "zh-Hant": "請在五分鐘內送達，並校對時鐘。", en: "Deliver it within five minutes, and set the clock." },
    when: "a notification was signed more than five minutes from now",
  },
  "notice-unreadable": {
    status: 422,
    title: { "zh-Hant": "通知的內容無法讀取", en: "The notification cannot be read" },
    action: { "zh-Hant": "請依文件的格式送出。", en: "Send it in the form that is documented." },
    when: "a notification is signed well and says nothing we know",
  },
};
