import { problemTable, type ProblemEntry } from "#kernel";
import { contractProblems, type ContractProblem } from "./contract-check/problems.ts";
import { eventProblems, type EventProblem } from "./events/problems.ts";
import { membershipProblems, type MembershipProblem } from "./membership/problems.ts";
import { rightProblems, type RightProblem } from "./rights/problems.ts";

/** The permanent name of a refusal of this module. */
export type ExchangeProblem =
  | ContractProblem
  | EventProblem
  | MembershipProblem
  | RightProblem
  | "unknown-member"
  | "missing-client"
  | "invalid-client"
  | "call-malformed"
  | "body-too-large"
  | "body-incomplete"
  | "spool-full"
  | "configuration-expired"
  | "configuration-invalid"
  | "access-denied"
  | "purpose-missing"
  | "subject-invalid"
  | "consent-missing"
  | "consent-invalid"
  | "consent-expired"
  | "consent-mismatch"
  | "call-signature-invalid"
  | "replayed"
  | "peer-untrusted"
  | "peer-unreachable"
  | "gateway-name-unknown"
  | "service-unknown"
  | "service-unreachable"
  | "response-inconsistent"
  | "log-unavailable"
  | "person-in-use"
  | "evidence-unknown"
  | "message-not-kept"
  | "seal-not-as-signed"
  | "seal-unavailable"
  | "operator-unknown"
  | "operator-link-used"
  | "exchange-internal";

