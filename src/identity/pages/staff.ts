import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  checkbox,
  emptyState,
  errorOf,
  errorSummary,
  fieldset,
  form,
  formatDate,
  html,
  icon,
  inLanguage,
  page,
  pagination,
  selectInput,
  show,
  table,
  tag,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type HtmlValue,
} from "#ui";
import type { StaffMember } from "../officers/index.ts";
import { dueNote, roleTags, roleTitle, staffPaths, twoNetworks, untilText, type StaffDue } from "./staff-words.ts";

const words = {
  title: both("人員與權限", "Staff and roles"),
  lede: both(
    "誰在貴機關值勤、能做什麼、到什麼時候。每項權限每 90 天複核一次；再過 30 天沒有人複核就停用。",
    "Who works here, what they may do, and until when. Each role is reviewed every 90 days; 30 days later it is suspended.",
  ),
  invite: both("邀請人員", "Invite somebody"),
  teams: both("小組", "Teams"),
  past: both("查某一天", "Look at a past day"),
  search: both("姓名", "Name"),
  team: both("小組", "Team"),
  find: both("找", "Find"),
  soon: both("需要處理的", "To be looked at"),
  name: both("姓名", "Name"),
  role: both("權限", "Role"),
  roles: both("權限", "Roles"),
  until: both("到期", "Until"),
  choose: both("選取", "Choose"),
  reviewChosen: both("勾選的都還需要：完成複核", "Those ticked are still needed: review them"),
  nobody: both("沒有符合的人員", "Nobody like that"),
  nobodyText: both("換一個姓名或小組再找。", "Try another name or team."),
  count: both(
    (n: number) => `共 ${n} 人`,
    (n: number) => (n === 1 ? "1 person" : `${n} people`),
  ),
  back: both("所有人員", "All staff"),
  invitedUntil: both(
    (day: string) => `邀請有效到 ${day}`,
    (day: string) => `The invitation is good until ${day}`,
  ),

  noTeams: both("還沒有小組。", "There are no teams yet."),
  teamsTitle: both("小組", "Teams"),
  teamsLede: both(
    "小組的人開啟案件清單時，先看到小組的服務。",
    "Members of a team first see the cases of the team's services.",
  ),
  teamName: both("小組名稱", "Name of the team"),
  services: both("負責的服務", "Services it looks after"),
  servicesHint: both("一項都不勾，就取消這個小組。", "Tick none to take the team away."),
  members: both("人數", "Members"),
  save: both("儲存", "Save"),

  pastTitle: both("某一天誰有什麼權限", "Who had which role on a day"),
  day: both("哪一天（年-月-日）", "Which day (year-month-day)"),
  look: both("查詢", "Look up"),
  period: both("期間", "When"),
  none: both("那一天沒有人有權限。", "Nobody had a role on that day."),
};

export interface StaffView {
  readonly agency: Localised;
  readonly members: readonly StaffMember[];
  readonly total: number;
  readonly search: string;
  readonly team: string;
  readonly soon: boolean;
  readonly teams: readonly string[];
  readonly now: Date;
  /** Whether the one who looks may change anything. */
  readonly manages: boolean;
  readonly due?: StaffDue;
  readonly pages: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
}

