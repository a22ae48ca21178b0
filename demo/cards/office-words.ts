import type { Localised } from "#kernel";
import type { CardState, OfficeAct, OfficeRefusal } from "./office.ts";
import type { ActRow } from "./store.ts";

const say = (zh: string, en: string): Localised => ({ "zh-Hant": zh, en });

type Word =
  | "title"
  | "demonstration"
  | "who"
  | "whoHelp"
  | "leave"
  | "find"
  | "number"
  | "numberHelp"
  | "notFound"
  | "issue"
  | "issueHelp"
  | "nationalId"
  | "surname"
  | "givenName"
  | "reason"
  | "reasonHelp"
  | "holder"
  | "state"
  | "until"
  | "locked"
  | "acts"
  | "noActs"
  | "back"
  | "done"
  | "handOver"
  | "newNumber";

/** Every sentence of the office's pages. */
export const officeWords: Readonly<Record<Word, Localised>> = {
  title: say("卡片櫃台", "Card office"),
  demonstration: say(
    "示範用：這裡的發卡機關、承辦人與卡片都是虛構的",
    "A demonstration: this card authority, its officers and its cards are invented",
  ),
  who: say("您是哪一位承辦人？", "Which officer are you?"),
  whoHelp: say("每個動作都會以您的名字留下紀錄。", "Every act is recorded under your name."),
  leave: say("離開櫃台", "Leave the desk"),
  find: say("查詢卡片", "Find a card"),
  number: say("卡片上印的號碼", "Number printed on the card"),
  numberHelp: say("TD 加十位數字", "TD and ten digits"),
  notFound: say("查無此卡號。請再看一次卡片。", "No card has this number. Look at the card again."),
  issue: say("發一張新卡", "Issue a card"),
  issueHelp: say(
    "只能用第二碼為 7 的虛構身分證號。",
    "Only invented identity numbers, with 7 as their second character.",
  ),
  nationalId: say("身分證號", "Identity number"),
  surname: say("姓", "Family name"),
  givenName: say("名", "Given name"),
  reason: say("理由", "Reason"),
  reasonHelp: say("會留在紀錄裡，請不要寫個人資料。", "Stays in the record: no personal data, please."),
  holder: say("持卡人", "Holder"),
  state: say("狀態", "State"),
  until: say("憑證到期", "Certificates end"),
  locked: say("PIN 碼已鎖住", "A PIN is locked"),
  acts: say("紀錄", "Record"),
  noActs: say("還沒有紀錄。", "Nothing recorded yet."),
  back: say("查別張卡片", "Find another card"),
  done: say("已完成，下一次登入就生效。", "Done. It counts from the next sign-in on."),
  handOver: say("請交給持卡人（只顯示這一次）", "Hand this to the holder; it is shown only now"),
  newNumber: say("新卡號", "New card's number"),
};

export const actWords: Readonly<Record<ActRow["what"], Localised>> = {
  issue: say("發卡", "Issue"),
  renew: say("更新憑證", "Renew its certificates"),
  replace: say("補發新卡", "Replace the card"),
  suspend: say("暫停使用", "Suspend"),
  lift: say("恢復使用", "Lift the suspension"),
  revoke: say("廢止", "Revoke for good"),
  unblock: say("解鎖 PIN 碼", "Unblock the PINs"),
};

export const stateWords: Readonly<Record<CardState, Localised>> = {
  standing: say("有效", "Valid"),
  suspended: say("暫停中", "Suspended"),
  withdrawn: say("已廢止", "Revoked"),
  expired: say("已到期", "Expired"),
};

export const officeRefusals: Readonly<Record<OfficeRefusal["code"], Localised>> = {
  CARD_UNKNOWN: officeWords.notFound,
  REASON_MISSING: say("請寫下理由。", "Write down the reason."),
  NOT_NOW: say("這張卡片現在不能這樣處理。", "This cannot be done with the card as it is now."),
  HOLDER: say(
    "請填姓、名，以及第二碼為 7 的虛構身分證號。",
    "Give both names and an invented identity number with 7 as its second character.",
  ),
};

/** Which act the office has in hand, where the number is of an act it knows. */
export function isOfficeAct(text: string): text is OfficeAct {
  return text !== "issue" && Object.hasOwn(actWords, text);
}
