import type { Language, Localised } from "#kernel";
import { both, formatDate, html, note, show, tag, type Html, type Tag } from "#ui";
import { roleTitles, type OfficeRole, type OfficeStepName, type RoleState } from "../officers/index.ts";

/** Where these pages stand. */
export const staffPaths: Readonly<Record<"all" | "invite" | "teams" | "past" | "office" | "signIn", string>> = {
  all: "/desk/staff",
  invite: "/desk/staff/new",
  teams: "/desk/staff/teams",
  past: "/desk/staff/past",
  office: "/desk/office",
  signIn: "/desk/sign-in",
};

/** A role by its title; one that has none as it is. */
export function roleTitle(role: string, lang: Language): Html | string {
  const title = roleTitles[role];
  return title ? show(title, lang) : html`<code>${role}</code>`;
}

const stateTags: Readonly<Record<RoleState, Tag>> = {
  "in-force": { tone: "good", text: both("有效", "In force") },
  invited: { tone: "wait", text: both("等待接受", "Waits for the person") },
  asked: { tone: "wait", text: both("等待第二位同意", "Waits for a second manager") },
  suspended: { tone: "bad", text: both("逾期未複核，已停用", "Suspended: nobody reviewed it") },
  "run-out": { tone: "quiet", text: both("已到期", "Run out") },
};

export const reviewDue: Tag = { tone: "wait", text: both("請複核", "To be reviewed") };
export const runsOutSoon: Tag = { tone: "wait", text: both("快到期", "Runs out soon") };
export const twoNetworks: Tag = {
  tone: "bad",
  text: both("曾同時從兩個網路登入", "Was signed in from two networks at once"),
};

const soonMs = 30 * 86_400_000;

/** A role's state in tags: what it is, and what should be done. */
export function roleTags(role: OfficeRole, now: Date, lang: Language): Html {
  const due = role.state === "in-force" && role.reviewBy !== undefined && role.reviewBy <= now;
  const soon = role.state === "in-force" && role.until !== undefined && role.until.getTime() - now.getTime() < soonMs;
  return html`${tag(stateTags[role.state], lang)} ${due ? tag(reviewDue, lang) : ""}
  ${soon ? tag(runsOutSoon, lang) : ""} ${role.asked && role.state !== "asked" ? tag(stateTags.asked, lang) : ""}`;
}

/** Until when, as a person reads it. */
export function untilText(role: OfficeRole, lang: Language): string {
  const until = role.until ?? role.asked?.until;
  return until ? formatDate(until, lang) : "–";
}

/** What happened to an office. */
export const officeStepTitles: Readonly<Record<OfficeStepName, Localised>> = {
  invited: both("邀請", "Invited"),
  accepted: both("接受邀請", "Accepted"),
  declined: both("婉拒邀請", "Declined"),
  "role-given": both("給予權限", "Role given"),
  "role-asked": both("提出權限，等第二位同意", "Role asked for; a second manager has to agree"),
  "role-confirmed": both("第二位同意權限", "Second manager agreed to the role"),
  "role-declined": both("第二位不同意權限", "Second manager turned the role down"),
  "role-ended": both("收回權限", "Role taken away"),
  reviewed: both("複核權限", "Role reviewed"),
  suspended: both("逾期未複核，停用權限", "Role suspended: nobody reviewed it"),
  "review-due": both("該複核了", "Due for review"),
  "ends-soon": both("一個月內到期", "Ends within a month"),
  withdrawn: both("網站營運者收回邀請", "The site's operator took the invitation back"),
  "teams-changed": both("變更小組", "Teams changed"),
  "account-bound": both("連結機關帳號", "Agency account bound"),
  "two-networks": both("同時從兩個網路登入", "Signed in from two networks at once"),
  dismissed: both("離開機關", "Left the agency"),
};

/** What waits for an agency's managers. */
export interface StaffDue {
  readonly review: number;
  readonly ending: number;
  readonly asked: number;
}

const dueWords = both(
  ({ review, ending, asked }: StaffDue) =>
    [
      review > 0 ? `${review} 項權限該複核` : "",
      ending > 0 ? `${ending} 項一個月內到期` : "",
      asked > 0 ? `${asked} 項等第二位同意` : "",
    ]
      .filter(Boolean)
      .join("、"),
  ({ review, ending, asked }: StaffDue) =>
    [
      review > 0 ? `${review} to review` : "",
      ending > 0 ? `${ending} ending within a month` : "",
      asked > 0 ? `${asked} waiting for a second manager` : "",
    ]
      .filter(Boolean)
      .join(", "),
);
const rolesDue = both("權限需要處理：", "Roles to be looked at: ");

/** Tells a manager what waits for them, with the way there; nothing where nothing does. */
export function dueNote(due: StaffDue | undefined, lang: Language): Html | "" {
  return due && due.review + due.ending + due.asked > 0
    ? note(html`<p><a href="${staffPaths.all}?soon=yes">${rolesDue[lang]}${dueWords[lang](due)}</a></p>`)
    : "";
}
