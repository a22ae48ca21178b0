import { code, digest, identifier, instant, type Digest, type EntryBase, type KindsOf } from "./entry-fields.ts";

/** The second officer released a payment. Amount and payee are commitments under salts of their own: nobody can try them out. */
export interface PaymentReleased extends EntryBase<"payment.released"> {
  /** Who pays. */
  readonly member: string;
  /** Commitments to the instruction's id and to the case number. */
  readonly pay: Digest;
  readonly cas: Digest;
  /** Commitment to currency and amount. */
  readonly amt: Digest;
  /** Commitment to the payee's name and account. */
  readonly payee: Digest;
  /** Commitment to what the officer confirmed: the binding of amount, payee, account and decision. */
  readonly rec: Digest;
}

/** A payment was brought to the state that the bank's statement proves, by two people. */
export interface PaymentCorrected extends EntryBase<"payment.corrected"> {
  readonly member: string;
  readonly pay: Digest;
  readonly to: "settled" | "rejected" | "returned" | "not-received";
  /** Commitment to the event with its evidence. */
  readonly rec: Digest;
}

/** The bank confirmed that it has a file of payments. */
export interface BankFileSent extends EntryBase<"bank-file.sent"> {
  readonly member: string;
  /** Its ISO 20022 MsgId. */
  readonly file: string;
  /** Commitment to the file's SHA-256, its number of payments and its total. */
  readonly rec: Digest;
}

/** The last of the people who must release many payments together did, or they were taken back before the bank had them. */
export interface PaymentBatchActed extends EntryBase<"payment-batch.released" | "payment-batch.recalled"> {
  readonly member: string;
  /** Its id in the payer's books. */
  readonly batch: string;
  /** Commitment to its programme, day, number of payments, total and the hash of all of them. */
  readonly rec: Digest;
}

/** The books of a day were closed with a signed report. */
export interface PaymentDayClosed extends EntryBase<"payment-day.closed"> {
  readonly member: string;
  /** Commitment to the report's SHA-256. */
  readonly rec: Digest;
}

export type PaymentEntry = PaymentReleased | PaymentCorrected | BankFileSent | PaymentBatchActed | PaymentDayClosed;

/** Acts that move public money. */
export const paymentKinds: KindsOf<PaymentEntry> = {
  "payment.released": {
    title: { "zh-Hant": "放行一筆付款", en: "A payment was released" },
    fields: { at: instant, member: identifier, pay: digest, cas: digest, amt: digest, payee: digest, rec: digest },
  },
  "payment.corrected": {
    title: { "zh-Hant": "依銀行對帳單更正付款", en: "A payment was corrected from the bank's statement" },
    fields: {
      at: instant,
      member: identifier,
      pay: digest,
      to: { type: "choice", of: ["settled", "rejected", "returned", "not-received"] },
      rec: digest,
    },
  },
  "bank-file.sent": {
    title: { "zh-Hant": "付款檔已送交銀行", en: "A file of payments was given to the bank" },
    fields: { at: instant, member: identifier, file: code, rec: digest },
  },
  "payment-batch.released": {
    title: { "zh-Hant": "放行一批付款", en: "Many payments were released together" },
    fields: { at: instant, member: identifier, batch: code, rec: digest },
  },
  "payment-batch.recalled": {
    title: { "zh-Hant": "收回一批付款", en: "Payments released together were taken back" },
    fields: { at: instant, member: identifier, batch: code, rec: digest },
  },
  "payment-day.closed": {
    title: { "zh-Hant": "付款帳一日結帳", en: "The books of payments were closed for a day" },
    fields: { at: instant, member: identifier, rec: digest },
  },
};
