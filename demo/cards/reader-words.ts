import type { Language, Localised } from "#kernel";

export type Word =
  | "simulator"
  | "signInTitle"
  | "signTitle"
  | "readerTitle"
  | "asks"
  | "document"
  | "chooseCard"
  | "pin1"
  | "pin2"
  | "signIn"
  | "sign"
  | "cancel"
  | "back"
  | "done"
  | "doneHelp"
  | "continue"
  | "error"
  | "locked"
  | "triesLeft"
  | "insert"
  | "remove"
  | "unblock"
  | "otherLanguage"
  | "office"
  | "puk"
  | "newPin1"
  | "newPin2"
  | "unblockByCode"
  | "PUK_WRONG"
  | "PUK_LOCKED"
  | "PIN_FORM"
  | "PIN_WRONG"
  | "PIN_LOCKED"
  | "NO_CARD"
  | "NO_CARDS"
  | "HASH_UNSUPPORTED"
  | "BAD_REQUEST";

/** Every sentence of the reader's pages, in both languages. */
export const words: Readonly<Record<Word, Localised>> = {
  simulator: {
    "zh-Hant": "模擬讀卡機：示範用，不是真的卡片",
    en: "Card-reader simulator: a demonstration, not a real card",
  },
  signInTitle: { "zh-Hant": "用卡片登入", en: "Sign in with your card" },
  signTitle: { "zh-Hant": "用卡片簽署", en: "Sign with your card" },
  readerTitle: { "zh-Hant": "讀卡機裡的卡片", en: "Cards in the reader" },
  asks: { "zh-Hant": "要求的網站", en: "Asked by" },
  document: { "zh-Hant": "要簽署的內容", en: "What you sign" },
  chooseCard: { "zh-Hant": "選擇卡片", en: "Choose a card" },
  pin1: { "zh-Hant": "PIN1（登入）", en: "PIN1 (sign-in)" },
  pin2: { "zh-Hant": "PIN2（簽署）", en: "PIN2 (signature)" },
  signIn: { "zh-Hant": "登入", en: "Sign in" },
  sign: { "zh-Hant": "簽署", en: "Sign" },
  cancel: { "zh-Hant": "取消，回到網站", en: "Cancel and go back" },
  back: { "zh-Hant": "回到網站", en: "Go back to the site" },
  done: { "zh-Hant": "卡片已回覆", en: "The card has answered" },
  doneHelp: {
    "zh-Hant": "如果畫面沒有自動前進，請按「繼續」。",
    en: "If this page does not move on by itself, press Continue.",
  },
  continue: { "zh-Hant": "繼續", en: "Continue" },
  error: { "zh-Hant": "出現問題", en: "There is a problem" },
  locked: { "zh-Hant": "已鎖住", en: "locked" },
  triesLeft: { "zh-Hant": "剩餘次數", en: "tries left" },
  insert: { "zh-Hant": "放入", en: "Put in" },
  remove: { "zh-Hant": "取出", en: "Take out" },
  unblock: { "zh-Hant": "到櫃台解鎖", en: "Unblock at a counter" },
  otherLanguage: { "zh-Hant": "English", en: "中文" },
  office: { "zh-Hant": "卡片櫃台（發卡、補發、停用）", en: "Card office: issue, replace, suspend" },
  puk: { "zh-Hant": "解鎖碼（PUK）", en: "Unblocking code (PUK)" },
  newPin1: { "zh-Hant": "新的 PIN1（4 到 12 位數字）", en: "New PIN1 (4 to 12 digits)" },
  newPin2: { "zh-Hant": "新的 PIN2（5 到 12 位數字）", en: "New PIN2 (5 to 12 digits)" },
  unblockByCode: { "zh-Hant": "用解鎖碼解鎖", en: "Unblock with the code" },
  PUK_WRONG: { "zh-Hant": "解鎖碼錯誤", en: "The unblocking code is wrong" },
  PUK_LOCKED: {
    "zh-Hant": "解鎖碼也鎖住了，請帶卡片到櫃台",
    en: "The unblocking code is locked, too. Take the card to a counter",
  },
  PIN_FORM: { "zh-Hant": "新的 PIN 碼長度不對，請只用數字", en: "The new PIN must be digits, and long enough" },
  PIN_WRONG: { "zh-Hant": "PIN 碼錯誤", en: "The PIN is wrong" },
  PIN_LOCKED: {
    "zh-Hant": "PIN 碼連續錯三次，卡片已鎖住",
    en: "The PIN was wrong three times: the card is locked",
  },
  NO_CARD: { "zh-Hant": "讀卡機裡沒有這張卡片", en: "That card is not in the reader" },
  NO_CARDS: { "zh-Hant": "讀卡機裡沒有卡片", en: "There is no card in the reader" },
  HASH_UNSUPPORTED: {
    "zh-Hant": "這張卡片不能簽署這份內容，請選登入時用的卡片",
    en: "This card cannot sign this. Choose the card you signed in with",
  },
  BAD_REQUEST: {
    "zh-Hant": "網站的要求不正確，讀卡機不會回覆",
    en: "The site's request is not right; the reader does not answer it",
  },
};

export function say(word: Word, language: Language): string {
  return words[word][language];
}
