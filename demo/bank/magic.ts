import { createHash } from "node:crypto";
import type { Localised } from "#kernel";

/** How the simulator treats a line, by the last four digits of the payee's account. */
export interface LineBehaviour {
  /** Statuses this line gets, one report after the other; an empty list means that no report ever names it. */
  readonly statuses: readonly LineStatus[];
  /** What the account's notifications say; none for what is refused or silent. */
  readonly money?: {
    /** What is debited where it differs from the instruction: a wrong line on the statement. */
    readonly debited?: bigint;
    /** Comes back two banking days later for this reason. */
    readonly returned?: string;
    /** Debit and return stand on the next banking day's notification together. */
    readonly together?: true;
  };
  readonly owner: OwnerAnswer;
  readonly text: Localised;
}

export interface LineStatus {
  readonly code: "ACSC" | "ACCC" | "RJCT";
  readonly reason?: string;
  readonly note?: string;
}

/** Answers of the owner check; `slow` answers too late for anyone who waits 3 seconds. */
export type OwnerAnswer =
  | "match"
  | "name-differs"
  | "number-differs"
  | "no-such-account"
  | "closed"
  | "blocked"
  | "branch-wrong"
  | "slow";

const settled: readonly LineStatus[] = [{ code: "ACSC" }, { code: "ACCC" }];

function refused(reason: string, note?: string): readonly LineStatus[] {
  return [{ code: "RJCT", reason, ...(note !== undefined && { note }) }];
}

/** The branch that follows the one an account ending in 1701 names. */
export const successorBranch = "8070014";

const paid: LineBehaviour = { statuses: settled, money: {}, owner: "match", text: text("入帳", "paid") };

/** Everything not listed is paid, and its owner matches. */
export const magicEndings: Readonly<Record<string, LineBehaviour>> = {
  "1001": { statuses: refused("AC01"), owner: "no-such-account", text: text("帳號錯誤", "wrong account number") },
  "1003": { statuses: refused("AC03"), owner: "no-such-account", text: text("無此帳戶", "no such account") },
  "1004": { statuses: refused("AC04"), owner: "closed", text: text("帳戶已結清", "account closed") },
  "1006": { statuses: refused("AC06"), owner: "blocked", text: text("帳戶受管制", "account blocked") },
  "1008": { statuses: refused("AC08"), owner: "branch-wrong", text: text("分行代碼錯誤", "wrong branch") },
  "1101": { statuses: refused("BE01"), owner: "number-differs", text: text("戶名不符", "number and holder differ") },
  "1102": {
    ...paid,
    owner: "name-differs",
    text: text("姓名有一字不同，仍入帳", "name differs in one character, paid"),
  },
  "1201": {
    ...paid,
    money: { returned: "AC04" },
    text: text("入帳後兩個營業日退回", "paid, returned two banking days later"),
  },
  "1301": { statuses: [], owner: "match", text: text("永遠沒有回覆", "never any status") },
  "1302": {
    statuses: [{ code: "ACSC" }, { code: "RJCT", reason: "AC04" }],
    money: { returned: "AC04", together: true },
    owner: "match",
    text: text(
      "先說入帳、後說退回；對帳單證明後者",
      "two statuses that contradict each other; the statement proves the second",
    ),
  },
  "1401": { ...paid, money: { debited: 13n }, text: text("入帳，對帳單上的金額是 13", "paid, the statement says 13") },
  "1501": { ...paid, owner: "slow", text: text("戶名核驗逾時，仍入帳", "owner check times out, paid") },
  "1601": { statuses: refused("MD07"), owner: "match", text: text("受款人已歿", "payee dead") },
  "1701": {
    statuses: refused("AC08", `successor ${successorBranch}`),
    owner: "branch-wrong",
    text: text("分行已合併", "branch was merged"),
  },
};

export function behaviourOf(account: string): LineBehaviour {
  return magicEndings[account.slice(-4)] ?? paid;
}

/**
 * Load mode: endings decide nothing, chance does, at these rates of all lines. Mistyped numbers and wrong branches keep the
 * proportion of Taiwan's returned scrap-vehicle transfers of 2019 (45.7 % and 18.7 % of what came back); the level, about
 * one line in a hundred, is assumed. The same seed and EndToEndId always meet the same fate.
 */
export const publishedRates: Readonly<Record<string, number>> = {
  "1003": 0.00457,
  "1008": 0.00187,
  "1004": 0.0015,
  "1101": 0.001,
  "1006": 0.0005,
  "1201": 0.0003,
  "1601": 0.00016,
  "1301": 0.0001,
};

/** How one line fares under load. */
export function behaviourByChance(
  endToEndId: string,
  { seed, rates = publishedRates }: { readonly seed: string; readonly rates?: Readonly<Record<string, number>> },
): LineBehaviour {
  const drawn = createHash("sha256").update(`${seed} ${endToEndId}`).digest().readUInt32BE(0) / 2 ** 32;
  let edge = 0;
  for (const [ending, rate] of Object.entries(rates)) {
    edge += rate;
    if (drawn < edge) return magicEndings[ending] ?? paid;
  }
  return paid;
}

/** What happens to a whole file, by the end of its message id. */
export type FileBehaviour =
  | { readonly kind: "normal" | "lost" | "down" }
  | { readonly kind: "refused"; readonly reason: string };

/** What a file meets, by its message id's ending, with what that means in words. */
export const magicSuffixes: Readonly<Record<string, FileBehaviour & { readonly text: Localised }>> = {
  "-FF01": { kind: "refused", reason: "FF01", text: text("整檔格式錯誤", "the whole file refused for its form") },
  "-AM04": {
    kind: "refused",
    reason: "AM04",
    text: text("付款帳戶餘額不足", "not enough money on the payer's account"),
  },
  "-DUP": { kind: "refused", reason: "DUPL", text: text("重複的檔案", "called a duplicate") },
  "-LATE": { kind: "refused", reason: "TM01", text: text("超過截止時間", "after the cut-off") },
  "-LOST": { kind: "lost", text: text("收下後遺失，永無回覆", "taken and lost, never an answer") },
  "-DOWN": { kind: "down", text: text("前兩次無法連線", "nobody answers the first two times") },
};

export function fileBehaviourOf(messageId: string): FileBehaviour {
  const ending = /-[A-Z0-9]+$/.exec(messageId)?.[0] ?? "";
  return magicSuffixes[ending] ?? { kind: "normal" };
}

function text(zh: string, en: string): Localised {
  return { "zh-Hant": zh, en };
}
