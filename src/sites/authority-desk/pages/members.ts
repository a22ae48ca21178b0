import type { GatewayRow, GlobalGroup, InvitationRow, RegisteredMember } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
  both,
  emptyState,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  postButton,
  show,
  table,
  tag,
  type Chrome,
  type HtmlPage,
  type Tone,
} from "#ui";

const words = {
  title: both("會員機關", "Members"),
  lede: both(
    "誰參加這個國家的資料交換，用哪些系統與閘道。",
    "Who takes part in the country’s exchange, with which systems and gateways.",
  ),
  none: both("還沒有會員機關", "No members yet"),
  noneText: both("用 taroko invite 邀請第一個機關。", "Invite the first one with: taroko invite"),
  code: both("代碼", "Code"),
  name: both("名稱", "Name"),
  subsystems: both("子系統", "Subsystems"),
  gateways: both("閘道", "Gateways"),
  address: both("位址", "Address"),
  until: both("憑證到期", "Certificate until"),
  noCertificate: both("沒有有效憑證", "no valid certificate"),
  soon: both("即將到期", "ends soon"),
  groups: both("群組", "Groups"),
  members: both("成員", "Members"),
  invitations: both("邀請", "Invitations"),
  member: both("機關", "Agency"),
  made: both("邀請時間", "Made"),
  by: both("邀請者", "By"),
  ends: both("有效至", "Good until"),
  state: both("狀態", "State"),
  withdraw: both("撤回", "Withdraw"),
  act: both("動作", "Action"),
};

const invitationStates: Readonly<Record<"open" | "used" | "withdrawn" | "ended", { text: Localised; tone: Tone }>> = {
  open: { text: both("未使用", "open"), tone: "wait" },
  used: { text: both("已使用", "used"), tone: "good" },
  withdrawn: { text: both("已撤回", "withdrawn"), tone: "quiet" },
  ended: { text: both("已過期", "ended"), tone: "quiet" },
};

export interface MembersView {
  readonly members: readonly RegisteredMember[];
  readonly gateways: readonly GatewayRow[];
  readonly groups: readonly GlobalGroup[];
  readonly invitations: readonly InvitationRow[];
  readonly now: Date;
}

const day = 86_400_000;

export function membersPage(view: MembersView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { members, gateways, groups, invitations, now } = view;
  const until = (row: GatewayRow) => {
    const newest = row.certificates[0] && new Date(row.certificates[0].notAfter);
    if (!newest || newest <= now) return tag({ text: words.noCertificate, tone: "bad" }, lang);
    const soon = newest.getTime() - now.getTime() < 2 * day;
    return html`${formatDateTime(newest, lang)} ${soon ? tag({ text: words.soon, tone: "wait" }, lang) : ""}`;
  };
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${
      members.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
        : table({
            caption: t.title,
            captionHidden: true,
            columns: [{ head: t.code }, { head: t.name }, { head: t.subsystems }],
            rows: members.map(({ id, name, subsystems }) => ({
              cells: [
                decodeURIComponent(id),
                show(name, lang),
                html`${subsystems.map((one) => html`<div><code>${one.code}</code> ${show(one.name, lang)}</div>`)}`,
              ],
            })),
          })
    }
    ${
      gateways.length === 0
        ? ""
        : html`<h2>${t.gateways}</h2>
            ${table({
              caption: t.gateways,
              captionHidden: true,
              columns: [{ head: t.code }, { head: t.address }, { head: t.until }],
              rows: gateways.map((row) => ({
                cells: [decodeURIComponent(row.path), html`<code class="wrap-any">${row.address}</code>`, until(row)],
              })),
            })}`
    }
    ${
      groups.length === 0
        ? ""
        : html`<h2>${t.groups}</h2>
            ${table({
              caption: t.groups,
              captionHidden: true,
              columns: [{ head: t.code }, { head: t.name }, { head: t.members }],
              rows: groups.map((group) => ({
                cells: [
                  group.code,
                  show(group.name, lang),
                  html`${group.members.map((one) => html`<div>${decodeURIComponent(one)}</div>`)}`,
                ],
              })),
            })}`
    }
    ${
      invitations.length === 0
        ? ""
        : html`<h2>${t.invitations}</h2>
            ${table({
              caption: t.invitations,
              captionHidden: true,
              columns: [
                { head: t.member },
                { head: t.made },
                { head: t.by },
                { head: t.ends },
                { head: t.state },
                { head: t.act },
              ],
              rows: invitations.map((one) => {
                const state = stateOf(one, now);
                return {
                  cells: [
                    decodeURIComponent(one.member),
                    formatDateTime(one.made_at, lang),
                    one.made_by ?? "",
                    one.expires_at ? formatDateTime(one.expires_at, lang) : "",
                    html`<div>${tag(invitationStates[state], lang)}</div>`,
                    state === "open"
                      ? postButton({
                          action: "/invitations/withdraw",
                          csrf: chrome.csrf,
                          text: t.withdraw,
                          kind: "quiet",
                          name: "id",
                          value: one.id,
                        })
                      : "",
                  ],
                };
              }),
            })}`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function stateOf(row: InvitationRow, now: Date): keyof typeof invitationStates {
  if (row.used_at) return "used";
  if (row.withdrawn_at) return "withdrawn";
  return row.expires_at && row.expires_at <= now ? "ended" : "open";
}
