import type { AccessRight, DueRight, RightState } from "#exchange";
import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  emptyState,
  form,
  html,
  icon,
  inLanguage,
  page,
  pagination,
  table,
  textInput,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import { callName, dateName, rightLink, stateTag, stateWords, subjectName } from "./right-words.ts";

const words = {
  title: both("權限", "Rights"),
  lede: both(
    "誰可以用這個機關的哪一項資料服務、為了什麼、到什麼時候。變更從下一次呼叫起生效。",
    "Who may use which of this agency's data services, what for, and until when. A change holds with the next call.",
  ),
  propose: both("提出新權限", "Propose a right"),
  review: both("待辦與檢視", "To do and review"),
  ask: both("為什麼？誰讀得到？", "Why? Who reads?"),
  groups: both("群組", "Groups"),
  search: both("搜尋服務、對象、目的", "Search services, subjects, purposes"),
  find: both("搜尋", "Search"),
  all: both("全部", "All"),
  filter: both("狀態", "State"),
  service: both("服務", "Service"),
  subject: both("對象", "Subject"),
  call: both("呼叫", "Call"),
  state: both("狀態", "State"),
  until: both("到期", "Ends"),
  none: both("沒有符合的權限", "No right found"),
  noneText: both(
    "沒有權限就什麼都不能讀：這裡預設全部拒絕。",
    "Without a right nobody reads anything: all is denied by default.",
  ),
  count: both(
    (n: number) => `${n} 項權限`,
    (n: number) => (n === 1 ? "1 right" : `${n} rights`),
  ),
};

export interface RightsView {
  readonly rights: readonly AccessRight[];
  /** How many were found, on all pages. */
  readonly found: number;
  readonly page: number;
  readonly pages: number;
  readonly search: string;
  readonly state: RightState | undefined;
}

const shownStates: readonly RightState[] = ["proposed", "active", "suspended", "draft", "expired", "revoked"];

function address(view: Pick<RightsView, "search">, more: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ q: view.search, ...more })) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `/rights?${text}` : "/rights";
}

export function rightsPage(view: RightsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const states: readonly (RightState | undefined)[] = [undefined, ...shownStates];
  const filter = html`<ul class="filter" aria-label="${t.filter}">
    ${states.map(
      (state) =>
        html`<li>
          <a href="${address(view, { state })}" ${state === view.state ? html` aria-current="true"` : ""}
            >${state ? stateWords[state][lang] : t.all}</a
          >
        </li>`,
    )}
  </ul>`;
  const search = form(
    { action: "/rights", method: "get" },
    html`${view.state ? html`<input type="hidden" name="state" value="${view.state}" />` : ""}${textInput({ id: "q", label: words.search, value: view.search, width: "medium" }, lang)}${button(t.find, { kind: "quiet" })}`,
  );
  const list =
    view.rights.length === 0
      ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
      : html`${rightsTable(view.rights, lang)}
        ${pagination(
          {
            page: view.page,
            pages: view.pages,
            href: (at) => address(view, { state: view.state, page: String(at) }),
          },
          lang,
        )}`;
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${actions(
      buttonLink(t.propose, "/rights/new"),
      buttonLink(t.review, "/rights/review", "quiet"),
      buttonLink(t.ask, "/rights/ask", "quiet"),
      buttonLink(t.groups, "/rights/groups", "quiet"),
    )}
    ${search}${filter}
    <p>${t.count(view.found)}</p>
    ${list}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

/** Rights as a list that reads on a telephone too. */
export function rightsTable(rights: readonly AccessRight[], lang: Language): Html {
  const t = inLanguage(words, lang);
  return table({
    caption: t.title,
    captionHidden: true,
    columns: [{ head: t.service }, { head: t.subject }, { head: t.call }, { head: t.state }, { head: t.until }],
    rows: rights.map((right) => ({
      cells: [
        rightLink(right),
        subjectName(right),
        callName(right, lang),
        stateTag(right.state, lang),
        dateName(right.validUntil, lang),
      ],
    })),
  });
}

const dueWords = {
  title: both("待辦與檢視", "To do and review"),
  lede: both(
    "等待核可的提案、該檢視的權限，以及三十天內到期的權限。",
    "Proposals that wait for approval, rights whose review is due, and rights that end within thirty days.",
  ),
  nothing: both("沒有待辦", "Nothing to do"),
  nothingText: both("所有權限都有人看過，近期也沒有到期的。", "Every right has been looked at, and none ends soon."),
  why: both("為什麼", "Why"),
  review: both("該檢視", "review due"),
  "ends-soon": both("即將到期", "ends soon"),
  "waits-for-approval": both("等待核可", "waits for approval"),
  date: both("日期", "Date"),
  back: both("所有權限", "All rights"),
};

export function reviewPage(due: readonly DueRight[], lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const d = inLanguage(dueWords, lang);
  const list =
    due.length === 0
      ? emptyState({ drawing: icon("mountain"), title: d.nothing, text: d.nothingText })
      : table({
          caption: d.title,
          captionHidden: true,
          columns: [{ head: d.why }, { head: d.date }, { head: t.service }, { head: t.subject }, { head: t.state }],
          rows: due.map(({ right, why, at }) => ({
            cells: [d[why], dateName(at, lang), rightLink(right), subjectName(right), stateTag(right.state, lang)],
          })),
        });
  const body = html`<p><a href="/rights">${d.back}</a></p>
    <h1>${d.title}</h1>
    <p class="lede">${d.lede}</p>
    ${list}`;
  return page({ ...chrome, lang, title: d.title, area: "desk", body });
}
