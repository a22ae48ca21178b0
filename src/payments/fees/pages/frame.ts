import type { Language } from "#kernel";
import { both, html, inLanguage, page, plain, type Chrome, type HtmlPage, type HtmlValue, type Text } from "#ui";
import { feePaths } from "./words.ts";

const words = {
  places: both("規費作業", "Work with fees"),
  all: both("繳費", "Payments of fees"),
  settlement: both("每日對帳", "Daily settlement"),
};

/** The frame of the desk's pages of fees: the two places, then the page. */
export function feeFrame(
  o: { readonly title: Text; readonly place: "all" | "settlement"; readonly body: HtmlValue; readonly error?: boolean },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<nav aria-label="${t.places}">
      <ul class="filter">
        ${(["all", "settlement"] as const).map(
          (place) =>
            html`<li>
              <a href="${feePaths[place]}" ${place === o.place ? html` aria-current="page"` : ""}>${t[place]}</a>
            </li>`,
        )}
      </ul>
    </nav>
    ${o.body}`;
  return page({
    ...chrome,
    lang,
    title: plain(o.title, lang),
    area: "desk",
    active: "fees",
    body,
    ...(o.error && { error: true }),
  });
}
