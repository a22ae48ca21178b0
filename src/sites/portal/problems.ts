import type { ProblemEntry } from "#kernel";

export type SiteProblem =
  | "page-unknown"
  | "log-unknown"
  | "log-entry-unknown"
  | "internal"
  | "form-too-large"
  | "too-many-sign-ins"
  | "too-often"
  | "busy";

/** What the portal itself refuses, before any module is asked. */
export const siteProblems: Readonly<Record<SiteProblem, ProblemEntry>> = {
  "page-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這一頁", en: "We cannot find this page" },
    action: {
      "zh-Hant": "請檢查網址，或從首頁找您要辦的事。",
      en: "Check the address, or find what you need from the home page.",
    },
    when: "no route has this address",
  },
  "log-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這一份紀錄", en: "There is no such log" },
    action: {
      "zh-Hant": "請從公開紀錄的清單選一份。",
      en: "Choose one from the list of the public record.",
    },
    when: "no log of the signed configuration has this name",
  },
  "log-entry-unknown": {
    status: 404,
    title: { "zh-Hant": "紀錄裡沒有這一筆", en: "The log has no such entry" },
    action: {
      "zh-Hant": "編號從 0 開始，最大是筆數減一。剛寫下的請過一會兒再看。",
      en: "Entries count from 0, up to one less than the log’s size. Look again in a moment for one that was just written.",
    },
    when: "the number is none, or the log does not reach so far",
  },
  internal: {
    status: 500,
    title: { "zh-Hant": "系統發生問題", en: "Something went wrong on our side" },
    action: {
      "zh-Hant": "您已經送出的內容都還在。請稍後再試；持續發生時，請告知下面的編號。",
      en: "What you sent is kept. Try again in a moment; if it goes on, tell us the reference below.",
    },
    when: "a fault; the log has the cause under the reference",
  },
  "form-too-large": {
    status: 413,
    title: { "zh-Hant": "送出的內容太大", en: "What was sent is too large" },
    action: { "zh-Hant": "請重新開啟頁面再試一次。", en: "Open the page again and retry." },
    when: "a form has more than 64 KiB or 100 fields",
  },
  "too-often": {
    status: 429,
    title: { "zh-Hant": "次數太多，請稍候", en: "Too many in a short time" },
    action: { "zh-Hant": "請一分鐘後再試。", en: "Wait a minute and try again." },
    when: "somebody looks up more persons in a minute than the site allows; Retry-After says how long to wait",
  },
  busy: {
    status: 503,
    title: { "zh-Hant": "目前太忙，請稍後再試", en: "Too busy at the moment" },
    action: {
      "zh-Hant": "檔案沒有留下來。請過一會兒再上傳一次。",
      en: "The file was not kept. Upload it again in a little while.",
    },
    when: "more signed files wait to be checked than the site holds at once",
  },
  "too-many-sign-ins": {
    status: 429,
    title: { "zh-Hant": "短時間內登入太多次", en: "Too many sign-ins in a short time" },
    action: {
      "zh-Hant": "請過一分鐘再試。同一個網路上的其他人也算在內。",
      en: "Try again in a minute. Others on the same network count too.",
    },
    when: "more sign-ins are begun from one address than the limit for a minute allows; `Retry-After` says when the next may be",
  },
};