/** The staff of an agency: search, what has to be done, and review of many at once. */
export function staffPage(view: StaffView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { members, manages, now } = view;
  const reviewable = (member: StaffMember) => member.roles.some(({ state }) => state === "in-force");
  const rows = members.map((member) => ({
    cells: [
      ...(manages
        ? [
            reviewable(member)
              ? checkbox(
                  {
                    id: `review-${member.id}`,
                    value: "yes",
                    label: both(`複核 ${member.name}`, `Review ${member.name}`),
                  },
                  lang,
                )
              : html`<span aria-hidden="true">–</span>`,
          ]
        : []),
      html`<div>
        <a href="${staffPaths.all}/${member.id}">${show(member.name, lang)}</a>
        ${member.twoNetworks ? tag(twoNetworks, lang) : ""}
        ${member.invitedUntil ? html`<small>${t.invitedUntil(formatDate(member.invitedUntil, lang))}</small>` : ""}
      </div>`,
      member.roles.length === 0
        ? "–"
        : lines(member.roles, (role) => html`${roleTitle(role.role, lang)} ${roleTags(role, now, lang)}`),
      member.roles.length === 0 ? "–" : lines(member.roles, (role) => untilText(role, lang)),
      member.teams.length === 0 ? "–" : show(member.teams.join(lang === "en" ? ", " : "、"), lang),
    ],
  }));
  const list = html`${table({
    caption: t.title,
    captionHidden: true,
    columns: [
      ...(manages ? [{ head: t.choose }] : []),
      { head: t.name },
      { head: t.roles },
      { head: t.until },
      { head: t.team },
    ],
    rows,
  })}`;
  const body = html`<h1>${t.title}</h1>
    <p><b>${show(view.agency, lang)}</b></p>
    <p class="lede">${t.lede}</p>
    ${view.soon ? "" : dueNote(view.due, lang)}
    ${actions(
      manages ? buttonLink(t.invite, staffPaths.invite) : "",
      manages ? buttonLink(t.teams, staffPaths.teams, "quiet") : "",
      buttonLink(t.past, staffPaths.past, "quiet"),
    )}
    ${form(
      { action: staffPaths.all, method: "get" },
      html`${textInput({ id: "search", label: words.search, value: view.search, width: "medium", autocomplete: "off" }, lang)}
      ${
        view.teams.length > 0
          ? selectInput(
              {
                id: "team",
                label: words.team,
                value: view.team,
                options: view.teams.map((name) => ({ value: name, text: both(name, name) })),
              },
              lang,
            )
          : ""
      }
      ${checkbox({ id: "soon", value: "yes", label: words.soon, checked: view.soon }, lang)}
      ${actions(button(t.find, { kind: "quiet" }))}`,
    )}
    <p role="status">${t.count(view.total)}</p>
    ${
      members.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.nobody, text: t.nobodyText })
        : manages && members.some(reviewable)
          ? form(
              { action: `${staffPaths.all}/review`, csrf: chrome.csrf },
              html`${list} ${actions(button(t.reviewChosen, { kind: "quiet" }))}`,
            )
          : list
    }
    ${pagination(view.pages, lang)}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", active: "office", body });
}

function lines<One>(items: readonly One[], line: (one: One) => HtmlValue): Html {
  return html`<div>${items.map((one) => html`<div>${line(one)}</div>`)}</div>`;
}

/** The agency's teams and the services they look after. */
export function teamsPage(
  view: {
    readonly teams: readonly {
      readonly name: string;
      readonly services: readonly string[];
      readonly members: number;
    }[];
    readonly services: readonly { readonly id: string; readonly title: Localised }[];
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { errors } = view;
  const titles = (ids: readonly string[]) =>
    lines(ids, (id) => show(view.services.find((one) => one.id === id)?.title ?? both(id, id), lang));
  const body = html`<a class="back" href="${staffPaths.all}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.teamsTitle}</h1>
    <p class="lede">${t.teamsLede}</p>
    ${
      view.teams.length === 0
        ? html`<p>${t.noTeams}</p>`
        : table({
            caption: t.teamsTitle,
            captionHidden: true,
            columns: [{ head: t.teamName }, { head: t.services }, { head: t.members, number: true }],
            rows: view.teams.map(({ name, services, members }) => ({
              cells: [show(name, lang), titles(services), String(members)],
            })),
          })
    }
    ${form(
      { action: staffPaths.teams, csrf: chrome.csrf },
      html`${textInput({ id: "name", label: words.teamName, width: "medium", autocomplete: "off", error: errorOf(errors, "name") }, lang)}
      ${fieldset(
        { id: "service-0", legend: t.services, hint: t.servicesHint },
        view.services.map(({ id, title }, at) => checkbox({ id: `service-${at}`, value: id, label: title }, lang)),
        lang,
      )}
      ${actions(button(t.save))}`,
    )}`;
  return page({
    ...chrome,
    lang,
    title: t.teamsTitle,
    area: "desk",
    active: "office",
    error: Boolean(errors?.length),
    body,
  });
}

/** Who held which role of the agency on a past day. */
export function staffPastPage(
  view: {
    readonly day: string;
    readonly terms?: readonly {
      readonly name: string;
      readonly role: string;
      readonly from: Date;
      readonly until: Date;
    }[];
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { terms, errors } = view;
  const body = html`<a class="back" href="${staffPaths.all}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.pastTitle}</h1>
    ${form(
      { action: staffPaths.past, method: "get" },
      html`${textInput({ id: "day", label: words.day, value: view.day, width: "short", inputmode: "numeric", error: errorOf(errors, "day") }, lang)}
      ${actions(button(t.look))}`,
    )}
    ${
      terms === undefined
        ? ""
        : terms.length === 0
          ? html`<p role="status">${t.none}</p>`
          : table({
              caption: t.pastTitle,
              captionHidden: true,
              columns: [{ head: t.name }, { head: t.role }, { head: t.period }],
              rows: terms.map(({ name, role, from, until }) => ({
                cells: [
                  show(name, lang),
                  roleTitle(role, lang),
                  `${formatDate(from, lang)} – ${formatDate(until, lang)}`,
                ],
              })),
            })
    }`;
  return page({
    ...chrome,
    lang,
    title: t.pastTitle,
    area: "desk",
    active: "office",
    error: Boolean(errors?.length),
    body,
  });
}
