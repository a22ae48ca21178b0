import type { Language } from "#kernel";
import { both, html, inLanguage, page, type Chrome, type HtmlPage, type HtmlValue, type Text } from "#ui";
import { paymentPaths } from "./words.ts";

const words = {
  places: both("付款作業", "Work with payments"),
  all: both("付款", "Payments"),
  files: both("批次與檔案", "Batches and files"),
  reconcile: both("對帳", "Reconciliation"),
  books: both("帳冊", "Books"),
  states: both("狀態圖", "States"),
};

export type PaymentPlace = "all" | "files" | "reconcile" | "books" | "states";

/** The frame of every payment page of the desk: the five places, then the page. */
export function paymentFrame(
  o: {
    readonly title: Text;
    readonly place: PaymentPlace;
    readonly body: HtmlValue;
    readonly error?: boolean;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const places: readonly PaymentPlace[] = ["all", "files", "reconcile", "books", "states"];
  const body = html`<nav aria-label="${t.places}">
      <ul class="filter">
        ${places.map(
          (place) =>
            html`<li>
              <a href="${paymentPaths[place]}" ${place === o.place ? html` aria-current="page"` : ""}>${t[place]}</a>
            </li>`,
        )}
      </ul>
    </nav>
    ${o.body}`;
  return page({
    ...chrome,
    lang,
    title: typeof o.title === "string" ? o.title : o.title[lang],
    area: "desk",
    active: "payments",
    body,
    ...(o.error && { error: true }),
  });
}

/** A link that leads to older rows, and one back to the newest. */
export function olderLinks(
  o: { readonly first: boolean; readonly newest: string; readonly older: string | undefined },
  lang: Language,
): HtmlValue {
  if (o.first && !o.older) return "";
  const t = inLanguage(pageWords, lang);
  return html`<nav class="pages" aria-label="${t.pages}">
    ${o.first ? "" : html`<a href="${o.newest}">${t.newest}</a>`}${o.older ? html`<a rel="next" href="${o.older}">${t.older}</a>` : ""}
  </nav>`;
}

const pageWords = {
  pages: both("分頁", "Pages"),
  newest: both("最新的", "Newest"),
  older: both("較舊的", "Older"),
};