/** Everything the exchange can refuse. The r1 error type beside each answer is decided where it is refused. */
export const exchangeProblems: Readonly<Record<ExchangeProblem, ProblemEntry>> = problemTable({
  ...contractProblems,
  ...eventProblems,
  ...membershipProblems,
  ...rightProblems,
  "unknown-member": {
    status: 404,
    title: { "zh-Hant": "找不到這個機關或系統", en: "This agency or system is not known" },
    action: {
      "zh-Hant": "請檢查機關代碼與子系統代碼，或先在主管機關登錄。",
      en: "Check the member and subsystem codes, or register them with the authority first.",
    },
    when: "The client is not registered on the gateway that was asked, or no gateway serves the provider.",
  },
  "missing-client": {
    status: 400,
    title: { "zh-Hant": "沒有說明是誰在呼叫", en: "The call does not say who is calling" },
    action: {
      "zh-Hant": "請加上 X-Road-Client 標頭，例如 TW/GOV/機關代碼/子系統。",
      en: "Send the X-Road-Client header, for example TW/GOV/code/subsystem.",
    },
    when: "X-Road-Client is absent.",
  },
  "invalid-client": {
    status: 400,
    title: { "zh-Hant": "呼叫者的代碼寫法不正確", en: "The caller's identifier is not well formed" },
    action: {
      "zh-Hant": "X-Road-Client 需有三或四段，以斜線分隔。",
      en: "X-Road-Client has three or four parts, separated by slashes.",
    },
    when: "X-Road-Client cannot be read.",
  },
  "call-malformed": {
    status: 400,
    title: { "zh-Hant": "呼叫的格式不正確", en: "The call is not well formed" },
    action: {
      "zh-Hant": "請對照 r1 協定檢查方法、路徑與標頭。",
      en: "Compare method, path and headers with the r1 protocol.",
    },
    when: "Method, request target, header or body of a call breaks the r1 rules.",
  },
  "body-too-large": {
    status: 413,
    title: { "zh-Hant": "內容太大", en: "The content is too large" },
    action: {
      "zh-Hant": "請把資料分成幾次傳送。",
      en: "Send the data in several calls.",
    },
    when: "A request or response body is longer than the gateway's limit.",
  },
  "body-incomplete": {
    status: 400,
    title: { "zh-Hant": "內容沒有完整送達", en: "The content did not arrive whole" },
    action: {
      "zh-Hant": "請檢查連線後整個重送。",
      en: "Check the connection and send the whole call again.",
    },
    when: "A body broke off, or came so slowly that the gateway stopped waiting.",
  },
  "spool-full": {
    status: 507,
    title: {
      "zh-Hant": "閘道目前沒有空間容納這麼大的內容",
      en: "The gateway has no room for content of this size now",
    },
    action: {
      "zh-Hant": "請稍後再送，或請閘道管理員檢查磁碟空間。",
      en: "Try again later, or ask the gateway's operator to look at its disk.",
    },
    when: "A body above 1 MiB could not be kept on the gateway's disk while it passed.",
  },
  "configuration-expired": {
    status: 503,
    title: { "zh-Hant": "共同設定已過期", en: "The shared configuration has expired" },
    action: {
      "zh-Hant": "閘道太久沒有收到主管機關的設定，請聯絡閘道管理員。",
      en: "The gateway has not heard from the authority for too long; ask its operator.",
    },
    when: "The last good configuration is past its hard expiry, or none was ever received.",
  },
  "configuration-invalid": {
    status: 502,
    title: { "zh-Hant": "共同設定無法採用", en: "The shared configuration cannot be accepted" },
    action: {
      "zh-Hant": "閘道保留先前的設定。請主管機關檢查簽章與版本。",
      en: "The gateway keeps the previous one. Ask the authority to check signature and version.",
    },
    when: "Bad signature, wrong instance, version going back, same version with other content, or issued in the future.",
  },
  "access-denied": {
    status: 403,
    title: { "zh-Hant": "沒有使用這項資料服務的權限", en: "No right to use this data service" },
    action: {
      "zh-Hant": "請向提供資料的機關申請權限。",
      en: "Apply to the agency that provides the data.",
    },
    when: "No active right of the caller covers service, method, path, purpose and legal basis.",
  },
  "purpose-missing": {
    status: 403,
    title: { "zh-Hant": "沒有說明使用目的與法律依據", en: "Purpose or legal basis is missing" },
    action: {
      "zh-Hant": "請加上 Taroko-Purpose 與 Taroko-Legal-Basis 標頭。",
      en: "Send the headers Taroko-Purpose and Taroko-Legal-Basis.",
    },
    when: "The service demands a purpose envelope and the call carries none.",
  },
  "subject-invalid": {
    status: 400,
    title: {
      "zh-Hant": "呼叫沒有清楚指明是關於哪一個人",
      en: "The call does not say clearly which person it is about",
    },
    action: {
      "zh-Hant":
        "請在服務指定的位置，以文字寫一次當事人的識別碼，用國家規定的寫法、不含空白；JSON 內容須標明 Content-Type: application/json。`reason` 說明問題所在。",
      en: "Name the person once, as text, where the service expects it, in the country's normal spelling and without white space, and send JSON with Content-Type: application/json; `reason` says what is wrong.",
    },
    when: "A service about people is called and the person is missing, named twice, not a text, not in the normal form, or in a body or query that two servers could read differently.",
  },
  "consent-missing": {
    status: 403,
    title: { "zh-Hant": "需要當事人的同意", en: "The person's consent is needed" },
    action: {
      "zh-Hant": "請先取得同意，再以 Taroko-Consent 標頭傳送。",
      en: "Obtain consent first and send it in the header Taroko-Consent.",
    },
    when: "Service or right requires consent and the call carries no token.",
  },
  "consent-invalid": {
    status: 403,
    title: { "zh-Hant": "同意憑據無效", en: "The consent token is not valid" },
    action: {
      "zh-Hant": "請從入口網重新取得同意憑據。",
      en: "Obtain a fresh consent token from the portal.",
    },
    when: "The token cannot be read, its signature fails, or its signer is not trusted to record consents.",
  },
  "consent-expired": {
    status: 403,
    title: { "zh-Hant": "同意已過期或尚未生效", en: "The consent has expired or has not begun" },
    action: { "zh-Hant": "請當事人重新同意。", en: "Ask the person to agree again." },
    when: "The present lies outside the token's nbf and exp.",
  },
  "consent-mismatch": {
    status: 403,
    title: { "zh-Hant": "同意的範圍不包含這次查詢", en: "The consent does not cover this call" },
    action: {
      "zh-Hant": "請確認同意的對象、目的、法律依據與服務。",
      en: "Compare person, purpose, legal basis and service with what was agreed.",
    },
    when: "Audience, purpose, legal basis or person of the token differ from the call's; `reason` says which.",
  },
  "call-signature-invalid": {
    status: 401,
    title: { "zh-Hant": "訊息簽章不正確", en: "The message signature is not right" },
    action: {
      "zh-Hant": "訊息在途中被更動，或不是由所稱的機關簽署；請聯絡閘道管理員。",
      en: "The message was changed on its way or not signed by the agency it names; ask the gateway's operator.",
    },
    when: "A gateway's RFC 9421 signature or RFC 9530 digest is missing, malformed, out of time, or does not verify.",
  },
  replayed: {
    status: 409,
    title: { "zh-Hant": "這個訊息已經收過了", en: "This message was received before" },
    action: { "zh-Hant": "請送出新的請求。", en: "Send a new request." },
    when: "A signed request arrives with an x-road-request-id that this gateway has already accepted.",
  },
  "peer-untrusted": {
    status: 403,
    title: { "zh-Hant": "對方閘道的憑證未登錄", en: "The other gateway's certificate is not registered" },
    action: {
      "zh-Hant": "請對方閘道向主管機關更新憑證。",
      en: "The other gateway must renew its certificate with the authority.",
    },
    when: "The TLS certificate of a peer is not the one the configuration names, or does not host the client.",
  },
  "peer-unreachable": {
    status: 502,
    title: { "zh-Hant": "無法連上對方機關的閘道", en: "The other agency's gateway cannot be reached" },
    action: { "zh-Hant": "請稍後再試。", en: "Try again later." },
    when: "No connection, no answer in time, or the connection broke before the answer was whole.",
  },
  "gateway-name-unknown": {
    status: 421,
    title: { "zh-Hant": "閘道不以這個名稱回應", en: "The gateway does not answer under that name" },
    action: {
      "zh-Hant": "請改用閘道的位址呼叫，或請閘道管理員在設定中列出這個名稱。",
      en: "Call the gateway's address, or have its operator list the name in its configuration.",
    },
    when: "The Host header on the agency's side is neither an address, nor localhost, nor a listed name.",
  },
  "service-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這項資料服務", en: "There is no such data service" },
    action: {
      "zh-Hant": "請用 listMethods 查詢可用的服務。",
      en: "Ask listMethods for the services that exist.",
    },
    when: "The provider's gateway has no service of that code, or a path is called that no protocol knows.",
  },
  "service-unreachable": {
    status: 502,
    title: { "zh-Hant": "提供機關的系統沒有回應", en: "The provider's own system does not answer" },
    action: { "zh-Hant": "請稍後再試。", en: "Try again later." },
    when: "The information system behind the provider's gateway fails or times out.",
  },
  "response-inconsistent": {
    status: 502,
    title: { "zh-Hant": "回應與請求不一致", en: "The answer does not belong to the request" },
    action: {
      "zh-Hant": "回應未採用；請聯絡閘道管理員。",
      en: "The answer was not used; ask the gateway's operator.",
    },
    when: "A response's request hash, ids or service differ from the request that was sent.",
  },
  "log-unavailable": {
    status: 503,
    title: { "zh-Hant": "無法寫入紀錄，因此不交換資料", en: "The record cannot be written, so no data is exchanged" },
    action: { "zh-Hant": "請聯絡閘道管理員。", en: "Ask the gateway's operator." },
    when: "Evidence or log entry cannot be stored durably.",
  },
  "person-in-use": {
    status: 409,
    title: { "zh-Hant": "這個人的資料正在交換中", en: "Data about this person are being exchanged right now" },
    action: { "zh-Hant": "請等交換結束後再試一次。", en: "Wait until the exchange has ended, then try again." },
    when: "A person is to be forgotten while the record of an exchange about them is still open.",
  },
  "evidence-unknown": {
    status: 404,
    title: { "zh-Hant": "這個閘道沒有這次交換的紀錄", en: "This gateway has no record of that exchange" },
    action: {
      "zh-Hant": "請確認識別碼是回應中的 x-road-request-id，並向參與該次交換的閘道查詢。",
      en: "Check that the id is the answer's x-road-request-id, and ask a gateway that took part in the exchange.",
    },
    when: "Evidence of an exchange is asked for that is not recorded here, not closed yet, or not authentic.",
  },
  "message-not-kept": {
    status: 404,
    title: { "zh-Hant": "這次交換的訊息未留存", en: "The messages of that exchange were not kept" },
    action: {
      "zh-Hant": "請改匯出本系統格式的證據（不含訊息），或為該服務設定 keepMessages。",
      en: "Export the native form, which does without messages, or set keepMessages for the service from now on.",
    },
    when: "A container in X-Road's layout is asked for, and the message was never kept, its time is over, or its person was forgotten.",
  },
  "seal-not-as-signed": {
    status: 409,
    title: { "zh-Hant": "要求封章的內容不是本機關簽署的", en: "What is to be sealed is not what this agency signed" },
    action: {
      "zh-Hant": "請只送出當時收到的標頭與簽章基底，一字不改。",
      en: "Send header part and signature base exactly as they were received.",
    },
    when: "The other end of an exchange asks for a seal over a message that differs from what this gateway's record says.",
  },
  "seal-unavailable": {
    status: 503,
    title: { "zh-Hant": "現在無法封章", en: "No seal can be made now" },
    action: { "zh-Hant": "請稍後再試一次。", en: "Try again later." },
    when: "The authority gives no certificate to seal with, or too many seals are asked for at a time.",
  },
  "operator-unknown": {
    status: 400,
    title: { "zh-Hant": "管理人員的名字不能這樣寫", en: "An operator cannot be named so" },
    action: {
      "zh-Hant": "請用最多 80 個字母、數字、空格或 . ' - _，並以字母或數字開頭。",
      en: "Use up to 80 letters, digits, spaces or . ' - _, beginning with a letter or digit.",
    },
    when: "A link is made for a name that is none.",
  },
  "operator-link-used": {
    status: 403,
    title: { "zh-Hant": "這個登入連結已失效", en: "This sign-in link no longer works" },
    action: {
      "zh-Hant": "連結只能用一次，十五分鐘內有效。請用 npx taroko operator 再做一個。",
      en: "A link works once, within fifteen minutes. Make another with: taroko operator",
    },
    when: "The link was used, is older than fifteen minutes, or never was one.",
  },
  "exchange-internal": {
    status: 500,
    title: { "zh-Hant": "閘道發生錯誤", en: "The gateway failed" },
    action: {
      "zh-Hant": "請把錯誤編號告訴閘道管理員。",
      en: "Tell the gateway's operator the reference of this answer.",
    },
    when: "A fault that is not the caller's.",
  },
});

/** Where the page of a problem type lives; part of every error answer as the member `problem`. */
export function problemUrl(code: ExchangeProblem, base: string): string {
  return `${base}/problems/${code}`;
}
