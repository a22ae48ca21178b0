import type { Language } from "#kernel";
import { html, type Html, type HtmlValue } from "./html.ts";
import { both, show, type Text } from "./texts.ts";

export interface Notice {
  readonly tone: "success" | "information" | "warning";
  readonly text: Text;
}

const tones = {
  success: both("完成", "Done"),
  information: both("請注意", "Please note"),
  warning: both("重要", "Important"),
};

/** Says once, on top of the content, what was just done. Read aloud at once. */
export function banner(notice: Notice, lang: Language): Html {
  return html`<div class="banner ${notice.tone}" role="${notice.tone === "warning" ? "alert" : "status"}">
    <b>${tones[notice.tone][lang]}</b><span>${show(notice.text, lang)}</span>
  </div>`;
}

/** The state of a thing, always in words; the colour only repeats it. */
export type Tone = "good" | "wait" | "info" | "bad" | "quiet";
export interface Tag {
  readonly tone: Tone;
  readonly text: Text;
}

export function tag(of: Tag, lang: Language): Html {
  return html`<span class="tag ${of.tone}">${show(of.text, lang)}</span>`;
}

/** A remark with a coloured edge. */
export function note(content: HtmlValue, tone: "info" | "wait" | "bad" | "good" = "info"): Html {
  return html`<div class="note ${tone}">${content}</div>`;
}

/** Something folded that opens without script. */
export function details(summary: HtmlValue, content: HtmlValue, open = false): Html {
  return html`<details class="fold" ${open ? html` open` : ""}>
    <summary>${summary}</summary>
    <div class="fold-body">${content}</div>
  </details>`;
}

/** What stands where a list would: says that nothing is missing, and what to do next. */
export function emptyState(o: { drawing: HtmlValue; title: HtmlValue; text: HtmlValue; action?: HtmlValue }): Html {
  return html`<div class="empty">
    ${o.drawing}
    <h2>${o.title}</h2>
    <p>${o.text}</p>
    ${o.action ? html`<p>${o.action}</p>` : ""}
  </div>`;
}
