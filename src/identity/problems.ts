import { problemTable, type ProblemEntry, type Refusal } from "#kernel";

/** The permanent names of the refusals. */
export type IdentityProblem =
  | "pin-wrong"
  | "pin-locked"
  | "card-revoked"
  | "certificate-expired"
  | "certificate-untrusted"
  | "revocation-unavailable"
  | "challenge-expired"
  | "token-invalid"
  | "person-blocked"
  | "session-ended"
  | "mandate-unknown"
  | "mandate-expired"
  | "mandate-scope"
  | "not-an-officer"
  | "not-permitted"
  | "relatives-case"
  | "stronger-sign-in-needed"
  | "policy-fault"
  | "signature-request-unknown"
  | "signature-invalid"
  | "signature-other-person"
  | "interaction-lost"
  | "client-unknown"
  | "client-invalid"
  | "client-not-asked";

/** Everything `identity` can refuse, with what the person reads. Each key has a page in docs/problems. */
export const identityProblems: Readonly<Record<IdentityProblem, ProblemEntry>> = problemTable({
  "pin-wrong": {
    status: 422,
    title: { "zh-Hant": "PIN 碼錯誤", en: "The PIN is wrong" },
    action: {
      "zh-Hant": "請再輸入一次。連續錯三次卡片會鎖住。",
      en: "Enter it again. After three wrong tries in a row the card is locked.",
    },
    when: "the card refused the PIN; param triesLeft",
  },
  "pin-locked": {
    status: 422,
    title: { "zh-Hant": "卡片已鎖住", en: "The card is locked" },
    action: {
      "zh-Hant": "PIN 碼已連續錯三次。請帶身分證件到戶政事務所解鎖。",
      en: "The PIN was wrong three times. Take proof of identity to a household registration office to unlock the card.",
    },
    when: "the card's PIN counter is at zero",
  },
  "card-revoked": {
    status: 422,
    title: { "zh-Hant": "這張卡片已停用", en: "This card is no longer valid" },
    action: {
      "zh-Hant": "憑證已廢止或發卡機關查無此憑證。請申請新卡，或用其他卡片登入。",
      en: "Its certificate was revoked or its issuer does not know it. Ask for a new card, or sign in with another one.",
    },
    when: "the revocation source answers revoked or unknown for the certificate",
  },
  "certificate-expired": {
    status: 422,
    title: { "zh-Hant": "卡片憑證不在有效期間", en: "The card's certificate is out of its validity period" },
    action: {
      "zh-Hant": "請更新憑證後再登入。",
      en: "Renew the certificate, then sign in again.",
    },
    when: "now is before notBefore or after notAfter of the certificate",
  },
  "certificate-untrusted": {
    status: 422,
    title: { "zh-Hant": "不接受這張卡片", en: "This card is not accepted here" },
    action: {
      "zh-Hant": "請使用政府核發的卡片，並確認使用的是登入用憑證。",
      en: "Use a card issued by the government, and the certificate meant for this use.",
    },
    when: "no configured issuing authority signed the certificate, or its key usage or policies do not fit the use",
  },
  "revocation-unavailable": {
    status: 503,
    title: { "zh-Hant": "暫時無法確認卡片狀態", en: "The card's status cannot be checked at the moment" },
    action: {
      "zh-Hant": "發卡機關沒有回應。請過幾分鐘再試。",
      en: "The card's issuer does not answer. Try again in a few minutes.",
    },
    when: "no fresh, correctly signed answer of the issuer or revocation list could be had; never treated as good",
  },
  "challenge-expired": {
    status: 422,
    title: { "zh-Hant": "登入已逾時", en: "This sign-in has run out" },
    action: {
      "zh-Hant": "請從頭再登入一次。",
      en: "Start signing in again.",
    },
    when: "the browser has no open challenge: over five minutes old, used before, or begun in another browser",
  },
  "token-invalid": {
    status: 422,
    title: { "zh-Hant": "卡片的回覆無法驗證", en: "The card's answer could not be verified" },
    action: {
      "zh-Hant": "請從頭再登入一次。若再發生，請確認網址是否正確。",
      en: "Start signing in again. If it happens again, check the address of this page.",
    },
    when: "the Web eID token is malformed, or its signature does not fit this site's origin and this challenge",
  },
  "person-blocked": {
    status: 403,
    title: { "zh-Hant": "此身分目前不能登入", en: "This identity cannot sign in at present" },
    action: {
      "zh-Hant": "請洽戶政事務所。",
      en: "Please contact a household registration office.",
    },
    when: "the person record is deceased, merged or blocked",
  },
  "session-ended": {
    status: 401,
    title: { "zh-Hant": "登入已結束", en: "Your session has ended" },
    action: {
      "zh-Hant": "請重新登入。閒置 15 分鐘或登入滿 8 小時會自動登出。",
      en: "Sign in again. A session ends after 15 idle minutes and after 8 hours.",
    },
    when: "the session token is unknown, ended, idle for 15 minutes or 8 hours old",
  },
  "mandate-unknown": {
    status: 403,
    title: { "zh-Hant": "查無代理關係", en: "No such mandate" },
    action: {
      "zh-Hant": "登記機關沒有確認您可以代理此人。若有疑問請洽戶政事務所。",
      en: "The register does not confirm that you may act for this person. If that is wrong, ask a household registration office.",
    },
    when: "no register confirmed the mandate, or it names another representative than the signed-in person",
  },
  "mandate-expired": {
    status: 403,
    title: { "zh-Hant": "代理權已到期", en: "This mandate has ended" },
    action: {
      "zh-Hant": "請重新確認代理關係，或請本人辦理。",
      en: "Have the mandate confirmed again, or let the person act themself.",
    },
    when: "now is at or after the mandate's end; param validTo",
  },
  "mandate-scope": {
    status: 403,
    title: { "zh-Hant": "代理權不包含這項服務", en: "This mandate does not cover this" },
    action: {
      "zh-Hant": "請改為本人辦理，或取得包含這項服務的代理權。",
      en: "Act for yourself, or obtain a mandate that covers this service.",
    },
    when: "no scope of the mandate covers the service and action; params service, action",
  },
  "not-an-officer": {
    status: 403,
    title: { "zh-Hant": "此頁僅供承辦人員使用", en: "This page is for officers only" },
    action: {
      "zh-Hant": "若您是承辦人員，請洽機關的權限管理人員。",
      en: "If you are an officer, ask your agency to give you the role.",
    },
    when: "the signed-in person is no officer now, or lacks the role; param role",
  },
  "not-permitted": {
    status: 403,
    title: { "zh-Hant": "您的權限不包含這件事", en: "Your role does not allow this" },
    action: {
      "zh-Hant": "說明頁寫明哪些權限可以做這件事。若工作需要，請向您的主管申請。",
      en: "The explanation says which roles allow it. If your work needs it, ask your manager.",
    },
    when: "no policy permits the action; param decision names the record that explains it",
  },
  "relatives-case": {
    status: 403,
    title: {
      "zh-Hant": "這件案子與您的親屬或委任人有關",
      en: "This case concerns a relative, or somebody you act for",
    },
    action: {
      "zh-Hant": "請迴避，交由其他同仁承辦。",
      en: "Leave it to a colleague.",
    },
    when: "a party of the case ever acted for the officer, or the officer for them; param decision",
  },
  "stronger-sign-in-needed": {
    status: 403,
    title: { "zh-Hant": "這件事需要更高強度的登入", en: "This needs a stronger sign-in" },
    action: {
      "zh-Hant": "請用卡片或通行密鑰再登入一次，然後繼續。",
      en: "Sign in again with your card or passkey, then go on.",
    },
    when: "the session's level of assurance is below what a policy or a service demands; param decision",
  },
  "policy-fault": {
    status: 500,
    title: { "zh-Hant": "授權規則無法判斷", en: "The rules of authorisation could not be judged" },
    action: {
      "zh-Hant": "為了安全，這件事沒有執行。請通知系統管理人員。",
      en: "To be safe nothing was done. Tell whoever runs this site.",
    },
    when: "a policy fails to evaluate, or the request does not fit the schema; param decision",
  },
  "signature-request-unknown": {
    status: 422,
    title: { "zh-Hant": "簽署已逾時", en: "This signing has run out" },
    action: {
      "zh-Hant": "您的資料仍保留著。請再簽署一次。",
      en: "Your answers are kept. Sign again.",
    },
    when: "the signing was not prepared in this session, was finished before, or is over ten minutes old",
  },
  "signature-invalid": {
    status: 422,
    title: { "zh-Hant": "簽章無效", en: "The signature is not valid" },
    action: {
      "zh-Hant": "請用卡片的簽章憑證（PIN2）再簽署一次。",
      en: "Sign again with the card's signature certificate (PIN2).",
    },
    when: "the JWS signature, its header or its certificate's use does not fit; param why",
  },
  "signature-other-person": {
    status: 422,
    title: { "zh-Hant": "簽署人不是登入的人", en: "The signer is not the person signed in" },
    action: {
      "zh-Hant": "請用登入時的同一個人的卡片簽署。",
      en: "Sign with a card of the same person who is signed in.",
    },
    when: "the signature certificate names another person than the session's",
  },
  "interaction-lost": {
    status: 404,
    title: { "zh-Hant": "這次登入要求已經失效", en: "This sign-in request is no longer open" },
    action: {
      "zh-Hant": "請回到要您登入的網站，再從那裡開始一次。",
      en: "Go back to the site that asked you to sign in, and start again from there.",
    },
    when: "no interaction of this browser has this identifier, it is over, or another person began to answer it",
  },
  "client-unknown": {
    status: 404,
    title: { "zh-Hant": "查無這個應用程式", en: "There is no such client" },
    action: {
      "zh-Hant": "它可能已被刪除，或不是由您管理。請從您的應用程式清單開啟。",
      en: "It may have been deleted, or you do not look after it. Open it from the list of your clients.",
    },
    when: "no client of this person has this identifier",
  },
  "client-invalid": {
    status: 422,
    title: { "zh-Hant": "這樣的設定不能用", en: "These settings cannot be used" },
    action: {
      "zh-Hant": "請依頁面上標示的欄位修正後再送出。",
      en: "Correct the fields that the page marks, then send it again.",
    },
    when: "a client's settings break a rule; param fault says which",
  },
  "client-not-asked": {
    status: 409,
    title: { "zh-Hant": "這件申請不在等待核可", en: "This request is not waiting for approval" },
    action: {
      "zh-Hant": "它可能已有結果，或您已經表示過意見。請重新開啟清單。",
      en: "It may have been decided, or you have decided on it already. Open the list again.",
    },
    when: "an officer decides on a client that does not wait, twice, or on their own",
  },
});

/** A refusal of this module. */
export type IdentityRefusal = Refusal<IdentityProblem>;

/** A refusal of this module, as narrow as its code. */
export function refuse<Code extends IdentityProblem>(
  code: Code,
  inside?: string,
  params?: Readonly<Record<string, string | number>>,
): Refusal<Code> {
  return { code, ...(inside === undefined ? {} : { inside }), ...(params === undefined ? {} : { params }) };
}
