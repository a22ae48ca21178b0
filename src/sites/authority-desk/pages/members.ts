import type { GatewayRow, GlobalGroup, RegisteredMember } from "#exchange";
import type { Language } from "#kernel";
import {
  actions,
  both,
  buttonLink,
  emptyState,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  show,
  table,
  tag,
  type Chrome,
  type HtmlPage,
} from "#ui";
import { pagesOf, searchOf, type ListPart } from "../../desk/list-part.ts";

const words = {
  title: both("會員機關", "Members"),
  lede: both(
    "誰參加這個國家的資料交換，用哪些系統與閘道。",
    "Who takes part in the country’s exchange, with which systems and gateways.",
  ),
  none: both("還沒有會員機關", "No members yet"),
  noneText: both("用 npx taroko invite 邀請第一個機關。", "Invite the first one with: npx taroko invite"),
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
  invitations: both(
    (n: number) => `邀請（${n}）`,
    (n: number) => `Invitations (${n})`,
  ),
  search: both("搜尋機關或子系統的名稱、代碼", "Search agencies and subsystems by name or code"),
  notFound: both("沒有符合的機關", "No agency found"),
  notFoundText: both("請換一個名稱或代碼。", "Try another name or code."),
};

export interface MembersView {
  readonly members: ListPart<RegisteredMember>;
  /** Of the members shown. */
  readonly gateways: readonly GatewayRow[];
  readonly groups: readonly GlobalGroup[];
  /** How many there are. */
  readonly invitations: number;
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
    ${actions(buttonLink(t.invitations(invitations), "/invitations", "quiet"))}
    ${searchOf(members, { action: "/members", label: words.search }, lang)}
    ${
      members.rows.length === 0
        ? emptyState({
            drawing: icon("mountain"),
            title: members.search ? t.notFound : t.none,
            text: members.search ? t.notFoundText : t.noneText,
          })
        : table({
            caption: t.title,
            captionHidden: true,
            columns: [{ head: t.code }, { head: t.name }, { head: t.subsystems }],
            rows: members.rows.map(({ id, name, subsystems }) => ({
              cells: [
                decodeURIComponent(id),
                show(name, lang),
                html`${subsystems.map((one) => html`<div><code>${one.code}</code> ${show(one.name, lang)}</div>`)}`,
              ],
            })),
          })
    }
    ${pagesOf(members, { action: "/members" }, lang)}
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
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}
