import type { InvitationRow } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
  both,
  button,
  details,
  emptyState,
  form,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  table,
  tag,
  type Chrome,
  type HtmlPage,
  type Tone,
} from "#ui";
import { actorName } from "../../desk/pages/act-words.ts";
import { pagesOf, searchOf, type ListPart } from "../../desk/list-part.ts";

const words = {
  title: both("邀請", "Invitations"),
  lede: both(
    "一份邀請讓一個機關的一個閘道加入，只能用一次。在機器上用 npx taroko invite 建立。",
    "An invitation lets one gateway of one agency in, once. It is made at the machine: npx taroko invite",
  ),
  back: both("會員機關", "Members"),
  search: both("搜尋機關或邀請者", "Search agencies and who invited"),
  none: both("沒有邀請", "No invitations"),
  noneText: both("新的邀請會出現在這裡。", "New invitations appear here."),
  member: both("機關", "Agency"),
  made: both("邀請時間", "Made"),
  by: both("邀請者", "By"),
  ends: both("有效至", "Good until"),
  state: both("狀態", "State"),
  act: both("動作", "Action"),
  withdraw: both("撤回", "Withdraw"),
  withdrawNow: both("撤回，不能恢復", "Withdraw for good"),
  withdrawText: both(
    "手上這份邀請檔就不能再用。機關要加入，須重新邀請。",
    "The file that was handed out stops working. To let the agency in, invite it anew.",
  ),
};

const states: Readonly<Record<"open" | "used" | "withdrawn" | "ended", { text: Localised; tone: Tone }>> = {
  open: { text: both("未使用", "open"), tone: "wait" },
  used: { text: both("已使用", "used"), tone: "good" },
  withdrawn: { text: both("已撤回", "withdrawn"), tone: "quiet" },
  ended: { text: both("已過期", "ended"), tone: "quiet" },
};

export interface InvitationsView {
  readonly invitations: ListPart<InvitationRow>;
  readonly now: Date;
}

export function invitationsPage({ invitations, now }: InvitationsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  // Folded, since it cannot be undone: opening it is the first press, its button the second.
  const withdraw = ({ id }: InvitationRow) =>
    details(
      t.withdraw,
      html`<p>${t.withdrawText}</p>
        ${form(
          { action: "/invitations/withdraw", csrf: chrome.csrf },
          button(t.withdrawNow, { name: "id", value: id, kind: "stop" }),
        )}`,
    );
  const list = table({
    caption: t.title,
    captionHidden: true,
    columns: [
      { head: t.member },
      { head: t.made },
      { head: t.by },
      { head: t.ends },
      { head: t.state },
      { head: t.act },
    ],
    rows: invitations.rows.map((one) => {
      const state = stateOf(one, now);
      return {
        cells: [
          decodeURIComponent(one.member),
          formatDateTime(one.made_at, lang),
          one.made_by ? actorName(one.made_by, lang) : "",
          one.expires_at ? formatDateTime(one.expires_at, lang) : "",
          html`<div>${tag(states[state], lang)}</div>`,
          state === "open" ? withdraw(one) : "",
        ],
      };
    }),
  });
  const body = html`<p><a href="/members">${t.back}</a></p>
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${searchOf(invitations, { action: "/invitations", label: words.search }, lang)}
    ${
      invitations.rows.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
        : html`${list}${pagesOf(invitations, { action: "/invitations" }, lang)}`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function stateOf(row: InvitationRow, now: Date): keyof typeof states {
  if (row.used_at) return "used";
  if (row.withdrawn_at) return "withdrawn";
  return row.expires_at && row.expires_at <= now ? "ended" : "open";
}
