import type { Language } from "#kernel";
import {
  both,
  emptyState,
  formatDateTime,
  formatShortDate,
  html,
  icon,
  inLanguage,
  plain,
  show,
  table,
  tag,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type HtmlValue,
  type Text,
} from "#ui";
import { paymentFrame } from "./frame.ts";

/** One thing that somebody must see to. */
export interface Chore {
  readonly title: Text;
  /** What to do about it. */
  readonly task: Text;
  /** The payment, file or bank's line it is about. */
  readonly subject?: HtmlValue;
  readonly amount?: string;
  readonly owner?: Text;
  readonly since: Date;
  /** By when, and whether that is past. */
  readonly due?: { readonly at: Date; readonly late: boolean; /** A day, not an hour. */ readonly day?: true };
  readonly blocks?: boolean;
  readonly act?: { readonly href: string; readonly text: Text };
}

/** Chores of one kind. */
export interface ChoreList {
  readonly id: string;
  readonly title: Text;
  readonly about: Text;
  readonly chores: readonly Chore[];
  /** More than are shown. */
  readonly more?: boolean;
  /** Where the rest is. */
  readonly moreHref?: string;
}

const words = {
  title: both("對帳", "Reconciliation"),
  lede: both(
    "銀行說的、我們記的、帳戶上的，三者不一致的都在這裡。每一列都寫明該怎麼做。",
    "Wherever the bank’s words, our records and the account differ, it stands here. Each row says what to do.",
  ),
  clean: both("全部一致", "Everything agrees"),
  cleanText: both("沒有待處理的事項。", "There is nothing to see to."),
  what: both("事項", "What"),
  subject: both("對象", "About"),
  amount: both("金額", "Amount"),
  task: both("該怎麼做", "What to do"),
  since: both("自", "Since"),
  due: both("期限", "Due"),
  late: both("逾期", "Late"),
  blocks: both("擋住新的銀行檔", "Stops new files"),
  more: both("看其餘的", "See the rest"),
  none: both("沒有", "None"),
  jump: both("各項", "Kinds"),
};

/** Everything where bank and books differ, each with what to do. */
export function reconcilePage(
  view: { readonly lists: readonly ChoreList[]; readonly done?: Text | undefined },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const filled = view.lists.filter(({ chores }) => chores.length > 0);
  const body = html`<h1>${t.title}</h1>
    <p class="spaced">${t.lede}</p>
    ${
      filled.length === 0
        ? emptyState({ drawing: icon("seal"), title: t.clean, text: t.cleanText })
        : html`<nav aria-label="${t.jump}">
              <ul class="filter">
                ${filled.map(({ id, title, chores, more }) => html`<li><a href="#${id}">${show(title, lang)} ${chores.length}${more ? "+" : ""}</a></li>`)}
              </ul>
            </nav>
            ${filled.map((list) => listOf(list, lang))}`
    }`;
  return paymentFrame(
    { title: words.title, place: "reconcile", body },
    lang,
    view.done ? { ...chrome, notice: { tone: "success", text: view.done } } : chrome,
  );
}

function listOf(list: ChoreList, lang: Language): Html {
  const t = inLanguage(words, lang);
  const amounts = list.chores.some(({ amount }) => amount !== undefined);
  const dues = list.chores.some(({ due }) => due !== undefined);
  return html`<section class="card" id="${list.id}">
    <h2>${show(list.title, lang)}</h2>
    <p>${show(list.about, lang)}</p>
    ${table({
      caption: plain(list.title, lang),
      captionHidden: true,
      columns: [
        { head: t.what },
        { head: t.subject },
        ...(amounts ? [{ head: t.amount, number: true }] : []),
        { head: t.task },
        { head: dues ? t.due : t.since },
      ],
      rows: list.chores.map((chore) => ({
        cells: [
          html`<span
            >${show(chore.title, lang)}${chore.blocks ? html` ${tag({ tone: "bad", text: words.blocks }, lang)}` : ""}</span
          >`,
          chore.subject ?? "–",
          ...(amounts ? [chore.amount ?? "–"] : []),
          html`<span
            >${show(chore.task, lang)}${chore.owner ? html` <small>(${show(chore.owner, lang)})</small>` : ""}${
              chore.act ? html`<br /><a href="${chore.act.href}">${show(chore.act.text, lang)}</a>` : ""
            }</span
          >`,
          chore.due
            ? html`<span
                >${timeOf(chore.due.at, lang, chore.due.day ? formatShortDate : formatDateTime)}${chore.due.late ? html` ${tag({ tone: "bad", text: words.late }, lang)}` : ""}</span
              >`
            : timeOf(chore.since, lang, formatDateTime),
        ],
      })),
    })}
    ${list.more && list.moreHref ? html`<p><a href="${list.moreHref}">${t.more}</a></p>` : ""}
  </section>`;
}
