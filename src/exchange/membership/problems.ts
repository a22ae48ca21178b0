import { problemTable, type ProblemEntry } from "#kernel";

/** Refusals of the authority: of enrolment, requests, invitations and roots; part of the exchange's table. */
export type MembershipProblem =
  | "enrolment-refused"
  | "register-conflict"
  | "request-refused"
  | "authority-unreachable"
  | "request-unknown"
  | "request-decided"
  | "subsystem-in-use"
  | "invitation-unknown"
  | "root-refused";

export const membershipProblems: Readonly<Record<MembershipProblem, ProblemEntry>> = problemTable({
  "enrolment-refused": {
    status: 403,
    title: { "zh-Hant": "無法登錄這個閘道", en: "This gateway cannot be enrolled" },
    action: {
      "zh-Hant": "請向主管機關索取新的邀請碼。",
      en: "Ask the authority for a new invitation.",
    },
    when: "Unknown or used invitation, unknown member or subsystem, wrong key, or a malformed statement; `reason` says which.",
  },
  "register-conflict": {
    status: 409,
    title: { "zh-Hant": "代碼與現有的代碼只差大小寫", en: "The code differs from an existing one only by case" },
    action: { "zh-Hant": "請選用別的代碼。", en: "Choose another code." },
    when: "A member or subsystem code would be confusable with a registered one.",
  },
  "request-refused": {
    status: 403,
    title: { "zh-Hant": "這項申請不能受理", en: "This request cannot be taken" },
    action: {
      "zh-Hant": "請檢查代碼與名稱，並用已登錄的閘道金鑰簽章後再送一次。",
      en: "Check codes and names, and send it again, signed by a gateway that is enrolled.",
    },
    when: "A membership request is malformed, signed by the wrong key, too old, or about something that is not there; `reason` says which.",
  },
  "authority-unreachable": {
    status: 503,
    title: { "zh-Hant": "連不上主管機關", en: "The authority cannot be reached" },
    action: {
      "zh-Hant": "資料交換不受影響。請稍後再送一次申請。",
      en: "Exchanges go on meanwhile. Send the request again later.",
    },
    when: "A gateway asks something of the authority and none of its addresses answers.",
  },
  "request-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這項申請", en: "There is no such request" },
    action: { "zh-Hant": "請重新整理申請清單。", en: "Load the list of requests again." },
    when: "A registrar decides about a request that was never made.",
  },
  "request-decided": {
    status: 409,
    title: { "zh-Hant": "這項申請已經有人處理了", en: "This request has been decided already" },
    action: { "zh-Hant": "請看申請頁上是誰、何時處理的。", en: "The request's page says who decided it, and when." },
    when: "Two registrars decide at once: the first decision stands.",
  },
  "subsystem-in-use": {
    status: 409,
    title: { "zh-Hant": "還有閘道在使用這個子系統", en: "A gateway still serves this subsystem" },
    action: {
      "zh-Hant": "請先在閘道的設定檔中移除這個子系統，再重新啟動閘道。",
      en: "Take the subsystem out of the gateway's file and start the gateway again, then remove it.",
    },
    when: "A subsystem is to be removed that an enrolled gateway calls or answers for.",
  },
  "invitation-unknown": {
    status: 404,
    title: { "zh-Hant": "這個邀請已經不能撤回", en: "There is no open invitation to withdraw" },
    action: {
      "zh-Hant": "請用 npx taroko authority invitations 查看邀請的狀態。",
      en: "See how it stands: npx taroko authority invitations",
    },
    when: "The invitation was used, withdrawn or never made.",
  },
  "root-refused": {
    status: 409,
    title: { "zh-Hant": "新的信任根不能採用", en: "The new root cannot be installed" },
    action: {
      "zh-Hant": "請確認版本恰好多一，並由新舊兩邊都有足夠的金鑰簽章。",
      en: "Its version must be the next one, and enough keys of the old and of the new root must have signed it.",
    },
    when: "The keys of the authority are to be changed by a root that nobody would follow; `reason` says why.",
  },
});
