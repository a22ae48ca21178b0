import { problemTable, type ProblemEntry } from "#kernel";

/** Refusals of what an agency's side and a service's description ask for; part of the exchange's table. */
export type ContractProblem =
  | "head-too-large"
  | "connection-refused"
  | "request-invalid"
  | "response-invalid"
  | "service-disabled"
  | "description-unavailable";

export const contractProblems: Readonly<Record<ContractProblem, ProblemEntry>> = problemTable({
  "head-too-large": {
    status: 431,
    title: { "zh-Hant": "請求列與標頭太長", en: "Request line and headers are too long" },
    action: {
      "zh-Hant": "請縮短網址與標頭，或改放在內容裡傳送。",
      en: "Shorten address and headers, or send the data in the body.",
    },
    when: "Request line and headers of a call are longer than 32 KiB together.",
  },
  "connection-refused": {
    status: 403,
    title: { "zh-Hant": "這個子系統不能用這種連線呼叫", en: "This subsystem may not call over this connection" },
    action: {
      "zh-Hant": "請改用 HTTPS 與已列入的用戶端憑證；`reason` 說明原因。",
      en: "Connect by HTTPS with a client certificate that is listed; `reason` says what is missing.",
    },
    when: "The client subsystem's connection type asks for TLS, or for a listed client certificate, and the connection shows none.",
  },
  "request-invalid": {
    status: 422,
    title: { "zh-Hant": "請求不符合服務的說明", en: "The request does not fit the service's description" },
    action: {
      "zh-Hant": "請對照 getOpenAPI 的說明修改；`violations` 列出位置與規則。",
      en: "Compare it with the description that getOpenAPI gives; `violations` names places and rules.",
    },
    when: "The service enforces its contract, and path, query, headers or body of the request break its OpenAPI description.",
  },
  "response-invalid": {
    status: 502,
    title: { "zh-Hant": "服務的回應不符合它自己的說明", en: "The service's answer does not fit its own description" },
    action: {
      "zh-Hant": "回應未送出；請通知提供資料的機關。",
      en: "The answer was held back; tell the agency that provides the data.",
    },
    when: "The service enforces its contract, and status, headers or body of its answer break its OpenAPI description.",
  },
  "service-disabled": {
    status: 503,
    title: { "zh-Hant": "這項資料服務已停用", en: "This data service is switched off" },
    action: { "zh-Hant": "請看訊息中的說明，稍後再試。", en: "Read the notice in the message and try again later." },
    when: "The provider's administrator has disabled the service; the message carries the notice.",
  },
  "description-unavailable": {
    status: 502,
    title: { "zh-Hant": "取不到這項服務的說明", en: "The service's description cannot be had" },
    action: {
      "zh-Hant": "請稍後再試，或聯絡提供資料的機關。",
      en: "Try again later, or ask the agency that provides the data.",
    },
    when: "getOpenAPI asks the service's own system for its description and gets none that can be used.",
  },
});
