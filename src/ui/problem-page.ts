import type { Language, ProblemEntry } from "#kernel";
import { actions, buttonLink } from "./forms.ts";
import { html, type HtmlPage } from "./html.ts";
import { icon } from "./icons.ts";
import { page, type Area, type Chrome } from "./page.ts";
import { paths } from "./paths.ts";
import { both, inLanguage, show, type Text } from "./texts.ts";

export interface ProblemView {
  /** The permanent name, for example `card-revoked`. */
  readonly code: string;
  readonly entry: ProblemEntry;
  /** Names this occurrence in the log; the person may quote it. */
  readonly reference: string;
  readonly area?: Area;
  /** What can be done here and now; first is the main one. Without any, the way home. */
  readonly ways?: readonly { readonly text: Text; readonly href: string }[];
}

const words = {
  what: both("怎麼辦", "What you can do"),
  nothingLost: both("已經存好的資料不會遺失。", "Nothing you have already saved is lost."),
  home: both("回首頁", "Go to the home page"),
  desk: both("回案件清單", "Back to the queue"),
  reference: both("洽詢時請告知編號", "If you contact us, quote"),
  kind: both("種類", "Kind"),
};

/** What a person sees when something was refused or failed: what happened, what to do, a number to quote. */
export function problemPage(view: ProblemView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const area = view.area ?? "citizen";
  const ways = view.ways ?? [
    { text: area === "desk" ? words.desk : words.home, href: area === "desk" ? paths.desk : paths.home },
  ];
  const body = html`<section class="problem">
    ${icon("mountain")}
    <h1>${show(view.entry.title, lang)}</h1>
    <h2>${t.what}</h2>
    <p class="lede">${show(view.entry.action, lang)}</p>
    <p>${t.nothingLost}</p>
    ${actions(...ways.map(({ text, href }, at) => buttonLink(show(text, lang), href, at === 0 ? "main" : "quiet")))}
    <p class="reference">
      ${t.reference} <code>${view.reference}</code><span>${t.kind} <code>${view.code}</code></span>
    </p>
  </section>`;
  return page({ ...chrome, lang, title: view.entry.title[lang], area, body });
}
