import type { Localised } from "#kernel";

/** How the simulator treats a line, by the last four digits of the payee's account. */
export interface LineBehaviour {
  /** Statuses this line gets, one report after the other; an empty list means that no report ever names it. */
  readonly statuses: readonly LineStatus[];
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

/** Everything not listed is paid, and its owner matches. */
export const magicEndings: Readonly<Record<string, LineBehaviour>> = {
  "1001": { statuses: refused("AC01"), owner: "no-such-account", text: text("帳號錯誤", "wrong account number") },
  "1003": { statuses: refused("AC03"), owner: "no-such-account", text: text("無此帳戶", "no such account") },
  "1004": { statuses: refused("AC04"), owner: "closed", text: text("帳戶已結清", "account closed") },
  "1006": { statuses: refused("AC06"), owner: "blocked", text: text("帳戶受管制", "account blocked") },
  "1008": { statuses: refused("AC08"), owner: "branch-wrong", text: text("分行代碼錯誤", "wrong branch") },
  "1101": { statuses: refused("BE01"), owner: "number-differs", text: text("戶名不符", "number and holder differ") },
  "1102": {
    statuses: settled,
    owner: "name-differs",
    text: text("姓名有一字不同，仍入帳", "name differs in one character, paid"),
  },
  "1301": { statuses: [], owner: "match", text: text("永遠沒有回覆", "never any status") },
  "1302": {
    statuses: [{ code: "ACSC" }, { code: "RJCT", reason: "AC04" }],
    owner: "match",
    text: text("先說入帳、後說退回", "two statuses that contradict each other"),
  },
  "1501": { statuses: settled, owner: "slow", text: text("戶名核驗逾時，仍入帳", "owner check times out, paid") },
  "1601": { statuses: refused("MD07"), owner: "match", text: text("受款人已歿", "payee dead") },
  "1701": {
    statuses: refused("AC08", `successor ${successorBranch}`),
    owner: "branch-wrong",
    text: text("分行已合併", "branch was merged"),
  },
};

export function behaviourOf(account: string): LineBehaviour {
  return magicEndings[account.slice(-4)] ?? { statuses: settled, owner: "match", text: text("入帳", "paid") };
}

/** What happens to a whole file, by the end of its message id. */
export type FileBehaviour =
  | { readonly kind: "normal" | "lost" | "down" }
  | { readonly kind: "refused"; readonly reason: string };

const fileBehaviours: Readonly<Record<string, FileBehaviour>> = {
  "-FF01": { kind: "refused", reason: "FF01" },
  "-AM04": { kind: "refused", reason: "AM04" },
  "-DUP": { kind: "refused", reason: "DUPL" },
  "-LATE": { kind: "refused", reason: "TM01" },
  "-LOST": { kind: "lost" },
  "-DOWN": { kind: "down" },
};

export function fileBehaviourOf(messageId: string): FileBehaviour {
  const ending = /-[A-Z0-9]+$/.exec(messageId)?.[0] ?? "";
  return fileBehaviours[ending] ?? { kind: "normal" };
}

function text(zh: string, en: string): Localised {
  return { "zh-Hant": zh, en };
}
