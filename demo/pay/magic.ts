import type { Localised } from "#kernel";

/** One thing that becomes of a charge, so many seconds after the payer chose. */
export interface PlannedStep {
  readonly after: number;
  readonly state: "pending" | "paid" | "declined" | "expired";
  readonly reason?: string;
  /** Added to what was asked. */
  readonly more?: number;
}

/** How the simulator treats a charge, by the test card or test code that was chosen. */
export interface Behaviour {
  readonly text: Localised;
  readonly steps: readonly PlannedStep[];
  /** How often the news is sent, and whether before the browser goes back; once and after it unless told. */
  readonly webhooks?: number;
  readonly before?: true;
  /** So many inquiries get no answer first. */
  readonly deaf?: number;
  readonly refund?: "refused" | "pending-first";
  /** Says it was stopped, and takes the money all the same. */
  readonly late?: true;
  readonly settlement?: "missing" | "one-less";
}

const taken: readonly PlannedStep[] = [{ after: 0, state: "paid" }];
const refused = (reason: string): readonly PlannedStep[] => [{ after: 0, state: "declined", reason }];
const text = (zh: string, en: string): Localised => ({ "zh-Hant": zh, en });

/** By the last four digits of a test card: 4000 0000 0000 ….  */
export const cards: Readonly<Record<string, Behaviour>> = {
  "0000": { text: text("扣款成功", "Paid"), steps: taken },
  "0002": { text: text("餘額不足，拒絕", "Declined: no funds"), steps: refused("no-funds") },
  "0003": { text: text("卡片過期，拒絕", "Declined: card expired"), steps: refused("card-expired") },
  "0101": {
    text: text("處理中，幾秒後成功", "Pending, paid after some seconds"),
    steps: [
      { after: 0, state: "pending" },
      { after: 5, state: "paid" },
    ],
  },
  "0102": {
    text: text("處理中，幾秒後失敗", "Pending, declined after some seconds"),
    steps: [
      { after: 0, state: "pending" },
      { after: 5, state: "declined", reason: "issuer-refused" },
    ],
  },
  "0201": { text: text("成功，但通知遺失", "Paid, the notification is lost"), steps: taken, webhooks: 0 },
  "0202": { text: text("成功，通知送兩次", "Paid, notified twice"), steps: taken, webhooks: 2 },
  "0203": { text: text("成功，通知比您先到", "Paid, notified before you return"), steps: taken, before: true },
  "0301": {
    text: text("成功，但查詢逾時、通知遺失", "Paid, but inquiries get no answer at first"),
    steps: taken,
    webhooks: 0,
    deaf: 2,
  },
  "0401": {
    text: text("扣款金額少一元", "Takes one dollar less"),
    steps: [{ after: 0, state: "paid", more: -1 }],
  },
  "0501": { text: text("成功，之後退款被拒", "Paid; a refund is refused later"), steps: taken, refund: "refused" },
  "0502": { text: text("成功，之後退款要等", "Paid; a refund takes a while"), steps: taken, refund: "pending-first" },
  "0601": { text: text("停止或逾期之後才扣款", "Takes the money after it was stopped"), steps: [], late: true },
  "0701": {
    text: text("成功，對帳檔漏了這筆", "Paid; missing from the settlement"),
    steps: taken,
    settlement: "missing",
  },
  "0702": { text: text("成功，對帳檔少一元", "Paid; settled one dollar short"), steps: taken, settlement: "one-less" },
  "0801": {
    text: text("成功，之後又通知失敗", "Paid, then notified as declined"),
    steps: [
      { after: 0, state: "paid" },
      { after: 2, state: "declined", reason: "contradiction" },
    ],
  },
};

/** What one can do with a code for the convenience store, or an account for a transfer. */
export const counters: Readonly<Record<string, Behaviour>> = {
  "pay-soon": {
    text: text("幾秒後有人到櫃台繳清", "Somebody pays at the counter after some seconds"),
    steps: [
      { after: 0, state: "pending" },
      { after: 5, state: "paid" },
    ],
  },
  "pay-wrong": {
    text: text("轉帳金額少一元", "The transfer is one dollar short"),
    steps: [
      { after: 0, state: "pending" },
      { after: 5, state: "paid", more: -1 },
    ],
  },
  "pay-never": {
    text: text("沒有去繳，代碼過期", "Nobody pays, the code runs out"),
    steps: [
      { after: 0, state: "pending" },
      { after: 30, state: "expired" },
    ],
  },
};

export const methods = ["card", "convenience-store", "bank-transfer"] as const;

export function behaviourOf(method: string, ending: string): Behaviour | undefined {
  const table = method === "card" ? cards : counters;
  return (methods as readonly string[]).includes(method) && Object.hasOwn(table, ending) ? table[ending] : undefined;
}
