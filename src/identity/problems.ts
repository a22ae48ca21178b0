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
  | "no-card"
  | "no-reader"
  | "reader-cancelled"
  | "sign-in-timeout"
  | "component-missing"
  | "component-old"
  | "authenticator-unavailable"
  | "card-not-bound"
  | "person-not-confirmed"
  | "session-ended"
  | "mandate-unknown"
  | "mandate-expired"
  | "mandate-scope"
  | "mandate-terms"
  | "mandate-not-yours-to-give"
  | "mandate-wrong-state"
  | "mandates-waiting"
  | "not-an-officer"
  | "not-permitted"
  | "own-office"
  | "second-manager-needed"
  | "role-of-the-operator"
  | "staff-unknown"
  | "staff-terms"
  | "staff-has-managers"
  | "staff-wrong-state"
  | "staff-invitation-unknown"
  | "staff-provider-unavailable"
  | "staff-sign-in-failed"
  | "staff-account-unknown"
  | "relatives-case"
  | "stronger-sign-in-needed"
  | "card-needed"
  | "card-too-long-ago"
  | "passkey-unknown"
  | "passkey-invalid"
  | "passkey-suspended"
  | "passkey-known"
  | "passkeys-full"
  | "kept-form-gone"
  | "policy-fault"
  | "signature-request-unknown"
  | "signature-invalid"
  | "signature-other-person"
  | "interaction-lost"
  | "client-unknown"
  | "client-invalid"
  | "client-not-asked"
  | "client-reason-needed";

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
  "no-card": {
    status: 422,
    title: { "zh-Hant": "讀卡機裡沒有卡片", en: "There is no card in the reader" },
    action: { "zh-Hant": "請插入卡片再試一次。", en: "Put a card into the reader and try again." },
    when: "the reader or component came back with NO_CARD",
  },
  "no-reader": {
    status: 422,
    title: { "zh-Hant": "找不到讀卡機", en: "No card reader was found" },
    action: { "zh-Hant": "請接上讀卡機再試一次。", en: "Connect a card reader and try again." },
    when: "the component came back with NO_READER",
  },
  "reader-cancelled": {
    status: 422,
    title: { "zh-Hant": "讀卡已取消", en: "Reading the card was cancelled" },
    action: {
      "zh-Hant": "沒有送出任何內容。準備好後請再試一次。",
      en: "Nothing was sent. Try again when you are ready.",
    },
    when: "the person cancelled at the reader, in the extension or in the app (CANCELLED)",
  },
  "sign-in-timeout": {
    status: 422,
    title: { "zh-Hant": "等候太久，登入已停止", en: "It took too long, so the sign-in stopped" },
    action: { "zh-Hant": "請從頭再登入一次。", en: "Start signing in again." },
    when: "reader, component or app gave no answer in time (TIMEOUT); also where an app has nobody to ask",
  },
  "component-missing": {
    status: 422,
    title: { "zh-Hant": "找不到讀卡元件", en: "The card software was not found" },
    action: {
      "zh-Hant": "請安裝並啟動讀卡元件，或改用其他方式登入。",
      en: "Install and start the card software, or sign in another way.",
    },
    when: "browser extension, native application or local component did not answer (COMPONENT_MISSING)",
  },
  "component-old": {
    status: 422,
    title: { "zh-Hant": "讀卡元件版本太舊", en: "The card software is too old" },
    action: { "zh-Hant": "請更新讀卡元件再試一次。", en: "Update the card software and try again." },
    when: "extension, application or component is below the lowest version accepted (COMPONENT_OLD)",
  },
  "authenticator-unavailable": {
    status: 503,
    title: { "zh-Hant": "這種登入方式暫時不能使用", en: "This way of signing in is not working at the moment" },
    action: {
      "zh-Hant": "請過幾分鐘再試，或改用其他方式登入。",
      en: "Try again in a few minutes, or sign in another way.",
    },
    when: "the app's service, or the register that confirms who holds a card, does not answer",
  },
  "card-not-bound": {
    status: 422,
    title: { "zh-Hant": "第一次使用這張卡片", en: "This card is used here for the first time" },
    action: {
      "zh-Hant": "請填身分證號與出生日期，再登入一次。以後就不用再填。",
      en: "Give your identity number and date of birth, and sign in again. You will not be asked again.",
    },
    when: "the certificate holds no number, and no person has been bound to it",
  },
  "person-not-confirmed": {
    status: 422,
    title: { "zh-Hant": "無法確認您的身分", en: "We could not confirm who you are" },
    action: {
      "zh-Hant": "請核對身分證號與出生日期。一天可以試五次；若仍不行，請洽戶政事務所。",
      en: "Check identity number and date of birth. You have five tries a day; after that ask a household registration office.",
    },
    when: "number, date of birth, name and card do not belong together, or it was tried too often; which of them is not told",
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
  "mandate-terms": {
    status: 422,
    title: { "zh-Hant": "委任內容不完整", en: "The mandate cannot be given like this" },
    action: {
      "zh-Hant": "請檢查代理人、事項與期間。期間最長兩年。",
      en: "Check whom, for what and until when. It lasts two years at most.",
    },
    when: "a wish for a mandate is not sound; param why: representative, self, scopes, dates, length, document",
  },
  "mandate-not-yours-to-give": {
    status: 403,
    title: { "zh-Hant": "您不能給這項委任", en: "This mandate is not yours to give" },
    action: {
      "zh-Hant": "別人委任您的事，不能再轉給其他人。請改回為自己辦理，或以公司負責人身分辦理。",
      en: "What you were given yourself cannot be passed on. Act for yourself, or as an officer of the company.",
    },
    when: "somebody who acts for another gives a mandate in that other's name, or an employee's mandate comes from no company",
  },
  "mandate-wrong-state": {
    status: 409,
    title: { "zh-Hant": "這項委任的狀態已經改變", en: "This mandate has changed meanwhile" },
    action: {
      "zh-Hant": "請重新整理，看目前的狀態。",
      en: "Open it again to see how it stands.",
    },
    when: "a step does not fit the state of a mandate; param state",
  },
  "mandates-waiting": {
    status: 429,
    title: { "zh-Hant": "您有太多還沒回覆的委任", en: "Too many of your mandates wait for an answer" },
    action: {
      "zh-Hant": "請等對方回覆，或先撤銷其中一些。",
      en: "Wait until they are answered, or revoke some.",
    },
    when: "somebody who has 20 mandates unanswered gives another",
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
  "own-office": {
    status: 403,
    title: { "zh-Hant": "不能任命自己", en: "You cannot appoint yourself" },
    action: {
      "zh-Hant": "自己的權限，請由機關的另一位人員管理者處理。",
      en: "Another staff manager of the agency has to give, extend or review your own roles.",
    },
    when: "a manager asks for a role of their own, reviews it, or accepts an invitation that they made or agreed to",
  },
  "second-manager-needed": {
    status: 403,
    title: { "zh-Hant": "這項權限須由另一位人員管理者同意", en: "Another staff manager has to agree to this role" },
    action: {
      "zh-Hant": "您已經提出，請由另一位人員管理者在人員頁面同意。",
      en: "You have asked for it. Another staff manager agrees to it on the page of the staff.",
    },
    when: "the manager who asked for a role that takes two tries to put it in force; param decision",
  },
  "role-of-the-operator": {
    status: 403,
    title: { "zh-Hant": "這項權限只有營運平臺的機關能給", en: "Only the agency that runs the platform has this role" },
    action: {
      "zh-Hant": "若確有需要，請洽營運平臺的機關。",
      en: "Ask the agency that runs the platform if you need it.",
    },
    when: "another agency gives the role of approving clients; param decision",
  },
  "staff-unknown": {
    status: 404,
    title: { "zh-Hant": "貴機關沒有這位人員", en: "Your agency has no such member of staff" },
    action: {
      "zh-Hant": "可能已經離職。請從人員清單開啟。",
      en: "They may have left. Open them from the list of the staff.",
    },
    when: "no office of the manager's agency has this identifier, or it has ended",
  },
  "staff-terms": {
    status: 422,
    title: { "zh-Hant": "這樣的任命不能成立", en: "This appointment cannot be made" },
    action: {
      "zh-Hant": "請檢查姓名、權限與期間；期間最長一年。",
      en: "Check the name, the roles and how long; a year is the longest.",
    },
    when: "an invitation or a role breaks a rule; param why",
  },
  "staff-has-managers": {
    status: 409,
    title: { "zh-Hant": "這個機關已經有人員管理者", en: "This agency has its staff managers" },
    action: {
      "zh-Hant": "請由該機關的人員管理者自己邀請。",
      en: "Its staff managers invite others themselves.",
    },
    when: "the site's operator would name first managers of an agency that has two in force",
  },
  "staff-wrong-state": {
    status: 409,
    title: { "zh-Hant": "這位人員的權限已經改變", en: "This office has changed meanwhile" },
    action: {
      "zh-Hant": "請重新開啟，看目前的狀態。",
      en: "Open it again to see how it stands.",
    },
    when: "somebody else changed the office, nothing waits there any more, or the person works there already",
  },
  "staff-invitation-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這個邀請", en: "There is no such invitation" },
    action: {
      "zh-Hant": "請檢查代碼；邀請超過 30 天就失效，可請機關再發一次。",
      en: "Check the code. An invitation ends after 30 days; ask the agency for another.",
    },
    when: "no open invitation has this code, or it is meant for somebody else",
  },
  "staff-provider-unavailable": {
    status: 503,
    title: { "zh-Hant": "貴機關的登入系統目前沒有回應", en: "Your agency's sign-in does not answer now" },
    action: {
      "zh-Hant": "請稍後再試，或用卡片登入。",
      en: "Try again in a moment, or sign in with your card.",
    },
    when: "an agency's OpenID provider cannot be reached, answers late, or has no usable configuration",
  },
  "staff-sign-in-failed": {
    status: 422,
    title: { "zh-Hant": "貴機關的登入沒有完成", en: "Signing in at your agency did not succeed" },
    action: {
      "zh-Hant": "請再登入一次。持續發生時，請告知機關的資訊人員。",
      en: "Sign in again. If it goes on, tell your agency's own technicians.",
    },
    when: "an agency's provider refused, or its answer does not hold: state, issuer, nonce, signature, audience, level",
  },
  "staff-account-unknown": {
    status: 403,
    title: { "zh-Hant": "這個帳號還沒有連結到任何人員", en: "This account belongs to nobody's office yet" },
    action: {
      "zh-Hant": "請用卡片登入後連結，或輸入機關給您的邀請代碼。",
      en: "Sign in with your card and bind it there, or type the invitation code that your agency gave you.",
    },
    when: "an account of an agency's provider is bound to no office that has roles in force",
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
  "card-needed": {
    status: 403,
    title: { "zh-Hant": "請先用卡片登入", en: "Show your card first" },
    action: {
      "zh-Hant": "通行密鑰只能在用卡片登入後五分鐘內新增。請用卡片再登入一次。",
      en: "A passkey can only be added within five minutes of signing in with your card. Sign in with the card again.",
    },
    when: "a passkey is to be bound, and the session was not opened by a card in the last five minutes",
  },
  "card-too-long-ago": {
    status: 403,
    title: { "zh-Hant": "請用卡片登入一次", en: "Sign in with your card once" },
    action: {
      "zh-Hant": "您的卡片已過期或停用超過 90 天。用有效的卡片登入一次後，通行密鑰就能繼續使用。",
      en: "Your card ran out or was ended more than 90 days ago. After one sign-in with a valid card your passkeys work again.",
    },
    when: "no card of the person was known to be good in the last 90 days",
  },
  "passkey-unknown": {
    status: 404,
    title: { "zh-Hant": "查無這個通行密鑰", en: "There is no such passkey" },
    action: {
      "zh-Hant": "它可能已經移除。請看您目前的通行密鑰。",
      en: "It may have been removed. See the passkeys you have now.",
    },
    when: "the person has no passkey with this identifier",
  },
  "passkey-invalid": {
    status: 422,
    title: { "zh-Hant": "這個通行密鑰無法使用", en: "This passkey cannot be used" },
    action: {
      "zh-Hant": "它可能已經移除，或屬於別的網站。請用卡片登入，再看看您的通行密鑰。",
      en: "It may have been removed, or belong to another site. Sign in with your card and look at your passkeys.",
    },
    when: "the device's answer is malformed, for another site or challenge, without the person's unlocking, or of an unknown passkey",
  },
  "passkey-suspended": {
    status: 403,
    title: { "zh-Hant": "這個通行密鑰已停用", en: "This passkey is suspended" },
    action: {
      "zh-Hant": "它的使用次數對不上，可能有人複製了它。請用卡片登入，移除它再新增一個。",
      en: "Its count of uses does not add up, so somebody may have a copy. Sign in with your card, remove it and add a new one.",
    },
    when: "the device's counter went back",
  },
  "passkey-known": {
    status: 409,
    title: { "zh-Hant": "這個通行密鑰已經加過了", en: "This passkey was added before" },
    action: { "zh-Hant": "不用再做什麼，直接用它登入。", en: "There is nothing more to do. Sign in with it." },
    when: "the device answers with a credential that is bound already",
  },
  "passkeys-full": {
    status: 409,
    title: { "zh-Hant": "通行密鑰太多了", en: "You have too many passkeys" },
    action: { "zh-Hant": "請先移除不用的，再新增。", en: "Remove those you do not use, then add a new one." },
    when: "a person who has 20 passkeys adds another",
  },
  "kept-form-gone": {
    status: 404,
    title: { "zh-Hant": "保留的內容已經過期", en: "What was kept for you is gone" },
    action: {
      "zh-Hant": "送出的內容只保留十分鐘。請回到原來的頁面再送一次。",
      en: "What you sent is kept for ten minutes. Go back to the page it came from and send it again.",
    },
    when: "a form kept while a stronger proof was given is over ten minutes old, or belongs to another person",
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
  "client-reason-needed": {
    status: 422,
    title: { "zh-Hant": "請寫出理由", en: "Give the reason" },
    action: {
      "zh-Hant": "不核可或停用時，要寫給對方看得懂的理由，最多五百字。",
      en: "Who turns a site down or stops it says why, in words its people understand, 500 characters at most.",
    },
    when: "a client is turned down or stopped without a reason, or with one that is too long",
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
