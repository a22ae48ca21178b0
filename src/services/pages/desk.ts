import type { Language } from "#kernel";
import {
  both,
  emptyState,
  formatCount,
  html,
  icon,
  inLanguage,
  page,
  pagination,
  show,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
  type Tag,
  type Text,
} from "#ui";

/** A case in the queue, in the order of its due date. */
export interface QueueItem {
  readonly number: string;
  /** Name (shortened where the officer need not know it) and what is asked for. */
  readonly text: Text;
  /** Days left, or what it waits for. */
  readonly state: Tag;
  readonly href: string;
  readonly current?: boolean;
}

export interface QueueView {
  /** 待審, 待放行, … with their counts; one is current. */
  readonly queues: readonly {
    readonly name: Text;
    readonly count: number;
    readonly href: string;
    readonly current?: boolean;
  }[];
  readonly items: readonly QueueItem[];
  /** How the queue is ordered, in words. */
  readonly order: Text;
  readonly pages?: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
  /** Where the other part is shown: the whole agency's, or the team's alone. */
  readonly other?: { readonly text: Text; readonly href: string };
}

const words = {
  title: both("案件", "Cases"),
  queues: both("清單", "Queues"),
  empty: both("這個清單清空了", "This queue is empty"),
  emptyText: both("新案件進來時會依期限排在這裡。", "New cases appear here by their due date."),
  pick: both("從清單選一件", "Choose a case from the queue"),
  pickText: both(
    "最急的排在最上面。開啟案件會留下紀錄，申請人看得到。",
    "The most urgent is on top. Opening a case is recorded, and the applicant can see it.",
  ),
};

/** The list at the left of every desk page. */
export function queueList(view: QueueView, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<section class="card list" aria-labelledby="queue">
    <h2 id="queue" class="aside">
      ${view.queues.filter(({ current }) => current).map(({ name, count }) => html`${show(name, lang)} ${formatCount(count)}`)}
    </h2>
    <ul class="filter" aria-label="${t.queues}">
      ${view.queues.map(
        ({ name, count, href, current }) =>
          html`<li class="tab">
            <a href="${href}" ${current ? html` aria-current="true"` : ""}>${show(name, lang)} ${formatCount(count)}</a>
          </li>`,
      )}
    </ul>
    <ul>
      ${view.items.map(
        (item) =>
          html`<li>
            <a href="${item.href}" ${item.current ? html` aria-current="true"` : ""}
              ><span class="between"><b>${item.number}</b> ${tag(item.state, lang)}</span>${show(item.text, lang)}</a
            >
          </li>`,
      )}
    </ul>
    ${view.items.length === 0 ? html`<p class="none">${t.emptyText}</p>` : ""}
    ${view.pages ? pagination(view.pages, lang) : ""}
    <p class="order">${show(view.order, lang)}</p>
    ${view.other ? html`<p class="order"><a href="${view.other.href}">${show(view.other.text, lang)}</a></p>` : ""}
  </section>`;
}

/** The frame of the desk: the queue at the left, the work at the right. */
export function deskFrame(
  queue: QueueView,
  o: { title: string; content: Html; caseOpen?: boolean; error?: boolean },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const body = html`<div class="queue${o.caseOpen ? " case-open" : ""}">
    ${queueList(queue, lang)}
    <div class="work">${o.content}</div>
  </div>`;
  return page({ ...chrome, lang, title: o.title, area: "desk", active: "cases", error: o.error ?? false, body });
}

/** The queue with no case open yet. */
export function queuePage(view: QueueView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const none = view.items.length === 0;
  const content = html`<h1 class="aside">${t.title}</h1>
    ${emptyState({ drawing: icon(none ? "mountain" : "once"), title: none ? t.empty : t.pick, text: none ? t.emptyText : t.pickText })}`;
  return deskFrame(view, { title: t.title, content }, lang, chrome);
}
