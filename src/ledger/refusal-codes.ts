/**
 * Why a check refused, as names that stay: programs and translations go by them, `reason` beside them is for people
 * who look into it. A code is added when somebody should do something else about it, and never given a new meaning.
 */
export const receiptCodes = [
  "receipt-malformed",
  "proof-malformed",
  "note-malformed",
  "checkpoint-malformed",
  "tree-too-large",
  "policy-malformed",
  "entry-unreadable",
  "log-not-in-policy",
  "log-signature-missing",
  "log-signature-wrong",
  "witness-signature-wrong",
  "witness-time-ahead",
  "witnesses-too-few",
  "index-outside-tree",
  "proof-length-wrong",
  "root-differs",
  "opening-malformed",
  "opening-differs",
] as const;

/** Why a receipt was refused. */
export type ReceiptCode = (typeof receiptCodes)[number];

/** What a person's list can be refused for beside all that its root's receipt can. */
export const listOwnCodes = [
  "list-malformed",
  "root-not-of-index",
  "root-too-early",
  "label-differs",
  "list-of-another",
  "list-withheld",
  "list-differs",
] as const;

/** Why a list was refused: for itself, or for the receipt of its root. */
export type ListCode = ReceiptCode | (typeof listOwnCodes)[number];

/** Why a text could not be read, or a proof or signature does not hold. */
export type RefusalCode =
  | Extract<
      ReceiptCode,
      | "proof-malformed"
      | "note-malformed"
      | "checkpoint-malformed"
      | "policy-malformed"
      | "index-outside-tree"
      | "proof-length-wrong"
      | "root-differs"
    >
  | "key-malformed"
  | "request-malformed"
  | "signature-wrong"
  | "sizes-reversed"
  | "range-not-subtree"
  | "tree-not-contained";
