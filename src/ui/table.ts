import type { Language } from "#kernel";
import { html, type Html, type HtmlValue } from "./html.ts";
import { both } from "./texts.ts";

export interface Column {
  readonly head: string;
  readonly number?: boolean;
}
export interface Row {
  readonly cells: readonly HtmlValue[];
  /** A line of its own below the cells, over the whole width (a proof, a remark). */
  readonly below?: HtmlValue;
  readonly current?: boolean;
}

/**
 * A table that reads as a list on narrow screens: each cell then carries its column's name. The roles are written out
 * because browsers drop a table's meaning when its display changes.
 */
export function table(o: {
  caption: string;
  columns: readonly Column[];
  rows: readonly Row[];
  captionHidden?: boolean;
}): Html {
  return html`<table class="stack" role="table"><caption${o.captionHidden ? html` class="aside"` : ""}>${o.caption}</caption><thead role="rowgroup"><tr role="row">${o.columns.map(
    ({ head, number }) => html`<th role="columnheader" scope="col" ${number ? html` class="num"` : ""}>${head}</th>`,
  )}</tr></thead><tbody role="rowgroup">${o.rows.map(
    ({ cells, below, current }) =>
      html`<tr role="row" ${current ? html` class="current"` : ""}${below ? html` data-more` : ""}>
          ${cells.map(
            (cell, at) =>
              html`<td
                role="cell"
                data-label="${o.columns[at]?.head ?? ""}"
                ${o.columns[at]?.number ? html` class="num"` : ""}${cell === "" ? html` data-empty` : ""}
              >
                ${cell}
              </td>`,
          )}
        </tr>
        ${
          below
            ? html`<tr role="row" class="below">
                <td role="cell" colspan="${o.columns.length}">${below}</td>
              </tr>`
            : ""
        }`,
  )}</tbody></table>`;
}

const words = {
  label: both("分頁", "Pages"),
  previous: both("上一頁", "Previous page"),
  next: both("下一頁", "Next page"),
  at: both(
    (at: number, all: number) => `第 ${at} 頁，共 ${all} 頁`,
    (at: number, all: number) => `Page ${at} of ${all}`,
  ),
};

/** Links to the pages before and after; nothing when there is one page only. Pages count from 1. */
export function pagination(
  o: { page: number; pages: number; href: (page: number) => string },
  lang: Language,
): HtmlValue {
  if (o.pages < 2) return "";
  return html`<nav class="pages" aria-label="${words.label[lang]}">
    ${o.page > 1 ? html`<a rel="prev" href="${o.href(o.page - 1)}">${words.previous[lang]}</a>` : ""}<span>${words.at[lang](o.page, o.pages)}</span>${o.page < o.pages ? html`<a rel="next" href="${o.href(o.page + 1)}">${words.next[lang]}</a>` : ""}
  </nav>`;
}
