import type { RecordedAct } from "#exchange";
import { isUuid, type Language } from "#kernel";
import {
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
  type Chrome,
  type HtmlPage,
} from "#ui";
import { actName, actorName, detailParts } from "./act-words.ts";

const words = {
  title: both("管理紀錄", "Acts"),
  lede: both(
    "誰在什麼時候改了這裡的什麼。每一筆都和它所做的事一起寫下，不能補寫。",
    "Who changed what here, and when. Each is written together with what it did.",
  ),
  none: both("還沒有紀錄", "Nothing yet"),
  noneText: both("管理人員做的事會列在這裡。", "What operators do is listed here."),
  at: both("時間", "When"),
  by: both("誰", "Who"),
  act: both("做了什麼", "What"),
  about: both("對象", "About"),
  detail: both("內容", "Details"),
  more: both("更早的", "Earlier"),
};

export interface ActsView {
  readonly acts: readonly RecordedAct[];
  readonly next?: string | undefined;
}

export function actsPage(view: ActsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const list =
    view.acts.length === 0
      ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
      : table({
          caption: t.title,
          captionHidden: true,
          columns: [{ head: t.at }, { head: t.by }, { head: t.act }, { head: t.about }, { head: t.detail }],
          rows: view.acts.map(({ at, by, act, about, detail }) => ({
            cells: [
              formatDateTime(at, lang),
              actorName(by, lang),
              html`${actName(act, lang)} <small><code class="wrap-any">${act}</code></small>`,
              act.startsWith("right.") && isUuid(about)
                ? html`<a href="/rights/right/${about}"><code class="wrap-any">${about.slice(0, 8)}…</code></a>`
                : show(about, lang),
              html`${detailParts(detail, lang).map(({ name, value }) => html`<div><span class="remark">${name}</span> <code class="wrap-any">${value}</code></div>`)}`,
            ],
          })),
        });
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${list}${view.next ? buttonLink(t.more, `/acts?before=${view.next}`, "quiet") : ""}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}
